"""Orders of the store at the till: what they come to, their stock once, and what their two statuses make of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import MUG, SHIRT
from tests.flows.ecwid.conftest import till_writes
from tests.flows.selling import ALL, amounts, came_to, lines, sales, states

BUYER = {"email": "paula@buyer.example", "name": "Paula Buyer", "city": "Bristol", "countryCode": "GB"}


def by_order(world: Any) -> dict[str, dict[str, Any]]:
    """The sales at the till by the order they are of."""
    return {str(sale["source_id"]): sale for sale in sales(world)}


@pytest.fixture
def shop(make_shop: Callable[..., Any]) -> Any:
    """A till and a store in step, and orders that flow."""
    world = make_shop(SHIRT, MUG, connected_on="2026-03-01")
    world.begin(ALL)
    return world


def test_orders_become_sales_that_come_to_the_same_and_take_their_stock_once(shop: Any) -> None:
    whole = shop.store.place_order(
        [("MUG-1", 2), ("SH-M", 1)],
        BUYER,
        shipping="5.00",
        handling="1.50",
        coupon=("TEN", "ABS", "3.90"),
        gift_card="10",
    )
    unpaid = shop.store.place_order([("MUG-1", 1)], "late@buyer.example", status="AWAITING_PAYMENT")
    begun = shop.store.place_order([("SH-S", 1)], "gone@buyer.example", status="INCOMPLETE")
    assert states(shop.sync(only=ALL)) == {"created": 2, "observed": 2}
    found = by_order(shop)
    assert set(found) == {whole, unpaid}
    assert lines(found[whole]) == [("MUG-1", 2), ("SH-M", 1), ("TILLSYNC-HANDLING", 1), ("TILLSYNC-SHIPPING", 1)]
    assert came_to(found[whole]) == Decimal("41.60")
    assert amounts(found[whole])["MUG-1"] == Decimal("17.10")
    assert sorted(Decimal(one["amount"]) for one in found[whole]["payments"]) == [Decimal("10"), Decimal("31.6")]
    assert found[unpaid]["payments"] == []
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (9, 9)
    assert (shop.till.level("SH-M"), shop.store.level("SH-M")) == (6, 6)
    assert begun not in found
    shop.forget()
    shop.sync(only=ALL)
    assert (till_writes(shop), shop.sent()) == ([], [])
    assert shop.store.level("MUG-1") == 9


def test_an_order_that_is_paid_called_off_or_given_back_later_is_so_at_the_till(shop: Any) -> None:
    unpaid = shop.store.place_order([("MUG-1", 1)], "late@buyer.example", status="AWAITING_PAYMENT")
    off = shop.store.place_order([("MUG-1", 3)], "off@buyer.example")
    back = shop.store.place_order([("SH-M", 2)], "back@buyer.example")
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 8
    shop.store.capture(unpaid)
    shop.store.cancel(off)
    shop.store.refund(back, "5.00")
    shop.sync(only=ALL)
    found = by_order(shop)
    assert [Decimal(one["amount"]) for one in found[unpaid]["payments"]] == [Decimal("9.5")]
    assert found[off]["state"] == "voided"
    assert (found[back]["state"], came_to(found[back])) == ("closed", 40)
    shop.sync(only=ALL)
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (11, 11)
    assert (shop.till.level("SH-M"), shop.store.level("SH-M")) == (5, 5)


@pytest.mark.invariant("I-1")
def test_orders_that_were_there_before_the_first_run_are_recorded_by_it(make_shop: Callable[..., Any]) -> None:
    """Their currency stands in the store's profile, which a first run reads after them."""
    world = make_shop(MUG, connected_on="2026-03-01")
    key = world.store.place_order([{"name": "Theirs", "sku": "THEIRS", "quantity": 2, "price": 4}])
    assert states(world.sync(only=ALL)) == {"created": 1, "observed": 1}
    assert {order: came_to(sale) for order, sale in by_order(world).items()} == {key: 8}
