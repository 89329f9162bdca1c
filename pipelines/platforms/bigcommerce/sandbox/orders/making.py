"""Lines and orders made of what somebody says: the shopper at the checkout, the merchant, a call of the API.

A line is said as a mapping: ``sku``, or ``product_id`` and ``variant_id`` (a product of the store, at its own price or
another), else ``name`` and ``price`` (a custom line, which is tied to no product); ``quantity``; the rest: ``LINE``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.orders.changes import OrderChanges
from pipelines.platforms.bigcommerce.sandbox.orders.money import exact, line_money, rounded
from pipelines.platforms.bigcommerce.sandbox.orders.records import NOTHING, Line, Order, Rates
from pipelines.platforms.bigcommerce.sandbox.records import Product, Variant

LINE = frozenset(
    {"sku", "product_id", "variant_id", "name", "quantity", "price", "pair", "kind", "rates", "discount", "wrapping",
     "options", "children", "upc", "stray"}
)  # fmt: skip
"""``pair``: both prices of a unit. ``discount``: off the whole line. ``wrapping``: {name, cost, message, pair} of the
whole line. ``children``: lines of products that come with it and cost nothing (a pick list)."""
PLACES: Mapping[str, int] = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3}
"""Places of the currencies that have not two; the store's own has what ``decimal_places`` says."""


class OrderMaking(OrderChanges):
    """New lines and new orders."""

    def blank_order(self, **known: Any) -> Order:
        """A new order with the store's currency, prices and taxes; ``known`` are fields of it."""
        facts = self.store_facts()
        now = int(self.unix())
        currency = str(known.pop("currency", None) or facts["currency"])
        own = currency == facts["currency"]
        usual: dict[str, Any] = {
            "id": self.store.next_id("order"),
            "created": now,
            "modified": now,
            "status": 1,
            "customer_id": 0,
            "billing": {},
            "places": int(facts["decimal_places"]) if own else PLACES.get(currency, 2),
            "inclusive": bool(facts["is_price_entered_with_tax"]),
            "rates": self.tax_rates(),
            "tax_rounding": str(self.switches["tax_rounding"]),
        }
        return Order(currency=currency, **{**usual, **known})

    def tax_rates(self) -> Rates:
        """The taxes a store without more specific ones lays on everything: [name, per cent]."""
        return [list(rate) for rate in self.facts.get("tax_rates", [])]

    def lines_of(self, order: Order, said: Mapping[str, Any]) -> list[Line]:
        """A new line, and those of its children. Raises Refusal for a product there is not."""
        strange = sorted(said.keys() - LINE)
        if strange:
            raise TypeError(f"a line has no {', '.join(strange)}")
        line = self._new_line(order, said)
        self._dress(order, line, said)
        children = [self._new_line(order, {**child, "price": NOTHING}) for child in said.get("children", ())]
        for child in children:
            child.parent = line.id
        return [line, *children]

    def _new_line(self, order: Order, said: Mapping[str, Any]) -> Line:
        product, variant = self._named(said)
        known = {} if product is None else self._from_catalogue(product, variant)
        own = {name: said[name] for name in ("name", "upc", "kind", "pair", "stray") if said.get(name) is not None}
        price = said.get("price", known.get("price"))
        if product is None and "sku" in said:
            own["sku"] = said["sku"]
        rates = [list(rate) for rate in said.get("rates", order.rates)]
        fields = {**known, **own, "price": Decimal(str(price or 0)), "rates": rates}
        return Line(id=self.store.next_id("order_product"), quantity=int(said.get("quantity", 1)), **fields)

    def _named(self, said: Mapping[str, Any]) -> tuple[Product | None, Variant | None]:
        if said.get("product_id"):
            product = self.store.products.get(said["product_id"])
            if product is None:
                raise Refusal(400, f"The product {said['product_id']} does not exist", {"product_id": "is not there"})
            return product, self._variant_of(product, said.get("variant_id"))
        if said.get("name"):
            return None, None
        owner = self.store.by_sku(str(said.get("sku", "")))
        if owner is None:
            raise Refusal(400, f"There is no product {said.get('sku')}", {"sku": "is not there"})
        if isinstance(owner, Product):
            return owner, owner.base
        return self.store.products[owner.product_id], owner

    def _variant_of(self, product: Product, variant_id: int | None) -> Variant:
        if variant_id is None and product.base is not None:
            return product.base
        for variant in product.variants:
            if variant.id == variant_id:
                return variant
        raise Refusal(400, f"The product {product.id} needs one of its variants", {"variant_id": "is not one of it"})

    def _from_catalogue(self, product: Product, variant: Variant | None) -> dict[str, Any]:
        fields = product.fields
        own = {} if variant is None else {k: v for k, v in variant.fields.items() if v is not None}
        sale = own.get("sale_price", fields["sale_price"])
        sku = fields["sku"] if variant is None or variant.is_base else variant.sku
        brand = self.store.brands.get(fields["brand_id"], {})
        return {
            "product_id": product.id,
            "variant_id": variant.id if variant else 0,
            "name": fields["name"],
            "sku": sku,
            "upc": own.get("upc") or fields["upc"],
            "brand": brand.get("name", ""),
            "kind": fields["type"],
            "price": sale if sale > 0 else own.get("price", fields["price"]),
            "cost_price": Decimal(str(own.get("cost_price", fields["cost_price"]))),
            "weight": Decimal(str(own.get("weight", fields["weight"]))),
            "options": _options(product, variant),
        }

    def _dress(self, order: Order, line: Line, said: Mapping[str, Any]) -> None:
        off = Decimal(str(said.get("discount", 0)))
        if off:
            how = {"id": "automatic-discount", "name": "Automatic Discount", "code": None, "target": "product"}
            line.discounts.append({**how, "amount": off})
            order.discount += off
        wrapping = said.get("wrapping")
        if wrapping is not None:
            cost = Decimal(str(wrapping.get("cost", 0)))
            texts = {"name": wrapping.get("name", "Gift wrapping"), "message": wrapping.get("message", "")}
            line.wrapping = {**texts, "cost": cost, "pair": wrapping.get("pair"), "id": wrapping.get("id", 1)}
        for option in said.get("options", ()):
            line.options.append({"option": 0, "value": "", "type": "Text field", **option})

    # --- whole orders --------------------------------------------------------------------------------------

    def use_coupon(self, order: Order, code: str, kind: int, amount: Decimal) -> None:
        """Redeem a coupon (`O2`, coupon types): off each unit, per cent, off the whole, or free shipping."""
        off = amount
        how = {"id": f"coupon-{code}", "name": code, "code": code}
        if kind == 4:
            off, order.shipping.charged = order.shipping.charged, NOTHING
        elif kind == 0:
            off = amount * sum(line.quantity for line in order.lines)
        elif kind == 1:
            whole = sum((exact(order, line_money(order, line).before) for line in order.lines), NOTHING)
            off = rounded(whole * amount / 100, order.places)
        if kind != 4:
            self.spread(order, off, how)
            order.coupon_discount += off
        id_ = self.store.next_id("order_coupon")
        order.coupons.append({"id": id_, "code": code, "kind": kind, "amount": amount, "discount": off})


def _options(product: Product, variant: Variant | None) -> list[dict[str, Any]]:
    chosen = variant.values if variant is not None else {}
    shown = []
    for option in product.options:
        label = next((v["label"] for v in option["option_values"] if v["id"] == chosen.get(option["id"])), None)
        if label is not None:
            kind = "Swatch" if option["type"] == "swatch" else "Multiple choice"
            known = {"name": option["display_name"], "label": label, "value": str(chosen[option["id"]])}
            shown.append({"option": option["id"], "type": kind, **known})
    return shown
