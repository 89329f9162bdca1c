"""Customers of orders at the till: found, made once, blanks filled, consent never raised."""

from __future__ import annotations

from typing import Any

import pytest

from .desk import Desk

ANA: dict[str, Any] = {
    "email": "Ana@A.test ", "first_name": "Ana", "last_name": "Low", "company": "Low Ltd", "phone": "+64 9 1",
    "street_1": "1 Quay St", "street_2": None, "city": "Auckland", "state": "AUK", "postcode": "1010", "country": "nz",
    "code": "WEB-7",
}  # fmt: skip


def test_new_customer_is_made_with_all_that_is_known(desk: Desk) -> None:
    receipt = desk.do("customer", "create", ANA)
    (made,) = desk.machine.customers()
    assert (receipt.outcome, receipt.target_id, receipt.message) == ("ok", made["id"], None)
    names = ("email", "first_name", "last_name", "company_name", "phone", "customer_code")
    assert [made[name] for name in names] == ["Ana@A.test", "Ana", "Low", "Low Ltd", "+64 9 1", "WEB-7"]
    places = ("address_1", "address_2", "city", "state", "postcode", "country_id")
    assert [made[f"physical_{name}"] for name in places] == ["1 Quay St", None, "Auckland", "AUK", "1010", "NZ"]


@pytest.mark.parametrize(("accepts", "member"), [(None, None), (True, False), (False, True)])
def test_consent_is_written_only_where_it_was_asked(desk: Desk, accepts: bool | None, member: bool | None) -> None:
    desk.do("customer", "create", {**ANA, "accepts_marketing": accepts})
    assert desk.writes()[0].body.get("do_not_email") is member


def test_customer_of_this_email_is_taken_whatever_its_case(desk: Desk) -> None:
    key = desk.machine.add_customer("Anna", email="ANA@a.TEST")
    receipt = desk.do("customer", "create", ANA)
    assert (receipt.outcome, receipt.target_id, desk.writes()) == ("exists", key, [])
    assert desk.machine.customers()[0]["first_name"] == "Anna"


def test_of_two_customers_of_one_email_none_is_guessed(desk: Desk) -> None:
    desk.machine.add_customer("Ana", email="ana@a.test", customer_code="A-1")
    desk.machine.add_customer("Bo", email="Ana@a.test", customer_code="B-2")
    receipt = desk.do("customer", "create", ANA)
    assert (receipt.outcome, desk.writes()) == ("rejected", [])
    assert "2 customers" in str(receipt.message)
    assert "A-1, B-2" in str(receipt.message)


@pytest.mark.parametrize("email", [None, "", "  "])
def test_customer_without_an_email_is_made_once(desk: Desk, email: str | None) -> None:
    desk.machine.add_customer("Nobody", email="")
    guest = {"email": email, "first_name": None, "last_name": None, "code": "WEB-8"}
    first, second = desk.do("customer", "create", guest), desk.do("customer", "create", guest)
    assert (first.outcome, second.outcome) == ("ok", "exists")
    assert first.target_id == second.target_id
    assert len(desk.machine.customers()) == 2


@pytest.mark.invariant("I-36")
def test_nobody_is_named_in_what_is_kept_of_calls_and_receipts(desk: Desk) -> None:
    desk.machine.faults.script("F3", method="POST", path="/customers")
    told = [desk.do("customer", "create", ANA, name="Ana Low") for _ in range(2)]
    desk.machine.add_customer("Bo", email="ana@a.test", customer_code="B-2")
    told.append(desk.do("customer", "create", ANA, name="Ana Low"))
    assert [one.outcome for one in told] == ["unknown", "exists", "rejected"]
    kept = repr(told) + repr(desk.session.context.calls)
    assert "type=customers&page_size=1000&email=***" in kept
    assert [word for word in ("ana@a", "ana%40a", "Ana", "Low", "Quay") if word.lower() in kept.lower()] == []


@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
def test_customer_is_made_once_though_the_answer_was_lost(desk: Desk, fault: str) -> None:
    desk.machine.faults.script(fault, method="POST", path="/customers")
    assert desk.do("customer", "create", ANA).outcome == "unknown"
    assert [one.method for one in desk.wire.sent] == ["GET", "POST"]
    desk.clock.advance(120)
    second = desk.do("customer", "create", ANA)
    assert second.outcome == ("ok" if fault == "F2" else "exists")
    desk.clock.advance(3600)
    assert [one["id"] for one in desk.machine.customers()] == [second.target_id]


@pytest.mark.rule("S000-07", "S001-08")
@pytest.mark.parametrize("times", [1, 2])
def test_a_customer_the_till_took_and_did_not_keep_is_sent_once_more_and_never_taken_for_made(
    desk: Desk, times: int
) -> None:
    desk.machine.faults.script("F23", method="POST", path="/customers", times=times)
    receipt = desk.do("customer", "create", ANA)
    there = [one["id"] for one in desk.machine.customers()]
    assert (receipt.outcome, there) == (("ok", [receipt.target_id]) if times == 1 else ("unknown", []))
    assert [one.method for one in desk.writes()] == ["POST", "POST"]


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_said_of_a_customer_and_not_kept_is_sent_once_more_and_never_taken_for_told(
    desk: Desk, times: int
) -> None:
    key = desk.machine.add_customer("Anna", "Low", email="ana@a.test")
    desk.machine.faults.script("F23", method="PUT", path=f"/customers/{key}", times=times)
    receipt = desk.do("customer", "update", ANA, target=key)
    (kept,) = desk.machine.customers()
    assert (receipt.outcome, kept["phone"]) == (("ok", "+64 9 1") if times == 1 else ("unknown", None))


def test_a_customer_that_cannot_be_asked_for_is_as_the_till_said(desk: Desk) -> None:
    desk.machine.faults.script("F6", method="GET", path="/customers/", times=9)
    receipt = desk.do("customer", "create", ANA)
    assert (receipt.outcome, len(desk.machine.customers())) == ("ok", 1)


def test_customer_the_index_does_not_show_yet_is_known_by_its_code(desk: Desk) -> None:
    first = desk.do("customer", "create", ANA)
    desk.machine.faults.script("F27", path="/search")
    second = desk.do("customer", "create", ANA)
    assert (second.outcome, second.target_id) == ("exists", first.target_id)
    assert len(desk.machine.customers()) == 1


@pytest.mark.parametrize("place", [{"postcode": "ABC"}, {"country": "US", "postcode": "1010"}])
def test_address_that_is_refused_does_not_cost_the_customer(desk: Desk, place: dict[str, str]) -> None:
    receipt = desk.do("customer", "create", {**ANA, **place})
    (made,) = desk.machine.customers()
    assert (receipt.outcome, receipt.target_id) == ("ok", made["id"])
    assert "without it" in str(receipt.message)
    assert made["physical_address_1"] is None
    assert made["phone"] == "+64 9 1"


def test_country_that_is_no_code_is_left_away(desk: Desk) -> None:
    assert desk.do("customer", "create", {**ANA, "country": "New Zealand"}).message is None
    (made,) = desk.machine.customers()
    assert (made["physical_country_id"], made["physical_city"]) == (None, "Auckland")


def test_code_of_somebody_else_is_told(desk: Desk) -> None:
    """Its e-mail is another one, but the code is this customer's: it changed its e-mail at the till."""
    key = desk.machine.add_customer("Ana", email="new@a.test", customer_code="WEB-7")
    receipt = desk.do("customer", "create", ANA)
    assert (receipt.outcome, receipt.target_id) == ("exists", key)


def test_only_blanks_are_filled(desk: Desk) -> None:
    key = desk.machine.add_customer("Anna", None, email="old@a.test", phone=" ", do_not_email=False)
    receipt = desk.do("customer", "update", {**ANA, "accepts_marketing": True}, target=key)
    (made,) = desk.machine.customers()
    assert (receipt.outcome, receipt.created) == ("ok", {})
    assert (made["first_name"], made["last_name"], made["email"]) == ("Anna", "Low", "old@a.test")
    assert (made["phone"], made["physical_city"], made["do_not_email"]) == ("+64 9 1", "Auckland", False)
    assert desk.do("customer", "update", ANA, target=key).outcome == "exists"
    assert desk.writes() == []


NO = {"accepts_marketing": False}
HAS_THE_NO = {"customer": {"accepts_marketing": "no"}}


@pytest.mark.invariant("I-36")
@pytest.mark.parametrize("standing", ["fill_blanks", "none"])
def test_a_no_reaches_a_customer_who_is_known_and_nobody_is_told_that_it_did_where_it_did_not(
    desk: Desk, standing: str
) -> None:
    key = desk.machine.add_customer("Ana", "Low", email="ana@a.test", phone="1", physical_city="Wellington")
    desk.machine.faults.script("F3", method="PUT", path="/customers")
    receipts = [desk.do("customer", "create", {**ANA, **NO, "standing": standing}) for _ in range(2)]
    assert [one.outcome for one in receipts] == ["exists", "exists"]
    assert [one.created for one in receipts] == [{}, HAS_THE_NO]
    (made,) = desk.machine.customers()
    assert (made["id"], made["do_not_email"], made["phone"]) == (key, True, "1")


@pytest.mark.invariant("I-36")
def test_a_no_alone_changes_nothing_else_and_asks_nothing_of_one_who_is_not_there(desk: Desk) -> None:
    key = desk.machine.add_customer("Ana", None, email="ana@a.test", enable_promotional_sms=True)
    receipts = [desk.do("customer", "update", NO, target=key) for _ in range(2)]
    assert [(one.outcome, one.created) for one in receipts] == [("ok", HAS_THE_NO), ("exists", HAS_THE_NO)]
    (made,) = desk.machine.customers()
    assert (made["do_not_email"], made["enable_promotional_sms"], made["last_name"]) == (True, True, None)
    desk.machine.till.books.drop_customer(desk.machine.till.books.customers.items[key])
    receipt = desk.do("customer", "update", NO, target=key)
    assert (receipt.outcome, receipt.created, desk.writes()) == ("exists", HAS_THE_NO, [])


def test_address_is_never_made_of_two(desk: Desk) -> None:
    key = desk.machine.add_customer("Ana", "Low", physical_city="Wellington", physical_country_id="NZ")
    desk.do("customer", "update", ANA, target=key)
    (made,) = desk.machine.customers()
    assert (made["physical_city"], made["physical_address_1"], made["phone"]) == ("Wellington", None, "+64 9 1")


def test_customer_with_a_country_alone_gets_the_address(desk: Desk) -> None:
    key = desk.machine.add_customer("Ana", "Low", physical_country_id="NZ")
    desk.do("customer", "update", {**ANA, "postcode": "ABC"}, target=key)
    assert desk.machine.customers()[0]["physical_city"] is None
    desk.do("customer", "update", ANA, target=key)
    assert desk.machine.customers()[0]["physical_city"] == "Auckland"


def test_customer_that_was_deleted_is_not_filled(desk: Desk) -> None:
    key = desk.machine.add_customer("Ana")
    desk.machine.till.books.drop_customer(desk.machine.till.books.customers.items[key])
    for target in (key, "0000000f-1111-4111-8111-00000000000f"):
        receipt = desk.do("customer", "update", ANA, target=target)
        assert (receipt.outcome, desk.writes()) == ("rejected", [])
        assert "does not have the customer" in str(receipt.message)
