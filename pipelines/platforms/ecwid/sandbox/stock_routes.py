"""Stock: by delta, with its warning; what shoppers and merchants do to it by hand (fact sheet §2.5)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.ecwid.sandbox.answers import Refusal, body_of, flag, wrong
from pipelines.platforms.ecwid.sandbox.base import API
from pipelines.platforms.ecwid.sandbox.fields import whole
from pipelines.platforms.ecwid.sandbox.records import Product, Variation
from pipelines.platforms.ecwid.sandbox.variation_changes import VariationChanges

PRODUCT = f"{API}/products/{{product}}"
COMBINATION = f"{PRODUCT}/combinations/{{combination}}"
NEGATIVE = "Product has negative stock."


class StockRoutes(VariationChanges):
    """Levels."""

    @route("PUT", f"{PRODUCT}/inventory")
    def adjust_product(self, request: Request, product: str) -> Response:
        return self._adjusted(request, self.shelves.product(product), None)

    @route("PUT", f"{COMBINATION}/inventory")
    def adjust_combination(self, request: Request, product: str, combination: str) -> Response:
        return self._adjusted(request, *self.shelves.combination(product, combination))

    def _adjusted(self, request: Request, product: Product, variation: Variation | None) -> Response:
        delta = body_of(request, dict).get("quantityDelta")
        flag(request, "checkLowStockNotification")
        if delta is None or whole(delta):
            raise wrong("quantityDelta must be a whole number")
        if variation is not None and not variation.sku:
            raise wrong("SKU for combination is not set")
        held = (variation or product).fields
        if held.get("unlimited", True) and self.switches["delta_on_unlimited"] != "track":
            if self.switches["delta_on_unlimited"] == "refuse":
                raise wrong("The product is not tracked")
            return Response.json(200, {"updateCount": 0})
        left = self.move(product, variation, delta)
        warning = {"warning": NEGATIVE} if left < 0 else {}
        return Response.json(200, {"updateCount": 1, **warning})

    def move(self, product: Product, variation: Variation | None, delta: int) -> int:
        """Change a level by so much; the level afterwards, which may be below 0. Untracked items become tracked."""
        with self.changing(product):
            fields = (variation or product).fields
            level = int(fields.get("quantity", 0)) + delta
            if whole(level):
                raise wrong("The level would not fit")
            fields |= {"quantity": level, "unlimited": False}
            if variation is not None and variation.sku == product.sku:
                product.fields |= {"quantity": level, "unlimited": False}
        return level

    def holder(self, product: Product, variation: Variation | None) -> tuple[Product, Variation | None]:
        """Who has the stock of an item: a variation without a SKU of its own has its product's (§2.4)."""
        own = variation is not None and variation.sku and variation.sku != product.sku
        return product, variation if own else None

    def level_of(self, product: Product, variation: Variation | None) -> int | None:
        """The level of an item as it truly is; None where it is not tracked."""
        _, held = self.holder(product, variation)
        fields: dict[str, Any] = (held or product).fields
        return None if fields.get("unlimited", True) else int(fields["quantity"])

    def find_sku(self, sku: str) -> tuple[Product, Variation | None]:
        """Who has a SKU; a variation before a product. Raises KeyError."""
        owners = sorted(self.shelves.skus.get(sku, ()), key=lambda owner: (-owner[1], owner[0]))
        if not owners:
            raise KeyError(sku)
        product = self.shelves.products[owners[0][0]]
        return product, product.variation(owners[0][1])


class OutOfStock(Refusal):
    """The store's own protection: a tracked item has not enough for an order. A shopper goes without."""

    def __init__(self, sku: str) -> None:
        super().__init__(None, f"{sku} is out of stock", 400)
        self.sku = sku
