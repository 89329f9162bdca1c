"""An order that is at the till is followed to its end, whatever happens to statuses, settings, taxes and memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flows.conftest import MUG
from tests.flows.selling import ALL, PAID, of_order, sales, standing

DAY = 86_400


def go(world: Any, times: int = 1, **how: Any) -> None:
    for _ in range(times):
        world.wait(60)
        world.sync(only=ALL, **how)


def levels(world: Any) -> tuple[Any, Any]:
    return world.till.level("MUG-1"), world.store.level("MUG-1")


@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-31")
def test_an_order_at_the_till_is_followed_though_its_status_its_date_or_its_tax_would_now_be_another(shop: Any) -> None:
    shop.till.add_tax("GST", "0.10")
    shop.store.set_tax_rates(("GST", "10"))
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    taxed = shop.store.place_order([("CAP-1", 3)], "jane@buyer.example", **PAID)
    go(shop)
    shop.store.set_status(number, 1)
    shop.store.edit_order(number, [{"line": 0, "quantity": 1}])
    shop.till.add_tax("VAT", "0.10", is_default=True)
    shop.store.set_status(taxed, 2)
    go(shop, 2)
    assert levels(shop) == (11, 11)
    assert len(of_order(shop, taxed)) == 1
    shop.settings["order_sync_start_date"] = "2027-01-01"
    shop.store.cancel(number)
    go(shop, 2)
    assert (levels(shop), standing(shop, number)) == ((12, 12), 0)


@pytest.mark.invariant("I-37")
def test_an_order_placed_before_the_warehouse_was_lost_is_recorded_all_the_same(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.settings["connected_on"] = None
    world.now = datetime.now(UTC).replace(microsecond=0)
    world.sync(only=ALL)
    world.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    world.wait(3 * DAY)
    for file in (world.home / "shop").glob("warehouse.duckdb*"):
        file.unlink()
    go(world, 2, yes=True)
    assert (levels(world), len(sales(world))) == ((9, 9), 1)


@pytest.mark.invariant("I-9")
def test_units_of_an_open_order_of_before_the_start_are_not_offered_again(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.settings["connected_on"] = "2027-01-01"
    world.begin(only=ALL)
    world.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    go(world, 2, yes=True)
    world.till.sell("MUG-1", 1)
    go(world, 2)
    assert (levels(world), sales(world)) == ((11, 8), [])
