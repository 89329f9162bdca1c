"""What shoppers do in the store, and the merchant to their orders (`reliability.md` §4.3). Each finds its own order.

Shoppers buy what the store shows at that moment and no more; their stream is their own, so that they shift nobody else.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from tests.sim.chance import stream
from tests.sim.shelf import CALLED_OFF, NOT_RECORDED, Shelf

if TYPE_CHECKING:
    from tests.sim.world import World

ORDERS: dict[str, float] = {
    "order": 26, "order_more": 2, "order_fewer": 3, "order_added": 1.5, "order_removed": 1, "order_back": 1,
    "order_cancelled": 3, "order_revived": 0.7, "order_paid": 3, "order_on": 3, "order_refund": 2, "order_touched": 1,
}  # fmt: skip
"""Usual weights of what happens to orders."""
AWAITING_PAYMENT, FULFILMENT = 7, 11
ON_ITS_WAY = (9, 8, 3, 2, 10, 12, 13)
BUYERS: tuple[Any, ...] = (
    "guest@buyer.example", "Guest@Buyer.example", "", {"email": "jane@buyer.example", "first_name": "Jane"},
    {"email": "omar@buyer.example", "first_name": "Omar", "last_name": "Né"},
)  # fmt: skip
CHECKOUTS: tuple[tuple[float, dict[str, Any]], ...] = (
    (12, {}), (3, {"shipping": 5, "message": "at the door"}), (1, {"handling": 2}), (1, {"discount": 1}),
    (2, {"status": AWAITING_PAYMENT, "payment": ("Bank Deposit", "none")}),
    (1, {"status": AWAITING_PAYMENT, "payment": ("Credit Card", "authorized")}),
    (2, {"status": 1, "payment": ("Bank Deposit", "none")}), (0.7, {"status": 0}),
)  # fmt: skip


class Shoppers:
    """The part of ``Hands`` that acts on orders."""

    world: World

    def __init__(self, world: World) -> None:
        self.world = world
        self.buyers = stream(world.chosen.seed, "buyers")
        self.shelf = Shelf(world)
        self.human_products: set[int] = set()
        self.stock_touched: dict[str, Any] = {}
        self.edited: list[tuple[int, int, int]] = []
        """Order, line, quantity before an edit."""

    # --- who and what --------------------------------------------------------------------------------------

    def _goods(self) -> list[tuple[str, int]]:
        """SKUs that are on sale, with how many can be bought."""
        store, found = self.world.store.store, []
        for number, product in sorted(store.products.items()):
            if number in self.human_products or not product.fields["is_visible"]:
                continue
            counted = product.fields["inventory_tracking"] != "none"
            for variant in product.variants:
                sku = variant.sku or product.fields["sku"]
                level = store.levels.actual((1, self.world.store.item_of(product, variant))) or 0 if counted else 9
                if level > 0 and self.shelf.item(sku):
                    found.append((sku, level))
        return found

    def _orders(self, *statuses: int, refunded: bool = False) -> list[int]:
        """Orders in one of these statuses; without those something was given back of, unless asked for."""
        book = self.world.store.book
        found = [book.order(number) for number in sorted(book.ids())]
        return [o.id for o in found if o.status in statuses and (refunded or not o.refunds)]

    def _one(self, found: list[Any]) -> Any:
        return self.buyers.choice(found) if found else None

    def _touched(self, number: int) -> bool:
        """People moved the levels of an order's products."""
        for line in self.world.store.book.order(number).lines:
            variant = self.world.store.store.variants.get(line.variant_id)
            for sku in {line.sku, variant.sku if variant is not None else line.sku}:
                self.stock_touched[sku] = self.world.time.now()
        return True

    # --- what happens --------------------------------------------------------------------------------------

    def do_order(self) -> bool:
        goods = self._goods()
        if not goods:
            return False
        wanted = self.buyers.sample(goods, min(len(goods), self.buyers.choice((1, 1, 1, 2, 3))))
        lines = [(sku, self.buyers.randint(1, min(3, level))) for sku, level in wanted]
        weights = [weight for weight, _ in CHECKOUTS]
        how = self.buyers.choices([how for _, how in CHECKOUTS], weights)[0]
        buyer = self.buyers.choice(BUYERS)
        try:
            return self._touched(self.world.store.place_order(lines, buyer, **how))
        except Refusal:
            return False

    def _edit_order(self, number: int | None, lines: list[dict[str, Any]]) -> bool:
        if number is None or not lines:
            return False
        with suppress(Refusal):
            self.world.store.edit_order(number, lines)
            return self._touched(number)
        return False

    def _order_line(self, least: int = 1, of: int = 1) -> tuple[int, Any] | None:
        """An open order of at least ``of`` lines, and one of them with at least so many units."""
        found = []
        for number in self._orders(AWAITING_PAYMENT, FULFILMENT, 9, 1):
            lines = self.world.store.book.order(number).lines
            found += [(number, line) for line in lines if line.quantity >= least and len(lines) >= of]
        choice: tuple[int, Any] | None = self._one(found)
        return choice

    def _requantify(self, found: tuple[int, Any] | None, change: int) -> bool:
        if found is None:
            return False
        number, line = found
        before = line.quantity
        done = self._edit_order(number, [{"id": line.id, "quantity": before + change}])
        if done:
            self.edited.append((number, line.id, before))
        return done

    def do_order_more(self) -> bool:
        return self._requantify(self._order_line(), self.buyers.choice((1, 1, 2)))

    def do_order_fewer(self) -> bool:
        return self._requantify(self._order_line(least=2), -1)

    def do_order_back(self) -> bool:
        """An edit is taken back: the order is what it was."""
        open_ = self._orders(AWAITING_PAYMENT, FULFILMENT, 9, 1)
        found = [edit for edit in self.edited if edit[0] in open_]
        if not found:
            return False
        number, line, quantity = found[-1]
        self.edited.remove(found[-1])
        known = self.world.store.book.order(number).line(line)
        return known is not None and self._requantify((number, known), quantity - known.quantity)

    def do_order_added(self) -> bool:
        number, goods = self._one(self._orders(AWAITING_PAYMENT, FULFILMENT, 9)), self._goods()
        sku = self._one(goods)
        return sku is not None and self._edit_order(number, [{"sku": sku[0], "quantity": 1}])

    def do_order_removed(self) -> bool:
        found = self._order_line(of=2)
        return found is not None and self._edit_order(found[0], [{"id": found[1].id, "quantity": 0}])

    def _order_status(self, number: int | None, status: int) -> bool:
        if number is None:
            return False
        self.world.store.set_status(number, status)
        return self._touched(number)

    def do_order_cancelled(self) -> bool:
        found = self._orders(1, AWAITING_PAYMENT, FULFILMENT, 9, 8, 12)
        return self._order_status(self._one(found), self.buyers.choice((5, 5, 6)))

    def do_order_revived(self) -> bool:
        return self._order_status(self._one(self._orders(*CALLED_OFF)), FULFILMENT)

    def do_order_paid(self) -> bool:
        """Money comes in for an order that waited for it, or a shopper comes back to the checkout."""
        store = self.world.store
        number = self._one(self._orders(AWAITING_PAYMENT, *NOT_RECORDED))
        if number is None:
            return False
        order = store.book.order(number)
        if order.payment_status in {"authorized", "pending"}:
            store.capture(number)
            return self._touched(number)
        store.pay_order(number, "Credit Card" if order.status in NOT_RECORDED else order.payment_method)
        return self._order_status(number, FULFILMENT)

    def do_order_on(self) -> bool:
        """An order goes its way: shipped, completed, disputed."""
        found = self._orders(FULFILMENT, 9, 8, 3, 2, 12)
        return self._order_status(self._one(found), self.buyers.choice(ON_ITS_WAY))

    def do_order_refund(self) -> bool:
        number = self._one(self._orders(FULFILMENT, 2, 10, 14, refunded=True))
        if number is None:
            return False
        line = self.buyers.choice(self.world.store.book.order(number).lines)
        how: dict[str, Any] = self.buyers.choice(({}, {"lines": {line.id: 1}}, {"lines": {line.id: 1}}, {"amount": 1}))
        with suppress(Refusal):
            self.world.store.refund(number, restock=self.buyers.random() < 0.5, **how)
            return self._touched(number)
        return False

    def do_order_touched(self) -> bool:
        """Somebody saves an order without changing it."""
        number = self._one(self._orders(FULFILMENT, 2, 10, 5))
        if number is None:
            return False
        self.world.store.touch_order(number)
        return True
