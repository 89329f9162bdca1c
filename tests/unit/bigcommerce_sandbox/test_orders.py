"""What an order comes to: a store that reckons otherwise than the platform would hide a wrong total at the till."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kit.sandbox import from_json, to_json
from pipelines.platforms.bigcommerce.sandbox import OutOfStock, create

from .shop import START, Shop

GST = (("GST", 10),)


def place(shop: Shop, *lines: Any, **how: Any) -> dict[str, Any]:
    """An order, as the API shows it, with its lines."""
    return shop.machine.order(shop.machine.place_order(lines or [("MUG-1", 1)], **how))


def sides(record: dict[str, Any], name: str) -> tuple[str, str, str]:
    return record[f"{name}_ex_tax"], record[f"{name}_inc_tax"], record[f"{name}_tax"]


def test_tax_is_laid_on_prices_without_it(shop: Shop) -> None:
    order = place(shop, ("MUG-1", 2), shipping=9, handling="1.50", tax_rates=GST)
    assert sides(order, "subtotal") == ("25.0000", "27.5000", "2.5000")
    assert sides(order, "shipping_cost") == ("9.0000", "9.9000", "0.9000")
    assert sides(order, "handling_cost") == ("1.5000", "1.6500", "0.1500")
    assert sides(order, "total") == ("35.5000", "39.0500", "3.5500")
    assert order["is_tax_inclusive_pricing"] is False


def test_tax_is_taken_out_of_prices_that_hold_it(shop: Shop) -> None:
    order = place(shop, ("MUG-1", 2), shipping=11, tax_rates=GST, tax_inclusive=True)
    assert sides(order, "subtotal") == ("22.7300", "25.0000", "2.2700")
    assert sides(order, "total") == ("32.7300", "36.0000", "3.2700")
    assert order["lines"][0]["base_price"] == order["lines"][0]["price_inc_tax"] == "12.5000"


def test_units_times_their_price_may_miss_the_line_by_a_cent(shop: Shop) -> None:
    (line,) = place(shop, {"name": "Bead", "price": "0.17", "quantity": 3}, tax_rates=GST)["lines"]
    assert (line["price_inc_tax"], line["total_inc_tax"]) == ("0.1900", "0.5600")


def test_a_discount_of_the_order_is_spread_by_price_and_may_miss_by_a_cent(shop: Shop) -> None:
    lines = [{"name": name, "price": 10} for name in "abc"]
    order = place(shop, *lines, discount=10)
    off = [Decimal(one["amount"]) for line in order["lines"] for one in line["applied_discounts"]]
    paid = sum(Decimal(line["discounted_total_inc_tax"]) for line in order["lines"])
    assert (off, order["discount_amount"]) == ([Decimal("3.33")] * 3, "10.0000")
    assert (order["total_inc_tax"], paid) == ("20.0000", Decimal("20.01"))
    assert {one["target"] for line in order["lines"] for one in line["applied_discounts"]} == {"order"}


def test_a_discount_lowers_what_is_taxed(shop: Shop) -> None:
    order = place(shop, ("MUG-1", 2), discount=5, tax_rates=GST)
    assert sides(order, "subtotal") == ("25.0000", "27.5000", "2.0000")
    assert sides(order, "total") == ("20.0000", "22.0000", "2.0000")
    assert order["lines"][0]["discounted_total_inc_tax"] == "22.0000"


@pytest.mark.parametrize(
    ("coupon", "off", "shipping", "total"),
    [
        (("A", 0, 1), "2.0000", "4.0000", "27.0000"),
        (("A", 1, 10), "2.5000", "4.0000", "26.5000"),
        (("A", 2, 3), "3.0000", "4.0000", "26.0000"),
        (("A", 4, 0), "0.0000", "0.0000", "25.0000"),
    ],
    ids=["off each unit", "per cent", "off the whole", "free shipping"],
)
def test_each_kind_of_coupon_takes_off_what_it_says(
    shop: Shop, coupon: Any, off: str, shipping: str, total: str
) -> None:
    order = place(shop, ("MUG-1", 2), shipping=4, coupon=coupon)
    assert (order["coupon_discount"], order["shipping_cost_ex_tax"], order["total_ex_tax"]) == (off, shipping, total)
    assert order["base_shipping_cost"] == "4.0000"
    _, coupons = shop.call("GET", f"/v2/orders/{order['id']}/coupons")
    assert [(one["code"], one["type"]) for one in coupons] == [("A", coupon[1])]


def test_wrapping_discounts_and_fees_of_lines_are_all_in_the_total(shop: Shop) -> None:
    wrapped = {"sku": "MUG-1", "quantity": 2, "wrapping": {"name": "Silk", "cost": 3, "message": "Hi"}, "discount": 1}
    order = place(shop, wrapped, fees=[("Bag", "0.50")], tax_rates=GST)
    assert sides(order, "wrapping_cost") == ("3.0000", "3.3000", "0.3000")
    assert (order["discount_amount"], order["total_inc_tax"]) == ("1.0000", "30.2500")
    line = order["lines"][0]
    assert (line["wrapping_name"], line["wrapping_message"], line["applied_discounts"][0]["target"]) == (
        "Silk",
        "Hi",
        "product",
    )


def test_store_credit_and_gift_certificates_are_ways_to_pay_not_discounts(shop: Shop) -> None:
    order = place(shop, ("MUG-1", 2), store_credit=4, gift_certificate=6, payment=("PayPal", "captured"))
    assert (order["total_inc_tax"], order["store_credit_amount"]) == ("25.0000", "4.0000")
    paid = shop.read(f"/v3/orders/{order['id']}/transactions")
    assert [(one["method"], one["amount"]) for one in paid] == [
        ("store_credit", 4), ("gift_certificate", 6), ("electronic_wallet", 15)
    ]  # fmt: skip


def test_taxes_are_told_line_by_line_and_add_up_to_the_tax_of_the_order(shop: Shop) -> None:
    rates = (("State", "6.25"), ("City", 2))
    order = place(shop, ("MUG-1", 1), {"name": "Book", "price": 10, "rates": []}, shipping=5, tax_rates=rates)
    _, rows = shop.call("GET", f"/v2/orders/{order['id']}/taxes", details="true")
    assert sum(Decimal(row["line_amount"]) for row in rows) == Decimal(order["total_tax"])
    mug, book = (str(line["id"]) for line in order["lines"])
    assert {(row["line_item_type"], row["order_product_id"]) for row in rows} == {("item", mug), ("shipping", None)}
    assert book not in {row["order_product_id"] for row in rows}
    _, plain = shop.call("GET", f"/v2/orders/{order['id']}/taxes")
    assert {row["name"]: row["line_amount"] for row in plain} == {"State": "1.0900", "City": "0.3500"}


def test_two_taxes_of_one_cent_are_one_cent(shop: Shop) -> None:
    order = place(shop, {"name": "Bead", "price": "0.10"}, tax_rates=(("State", 5), ("City", 5)))
    _, rows = shop.call("GET", f"/v2/orders/{order['id']}/taxes", details="true")
    assert (order["total_tax"], [row["line_amount"] for row in rows]) == ("0.0100", ["0.0100"])


def test_an_order_in_yen_has_no_cents(shop: Shop) -> None:
    order = place(shop, {"name": "Tea", "price": 105, "quantity": 3}, currency="JPY", tax_rates=(("Tax", 8),))
    assert (order["total_inc_tax"], order["currency_code"], order["store_default_currency_code"]) == (
        "340.0000",
        "JPY",
        "USD",
    )


def test_a_variant_s_line_names_its_options_and_a_pick_list_its_parts(shop: Shop) -> None:
    tee, mug = place(shop, {"sku": "TEE-M", "children": [{"sku": "MUG-1"}]})["lines"]
    assert (tee["variant_id"], tee["product_options"][0]["display_value"]) == (shop.tee.variants[1].id, "M")
    assert (mug["parent_order_product_id"], mug["is_bundled_product"], mug["total_inc_tax"]) == (
        tee["id"],
        True,
        "0.0000",
    )
    assert shop.machine.level("MUG-1") == 4


def test_a_shopper_cannot_buy_what_is_not_there_and_leaves_no_trace(shop: Shop) -> None:
    before = shop.machine.order_ids()
    for lines in ([("TEE-M", 3)], [("TEE-M", 2), ("TEE-M", 1)], [("MUG-1", 1), ("TEE-M", 3)]):
        with pytest.raises(OutOfStock, match="TEE-M"):
            shop.machine.place_order(lines, customer={"email": "new@buyer.example"})
    assert (shop.machine.order_ids(), shop.machine.level("TEE-M"), shop.machine.level("MUG-1")) == (before, 2, 5)
    assert shop.read("/v3/customers") == []
    assert place(shop, ("CARD", 99))["items_total"] == 99


def test_safety_stock_is_not_sold(shop: Shop) -> None:
    settings_of = {"settings": [{"identity": {"sku": "TEE-M"}, "safety_stock": 1}]}
    shop.call("PUT", "/v3/inventory/locations/1/items", settings_of)
    with pytest.raises(OutOfStock):
        shop.machine.place_order([("TEE-M", 2)])
    assert shop.machine.place_order([("TEE-M", 1)]) > 0


def test_what_a_shop_may_send_in_error_is_kept_as_it_is(shop: Shop) -> None:
    empty = {"sku": "MUG-1", "quantity": 0}
    order = place(shop, empty, {"name": "No SKU", "price": 1}, discount=-2, customer="", currency="EUR")
    assert ([line["quantity"] for line in order["lines"]], order["lines"][1]["sku"]) == ([0, 1], "")
    assert (order["total_inc_tax"], order["billing_address"]["email"], order["currency_code"]) == ("3.0000", "", "EUR")
    many = place(shop, *({"name": f"L{n}", "price": "0.01"} for n in range(500)))
    assert (len(many["lines"]), many["total_inc_tax"]) == (500, "5.0000")


def test_an_order_of_times_past_has_its_own_dates(shop: Shop) -> None:
    order = place(shop, created=START - timedelta(days=400))
    assert order["date_created"] == order["date_modified"] == "Sun, 26 Jan 2025 09:30:00 +0000"


def test_an_incomplete_order_has_no_payment(shop: Shop) -> None:
    order = place(shop, status=0)
    assert (order["payment_status"], shop.call("GET", f"/v3/orders/{order['id']}/transactions")[0]) == ("", 204)
    shop.machine.pay_order(order["id"], "PayPal")
    shop.machine.set_status(order["id"], 11)
    assert (shop.machine.order(order["id"])["payment_status"], shop.machine.level("MUG-1")) == ("captured", 4)


def test_the_same_seed_and_clock_give_the_same_orders() -> None:
    first, second = Shop(), Shop()
    for shop in (first, second):
        place(shop, ("MUG-1", 1), payment=("Credit Card", "captured"), customer={"email": "a@buyer.example"})
    assert to_json(first.machine.dump()) == to_json(second.machine.dump())


def test_saved_orders_are_whole_again_to_the_cent(shop: Shop) -> None:
    shop.machine.switches["order_lag"] = 30
    id_ = shop.machine.place_order(
        [{"sku": "MUG-1", "quantity": 2, "wrapping": {"cost": 2}, "discount": "0.10"}], shipping="9.00", discount=5,
        coupon=("A", 1, 10), fees=[("Bag", 1)], tax_rates=GST, store_credit=1, customer={"email": "a@buyer.example"},
    )  # fmt: skip
    shop.machine.refund(id_, {"MUG-1": 1})
    again = Shop()
    again.machine = create(clock=shop.machine.clock)
    again.machine.load(from_json(to_json(shop.machine.dump())))
    assert again.machine.order(id_) == shop.machine.order(id_)
    for path in ("/v3/orders/payment_actions/refunds", f"/v3/orders/{id_}/transactions", "/v3/customers"):
        assert again.read(path) == shop.read(path)
    assert again.call("GET", "/v2/orders")[0] == 204
    shop.wait(31)
    assert again.call("GET", "/v2/orders") == shop.call("GET", "/v2/orders")
    again.machine.cancel(id_)
    assert again.machine.level("MUG-1") == 5


MONEY = st.decimals(min_value=0, max_value=500, places=2)
LINES = st.lists(st.tuples(MONEY, st.integers(1, 9)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(lines=LINES, shipping=MONEY, rate=st.sampled_from(["0", "8.25", "10", "21"]), inclusive=st.booleans())
def test_both_sides_of_every_amount_and_the_parts_of_an_order_add_up(
    lines: list[tuple[Decimal, int]], shipping: Decimal, rate: str, inclusive: bool
) -> None:
    shop = Shop()
    said = [{"name": f"L{n}", "price": price, "quantity": count} for n, (price, count) in enumerate(lines)]
    order = place(shop, *said, shipping=shipping, tax_rates=(("Tax", rate),), tax_inclusive=inclusive)
    for side in ("ex_tax", "inc_tax", "tax"):
        parts = [Decimal(line[f"total_{side}"]) for line in order["lines"]]
        assert sum(parts) == Decimal(order[f"subtotal_{side}"])
        assert Decimal(order[f"total_{side}"]) == sum(parts) + Decimal(order[f"shipping_cost_{side}"])
    for name in ("subtotal", "shipping_cost", "total"):
        ex, inc, tax = (Decimal(value) for value in sides(order, name))
        assert ex + tax == inc
    sold = sum(price * count for price, count in lines) + shipping
    assert Decimal(order["total_inc_tax" if inclusive else "total_ex_tax"]) == sold
