"""What tests and the demo do to the store by hand: the merchant's own edits, sales, deletions.

These are not part of the API; over HTTP there is nothing but the platform's own operations.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import locked
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.location_routes import LocationRoutes
from pipelines.platforms.bigcommerce.sandbox.option_routes import OptionRoutes
from pipelines.platforms.bigcommerce.sandbox.product_changes import ProductChanges
from pipelines.platforms.bigcommerce.sandbox.records import Product, Variant
from pipelines.platforms.bigcommerce.sandbox.render import product_record, variant_record


class Control(ProductChanges, OptionRoutes, LocationRoutes):
    """The hands of the merchant and of the shoppers. Unknown records raise Refusal or KeyError."""

    @locked
    def make_product(self, **fields: Any) -> Product:
        """Make a product as the API would; needs what the API needs, ``type`` and ``weight`` have defaults."""
        return self.create_product({"type": "physical", "weight": 0, **fields})[0]

    @locked
    def edit_product(self, product_id: int | str, **fields: Any) -> Product:
        """Edit a product in the control panel; any writable field of it."""
        product = self.store.product(product_id)
        with self.store.all_or_nothing([product]):
            self.change_product(product, fields)
        return product

    @locked
    def edit_variant(self, variant_id: int | str, **fields: Any) -> Variant:
        """Edit a variant; any writable field of it."""
        variant = self.store.variant(variant_id)
        self.change_variant(self.store.products[variant.product_id], variant, fields)
        return variant

    @locked
    def delete_product(self, product_id: int | str) -> None:
        """Delete a product."""
        self.remove_product(self.store.product(product_id))

    @locked
    def delete_sku(self, sku: str) -> None:
        """Delete the variant of a SKU, or its product when it is the only one."""
        product, variant = self.find_sku(sku)
        if variant is None or variant.is_base:
            self.remove_product(product)
        else:
            self.remove_variant(product, variant)
            self.touch(product)

    @locked
    def add_image_to(self, product_id: int | str, url: str, **fields: Any) -> dict[str, Any]:
        """Add an image to a product."""
        product = self.store.product(product_id)
        image = self.add_image(product, {"image_url": url, **fields})
        self.touch(product)
        return image

    @locked
    def add_modifier(self, product_id: int | str, display_name: str, **fields: Any) -> dict[str, Any]:
        """Give a product a modifier (a customization that carries no stock)."""
        product = self.store.product(product_id)
        body = {"display_name": display_name, "type": "text", "required": False, **fields}
        modifier = self.new_modifier(product, body)
        self.touch(product)
        return modifier

    @locked
    def use_option_set(self, product_id: int | str, option_set_id: int = 1) -> None:
        """Make a product one of the old kind, which refuses option edits."""
        product = self.store.product(product_id)
        product.option_set_id = option_set_id
        self.touch(product)

    @locked
    def add_location(self, label: str, **fields: Any) -> int:
        """Add a location; its id."""
        code = f"LOCATION-{len(self.store.locations) + 1}"
        return int(self.new_location({"code": code, "label": label, **fields})["id"])

    def find_sku(self, sku: str) -> tuple[Product, Variant | None]:
        """Who has a SKU: the product and its variant (None: the product itself has it). Raises KeyError."""
        owner = self.store.by_sku(sku)
        if owner is None:
            raise KeyError(sku)
        if isinstance(owner, Product):
            return owner, owner.base
        return self.store.products[owner.product_id], owner

    def _pair(self, sku: str, location_id: int) -> tuple[Product, tuple[int, str]]:
        product, variant = self.find_sku(sku)
        return product, (location_id, self.item_of(product, variant))

    @locked
    def set_level(self, sku: str, level: int, location_id: int = 1) -> None:
        """Set a level by hand; seen at once."""
        product, pair = self._pair(sku, location_id)
        self.store.levels.put(pair, level, self.unix())
        self.touch(product, moves_date=False)

    @locked
    def level(self, sku: str, location_id: int = 1) -> int:
        """The level as it truly is, whatever readers see yet; 0 where none was ever set."""
        _, pair = self._pair(sku, location_id)
        return self.store.levels.actual(pair) or 0

    @locked
    def sell(self, sku: str, quantity: int = 1, location_id: int = 1) -> int:
        """An order takes stock; the level afterwards. Raises Refusal when a tracked item has not enough.

        Untracked items sell without a level. Seen at once; the order itself is not kept.
        """
        product, pair = self._pair(sku, location_id)
        product.fields["total_sold"] += quantity
        if product.fields["inventory_tracking"] == "none":
            self.touch(product, moves_date=False)
            return 0
        left = (self.store.levels.actual(pair) or 0) - quantity
        if left < 0:
            raise Refusal(400, f"{sku} is out of stock")
        self.store.levels.put(pair, left, self.unix())
        self.touch(product, bool(self.switches["stock_moves_date_modified"]))
        return left

    @locked
    def product_by_sku(self, sku: str) -> dict[str, Any]:
        """The product of a SKU as the API shows it, with its lists, as plain Python."""
        product, _ = self.find_sku(sku)
        record = product_record(product, self.catalogue_level)
        variants = [variant_record(product, variant, self.catalogue_level) for variant in product.variants]
        return {
            **record,
            "variants": variants,
            "images": self.renderer.images(product),
            "custom_fields": product.custom_fields,
        }

    @locked
    def variant_by_sku(self, sku: str) -> dict[str, Any]:
        """The variant of a SKU as the API shows it. Raises KeyError when only a product has it."""
        product, variant = self.find_sku(sku)
        if variant is None:
            raise KeyError(sku)
        return variant_record(product, variant, self.catalogue_level)

    @locked
    def variant_image(self, sku: str) -> str:
        """The address a variant's own picture was fetched from; '' when it has none. Raises KeyError."""
        _, variant = self.find_sku(sku)
        if variant is None:
            raise KeyError(sku)
        return str(variant.fields["image_url"])

    @locked
    def set_store(self, **facts: Any) -> None:
        """Change what ``GET /v2/store`` says, e.g. ``is_price_entered_with_tax=True``."""
        self.facts.setdefault("store", {}).update(facts)


def whole_units(quantity: Decimal | int | None) -> int:
    """A quantity as a level the store can hold: whole and not below 0."""
    return max(0, int(quantity or 0))
