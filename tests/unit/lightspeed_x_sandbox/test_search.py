"""``GET /search`` of the X-Series sandbox: what it finds, and when."""

from __future__ import annotations

import pytest

from .booth import ID, Booth


@pytest.fixture
def booth(booth: Booth) -> Booth:
    ana = booth.machine.add_customer("Ana", "Low", email="Ana@Example.test", customer_code="WEB-1")
    booth.machine.add_customer("Bo", "High", email="bo@example.test", customer_code="WEB-2")
    booth.book(id=ID.format(1), invoice_number="W-1", customer_id=ana, date="2026-05-05T23:30:00Z")
    booth.book(id=ID.format(2), invoice_number="W-2", date="2026-05-06T08:00:00Z", payments=[booth.paid(25)])
    booth.book(booth.line("TEE", 1, 20), id=ID.format(3), invoice_number="W-1", state="parked",
               date="2026-05-07T12:00:00Z", source={"register_id": booth.register("Harbour 1")})  # fmt: skip
    return booth


def found(booth: Booth, query: str) -> list[int]:
    return [int(row["id"][-2:]) for row in booth.get(f"/search?type=sales&{query}")]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [1, 2, 3]),
        ("invoice_number=W-1", [1, 3]),
        ("invoice_number=W-1&invoice_number=W-2&state=closed", [1, 2]),
        ("invoice_number=W-9", []),
        ("state=parked&state=voided", [3]),
        ("status=SAVED", [3]),
        ("date_from=2026-05-06T00:00:00Z", [2, 3]),
        ("date_from=2026-05-05T00:00:00Z&date_to=2026-05-06T08:00:00Z", [1, 2]),
        ("time_from=11:00&time_to=12:00&timezone=Pacific/Auckland", [1]),
        ("time_from=8:00&time_to=8:00", [2]),
        ("sale_total=25", [1, 2]),
        ("customer_name=an", [1]),
        (f"_id={ID.format(2)}", [2]),
        (f"-_id={ID.format(2)}", [1, 3]),
        ("order_by=date&order_direction=desc", [3, 2, 1]),
        ("page_size=1&offset=1", [2]),
    ],
)
@pytest.mark.filterwarnings("ignore:status parameter is deprecated")
def test_filters_of_sales(booth: Booth, query: str, ids: list[int]) -> None:
    assert found(booth, query) == ids


def test_filters_by_record(booth: Booth) -> None:
    (ana,) = booth.get("/search?type=customers&email=ana@EXAMPLE.test")
    assert found(booth, f"customer_id={ana['id']}") == [1]
    assert found(booth, f"register_id={booth.register('Harbour 1')}") == [3]
    assert found(booth, f"outlet_id={booth.machine.outlet_id('Harbour')}") == [3]
    assert found(booth, f"product_id={booth.machine.product('MUG').id}") == [1, 2]
    assert found(booth, f"payment_type_id={booth.payment_type()}") == [2]
    assert found(booth, f"user_id={booth.user}") == [1, 2, 3]


@pytest.mark.parametrize("query", ["customer_code=web-1", "first_name=ana", "last_name=LOW", "email=ana@example.test"])
def test_filters_of_customers(booth: Booth, query: str) -> None:
    assert [row["customer_code"] for row in booth.get(f"/search?type=customers&{query}")] == ["WEB-1"]


def test_changed_and_deleted_customers_are_found_as_they_are_now(booth: Booth) -> None:
    (ana,) = booth.get("/search?type=customers&email=ana@example.test")
    booth.call("PUT", f"/customers/{ana['id']}", {"first_name": "Ana", "last_name": "Low", "email": "new@example.test"})
    assert booth.get("/search?type=customers&email=ana@example.test") == []
    booth.call("DELETE", f"/customers/{ana['id']}")
    assert booth.get("/search?type=customers&email=new@example.test") == []
    assert len(booth.get("/search?type=customers&email=new@example.test&deleted=true")) == 1


def test_sku_is_found_in_lower_case_only(booth: Booth) -> None:
    assert [row["sku"] for row in booth.get("/search?type=products&sku=mug")] == ["MUG"]
    assert booth.get("/search?type=products&sku=MUG") == []
    assert [row["sku"] for row in booth.get("/search?type=products&-sku=mug")] == ["TEE"]


def test_index_shows_a_new_record_after_its_lag(booth: Booth) -> None:
    booth.machine.switches["search_lag"] = 30.0
    assert found(booth, "") == []
    booth.clock.advance(60)
    made = booth.book(invoice_number="W-4")
    assert found(booth, "invoice_number=W-4") == []
    assert booth.get(f"/sales/{made['id']}") == made
    booth.clock.advance(29)
    assert found(booth, "") == [1, 2, 3]
    booth.clock.advance(2)
    assert booth.get("/search?type=sales&invoice_number=W-4") == [made]


@pytest.mark.parametrize(
    "query",
    [
        "", "type=orders", "type=sales&customer_id=7", "type=sales&date_from=yesterday", "type=sales&sale_total=many",
        "type=sales&time_from=25:00", "type=sales&timezone=Nowhere", "type=sales&order_direction=up",
        "type=sales&page_size=many", "type=sales&deleted=maybe",
    ],
)  # fmt: skip
def test_wrong_search_is_refused(booth: Booth, query: str) -> None:
    assert booth.ask("GET", f"/search?{query}")[0] == 400
