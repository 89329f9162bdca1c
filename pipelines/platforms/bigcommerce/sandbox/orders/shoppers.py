"""Who shops in a rehearsal of this store: its words for a buyer and an unpaid order, and what there is enough of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pipelines.kit.sandbox.shoppers import ENOUGH
from pipelines.kit.sandbox.shoppers import Shoppers as AnyShoppers
from pipelines.platforms.bigcommerce.sandbox.control import Control
from pipelines.platforms.bigcommerce.sandbox.orders.control import OrderControl
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import AWAITING_PAYMENT


class Shoppers(OrderControl, Control, AnyShoppers):
    """Shoppers of this store."""

    jane: ClassVar[Mapping[str, str]] = {"email": "jane@buyer.example", "first_name": "Jane", "last_name": "Doe"}
    unpaid: ClassVar[Mapping[str, Any]] = {"status": AWAITING_PAYMENT, "payment": ("Bank Deposit", "none")}

    def plenty(self) -> Iterator[str]:
        for product in self.store.products.values():
            skus = [variant.sku or product.fields["sku"] for variant in product.variants]
            counts = product.fields["inventory_tracking"] != "none"
            yield from (sku for sku in (next((s for s in skus if counts and self.level(s) >= ENOUGH), ""),) if sku)

    def skus_of(self, order_id: int) -> Sequence[str]:
        return [line.sku for line in self.book.order(order_id).lines]
