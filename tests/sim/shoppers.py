"""What shoppers do in the store, and the merchant to their orders (`reliability.md` §4.3). Each finds its own order.

Shoppers buy what the store shows at that moment and no more; their stream is their own, so that they shift nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sim.chance import stream
from tests.sim.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.sim.stores import Bought
    from tests.sim.world import World

ORDERS: dict[str, float] = {
    "order": 26, "order_more": 2, "order_fewer": 3, "order_added": 1.5, "order_removed": 1, "order_back": 1,
    "order_cancelled": 3, "order_revived": 0.7, "order_paid": 3, "order_on": 3, "order_refund": 2, "order_touched": 1,
}  # fmt: skip
"""Usual weights of what happens to orders."""
FLIPS = 0.05
BUYERS: tuple[Any, ...] = (
    "guest@buyer.example", "Guest@Buyer.example", "", {"email": "jane@buyer.example", "name": "Jane"},
    {"email": "omar@buyer.example", "name": "Omar Né"},
)  # fmt: skip


class Shoppers:
    """The part of ``Hands`` that acts on orders."""

    world: World

    def __init__(self, world: World) -> None:
        self.world = world
        self.buyers = stream(world.chosen.seed, "buyers")
        self.shelf = Shelf(world)
        self.taking = stream(world.chosen.seed, "what orders take")
        self.takes_stock = "F28" not in world.chosen.rates or self.taking.random() < 0.5
        """Whether the store takes an order's units off its levels (F28); now and then that changes."""
        self.human_products: set[str] = set()
        self.stock_touched: dict[str, Any] = {}
        self.edited: list[tuple[str, str, int]] = []
        """Order, line, quantity before an edit."""
        self.revived: dict[str, int] = {}
        """Orders that were called off and are not any more, and how many runs there were until then."""

    # --- who and what --------------------------------------------------------------------------------------

    def _goods(self) -> list[tuple[str, int]]:
        """SKUs that are on sale, with how many can be bought."""
        shop, found = self.world.shop, []
        for product in shop.products():
            if product in self.human_products or not shop.visible(product):
                continue
            for place in shop.places(product):
                level = place.level if place.counted else 9
                if level > 0 and self.shelf.item(place.sku):
                    found.append((place.sku, level))
        return found

    def _orders(self, statuses: Iterable[str], refunded: bool = False) -> list[str]:
        """Orders in one of these statuses; without those something was given back of, unless asked for."""
        found = map(self.world.shop.order, self.world.shop.orders())
        return [order.id for order in found if order.status in statuses and (refunded or not order.given_back)]

    def _one(self, found: list[Any]) -> Any:
        return self.buyers.choice(found) if found else None

    def _touched(self, number: str | None) -> bool:
        """People moved the levels of an order's products."""
        if number is None:
            return False
        for line in self.world.shop.order(number).lines:
            for sku in {line.sku, line.now or line.sku}:
                self.stock_touched[sku] = self.world.time.now()
        return True

    # --- what happens --------------------------------------------------------------------------------------

    def do_order(self) -> bool:
        goods = self._goods()
        if not goods:
            return False
        wanted = self.buyers.sample(goods, min(len(goods), self.buyers.choice((1, 1, 1, 2, 3))))
        lines = [(sku, self.buyers.randint(1, min(3, level))) for sku, level in wanted]
        checkouts = self.world.shop.checkouts
        how = self.buyers.choices([how for _, how in checkouts], [weight for weight, _ in checkouts])[0]
        return self._touched(self.world.shop.buy(lines, self.buyers.choice(BUYERS), {**how, **self._taken()}))

    def _taken(self) -> dict[str, Any]:
        if "F28" in self.world.chosen.rates and self.taking.random() < FLIPS:
            self.takes_stock = not self.takes_stock
        self.world.figures.faults["F28"] += not self.takes_stock
        return {} if self.takes_stock else {"takes_stock": False}

    def _edit_order(self, number: str | None, lines: list[dict[str, Any]]) -> bool:
        if number is None or not lines:
            return False
        return self.world.shop.edit_order(number, lines) and self._touched(number)

    def _order_line(self, least: int = 1, of: int = 1) -> tuple[str, Bought] | None:
        """An open order of at least ``of`` lines, and one of them with at least so many units."""
        found = []
        for number in self._orders(self.world.shop.statuses.edited):
            lines = self.world.shop.order(number).lines
            found += [(number, line) for line in lines if line.quantity >= least and len(lines) >= of]
        choice: tuple[str, Bought] | None = self._one(found)
        return choice

    def _requantify(self, found: tuple[str, Bought] | None, change: int) -> bool:
        if found is None:
            return False
        number, line = found
        done = self._edit_order(number, [{"id": line.id, "quantity": line.quantity + change}])
        if done:
            self.edited.append((number, line.id, line.quantity))
        return done

    def do_order_more(self) -> bool:
        return self._requantify(self._order_line(), self.buyers.choice((1, 1, 2)))

    def do_order_fewer(self) -> bool:
        return self._requantify(self._order_line(least=2), -1)

    def do_order_back(self) -> bool:
        """An edit is taken back: the order is what it was."""
        open_ = self._orders(self.world.shop.statuses.edited)
        found = [edit for edit in self.edited if edit[0] in open_]
        if not found:
            return False
        number, key, quantity = found[-1]
        self.edited.remove(found[-1])
        line = next((one for one in self.world.shop.order(number).lines if one.id == key), None)
        return line is not None and self._requantify((number, line), quantity - line.quantity)

    def do_order_added(self) -> bool:
        number, goods = self._one(self._orders(self.world.shop.statuses.added)), self._goods()
        sku = self._one(goods)
        return sku is not None and self._edit_order(number, [{"sku": sku[0], "quantity": 1}])

    def do_order_removed(self) -> bool:
        found = self._order_line(of=2)
        return found is not None and self._edit_order(found[0], [{"id": found[1].id, "quantity": 0}])

    def _order_status(self, number: str | None, status: str) -> bool:
        if number is None:
            return False
        self.world.shop.move(number, status)
        return self._touched(number)

    def do_order_cancelled(self) -> bool:
        statuses = self.world.shop.statuses
        return self._order_status(self._one(self._orders(statuses.cancelled)), self.buyers.choice(statuses.cancels_to))

    def do_order_revived(self) -> bool:
        statuses = self.world.shop.statuses
        number = self._one(self._orders(statuses.called_off))
        if number is not None:
            self.revived[number] = len(self.world.cycles)
        return self._order_status(number, statuses.placed)

    def do_order_paid(self) -> bool:
        """Money comes in for an order that waited for it, or a shopper comes back to the checkout."""
        number = self._one(self._orders(self.world.shop.statuses.waits_for_money))
        if number is None:
            return False
        self.world.shop.pay(number)
        return self._touched(number)

    def do_order_on(self) -> bool:
        """An order goes its way: shipped, completed, disputed."""
        statuses = self.world.shop.statuses
        return self._order_status(self._one(self._orders(statuses.goes_on)), self.buyers.choice(statuses.goes_to))

    def do_order_refund(self) -> bool:
        """Money goes back; not of an order whose revival no run can have seen: to it the goods never left."""
        found, runs = self._orders(self.world.shop.statuses.refunded, refunded=True), len(self.world.cycles)
        number = self._one([one for one in found if self.revived.get(one) != runs])
        if number is None:
            return False
        return self.world.shop.refund(number, self.buyers) and self._touched(number)

    def do_order_touched(self) -> bool:
        """Somebody saves an order without changing it."""
        number = self._one(self._orders(self.world.shop.statuses.touched))
        if number is None:
            return False
        self.world.shop.touch(number)
        return True
