"""What calls and hands do to orders: lines out of products, orders out of bodies, named fields (fact sheet §4.3)."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import number, seconds_of, wrong
from pipelines.platforms.ecwid.sandbox.fields import checked
from pipelines.platforms.ecwid.sandbox.orders.book import Line, Order
from pipelines.platforms.ecwid.sandbox.orders.fields import ORDER
from pipelines.platforms.ecwid.sandbox.orders.render import OrderRendering
from pipelines.platforms.ecwid.sandbox.product_changes import merged
from pipelines.platforms.ecwid.sandbox.records import Product, Variation

SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
NEEDED = ("subtotal", "total", "email", "paymentStatus", "fulfillmentStatus")
WHOLE = frozenset({"items", "customSurcharges", "taxesOnShipping", "discountInfo"})
"""Members that are replaced, not merged."""


class OrderChanges(OrderRendering):
    """Orders."""

    def blank_order(self, created: int | None = None, **fields: Any) -> Order:
        """A new order, not yet in the book."""
        now = int(self.unix())
        number_ = self.shelves.next_id("order")
        return Order(self._free_id(number_), number_, created or now, created or now, dict(fields))

    def _free_id(self, number_: int) -> str:
        units = self.formats()
        if self.toggled("CONSECUTIVE_ORDER_IDS"):
            name = str(number_)
        else:
            name = "".join(self.rng.choice(SIGNS) for _ in range(5))
        text = f"{units['orderNumberPrefix']}{name}{units['orderNumberSuffix']}"
        return self._free_id(number_) if text in self.book.orders else text

    def put_in_book(self, order: Order) -> None:
        """A new order is there; searches show it after the lag. Its buyer is found by e-mail, or made."""
        self.book.orders[order.id] = order
        self.shelves.moved["orders"] = int(self.unix())
        self.book.remember(order.id, None, self.unix(), self.lag("order_lag"))

    @contextmanager
    def changing_order(self, order: Order) -> Iterator[Order]:
        """Change an order: all or nothing, seen by searches after the lag."""
        before = copy.deepcopy(order)
        try:
            yield order
        except Exception:
            order.__dict__.update(before.__dict__)
            raise
        order.updated = int(self.unix())
        self.shelves.moved["orders"] = order.updated
        self.book.remember(order.id, before, self.unix(), self.lag("order_lag"))

    def buyer_of(self, order: Order) -> None:
        """The customer of an order, found by e-mail or made. Consent is taken from the order, where it says so."""
        email = str(order.fields.get("email") or "")
        if not email:
            return
        found = self.book.by_email(email)
        said = order.fields.get("acceptMarketing")
        told = {} if said is None else {"acceptMarketing": said}
        if found is None:
            person = {"billingPerson": order.fields["billingPerson"]} if order.fields.get("billingPerson") else {}
            found = self.make_customer(email=email, **person, **told)
        elif told:
            self.change_customer(found, told)
        order.fields["customerId"] = found.id

    # --- lines ---------------------------------------------------------------------------------------------

    def line_of(self, product: Product, variation: Variation | None, quantity: int, price: Any = None) -> Line:
        """A line of so many units of an item, at its price unless another is given."""
        own = variation.fields if variation else {}
        asked = own.get("price", product.fields["price"]) if price is None else Decimal(str(price))
        level = self.level_of(product, variation)
        item: dict[str, Any] = {
            "id": self.shelves.next_id("item"),
            "productId": product.id,
            "price": number(asked),
            "productPrice": number(product.fields["price"]),
            "sku": (variation.sku if variation else "") or product.sku,
            "quantity": quantity,
            "name": product.fields["name"],
            "nameTranslated": dict(product.fields["nameTranslated"]),
            "shortDescription": "",
            "tax": 0,
            "weight": number(own.get("weight", product.fields.get("weight", 0))),
            "trackQuantity": level is not None,
            "quantityInStock": level or 0,
            "isPreorder": False,
        }
        if product.fields.get("externalReferenceId") and variation is None:
            item["externalReferenceId"] = product.fields["externalReferenceId"]
        if variation is not None:
            item |= {"combinationId": variation.id, "selectedOptions": [_chosen(one) for one in variation.options]}
            if own.get("externalReferenceId"):
                item["externalReferenceId"] = own["externalReferenceId"]
        return Line(item, variation=variation.id if variation else 0)

    def line_sent(self, sent: Mapping[str, Any]) -> Line:
        """A line as it is sent; only one with a product's id is of a product (§4.3)."""
        if int(sent.get("quantity") or 0) < 1:
            raise wrong("An item has a quantity from 1")
        product = self.shelves.products.get(int(sent.get("productId") or 0))
        variation = product.variation(int(sent.get("combinationId") or 0)) if product else None
        item = {name: merged({}, value) for name, value in sent.items() if value is not None}
        item = {"price": 0, "tax": 0, "sku": "", "name": "", **item, "id": self.shelves.next_id("item")}
        return Line(item, variation=variation.id if variation else 0)

    # --- bodies --------------------------------------------------------------------------------------------

    def order_sent(self, body: Mapping[str, Any]) -> Order:
        """A new order out of a body, whose sums are taken as they are. Raises Refusal."""
        checked(body, ORDER)
        missing = [name for name in NEEDED if body.get(name) is None]
        if missing:
            raise wrong(f"{missing[0]} is required")
        created = seconds_of(body["createDate"], "createDate") if body.get("createDate") else None
        order = self.blank_order(created)
        order.by_api = True
        self.change_order(order, body)
        return order

    def change_order(self, order: Order, body: Mapping[str, Any]) -> None:
        """Change the named fields; ``items`` are replaced whole. Raises Refusal."""
        sent = {name: value for name, value in checked(body, ORDER).items() if value is not None}
        kept = {name: value for name, value in sent.items() if name in ORDER and name != "items"}
        for name, value in kept.items():
            order.fields[name] = merged({} if name in WHOLE else order.fields.get(name), value)
        if order.fields.get("hidden") and order.fields.get("paymentStatus") != "INCOMPLETE":
            raise wrong("Only an incomplete order may be hidden")
        if order.fields.get("externalOrderId") and not order.fields.get("externalFulfillment"):
            raise wrong("externalOrderId needs externalFulfillment")
        if "items" in sent:
            removed, order.lines = order.lines, [self.line_sent(one) for one in sent["items"]]
            if order.holds:
                self.follow_quantities(order, removed, refuse=False)


def _chosen(option: Mapping[str, str]) -> dict[str, Any]:
    selection = {"selectionTitle": option["value"], "selectionModifier": 0, "selectionModifierType": "ABSOLUTE"}
    return {
        "name": option["name"],
        "type": "CHOICE",
        "value": option["value"],
        "valuesArray": [option["value"]],
        "selections": [selection],
    }
