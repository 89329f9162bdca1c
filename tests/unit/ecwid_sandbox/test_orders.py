"""Orders: what they take and give back, what a refund says and does not, who consented to what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.platforms.ecwid.sandbox import OutOfStock
from pipelines.platforms.ecwid.sandbox.answers import Refusal

from .shop import Shop

TOLD = {"subtotal": 25, "total": 25, "email": "kim@buyer.example", "fulfillmentStatus": "AWAITING_PROCESSING"}


def sent(shop: Shop, **fields: Any) -> dict[str, Any]:
    item = {"productId": shop.mug.id, "quantity": 2, "price": Decimal("12.5"), "name": "Mug", "sku": "MUG-1"}
    return {**TOLD, "paymentStatus": "PAID", "items": [item], **fields}


def test_an_order_takes_its_stock_when_it_is_placed_and_none_when_one_item_is_missing(shop: Shop) -> None:
    shop.machine.place_order([("MUG-1", 2), ("TEE-S", 1)], status="AWAITING_PAYMENT")
    assert (shop.machine.level("MUG-1"), shop.machine.level("TEE-S")) == (3, 2)
    with pytest.raises(OutOfStock):
        shop.machine.place_order([("MUG-1", 1), ("TEE-S", 3)])
    assert (shop.machine.level("MUG-1"), len(shop.machine.order_ids())) == (3, 1)
    shop.machine.place_order([("MUG-1", 9)], takes_stock=False)
    shop.machine.place_order([("MUG-1", 1)], status="INCOMPLETE")
    assert shop.machine.level("MUG-1") == 3


def test_an_edited_order_comes_to_its_lines_so_that_no_sale_of_it_is_a_cent_off(shop: Shop) -> None:
    order = shop.machine.place_order([("MUG-1", 1), ("TEE-S", 1)], coupon=("ONE", "ABS", 1), discount=2, shipping=5)
    shop.machine.edit_order(order, [{"line": 1, "quantity": 0}])
    shown = shop.machine.order(order)
    (line,) = shown["items"]
    off = (line["couponAmount"], line["discounts"][0]["total"])
    assert (shown["couponDiscount"], shown["discount"]) == off
    assert shown["total"] == line["price"] - sum(off) + 5


@pytest.mark.parametrize("status", ["CANCELLED", "REFUNDED"])
def test_an_order_that_is_called_off_gives_back_what_it_holds_once(shop: Shop, status: str) -> None:
    order = shop.machine.place_order([("MUG-1", 2), ("TEE-S", 1)])
    shop.machine.edit_order(order, [{"line": 0, "quantity": 1}])
    for _ in range(2):
        shop.machine.set_status(order, status)
    assert shop.machine.level("MUG-1") == 5
    shop.machine.set_status(order, "PAID")
    assert shop.machine.level("MUG-1") == 4


def test_a_partial_refund_gives_no_stock_back_and_names_no_line(shop: Shop) -> None:
    order = shop.machine.place_order([("MUG-1", 2)])
    shop.machine.refund(order, 5, "Chipped")
    shown = shop.read(f"/orders/{order}")
    (row,) = shown["refunds"]
    assert {name: row[name] for name in ("source", "reason", "amount")} == {
        "source": "CP", "reason": "Chipped", "amount": 5,
    }  # fmt: skip
    assert (shown["paymentStatus"], shown["refundedAmount"], shop.machine.level("MUG-1")) == (
        "PARTIALLY_REFUNDED", 5, 3,
    )  # fmt: skip
    with pytest.raises(Refusal):
        shop.machine.refund(order, 21)
    shop.machine.refund(order)
    assert (shop.machine.order(order)["paymentStatus"], shop.machine.level("MUG-1")) == ("REFUNDED", 5)


def test_the_parts_of_an_order_add_up_to_its_total(shop: Shop) -> None:
    order = shop.machine.place_order(
        [("MUG-1", 3), ("TEE-S", 1)], shipping=5, handling=2, fees=[("Wrap", 1)], discount=3,
        coupon=("TEN", "PERCENT", 10), tax_rates=[("State", Decimal("8.25"))],
    )  # fmt: skip
    shown = shop.read(f"/orders/{order}")
    lines = sum(one["price"] * one["quantity"] for one in shown["items"])
    off = sum(one.get("couponAmount", 0) + sum(part["total"] for part in one["discounts"]) for one in shown["items"])
    assert (shown["subtotal"], shown["couponDiscount"] + shown["discount"]) == (lines, off)
    fees = (
        shown["shippingOption"]["shippingRate"] + shown["handlingFee"]["value"] + shown["customSurcharges"][0]["total"]
    )
    assert shown["tax"] == sum(tax["total"] for one in shown["items"] for tax in one["taxes"])
    assert shown["total"] == lines - off + fees + shown["tax"]


def test_a_price_that_holds_its_tax_is_not_taxed_again(shop: Shop) -> None:
    order = shop.machine.place_order([("MUG-1", 2)], tax_inclusive=True, tax_rates=[("VAT", 25)])
    shown = shop.read(f"/orders/{order}")
    assert (shown["total"], shown["tax"], shown["totalWithoutTax"]) == (25, 5, 20)
    assert (shown["pricesIncludeTax"], shown["items"][0]["priceWithoutTax"]) == (True, 10)


@pytest.mark.parametrize(("how", "status", "level"), [
    ("paid_only", "PAID", 3), ("paid_only", "AWAITING_PAYMENT", 5), ("always", "AWAITING_PAYMENT", 3),
    ("never", "PAID", 5),
])  # fmt: skip
def test_an_order_made_through_the_api_takes_stock_as_switched(shop: Shop, how: str, status: str, level: int) -> None:
    shop.machine.switches["api_order_stock"] = how
    made = shop.done("POST", "/orders", sent(shop, paymentStatus=status))
    assert (set(made), shop.machine.level("MUG-1")) == ({"id", "orderid"}, level)
    shop.done("PUT", f"/orders/{made['orderid']}", {"paymentStatus": "CANCELLED"})
    assert shop.machine.level("MUG-1") == 5


def test_what_an_order_is_sent_is_taken_as_it_is(shop: Shop) -> None:
    made = shop.done("POST", "/orders", sent(shop, total=99, tax=1))
    assert shop.read(f"/orders/{made['id']}")["total"] == 99
    shop.machine.switches["internal_order_id"] = False
    assert shop.call("GET", f"/orders/{made['id']}")[0] == 404
    item = {"productId": shop.mug.id, "quantity": 1, "price": 12, "name": "Mug"}
    shop.done("PUT", f"/orders/{made['orderid']}", {"items": [item], "privateAdminNotes": "one"})
    shown = shop.read(f"/orders/{made['orderid']}")
    assert (len(shown["items"]), shown["total"], shop.machine.level("MUG-1")) == (1, 99, 4)


def test_lists_leave_out_what_is_not_finished_and_show_the_newest_first(shop: Shop) -> None:
    first = shop.machine.place_order([("MUG-1", 1)], "ann@buyer.example")
    shop.wait(60)
    second = shop.machine.place_order([("TEE-S", 1)], status="AWAITING_PAYMENT")
    open_ = shop.machine.place_order([("TEE-S", 1)], status="INCOMPLETE")
    assert found(shop, "") == [second, first]
    assert found(shop, "?paymentStatus=INCOMPLETE") == [open_]
    assert found(shop, "?paymentStatus=PAID&email=ANN@buyer.example") == [first]
    assert found(shop, f"?productId={shop.tee.id}&limit=1") == [second]
    stamp = shop.machine.order(second)["updateTimestamp"]
    assert found(shop, f"?updatedFrom={stamp}") == [second]
    shop.wait(60)
    shop.machine.touch_order(first)
    assert found(shop, f"?updatedFrom={stamp + 1}") == [first]


def test_a_list_of_orders_lags_and_a_read_by_id_does_not(shop: Shop) -> None:
    shop.machine.switches["order_lag"] = 10.0
    order = shop.machine.place_order([("MUG-1", 1)])
    assert (found(shop, ""), shop.read(f"/orders/{order}")["paymentStatus"]) == ([], "PAID")
    shop.wait(11)
    shop.machine.cancel(order)
    assert shop.read("/orders")["items"][0]["paymentStatus"] == "PAID"
    shop.wait(11)
    assert shop.read("/orders")["items"][0]["paymentStatus"] == "CANCELLED"
    shop.done("DELETE", f"/orders/{order}")
    assert found(shop, "") == [order]
    shop.wait(11)
    assert (found(shop, ""), len(shop.read("/orders/deleted?limit=100")["items"])) == ([], 1)


def test_consent_is_what_the_shopper_said_and_no_order_without_a_word_changes_it(shop: Shop) -> None:
    shop.machine.place_order([("MUG-1", 1)], "ann@buyer.example")
    assert "acceptMarketing" not in customer(shop, "ann@buyer.example")
    shop.machine.place_order([("MUG-1", 1)], "ann@buyer.example", accepts_marketing=False)
    assert customer(shop, "ann@buyer.example")["acceptMarketing"] is False
    shop.machine.place_order([("MUG-1", 1)], "Ann@buyer.example")
    shown = customer(shop, "ann@buyer.example")
    assert (shown["acceptMarketing"], shown["stats"]["numberOfOrders"]) == (False, 3)
    shop.machine.change_customer(shop.machine.book.customer(shown["id"]), {"acceptMarketing": True})
    assert shop.read("/customers?acceptMarketing=true")["total"] == 1


def test_a_rehearsal_has_orders_one_of_which_changes_and_one_is_cancelled(shop: Shop) -> None:
    shop.machine.make_product(name="Jug", price=30, sku="JUG", quantity=4)
    assert len(shop.machine.shop(1)) == 3
    first, _, third = shop.machine.order_ids()
    assert len(shop.machine.shop(2)) == 2
    assert (shop.machine.order(first)["items"][0]["quantity"], shop.machine.order(third)["paymentStatus"]) == (
        1, "CANCELLED",
    )  # fmt: skip
    assert shop.machine.shop(3) == []


def found(shop: Shop, query: str) -> list[str]:
    return [one["id"] for one in shop.read(f"/orders{query}")["items"]]


def customer(shop: Shop, email: str) -> dict[str, Any]:
    (shown,) = shop.read(f"/customers?email={email}&useExactEmailMatch=true")["items"]
    found_: dict[str, Any] = shown
    return found_
