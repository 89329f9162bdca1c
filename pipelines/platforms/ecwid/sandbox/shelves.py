"""The shelves: products, categories, attributes, what was deleted; with ids and indexes, and what a search sees yet.

What may be put on them is decided by the ``*_changes`` modules.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.kit.sandbox.numbers import Numbered
from pipelines.platforms.ecwid.sandbox.answers import digits, gone
from pipelines.platforms.ecwid.sandbox.records import Product, Variation

GENERAL = {
    "id": 0,
    "attributes": [
        {"id": 201437967, "name": "Units in product", "type": "UNITS_IN_PRODUCT", "show": "DESCR"},
        {"id": 201437968, "name": "Price per unit", "type": "PRICE_PER_UNIT", "show": "PRICE"},
        {"id": 201437969, "name": "UPC", "type": "UPC", "show": "DESCR"},
        {"id": 201437970, "name": "Brand", "type": "BRAND", "show": "DESCR"},
    ],
}
"""The product type every store has, which holds brand and UPC (fact sheet §2.9)."""

Owner = tuple[int, int]
"""Product id and variation id; 0 for the product itself."""


class Shelves(Numbered):
    """Products, categories and product types of one store."""

    def __init__(self) -> None:
        self.products: dict[int, Product] = {}
        self.skus: dict[str, set[Owner]] = {}
        self.references: dict[str, set[Owner]] = {}
        self.categories: dict[int, dict[str, Any]] = {}
        self.classes: dict[int, dict[str, Any]] = {0: copy.deepcopy(GENERAL)}
        self.deleted: dict[str, list[list[int]]] = {"products": [], "orders": [], "customers": []}
        """By kind: [id, unix second]."""
        self.moved: dict[str, int] = {}
        """When records of a kind last changed."""
        self.version = 0
        """Changes whenever a list of products may have."""
        self._earlier: dict[int, list[tuple[float, Product | None]]] = {}
        """What a search still shows of a product: [until, as it was (None: not there yet)]."""
        self._last: dict[str, int] = {
            "product": 692730000, "combination": 422488000, "category": 9691000, "image": 4519591000,
            "order": 516483000, "item": 1828115000, "customer": 177737000, "contact": 113861000, "sku": 0,
        }  # fmt: skip

    def free_sku(self) -> str:
        """A SKU nobody has, as the store gives one to a product that was sent none."""
        while (sku := f"{self.next_id('sku'):05d}") in self.skus:
            pass
        return sku

    # --- look-ups ------------------------------------------------------------------------------------------

    def product(self, id_: object) -> Product:
        """Raises Refusal when it is not there."""
        found = self.products.get(int(str(id_))) if digits(str(id_)) else None
        if found is None:
            raise gone("Product", id_)
        return found

    def combination(self, product_id: object, id_: object) -> tuple[Product, Variation]:
        """Raises Refusal when the product or the variation is not there."""
        product = self.product(product_id)
        found = product.variation(int(str(id_))) if digits(str(id_)) else None
        if found is None:
            raise gone("Combination", id_)
        return product, found

    def category(self, id_: object) -> dict[str, Any]:
        """Raises Refusal when it is not there."""
        found = self.categories.get(int(str(id_))) if digits(str(id_)) else None
        if found is None:
            raise gone("Category", id_)
        return found

    def attribute(self, entry: Mapping[str, Any]) -> dict[str, Any] | None:
        """The attribute an entry means: by id, by alias (the attribute's type), or by name."""
        known = [one for type_ in self.classes.values() for one in type_["attributes"]]
        for name, value in (("id", entry.get("id")), ("type", entry.get("alias")), ("name", entry.get("name"))):
            if value is not None:
                return next((one for one in known if one[name] == value), None)
        return None

    # --- indexes -------------------------------------------------------------------------------------------

    def put_in(self, product: Product) -> None:
        """Put a new product on the shelf."""
        self.products[product.id] = product
        self.index(product)

    def take_out(self, product: Product) -> None:
        """Take a product off the shelf."""
        self.unindex(product)
        del self.products[product.id]

    def index(self, product: Product) -> None:
        """Enter the SKUs and references of a product."""
        self.version += 1
        for table, value, owner in self._entries(product):
            table.setdefault(value, set()).add(owner)

    def unindex(self, product: Product) -> None:
        """Strike the SKUs and references of a product out."""
        self.version += 1
        for table, value, owner in self._entries(product):
            owners = table.get(value, set())
            owners.discard(owner)
            if not owners:
                table.pop(value, None)

    def _entries(self, product: Product) -> Iterator[tuple[dict[str, set[Owner]], str, Owner]]:
        for id_, fields in ((0, product.fields), *((one.id, one.fields) for one in product.variations)):
            if fields.get("sku"):
                yield self.skus, str(fields["sku"]), (product.id, id_)
            if fields.get("externalReferenceId"):
                yield self.references, str(fields["externalReferenceId"]), (product.id, id_)

    # --- what a search sees --------------------------------------------------------------------------------

    def remember(self, product_id: int, before: Product | None, now: float, lag: float) -> None:
        """Let searches show a product as it was ``before`` (None: not at all) for so many seconds."""
        if lag > 0:
            ahead = [step for step in self._earlier.get(product_id, ()) if step[0] > now]
            self._earlier[product_id] = [*ahead, (now + lag, before)]

    @property
    def lagging(self) -> bool:
        """Whether a search may see something else than what is there."""
        return bool(self._earlier)

    def indexed(self, now: float) -> list[Product]:
        """Every product as a search shows it now, by id."""
        if not self._earlier:
            return list(self.products.values())
        seen = dict(self.products)
        for id_, steps in list(self._earlier.items()):
            ahead = [step for step in steps if step[0] > now]
            if not ahead:
                del self._earlier[id_]
                continue
            self._earlier[id_] = ahead
            if ahead[0][1] is None:
                seen.pop(id_, None)
            else:
                seen[id_] = ahead[0][1]
        return sorted(seen.values(), key=lambda product: product.id)

    # --- saved state ---------------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """JSON-able; searches that lag go on lagging."""
        return {
            "products": [product.dump() for product in self.products.values()],
            "earlier": [
                [id_, [[until, before.dump() if before else None] for until, before in steps]]
                for id_, steps in self._earlier.items()
            ],
            "categories": list(self.categories.values()),
            "classes": list(self.classes.values()),
            "deleted": self.deleted,
            "moved": self.moved,
            "last": self._last,
        }

    def read(self, saved: Mapping[str, Any]) -> None:
        """Take a ``dump`` back."""
        self.version += 1
        self.products, self.skus, self.references = {}, {}, {}
        for one in saved["products"]:
            self.put_in(Product.read(one))
        self._earlier = {
            int(id_): [(float(until), Product.read(one) if one else None) for until, one in steps]
            for id_, steps in saved["earlier"]
        }
        self.categories = {one["id"]: dict(one) for one in saved["categories"]}
        self.classes = {one["id"]: dict(one) for one in saved["classes"]}
        self.deleted = {kind: [list(row) for row in rows] for kind, rows in saved["deleted"].items()}
        self.moved = dict(saved["moved"])
        self._last = dict(saved["last"])
