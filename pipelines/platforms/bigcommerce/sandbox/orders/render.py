"""Orders and what hangs on them as the API shows them: V2 money as text with 4 places, moments in RFC 2822, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.account_routes import AccountRoutes
from pipelines.platforms.bigcommerce.sandbox.orders.money import Amount, LineMoney, Totals, by_rate, totals
from pipelines.platforms.bigcommerce.sandbox.orders.records import NOTHING, Line, Order, Rates
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import STATUSES

FOUR = Decimal("0.0001")
PLAIN: Mapping[str, Any] = {
    "ip_address": "", "ip_address_v6": "", "geoip_country": "", "geoip_country_iso2": "", "ebay_order_id": "0",
    "payment_provider_id": "", "external_source": None, "external_id": None, "external_merchant_id": None,
    "external_order_id": "", "customer_locale": "en", "cart_id": "", "is_email_opt_in": False,
}  # fmt: skip
"""Members that are shown as they were given, and what stands there otherwise."""


def money(value: Decimal | int) -> str:
    """Money as V2 writes it."""
    return str(Decimal(value).quantize(FOUR))


def rfc_2822(seconds: int) -> str:
    """A moment as V2 writes it: always UTC."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def _sides(name: str, amount: Amount, tax: Decimal | None = None) -> dict[str, str]:
    shown = amount.tax if tax is None else tax
    return {f"{name}_ex_tax": money(amount.ex), f"{name}_inc_tax": money(amount.inc), f"{name}_tax": money(shown)}


class OrderRendering(AccountRoutes):
    """Orders, their lines, addresses, taxes and coupons as JSON."""

    def order_record(self, order: Order) -> dict[str, Any]:
        """An order; lines and so on are links."""
        sums = totals(order)
        status = STATUSES[order.status].name
        record = {
            "id": order.id,
            "customer_id": order.customer_id,
            "date_created": rfc_2822(order.created),
            "date_modified": rfc_2822(order.modified),
            "date_shipped": "" if order.shipped_at is None else rfc_2822(order.shipped_at),
            "status_id": order.status,
            "status": status,
            "custom_status": status,
            **self._amounts(order, sums),
            **self._payment(order),
            **self._currency(order),
            **{name: order.plain.get(name, usual) for name, usual in PLAIN.items()},
            "is_tax_inclusive_pricing": order.inclusive,
            "items_total": sum(line.quantity for line in order.lines),
            "items_shipped": sum(line.shipped for line in order.lines),
            "order_is_digital": bool(order.lines) and all(line.kind == "digital" for line in order.lines),
            "staff_notes": order.staff_notes,
            "customer_message": order.message,
            "shipping_address_count": len(order.addresses),
            "billing_address": {**order.billing, "form_fields": []},
            "order_source": order.source,
            "channel_id": order.channel_id,
            "tax_provider_id": "BasicTaxProvider",
            "is_deleted": order.archived,
            "credit_card_type": None,
            **{name: self._link(order, name) for name in ("consignments", "products", "shipping_addresses", "coupons")},
            "fees": self._link(order, "fees"),
        }
        return {**record, **{name: money(value) for name, value in order.overrides.items()}}

    def _link(self, order: Order, name: str) -> dict[str, str]:
        resource = f"/orders/{order.id}/{name}"
        return {"url": f"https://api.bigcommerce.com/stores/{self.store_hash}/v2{resource}", "resource": resource}

    def _amounts(self, order: Order, sums: Totals) -> dict[str, Any]:
        wrapped = sum((line.wrapping["cost"] for line in order.lines if line.wrapping), NOTHING)
        return {
            **_sides("subtotal", sums.subtotal, sums.subtotal_tax),
            "base_shipping_cost": money(order.shipping.base),
            **_sides("shipping_cost", sums.shipping),
            "shipping_cost_tax_class_id": 0,
            "base_handling_cost": money(order.handling.base),
            **_sides("handling_cost", sums.handling),
            "handling_cost_tax_class_id": 0,
            "base_wrapping_cost": money(wrapped),
            **_sides("wrapping_cost", sums.wrapping),
            "wrapping_cost_tax_class_id": 0,
            **_sides("total", sums.total),
            "discount_amount": money(order.discount),
            "coupon_discount": money(order.coupon_discount),
        }

    def _payment(self, order: Order) -> dict[str, Any]:
        return {
            "payment_method": order.payment_method,
            "payment_status": order.payment_status,
            "refunded_amount": money(0),
            "store_credit_amount": money(order.store_credit),
            "gift_certificate_amount": money(order.gift_certificate),
        }

    def _currency(self, order: Order) -> dict[str, Any]:
        own = str(self.store_facts()["currency"])
        id_ = 1 if order.currency == own else 2
        return {
            "currency_id": id_,
            "currency_code": order.currency,
            "currency_exchange_rate": "1.0000000000",
            "default_currency_id": id_,
            "default_currency_code": order.currency,
            "store_default_currency_code": own,
            "store_default_to_transactional_exchange_rate": "1.0000000000",
        }

    # --- what hangs on an order ----------------------------------------------------------------------------

    def line_records(self, order: Order) -> list[dict[str, Any]]:
        """The order's products, by id."""
        sums = totals(order)
        return [self._line_record(order, line, sums.lines[line.id]) for line in order.lines]

    def _line_record(self, order: Order, line: Line, worth: LineMoney) -> dict[str, Any]:
        digital = line.kind != "physical"
        base = worth.before.inc if order.inclusive else worth.before.ex
        unit = line.price if line.pair is None else (worth.unit.inc if order.inclusive else worth.unit.ex)
        cost = Amount(line.cost_price, line.cost_price)
        known = {
            "id": line.id,
            "order_id": order.id,
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "order_pickup_method_id": 0,
            "order_address_id": 0 if digital or not order.addresses else order.addresses[0]["id"],
            "name": line.name,
            "name_customer": line.name,
            "name_merchant": line.name,
            "sku": line.sku,
            "upc": line.upc,
            "type": line.kind,
            "base_price": money(unit),
            **_sides("price", worth.unit),
            "base_total": money(base),
            **_sides("total", worth.before),
            "discounted_total_inc_tax": money(worth.paid.inc),
            "quantity": line.quantity,
            "base_cost_price": money(line.cost_price),
            **_sides("cost_price", cost),
            "weight": money(line.weight),
            "is_refunded": line.quantity > 0 and line.refunded >= line.quantity,
            "quantity_refunded": line.refunded,
            "quantity_shipped": line.shipped,
            "brand": line.brand,
            "parent_order_product_id": line.parent,
            "is_bundled_product": line.parent is not None,
            "applied_discounts": [{**one, "amount": money(one["amount"])} for one in line.discounts],
            "product_options": self._options(line),
        }
        return {**_FRESH_LINE, **known, **_wrapping(line, worth.wrapping), **line.stray}

    def _options(self, line: Line) -> list[dict[str, Any]]:
        shown = []
        for at, option in enumerate(line.options):
            texts = {f"display_{what}{who}": option[key] for what, key in (("name", "name"), ("value", "label"))
                     for who in ("", "_customer", "_merchant")}  # fmt: skip
            ids = {"id": line.id * 100 + at, "option_id": option["option"], "product_option_id": option["option"]}
            kind = {"value": option["value"], "type": option["type"], "name": option["name"], "display_style": ""}
            shown.append({**ids, "order_product_id": line.id, **texts, **kind})
        return shown

    def address_records(self, order: Order) -> list[dict[str, Any]]:
        """Where the order goes, with what going there costs."""
        sums = totals(order)
        first = order.addresses[0]["id"] if order.addresses else None
        return [self._address_record(order, one, sums if one["id"] == first else None) for one in order.addresses]

    def _address_record(self, order: Order, address: Mapping[str, Any], sums: Totals | None) -> dict[str, Any]:
        cost, handling = (sums.shipping, sums.handling) if sums else (Amount(), Amount())
        told = {name: value for name, value in address.items() if name not in ("id", "method", "form_fields")}
        quotes = self._link(order, f"shipping_addresses/{address['id']}/shipping_quotes")
        return {
            "id": address["id"],
            "order_id": order.id,
            **told,
            "items_total": sum(line.quantity for line in order.lines) if sums else 0,
            "items_shipped": sum(line.shipped for line in order.lines) if sums else 0,
            "shipping_method": address.get("method", ""),
            "base_cost": money(order.shipping.base if sums else 0),
            **_sides("cost", cost),
            "cost_tax_class_id": 0,
            "base_handling_cost": money(order.handling.base if sums else 0),
            **_sides("handling_cost", handling),
            "handling_cost_tax_class_id": 0,
            "shipping_zone_id": 1,
            "shipping_zone_name": "Everywhere",
            "form_fields": [],
            "shipping_quotes": quotes,
        }

    def tax_records(self, order: Order, details: bool) -> list[dict[str, Any]]:
        """The taxes of an order: with ``details`` of each line and cost, else of each tax."""
        sums = totals(order)
        parts: list[tuple[str, int | None, Rates, Decimal]] = []
        for line in order.lines:
            worth = sums.lines[line.id]
            rates = line.rates if line.pair is None else [["API Tax Override", worth.rate]]
            parts += [("item", line.id, rates, worth.paid.tax), ("gift-wrapping", line.id, rates, worth.wrapping.tax)]
        parts.append(("shipping", None, order.rates, sums.shipping.tax))
        parts.append(("handling", None, order.rates, sums.handling.tax))
        rows = []
        for kind, line_id, rates, tax in parts:
            for (name, rate), amount in zip(rates, by_rate(tax, rates, order.places), strict=True):
                if amount:
                    rows.append({"name": name, "rate": Decimal(rate), "amount": amount, "kind": kind, "line": line_id})
        return [_tax_row(order, at, row, details) for at, row in enumerate(rows if details else _together(rows))]

    def coupon_records(self, order: Order) -> list[dict[str, Any]]:
        """The coupons of an order."""
        return [
            {"id": one["id"], "coupon_id": one["id"], "order_id": order.id, "code": one["code"],
             "amount": money(one["amount"]), "type": one["kind"], "discount": one["discount"]}
            for one in order.coupons
        ]  # fmt: skip

    def fee_records(self, order: Order) -> list[dict[str, Any]]:
        """The fees of an order."""
        shown = []
        for fee, amount in zip(order.fees, totals(order).fees, strict=True):
            texts = {"display_name_customer": fee["name"], "display_name_merchant": fee["name"], "source": "AA"}
            known = {"id": fee["id"], "type": "custom_fee", **texts, "base_cost": money(fee["cost"])}
            shown.append({**known, **_sides("cost", amount), "tax_class_id": None})
        return shown


_FRESH_LINE: Mapping[str, Any] = {
    "width": "0.0000", "height": "0.0000", "depth": "0.0000", "refund_amount": "0.0000", "return_id": 0,
    "event_name": None, "event_date": None, "fixed_shipping_cost": "0.0000", "ebay_item_id": "",
    "ebay_transaction_id": "", "option_set_id": None, "bin_picking_number": "", "external_id": None,
    "configurable_fields": [], "gift_certificate_id": None,
}  # fmt: skip


def _wrapping(line: Line, amount: Amount) -> dict[str, Any]:
    wrapping = line.wrapping or {"id": 0, "name": "", "message": "", "cost": NOTHING}
    return {
        "wrapping_id": wrapping["id"],
        "wrapping_name": wrapping["name"],
        "wrapping_message": wrapping["message"],
        "base_wrapping_cost": money(wrapping["cost"]),
        **_sides("wrapping_cost", amount),
    }


def _together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[str, Decimal], dict[str, Any]] = {}
    for row in rows:
        first = found.setdefault((row["name"], row["rate"]), {**row, "amount": NOTHING})
        first["amount"] += row["amount"]
    return list(found.values())


def _tax_row(order: Order, at: int, row: Mapping[str, Any], details: bool) -> dict[str, Any]:
    override = row["name"] == "API Tax Override"
    shown = {
        "id": order.id * 1000 + at,
        "order_id": order.id,
        "order_address_id": order.addresses[0]["id"] if order.addresses else 0,
        "tax_rate_id": 1,
        "sales_tax_id": "1",
        "tax_class_id": 0,
        "name": row["name"],
        "class": row["name"] if override else "Default Tax Class",
        "rate": money(row["rate"]),
        "priority": 0,
        "priority_amount": money(row["amount"]),
        "line_amount": money(row["amount"]),
        "order_pickup_method_id": 0,
    }
    if details:
        shown["order_product_id"] = None if row["line"] is None else str(row["line"])
        shown["line_item_type"] = row["kind"]
    return shown
