"""What orders do to the store's stock (fact sheet §5, ``/settings/inventory``). All of it is seen after ``stock_lag``.

A line remembers how many units it holds and where they came from; what goes back is never more than that. Merchants'
changes never fail for lack of stock when an order comes back to life: it takes what there is (ours).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipelines.platforms.bigcommerce.sandbox.account_routes import AccountRoutes
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.orders.records import Line, Order
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import CALLED_OFF, takes_stock
from pipelines.platforms.bigcommerce.sandbox.records import Product

Pair = tuple[int, str]


class OutOfStock(Refusal):
    """The store's own protection: a tracked item has not enough for an order. A shopper goes without."""

    def __init__(self, sku: str) -> None:
        super().__init__(400, f"{sku} is out of stock")
        self.sku = sku


class OrderStock(AccountRoutes):
    """Taking stock for orders and putting it back."""

    def takes_now(self, status: int) -> bool:
        """Whether an order of this status takes its stock by the store's settings."""
        return takes_stock(status, str(self.stock_settings()["update_stock_behavior"]))

    def take(self, order: Order, refuse: bool = True) -> None:
        """Let an order take its stock. Raises OutOfStock, having taken nothing, unless ``refuse`` is off."""
        self._move([(line, _missing(line)) for line in order.lines], refuse)
        order.holds = True

    def follow_quantities(self, order: Order, removed: Iterable[Line] = ()) -> None:
        """After an edit: lines hold as many units as they have, if ``edit_order_stock_adjustment`` says so.

        Raises OutOfStock, having moved nothing.
        """
        if order.holds and self.stock_settings()["edit_order_stock_adjustment"]:
            self._move([*((line, -line.taken) for line in removed), *((line, _missing(line)) for line in order.lines)])

    def _move(self, moves: list[tuple[Line, int]], refuse: bool = True) -> None:
        """Units to take (above 0) and to put back, by line."""
        if refuse:
            self._enough(moves)
        for line, units in sorted(moves, key=lambda move: move[1]):
            if units < 0:
                self.give_back(line, -units)
            elif units > 0:
                self._take_units(line, units)

    def _enough(self, moves: list[tuple[Line, int]]) -> None:
        net: Counter[Pair] = Counter()
        wanting: dict[Pair, str] = {}
        for line, units in moves:
            found = self._pair_of(line)
            if found is not None:
                net[found[1]] += units
                if units > 0:
                    wanting.setdefault(found[1], line.sku or line.name)
        for pair, name in wanting.items():
            if net[pair] > 0 and net[pair] > self._sellable(pair):
                raise OutOfStock(name)

    def _sellable(self, pair: Pair) -> int:
        safety = self.store.levels.settings(pair).get("safety_stock", 0)
        return (self.store.levels.actual(pair) or 0) - int(safety)

    def _take_units(self, line: Line, quantity: int) -> None:
        product = self.store.products.get(line.product_id)
        if product is not None:
            product.fields["total_sold"] += quantity
            self.touch(product, moves_date=False)
        found = self._pair_of(line)
        if found is None:
            return
        product, pair = found
        level = self.store.levels.actual(pair) or 0
        quantity = min(quantity, max(0, level))
        self.put_level(product, pair, level - quantity)
        line.taken += quantity
        line.place = list(pair)

    def give_back(self, line: Line, quantity: int) -> None:
        """Put units of a line back where they came from; more than it holds are not put back."""
        quantity = min(quantity, line.taken)
        if quantity <= 0 or line.place is None:
            return
        location, item = int(line.place[0]), str(line.place[1])
        product = self._holder(item)
        if product is not None:
            level = self.store.levels.actual((location, item)) or 0
            self.put_level(product, (location, item), level + quantity)
        line.taken -= quantity

    def follow_status(self, order: Order) -> None:
        """After a change of status: stock is taken, or put back where the order was called off (fact sheet §5)."""
        if order.status in CALLED_OFF:
            if order.holds and self.stock_settings()["refund_order_stock_adjustment"]:
                for line in order.lines:
                    self.give_back(line, line.taken)
                order.holds = False
        elif not order.holds and self.takes_now(order.status):
            self.take(order, refuse=False)

    def _pair_of(self, line: Line) -> tuple[Product, Pair] | None:
        """Who holds the stock of a line; None where nothing is counted."""
        if line.place is not None:
            location, item = int(line.place[0]), str(line.place[1])
            owner = self._holder(item)
            return None if owner is None else (owner, (location, item))
        product = self.store.products.get(line.product_id)
        if product is None or product.fields["inventory_tracking"] == "none":
            return None
        variant = self.store.variants.get(line.variant_id)
        return product, (int(str(self.switches["order_location"])), self.item_of(product, variant))

    def _holder(self, item: str) -> Product | None:
        if item[0] == "p":
            return self.store.products.get(int(item[1:]))
        variant = self.store.variants.get(int(item[1:]))
        return None if variant is None else self.store.products.get(variant.product_id)


def _missing(line: Line) -> int:
    return line.quantity - line.restocked - line.taken
