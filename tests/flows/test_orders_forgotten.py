"""Orders after everything that was remembered is lost: what the till has of them counts, to the line and the cent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG, SHIRT
from tests.flows.moments import some
from tests.flows.selling import ALL, PAID, sales, standing, states


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shop whose orders count from a day on."""
    world = make_world(SHIRT, MUG, CAP, connected_on="2026-03-01")
    world.begin(ALL)
    return world


def edit(shop: Any, number: int, units: int) -> None:
    line = shop.store.book.order(number).lines[0].id
    shop.store.edit_order(number, [{"id": line, "quantity": units}])
    shop.wait(600)


def paid(shop: Any) -> Decimal:
    return sum((Decimal(sale["paid"]) for sale in sales(shop) if sale["state"] != "voided"), Decimal(0))


@pytest.mark.rule("S000-06")
@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("story", some((5, 3, 4), (5, 2), (2, 5)))
def test_an_order_that_was_edited_when_all_memory_was_lost_comes_to_what_it_is_now(
    shop: Any, story: tuple[int, ...]
) -> None:
    number = shop.store.place_order([("MUG-1", story[0])], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    for units in story[1:-1]:
        edit(shop, number, units)
        shop.sync(only=ALL)
    edit(shop, number, story[-1])
    shop.lose()
    for _ in range(4):
        shop.wait(600)
        shop.sync(only=ALL, yes=True)
    due = Decimal(story[-1])
    assert (standing(shop, number), paid(shop)) == (due * Decimal("9.50"), due * Decimal("9.50"))
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12 - due, 12 - due)
    shop.forget()
    shop.sync(only=ALL)
    assert shop.sent() == []


@pytest.mark.invariant("I-37")
def test_a_product_taken_off_an_order_when_all_memory_was_lost_goes_back_to_the_shelf(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2), ("CAP-1", 1)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    line = next(line.id for line in shop.store.book.order(number).lines if line.sku == "CAP-1")
    shop.store.edit_order(number, [{"id": line, "quantity": 0}])
    shop.lose()
    for _ in range(4):
        shop.wait(600)
        shop.sync(only=ALL, yes=True)
    assert [shop.till.level(sku) for sku in ("MUG-1", "CAP-1")] == [10, 3]
    assert [shop.store.level(sku) for sku in ("MUG-1", "CAP-1")] == [10, 3]


@pytest.mark.invariant("I-37")
def test_a_sale_that_stood_open_when_all_memory_was_lost_is_closed_once_its_goods_have_left(shop: Any) -> None:
    shop.settings["order_state_profile"] = "fulfilment"
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    assert [sale["state"] for sale in sales(shop)] == ["pending"]
    shop.lose()
    shop.store.set_status(number, 2)
    for _ in range(4):
        shop.wait(600)
        shop.sync(only=ALL, yes=True)
    assert [sale["state"] for sale in sales(shop)] == ["closed"]
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (9, 9)


def looked(shop: Any) -> bool:
    """Whether a sale was looked for at the till."""
    return any(call.kind == "read" and "search" in call.path for call in shop.till.calls)


@pytest.mark.invariant("I-18")
def test_after_the_loss_of_the_journal_no_sale_is_sent_while_one_of_before_may_still_arrive(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    shop.lose("journal.jsonl")
    edit(shop, number, 1)
    shop.forget()
    shop.sync(only=ALL)
    assert [sale["invoice_number"] for sale in sales(shop)] == ["WEB-100-1"]
    shop.wait(200)
    shop.forget()
    shop.sync(only=ALL)
    assert looked(shop), "whether the return stands at the till was not looked at before it was sent"
    assert len(sales(shop)) == 2
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (11, 11)


@pytest.mark.invariant("I-18")
def test_a_decision_after_the_loss_of_the_journal_hides_it_from_no_run(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    shop.lose("journal.jsonl")
    shop.decide("links unlink", sku="CAP-1")
    edit(shop, number, 1)
    shop.forget()
    shop.sync(only=ALL)
    assert looked(shop), "whether the return stands at the till was not looked at before it was sent"
    assert len(sales(shop)) == 2


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("edits", some((2, 4), (2,), ()))
def test_an_order_that_was_cancelled_when_all_memory_was_lost_keeps_no_sale(shop: Any, edits: tuple[int, ...]) -> None:
    number = shop.store.place_order([("MUG-1", 5)], "jane@buyer.example", **PAID)
    never = shop.store.place_order([("CAP-1", 1)], **PAID)
    shop.store.set_status(never, 5)
    shop.sync(only=ALL)
    for units in edits:
        edit(shop, number, units)
        shop.sync(only=ALL)
    shop.store.set_status(number, 5)
    shop.lose()
    shop.forget()
    for _ in range(6):
        shop.wait(600)
        shop.sync(only=ALL, yes=True)
    assert {sale["state"] for sale in sales(shop)} == {"voided"}
    assert len(sales(shop)) == 1 + len(edits), "a sale was made of an order that was cancelled"
    for sku, level in (("MUG-1", 12), ("CAP-1", 3)):
        assert (shop.till.level(sku), shop.store.level(sku)) == (level, level)
    shop.forget()
    shop.sync(only=ALL)
    assert (shop.sent(), looked(shop)) == ([], False)


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-37")
def test_an_order_whose_sale_was_voided_before_all_memory_was_lost_puts_its_stock_back_once(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 5)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    shop.store.set_status(number, 5)
    shop.sync(only=ALL)
    assert [sale["state"] for sale in sales(shop)] == ["voided"]
    shop.lose()
    for _ in range(3):
        shop.wait(600)
        shop.forget()
        assert set(states(shop.sync(only=ALL, yes=True))) <= {"out_of_scope", "observed"}
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12, 12)
    assert [call.path for call in shop.till.calls if call.kind == "write"] == []
