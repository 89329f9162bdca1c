"""The shelves: every record with the indexes that keep look-ups and uniqueness checks at one step.

What may be put on them is decided by the ``*_changes`` modules; this one keeps ids and indexes straight.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.kit.sandbox.numbers import Numbered
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, gone, in_use
from pipelines.platforms.bigcommerce.sandbox.levels import Levels
from pipelines.platforms.bigcommerce.sandbox.records import Product, Variant

MAIN_LOCATION = {
    "id": 1,
    "code": "BC-LOCATION-1",
    "label": "Default location",
    "description": "",
    "type_id": "PHYSICAL",
    "enabled": True,
    "managed_by_external_source": False,
    "time_zone": "Etc/UTC",
    "storefront_visibility": True,
    "special_hours": [],
}


class Store(Numbered):
    """Products, variants, brands, categories, locations and levels of one store."""

    def __init__(self, fold_names: Callable[[], bool] = lambda: False) -> None:
        self.products: dict[int, Product] = {}
        self.product_ids: list[int] = []
        self.variants: dict[int, Variant] = {}
        self.variant_ids: list[int] = []
        self.names: dict[str, int] = {}
        self._folded: dict[str, set[int]] = {}
        self.skus: dict[str, str] = {}
        """lower-case SKU → item that has it (``p…`` or ``v…``)."""
        self.urls: dict[str, int] = {}
        self.brands: dict[int, dict[str, Any]] = {}
        self.brand_names: dict[str, int] = {}
        self.categories: dict[int, dict[str, Any]] = {}
        self.locations: dict[int, dict[str, Any]] = {1: dict(MAIN_LOCATION)}
        self.levels = Levels()
        self.fold_names = fold_names
        self._holders: list[tuple[Product, Variant | None]] | None = None
        self._last: dict[str, int] = {
            "product": 76, "variant": 76, "sku": 0, "option": 107, "value": 94, "order": 99,
        }  # fmt: skip

    # --- ids and look-ups ----------------------------------------------------------------------------------

    def product(self, id_: str | int) -> Product:
        """The product of an id from a path. Raises Refusal 404."""
        found: Product = _found(self.products, id_, "product")
        return found

    def variant(self, id_: str | int, product: Product | None = None) -> Variant:
        """The variant of an id from a path. Raises Refusal 404, also when it is another product's."""
        variant: Variant = _found(self.variants, id_, "variant")
        if product is not None and variant.product_id != product.id:
            raise gone("variant", id_)
        return variant

    def by_sku(self, sku: str) -> Product | Variant | None:
        """Who has a SKU, ignoring case."""
        item = self.skus.get(sku.lower())
        if item is None:
            return None
        return self.products[int(item[1:])] if item[0] == "p" else self.variants[int(item[1:])]

    def named(self, name: str) -> set[int]:
        """Ids of the products of a name; whether case counts is for ``fold_names`` to say."""
        if self.fold_names():
            return self._folded.get(name.casefold(), set())
        return {self.names[name]} if name in self.names else set()

    def _name(self, name: str, id_: int) -> None:
        self.names[name] = id_
        self._folded.setdefault(name.casefold(), set()).add(id_)

    def _unname(self, name: str, id_: int) -> None:
        self._free(self.names, name, id_)
        self._folded.get(name.casefold(), set()).discard(id_)

    def holders_of(self, product: Product) -> list[tuple[Product, Variant | None]]:
        """Who holds the stock of a product: each variant, or the product as a whole where it has several."""
        if product.fields["inventory_tracking"] == "product" and product.base is None:
            return [(product, None)]
        return [(product, variant) for variant in product.variants]

    def holders(self) -> list[tuple[Product, Variant | None]]:
        """Everyone who holds stock, by product id."""
        if self._holders is None:
            self._holders = [one for id_ in self.product_ids for one in self.holders_of(self.products[id_])]
        return self._holders

    def holders_changed(self) -> None:
        """Note that who holds stock may have changed."""
        self._holders = None

    # --- uniqueness ----------------------------------------------------------------------------------------

    def claim_name(self, name: str, product: Product) -> None:
        """Give a product a name. Raises Refusal 409 when another has it."""
        if self.named(name) - {product.id}:
            raise in_use("name", "The product name is a duplicate")
        self._unname(product.fields["name"], product.id)
        self._name(name, product.id)
        product.fields["name"] = name

    def claim_sku(self, sku: str, item: str, former: str) -> None:
        """Give an item a SKU in place of its former one ('' is no SKU). Raises Refusal 409."""
        key = sku.lower()
        if key and self.skus.get(key, item) != item:
            raise in_use("sku", f"The product sku is a duplicate: {sku}" if item[0] == "p" else _sku_title(sku))
        if former and self.skus.get(former.lower()) == item:
            del self.skus[former.lower()]
        if key:
            self.skus[key] = item

    def claim_url(self, url: str, product: Product) -> bool:
        """Give a product a URL; False when another has it."""
        if self.urls.get(url, product.id) != product.id:
            return False
        self.urls.pop(product.url.get("url", ""), None)
        self.urls[url] = product.id
        return True

    # --- putting in and taking out -------------------------------------------------------------------------

    def add(self, product: Product) -> None:
        """Put a product with its variants on the shelf; its name, SKUs and URL are free."""
        self.holders_changed()
        self.products[product.id] = product
        _insert(self.product_ids, product.id)
        self._name(product.fields["name"], product.id)
        if product.fields["sku"]:
            self.skus[product.fields["sku"].lower()] = f"p{product.id}"
        if product.url.get("url"):
            self.urls[product.url["url"]] = product.id
        for variant in product.variants:
            self.index(variant)

    def index(self, variant: Variant) -> None:
        """Make a variant findable; its SKU is free."""
        self.holders_changed()
        self.variants[variant.id] = variant
        _insert(self.variant_ids, variant.id)
        if not variant.is_base and variant.sku:
            self.skus[variant.sku.lower()] = f"v{variant.id}"

    def remove(self, product: Product) -> None:
        """Take a product with its variants and levels off the shelf."""
        self._unindex(product)
        self.levels.forget(_items(product), self.locations)

    def drop(self, product: Product, variant: Variant) -> None:
        """Take one variant away."""
        product.variants.remove(variant)
        self._unindex_variant(variant)
        self.levels.forget([f"v{variant.id}"], self.locations)

    def _unindex(self, product: Product) -> None:
        self.holders_changed()
        del self.products[product.id]
        _take(self.product_ids, product.id)
        self._unname(product.fields["name"], product.id)
        self._free(self.skus, product.fields["sku"].lower(), f"p{product.id}")
        self._free(self.urls, product.url.get("url", ""), product.id)
        for variant in product.variants:
            self._unindex_variant(variant)

    def _unindex_variant(self, variant: Variant) -> None:
        self.holders_changed()
        self.variants.pop(variant.id, None)
        _take(self.variant_ids, variant.id)
        self._free(self.skus, variant.sku.lower(), f"v{variant.id}")

    @staticmethod
    def _free(index: dict[str, Any], key: str, owner: object) -> None:
        if index.get(key) == owner:
            del index[key]

    @contextmanager
    def all_or_nothing(self, products: Iterable[Product]) -> Iterator[None]:
        """Put the named products back as they were, and new ones away, when a Refusal comes out."""
        before = [(product, product.copy(), self.levels.kept(_items(product), self.locations)) for product in products]
        newest = self._last["product"]
        try:
            yield
        except Refusal:
            for id_ in [id_ for id_ in self.product_ids if id_ > newest]:
                self.remove(self.products[id_])
            for product, _, _ in before:
                self.remove(self.products[product.id])
            for _, copy, levels in before:
                self.add(copy)
                self.levels.put_back(levels)
            raise

    # --- saved state ---------------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """JSON-able; Decimal occurs."""
        return {
            "last": dict(self._last),
            "products": [self.products[id_].dump() for id_ in self.product_ids],
            "brands": list(self.brands.values()),
            "categories": list(self.categories.values()),
            "locations": list(self.locations.values()),
            **self.levels.dump(),
        }

    def read(self, saved: dict[str, Any]) -> None:
        """Take a ``dump`` back, in place of all there is."""
        self.__init__(self.fold_names)  # type: ignore[misc]
        self._last = dict(saved["last"])
        for record in saved["products"]:
            self.add(Product.read(record))
        self.brands = {brand["id"]: brand for brand in saved["brands"]}
        self.brand_names = {brand["name"].casefold(): brand["id"] for brand in saved["brands"]}
        self.categories = {category["category_id"]: category for category in saved["categories"]}
        self.locations = {location["id"]: location for location in saved["locations"]}
        self.levels.read(saved)


def _found(shelf: dict[int, Any], id_: str | int, what: str) -> Any:
    try:
        return shelf[int(id_)]
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise gone(what, id_) from error


def _items(product: Product) -> list[str]:
    return [f"p{product.id}", *(f"v{variant.id}" for variant in product.variants)]


def _sku_title(sku: str) -> str:
    return f"The variant sku is a duplicate: {sku}"


def _insert(ids: list[int], id_: int) -> None:
    if not ids or id_ > ids[-1]:
        ids.append(id_)
    else:
        insort(ids, id_)


def _take(ids: list[int], id_: int) -> None:
    at = bisect_left(ids, id_)
    if at < len(ids) and ids[at] == id_:
        del ids[at]
