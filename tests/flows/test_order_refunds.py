"""Refunds of the store: left alone where they are not to be recorded, else one return that ties to the cent (C-08)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.flows.selling import ALL, PAID, came_to, lines, of_order, sales


@pytest.fixture
def shop(shop: Any) -> Any:
    """A shop that records refunds."""
    shop.settings["refund_documents"] = "on"
    return shop


def recorded(world: Any, number: int) -> list[tuple[str, list[tuple[str, Decimal]], Decimal, Decimal]]:
    """The documents of an order: reference, lines, what they come to with tax, what was paid."""
    return [
        (sale["invoice_number"], lines(sale), came_to(sale), Decimal(sale["paid"])) for sale in of_order(world, number)
    ]


def levels(world: Any) -> list[tuple[int, int]]:
    """Level at the till and in the store of the mug, the cap and the small shirt."""
    return [(int(world.till.level(sku)), world.store.level(sku)) for sku in ("MUG-1", "CAP-1", "SH-S")]


def sync(world: Any, times: int = 1) -> None:
    for _ in range(times):
        world.wait(60)
        world.sync(only=ALL)


@pytest.mark.rule("S001-39")
@pytest.mark.rule("S001-42")
@pytest.mark.invariant("I-4")
def test_a_refund_is_one_return_of_its_units_and_its_money_however_else_its_order_changes(shop: Any) -> None:
    place = shop.store.place_order
    number = place([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example", **PAID)
    refunded_first = place([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example", **PAID)
    edited_first = place([("MUG-1", 3)], "jane@buyer.example", **PAID)
    came_refunded = place([("SH-S", 2)], "jane@buyer.example", **PAID)
    shop.store.refund(came_refunded)
    sync(shop)
    ((_, _, total, _),) = recorded(shop, number)
    shop.store.refund(number, {"MUG-1": 1})
    shop.store.refund(refunded_first, {"CAP-1": 1})
    shop.store.edit_order(edited_first, [{"line": 0, "quantity": 2}])
    sync(shop, 2)
    cap, mug = Decimal("-15.00"), Decimal("-9.50")
    assert [(name, sold) for name, sold, _, _ in recorded(shop, number)] == [
        (f"WEB-{number}-1", [("CAP-1", Decimal(1)), ("MUG-1", Decimal(3))]),
        (f"WEB-{number}-2", [("MUG-1", Decimal(-1))]),
    ]
    assert [(came, paid) for _, _, came, paid in recorded(shop, number)] == [(total, total), (mug, mug)]
    assert levels(shop) == [(5, 5), (2, 2), (5, 5)]

    (first, second) = recorded(shop, came_refunded)
    assert (first[0], second[0]) == (f"WEB-{came_refunded}-1", f"WEB-{came_refunded}-2")
    assert first[2] == -second[2] == Decimal("40.00")
    assert {sale["state"] for sale in sales(shop)} == {"closed"}

    shop.store.refund(number, amount=Decimal("2.00"))
    shop.store.edit_order(refunded_first, [{"line": 1, "quantity": 0}])
    shop.store.refund(edited_first, amount=Decimal("9.50"))
    sync(shop, 2)
    assert sum(came for _, _, came, _ in recorded(shop, number)) == total + mug - 2
    assert recorded(shop, number)[-1][1] == [("TILLSYNC-REFUND", Decimal(-1))]
    assert [row[1:] for row in recorded(shop, refunded_first)[1:]] == [([("CAP-1", Decimal(-1))], cap, cap)]
    assert [row[1:] for row in recorded(shop, edited_first)[1:]] == [([("MUG-1", Decimal(-1))], mug, mug)]
    assert levels(shop) == [(5, 5), (2, 2), (5, 5)]


@pytest.mark.rule("S001-39")
def test_a_refund_is_not_recorded_unless_it_was_asked_for_when_its_order_was(shop: Any) -> None:
    shop.settings["refund_documents"] = "off"
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    sync(shop)
    shop.store.refund(number, {"MUG-1": 1})
    sync(shop, 2)
    assert [name for name, *_ in recorded(shop, number)] == [f"WEB-{number}-1"]
    assert levels(shop)[0] == (10, 10)
    shop.settings["refund_documents"] = "on"
    sync(shop)
    shop.store.refund(number)
    sync(shop)
    assert [name for name, *_ in recorded(shop, number)] == [f"WEB-{number}-1"]
