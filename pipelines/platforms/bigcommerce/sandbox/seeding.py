"""Filling the store with a catalogue as products that were there before (`design.md` §7, ``--catalog``)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.kit.sandbox import locked
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.control import Control, whole_units
from pipelines.platforms.bigcommerce.sandbox.records import Product
from pipelines.platforms.bigcommerce.sandbox.shelf_routes import ShelfRoutes

if TYPE_CHECKING:
    from pipelines.kit.catalogue_csv import Catalogue, Family, Variant

GRAMS = Decimal(1000)


class Seeding(Control, ShelfRoutes):
    """Products out of a catalogue."""

    _shelves: dict[str, int]
    """lower-case category name → id, while seeding."""

    @locked
    def seed(self, catalogue: Catalogue) -> None:
        """One product for each family; a family the store could not hold is listed in ``facts['not_seeded']``."""
        left_out: list[list[str]] = self.facts.setdefault("not_seeded", [])
        self._shelves = {kept["name"].casefold(): id_ for id_, kept in self.store.categories.items()}
        for family in catalogue.families:
            try:
                product, _ = self.create_product(self._body(family))
            except Refusal as refusal:
                left_out.append([family.handle, refusal.title])
            else:
                self._seed_levels(product, family)

    def _body(self, family: Family) -> dict[str, Any]:
        first = family.variants[0]
        simple = not family.option_names
        body = {
            "name": family.name,
            "type": "physical",
            "price": first.price,
            "weight": (first.grams or Decimal(0)) / GRAMS,
            "cost_price": first.cost or 0,
            "description": family.description or "",
            "search_keywords": ", ".join(family.tags),
            "is_visible": family.active,
            "inventory_tracking": self._tracking(family),
            "categories": self._categories(family),
            "images": [{"image_url": image.url, "sort_order": image.position - 1} for image in family.images],
        }
        if family.brand:
            body["brand_name"] = family.brand
        if simple:
            return {**body, "sku": first.sku, "upc": _upc(first)}
        return {**body, "variants": [self._variant(family, variant) for variant in family.variants]}

    def _tracking(self, family: Family) -> str:
        if all(variant.quantity is None for variant in family.variants):
            return "none"
        return "variant" if family.option_names else "product"

    def _categories(self, family: Family) -> list[int]:
        name = (family.category or "")[:50]
        if not name:
            return []
        if name.casefold() not in self._shelves:
            self._shelves[name.casefold()] = self.new_category({"name": name, "tree_id": 1})["category_id"]
        return [self._shelves[name.casefold()]]

    def _variant(self, family: Family, variant: Variant) -> dict[str, Any]:
        pairs = zip(family.option_names, variant.option_values, strict=True)
        return {
            "sku": variant.sku,
            "price": variant.price,
            "cost_price": variant.cost,
            "weight": None if variant.grams is None else variant.grams / GRAMS,
            "upc": _upc(variant),
            "image_url": variant.image_url or "",
            "option_values": [{"option_display_name": name, "label": value} for name, value in pairs],
        }

    def _seed_levels(self, product: Product, family: Family) -> None:
        for variant in family.variants:
            if variant.quantity is not None:
                owner, held = self.find_sku(variant.sku)
                self.store.levels.put((1, self.item_of(owner, held)), whole_units(variant.quantity), 0.0)
        product.changed()


def _upc(variant: Variant) -> str:
    code = variant.barcode or ""
    return code if len(code) <= 14 else ""
