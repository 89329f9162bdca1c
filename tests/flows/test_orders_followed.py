"""An order that is at the till is followed to its end, whatever happens to statuses, settings, taxes and memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import MUG
from tests.flows.selling import ALL, PAID, came_to, sales

DAY = 86_400


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A till and a store in step, with one product."""
    world = make_world(MUG)
    world.settings["connected_on"] = "2026-03-01"
    world.begin(only=ALL)
    return world


def go(world: Any, times: int = 1, **how: Any) -> None:
    for _ in range(times):
        world.wait(60)
        world.sync(only=ALL, **how)


def stands(world: Any) -> Decimal:
    """What the sales that were not voided come to."""
    return sum((came_to(sale) for sale in sales(world) if sale["state"] != "voided"), Decimal(0))


def levels(world: Any) -> tuple[Any, Any]:
    return world.till.level("MUG-1"), world.store.level("MUG-1")


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-10")
def test_an_order_whose_money_goes_back_after_it_was_cancelled_is_not_sold_again(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    go(shop)
    shop.store.cancel(number)
    go(shop)
    shop.store.refund(number)
    go(shop, 2)
    assert (levels(shop), stands(shop), len(sales(shop))) == ((12, 12), 0, 1)


@pytest.mark.invariant("I-1")
def test_an_order_at_the_till_is_followed_though_its_status_or_the_start_date_would_leave_it_out(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    go(shop)
    shop.store.set_status(number, 1)
    shop.store.edit_order(number, [{"line": 0, "quantity": 1}])
    go(shop, 2)
    assert levels(shop) == (11, 11)
    shop.settings["order_sync_start_date"] = "2027-01-01"
    shop.store.cancel(number)
    go(shop, 2)
    assert (levels(shop), stands(shop)) == ((12, 12), 0)


@pytest.mark.invariant("I-31")
def test_another_tax_of_the_same_rate_returns_and_sells_nothing(shop: Any) -> None:
    shop.till.add_tax("GST", "0.10")
    shop.store.set_tax_rates(("GST", "10"))
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    go(shop)
    shop.till.add_tax("VAT", "0.10", is_default=True)
    shop.store.set_status(number, 2)
    go(shop, 2)
    assert len(sales(shop)) == 1


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
