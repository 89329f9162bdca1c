"""Whatever the store does where no source confirms it, what the till says arrives, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.flows.conftest import MUG, SHIRT
from tests.flows.ecwid.conftest import attribute, paths

OTHERWISE: dict[str, object] = {
    "attributes_on_put": "replace",
    "batch_bodies": "objects",
    "batch_counts_each": True,
    "categories_on_put": "merge",
    "category_names_unique": True,
    "default_order": "oldest_first",
    "gallery_follows_main": True,
    "limit_too_high": "refuse",
    "null_clears": True,
    "parent_quantity": "sum",
    "quantity_tracks": False,
    "save_combinations": "merge",
    "stock_lag": 60.0,
    "stock_without_sku": "refuse",
    "updated_bounds": "exclusive",
}


def test_the_till_s_word_arrives_however_the_store_takes_it(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT, MUG)
    world.store.switches.update(OTHERWISE)
    world.begin()
    world.store.edit_product(world.store_product("MUG-1")["id"], subtitle="Theirs", unlimited=True)
    world.till.edit_product("MUG-1", name="Beaker", brand="Other", price=11, images=["https://img.example.test/b.jpg"])
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=21)
    world.till.set_level("SH-S", "Main Outlet", 2)
    world.sync(yes=True)
    mug, shirt = world.store_product("MUG-1"), world.store_product("SH-S")
    assert (mug["name"], mug["price"], mug["subtitle"], attribute(mug, "BRAND")) == ("Beaker", 11, "Theirs", "Other")
    assert (attribute(mug, "UPC"), mug["unlimited"], mug["quantity"]) == ("4006381333931", False, 12)
    assert world.store.image_sources(mug["id"]) == ["https://img.example.test/b.jpg"]
    assert [(one["sku"], one["price"]) for one in shirt["combinations"] if one["sku"] == "SH-L"] == [("SH-L", 21)]
    assert [one["quantity"] for one in shirt["combinations"] if one["sku"] in ("SH-S", "SH-M")] == [2, 7]
    assert paths(world, mug) == ["Kitchen"]
    world.store.calls.clear()
    world.sync(full=True)
    assert world.sent() == []
