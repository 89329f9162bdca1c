"""What orders do to stock (fact sheet §4.3). A line remembers what it holds; no more than that goes back.

Cancelled and wholly refunded orders give their stock back by themselves, partly refunded ones do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipelines.platforms.ecwid.sandbox.orders.book import Line, Order
from pipelines.platforms.ecwid.sandbox.orders.customers import CustomerRoutes
from pipelines.platforms.ecwid.sandbox.records import Product, Variation
from pipelines.platforms.ecwid.sandbox.stock_routes import OutOfStock, StockRoutes

CALLED_OFF = frozenset({"CANCELLED", "REFUNDED"})
Item = tuple[int, int]


class OrderStock(StockRoutes, CustomerRoutes):
    """Taking stock for orders and putting it back."""

    def takes_now(self, order: Order) -> bool:
        """Whether an order of this payment status takes its stock; of those made through the API: a switch."""
        status = str(order.fields["paymentStatus"])
        if status == "INCOMPLETE" or status in CALLED_OFF:
            return False
        how = self.switches["api_order_stock"]
        return not order.by_api or how == "always" or (how == "paid_only" and status == "PAID")

    def take(self, order: Order, refuse: bool) -> None:
        """Let an order take its stock. Raises OutOfStock, having taken nothing, when ``refuse`` is on."""
        self.follow_quantities(order, refuse=refuse)
        order.holds = True

    def follow_quantities(self, order: Order, removed: Iterable[Line] = (), refuse: bool = True) -> None:
        """Lines hold as many units as they have; those that were taken off hold none. Raises OutOfStock."""
        moves = [(line, -line.taken) for line in removed]
        moves += [(line, int(line.item["quantity"]) - line.taken) for line in order.lines]
        if refuse:
            self._enough(moves)
        for line, units in sorted(moves, key=lambda one: one[1]):
            self._move_line(line, units)

    def follow_status(self, order: Order, through_api: bool) -> None:
        """After a change of payment status: stock is taken, or given back where the order was called off."""
        if order.fields["paymentStatus"] in CALLED_OFF:
            if order.holds and (not through_api or self.switches["cancel_by_api_restocks"]):
                self.give_back(order)
        elif order.fields["paymentStatus"] == "PARTIALLY_REFUNDED" and self.switches["partial_refund_restocks"]:
            self.give_back(order)
        elif not order.holds and self.takes_now(order):
            self.take(order, refuse=False)

    def give_back(self, order: Order) -> None:
        """Everything an order holds goes back."""
        for line in order.lines:
            self._move_line(line, -line.taken)
        order.holds = False

    def _enough(self, moves: list[tuple[Line, int]]) -> None:
        wanted: Counter[Item] = Counter()
        names: dict[Item, str] = {}
        for line, units in moves:
            found = self._holder_of(line)
            if found is not None:
                item = (found[0].id, found[1].id if found[1] else 0)
                wanted[item] += units
                names.setdefault(item, str(line.item.get("sku") or line.item.get("name")))
        for item, units in wanted.items():
            product = self.shelves.products[item[0]]
            level = self.level_of(product, product.variation(item[1]))
            if level is not None and units > 0 and level < units:
                raise OutOfStock(names[item])

    def _move_line(self, line: Line, units: int) -> None:
        """Take units (above 0) for a line, or give so many back."""
        found = self._holder_of(line)
        if not units or found is None or self.level_of(*found) is None:
            if found is None and units < 0:
                line.taken += units
            return
        self.move(*found, -units)
        line.taken += units

    def _holder_of(self, line: Line) -> tuple[Product, Variation | None] | None:
        product = self.shelves.products.get(int(line.item.get("productId") or 0))
        if product is None:
            return None
        return self.holder(product, product.variation(line.variation) if line.variation else None)
