"""What lists of orders show: filters, pages that shift, the feed that lags, faults on the way."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from pipelines.kit.sandbox import Request, from_json

from .order_switches import listed, post
from .shop import HEADERS, START, Shop

NOON = "2026-03-02T09:31:00Z"


@pytest.fixture
def three(shop: Shop) -> tuple[int, int, int]:
    """Three orders a minute apart, the first of them changed last."""
    place = shop.machine.place_order
    first = place([("CARD", 1)], customer={"email": "Kim@Buyer.example"}, plain={"external_order_id": "X-1"})
    shop.wait(60)
    second = place([("CARD", 2)], status=7, payment=("Bank Deposit", "pending"))
    shop.wait(60)
    third = place([("MUG-1", 1)], "ann@buyer.example", channel_id=2)
    shop.wait(60)
    shop.machine.touch_order(first)
    return first, second, third


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2]),
    ({"sort": "date_modified:asc"}, [1, 2, 0]),
    ({"sort": "date_created:desc"}, [2, 1, 0]),
    ({"min_date_modified": NOON}, [0, 1, 2]),
    ({"min_date_modified": "2026-03-02T09:31:01Z"}, [0, 2]),
    ({"max_date_modified": "Mon, 02 Mar 2026 10:31:00 +0100"}, [1]),
    ({"min_date_created": NOON, "max_date_created": NOON}, [1]),
    ({"min_date_created": "2026-03-02T10:32:00+01:00"}, [2]),
    ({"min_id": 101}, [1, 2]),
    ({"max_id": 100}, [0]),
    ({"status_id": 7}, [1]),
    ({"customer_id": 1}, [0]),
    ({"customer_id": 0}, [1, 2]),
    ({"email": "kim@buyer.example"}, [0]),
    ({"channel_id": 2}, [2]),
    ({"external_order_id": "X-1"}, [0]),
    ({"payment_method": "Bank Deposit"}, [1]),
    ({"min_total": "12.51", "max_total": 49}, [0]),
    ({"is_deleted": "true"}, []),
    ({"status_id": 5}, []),
]


@pytest.mark.parametrize(("query", "places"), FILTERS, ids=[str(query) for query, _ in FILTERS])
def test_a_filter_gives_what_it_names(
    shop: Shop, three: tuple[int, ...], query: dict[str, Any], places: list[int]
) -> None:
    assert listed(shop, **query) == [three[at] for at in places]
    unsorted = {name: value for name, value in query.items() if name != "sort"}
    assert shop.call("GET", "/v2/orders/count", **unsorted)[1]["count"] == len(places)


@pytest.mark.parametrize(
    "query",
    [
        {"min_date_modified": "2026-03-02"},
        {"min_date_modified": "2026-03-02T09:31:00"},
        {"min_date_modified": "2026-03-02T09:31:00 01:00"},
        {"max_date_created": "yesterday"},
        {"sort": "total"},
        {"sort": "id:up"},
        {"status": "Shipped"},
        {"min_id": "many"},
        {"limit": 0},
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_followed_is_refused_not_ignored(shop: Shop, query: dict[str, Any]) -> None:
    status, body = shop.call("GET", "/v2/orders", **query)
    assert (status, body[0]["status"]) == (400, 400)


def test_moments_are_told_in_rfc_2822_in_utc_to_the_second(shop: Shop, three: tuple[int, ...]) -> None:
    (order,) = shop.call("GET", "/v2/orders", max_id=100)[1]
    assert order["date_modified"] == "Mon, 02 Mar 2026 09:33:00 +0000"
    assert parsedate_to_datetime(order["date_created"]) == START


def test_every_change_moves_the_order_in_a_list_by_modification(shop: Shop) -> None:
    machine = shop.machine
    id_ = machine.place_order([("MUG-1", 2)], status=7, payment=("Credit Card", "authorized"))
    line = machine.order(id_)["lines"][0]["id"]
    changes: list[Any] = [
        lambda: machine.capture(id_),
        lambda: machine.edit_order(id_, [{"id": line, "quantity": 3}]),
        lambda: machine.ship(id_, {line: 1}),
        lambda: machine.refund(id_, {line: 1}),
        lambda: machine.say(id_, "Hello"),
        lambda: shop.call("PUT", f"/v2/orders/{id_}", {"staff_notes": "x"}),
        lambda: machine.cancel(id_),
        lambda: shop.call("DELETE", f"/v2/orders/{id_}"),
    ]
    for change in changes:
        shop.wait(5)
        change()
        when = parsedate_to_datetime(shop.call("GET", f"/v2/orders/{id_}")[1]["date_modified"])
        assert when == machine.clock.now()


def test_pages_end_with_an_empty_answer_and_hold_250_at_most(shop: Shop) -> None:
    for _ in range(251):
        shop.machine.place_order([("CARD", 1)])
    assert [len(listed(shop, limit=500, page=page)) for page in (1, 2)] == [250, 1]
    assert shop.call("GET", "/v2/orders", limit=250, page=3) == (204, None)
    assert len(listed(shop)) == 50


def test_lines_beyond_fifty_are_on_the_next_page(shop: Shop) -> None:
    id_ = shop.machine.place_order([{"name": f"L{n}", "price": 1} for n in range(51)])
    pages = [shop.call("GET", f"/v2/orders/{id_}/products", page=page)[1] or [] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 1, 0]
    assert pages[1][0]["name"] == "L50"


def test_a_list_by_modification_shifts_while_orders_change(shop: Shop) -> None:
    for _ in range(4):
        shop.machine.place_order([("CARD", 1)])
        shop.wait(1)
    first = listed(shop, sort="date_modified:asc", limit=2)
    shop.machine.touch_order(first[0])
    second = listed(shop, sort="date_modified:asc", limit=2, page=2)
    assert (first, second) == ([100, 101], [103, 100])


def test_the_feed_lags_behind_stock_and_behind_the_order_itself(shop: Shop) -> None:
    shop.machine.switches["order_lag"] = 30
    id_ = shop.machine.place_order([("MUG-1", 2)])
    shop.wait(20)
    assert (listed(shop), shop.levels("MUG-1")) == ([], [3])
    assert shop.call("GET", f"/v2/orders/{id_}")[0] == 200
    shop.wait(11)
    shop.machine.cancel(id_)
    (shown,) = shop.call("GET", "/v2/orders")[1]
    assert (shown["status_id"], shop.call("GET", f"/v2/orders/{id_}")[1]["status_id"]) == (11, 5)
    shop.wait(31)
    (shown,) = shop.call("GET", "/v2/orders")[1]
    assert shown["status_id"] == 5
    assert parsedate_to_datetime(shown["date_modified"]) == START + timedelta(seconds=31)


def test_a_feed_that_catches_up_never_shows_a_change_before_an_earlier_one(shop: Shop) -> None:
    shop.machine.switches["order_lag"] = 30
    id_ = shop.machine.place_order([("MUG-1", 2)])
    shop.machine.switches["order_lag"] = 0
    shop.machine.cancel(id_)
    assert listed(shop) == []
    shop.wait(30)
    assert listed(shop, status_id=5) == [id_]


def test_an_archived_order_is_found_by_asking_for_it(shop: Shop) -> None:
    kept, archived = (shop.machine.place_order([("CARD", 1)]) for _ in range(2))
    assert shop.call("DELETE", f"/v2/orders/{archived}") == (204, None)
    assert (listed(shop), listed(shop, is_deleted="true")) == ([kept], [archived])
    assert shop.call("GET", f"/v2/orders/{archived}")[1]["is_deleted"] is True


def test_refunds_are_found_by_moment_order_and_id(shop: Shop) -> None:
    ids = [shop.machine.place_order([("CARD", 1)]) for _ in range(2)]
    first = shop.machine.refund(ids[0], amount=1)
    shop.wait(60)
    second = shop.machine.refund(ids[1])
    path = "/v3/orders/payment_actions/refunds"

    def found(**query: Any) -> list[int]:
        return [one["id"] for one in shop.read(path, **query)]

    assert found() == [first, second]
    assert found(created__min=NOON) == [second]
    assert found(created__max="2026-03-02T09:30:59+00:00") == [first]
    assert found(order_id__in=ids[0]) == found(id__in=first) == [first]
    assert shop.call("GET", path, colour="red")[0] == 422


@pytest.mark.parametrize(
    "path",
    [
        "/v2/orders/4711",
        "/v2/orders/x/products",
        "/v2/orders/4711/taxes",
        "/v2/order_statuses/15",
        "/v3/orders/4711/transactions",
        "/v3/orders/payment_actions/refunds/9",
    ],
)
def test_what_is_not_there_is_404_in_the_form_of_its_api(shop: Shop, path: str) -> None:
    status, body = shop.call("GET", path)
    assert (status, isinstance(body, list)) == (404, path.startswith("/v2"))


def test_a_status_keeps_its_id_and_its_name(shop: Shop) -> None:
    _, shown = shop.call("GET", "/v2/order_statuses")
    assert [one["id"] for one in shown] == list(range(15))
    _, counts = shop.call("GET", "/v2/orders/count")
    assert [one["name"] for one in counts["statuses"]][:4] == [
        "Incomplete",
        "Pending",
        "Awaiting Payment",
        "Awaiting Fulfillment",
    ]


@pytest.mark.parametrize(
    ("code", "variant", "seen"),
    [("F13", 0, [101, 102]), ("F13", 1, [100, 100, 101, 102]), ("F14", 0, [100, 102]), ("F25", 0, [])],
)
def test_faults_of_lists_strike_the_list_of_orders(shop: Shop, code: str, variant: int, seen: list[int]) -> None:
    for _ in range(3):
        shop.machine.place_order([("CARD", 1)])
    shop.machine.faults.script(code, path="/v2/orders", variant=variant)
    assert listed(shop) == seen
    assert listed(shop) == [100, 101, 102]


@pytest.mark.parametrize(("code", "made", "later"), [("F2", 0, 0), ("F3", 1, 1), ("F4", 0, 1), ("F23", 0, 0)])
def test_a_fault_on_a_new_order_has_the_effect_its_name_says(shop: Shop, code: str, made: int, later: int) -> None:
    shop.machine.faults.script(code, method="POST", path="/v2/orders", variant=0)
    body = b'{"billing_address": {"zip": "78751"}, "products": [{"product_id": 77, "quantity": 2}]}'
    shop.machine.handle(Request("POST", "/stores/abc123/v2/orders", (), HEADERS, body))
    assert (len(shop.machine.order_ids()), shop.machine.level("MUG-1")) == (made, 5 - 2 * made)
    shop.wait(60)
    assert len(listed(shop)) == later


@pytest.mark.parametrize(("wrong", "seen"), [("repeat", [100, 101]), ("unfiltered", [102])])
def test_lists_that_do_not_keep_to_what_was_asked_reach_orders_too(shop: Shop, wrong: str, seen: list[int]) -> None:
    for _ in range(3):
        shop.machine.place_order([("CARD", 1)])
    shop.machine.switches["list_wrong"] = wrong
    assert listed(shop, limit=2, page=2, status_id=5 if wrong == "unfiltered" else 11) == seen


def test_a_page_reckons_its_own_orders_and_none_of_the_others(shop: Shop) -> None:
    reckoned: list[int] = []
    for _ in range(300):
        shop.machine.place_order([("CARD", 1)])
    shown = shop.machine.order_record
    shop.machine.order_record = lambda order: (reckoned.append(order.id), shown(order))[1]  # type: ignore[method-assign]
    answer = shop.machine.handle(Request("GET", "/stores/abc123/v2/orders", (("limit", "10"), ("page", "7")), HEADERS))
    assert reckoned == [order["id"] for order in from_json(answer.body)] == list(range(160, 170))


def test_two_orders_made_by_the_api_are_two(shop: Shop) -> None:
    assert [post(shop, external_order_id="X")[0] for _ in range(2)] == [200, 200]
    assert len(listed(shop, external_order_id="X")) == 2
