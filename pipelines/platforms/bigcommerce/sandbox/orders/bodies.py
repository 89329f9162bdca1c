"""What ``POST`` and ``PUT /v2/orders`` may say, and how it becomes an order (fact sheet §6).

Money of the whole order is text or a number, money of a line a number. Not kept here: consignments, pick-ups, fees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.fields import Field, fault, flag, integer, is_number, number, text
from pipelines.platforms.bigcommerce.sandbox.orders.customers import CustomerChanges
from pipelines.platforms.bigcommerce.sandbox.orders.filters import unix_of
from pipelines.platforms.bigcommerce.sandbox.orders.making import OrderMaking
from pipelines.platforms.bigcommerce.sandbox.orders.records import NOTHING, Cost, Line, Order
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import PENDING, STATUSES
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects

_MONEY = (
    "base_handling_cost", "base_shipping_cost", "base_wrapping_cost", "discount_amount", "handling_cost_ex_tax",
    "handling_cost_inc_tax", "refunded_amount", "shipping_cost_ex_tax", "shipping_cost_inc_tax", "subtotal_ex_tax",
    "subtotal_inc_tax", "total_ex_tax", "total_inc_tax", "wrapping_cost_ex_tax", "wrapping_cost_inc_tax",
)  # fmt: skip
_KEPT: Mapping[str, Field] = {
    "ip_address": text(30), "ip_address_v6": text(39), "geoip_country": text(), "geoip_country_iso2": text(),
    "ebay_order_id": text(), "customer_locale": text(), "external_order_id": text(nullable=True),
    "external_source": text(nullable=True), "external_merchant_id": text(nullable=True),
}  # fmt: skip
_KNOWN: Mapping[str, Field] = {
    **_KEPT,
    "status_id": integer(),
    "customer_id": integer(),
    "channel_id": integer(),
    "customer_message": text(),
    "staff_notes": text(65535),
    "payment_method": text(),
    "order_source": text(),
    "tax_provider_id": text(),
    "default_currency_code": text(),
    "date_created": text(),
    "items_total": number(),
    "items_shipped": number(),
    "order_is_digital": flag(),
    "is_deleted": flag(),
    "payment_provider_id": Field("any"),
}
_APART = frozenset({"billing_address", "shipping_addresses", "products", *_MONEY})
_READ_ONLY = frozenset(
    {"id", "status", "date_modified", "date_shipped", "external_id", "coupon_discount", "total_tax", "payment_status"}
)
_ADDRESS: Mapping[str, Field] = {name: text() for name in (
    "first_name", "last_name", "company", "street_1", "street_2", "city", "state", "zip", "country", "country_iso2",
    "phone", "email", "shipping_method",
)}  # fmt: skip
_LINE: Mapping[str, Field] = {
    "id": integer(1), "product_id": integer(1), "variant_id": integer(1), "quantity": integer(),
    "price_ex_tax": number(), "price_inc_tax": number(), "name": text(250, 1), "name_customer": text(250, 1),
    "name_merchant": text(), "sku": text(), "upc": text(255), "wrapping_id": integer(), "wrapping_name": text(),
    "wrapping_message": text(), "wrapping_cost_ex_tax": number(), "wrapping_cost_inc_tax": number(),
}  # fmt: skip
_TOTALS = (("subtotal_ex_tax", "subtotal_inc_tax"), ("total_ex_tax", "total_inc_tax"))
_COSTS = ("shipping", "handling")
_CURRENCY = re.compile("[A-Z]{3}")


class OrderBodies(OrderMaking, CustomerChanges):
    """Orders out of bodies."""

    def order_of_body(self, body: Mapping[str, Any]) -> Order:
        """A new order. Raises Refusal 400."""
        self._check_body(body)
        if "billing_address" not in body or not body.get("products"):
            raise wrong("products" if "billing_address" in body else "billing_address", "is required")
        order = self.blank_order(status=body.get("status_id", PENDING), source="external")
        order.billing = _address(body["billing_address"], "billing_address", full=True)
        self._plain(order, body)
        for at, said in enumerate(objects(body["products"], "products")):
            order.lines += self._lines(order, said, f"products.{at}")
        self._addresses(order, body)
        self._money(order, body)
        return self.take_up(order, takes=self.switches["api_order_stock"] == "take")

    def change_by_body(self, order: Order, body: Mapping[str, Any]) -> None:
        """Change an order as ``PUT`` does: like a patch, changed lines lose their discounts. Raises Refusal 400."""
        self._check_body(body)
        if order.plain.get("external_merchant_id") and "external_merchant_id" in body:
            raise wrong("external_merchant_id", "is set already")
        if "billing_address" in body:
            order.billing |= _address(body["billing_address"], "billing_address", full=False)
        self._plain(order, body)
        removed = self._change_lines(order, objects(body.get("products", []), "products"))
        self._addresses(order, body)
        self._money(order, body)
        order.archived = bool(body.get("is_deleted", order.archived))
        self.follow_quantities(order, removed)
        if body.get("status_id", order.status) != order.status:
            self.change_status(order, body["status_id"])

    def _check_body(self, body: Mapping[str, Any]) -> None:
        for name in body:
            if name in _READ_ONLY:
                raise wrong(name, "is read-only")
        try:
            self.check_fields(body, _KNOWN, _APART)
        except Refusal as refusal:
            raise wrong(*next(iter(refusal.errors.items()))) from refusal
        for name in _MONEY:
            if name in body:
                _amount(body[name], name)
        if body.get("status_id", 0) not in STATUSES:
            raise wrong("status_id", "is not a status")
        provider = body.get("payment_provider_id", "")
        if not isinstance(provider, str) and not is_number(provider):
            raise wrong("payment_provider_id", "must be a text or a number")
        self._check_known(body)

    def _check_known(self, body: Mapping[str, Any]) -> None:
        if body.get("customer_id", 0) and body["customer_id"] not in self.book.customers:
            raise wrong("customer_id", "is not a customer")
        if "channel_id" in body and not any(one["id"] == body["channel_id"] for one in self._channels()):
            raise wrong("channel_id", "is not a channel")
        code = body.get("default_currency_code")
        if code is not None and not _CURRENCY.fullmatch(code):
            raise wrong("default_currency_code", "is not a currency")

    def _plain(self, order: Order, body: Mapping[str, Any]) -> None:
        self._check_reference_is_free(order, body)
        order.plain |= {name: body[name] for name in _KEPT if name in body}
        if "payment_provider_id" in body:
            order.plain["payment_provider_id"] = body["payment_provider_id"]
        for name, member in (("message", "customer_message"), ("staff_notes", "staff_notes"),
                             ("payment_method", "payment_method"), ("customer_id", "customer_id"),
                             ("channel_id", "channel_id"), ("currency", "default_currency_code"),
                             ("source", "order_source")):  # fmt: skip
            setattr(order, name, body.get(member, getattr(order, name)))
        if "date_created" in body:
            order.created = unix_of(body["date_created"], "date_created")

    def _check_reference_is_free(self, order: Order, body: Mapping[str, Any]) -> None:
        reference = body.get("external_order_id")
        if not reference or not self.switches["external_order_id_unique"]:
            return
        for id_ in self.book.ids():
            if id_ != order.id and self.book.order(id_).plain.get("external_order_id") == reference:
                raise Refusal(409, f"The external_order_id {reference} is in use", {"external_order_id": "is in use"})

    def _addresses(self, order: Order, body: Mapping[str, Any]) -> None:
        for at, said in enumerate(objects(body.get("shipping_addresses", []), "shipping_addresses")):
            told = _address({k: v for k, v in said.items() if k != "id"}, f"shipping_addresses.{at}", full=False)
            method = {"method": told.pop("shipping_method")} if "shipping_method" in told else {}
            known = next((one for one in order.addresses if one["id"] == said.get("id")), None)
            if known is not None:
                known |= {**told, **method}
            elif "id" in said:
                raise wrong(f"shipping_addresses.{at}.id", "is not an address of this order")
            else:
                order.addresses.append({**told, **method, "id": self.store.next_id("order_address")})

    # --- lines ---------------------------------------------------------------------------------------------

    def _lines(self, order: Order, said: Mapping[str, Any], place: str) -> list[Line]:
        _check_line(said, place)
        prices = _prices(said, place)
        name = said.get("name") or said.get("name_customer") or said.get("name_merchant")
        if "product_id" not in said and not (name and prices and "quantity" in said):
            raise wrong(place, "needs product_id, or name, quantity and both prices")
        if not said.get("quantity", 1):
            raise wrong(f"{place}.quantity", "must be at least 1")
        known: dict[str, Any] = {"quantity": said.get("quantity", 1), "upc": said.get("upc"), "wrapping": _wrap(said)}
        if "product_id" in said:
            ids = {"product_id": said["product_id"], "variant_id": self._variant_id(said)}
            known |= {**ids, "name": said.get("name")}
        else:
            known |= {"name": name, "sku": said.get("sku", "")}
        if prices:
            known |= {"pair": prices, "price": prices[1 if order.inclusive else 0]}
        return self.lines_of(order, known)

    def _variant_id(self, said: Mapping[str, Any]) -> int | None:
        """The variant a line names, by id or by its options. Raises Refusal 400."""
        if "variant_id" in said or "product_options" not in said:
            return said.get("variant_id")
        product = self.store.products.get(said["product_id"])
        chosen = {option.get("id"): str(option.get("value")) for option in said["product_options"]}
        for variant in product.variants if product else ():
            if all(chosen.get(option) == str(value) for option, value in variant.values.items()):
                return variant.id
        return None

    def _change_lines(self, order: Order, said: list[dict[str, Any]]) -> list[Line]:
        removed: list[Line] = []
        for at, one in enumerate(said):
            place = f"products.{at}"
            if "id" not in one:
                order.lines += self._lines(order, one, place)
                continue
            _check_line(one, place)
            line = order.line(one["id"])
            if line is None:
                raise wrong(f"{place}.id", "is not a product of this order")
            if one.get("quantity") == 0:
                removed += self.remove_line(order, line)
            else:
                self._change_line(order, line, one, place)
        return removed

    def _change_line(self, order: Order, line: Line, said: Mapping[str, Any], place: str) -> None:
        self.clear_discounts(order, line)
        prices = _prices(said, place)
        line.quantity = said.get("quantity", line.quantity)
        line.name = said.get("name") or said.get("name_customer") or line.name
        line.upc = said.get("upc", line.upc)
        if prices:
            line.pair, line.price = prices, prices[1 if order.inclusive else 0]
        wrapping = _wrap(said)
        if wrapping is not None:
            line.wrapping = wrapping

    # --- money ---------------------------------------------------------------------------------------------

    def _money(self, order: Order, body: Mapping[str, Any]) -> None:
        for name in _COSTS:
            pair = _pair(body, f"{name}_cost_ex_tax", f"{name}_cost_inc_tax")
            cost: Cost = getattr(order, name)
            if f"base_{name}_cost" in body:
                cost.base = cost.charged = _amount(body[f"base_{name}_cost"], f"base_{name}_cost")
                cost.pair = None
            if pair is not None:
                cost.pair = pair
                cost.base = pair[1 if order.inclusive else 0]
        for without, with_ in _TOTALS:
            pair = _pair(body, without, with_)
            if pair is not None:
                tax = without.replace("_ex_tax", "_tax")
                order.overrides |= {without: pair[0], with_: pair[1], tax: pair[1] - pair[0]}
        if "discount_amount" in body:
            self._discount(order, _amount(body["discount_amount"], "discount_amount"))

    def _discount(self, order: Order, amount: Decimal) -> None:
        for line in order.lines:
            line.discounts = [one for one in line.discounts if one["code"]]
        order.discount = NOTHING
        if amount:
            self.spread(order, amount, {"id": "manual-discount", "name": "Manual Discount", "code": None})
            order.discount = amount


def wrong(field: str, reason: str) -> Refusal:
    """400 for a field of an order."""
    return Refusal(400, f"The field '{field}' is invalid.", {field: reason})


def _amount(value: object, name: str) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else None
    except InvalidOperation:
        amount = None
    if amount is None or not is_number(amount) or amount < 0:
        raise wrong(name, "must be an amount of at least 0")
    return amount


def _pair(body: Mapping[str, Any], without: str, with_: str) -> list[Decimal] | None:
    """Both sides of an amount, or neither."""
    if (without in body) != (with_ in body):
        raise wrong(with_ if without in body else without, f"is required with {without if without in body else with_}")
    return [_amount(body[without], without), _amount(body[with_], with_)] if without in body else None


def _prices(said: Mapping[str, Any], place: str) -> list[Decimal] | None:
    try:
        return _pair(said, "price_ex_tax", "price_inc_tax")
    except Refusal as refusal:
        raise wrong(place, next(iter(refusal.errors.values()))) from refusal


def _wrap(said: Mapping[str, Any]) -> dict[str, Any] | None:
    if not said.get("wrapping_id"):
        return None
    pair = _pair(said, "wrapping_cost_ex_tax", "wrapping_cost_inc_tax")
    if pair is None:
        raise wrong("wrapping_cost_ex_tax", "is required with wrapping_id")
    texts = {"name": said.get("wrapping_name", "Gift wrapping"), "message": said.get("wrapping_message", "")}
    return {**texts, "id": said["wrapping_id"], "cost": pair[0], "pair": pair}


def _check_line(said: Mapping[str, Any], place: str) -> None:
    found = {name: fault(value, _LINE[name]) for name, value in said.items() if name in _LINE}
    for name, reason in found.items():
        if reason:
            raise wrong(f"{place}.{name}", reason)
    strange = sorted(said.keys() - _LINE.keys() - {"product_options"})
    if strange:
        raise wrong(f"{place}.{strange[0]}", "is not a field")
    options = objects(said.get("product_options", []), f"{place}.product_options")
    for option in options:
        if not isinstance(option.get("id", 0), int) or not isinstance(option.get("value", ""), str):
            raise wrong(f"{place}.product_options", "need a whole number as id and a text as value")


def _address(said: object, place: str, full: bool) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise wrong(place, "must be an object")
    for name, value in said.items():
        if name != "form_fields" and (name not in _ADDRESS or not isinstance(value, str)):
            raise wrong(f"{place}.{name}", "is not a field" if name not in _ADDRESS else "must be a text")
    if place == "billing_address" and len(said.get("zip", "")) < 2:
        raise wrong(f"{place}.zip", "needs two characters")
    told = {name: value for name, value in said.items() if name != "form_fields"}
    return {**{name: "" for name in _ADDRESS if name != "shipping_method"}, **told} if full else told
