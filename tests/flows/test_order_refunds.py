"""Refunds of the store: left alone where they are not to be recorded, else one return that ties to the cent (C-08)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID, came_to, lines, sales


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shop that records refunds, with two products."""
    world = make_world(MUG, CAP)
    world.settings |= {"connected_on": "2026-03-01", "refund_documents": "on"}
    world.begin(only=ALL)
    return world


def recorded(world: Any) -> list[tuple[str, list[tuple[str, Decimal]], Decimal, Decimal]]:
    """The documents of orders: reference, lines, what they come to with tax, what was paid."""
    return [(sale["invoice_number"], lines(sale), came_to(sale), Decimal(sale["paid"])) for sale in sales(world)]


def sync(world: Any, times: int = 1) -> None:
    for _ in range(times):
        world.wait(60)
        world.sync(only=ALL)


@pytest.mark.rule("S001-39")
@pytest.mark.rule("S001-42")
@pytest.mark.invariant("I-4")
def test_a_refund_is_one_return_of_its_units_and_its_money(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example", **PAID)
    sync(shop)
    ((_, _, total, _),) = recorded(shop)
    shop.store.refund(number, {"MUG-1": 1})
    sync(shop, 2)
    each = Decimal("9.50")
    assert [(name, lines) for name, lines, _, _ in recorded(shop)] == [
        (f"WEB-{number}-1", [("CAP-1", Decimal(1)), ("MUG-1", Decimal(3))]),
        (f"WEB-{number}-2", [("MUG-1", Decimal(-1))]),
    ]
    assert [(came, paid) for _, _, came, paid in recorded(shop)] == [(total, total), (-each, -each)]
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 10)
    shop.store.refund(number, amount=Decimal("2.00"))
    sync(shop, 2)
    assert sum(came for _, _, came, _ in recorded(shop)) == total - each - 2
    assert recorded(shop)[-1][1] == [("TILLSYNC-REFUND", Decimal(-1))]
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 10)
    shop.settings["refund_documents"] = "off"
    sync(shop, 2)
    assert len(recorded(shop)) == 3


@pytest.mark.rule("S001-39")
def test_an_order_that_comes_refunded_is_a_sale_and_a_return(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    shop.store.refund(number)
    sync(shop, 2)
    (first, second) = recorded(shop)
    assert (first[0], second[0]) == (f"WEB-{number}-1", f"WEB-{number}-2")
    assert first[2] == -second[2] == Decimal("19.00")
    assert {sale["state"] for sale in shop.till.sales()} == {"closed"}
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12, 12)


@pytest.mark.rule("S001-39")
def test_a_refund_is_not_recorded_unless_it_was_asked_for_when_its_order_was(shop: Any) -> None:
    shop.settings["refund_documents"] = "off"
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    sync(shop)
    shop.store.refund(number, {"MUG-1": 1})
    sync(shop, 2)
    assert [name for name, *_ in recorded(shop)] == [f"WEB-{number}-1"]
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 10)
    shop.settings["refund_documents"] = "on"
    sync(shop)
    shop.store.refund(number)
    sync(shop)
    assert [name for name, *_ in recorded(shop)] == [f"WEB-{number}-1"]


@pytest.mark.rule("S001-39")
@pytest.mark.invariant("I-4")
def test_money_that_goes_back_with_an_edit_and_a_refund_goes_back_once(shop: Any) -> None:
    refunded_first = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example", **PAID)
    edited_first = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    sync(shop)
    shop.store.refund(refunded_first, {"CAP-1": 1})
    shop.store.edit_order(edited_first, [{"line": 0, "quantity": 2}])
    sync(shop)
    shop.store.edit_order(refunded_first, [{"line": 1, "quantity": 0}])
    shop.store.refund(edited_first, amount=Decimal("9.50"))
    sync(shop, 2)
    given_back = [(found, came, paid) for _, found, came, paid in recorded(shop) if came < 0]
    cap, mug = Decimal("-15.00"), Decimal("-9.50")
    assert sorted(given_back) == [([("CAP-1", Decimal(-1))], cap, cap), ([("MUG-1", Decimal(-1))], mug, mug)]
    assert len(recorded(shop)) == 4
    assert [(shop.till.level(sku), shop.store.level(sku)) for sku in ("MUG-1", "CAP-1")] == [(7, 7), (3, 3)]
