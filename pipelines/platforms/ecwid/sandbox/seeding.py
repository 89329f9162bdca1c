"""Filling the store with a catalogue as products that were there before (`design.md` §7, ``--catalog``)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.kit.sandbox import locked
from pipelines.platforms.ecwid.sandbox.answers import Refusal
from pipelines.platforms.ecwid.sandbox.control import Control

if TYPE_CHECKING:
    from pipelines.kit.catalogue_csv import Catalogue, Family, Variant

UNITS = {
    "GRAM": Decimal(1),
    "KILOGRAM": Decimal(1000),
    "POUND": Decimal("453.59237"),
    "OUNCE": Decimal("28.349523125"),
    "CARAT": Decimal("0.2"),
}
"""Grams in the store's unit of weight."""
PLACES = Decimal("0.001")


class Seeding(Control):
    """Products out of a catalogue."""

    @locked
    def seed(self, catalogue: Catalogue) -> None:
        """One product for each family; a family the store could not hold is listed in ``facts['not_seeded']``."""
        left_out: list[list[str]] = self.facts.setdefault("not_seeded", [])
        shelves = {one["name"]: id_ for id_, one in self.shelves.categories.items()}
        for family in catalogue.families:
            if family.category and family.category not in shelves:
                shelves[family.category] = self.new_category({"name": family.category})["id"]
            try:
                product = self.create_product(self._body(family, shelves.get(family.category or "")))
            except Refusal as refusal:
                left_out.append([family.handle, refusal.message])
                continue
            with self.changing(product):
                for image in sorted(family.images, key=lambda one: one.position):
                    self.add_image(product, {"source": image.url}, main=not product.images)

    def _body(self, family: Family, category: int | None) -> dict[str, Any]:
        first = family.variants[0]
        body: dict[str, Any] = {
            "name": family.name,
            "description": family.description or "",
            "enabled": family.active,
            "categoryIds": [category] if category else [],
            "attributes": [{"alias": "BRAND", "value": family.brand}] if family.brand else [],
        }
        if not family.option_names:
            body["attributes"] += _upc(first)
            return {**body, **self._sellable(first)}
        names = family.option_names
        body["price"] = min(one.price for one in family.variants)
        body["combinations"] = [
            {**self._sellable(one), "attributes": _upc(one),
             "options": [{"name": name, "value": value} for name, value in zip(names, one.option_values, strict=True)]}
            for one in family.variants
        ]  # fmt: skip
        return body

    def _sellable(self, variant: Variant) -> dict[str, Any]:
        item: dict[str, Any] = {"sku": variant.sku, "price": variant.price, "costPrice": variant.cost or 0}
        if variant.grams is not None:
            item["weight"] = (variant.grams / UNITS[self.formats()["weightUnit"]]).quantize(PLACES)
        if variant.quantity is not None:
            item["quantity"] = int(variant.quantity)
        return item


def _upc(variant: Variant) -> list[dict[str, str]]:
    return [{"alias": "UPC", "value": variant.barcode}] if variant.barcode else []
