"""What tests and the demo do to the store by hand: the merchant's own edits, sales, deletions.

These are not part of the API; over HTTP there is nothing but the platform's own operations.
"""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import from_json, locked, to_json
from pipelines.platforms.ecwid.sandbox.category_routes import CategoryRoutes
from pipelines.platforms.ecwid.sandbox.image_routes import ImageRoutes
from pipelines.platforms.ecwid.sandbox.product_routes import ProductRoutes
from pipelines.platforms.ecwid.sandbox.profile_routes import ProfileRoutes
from pipelines.platforms.ecwid.sandbox.records import Product, Variation
from pipelines.platforms.ecwid.sandbox.stock_routes import OutOfStock


class Control(ImageRoutes, CategoryRoutes, ProfileRoutes, ProductRoutes):
    """The hands of the merchant and of the shoppers. Unknown records raise Refusal or KeyError."""

    @locked
    def make_product(self, **fields: Any) -> Product:
        """Make a product as the API would, with its ``combinations``."""
        return self.create_product({"price": 0, **fields})

    @locked
    def edit_product(self, product_id: int | str, **fields: Any) -> Product:
        """Edit a product in the store's admin; any writable field of it."""
        product = self.shelves.product(product_id)
        with self.changing(product):
            self.change_fields(product, fields)
        return product

    @locked
    def edit_variation(self, product_id: int | str, variation_id: int | str, **fields: Any) -> Variation:
        """Edit a variation; any writable field of it."""
        product, variation = self.shelves.combination(product_id, variation_id)
        with self.changing(product):
            self.change_variation(product, variation, fields)
        return variation

    @locked
    def add_variation_to(self, product_id: int | str, **fields: Any) -> Variation:
        """Add a variation in the store's admin."""
        product = self.shelves.product(product_id)
        with self.changing(product):
            return self.add_variation(product, fields)

    @locked
    def delete_product(self, product_id: int | str) -> None:
        """Delete a product."""
        self.remove_product(self.shelves.product(product_id))

    @locked
    def delete_sku(self, sku: str) -> None:
        """Delete the variation of a SKU, or its product when it is the product's own."""
        product, variation = self.find_sku(sku)
        if variation is None:
            self.remove_product(product)
            return
        with self.changing(product):
            self.remove_variation(product, variation)

    @locked
    def add_image_to(self, product_id: int | str, url: str, main: bool = False) -> int:
        """Add an image to a product; its id."""
        product = self.shelves.product(product_id)
        with self.changing(product):
            return self.add_image(product, {"source": url}, main)

    @locked
    def image_sources(self, product_id: int | str) -> list[str]:
        """Where the images of a product came from, in their order."""
        return [str(image["source"]) for image in self.shelves.product(product_id).images]

    @locked
    def variant_image(self, sku: str) -> str:
        """The address a variation's own picture came from; '' when it has none. Raises KeyError."""
        _, variation = self.find_sku(sku)
        if variation is None:
            raise KeyError(sku)
        return str(variation.image["source"]) if variation.image else ""

    @locked
    def set_level(self, sku: str, level: int) -> None:
        """Set a level by hand; the item is tracked from then on."""
        product, held = self.holder(*self.find_sku(sku))
        with self.changing(product):
            (held or product).fields.update(quantity=level, unlimited=False)

    @locked
    def level(self, sku: str) -> int:
        """The level as it truly is; 0 where the item is not tracked."""
        return self.level_of(*self.find_sku(sku)) or 0

    @locked
    def sell(self, sku: str, quantity: int = 1) -> int:
        """A shopper takes stock; the level afterwards. Raises OutOfStock when a tracked item has not enough.

        Untracked items sell without a level. The order itself is not kept.
        """
        product, variation = self.find_sku(sku)
        level = self.level_of(product, variation)
        if level is None:
            return 0
        if level < quantity:
            raise OutOfStock(sku)
        return self.move(*self.holder(product, variation), -quantity)

    @locked
    def product_by_sku(self, sku: str) -> dict[str, Any]:
        """The product of a SKU as the API shows it, as it is now. Raises KeyError."""
        record: dict[str, Any] = from_json(to_json(self.product_record(self.find_sku(sku)[0])))
        return record

    @locked
    def variant_by_sku(self, sku: str) -> dict[str, Any]:
        """The variation of a SKU as the API shows it. Raises KeyError when only a product has it."""
        product, variation = self.find_sku(sku)
        if variation is None:
            raise KeyError(sku)
        record: dict[str, Any] = from_json(to_json(self.variation_record(product, variation)))
        return record
