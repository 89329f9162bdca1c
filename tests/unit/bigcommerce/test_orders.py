"""Reading orders: none is missed, whatever the pages and whatever changes meanwhile; what has no use is not kept."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.platform import Reading
from pipelines.kit.sandbox import Response
from pipelines.platforms.bigcommerce import extract_orders
from pipelines.platforms.bigcommerce.sandbox.answers import paging
from pipelines.platforms.bigcommerce.sandbox.orders import routes

if TYPE_CHECKING:
    from conftest import Sent, Store

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
ALL = Reading(since=SINCE)
LINE = {"name": "Thing", "price": "3.10", "quantity": 1}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract_orders, "PAGE", 4)
    monkeypatch.setattr(extract_orders, "USUAL_PAGE", 2)


def place(store: Store, *seconds: int) -> list[str]:
    """An order at each of these seconds after noon; their ids."""
    return [str(store.machine.place_order([LINE], created=NOON + timedelta(seconds=at))) for at in seconds]


def rows(store: Store, name: str = "orders", reading: Reading = ALL) -> list[dict[str, Any]]:
    """Rows a reading brings, with their records parsed; of one id the last."""
    found = {row["id"]: row | {"record": json.loads(row["record"])} for row in store.read(name, reading).to_pylist()}
    return list(found.values())


def ids(store: Store, reading: Reading = ALL) -> list[str]:
    """Ids of the orders a reading brings."""
    return [row["id"] for row in rows(store, "orders", reading)]


def answers(store: Store, change: Callable[[Any, Response], Response]) -> None:
    """From now on every answer is changed first."""
    handle = store.machine.handle
    store.machine.handle = lambda request: change(request, handle(request))  # type: ignore[method-assign]


# --- the list ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    "seconds",
    [
        (),
        (0,),
        (0,) * 4,
        (0,) * 11,
        (0, 1, 2, 3),
        (0, 1, 2, 3, 4),
        (0, 0, 0, 1, 1, 1, 1, 1, 1, 2),
        (5, 5, 5, 5, 0, 0, 9),
    ],
)
def test_every_order_is_read_wherever_pages_end(store: Store, seconds: tuple[int, ...]) -> None:
    assert sorted(place(store, *seconds)) == sorted(ids(store))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 4), max_size=24), st.integers(1, 7))
def test_every_order_is_read_whatever_seconds_they_share(store: Store, seconds: list[int], size: int) -> None:
    store = type(store)()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(extract_orders, "PAGE", size)
        patched.setattr(extract_orders, "USUAL_PAGE", max(1, size // 2))
        assert sorted(place(store, *seconds)) == sorted(ids(store))


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("at_call", [2, 3, 4])
@pytest.mark.parametrize("changed", [1, 4, 7])
@pytest.mark.parametrize("seconds", [range(16), [0] * 16, [0] * 7 + [1] * 9])
def test_an_order_that_changes_while_pages_are_read_hides_no_other(
    store: Store, seconds: list[int], changed: int, at_call: int
) -> None:
    placed = place(store, *seconds)

    def change(_: Sent) -> None:
        if len(store.wire.sent) == at_call:
            for id_ in placed[:changed]:
                store.machine.clock.advance(1)
                store.machine.touch_order(int(id_))

    store.wire.before = change
    assert sorted(ids(store)) == sorted(placed)


def test_a_store_without_orders_answers_without_a_body(store: Store) -> None:
    assert rows(store) == []
    assert [sent.path for sent in store.wire.sent] == ["/v2/orders"]


def test_an_ordinary_read_is_one_call(store: Store) -> None:
    place(store, *range(30))
    assert len(ids(store)) == 30
    assert len(store.wire.sent) == 1


def test_pages_smaller_than_asked_for_lose_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most a page of orders may have is in no document."""
    monkeypatch.setattr(routes, "paging", lambda request, **how: paging(request, most=50, **how))
    placed = place(store, *range(70), *[70] * 60, 71)
    assert sorted(ids(store)) == sorted(placed)
    long = store.machine.place_order([LINE] * 120)
    assert len(details(store, long)["products"]) == 120


def test_what_changed_just_before_the_cursor_is_read_once_more(store: Store) -> None:
    early, at_edge, at_cursor = place(store, 0, 10, 130)
    cursor = int((NOON + timedelta(seconds=130)).timestamp())
    assert ids(store, Reading(after=cursor, since=SINCE)) == [at_edge, at_cursor]
    assert ids(store, Reading(since=NOON)) == [early, at_edge, at_cursor]
    assert ids(store, Reading(since=NOON + timedelta(seconds=1))) == [at_edge, at_cursor]
    assert [row["version"] for row in rows(store)][-1] == cursor


def test_an_order_asked_for_by_its_id_is_read_and_one_that_is_not_there_gives_no_row(store: Store) -> None:
    first, _ = place(store, 0, 1)
    assert ids(store, Reading(keys=["999", first])) == [first]


def dated(store: Store, now: datetime) -> None:
    """From now on answers say when they were given, as a server's do."""
    told = {"Date": format_datetime(now, usegmt=True)}
    answers(store, lambda _, answer: Response(answer.status, {**answer.headers, **told}, answer.body))


def test_a_date_in_the_stores_future_is_no_cursor(store: Store) -> None:
    place(store, 0, 86_400 * 365)
    dated(store, NOON + timedelta(minutes=1))
    assert [row["version"] for row in rows(store)] == [int(NOON.timestamp()), None]


def test_a_cursor_in_the_stores_future_is_not_read_from(store: Store) -> None:
    placed = place(store, 0, 60)
    dated(store, NOON + timedelta(hours=1))
    ahead = int((NOON + timedelta(days=900)).timestamp())
    assert ids(store, Reading(after=ahead, since=SINCE)) == placed
    assert ids(store, Reading(after=int(NOON.timestamp()) + 3600, since=SINCE)) == []


def test_a_list_that_does_not_follow_its_filter_stops_the_read(store: Store) -> None:
    place(store, 0, 60)
    handle = store.machine.handle

    def deaf(request: Any) -> Response:
        kept = [(name, value) for name, value in request.query if name != "min_date_modified"]
        return handle(dataclasses.replace(request, query=kept))

    store.machine.handle = deaf  # type: ignore[method-assign]
    with pytest.raises(PlatformUnreachable, match="came though none was asked for"):
        ids(store, Reading(since=NOON + timedelta(seconds=30)))


@pytest.mark.parametrize("body", [{"orders": []}, {"status": 500}])
def test_an_answer_that_is_no_list_is_not_an_empty_one(store: Store, body: dict[str, Any]) -> None:
    place(store, 0)
    answers(store, lambda _request, _answer: Response.json(200, body))
    with pytest.raises(PlatformUnreachable, match="without its list"):
        ids(store)


# --- what hangs on an order --------------------------------------------------------------------------------------


def details(store: Store, order: int | str) -> dict[str, Any]:
    """What hangs on an order, as it is kept."""
    (row,) = rows(store, "order_details", Reading(keys=[str(order)]))
    assert row["id"] == str(order)
    found: dict[str, Any] = row["record"]
    return found


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (49, 1), (60, 2), (250, 2), (251, 2), (500, 3)])
def test_every_line_of_an_order_is_read(store: Store, count: int, calls: int) -> None:
    order = store.machine.place_order([{**LINE, "name": f"Thing {n}"} for n in range(count)])
    names = [line["name"] for line in details(store, order)["products"]]
    assert names == [f"Thing {n}" for n in range(count)]
    assert sum(sent.path.endswith("/products") for sent in store.wire.sent) == calls


def test_an_order_without_payments_has_its_lines(store: Store) -> None:
    order = store.machine.place_order([LINE], payment=("Cash on Delivery", "none"))
    assert (len(details(store, order)["products"]), details(store, order)["transactions"]) == (1, [])


def test_what_hangs_on_an_order_that_is_not_there_gives_no_row(store: Store) -> None:
    order = store.machine.place_order([LINE])
    keys = ["999", str(order)]
    assert [row["id"] for row in rows(store, "order_details", Reading(keys=keys))] == [str(order)]
    assert store.read("order_details").num_rows == 0


def test_every_transaction_is_read_where_the_list_has_pages(store: Store) -> None:
    order = store.machine.place_order([LINE])
    handle = store.machine.handle

    def paged(request: Any) -> Response:
        if not request.path.endswith("/transactions"):
            return handle(request)
        page = int(dict(request.query).get("page", 1))
        one = json.loads(handle(dataclasses.replace(request, query=[])).body)["data"][0]
        facts = {"total": 3, "count": 1, "per_page": 1, "current_page": page, "total_pages": 3}
        return Response.json(200, {"data": [{**one, "id": page}], "meta": {"pagination": facts}})

    store.machine.handle = paged  # type: ignore[method-assign]
    assert [one["id"] for one in details(store, order)["transactions"]] == [1, 2, 3]


def test_what_hangs_on_an_order_tells_of_which_state_it_is(store: Store) -> None:
    """It was read last: where it is that of the list, nothing changed in between."""
    order = store.machine.place_order([LINE])
    (listed,) = rows(store)

    def edit(sent: Sent) -> None:
        if sent.path.endswith("/transactions"):
            store.machine.clock.advance(1)
            store.machine.edit_order(order, [{"line": 0, "quantity": 2}])

    assert details(store, order)["date_modified"] == listed["record"]["date_modified"]
    store.wire.before = edit
    assert details(store, order)["date_modified"] != listed["record"]["date_modified"]


# --- refunds -----------------------------------------------------------------------------------------------------


def test_refunds_are_read_by_when_they_were_made_and_once_more_for_a_day(store: Store) -> None:
    order = store.machine.place_order([{**LINE, "quantity": 3}])
    made = []
    for _ in range(3):
        made.append(str(store.machine.refund(order, {1: 1})))
        last = int(store.machine.clock.now().timestamp())
        store.machine.clock.advance(60_000)
    assert [row["id"] for row in rows(store, "order_refunds")] == made
    assert [row["id"] for row in rows(store, "order_refunds", Reading(after=last, since=SINCE))] == made[1:]
    assert rows(store, "order_refunds")[-1]["version"] == last


# --- what is kept ------------------------------------------------------------------------------------------------

ADDRESS = {"first_name", "last_name", "company", "street_1", "street_2", "city", "state", "zip", "country",
           "country_iso2", "phone", "email"}  # fmt: skip
LINE_FIELDS = {
    "id", "product_id", "variant_id", "name", "name_customer", "sku", "type", "quantity", "quantity_refunded",
    "total_ex_tax", "total_inc_tax", "total_tax", "discounted_total_inc_tax", "wrapping_name", "wrapping_message",
    "wrapping_cost_ex_tax", "wrapping_cost_inc_tax", "wrapping_cost_tax", "parent_order_product_id",
    "applied_discounts", "product_options",
}  # fmt: skip


@pytest.mark.invariant("I-36")
def test_no_more_is_kept_of_people_than_a_sale_needs(store: Store) -> None:
    secrets = {"ip_address": "203.0.113.9", "ip_address_v6": "2001:db8::9", "payment_provider_id": "prov-77",
               "geoip_country": "Nowhere", "cart_id": "cart-88"}  # fmt: skip
    order = store.machine.place_order(
        [{**LINE, "wrapping": {"cost": 1, "message": "Hi"}, "options": [{"name": "Text", "label": "Bo"}]}],
        customer={"email": "ann@buyer.example", "first_name": "Ann", "phone": "555-1"},
        discount=1, fees=[("Fee", 1)], plain=secrets,
    )  # fmt: skip
    store.machine.refund(order, {1: 1})
    (listed,), (refund,), hung = rows(store), rows(store, "order_refunds"), details(store, order)
    assert set(listed["record"]["billing_address"]) == ADDRESS
    for name in ("shipping_addresses", "consignments", "products", "coupons", "geoip_country", "credit_card_type"):
        assert name not in listed["record"]
    assert set(hung["products"][0]) == LINE_FIELDS
    assert set(hung["products"][0]["product_options"][0]) == {"display_name", "display_value"}
    paid = {"id", "event", "method", "amount", "currency", "status", "date_created", "offline", "custom"}
    assert {name for one in hung["transactions"] for name in one} == paid
    assert set(refund["record"]["payments"][0]) == {"amount", "offline", "is_declined"}
    gateways = [one["gateway_id"] for one in store.machine.book.order(order).transactions if one["gateway_id"]]
    everything = json.dumps([listed, refund, hung])
    assert gateways
    assert [word for word in (*secrets.values(), *gateways, "form_fields") if word in everything] == []
