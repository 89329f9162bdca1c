"""Customers of the X-Series sandbox and their addresses."""

from __future__ import annotations

from typing import Any

import pytest

from .booth import ID, Booth

NAMES = {"first_name": "Ana", "last_name": None}
ADDRESS = {
    "address_line_1": "1 Example Road", "city": "Springfield", "postcode": "62701", "country_code": "US",
    "state_code": "IL", "type": "SHIPPING",
}  # fmt: skip


def make(booth: Booth, **more: Any) -> Any:
    return booth.call("POST", "/customers", {**NAMES, **more})


def test_customer_is_kept_as_sent_and_consent_is_not_invented(booth: Booth) -> None:
    made = make(booth, email="A@Example.test", customer_code="WEB-1", custom_field_1="shop:7", physical_country_id="NZ")
    assert booth.get(f"/customers/{made['id']}") == made
    assert (made["email"], made["custom_field_1"], made["name"]) == ("A@Example.test", "shop:7", "Ana")
    assert (made["do_not_email"], made["enable_promotional_sms"]) == (False, False)
    assert make(booth, do_not_email=True, enable_promotional_sms=True)["do_not_email"] is True


def test_update_leaves_what_is_not_sent_and_null_empties(booth: Booth) -> None:
    made = make(booth, phone="1", mobile="2", do_not_email=True)
    after = booth.call("PUT", f"/customers/{made['id']}", {"first_name": "Ana", "last_name": "B", "phone": None})
    assert (after["phone"], after["mobile"], after["last_name"], after["do_not_email"]) == (None, "2", "B", True)
    assert after["version"] > made["version"]


WRONG: dict[str, tuple[dict[str, Any], int]] = {
    "first name missing": ({"last_name": "B"}, 422),
    "last name missing": ({"first_name": "A"}, 422),
    "code null": ({**NAMES, "customer_code": None}, 422),
    "group null": ({**NAMES, "customer_group_id": None}, 422),
    "unknown group": ({**NAMES, "customer_group_id": ID.format(1)}, 422),
    "code taken": ({**NAMES, "customer_code": "WEB-1"}, 422),
    "consent as text": ({**NAMES, "do_not_email": "yes"}, 422),
    "birth null": ({**NAMES, "date_of_birth": None}, 422),
    "gender": ({**NAMES, "gender": "X"}, 422),
    "country": ({**NAMES, "physical_country_id": "New Zealand"}, 400),
    "postal code": ({**NAMES, "postal_country_id": "US", "postal_postcode": "ABC"}, 400),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_customer_is_refused_on_create_and_on_update(booth: Booth, name: str) -> None:
    make(booth, customer_code="WEB-1")
    other = make(booth, customer_code="WEB-2")
    body, status = WRONG[name]
    before = booth.machine.till.dump()
    assert booth.ask("POST", "/customers", body)[0] == status
    assert booth.ask("PUT", f"/customers/{other['id']}", body)[0] == status
    assert booth.machine.till.dump() == before


def test_postal_code_is_held_against_the_country_on_record(booth: Booth) -> None:
    made = make(booth, physical_country_id="US")
    path = f"/customers/{made['id']}"
    assert booth.ask("PUT", path, {**NAMES, "physical_postcode": "ABC"})[0] == 400
    assert booth.ask("PUT", path, {**NAMES, "physical_postcode": "62701-0001"})[0] == 200


def test_code_is_made_from_the_name_and_is_free_again_after_a_change(booth: Booth) -> None:
    first, second = make(booth), make(booth, customer_code="WEB-1")
    assert first["customer_code"].startswith("Ana-")
    booth.call("PUT", f"/customers/{second['id']}", {**NAMES, "customer_code": "WEB-2"})
    assert make(booth, customer_code="WEB-1")["customer_code"] == "WEB-1"


def test_deleted_customer_leaves_the_feed_and_takes_no_sale(booth: Booth) -> None:
    kept, gone = make(booth, customer_code="K"), make(booth, customer_code="G")
    sale = booth.book(customer_id=gone["id"])
    assert booth.call("DELETE", f"/customers/{gone['id']}") is None
    assert [row["id"] for row in booth.get("/customers")] == [kept["id"]]
    after = kept["version"]
    assert [row["deleted_at"] is None for row in booth.get(f"/customers?after={after}&deleted=true")] == [False]
    assert booth.ask("PUT", f"/customers/{gone['id']}", NAMES)[0] == 404
    assert booth.ask("POST", "/sales", booth.body(customer_id=gone["id"]))[0] == 422
    assert booth.get(f"/sales/{sale['id']}")["customer_id"] == gone["id"]
    assert make(booth, customer_code="G")["customer_code"] == "G"


def test_card_number_in_a_name_note_or_address_is_blanked(booth: Booth) -> None:
    card = "4111-1111-1111-1111"
    made = make(booth, last_name=f"B {card}", note=card, physical_address_1=f"{card} Road", phone=card)
    shown = (made["last_name"], made["note"], made["physical_address_1"], made["phone"])
    assert shown == ("B ", "", " Road", card)


def test_addresses_belong_to_their_customer(booth: Booth) -> None:
    one, two = make(booth), make(booth)
    made = booth.call("POST", f"/customers/{one['id']}/addresses", ADDRESS)
    assert made["id_token"]
    assert [row["id"] for row in booth.get(f"/customers/{one['id']}/addresses")] == [made["id"]]
    assert booth.get(f"/customers/{two['id']}/addresses") == []
    assert booth.ask("GET", f"/customers/{two['id']}/addresses/{made['id']}")[0] == 404
    booth.call("DELETE", f"/customers/{one['id']}/addresses/{made['id']}")
    assert booth.get(f"/customers/{one['id']}/addresses") == []


@pytest.mark.parametrize(
    "change",
    [{"state_code": None}, {"country_code": "usa"}, {"postcode": "ABC"}, {"city": "x" * 29}, {"type": "HOME"}],
    ids=["state", "country", "postal code", "long", "type"],
)
def test_wrong_address_is_refused(booth: Booth, change: dict[str, Any]) -> None:
    made = make(booth)
    assert booth.ask("POST", f"/customers/{made['id']}/addresses", {**ADDRESS, **change})[0] == 400
    assert booth.get(f"/customers/{made['id']}/addresses") == []
