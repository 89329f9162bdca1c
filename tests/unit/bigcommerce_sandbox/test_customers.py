"""Customers: one for each e-mail, ten a call, cursors."""

from __future__ import annotations

from typing import Any

import pytest

from .shop import Shop

KIM = {"email": "kim@buyer.example", "first_name": "Kim", "last_name": "Lee"}


def people(shop: Shop, count: int) -> list[int]:
    """So many customers, each a minute younger."""
    made = []
    for n in range(count):
        made.append(shop.machine.make_customer({**KIM, "email": f"c{n}@buyer.example", "last_name": f"L{-n}"}).id)
        shop.wait(60)
    return made


def test_a_buyer_with_an_account_is_one_customer_however_the_email_is_written(shop: Shop) -> None:
    for email in ("Kim@Buyer.example", "kim@buyer.EXAMPLE"):
        id_ = shop.machine.place_order([("CARD", 1)], customer={**KIM, "email": email})
        assert shop.machine.order(id_)["customer_id"] == 1
    guest = shop.machine.place_order([("CARD", 1)], customer="kim@buyer.example")
    assert shop.machine.order(guest)["customer_id"] == 0
    (kim,) = shop.read("/v3/customers")
    assert (kim["email"], kim["first_name"]) == ("Kim@Buyer.example", "Kim")


def test_a_buyer_without_an_email_is_a_guest(shop: Shop) -> None:
    id_ = shop.machine.place_order([("CARD", 1)], customer={"first_name": "Kim"})
    shown = shop.machine.order(id_)
    assert (shown["customer_id"], shown["billing_address"]["first_name"], shop.read("/v3/customers")) == (0, "Kim", [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"email__in": "C0@buyer.example,c2@buyer.example"}, [1, 3]),
        ({"id__in": "2,9"}, [2]),
        ({"name__in": "kim l-1"}, [2]),
        ({"name__like": "kim"}, [1, 2, 3]),
        ({"date_created__min": "2026-03-02T09:31:00Z"}, [2, 3]),
        ({"date_modified__max": "2026-03-02T09:31:00"}, [1, 2]),
        ({"sort": "date_created:desc"}, [3, 2, 1]),
        ({"sort": "last_name:asc"}, [2, 3, 1]),
        ({"limit": 2, "page": 2}, [3]),
    ],
    ids=str,
)
def test_a_filter_on_customers_gives_what_it_names(shop: Shop, query: dict[str, Any], found: list[int]) -> None:
    people(shop, 3)
    assert [one["id"] for one in shop.read("/v3/customers", **query)] == found


def test_cursors_lead_through_all_and_leave_nobody_out_when_one_is_deleted(shop: Shop) -> None:
    people(shop, 5)
    _, body = shop.call("GET", "/v3/customers", limit=2)
    assert set(body["meta"]) == {"pagination", "cursor_pagination"}
    seen = [one["id"] for one in body["data"]]
    shop.call("DELETE", "/v3/customers", id__in="1")
    for _ in range(3):
        cursor = body["meta"]["cursor_pagination"]["end_cursor"]
        _, body = shop.call("GET", "/v3/customers", limit=2, after=cursor)
        assert "pagination" not in body["meta"]
        seen += [one["id"] for one in body["data"]]
    assert (seen, body["data"]) == ([1, 2, 3, 4, 5], [])
    assert shop.call("GET", "/v3/customers", after="nonsense")[0] == 422


def test_a_customer_changes_the_email_and_frees_the_old_one(shop: Shop) -> None:
    people(shop, 2)
    assert shop.call("PUT", "/v3/customers", [{"id": 1, "email": "new@buyer.example"}])[0] == 200
    assert shop.call("POST", "/v3/customers", [{**KIM, "email": "c0@buyer.example"}])[0] == 200
    status, body = shop.call("PUT", "/v3/customers", [{"id": 2, "email": "NEW@buyer.example"}])
    assert (status, list(body["errors"])) == (422, [".customer_update"])


REFUSED: list[tuple[str, str, Any, int]] = [
    ("POST", "eleven", [{**KIM, "email": f"n{n}@buyer.example"} for n in range(11)], 413),
    ("POST", "e-mail in use", [{**KIM, "email": "new@buyer.example"}, {**KIM, "email": "C0@buyer.example"}], 422),
    ("POST", "twice in one call", [KIM, KIM], 422),
    ("POST", "no last name", [{"email": "a@buyer.example", "first_name": "A"}], 422),
    ("POST", "no list", KIM, 422),
    ("POST", "address without a city", [{**KIM, "addresses": [{"first_name": "Kim", "last_name": "Lee"}]}], 422),
    ("PUT", "no id", [{"company": "X"}], 422),
    ("PUT", "read-only", [{"id": 1, "origin_channel_id": 2}], 422),
    ("PUT", "addresses", [{"id": 1, "addresses": []}], 422),
    ("PUT", "one good, one not", [{"id": 1, "company": "X"}, {"id": 4711, "company": "X"}], 422),
]


@pytest.mark.parametrize(("method", "name", "body", "status"), REFUSED, ids=[f"{r[0]} {r[1]}" for r in REFUSED])
def test_a_call_that_is_refused_changes_no_customer(shop: Shop, method: str, name: str, body: Any, status: int) -> None:
    people(shop, 1)
    before = shop.read("/v3/customers", include="addresses")
    assert shop.call(method, "/v3/customers", body)[0] == status
    assert shop.read("/v3/customers", include="addresses") == before


def test_a_delete_that_names_nobody_deletes_nobody(shop: Shop) -> None:
    people(shop, 2)
    assert shop.call("DELETE", "/v3/customers") == (204, None)
    assert shop.call("DELETE", "/v3/customers", id__in="2,9") == (204, None)
    assert [one["id"] for one in shop.read("/v3/customers")] == [1]
    assert shop.machine.make_customer({**KIM, "email": "c1@buyer.example"}).id == 3
