"""Shoppers of a store's sandbox: their visits in a rehearsal, and the deeds by which a person is one of them.

How an order is placed, changed and paid is the platform's own; it states here only what its words for that are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from pipelines.kit.sandbox.deeds import NotDone, counted, deed, number, units
from pipelines.kit.sandbox.machine import Machine, locked

ENOUGH = 3
"""Units a product must have to be bought in a rehearsal."""
GUEST = "guest@buyer.example"
_FEW = 5


class Shoppers(Machine):
    """Shoppers who buy what there is enough of, in the order of the catalogue."""

    jane: ClassVar[Mapping[str, str]]
    """A buyer with an account, as ``place_order`` takes one."""
    unpaid: ClassVar[Mapping[str, Any]]
    """What ``place_order`` is told of an order that is to be paid later."""

    # --- what the store says -------------------------------------------------------------------------------

    def plenty(self) -> Iterable[str]:
        """Of each product one SKU of which there are ``ENOUGH``, in the order of the catalogue."""
        raise NotImplementedError

    def find_sku(self, sku: str) -> Any:
        """Who has a SKU. Raises KeyError."""
        raise NotImplementedError

    def skus_of(self, order_id: Any) -> Sequence[str]:
        """The SKU of each line of an order, in their order."""
        raise NotImplementedError

    def order_ids(self) -> Sequence[Any]:
        """Every order there is, the newest last."""
        raise NotImplementedError

    def place_order(self, lines: Iterable[Any], customer: Mapping[str, Any] | str = GUEST, **how: Any) -> Any:
        """A shopper's order; its id. Raises NotDone where there is not enough."""
        raise NotImplementedError

    def edit_order(self, order_id: Any, lines: Iterable[Mapping[str, Any]]) -> None:
        """Lines with ``line`` (a place from 0) and ``quantity``, or ``sku`` and ``quantity`` to add. Raises NotDone."""
        raise NotImplementedError

    def cancel(self, order_id: Any) -> None:
        """Cancel an order."""
        raise NotImplementedError

    def ship(self, order_id: Any) -> None:
        """Send an order."""
        raise NotImplementedError

    def refund(self, order_id: Any, *, amount: Decimal | None = None) -> Any:
        """Give money back, all that is left unless an amount is named. Raises NotDone for more than was paid."""
        raise NotImplementedError

    # --- a rehearsal ---------------------------------------------------------------------------------------

    @locked
    def shop(self, visit: int) -> list[str]:
        """Visit 1 places orders, visit 2 lowers the first and cancels the last; later ones do nothing."""
        return self._buy() if visit == 1 else self._think_again() if visit == 2 else []

    def _buy(self) -> list[str]:
        found = [sku for sku, _ in zip(self.plenty(), range(ENOUGH), strict=False)]
        if len(found) < ENOUGH:
            return []
        first = self.place_order([(found[0], 2)], self.jane, shipping=5, message="Please leave it at the door")
        second = self.place_order([(found[1], 1), (found[2], 1)], GUEST)
        third = self.place_order([(found[1], 1)], self.jane, **self.unpaid)
        self.rehearsed = [first, third]
        return [
            f"order {first}: 2 of {found[0]}, shipped for 5.00",
            f"order {second}: {found[1]} and {found[2]}, by a guest",
            f"order {third}: {found[1]}, to be paid later",
        ]

    def _think_again(self) -> list[str]:
        placed: list[Any] = getattr(self, "rehearsed", [])
        if not placed:
            return []
        self.edit_order(placed[0], [{"line": 0, "quantity": 1}])
        self.cancel(placed[1])
        return [f"order {placed[0]} is changed to 1 unit", f"order {placed[1]} is cancelled"]

    # --- deeds ---------------------------------------------------------------------------------------------

    @deed("place", "SKU[:N] …", "a shopper orders N of each, and pays")
    def do_place(self, words: Sequence[str]) -> dict[str, Any]:
        lines = self._lines_wanted(words, least=1)
        order_id = self.place_order([(sku, int(quantity)) for sku, quantity in lines], self.jane)
        return {"order": str(order_id), "says": [f"order {order_id}: {counted(lines)}"]}

    @deed("edit", "ORDER SKU[:N] …", "staff change how many of each are ordered; 0 takes it off, a new SKU is added")
    def do_edit(self, words: Sequence[str]) -> dict[str, Any]:
        order_id, lines = self._order_named(words), self._lines_wanted(words[1:], least=0)
        there = list(self.skus_of(order_id))
        if strange := [sku for sku, quantity in lines if not quantity and sku not in there]:
            raise NotDone(f"order {order_id} has no {strange[0]}")
        self.edit_order(order_id, [_change(there, sku, int(quantity)) for sku, quantity in lines])
        return {"order": str(order_id), "says": [f"order {order_id} now has {counted(lines)}"]}

    @deed("cancel", "ORDER", "an order is cancelled")
    def do_cancel(self, words: Sequence[str]) -> dict[str, Any]:
        order_id = self._order_named(words)
        self.cancel(order_id)
        return {"order": str(order_id), "says": [f"order {order_id} is cancelled"]}

    @deed("ship", "ORDER", "an order's goods leave")
    def do_ship(self, words: Sequence[str]) -> dict[str, Any]:
        order_id = self._order_named(words)
        self.ship(order_id)
        return {"order": str(order_id), "says": [f"order {order_id} is shipped"]}

    @deed("refund", "ORDER [AMOUNT]", "money goes back: the amount, or all that is left")
    def do_refund(self, words: Sequence[str]) -> dict[str, Any]:
        order_id, amount = self._order_named(words), number(words[1]) if words[1:] else None
        if words[1:] and not amount:
            raise NotDone(f"{words[1]} is no amount")
        self.refund(order_id, amount=amount)
        return {"order": str(order_id), "says": [f"order {order_id}: {amount or 'all that was left'} is refunded"]}

    def _order_named(self, words: Sequence[str]) -> Any:
        """The order that the first word names. Raises NotDone, naming the newest, where there is none such."""
        known = {str(order_id): order_id for order_id in self.order_ids()}
        if not words or words[0] not in known:
            newest = ", ".join(list(known)[-_FEW:]) or "none yet"
            raise NotDone(f"there is no order {words[0] if words else ''}".rstrip() + f"; the newest: {newest}")
        return known[words[0]]

    def _lines_wanted(self, words: Sequence[str], least: int) -> list[tuple[str, Decimal]]:
        lines = units(words, least, whole=True)
        for sku, _ in lines:
            try:
                self.find_sku(sku)
            except KeyError:
                raise NotDone(f"the store has no {sku}") from None
        return lines


def _change(there: Sequence[str], sku: str, quantity: int) -> dict[str, Any]:
    return {"line": there.index(sku), "quantity": quantity} if sku in there else {"sku": sku, "quantity": quantity}
