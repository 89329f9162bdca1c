"""The two lists of fields: what the till says in the store, and what of it nobody touches (S003-06 … S003-30)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import MUG, SHIRT
from tests.flows.ecwid.conftest import attribute, named, paths, till_writes

THEIRS = {
    "subtitle": "Theirs", "compareToPrice": 99, "warningLimit": 4, "seoTitle": "Theirs", "customSlug": "their-mug",
    "tax": {"taxable": False},
}  # fmt: skip
MEASURES = {
    "weight": Decimal("1"), "weight_unit": "LB", "length": Decimal("10"), "width": Decimal("2"), "height": Decimal("1"),
    "dimensions_unit": "IN",
}  # fmt: skip


@pytest.mark.rule("S003-03")
@pytest.mark.rule("S003-06")
@pytest.mark.rule("S003-08")
@pytest.mark.rule("S003-09")
@pytest.mark.rule("S003-10")
@pytest.mark.rule("S003-11")
@pytest.mark.rule("S003-12")
@pytest.mark.rule("S003-13")
@pytest.mark.rule("S003-14")
@pytest.mark.rule("S003-15")
@pytest.mark.rule("S003-16")
@pytest.mark.rule("S003-17")
def test_a_new_product_arrives_whole_and_ready_to_be_sold(shop: Any) -> None:
    mug, shirt = named(shop, "Mug"), named(shop, "Shirt")
    said = {name: mug[name] for name in ("name", "sku", "description", "price", "weight", "quantity", "enabled")}
    assert said == {
        "name": "Mug", "sku": "MUG-1", "description": "<p>Clay</p>", "price": Decimal("9.5"), "weight": Decimal("0.35"),
        "quantity": 12, "enabled": True,
    }  # fmt: skip
    assert (attribute(mug, "BRAND"), attribute(mug, "UPC")) == ("Acme", "4006381333931")
    assert [(one["name"], [c["text"] for c in one["choices"]]) for one in shirt["options"]] == [("Size", ["S", "M"])]
    assert [(one["sku"], one["price"], one["quantity"]) for one in shirt["combinations"]] == [
        ("SH-S", 20, 5),
        ("SH-M", 20, 7),
    ]
    assert shop.store.image_sources(shirt["id"]) == [
        "https://img.example.test/s1.jpg",
        "https://img.example.test/s2.jpg",
    ]


@pytest.mark.rule("S003-07")
@pytest.mark.rule("S003-18")
@pytest.mark.rule("S003-19")
def test_category_and_sizes_arrive_in_the_stores_own_terms(make_shop: Callable[..., Any]) -> None:
    world = make_shop(MUG)
    world.till.till.add_category("Mugs", world.till.till.add_category("Tableware"))
    world.till.edit_product("MUG-1", category="Mugs", measures=MEASURES)
    world.sync()
    mug = world.store_product("MUG-1")
    assert paths(world, mug) == ["Tableware / Mugs"]
    assert mug["weight"] == Decimal("0.4536")
    assert mug["dimensions"] == {"length": Decimal("25.4"), "width": Decimal("5.08"), "height": Decimal("2.54")}
    world.store.edit_product(
        mug["id"], categoryIds=[*mug["categoryIds"], world.store.new_category({"name": "Sale"})["id"]]
    )
    world.till.edit_product("MUG-1", category="Plates", measures={**MEASURES, "height": Decimal("3")})
    world.sync()
    after = world.store_product("MUG-1")
    assert paths(world, after) == ["Plates", "Sale"]
    assert after["dimensions"] == {"length": Decimal("25.4"), "width": Decimal("5.08"), "height": Decimal("7.62")}


@pytest.mark.rule("S003-20")
@pytest.mark.rule("S003-21")
@pytest.mark.rule("S003-22")
@pytest.mark.rule("S003-23")
@pytest.mark.rule("S003-24")
@pytest.mark.rule("S003-25")
@pytest.mark.rule("S003-27")
def test_what_only_the_till_has_a_place_for_changes_nothing_in_the_store(shop: Any) -> None:
    record, supplier = shop.till.product("MUG-1"), shop.till.till.add_entry("suppliers", {"name": "Kiln"})
    shop.till.till.families[record.family_id].handle = "beaker"
    record.suppliers, record.supplier_code = (
        [{"id": shop.till.new_id(), "supplier_id": supplier.id, "code": "K-1"}],
        "K-1",
    )
    shop.till.edit_product("MUG-1", cost=4, tags=["new"])
    shop.till.till.set_level(
        record.id, shop.till.outlet_id("Main Outlet"), reorder_point=Decimal(3), reorder_amount=Decimal(30)
    )
    shop.store.calls.clear()
    shop.sync()
    assert shop.sent() == []
    (told,) = shop.rows(
        "SELECT handle, supplier, supplier_code, tags FROM lightspeed_x.lightspeed_x_products WHERE name = 'Mug'"
    )
    assert told == {"handle": "beaker", "supplier": "Kiln", "supplier_code": "K-1", "tags": ["new"]}


@pytest.mark.rule("S003-26")
@pytest.mark.rule("S003-28")
@pytest.mark.rule("S003-29")
@pytest.mark.rule("S003-30")
def test_what_belongs_to_the_store_survives_every_change(shop: Any) -> None:
    shop.store.edit_product(shop.store_product("MUG-1")["id"], **THEIRS)
    shop.till.edit_product("MUG-1", name="Beaker", brand="Other", barcode="5901234123457")
    shop.sync()
    after = shop.store_product("MUG-1")
    assert (after["name"], attribute(after, "BRAND"), attribute(after, "UPC")) == ("Beaker", "Other", "5901234123457")
    assert {name: after[name] for name in THEIRS if name != "tax"} == {k: v for k, v in THEIRS.items() if k != "tax"}
    assert after["tax"]["taxable"] is False


@pytest.mark.rule("S003-33")
def test_an_update_of_six_fields_leaves_the_others_as_they_were_made(make_shop: Callable[..., Any]) -> None:
    world = make_shop(MUG, on_update="six_fields")
    world.begin()
    world.till.edit_product(
        "MUG-1", name="Beaker", brand="Other", price=11, grams=900, images=["https://img.example.test/other.jpg"]
    )
    world.sync()
    mug = world.store_product("MUG-1")
    assert (mug["name"], mug["price"]) == ("Beaker", 11)
    assert (attribute(mug, "BRAND"), mug["weight"]) == ("Acme", Decimal("0.35"))
    assert world.store.image_sources(mug["id"]) == ["https://img.example.test/m.jpg"]
    world.sync(on_update="all", yes=True)
    assert attribute(world.store_product("MUG-1"), "BRAND") == "Other"


@pytest.mark.rule("S003-36")
@pytest.mark.rule("S003-37")
@pytest.mark.rule("S003-38")
def test_images_follow_the_till_once_and_those_of_the_store_stay_there(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT)
    world.begin()
    key = world.store_product("SH-S")["id"]
    first, second, third, theirs = (f"https://img.example.test/{name}.jpg" for name in ("s1", "s2", "s3", "theirs"))
    world.store.add_image_to(key, theirs)
    world.till.edit_product("SH-S", images=[third, first])
    world.sync()
    shown = world.store.image_sources(key)
    assert [one for one in shown if one != theirs] == [third, first]
    assert theirs in shown
    assert second not in shown
    world.store.calls.clear()
    world.sync(full=True)
    assert world.sent() == []
    assert till_writes(world) == []
