"""A run that should not have been: taken back by a plan that can be read first, and not sent again unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG, SHIRT
from tests.flows.selling import ALL, PAID, sales


def shown(world: Any, sku: str) -> dict[str, Any]:
    """What a shopper sees of a SKU's product."""
    number = world.store_product(sku)["id"]
    (whole,) = world.get(f"/v3/catalog/products?id={number}&include=variants,images,custom_fields")
    images = sorted(whole["images"], key=lambda image: (image["sort_order"], image["id"]))
    variants = sorted(
        (one["sku"], one["price"], one["cost_price"], one["purchasing_disabled"]) for one in whole["variants"]
    )
    names = (
        "name",
        "description",
        "price",
        "cost_price",
        "brand_id",
        "search_keywords",
        "is_visible",
        "inventory_tracking",
    )
    return {
        **{name: whole[name] for name in names},
        "fields": sorted((one["name"], one["value"]) for one in whole["custom_fields"]),
        "variants": variants,
        "images": [image["image_file"].rsplit("/", 1)[-1] for image in images],
        "levels": {variant[0]: world.store.level(variant[0]) for variant in variants},
    }


def undone(world: Any) -> list[tuple[str, str, list[str]]]:
    """Holds of what was taken back: SKU, level and fields."""
    return sorted((h["sku"], h["level"], sorted(h["changes"])) for h in world.decide("holds") if h["class"] == "undone")


@pytest.mark.invariant("I-25")
def test_a_run_is_taken_back_as_planned_and_not_sent_again_unasked(make_world: Callable[..., Any]) -> None:
    world = make_world(SHIRT, MUG, CAP)
    world.begin()
    before = {sku: shown(world, sku) for sku in ("MUG-1", "SH-S", "CAP-1")}
    world = change(world)
    after = {sku: shown(world, sku) for sku in ("MUG-1", "SH-S")}
    assert all(after[sku] != before[sku] for sku in after)

    world.forget()
    world.sync(undo="run-2", write=False)
    assert world.sent() == []
    assert world.rows("SELECT level, action, sku, reason, changes FROM plan WHERE state <> 'planned'") == []

    summary = world.sync(undo="run-2", yes=True)
    assert summary["mode"] == "undo"
    assert summary["entities"]["products"]["failed"] == 0
    assert {sku: shown(world, sku) for sku in before} == before
    assert not world.store_product("HAT-1")["is_visible"]

    world.forget()
    held = world.sync(full=True)
    assert world.sent() == []
    assert held["entities"]["products"]["held"] > 0
    assert {sku for sku, _, _ in undone(world)} == {"MUG-1", "SH-S", "SH-M", "CAP-1", "HAT-1"}

    world.till.edit_product("SH-S", price=18)
    world.decide("holds approve", ids=[h["hold_id"] for h in world.decide("holds") if h["sku"] == "HAT-1"])
    world.sync()
    assert world.store.variant_by_sku("SH-S")["price"] == 18
    assert world.store_product("HAT-1")["is_visible"]
    assert shown(world, "MUG-1") == before["MUG-1"]


def change(world: Any) -> Any:
    """Something of everything, and the run that sends it: ``run-2``."""
    world.till.edit_product(
        "MUG-1", price=7, description="<p>Wrong</p>", tags=["oops"], category="Wrong",
        images=["https://img.example.test/m.jpg", "https://img.example.test/wrong.jpg"],
    )  # fmt: skip
    world.till.edit_product("SH-S", price=1)
    world.till.set_level("SH-M", "Main Outlet", 99)
    world.till.set_level("MUG-1", "Main Outlet", 40)
    world.till.deactivate("SH-S")
    world.till.deactivate("SH-M")
    world.till.delete("CAP-1")
    world.till.add_product("Hat", sku="HAT-1", price=5, quantity=1)
    world.sync()
    return world


def test_what_the_shop_changed_since_is_left_and_named_and_an_undo_is_undone(make_world: Callable[..., Any]) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    world.till.edit_product("MUG-1", price=7, name="Cup")
    world.till.set_level("SH-M", "Main Outlet", 3)
    world.sync()
    mug = world.store_product("MUG-1")
    world.store.edit_product(mug["id"], name="The shop's own name")
    world.sync(undo="run-2", yes=True)
    assert world.store_product("MUG-1")["name"] == "The shop's own name"
    assert world.store_product("MUG-1")["price"] == 9.5
    assert world.store.level("SH-M") == 7
    (left,) = world.rows("SELECT reason FROM plan WHERE state = 'dropped'")
    assert left["reason"] == "the store no longer holds what that run wrote: name"
    world.sync(undo="run-3", yes=True)
    assert world.store_product("MUG-1")["price"] == 7
    assert world.store.level("SH-M") == 3
    world.forget()
    world.sync()
    assert world.decide("holds") == []
    assert world.sent() == [("PUT", "/stores/abc123/v3/catalog/products")]


@pytest.mark.invariant("I-25")
def test_a_run_that_set_levels_alone_is_taken_back(make_world: Callable[..., Any]) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    world.till.set_level("MUG-1", "Main Outlet", 2)
    world.sync()
    assert world.store.level("MUG-1") == 2
    world.sync(undo="run-2", yes=True)
    assert world.store.level("MUG-1") == 12


@pytest.mark.invariant("I-25")
@pytest.mark.invariant("I-26")
def test_a_recorded_sale_is_left_and_named_where_its_run_is_taken_back(make_world: Callable[..., Any]) -> None:
    world = make_world(SHIRT, MUG, connected_on="2026-03-01")
    world.begin(ALL)
    number = world.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    world.sync(only=ALL)
    assert len(sales(world)) == 1

    summary = world.sync(undo="run-2", yes=True)
    assert summary["verdict"] == "passed"
    left = {
        row["level"]: row for row in world.rows("SELECT level, item_id, name, reason FROM plan WHERE state = 'dropped'")
    }
    assert left["sale"]["item_id"] == str(number)
    assert "only its order" in left["sale"]["reason"]
    assert [sale["state"] for sale in sales(world)] == ["closed"]


@pytest.mark.invariant("I-1")
@pytest.mark.parametrize("connection", ["lightspeed_x__bigcommerce", "lightspeed_x__ecwid"])
def test_what_was_taken_back_is_not_made_a_second_time(make_world: Callable[..., Any], connection: str) -> None:
    world = make_world(MUG, CAP, SHIRT, connection=connection, on_delete="delete")
    world.begin()
    for sku in ("CAP-1", "SH-S"):
        world.till.delete(sku)
    run = world.sync(yes=True)["run_id"]
    for _ in range(2):
        world.sync(undo=run, yes=True)
        assert {sku for sku in ("MUG-1", "CAP-1", "SH-S") if world.store_product(sku)} == {"MUG-1", "CAP-1", "SH-S"}
    rows = world.rows("SELECT DISTINCT state, reason FROM plan WHERE level IN ('product', 'variant')")
    assert rows == [{"state": "dropped", "reason": "it is back already"}]
