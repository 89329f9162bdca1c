"""What is paid at the till for an order is what was paid for it in the store, however it was edited in between."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID, sales


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A till and a store in step; a mug is 9.50, a cap 15.00."""
    world = make_world(MUG, CAP)
    world.settings["connected_on"] = "2026-03-01"
    world.begin(only=ALL)
    return world


def paid(world: Any) -> list[tuple[str, Decimal]]:
    """What was paid of each document, by its number."""
    return sorted((sale["invoice_number"].rpartition("-")[2], Decimal(sale["paid"])) for sale in sales(world))


@pytest.mark.invariant("I-4")
def test_a_payment_that_a_shifting_list_shows_twice_is_recorded_once(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example")
    shop.store.faults.script("F13", path=f"/orders/{number}/transactions", variant=1)
    shop.sync(only=ALL)
    assert shop.store.faults.shown == {"F13": 1}
    assert paid(shop) == [("1", Decimal("19.00"))]


@pytest.mark.invariant("I-4")
def test_what_was_added_unpaid_and_taken_off_again_is_not_paid_back(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example")
    shop.store.edit_order(number, [{"sku": "CAP-1", "quantity": 1}])
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 1, "quantity": 0}])
    shop.sync(only=ALL)
    assert paid(shop) == [("1", Decimal("19.00")), ("2", Decimal(0))]


@pytest.mark.invariant("I-4")
def test_an_order_that_is_edited_and_paid_between_two_runs_is_paid_once(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], status=7, payment=("Bank Deposit", "authorized"))
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 0, "quantity": 1}])
    shop.store.capture(number)
    shop.sync(only=ALL)
    assert paid(shop) == [("1", Decimal("9.50")), ("2", Decimal(0))]
    shop.sync(only=ALL)
    assert paid(shop) == [("1", Decimal("9.50")), ("2", Decimal(0))]


@pytest.mark.invariant("I-4")
def test_money_of_an_edit_that_is_captured_later_or_was_paid_on_a_voided_sale_counts_once(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], status=11, payment=("Test Payment Gateway", "authorized"))
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"sku": "CAP-1", "quantity": 1}])
    shop.sync(only=ALL)
    shop.store.capture(number)
    shop.store.set_status(number, 9)
    shop.sync(only=ALL)
    assert paid(shop) == [("1", Decimal("19.00")), ("2", Decimal("15.00"))]
    shop.store.cancel(number)
    shop.sync(only=ALL)
    shop.store.set_status(number, 9)
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 0, "quantity": 3}])
    shop.sync(only=ALL)
    assert paid(shop)[2:] == [("3", Decimal("34.00")), ("4", Decimal("9.50"))]


@pytest.mark.invariant("I-4")
def test_an_order_that_comes_after_it_was_lowered_is_paid_with_what_it_comes_to(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    shop.store.edit_order(number, [{"line": 0, "quantity": 1}])
    shop.sync(only=ALL)
    assert paid(shop) == [("1", Decimal("9.50"))]
