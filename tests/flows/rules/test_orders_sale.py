"""What the sale of an order says: lines, taxes, discounts, charges, payments, where and when it was sold, notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles
from tests.flows.conftest import CAP, MUG, SHIRT
from tests.flows.selling import ALL, PAID, amounts, by_order, came_to, lines, sales, states

GST: dict[str, Any] = {"tax_rates": [("GST", 10)]}
NO_TAX: dict[str, Any] = {"tax_rates": []}
TEE: dict[str, Any] = {"name": "Tee", "sku": "TEE-9", "price": "9.99", "quantity": 3}


def check_money(shop: Any, placed: dict[str, int]) -> None:
    """Every sale comes to what its order comes to, total, tax and what was paid, to the cent."""
    found = by_order(shop)
    for name, number in placed.items():
        sale, order = found[number], shop.store.order(number)
        assert came_to(sale).quantize(Decimal("0.01")) == Decimal(order["total_inc_tax"]), name
        assert Decimal(sale["tax"]).quantize(Decimal("0.01")) == Decimal(order["total_tax"]), name
        assert Decimal(sale["paid"]) == Decimal(order["total_inc_tax"]), name


@pytest.mark.rule("S000-06", "S001-16", "S001-18", "S001-19", "S001-27", "S001-28", "S001-29", "S001-30")
@pytest.mark.invariant("I-4")
def test_every_kind_of_money_of_an_order_stands_in_its_sale_to_the_cent(shop: Any) -> None:
    place, tax_id = shop.store.place_order, {tax.body["name"]: tax.id for tax in shop.till.till.taxes.items.values()}
    wrapped = {"sku": "MUG-1", "quantity": 2, "wrapping": {"name": "Paper", "cost": "3.00", "message": "With love"}}
    placed = {
        "without tax": place([("MUG-1", 2), ("SH-S", 1)], **NO_TAX),
        "tax laid on": place([("MUG-1", 1), dict(TEE)], tax_inclusive=False, **GST),
        "tax in it": place([dict(TEE)], tax_inclusive=True, **GST),
        "two taxes": place([dict(TEE)], tax_rates=[("GST", 10), ("PST", 5)], tax_inclusive=False),
        "line discount": place([{"sku": "SH-S", "quantity": 1, "discount": "3.33"}, ("MUG-1", 1)], **GST),
        "order discount": place([("SH-M", 1), ("MUG-1", 1), dict(TEE)], discount=10, **GST),
        "coupon": place([("SH-M", 1), dict(TEE)], coupon=("TEN", 1, 10), tax_inclusive=True, **GST),
        "all discounts": place([{**TEE, "discount": 1}, ("SH-M", 1)], discount=2, coupon=("TWO", 2, 2), **GST),
        "charges": place([wrapped, ("MUG-1", 1)], shipping=9, handling=2, fees=[("Gift card", "0.50")], **GST),
        "charges again": place([("MUG-1", 1)], shipping=9, **GST),
        "free shipping": place([("MUG-1", 1)], shipping=9, coupon=("FREE", 4, 0), **GST),
        "nothing linked": place([dict(TEE), {"name": "Poster", "sku": "POST-1", "price": 4}], **NO_TAX),
        "credit": place([("MUG-1", 1)], store_credit=2, gift_certificate=3, **NO_TAX),
    }  # fmt: skip
    assert states(shop.sync(only=ALL)) == {"created": 13, "observed": 13}
    check_money(shop, placed)
    found = {name: by_order(shop)[number] for name, number in placed.items()}
    assert amounts(found["order discount"])["TEE-9"] + amounts(found["order discount"])["MUG-1"] > Decimal(30)
    assert amounts(found["line discount"])["SH-S"] == Decimal("18.34")
    assert {sku: amount for sku, amount in amounts(found["charges"]).items() if sku.startswith("TILLSYNC-")} == {
        "TILLSYNC-SHIPPING": Decimal("9.90"), "TILLSYNC-HANDLING": Decimal("2.20"),
        "TILLSYNC-WRAPPING": Decimal("3.30"), "TILLSYNC-FEE": Decimal("0.55"),
    }  # fmt: skip
    assert "TILLSYNC-SHIPPING" not in amounts(found["free shipping"])
    taxes = {line["tax_id"] for line in found["tax laid on"]["lines"]}
    assert taxes == {tax_id["Sales Tax"]}
    assert {line["tax_id"] for line in found["without tax"]["lines"]} == {tax_id["No Tax"]}
    assert "coupon TEN" in " ".join(line["note"] for line in found["coupon"]["lines"])
    assert "gift message: With love" in " ".join(line["note"] for line in found["charges"]["lines"])
    products = [record for record in shop.till.till.products.items.values() if record.sku.startswith("TILLSYNC-")]
    assert sorted((record.sku, record.tracked) for record in products) == [
        (f"TILLSYNC-{name}", False) for name in ("FEE", "HANDLING", "SHIPPING", "WRAPPING")
    ]
    assert [record.sku for record in shop.till.till.products.items.values()].count("TEE-9") == 1


@pytest.mark.invariant("I-4")
def test_what_the_store_rounds_away_is_a_line_of_its_own_and_nothing_is_hidden_in_another(shop: Any) -> None:
    shop.store.switches["tax_rounding"] = "order"
    cents = [{"name": f"Pin {n}", "sku": f"PIN-{n}", "price": "0.34", "quantity": 1} for n in range(3)]
    placed = {"tax rounded once": shop.store.place_order(cents, tax_rates=[("GST", 10)])}
    off = shop.store.place_order([("MUG-1", 1)], **NO_TAX, **PAID)
    with shop.store.changing(off) as order:
        order.overrides = {"total_inc_tax": Decimal("9.51"), "total_ex_tax": Decimal("9.51")}
        order.transactions[0]["amount"] = Decimal("9.51")
    placed["a cent more"] = off
    shop.sync(only=ALL)
    check_money(shop, placed)
    found = by_order(shop)
    assert amounts(found[off]) == {"MUG-1": Decimal("9.50"), "TILLSYNC-ROUNDING": Decimal("0.01")}
    rounded = next(line for line in found[placed["tax rounded once"]]["lines"] if line["sku"] == "TILLSYNC-ROUNDING")
    assert (Decimal(rounded["price"]), abs(Decimal(rounded["tax"]))) == (0, Decimal("0.01"))


@pytest.mark.rule("S001-11", "S001-12", "S001-13", "S001-14", "S001-23", "S001-25")
def test_staff_find_the_order_from_either_side_and_the_store_keeps_it_as_it_is(shop: Any) -> None:
    shop.till.add_payment_type("PayPal")
    paypal = shop.store.place_order(
        [("MUG-1", 1)], {"email": "ann@buyer.example", "first_name": "Ann"},
        message="Ring twice", staff_notes="Fragile", payment=("PayPal", "captured"),
    )  # fmt: skip
    shop.store.place_order([("CAP-1", 1)], "bo@buyer.example", payment=("Credit Card", "captured"))
    before = [shop.store.order(number) for number in shop.store.order_ids()]
    shop.till.ring_up([("SH-S", 2)])
    shop.forget()
    asked, answer = [], shop.till.handle
    shop.till.handle = lambda request: asked.append(request.body.decode().lower()) or answer(request)
    shop.sync(only=ALL)
    assert [shop.store.order(number) for number in shop.store.order_ids()] == before
    assert all("/orders" not in path for _, path in shop.sent())
    assert (shop.store.level("SH-S"), shop.till.level("SH-S")) == (3, 3)
    assert paypal in by_order(shop)
    sale = by_order(shop)[paypal]
    assert (sale["invoice_number"], sale["source_id"]) == (f"WEB-{paypal}-1", str(paypal))
    assert sale["note"] == f"Online order {paypal}\nRing twice\nFragile"
    assert [one["type"] for one in sale["payments"]] == ["Online"]
    bodies = [body for body in asked if '"invoice_number"' in body]
    assert len(bodies) == 2
    assert [body for body in bodies if "receipt" in body or "email" in body or "buyer.example" in body] == []


@pytest.mark.rule("S001-21", "S001-22", "S001-23", "S001-24", "S001-52")
def test_a_sale_stands_at_its_register_and_takes_stock_there_and_nowhere_else(make_world: Callable[..., Any]) -> None:
    shop = make_world(SHIRT, MUG, CAP, connected_on="2026-03-01", register="Web", outlets=["Warehouse"])
    shop.till.add_outlet("Warehouse")
    register = shop.till.add_register("Web", "Warehouse")
    for sku, level in (("MUG-1", 8), ("CAP-1", 8), ("SH-S", 8), ("SH-M", 8)):
        shop.till.set_level(sku, "Warehouse", level)
    shop.sync(only=ALL)
    number = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1), dict(TEE)], shipping=5, **PAID)
    shop.sync(only=ALL)
    sale = by_order(shop)[number]
    outlet = shop.till.outlet_id("Warehouse")
    assert (sale["register_id"], sale["outlet_id"]) == (register, outlet)
    (made,) = [one for one in shop.till.till.books.sales.items.values() if one.source_id == str(number)]
    assert [payment.register_id for payment in made.payments] == [register]
    skus = ("MUG-1", "CAP-1", "TEE-9")
    assert [shop.till.level(sku, "Warehouse") for sku in skus] == [5, 7, -3]
    assert [shop.till.level(sku) for sku in skus] == [12, 3, 0]
    assert [shop.store.level(sku) for sku in ("MUG-1", "CAP-1")] == [5, 7]

    shop.till.delete_register("Web")
    waiting = shop.store.place_order([("MUG-1", 1)], **PAID)
    with pytest.raises(MistakeInFiles) as stopped:
        shop.sync(only=ALL)
    assert "the register Web was deleted at the till" in str(stopped.value.problems)
    assert waiting not in by_order(shop)


def test_a_deleted_register_stops_no_run_of_a_shop_that_sells_no_orders_at_it(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG, connected_on="2026-03-01", register="Web", order_sync=False)
    shop.till.add_outlet("Warehouse")
    shop.till.add_register("Web", "Warehouse")
    shop.till.set_level("MUG-1", "Warehouse", 8)
    shop.sync()
    assert shop.store.level("MUG-1") == 8
    shop.till.delete_register("Web")
    shop.till.set_level("MUG-1", "Warehouse", 5)
    shop.sync()
    assert shop.store.level("MUG-1") == 5
    with pytest.raises(MistakeInFiles, match="there is no register `Wob`"):
        shop.sync(register="Wob")


@pytest.mark.rule("S001-46")
def test_a_day_begins_when_it_does_in_the_store_and_a_sale_keeps_its_moment(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG, connected_on="2026-03-01")
    shop.store.set_store(timezone={"name": "Pacific/Auckland", "raw_offset": 43200, "dst_offset": 46800,
                                   "dst_correction": True, "date_format": {}})  # fmt: skip
    midnight = datetime(2026, 2, 28, 11, 0, tzinfo=UTC)
    moments = {"the evening before": midnight - timedelta(minutes=1), "that day": midnight}
    placed = {
        name: shop.store.place_order([dict(TEE)], created=moment, takes_stock=False, **PAID)
        for name, moment in moments.items()
    }
    assert states(shop.sync(only=ALL)) == {"created": 1, "out_of_scope": 1, "observed": 2}
    (sale,) = sales(shop)
    assert (sale["source_id"], lines(sale)) == (str(placed["that day"]), [("TEE-9", Decimal(3))])
    assert sale["date"].startswith("2026-02-28T11:00:00")


@pytest.mark.rule("S001-17", "S001-18", "S001-52")
@pytest.mark.parametrize("unknown", ["create", "placeholder", "hold"])
def test_a_product_the_till_does_not_have_is_made_once_or_stood_in_for_or_waits(shop: Any, unknown: str) -> None:
    shop.settings["unknown_item"] = unknown
    for name in ("Poster", "Poster again"):
        shop.store.place_order([{"name": name, "sku": "POST-1", "price": 4, "quantity": 2}], **PAID)
    told = states(shop.sync(only=ALL))
    found = [lines(sale) for sale in sales(shop)]
    made = [record for record in shop.till.till.products.items.values() if record.sku == "POST-1"]
    wanted = {"create": ("POST-1", 1, -4), "placeholder": ("TILLSYNC-PLACEHOLDER", 0, 0), "hold": (None, 0, 0)}
    sku, products, level = wanted[unknown]
    assert found == ([[(sku, Decimal(2))]] * 2 if sku else [])
    assert (len(made), sum(int(shop.till.level(record.id)) for record in made)) == (products, level)
    assert told == {"quarantined" if unknown == "hold" else "created": 2, "observed": 2}
