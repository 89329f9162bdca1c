"""Documents recorded as sales: what the till then has, once, whatever became of the answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.sandbox.types import Request, Response
from pipelines.platforms.lightspeed_x.write.sale_bodies import line_id

from .desk import Desk

WAYS = ("update", "conflict", "same", "duplicate")


@pytest.mark.invariant("I-4")
def test_sale_has_all_that_the_document_says(desk: Desk) -> None:
    customer = desk.machine.add_customer("Ana", "Low", email="ana@a.test")
    lines = (
        desk.line("11", "MUG", 3, 1150, tax=150, tax_name="VAT", note="gift: for Bo"),
        desk.line("rounding", "TEE", 1, -1),
    )
    document = desk.document(*lines, customer_id=customer, note="leave it", payments=(desk.paid(1149),))
    receipt = desk.record(document)
    sale = desk.sale()
    assert (receipt.outcome, receipt.target_id, receipt.message) == ("ok", document.id, None)
    assert receipt.created == {"sale": {"version": str(sale["version"]), "state": "closed", "total": "1149"}}
    names = ("id", "state", "source_id", "source_type", "customer_id", "invoice_number", "note", "register_id")
    assert [sale[name] for name in names] == [
        document.id, "closed", "100", "TILLSYNC", customer, document.reference, "leave it", document.register_id,
    ]  # fmt: skip
    assert sale["date"] == "2026-07-01T08:59:00+00:00"
    first, rounding = sale["lines"]
    assert (first["quantity"], first["price"], first["tax"]) == (3, Decimal("3.33333"), Decimal("0.5"))
    assert (first["note"], first["id"]) == ("gift: for Bo", line_id(document.id, "11", 1))
    assert (rounding["sku"], rounding["price"]) == ("TEE", Decimal("-0.01"))
    assert [(one["amount"], one["type"]) for one in sale["payments"]] == [(Decimal("11.49"), "Online")]
    assert [(one.method, one.path) for one in desk.wire.sent] == [("POST", "/sales"), ("GET", f"/sales/{document.id}")]


@pytest.mark.invariant("I-1")
def test_a_sale_the_till_took_and_did_not_keep_is_not_taken_for_recorded(desk: Desk) -> None:
    document = desk.document()
    desk.machine.faults.script("F23", method="POST", path="/sales")
    assert (desk.record(document).outcome, desk.machine.sales()) == ("unknown", [])
    assert desk.record(replace(document, may_exist=True)).outcome == "ok"
    assert len(desk.machine.sales()) == 1


@pytest.mark.invariant("I-1")
def test_a_change_the_till_took_and_did_not_keep_is_made_again(desk: Desk) -> None:
    document = desk.document()
    desk.record(document)
    acts = {"paid": lambda: desk.pay(document, desk.paid(2500)), "state": lambda: desk.void(document)}
    for changed, act in acts.items():
        before = desk.sale()
        desk.machine.faults.script("F23", method="PUT", path=f"/sales/{document.id}")
        assert (act().outcome, desk.sale()) == ("unknown", before)
        desk.machine.faults.script("F6", method="GET", path=f"/sales/{document.id}", skip=1, times=9)
        assert act().outcome == "ok"
        assert desk.sale()[changed] != before[changed]
        desk.machine.faults.clear()


def test_sale_takes_stock_at_its_own_outlet_only(desk: Desk) -> None:
    desk.machine.set_level("MUG", "Harbour", 7)
    desk.record(desk.document(register_id=desk.found("registers", "Harbour 1")))
    assert desk.levels() == (10, 5)


def test_return_gives_back_what_was_sold(desk: Desk) -> None:
    line = desk.line("1", "MUG", 3, 1000, tax=130, tax_name="VAT")
    desk.record(desk.document(line, payments=(desk.paid(1000),)))
    back = desk.document(line, number=2, kind="return", payments=(desk.paid(1000, "r1"),))
    receipt = desk.record(back)
    sold, returned = desk.machine.sales()
    assert (receipt.outcome, receipt.created["sale"]["total"], receipt.message) == ("ok", "-1000", None)
    assert returned["id"] == back.id != sold["id"]
    assert returned["state"] == "closed"
    assert [one["quantity"] for one in returned["lines"]] == [-3]
    assert sold["total"] + returned["total"] == 0
    assert sold["tax"] + returned["tax"] == 0
    assert [one["amount"] for one in returned["payments"]] == [Decimal(-10)]
    assert desk.levels()[0] == 10


def test_unpaid_order_is_a_closed_sale_without_a_payment(desk: Desk) -> None:
    receipt = desk.record(desk.document())
    assert (receipt.outcome, desk.sale()["state"], desk.sale()["payments"]) == ("ok", "closed", [])


@pytest.mark.parametrize("state", ["parked", "pending"])
def test_sale_that_is_not_finished_is_left_open(desk: Desk, state: str) -> None:
    receipt = desk.record(desk.document(state=state))
    assert receipt.created["sale"]["state"] == desk.sale()["state"] == state
    assert desk.levels()[0] == 10


@pytest.mark.parametrize("how", ["shown", "taken_off"])
@pytest.mark.invariant("I-4")
def test_discount_is_never_taken_off_twice(desk: Desk, how: str) -> None:
    """No document says whether a price has its discount in it."""
    desk.machine.switches["line_discount"] = how
    receipt = desk.record(desk.document(desk.line("1", "MUG", 2, 2000, discount=Decimal(500))))
    assert (receipt.created["sale"]["total"], receipt.message, desk.sale()["total"]) == ("2000", None, 20)


def test_currency_without_cents_is_not_divided_by_a_hundred(desk: Desk) -> None:
    desk.facts = replace(desk.facts, decimal_places=0)
    receipt = desk.record(desk.document(desk.line("1", "MUG", 3, 1000), payments=(desk.paid(1000),)))
    assert (receipt.created["sale"]["total"], desk.sale()["paid"]) == ("1000", 1000)


@pytest.mark.invariant("I-4")
def test_five_hundred_lines_tie_to_the_cent(desk: Desk) -> None:
    lines = [
        desk.line(str(n), ("MUG", "TEE")[n % 2], n % 7 + 1, 1000 + n, tax=130 + n % 9, tax_name="VAT")
        for n in range(500)
    ]
    document = desk.document(*lines)
    receipt = desk.record(document)
    assert (receipt.outcome, receipt.message) == ("ok", None)
    assert receipt.created["sale"]["total"] == str(document.total)
    assert round(desk.sale()["tax"] * 100) == document.tax
    assert desk.levels()[0] == 10 - sum(n % 7 + 1 for n in range(0, 500, 2))
    assert len(desk.writes()) == 1


def test_card_number_that_the_till_blanks_is_no_other_sale(desk: Desk) -> None:
    document = desk.document(desk.line(note="card 4111 1111 1111 1111"), note="paid by 4111111111111111, thanks")
    assert desk.record(document).outcome == "ok"
    assert "4111" not in desk.sale()["note"] + desk.sale()["lines"][0]["note"]
    assert desk.record(document, may_exist=True).outcome == "exists"


# --- once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
@pytest.mark.invariant("I-2")
def test_order_is_recorded_once_though_the_answer_was_lost(desk: Desk, how: str, fault: str) -> None:
    desk.machine.switches["repeated_sale_id"] = how
    desk.machine.faults.script(fault, method="POST", path="/sales")
    document = desk.document(payments=(desk.paid(2500),))
    first = desk.record(document)
    assert (first.outcome, len(desk.wire.sent)) == ("unknown", 1)
    desk.clock.advance(120)
    second = desk.record(document, may_exist=True)
    assert second.outcome == ("ok" if fault == "F2" else "exists")
    assert second.target_id == desk.sale()["id"] == document.id
    assert second.created["sale"]["total"] == "2500"
    desk.clock.advance(3600)
    assert (desk.sale()["paid"], desk.levels()[0]) == (25, 8)


def test_sale_is_found_though_the_index_lags(desk: Desk) -> None:
    desk.machine.switches["search_lag"] = 600.0
    document = desk.document()
    desk.record(document)
    assert desk.record(document, may_exist=True).outcome == "exists"
    assert len(desk.machine.sales()) == 1


@pytest.mark.invariant("I-2")
@pytest.mark.parametrize("fault", ["F25", "F27"])
def test_a_list_that_came_empty_twice_is_no_proof_that_an_edited_order_has_no_sale(desk: Desk, fault: str) -> None:
    before = desk.document()
    desk.record(before)
    desk.clock.advance(1500)
    edited = replace(before, id="0000000f-1111-4111-8111-00000000000f")
    desk.machine.faults.script(fault, path="/search", times=2)
    receipt = desk.record(edited, may_exist=True)
    assert (receipt.outcome, receipt.target_id) == ("exists", before.id)
    assert len(desk.machine.sales()) == 1


def test_sale_under_another_id_is_found_by_its_number(desk: Desk) -> None:
    """A till that gives ids of its own."""
    document = desk.document()
    other = replace(document, id="0000000f-1111-4111-8111-00000000000f")
    desk.record(other)
    desk.clock.advance(2)
    receipt = desk.record(document, may_exist=True)
    assert (receipt.outcome, receipt.target_id) == ("exists", other.id)
    assert desk.writes() == []


@pytest.mark.invariant("I-2")
def test_an_order_of_one_store_is_not_lost_to_one_of_another_with_the_same_number(desk: Desk) -> None:
    desk.record(desk.document(store="one"))
    other = desk.document(id="0000000f-1111-4111-8111-00000000000f", store="two")
    desk.clock.advance(2)
    assert desk.record(other, may_exist=True).outcome == "ok"
    assert [sale["source_type"] for sale in desk.machine.sales()] == ["TILLSYNC-ONE", "TILLSYNC-TWO"]


def test_of_several_sales_of_one_document_the_oldest_counts_and_the_others_are_named(desk: Desk) -> None:
    document = desk.document()
    ids = [f"0000000f-1111-4111-8111-00000000000{n}" for n in range(4)]
    for key in (ids[3], ids[1], ids[2]):
        desk.record(replace(document, id=key))
        desk.clock.advance(2)
    desk.machine.void_sale(ids[3])
    receipt = desk.record(document, may_exist=True)
    assert (receipt.outcome, receipt.target_id) == ("exists", ids[1])
    assert receipt.created["sale"]["others"] == ids[2]
    assert ids[2] in str(receipt.message)
    assert "oldest" in str(receipt.message)
    assert desk.writes() == []


def test_known_id_with_our_number_exists(desk: Desk) -> None:
    desk.machine.switches["repeated_sale_id"] = "conflict"
    document = desk.document()
    desk.record(document)
    receipt = desk.record(document)
    assert (receipt.outcome, receipt.status, receipt.target_id) == ("exists", 409, document.id)
    assert len(desk.machine.sales()) == 1


@pytest.mark.parametrize("may_exist", [True, False])
def test_sale_of_somebody_else_is_never_taken_for_ours(desk: Desk, may_exist: bool) -> None:
    desk.machine.switches["repeated_sale_id"] = "conflict"
    document = desk.document()
    desk.record(replace(document, reference="HAND-1"))
    receipt = desk.record(document, may_exist=may_exist)
    assert receipt.outcome == "rejected"
    assert "another sale" in str(receipt.message)
    assert "HAND-1" in str(receipt.message)
    assert desk.sale()["invoice_number"] == "HAND-1"


def altered(desk: Desk, change: Any) -> None:
    """Let the till's answers about sales pass through ``change``."""
    handle = desk.machine.handle

    def instead(request: Request) -> Response:
        answer = handle(request)
        return change(request, answer) or answer

    desk.machine.handle = instead  # type: ignore[method-assign]


def test_answer_with_nothing_but_the_id_is_read_again(desk: Desk) -> None:
    def bare(request: Request, answer: Response) -> Response | None:
        key = Request("", "", (), {}, answer.body).json()["data"]["id"]
        return Response.json(200, {"data": {"id": key}}) if request.method == "POST" else None

    altered(desk, bare)
    receipt = desk.record(desk.document())
    assert receipt.created["sale"]["version"] == str(desk.sale()["version"])
    assert [one.method for one in desk.wire.sent] == ["POST", "GET"]


def test_answer_without_an_id_is_not_taken_for_done(desk: Desk) -> None:
    altered(desk, lambda _request, _answer: Response.json(200, {"data": {}}))
    assert desk.record(desk.document()).outcome == "unknown"


@pytest.mark.invariant("I-4")
def test_till_that_counts_another_total_is_named(desk: Desk) -> None:
    def dearer(_request: Request, answer: Response) -> Response:
        body = Request("", "", (), {}, answer.body).json()
        body["data"]["totals"] |= {"price_incl_tax": Decimal("25.01"), "tax": Decimal("0.01")}
        return Response.json(200, body)

    altered(desk, dearer)
    receipt = desk.record(desk.document())
    assert (receipt.outcome, receipt.created["sale"]["total"]) == ("ok", "2501")
    assert receipt.message == "the till counts a total of 25.01 instead of 25.00 and a tax of 0.01 instead of 0.00"


# --- refused -------------------------------------------------------------------------------------------------


def test_deleted_register_is_told_and_no_other_is_taken(desk: Desk) -> None:
    document = desk.document()
    desk.machine.delete_register("Main Register")
    receipt = desk.record(document)
    assert (receipt.outcome, receipt.status) == ("rejected", 422)
    assert "does not have the register any more" in str(receipt.message)
    assert "`register`" in str(receipt.do)
    assert desk.machine.sales() == []


@pytest.mark.parametrize("takes", [True, False])
def test_closed_register(desk: Desk, takes: bool) -> None:
    desk.machine.switches["closed_register_takes_sales"] = takes
    desk.machine.close_register("Main Register")
    receipt = desk.record(desk.document())
    assert receipt.outcome == ("ok" if takes else "rejected")
    assert takes or "the register is closed" in str(receipt.message)


@pytest.mark.parametrize(
    ("gone", "words"),
    [("product", "a product of it"), ("tax", "the tax"), ("payment", "the payment type")],
)
def test_what_is_not_at_the_till_any_more_is_named(desk: Desk, gone: str, words: str) -> None:
    customer = desk.machine.add_customer("Ana")
    document = desk.document(desk.line(tax_name="VAT", tax=1), payments=(desk.paid(2500),), customer_id=customer)
    steps = {
        "product": lambda: desk.machine.delete("MUG"),
        "tax": lambda: desk.machine.delete_tax("VAT"),
        "payment": lambda: desk.machine.delete_payment_type("Online"),
    }
    steps[gone]()
    receipt = desk.record(document)
    assert receipt.outcome == "rejected"
    assert words in str(receipt.message)
    assert "the till says" in str(receipt.message)
    assert desk.machine.sales() == []


def test_a_customer_deleted_at_the_till_costs_the_customer_and_not_the_sale(desk: Desk) -> None:
    books = desk.machine.till.books
    customer = desk.machine.add_customer("Ana")
    books.drop_customer(books.customers.items[customer])
    receipt = desk.record(desk.document(desk.line(), payments=(desk.paid(1250),), customer_id=customer))
    assert (receipt.outcome, receipt.created["sale"]["customer"]) == ("ok", "gone")
    assert "customer was deleted" in str(receipt.message)
    assert [sale["customer_id"] for sale in desk.machine.sales()] == [None]


def test_a_sale_of_somebody_else_under_the_same_number_is_not_taken_for_ours(desk: Desk) -> None:
    document = desk.document()
    foreign = desk.machine.till.books.sales.items[desk.machine.ring_up([("TEE", 1)])]
    foreign.invoice_number, foreign.source_type = document.reference, "USER"
    desk.machine.till.books.enter(foreign)
    desk.clock.advance(2)
    assert desk.record(document, may_exist=True).outcome == "ok"
    assert [sale["id"] for sale in desk.machine.sales() if sale["source_id"] == document.order_id] == [document.id]


def test_document_no_till_takes_keeps_no_other_back(desk: Desk) -> None:
    bad = [
        desk.document(desk.line(quantity=0)),
        desk.document(desk.line("1"), desk.line("1")),
        replace(desk.document(), lines=()),
        desk.document(sold_at="yesterday"),
    ]
    rows = [desk.row("sale", "create", {"document": one.as_json()}) for one in [*bad, desk.document()]]
    assert [one.outcome for one in desk.rows(*rows)] == ["rejected"] * 4 + ["ok"]
    assert len(desk.writes()) == 1


# --- parked, then closed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lists", ["replace", "merge"])
@pytest.mark.parametrize("state", ["parked", "pending"])
def test_open_sale_is_closed_with_its_payment_and_nothing_else_changes(desk: Desk, lists: str, state: str) -> None:
    desk.machine.switches["sent_lists"] = lists
    lines = desk.line("1", "MUG", 3, 1000, note="gift"), desk.line("2", "TEE", 1, 2000, tax=260, tax_name="VAT")
    document = desk.document(*lines, state=state, note="soon")
    desk.record(document)
    before = desk.sale()
    after = {"state": "closed", "document": document.as_json()}
    after["payments"] = replace(document, payments=(desk.paid(3000),)).as_json()["payments"]
    first, second = (desk.do("sale", "update", after, target=document.id) for _ in range(2))
    sale = desk.sale()
    assert (first.outcome, second.outcome) == ("ok", "exists")
    assert first.created["sale"]["state"] == second.created["sale"]["state"] == "closed"
    changed = {name for name in sale if sale[name] != before[name]}
    assert changed == {"state", "payments", "paid", "version"}
    assert (sale["paid"], desk.levels()[0], desk.machine.level("TEE")) == (30, 7, 4)


def test_sale_that_is_gone_or_voided_is_not_closed(desk: Desk) -> None:
    document = desk.document(state="parked")
    gone = desk.do("sale", "update", {"state": "closed"}, target=document.id)
    desk.record(document)
    desk.machine.void_sale(document.id)
    voided = desk.do("sale", "update", {"state": "closed"}, target=document.id)
    assert (gone.outcome, voided.outcome) == ("rejected", "rejected")
    assert "does not have the sale" in str(gone.message)
    assert "voided" in str(voided.message)
    assert desk.sale()["state"] == "voided"
