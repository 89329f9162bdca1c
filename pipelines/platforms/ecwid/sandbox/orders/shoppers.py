"""What shoppers do in a rehearsal: a few orders, one of which is changed and one cancelled at their second visit."""

from __future__ import annotations

from pipelines.kit.sandbox import locked
from pipelines.platforms.ecwid.sandbox.orders.control import OrderControl

ENOUGH = 3
"""Units an item must have to be bought in a rehearsal."""


class Shoppers(OrderControl):
    """Shoppers who buy what there is enough of, in the order of the catalogue."""

    @locked
    def shop(self, visit: int) -> list[str]:
        """Visit 1 places orders, visit 2 lowers the first and cancels the last; later ones do nothing."""
        return self._buy() if visit == 1 else self._think_again() if visit == 2 else []

    def _buy(self) -> list[str]:
        found = self._plenty()
        if len(found) < ENOUGH:
            return []
        jane = {"email": "jane@buyer.example", "name": "Jane Doe"}
        first = self.place_order([(found[0], 2)], jane, shipping=5, message="Please leave it at the door")
        second = self.place_order([(found[1], 1), (found[2], 1)], "guest@buyer.example")
        third = self.place_order([(found[1], 1)], jane, status="AWAITING_PAYMENT", payment="Bank transfer")
        self.rehearsed = [first, third]
        return [
            f"order {first}: 2 of {found[0]}, shipped for 5.00",
            f"order {second}: {found[1]} and {found[2]}, by a guest",
            f"order {third}: {found[1]}, to be paid later",
        ]

    def _think_again(self) -> list[str]:
        placed: list[str] = getattr(self, "rehearsed", [])
        if not placed:
            return []
        self.edit_order(placed[0], [{"line": 0, "quantity": 1}])
        self.cancel(placed[1])
        return [f"order {placed[0]} is changed to 1 unit", f"order {placed[1]} is cancelled"]

    def _plenty(self) -> list[str]:
        """SKUs of which there is enough, one a product."""
        chosen = []
        for product in self.shelves.products.values():
            skus = [one.sku for one in product.variations if one.sku] or [product.sku]
            plenty = (sku for sku in skus if (self.level_of(*self.find_sku(sku)) or 0) >= ENOUGH)
            chosen += [sku for sku in (next(plenty, None),) if sku]
        return chosen[:ENOUGH]
