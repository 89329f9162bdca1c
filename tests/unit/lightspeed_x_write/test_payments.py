"""Payments that come after the sale: once, on its register, and with nothing else changed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from .desk import Desk

LATER = "2026-07-02T10:00:00+00:00"


@pytest.mark.parametrize("lists", ["replace", "merge"])
def test_payment_is_added_to_what_was_paid_and_nothing_else_changes(desk: Desk, lists: str) -> None:
    desk.machine.switches["sent_lists"] = lists
    lines = desk.line("1", "MUG", 3, 1000, note="gift"), desk.line("2", "TEE", 1, 2000, tax=260, tax_name="VAT")
    document = desk.document(*lines, note="soon", payments=(desk.paid(1000),))
    desk.record(document)
    before = desk.sale()
    receipt = desk.pay(document, desk.paid(1500, "p2", "Card", LATER), desk.paid(500, "p3", at=LATER))
    sale = desk.sale()
    assert receipt.outcome == "ok"
    assert receipt.created["sale"] == {"version": str(sale["version"]), "state": "closed", "total": "3000"}
    paid = [(one["amount"], one["type"], one["date"]) for one in sale["payments"]]
    assert paid == [(10, "Online", "2026-07-01T09:00:00+00:00"), (15, "Card", LATER), (5, "Online", LATER)]
    assert {one.register_id for one in desk.machine.till.books.sales.items[document.id].payments} == {
        document.register_id
    }
    assert {name for name in sale if sale[name] != before[name]} == {"payments", "paid", "version"}
    assert desk.levels()[0] == 7


@pytest.mark.parametrize("lists", ["replace", "merge"])
@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
def test_payment_is_taken_once_though_the_answer_was_lost(desk: Desk, fault: str, lists: str) -> None:
    desk.machine.switches["sent_lists"] = lists
    document = desk.document()
    desk.record(document)
    desk.machine.faults.script(fault, method="PUT", path="/sales")
    assert desk.pay(document, desk.paid(2500)).outcome == "unknown"
    desk.clock.advance(120)
    assert desk.pay(document, desk.paid(2500)).outcome == ("ok" if fault == "F2" else "exists")
    desk.clock.advance(3600)
    assert desk.sale()["paid"] == 25


def test_payment_the_till_gave_an_id_of_its_own_is_known_by_its_money_and_moment(desk: Desk) -> None:
    document = desk.document(payments=(desk.paid(1250), desk.paid(1250, "p2")))
    desk.record(document)
    for number, one in enumerate(desk.machine.till.books.sales.items[document.id].payments):
        one.id = f"0000000f-1111-4111-8111-00000000000{number}"
    assert desk.pay(document, desk.paid(1250), desk.paid(1250, "p2")).outcome == "exists"
    assert desk.pay(document, desk.paid(1250), desk.paid(1250, "p2"), desk.paid(1250, "p3")).outcome == "ok"
    assert desk.pay(document, desk.paid(1250, "p4", at=LATER)).outcome == "ok"
    assert [one["amount"] for one in desk.sale()["payments"]] == [Decimal("12.5")] * 4


def test_account_whose_closed_sales_take_no_payment_says_what_to_do(desk: Desk) -> None:
    desk.machine.switches["closed_sale_takes_payments"] = False
    document = desk.document()
    desk.record(document)
    receipt = desk.pay(document, desk.paid(2500))
    assert receipt.outcome == "rejected"
    assert "no payment be added to a closed sale" in str(receipt.message)
    assert receipt.do == f"enter the payment of 25.00 at the till, on the sale {document.reference}"
    assert desk.sale()["payments"] == []


def test_money_of_a_return_goes_back(desk: Desk) -> None:
    document = desk.document(kind="return", number=2)
    desk.record(document)
    assert desk.pay(document, desk.paid(2500)).outcome == "ok"
    assert desk.sale()["paid"] == -25


def test_parked_sale_stays_parked_when_it_is_paid(desk: Desk) -> None:
    document = desk.document(state="parked")
    desk.record(document)
    assert desk.pay(document, desk.paid(2500)).created["sale"]["state"] == "parked"
    assert (desk.sale()["state"], desk.sale()["paid"]) == ("parked", 25)


def test_voided_or_missing_sale_takes_no_payment(desk: Desk) -> None:
    document = desk.document()
    desk.record(document)
    desk.machine.void_sale(document.id)
    voided = desk.pay(document, desk.paid(2500))
    missing = desk.pay(document, desk.paid(2500), target="0000000f-1111-4111-8111-00000000000f")
    assert (voided.outcome, missing.outcome, desk.writes()) == ("rejected", "rejected", [])
    assert "voided" in str(voided.message)
    assert "does not have the sale" in str(missing.message)


def test_payment_type_that_is_gone_is_named_and_the_payment_left_to_staff(desk: Desk) -> None:
    document = desk.document(payments=(desk.paid(1000),))
    desk.record(document)
    desk.machine.delete_payment_type("Online")
    receipt = desk.pay(document, desk.paid(1500, "p2", "Card", LATER))
    assert (receipt.outcome, desk.sale()["paid"]) == ("rejected", 10)
    assert "the till does not have the payment type any more" in str(receipt.message)
    assert receipt.do == f"enter the payment of 15.00 at the till, on the sale {document.reference}"


@pytest.mark.parametrize("lists", ["replace", "merge"])
def test_payment_is_taken_though_tax_customer_and_author_of_the_sale_were_deleted(desk: Desk, lists: str) -> None:
    desk.machine.switches["sent_lists"] = lists
    till = desk.machine.till
    customer = desk.machine.add_customer(email="jane@buyer.example")
    document = desk.document(desk.line(tax=100, tax_name="VAT"), customer_id=customer, payments=(desk.paid(1000),))
    desk.record(document)
    before = desk.sale()
    desk.machine.delete_tax("VAT")
    till.books.drop_customer(till.books.customers.items[customer])
    till.drop_entry("users", till.users.items[document.user_id])
    now = replace(document, user_id=till.add_entry("users", {"display_name": "New"}).id)
    assert desk.pay(now, desk.paid(1500, "p2", at=LATER)).outcome == "ok"
    sale = desk.sale()
    assert (sale["paid"], sale["state"], sale["lines"]) == (25, "closed", before["lines"])
    assert desk.void(document, document=now.as_json()).outcome == "ok"
    assert (desk.sale()["state"], desk.levels()[0]) == ("voided", 10)
