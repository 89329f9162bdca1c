"""A bundle of the till in a store that keeps a level for it: offered as often as its parts are there, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.warehouse import open_warehouse
from pipelines.language.explain import explain_sku
from pipelines.report.explained import three_ways
from tests.flows.conftest import CAP, CONNECTION, MUG
from tests.flows.selling import ALL, PAID, lines, of_order


def bundle(till: Any, sku: str, **parts: str) -> None:
    """A composite of the till; it has no stock of its own. A SKU's dash is written as an underscore."""
    made = till.add_product(sku.title(), sku=sku, price=30, tracked=False)
    record = till.product(made)
    record.components = {till.product(part.replace("_", "-")).id: Decimal(n) for part, n in parts.items()}
    till.till.index_components(record)


def levels(world: Any) -> dict[str, tuple[int, ...]]:
    """The levels of the parts at the till, and those of parts and bundles in the store."""
    return {
        "till": tuple(int(world.till.level(sku)) for sku in ("MUG-1", "CAP-1")),
        "store": tuple(int(world.store.level(sku)) for sku in ("MUG-1", "CAP-1", "SET", "BAG")),
    }


def read_before(world: Any) -> dict[str, str]:
    """Levels of the till that the journal keeps beside a sale, by SKU."""
    (row,) = world.rows("SELECT levels FROM sync.intents WHERE level = 'sale'")
    return {world.till.product(one["item_id"]).sku: one["level"] for one in json.loads(row["levels"])}


def due(world: Any) -> set[str]:
    """The SKUs whose levels the last run considered."""
    return {world.till.product(row["item_id"]).sku for row in world.rows("FROM work_set WHERE entity = 'stock'")}


def explained(world: Any, sku: str) -> dict[str, list[list[str]]]:
    house = open_warehouse(world.home / "shop", "test", lambda _: None)
    try:
        found = explain_sku(house, CONNECTION, sku, *CONNECTION.split("__"))
    finally:
        house.close()
    (decided,) = [row for row in found["fields"] if (row["entity"], row["field"]) == ("stock", "on_hand")]
    return {title: rows for title, _, rows in three_ways(found)} | {
        "decided": [[decided["decision"], decided["reason"]]]
    }


@pytest.mark.rule("S002-27", "S002-29")
@pytest.mark.invariant("I-9")
def test_a_bundle_is_offered_as_often_as_its_parts_are_there(make_world: Callable[..., Any]) -> None:
    filler = [CAP.replace("cap", f"hat-{n}").replace("Cap", f"Hat {n}").replace("CAP-1", f"HAT-{n}") for n in range(8)]
    world = make_world(MUG, CAP, *filler, connected_on="2026-03-01")
    bundle(world.till, "SET", MUG_1="2", CAP_1="1")
    bundle(world.till, "BAG", MUG_1="4")
    bundle(world.till, "CRUMB", HAT_0="0.0001")
    world.till.set_level("HAT-0", "Main Outlet", 300_000)
    world.sync(only=ALL)
    assert [(row["sku"], row["class"]) for row in world.rows("FROM sync.quarantine")] == [("CRUMB", "level_too_large")]
    assert levels(world) == {"till": (12, 3), "store": (12, 3, 3, 3)}
    number = world.store.place_order([("SET", 1)], "jane@buyer.example", **PAID)
    world.sync(only=ALL)
    (sale,) = of_order(world, number)
    assert lines(sale) == [("SET", Decimal(1))]
    assert read_before(world) == {"MUG-1": "12.0000", "CAP-1": "3.0000"}
    assert levels(world) == {"till": (10, 2), "store": (10, 2, 2, 2)}
    assert [row[:3] for row in explained(world, "SET")["orders whose units are held back"]] == [
        [str(number), "Awaiting Fulfillment", "1"], [str(number), "Awaiting Fulfillment", "2"],
    ]  # fmt: skip
    world.forget()
    world.sync(only=ALL)
    assert [path for _, path in world.sent() if "inventory" in path] == []
    assert levels(world) == {"till": (10, 2), "store": (10, 2, 2, 2)}
    world.till.sell("CAP-1")
    world.sync(only=ALL)
    assert levels(world) == {"till": (10, 1), "store": (10, 1, 1, 2)}
    assert due(world) == {"CAP-1", "SET", "CRUMB", "HAT-0"}
    world.till.sell("SET")
    world.sync(only=ALL)
    assert levels(world) == {"till": (8, 0), "store": (8, 0, 0, 2)}
    why = "as many as CAP-1 allows: 0 are safe to show, and one bundle takes 1"
    told = explained(world, "SET")
    assert told["what it is made of"] == [["CAP-1", "1", "0", "0", "limits"], ["MUG-1", "2", "8", "4", "-"]]
    assert (told["SET: levels"][0][-1], told["decided"]) == (why, [["synced", why]])
    record = world.till.product("BAG")
    record.components = {world.till.product("MUG-1").id: Decimal(8)}
    world.till.edit_product("BAG", price=31)
    world.sync(only=ALL)
    assert levels(world)["store"] == (8, 0, 0, 1)


def sent_levels(world: Any) -> list[str]:
    """The levels that were sent to the store since the last ``forget``."""
    return [path for _, path in world.sent() if "inventory" in path]


@pytest.mark.invariant("I-31")
def test_a_bundle_whose_order_is_cancelled_does_not_fall_and_rise_again(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP, connected_on="2026-03-01")
    bundle(world.till, "SET", MUG_1="2", CAP_1="1")
    bundle(world.till, "BAG", MUG_1="4")
    world.sync(only=ALL)
    number = world.store.place_order([("SET", 1)], "jane@buyer.example", **PAID)
    world.sync(only=ALL)
    world.sync(only=ALL)
    assert levels(world) == {"till": (10, 2), "store": (10, 2, 2, 2)}
    world.store.cancel(number)
    assert levels(world)["store"] == (10, 2, 3, 2)
    world.forget()
    world.sync(only=ALL)
    assert (levels(world), sent_levels(world)) == ({"till": (12, 3), "store": (10, 2, 3, 2)}, [])
    world.sync(only=ALL)
    assert levels(world) == {"till": (12, 3), "store": (12, 3, 3, 3)}
    world.forget()
    world.sync(only=ALL, full=True)
    assert sent_levels(world) == []


@pytest.mark.invariant("I-9")
def test_what_a_store_lacks_of_a_bundle_is_held_back_of_parts_and_of_bundles_in_bundles(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP, connected_on="2026-03-01")
    bundle(world.till, "SET", MUG_1="2", CAP_1="1")
    bundle(world.till, "BAG", MUG_1="4")
    bundle(world.till, "KIT", SET="1", MUG_1="1")
    world.sync(only=ALL)
    assert (levels(world)["store"], world.store.level("KIT")) == ((12, 3, 3, 3), 3)
    world.store.set_level("SET", 2)
    world.sync(only=ALL, full=True)
    assert (levels(world)["store"], world.store.level("KIT")) == ((10, 2, 2, 2), 2)
    world.store.set_level("KIT", 1)
    world.sync(only=ALL, full=True)
    assert (levels(world)["store"], world.store.level("KIT")) == ((9, 2, 2, 2), 2)
    for _ in range(2):
        world.sync(only=ALL)
    assert (levels(world)["store"], world.store.level("KIT")) == ((12, 3, 3, 3), 3)
