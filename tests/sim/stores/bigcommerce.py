"""A BigCommerce store in the simulator."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.orders.money import totals
from pipelines.platforms.bigcommerce.sandbox.render import variant_record
from tests.sim.stores import OWN_NAME, OWN_PRICE, Bought, Buyer, Item, Part, Place, Placed, Shop, Statuses

if TYPE_CHECKING:
    from tests.sim.wire import Sent

LEVELS = "/inventory/adjustments/absolute"
_PRODUCTS = re.compile(r"/catalog/products(?:/([^/]+)(?:/variants/([^/]+))?)?$")


def _some(*numbers: int) -> frozenset[str]:
    return frozenset(map(str, numbers))


class BigCommerceShop(Shop):
    """The store as the simulator sees it; a variant is named by its number."""

    fields = frozenset(
        {"product", "description", "brand", "visible", "images", "tags", "siblings", "type", "price", "cost", "values",
         "counted", "level"}
    )  # fmt: skip
    never = frozenset({
        "weight", "width", "height", "depth", "categories", "retail_price", "sale_price", "upc", "gtin",
        "product_tax_code", "tax_class_id", "page_title", "meta_description", "meta_keywords", "custom_url",
        "sort_order", "warranty",
    })  # fmt: skip
    endpoints = ("/catalog/products", "/inventory", "/catalog/brands")
    statuses = Statuses(
        never_placed=_some(0), called_off=_some(5, 6), not_recorded=_some(0, 1), unpaid=_some(7), placed="11",
        edited=_some(7, 11, 9, 1), added=_some(7, 11, 9), cancelled=_some(1, 7, 11, 9, 8, 12),
        goes_on=_some(11, 9, 8, 3, 2, 12), refunded=_some(11, 2, 10, 14), touched=_some(11, 2, 10, 5),
        cancels_to=("5", "5", "6"), goes_to=("9", "8", "3", "2", "10", "12", "13"),
    )  # fmt: skip
    checkouts: Sequence[tuple[float, Mapping[str, Any]]] = (
        (12, {}), (3, {"shipping": 5, "message": "at the door"}), (1, {"handling": 2}), (1, {"discount": 1}),
        (2, {"status": 7, "payment": ("Bank Deposit", "none")}),
        (1, {"status": 7, "payment": ("Credit Card", "authorized")}),
        (2, {"status": 1, "payment": ("Bank Deposit", "none")}), (0.7, {"status": 0}),
    )  # fmt: skip

    # --- what stands there ---------------------------------------------------------------------------------

    def products(self) -> list[str]:
        return list(map(str, sorted(self.machine.store.products)))

    def places(self, product: str) -> list[Place]:
        record = self.machine.store.products[int(product)]
        counted = record.fields["inventory_tracking"] != "none"
        return [Place(variant.sku or record.fields["sku"], product, str(variant.id), counted,
                      self._level(record, variant) if counted else 0) for variant in record.variants]  # fmt: skip

    def _level(self, record: Any, variant: Any) -> int:
        return int(self.machine.store.levels.actual((1, self.machine.item_of(record, variant))) or 0)

    def place(self, sku: str) -> Place | None:
        owner = self.machine.store.by_sku(sku)
        if owner is None:
            return None
        found = self.places(str(getattr(owner, "product_id", owner.id)))
        return next((one for one in found if one.sku.lower() == sku.lower()), None)

    def product_of(self, level: str, target: str) -> str | None:
        store = self.machine.store
        if not target.isdigit():
            return None
        if level in {"product", "images"}:
            return target
        return str(store.variants[int(target)].product_id) if int(target) in store.variants else None

    def sold_as(self, variant: str) -> Place | None:
        product = self.product_of("variant", variant)
        found = self.places(product) if product and int(product) in self.machine.store.products else []
        return next((one for one in found if one.variant == variant), None)

    def visible(self, product: str) -> bool:
        return bool(self.value(product, "is_visible"))

    def names(self) -> list[str]:
        return [product.fields["name"] for product in self.machine.store.products.values()]

    def shown(self) -> dict[str, Item]:
        store, found = self.machine.store, {}
        for product in store.products.values():
            whole = self._whole(product)
            for variant, place in zip(product.variants, self.places(str(product.id)), strict=True):
                price, cost = variant.fields["price"], variant.fields["cost_price"]
                record = variant_record(product, variant, lambda *_: 0)
                found[place.sku] = {
                    **whole,
                    "price": Decimal(product.fields["price"] if price is None else price),
                    "cost": Decimal(product.fields["cost_price"] if cost is None else cost) or None,
                    "values": sorted(value["label"] for value in record.get("option_values") or []),
                    "counted": place.counted,
                    "level": place.level if place.counted else None,
                }
        return found

    def _whole(self, product: Any) -> Item:
        fields, images = product.fields, sorted(product.images, key=lambda image: (image["sort_order"], image["id"]))
        return {
            "product": fields["name"],
            "product_id": str(product.id),
            "description": fields["description"] or None,
            "brand": (self.machine.store.brands.get(fields["brand_id"] or 0) or {}).get("name"),
            "visible": fields["is_visible"],
            "images": [image["image_url"].rsplit("/", 1)[-1] for image in images],
            "tags": sorted(filter(None, fields["search_keywords"].split(","))),
            "siblings": len(product.variants),
            "type": next((one["value"] for one in product.custom_fields if one["name"] == "Type"), None),
        }

    def follow(self, then: Callable[[str], None]) -> None:
        real = self.machine.book.put

        def put(order: Any, *rest: Any) -> None:
            real(order, *rest)
            then(str(order.id))

        self.machine.book.put = put

    # --- people at products --------------------------------------------------------------------------------

    def edit(self, product: str, *, price: Decimal | None = None, visible: bool | None = None,
             description: str | None = None) -> None:  # fmt: skip
        sent = {"price": price, "is_visible": visible, "description": description}
        self.machine.edit_product(product, **{name: value for name, value in sent.items() if value is not None})

    def simple(self, product: str) -> bool:
        return self.machine.store.products[int(product)].base is not None

    def own_values(self, number: int) -> Item:
        return {"page_title": f"Title {number}", "warranty": f"{number} years", "sort_order": number}

    def set_own(self, product: str, values: Item) -> None:
        self.machine.edit_product(product, **values)

    def value(self, product: str, name: str) -> Any:
        return self.machine.store.products[int(product)].fields[name]

    def make_own(self, number: int) -> str:
        made = self.machine.make_product(name=f"{OWN_NAME} {number}", price=OWN_PRICE, sku=f"OWN-{number}")
        return str(made.id)

    def reuse(self, product: str) -> bool:
        last = self.machine.store._last
        again = last["product"] == int(product)
        last["product"] -= again
        return again

    # --- shoppers ------------------------------------------------------------------------------------------

    def orders(self) -> list[str]:
        return list(map(str, sorted(self.machine.book.ids())))

    def order(self, order: str) -> Placed:
        held, variants = self.machine.book.order(order), self.machine.store.variants
        due = totals(held).total
        came = [one["amount"] for one in held.transactions if one["event"] in {"purchase", "capture", "settled"}]
        lines = [Bought(str(line.id), line.sku, line.quantity,
                        variants[line.variant_id].sku or line.sku if line.variant_id in variants else None)
                 for line in held.lines]  # fmt: skip
        promised = any(one["event"] in {"authorization", "pending"} for one in held.transactions)
        captured = sum(came, Decimal(0)) if came or promised else due.inc
        return Placed(order, str(held.status), lines, bool(held.refunds), due.inc, due.tax, captured)

    def buy(self, lines: Sequence[tuple[str, int]], buyer: Buyer, how: Mapping[str, Any]) -> str | None:
        person = buyer if isinstance(buyer, str) else {**_names(buyer), "email": buyer["email"]}
        try:
            return str(self.machine.place_order(lines, person, **how))
        except Refusal:
            return None

    def edit_order(self, order: str, lines: Sequence[Mapping[str, Any]]) -> bool:
        try:
            self.machine.edit_order(int(order), lines)
        except Refusal:
            return False
        return True

    def move(self, order: str, status: str) -> None:
        self.machine.set_status(int(order), int(status))

    def pay(self, order: str) -> None:
        held = self.machine.book.order(order)
        if held.payment_status in {"authorized", "pending"}:
            self.machine.capture(held.id)
            return
        begun = str(held.status) in self.statuses.not_recorded
        self.machine.pay_order(held.id, "Credit Card" if begun else held.payment_method)
        self.move(order, self.statuses.placed)

    def refund(self, order: str, rng: Random) -> bool:
        line = rng.choice(self.machine.book.order(order).lines)
        how: dict[str, Any] = rng.choice(({}, {"lines": {line.id: 1}}, {"lines": {line.id: 1}}, {"amount": 1}))
        try:
            self.machine.refund(int(order), restock=rng.random() < 0.5, **how)
        except Refusal:
            return False
        return True

    def touch(self, order: str) -> None:
        self.machine.touch_order(int(order))

    # --- calls ---------------------------------------------------------------------------------------------

    def parts(self, sent: Sent) -> list[Part]:
        body = sent.request.json() if sent.request.body else None
        return [Part(sent.request.method, sent.request.path, body, dict(sent.request.query))]

    def creates(self, part: Part) -> str | None:
        if part.method != "POST" or not part.path.endswith("/catalog/products"):
            return None
        return str(part.body.get("name", "")).strip().lower()

    def looks(self, part: Part) -> bool:
        return part.method == "GET" and part.path.endswith("/catalog/products")

    def named(self, part: Part) -> set[str]:
        store = self.machine.store
        found = {int(number) for number in re.findall(r"/catalog/products/(\d+)", part.path)}
        items = part.body.get("items", []) if isinstance(part.body, dict) else part.body
        of_variants = part.path.endswith("/catalog/variants")
        for item in items if isinstance(items, list) else []:
            variant = item.get("id") if of_variants else item.get("variant_id")
            if variant in store.variants:
                found.add(store.variants[variant].product_id)
            elif not of_variants and (item.get("product_id") or item.get("id")):
                found.add(int(item.get("product_id") or item["id"]))
        return set(map(str, found & set(store.products)))

    def levels(self, part: Part) -> list[tuple[str | None, Any]]:
        if not part.path.endswith(LEVELS):
            return []
        return [(self._set_of(item), item["quantity"]) for item in part.body["items"]]

    def _set_of(self, item: Mapping[str, Any]) -> str | None:
        if item.get("variant_id"):
            return str(item["variant_id"])
        product = self.machine.store.products.get(item.get("product_id"))
        return str(product.variants[0].id) if product is not None and product.variants else None

    def changed(self, part: Part) -> list[tuple[str, Item]]:
        if part.method != "PUT" or not re.search(r"/catalog/products(/[^/]+)?$", part.path):
            return []
        return [(str(item.get("id")), item) for item in (part.body if isinstance(part.body, list) else [part.body])]

    def doomed(self, part: Part) -> set[str]:
        found = _PRODUCTS.search(part.path)
        if part.method != "DELETE" or found is None:
            return set()
        named = found[2] or found[1]
        listed = part.query.get("id:in") or part.query.get("id") or ""
        return {named} if named else set(filter(None, listed.split(",")))

    def hidden(self, part: Part) -> set[str]:
        seen = {str(n) for n, product in self.machine.store.products.items() if product.fields["is_visible"]}
        return {key for key, item in self.changed(part) if item.get("is_visible") is False} & seen

    def priced(self, part: Part) -> set[str]:
        if part.method != "PUT" or not part.path.endswith(("/catalog/products", "/catalog/variants")):
            return set()
        kind = "variants" if part.path.endswith("variants") else "products"
        shelf = getattr(self.machine.store, kind)
        items = [item for item in part.body if "price" in item and item.get("id") in shelf]
        return {f"{kind} {item['id']}" for item in items if _moves(shelf[item["id"]], item["price"])}


def _names(buyer: Mapping[str, str]) -> dict[str, str]:
    first, _, last = buyer["name"].partition(" ")
    return {"first_name": first, "last_name": last} if last else {"first_name": first}


def _moves(record: Any, price: Any) -> bool:
    present = record.fields["price"]
    return present is not None and Decimal(str(price)) != Decimal(present)


SHOP = BigCommerceShop
