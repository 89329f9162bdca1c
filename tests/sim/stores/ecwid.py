"""An eCom (E-Series) store in the simulator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import product as pairs
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pipelines.platforms.ecwid.sandbox.answers import Refusal
from tests.sim.stores import OWN_NAME, OWN_PRICE, Bought, Buyer, Item, Part, Place, Placed, Shop, Statuses

if TYPE_CHECKING:
    from tests.sim.wire import Sent

FULFILMENTS = (
    "AWAITING_PROCESSING", "PROCESSING", "SHIPPED", "DELIVERED", "WILL_NOT_DELIVER", "RETURNED", "READY_FOR_PICKUP",
    "OUT_FOR_DELIVERY",
)  # fmt: skip
OPEN = ("AWAITING_PROCESSING", "PROCESSING")
_BASE = re.compile(r"^/api/v3/[^/]+")
_ONE = re.compile(r"^/products/(\d+)(?:/combinations/(\d+))?$")


def _some(payments: Sequence[str], fulfilments: Sequence[str] = FULFILMENTS) -> frozenset[str]:
    return frozenset("/".join(pair) for pair in pairs(payments, fulfilments))


class EcwidShop(Shop):
    """The store as the simulator sees it; a variation is named by its product and its own number."""

    fields = frozenset(
        {"product", "description", "brand", "visible", "images", "siblings", "type", "price", "values", "counted",
         "level"}
    )  # fmt: skip
    never = frozenset({
        "subtitle", "compareToPrice", "warningLimit", "seoTitle", "seoDescription", "customSlug", "tax", "costPrice",
        "showOnFrontpage", "isSampleProduct", "ribbon", "shipping", "productClassId", "defaultCategoryId",
        "googleProductCategory", "wholesalePrices", "relatedProducts",
    })  # fmt: skip
    endpoints = ("/products", "/batch", "/categories")
    statuses = Statuses(
        never_placed=_some(["INCOMPLETE"]), called_off=_some(["CANCELLED"]), not_recorded=_some(["INCOMPLETE"]),
        unpaid=_some(["AWAITING_PAYMENT"]), placed="PAID/AWAITING_PROCESSING",
        edited=_some(["AWAITING_PAYMENT", "PAID"], OPEN), added=_some(["AWAITING_PAYMENT", "PAID"], OPEN),
        cancelled=_some(["AWAITING_PAYMENT", "PAID"], (*OPEN, "READY_FOR_PICKUP")),
        goes_on=_some(["AWAITING_PAYMENT", "PAID"], (*OPEN, "SHIPPED", "READY_FOR_PICKUP", "OUT_FOR_DELIVERY")),
        refunded=_some(["PAID", "PARTIALLY_REFUNDED"]), touched=_some(["PAID", "CANCELLED", "PARTIALLY_REFUNDED"]),
        cancels_to=("CANCELLED", "CANCELLED", "CANCELLED"),
        goes_to=("/PROCESSING", "/SHIPPED", "/DELIVERED", "/READY_FOR_PICKUP", "/OUT_FOR_DELIVERY", "/RETURNED",
                 "/WILL_NOT_DELIVER"),
    )  # fmt: skip
    checkouts: Sequence[tuple[float, Mapping[str, Any]]] = (
        (12, {}), (3, {"shipping": 5, "message": "at the door"}), (1, {"handling": 2}), (1, {"discount": 1}),
        (2, {"status": "AWAITING_PAYMENT", "payment": "Bank transfer"}),
        (1, {"kind": "PICKUP", "method": "At the counter"}), (1, {"gift_card": 1}),
        (1, {"coupon": ("ONE", "ABS", 1)}), (2, {"status": "INCOMPLETE"}),
    )  # fmt: skip

    def settings(self, rng: Random) -> dict[str, Any]:
        return {"on_store_hidden": rng.choice(("show", "keep"))}

    # --- what stands there ---------------------------------------------------------------------------------

    def _product(self, product: str) -> Any:
        return self.machine.shelves.products[int(product)]

    def products(self) -> list[str]:
        return list(map(str, sorted(self.machine.shelves.products)))

    def places(self, product: str) -> list[Place]:
        record = self._product(product)
        return [self._place(record, one) for one in record.variations or [None]]

    def _place(self, record: Any, variation: Any) -> Place:
        level = self.machine.level_of(record, variation)
        key = f"{record.id}:{variation.id}" if variation is not None else str(record.id)
        sku = variation.sku or record.sku if variation is not None else record.sku
        return Place(sku, str(record.id), key, level is not None, level or 0)

    def place(self, sku: str) -> Place | None:
        try:
            return self._place(*self.machine.find_sku(sku))
        except KeyError:
            return None

    def product_of(self, level: str, target: str) -> str | None:
        key = target.partition(":")[0]
        return key if key.isdigit() and int(key) in self.machine.shelves.products else None

    def sold_as(self, variant: str) -> Place | None:
        product = self.product_of("variant", variant)
        return next((one for one in self.places(product) if one.variant == variant), None) if product else None

    def visible(self, product: str) -> bool:
        return bool(self.value(product, "enabled"))

    def names(self) -> list[str]:
        return [product.fields["name"] for product in self.machine.shelves.products.values()]

    def shown(self) -> dict[str, Item]:
        found = {}
        for product in self.machine.shelves.products.values():
            whole = self._whole(product)
            for one, place in zip(product.variations or [None], self.places(str(product.id)), strict=True):
                price = (one.fields if one is not None else {}).get("price", product.fields["price"])
                found[place.sku] = {
                    **whole,
                    "price": Decimal(price),
                    "values": sorted(option["value"] for option in one.options) if one is not None else [],
                    "counted": place.counted,
                    "level": place.level if place.counted else None,
                }
        return found

    def _whole(self, product: Any) -> Item:
        kinds = {one["id"]: one["type"] for one in self.machine.shelves.classes[0]["attributes"]}
        said = {kinds[key]: entry["value"] for key, entry in product.attributes.items() if key in kinds}
        categories = [self.machine.shelves.categories[key]["name"] for key in product.categories]
        return {
            "product": product.fields["name"],
            "product_id": str(product.id),
            "description": product.fields["description"] or None,
            "brand": said.get("BRAND"),
            "visible": product.fields["enabled"],
            "images": [str(image["source"]).rsplit("/", 1)[-1] for image in product.images],
            "siblings": len(product.variations) or 1,
            "type": ", ".join(sorted(categories)) or None,
        }

    def follow(self, then: Callable[[str], None]) -> None:
        real_put, real_changing = self.machine.put_in_book, self.machine.changing_order

        def put(order: Any) -> None:
            real_put(order)
            then(order.id)

        @contextmanager
        def changing(order: Any) -> Iterator[Any]:
            with real_changing(order) as held:
                yield held
            then(order.id)

        self.machine.put_in_book, self.machine.changing_order = put, changing

    # --- people at products --------------------------------------------------------------------------------

    def edit(self, product: str, *, price: Decimal | None = None, visible: bool | None = None,
             description: str | None = None) -> None:  # fmt: skip
        sent = {"price": price, "enabled": visible, "description": description}
        self.machine.edit_product(product, **{name: value for name, value in sent.items() if value is not None})

    def simple(self, product: str) -> bool:
        return not self._product(product).variations

    def own_values(self, number: int) -> Item:
        return {"seoTitle": f"Title {number}", "subtitle": f"{number} years", "warningLimit": number}

    def set_own(self, product: str, values: Item) -> None:
        self.machine.edit_product(product, **values)

    def value(self, product: str, name: str) -> Any:
        return self._product(product).fields.get(name)

    def make_own(self, number: int) -> str:
        made = self.machine.make_product(name=f"{OWN_NAME} {number}", price=OWN_PRICE, sku=f"OWN-{number}")
        return str(made.id)

    def reuse(self, product: str) -> bool:
        last = self.machine.shelves._last
        again = last["product"] == int(product)
        last["product"] -= again
        return again

    # --- shoppers ------------------------------------------------------------------------------------------

    def orders(self) -> list[str]:
        return list(self.machine.book.orders)

    def order(self, order: str) -> Placed:
        held = self.machine.book.order(order)
        fields = held.fields
        total = Decimal(str(fields["total"])) + Decimal(str(fields.get("giftCardRedemption") or 0))
        lines = [Bought(str(line.item["id"]), line.item["sku"], int(line.item["quantity"]), self._now(line))
                 for line in held.lines]  # fmt: skip
        status = f"{fields['paymentStatus']}/{fields['fulfillmentStatus']}"
        return Placed(order, status, lines, bool(held.refunds), total, Decimal(str(fields["tax"])), total)

    def _now(self, line: Any) -> str | None:
        product = self.machine.shelves.products.get(int(line.item.get("productId") or 0))
        if product is None:
            return None
        variation = product.variation(line.variation)
        return str(variation.sku or product.sku) if variation is not None else str(product.sku)

    def buy(self, lines: Sequence[tuple[str, int]], buyer: Buyer, how: Mapping[str, Any]) -> str | None:
        try:
            return str(self.machine.place_order(lines, buyer, **how))
        except Refusal:
            return None

    def edit_order(self, order: str, lines: Sequence[Mapping[str, Any]]) -> bool:
        named = [{**line, "id": int(line["id"])} if "id" in line else line for line in lines]
        try:
            self.machine.edit_order(order, named)
        except Refusal:
            return False
        return True

    def move(self, order: str, status: str) -> None:
        payment, _, fulfilment = status.partition("/")
        self.machine.set_status(order, payment or None, fulfilment or None)

    def pay(self, order: str) -> None:
        self.machine.capture(order)

    def refund(self, order: str, rng: Random) -> bool:
        amount = rng.choice((None, 1, 1, 2))
        try:
            self.machine.refund(order, amount)
        except Refusal:
            return False
        return True

    def touch(self, order: str) -> None:
        self.machine.touch_order(order)

    # --- calls ---------------------------------------------------------------------------------------------

    def parts(self, sent: Sent) -> list[Part]:
        path = _BASE.sub("", sent.request.path)
        body = sent.request.json() if sent.request.body else None
        if sent.request.method == "POST" and path == "/batch":
            return [_inside(one) for one in body]
        return [Part(sent.request.method, path, body, dict(sent.request.query))]

    def creates(self, part: Part) -> str | None:
        if (part.method, part.path) != ("POST", "/products"):
            return None
        return str(part.body.get("name", "")).strip().lower()

    def looks(self, part: Part) -> bool:
        return (part.method, part.path) == ("GET", "/products")

    def named(self, part: Part) -> set[str]:
        found = re.match(r"/products/(\d+)", part.path)
        return {found[1]} & set(self.products()) if found else set()

    def levels(self, part: Part) -> list[tuple[str | None, Any]]:
        found = _ONE.match(part.path)
        if part.method != "PUT" or found is None or "quantity" not in part.body:
            return []
        return [(f"{found[1]}:{found[2]}" if found[2] else found[1], part.body["quantity"])]

    def changed(self, part: Part) -> list[tuple[str, Item]]:
        found = _ONE.match(part.path)
        return [(found[1], part.body)] if part.method == "PUT" and found else []

    def doomed(self, part: Part) -> set[str]:
        found = _ONE.match(part.path)
        if part.method != "DELETE" or found is None:
            return set()
        return {f"{found[1]}:{found[2]}" if found[2] else found[1]}

    def hidden(self, part: Part) -> set[str]:
        found = {key for key, item in self.changed(part) if item.get("enabled") is False}
        return {key for key in found if key in self.products() and self.visible(key)}

    def priced(self, part: Part) -> set[str]:
        found, place = _ONE.match(part.path), None
        if part.method == "PUT" and found is not None and "price" in part.body:
            place = self.sold_as(f"{found[1]}:{found[2]}" if found[2] else found[1])
        if place is None or self.shown()[place.sku]["price"] == Decimal(str(part.body["price"])):
            return set()
        return {place.variant}


def _inside(one: Mapping[str, Any]) -> Part:
    path, _, query = str(one["path"]).partition("?")
    return Part(str(one["method"]), path, one.get("body") or {}, dict(parse_qsl(query)))


SHOP = EcwidShop
