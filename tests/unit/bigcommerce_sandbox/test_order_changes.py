"""Edits, statuses, payments, refunds: what they do to an order and to the stock behind it."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.kit.sandbox import to_json
from pipelines.platforms.bigcommerce.sandbox import OutOfStock
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal

from .order_switches import post
from .shop import Shop


def placed(shop: Shop, *lines: Any, **how: Any) -> int:
    return shop.machine.place_order(lines or [("MUG-1", 2)], **how)


def line_of(shop: Shop, id_: int, at: int = 0) -> int:
    return int(shop.machine.order(id_)["lines"][at]["id"])


def setting(shop: Shop, **changes: Any) -> None:
    assert shop.call("PUT", "/v3/settings/inventory", changes)[0] == 200


def put(shop: Shop, id_: int, **body: Any) -> tuple[int, Any]:
    return shop.call("PUT", f"/v2/orders/{id_}", body)


# --- stock -------------------------------------------------------------------------------------------------


def test_an_order_takes_its_stock_at_once_and_readers_see_it_after_the_lag(shop: Shop) -> None:
    placed(shop)
    assert (shop.machine.level("MUG-1"), shop.levels("MUG-1")) == (3, [5])
    shop.wait(0.25)
    assert shop.levels("MUG-1") == [3]


def test_stock_comes_back_once_however_often_an_order_is_called_off(shop: Shop) -> None:
    id_ = placed(shop)
    for status in (5, 6, 5, 11, 5):
        shop.machine.set_status(id_, status)
    assert shop.machine.level("MUG-1") == 5


def test_an_order_that_comes_back_to_life_takes_its_stock_again(shop: Shop) -> None:
    id_ = placed(shop)
    shop.machine.cancel(id_)
    shop.machine.set_status(id_, 11)
    assert shop.machine.level("MUG-1") == 3


@pytest.mark.parametrize("status", [0, 5, 6])
def test_an_order_that_was_never_placed_takes_nothing(shop: Shop, status: int) -> None:
    id_ = placed(shop, status=status, payment=("PayPal", "none"))
    assert shop.machine.level("MUG-1") == 5
    shop.machine.set_status(id_, 11)
    assert shop.machine.level("MUG-1") == 3


@pytest.mark.parametrize("sent", [2, 10])
def test_stock_is_taken_when_the_order_is_sent_if_the_store_says_so(shop: Shop, sent: int) -> None:
    setting(shop, update_stock_behavior="order_completed_or_shipped")
    id_ = placed(shop)
    assert shop.machine.level("MUG-1") == 5
    shop.machine.set_status(id_, sent)
    shop.machine.set_status(id_, 3)
    shop.machine.set_status(id_, sent)
    assert shop.machine.level("MUG-1") == 3


def test_called_off_orders_keep_their_stock_if_the_store_says_so(shop: Shop) -> None:
    setting(shop, refund_order_stock_adjustment=False)
    id_ = placed(shop)
    shop.machine.cancel(id_)
    assert shop.machine.level("MUG-1") == 3


def test_an_old_order_never_takes_today_s_stock(shop: Shop) -> None:
    id_ = placed(shop, takes_stock=False)
    shop.machine.ship(id_)
    assert shop.machine.level("MUG-1") == 5
    shop.machine.cancel(id_)
    assert shop.machine.level("MUG-1") == 5


@pytest.mark.parametrize(("adjusts", "level"), [(True, 2), (False, 3)])
def test_stock_follows_an_edit_where_the_store_says_so(shop: Shop, adjusts: bool, level: int) -> None:
    setting(shop, edit_order_stock_adjustment=adjusts)
    id_ = placed(shop)
    shop.machine.edit_order(id_, [{"line": 0, "quantity": 3}])
    assert shop.machine.level("MUG-1") == level
    shop.machine.edit_order(id_, [{"line": 0, "quantity": 0}])
    assert shop.machine.level("MUG-1") == (5 if adjusts else 3)


def test_an_edit_that_asks_for_more_than_there_is_changes_nothing(shop: Shop) -> None:
    id_ = placed(shop, ("MUG-1", 2), ("TEE-M", 1))
    before = to_json(shop.machine.dump())
    with pytest.raises(OutOfStock):
        shop.machine.edit_order(id_, [{"line": 1, "quantity": 0}, {"line": 0, "quantity": 6}])
    assert to_json(shop.machine.dump()) == before
    shop.machine.edit_order(id_, [{"line": 0, "quantity": 0}, {"sku": "MUG-1", "quantity": 5}])
    assert shop.machine.level("MUG-1") == 0


def test_units_may_move_from_one_line_to_another_when_there_are_no_others(shop: Shop) -> None:
    id_ = placed(shop, ("MUG-1", 2), ("MUG-1", 3))
    shop.machine.edit_order(id_, [{"line": 0, "quantity": 4}, {"line": 1, "quantity": 1}])
    assert shop.machine.level("MUG-1") == 0
    shop.machine.cancel(id_)
    assert shop.machine.level("MUG-1") == 5


def test_a_deleted_product_s_stock_has_nowhere_to_go_back_to(shop: Shop) -> None:
    id_ = placed(shop)
    shop.machine.delete_sku("MUG-1")
    shop.machine.cancel(id_)
    assert [line["name"] for line in shop.machine.order(id_)["lines"]] == ["Mug"]


# --- edits by the API --------------------------------------------------------------------------------------


def test_a_put_changes_adds_and_removes_lines_and_leaves_the_others(shop: Shop) -> None:
    id_ = placed(shop, ("MUG-1", 2), {"name": "Note", "price": 1}, ("CARD", 1))
    mug, note, card = (line_of(shop, id_, at) for at in range(3))
    added = [
        {"name": "Bow", "quantity": 1, "price_ex_tax": 2, "price_inc_tax": 2.5},
        {"product_id": shop.tee.id, "variant_id": shop.tee.variants[1].id},
    ]
    status, _ = put(shop, id_, products=[{"id": mug, "quantity": 1}, {"id": note, "quantity": 0}, *added])
    lines = {line["id"]: line for line in shop.machine.order(id_)["lines"]}
    assert (status, note in lines, lines[card]["quantity"], lines[mug]["quantity"]) == (200, False, 1, 1)
    assert sorted(line["name"] for line in lines.values()) == ["Bow", "Gift card", "Mug", "Tee"]
    assert (shop.machine.level("MUG-1"), shop.machine.level("TEE-M")) == (4, 1)
    assert shop.machine.order(id_)["total_inc_tax"] == "60.0000"


def test_a_put_clears_the_discounts_of_the_lines_it_changes_only(shop: Shop) -> None:
    id_ = placed(shop, ("MUG-1", 2), ("CARD", 1), discount=5, coupon=("A", 2, 2))
    put(shop, id_, products=[{"id": line_of(shop, id_), "quantity": 2}])
    shown = shop.machine.order(id_)
    assert [len(line["applied_discounts"]) for line in shown["lines"]] == [0, 2]
    assert (shown["discount_amount"], shown["coupon_discount"], shown["total_inc_tax"]) == (
        "2.5000",
        "1.0000",
        "46.5000",
    )


def test_with_the_last_discount_goes_the_cent_that_rounding_left(shop: Shop) -> None:
    id_ = placed(shop, *({"name": name, "price": 10} for name in "abc"), discount=10)
    shop.machine.edit_order(id_, [{"line": at, "price": 10} for at in range(3)])
    shown = shop.machine.order(id_)
    assert (shown["discount_amount"], shown["total_inc_tax"]) == ("0.0000", "30.0000")


def test_totals_and_costs_that_are_given_stand_as_they_are(shop: Shop) -> None:
    id_ = placed(shop, tax_rates=(("GST", 10),))
    put(shop, id_, shipping_cost_ex_tax="4.0000", shipping_cost_inc_tax=5, discount_amount="2")
    shown = shop.machine.order(id_)
    assert (shown["shipping_cost_tax"], shown["discount_amount"], shown["total_inc_tax"]) == (
        "1.0000",
        "2.0000",
        "30.3000",
    )
    put(shop, id_, total_ex_tax="20.0000", total_inc_tax="22.5000")
    assert shop.machine.order(id_)["total_tax"] == "2.5000"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"status_id": 15}, "status_id"),
    ({"status_id": None}, "status_id"),
    ({"external_id": "x"}, "external_id"),
    ({"total_inc_tax": "1"}, "total_ex_tax"),
    ({"shipping_cost_ex_tax": "1"}, "shipping_cost_inc_tax"),
    ({"discount_amount": "-1"}, "discount_amount"),
    ({"discount_amount": "much"}, "discount_amount"),
    ({"customer_id": 4711}, "customer_id"),
    ({"channel_id": 9}, "channel_id"),
    ({"colour": "red"}, "colour"),
    ({"billing_address": {"zip": "1"}}, "billing_address.zip"),
    ({"billing_address": {"zip": "12", "street": "x"}}, "billing_address.street"),
    ({"products": [{"id": 4711, "quantity": 1}]}, "products.0.id"),
    ({"products": [{"name": "Bow", "quantity": 1, "price_ex_tax": 2}]}, "products.0"),
    ({"products": [{"product_id": 4711}]}, "product_id"),
    ({"date_created": "2026-03-02"}, "date_created"),
    ({"shipping_addresses": [{"id": 4711}]}, "shipping_addresses.0.id"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED, ids=[f"{field} {n}" for n, (_, field) in enumerate(REFUSED)])
def test_a_put_the_platform_refuses_names_the_field_and_changes_nothing(
    shop: Shop, body: dict[str, Any], field: str
) -> None:
    id_ = placed(shop)
    before = shop.machine.order(id_)
    status, answer = put(shop, id_, staff_notes="x", **body)
    assert (status, list(answer[0]["details"])) == (400, [field])
    assert shop.machine.order(id_) == before


def test_a_merchant_id_is_written_once(shop: Shop) -> None:
    id_ = placed(shop)
    assert put(shop, id_, external_merchant_id="M-1")[0] == 200
    assert put(shop, id_, external_merchant_id="M-2")[0] == 400


# --- orders by the API -------------------------------------------------------------------------------------


def test_an_order_by_the_api_comes_back_as_external_with_its_references(shop: Shop) -> None:
    status, made = post(shop, external_order_id="T-1", external_source="POS", status_id=10)
    assert (status, made["order_source"], made["status_id"]) == (200, "external", 10)
    (found,) = shop.call("GET", "/v2/orders", external_order_id="T-1")[1]
    assert (found["id"], found["external_source"], found["payment_status"]) == (made["id"], "POS", "")
    assert shop.call("GET", f"/v3/orders/{made['id']}/transactions") == (204, None)


def test_an_order_by_the_api_has_the_prices_it_was_given_and_their_tax(shop: Shop) -> None:
    line = {"product_id": shop.mug.id, "quantity": 3, "price_ex_tax": 10, "price_inc_tax": 11.2}
    _, made = post(shop, products=[line])
    assert (made["total_ex_tax"], made["total_inc_tax"]) == ("30.0000", "33.6000")
    _, (tax,) = shop.call("GET", f"/v2/orders/{made['id']}/taxes")
    assert (tax["class"], tax["line_amount"], tax["rate"]) == ("API Tax Override", "3.6000", "12.0000")


@pytest.mark.parametrize(
    "fields",
    [
        {"billing_address": {"email": "a@buyer.example"}},
        {"products": []},
        {"products": [{"product_id": 77, "quantity": 9}]},
        {"products": [{"name": "Note", "price_ex_tax": 1, "price_inc_tax": 1}]},
    ],
    ids=["no zip", "no products", "out of stock", "no quantity"],
)
def test_an_order_the_platform_refuses_is_none(shop: Shop, fields: dict[str, Any]) -> None:
    assert (post(shop, **fields)[0], shop.machine.order_ids(), shop.machine.level("MUG-1")) == (400, [], 5)


# --- payments and refunds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "events"),
    [
        ("captured", ["purchase"]),
        ("authorized", ["authorization", "capture"]),
        ("pending", ["pending", "settled"]),
    ],
)
def test_a_payment_that_awaits_its_money_is_captured_once(shop: Shop, state: str, events: list[str]) -> None:
    id_ = placed(shop, status=7, payment=("Credit Card", state))
    if len(events) > 1:
        shop.machine.capture(id_)
    with pytest.raises(Refusal):
        shop.machine.capture(id_)
    shown = shop.read(f"/v3/orders/{id_}/transactions")
    assert ([one["event"] for one in shown], {one["amount"] for one in shown}) == (events, {25})
    assert shop.machine.order(id_)["payment_status"] == "captured"
    assert shop.machine.order(id_)["status_id"] == (11 if len(events) > 1 else 7)


def test_parts_of_a_line_refunded_one_by_one_add_up_to_what_was_paid(shop: Shop) -> None:
    id_ = placed(shop, {"name": "Bead", "price": "0.17", "quantity": 3}, tax_rates=(("GST", 10),))
    line = line_of(shop, id_)
    for _ in range(3):
        shop.machine.refund(id_, {line: 1})
    found = shop.read("/v3/orders/payment_actions/refunds", order_id__in=id_)
    assert [str(one["total_amount"]) for one in found] == ["0.19", "0.18", "0.19"]
    with pytest.raises(Refusal):
        shop.machine.refund(id_, {line: 1})


def test_a_refund_marks_the_order_and_its_lines_but_no_amount_on_them(shop: Shop) -> None:
    id_ = placed(shop, shipping=4)
    shop.machine.refund(id_, {"MUG-1": 1})
    shown = shop.machine.order(id_)
    assert (shown["status"], shown["payment_status"]) == ("Partially Refunded", "partially refunded")
    assert (shown["refunded_amount"], shown["lines"][0]["quantity_refunded"]) == ("0.0000", 1)
    shop.machine.refund(id_)
    shown = shop.machine.order(id_)
    assert (shown["status"], shown["lines"][0]["is_refunded"]) == ("Refunded", True)
    amounts = [one["total_amount"] for one in shop.read(f"/v3/orders/{id_}/payment_actions/refunds")]
    assert sum(amounts) == 29
    assert [one["event"] for one in shop.read(f"/v3/orders/{id_}/transactions")] == ["purchase", "refund", "refund"]


@pytest.mark.parametrize(("how", "level"), [({}, 4), ({"restock": False}, 3)])
def test_refunded_units_go_back_once_even_if_the_order_is_cancelled_then(
    shop: Shop, how: dict[str, Any], level: int
) -> None:
    id_ = placed(shop)
    shop.machine.refund(id_, {"MUG-1": 1}, **how)
    assert shop.machine.level("MUG-1") == level
    shop.machine.cancel(id_)
    assert shop.machine.level("MUG-1") == 5
    shop.machine.set_status(id_, 14)
    assert shop.machine.level("MUG-1") == level


def test_an_amount_refunded_moves_no_stock_and_no_units(shop: Shop) -> None:
    id_ = placed(shop)
    refund = shop.machine.refund(id_, amount="3.50")
    (item,) = shop.read(f"/v3/orders/payment_actions/refunds/{refund}")["items"]
    assert (item["item_type"], item["requested_amount"], shop.machine.level("MUG-1")) == ("ORDER", 3.5, 3)
    assert shop.machine.order(id_)["lines"][0]["quantity_refunded"] == 0


WRONG_REFUNDS: list[tuple[str, dict[str, Any], Any]] = [
    ("more units than there are", {"item_type": "PRODUCT", "quantity": 3}, 37.5),
    ("more than was paid", {"item_type": "ORDER", "amount": 126}, 126),
    ("payments that differ from the quote", {"item_type": "PRODUCT", "quantity": 1}, 12),
    ("shipping that was not charged", {"item_type": "SHIPPING", "amount": 1}, 1),
]


@pytest.mark.parametrize(("item", "paid"), [row[1:] for row in WRONG_REFUNDS], ids=[row[0] for row in WRONG_REFUNDS])
def test_a_refund_the_platform_refuses_gives_nothing_back(shop: Shop, item: dict[str, Any], paid: Any) -> None:
    id_ = placed(shop, ("MUG-1", 2), {"name": "Vase", "price": 100})
    body = {
        "items": [{"item_id": line_of(shop, id_), **item}],
        "payments": [{"provider_id": "stripe", "amount": paid, "offline": False}],
    }
    status, answer = shop.call("POST", f"/v3/orders/{id_}/payment_actions/refunds", body)
    assert (status, answer["data"][0]["status"]) == (422, 422)
    assert shop.read("/v3/orders/payment_actions/refunds") == []


def test_an_unpaid_order_is_refunded_offline_only(shop: Shop) -> None:
    id_ = placed(shop, status=7, payment=("Cash on Delivery", "none"))
    items = [{"item_type": "PRODUCT", "item_id": line_of(shop, id_), "quantity": 2}]
    path = f"/v3/orders/{id_}/payment_actions"
    _, quote = shop.call("POST", f"{path}/refund_quotes", {"items": items})
    (method,) = quote["data"]["refund_methods"][0]
    assert (method["offline"], method["amount"], quote["data"]["total_refund_amount"]) == (True, 25, 25)
    for offline, status in ((False, 422), (True, 201)):
        paid = {"provider_id": method["provider_id"], "amount": 25, "offline": offline}
        assert shop.call("POST", f"{path}/refunds", {"items": items, "payments": [paid]})[0] == status
