"""Who shops in a rehearsal of this store: its words for a buyer and an unpaid order, and what there is enough of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pipelines.kit.sandbox.shoppers import ENOUGH
from pipelines.kit.sandbox.shoppers import Shoppers as AnyShoppers
from pipelines.platforms.ecwid.sandbox.orders.control import OrderControl


class Shoppers(OrderControl, AnyShoppers):
    """Shoppers of this store."""

    jane: ClassVar[Mapping[str, str]] = {"email": "jane@buyer.example", "name": "Jane Doe"}
    unpaid: ClassVar[Mapping[str, Any]] = {"status": "AWAITING_PAYMENT", "payment": "Bank transfer"}

    def plenty(self) -> Iterator[str]:
        for product in self.shelves.products.values():
            skus = [one.sku for one in product.variations if one.sku] or [product.sku]
            enough = (sku for sku in skus if (self.level_of(*self.find_sku(sku)) or 0) >= ENOUGH)
            yield from (sku for sku in (next(enough, ""),) if sku)

    def skus_of(self, order_id: str) -> Sequence[str]:
        return [str(line.item["sku"]) for line in self.book.order(order_id).lines]
