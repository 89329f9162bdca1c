"""How many units there are and how many shoppers were promised, at every moment, from the two platforms' own records.

Follows the machines as they change; nothing of ``pipelines`` stages or mapping is asked. Levels are of the outlets the
store shows, quantities whole; a till product is named by its id.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sim.stores import Placed
    from tests.sim.world import World

HELPER = "TILLSYNC-"
"""How the SKUs of what is charged beside products begin at the till."""
_REFERENCE = re.compile(r"^WEB-(.+)-(\d+)$")
Units = Counter[str]
_OUTLET = "Main Outlet"


def reference(sale: Any) -> tuple[str, int] | None:
    """Order and number of the document a till's sale is, by its invoice number; None of any other sale."""
    found = _REFERENCE.match(sale.invoice_number or "")
    return (found[1], int(found[2])) if found else None


class Shelf:
    """Levels and promises of every till product, with what they were before."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.items: dict[str, str] = {}
        """By every SKU there ever was: the till product that has it."""
        self.promised: dict[str, Units] = {}
        self.sold: dict[str, Units] = defaultdict(Counter)
        """By order: units of the till's documents that stand."""
        self.open: dict[str, Units] = {}
        self.online: Units = Counter()
        """Units promised to shoppers that no document of the till has taken."""
        self.history: dict[str, list[tuple[datetime, Decimal, int, int, int]]] = defaultdict(list)
        """By till product, at moments: on hand, promised online, released and coming back, as of then."""
        self.rebuffered: datetime | None = None
        """When the shop last set how many of everything are kept back."""
        self.released: Units = Counter()
        """Units that were promised and are no more, though no document took them: called off, edited away."""
        self.ours: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """What calls changed of the till's levels, by product and outlet; the rest is people's doing."""
        self.sold_online: set[str] = set()
        self.ever_untracked: set[str] = set()
        self.set_in_store: set[str] = set()
        """Products whose level a person set in the store: a drop is held back, so what is shown no outlet ever held."""
        self.made: set[str] = set()
        """Products of the till that calls made: what orders needed. People leave them alone."""
        self.lines: dict[str, str] = {}
        """Till product by line of an order, as its SKU named it when it was ordered."""
        self._answering = 0
        self._follow()

    def _follow(self) -> None:
        till = self.world.till.till
        after(till, "set_level", lambda product, *_, **__: self.note([product]))
        after(till.books, "enter", self._entered)
        self.world.shop.follow(self._put)
        real_level, real_answer = till.set_level, self.world.till.answer

        def set_level(product: str, outlet: str, **changes: Any) -> None:
            before = till.level(product, outlet).amount
            real_level(product, outlet, **changes)
            if self._answering:
                self.ours[product, outlet] += till.level(product, outlet).amount - before

        def answer(request: Any) -> Any:
            self._answering += 1
            known = len(till.products.items)
            try:
                return real_answer(request)
            finally:
                self._answering -= 1
                self.made |= set(list(till.products.items)[known:])

        till.set_level, self.world.till.answer = set_level, answer

    # --- what changes --------------------------------------------------------------------------------------

    def know(self, sku: str, product_id: str) -> None:
        """A SKU names a till product, from now on and for what was ordered under it."""
        self.items[sku] = product_id
        if not self.world.till.till.products.items[product_id].tracked:
            self.ever_untracked.add(product_id)

    def item(self, sku: str) -> str | None:
        """The till product of a SKU, whatever it is called now."""
        return self.items.get(sku)

    def ordered(self, order: Placed) -> Units:
        """Units of an order as it is, by till product; what the till never had is under its SKU."""
        units: Units = Counter()
        for line in order.lines:
            units[self.lines.setdefault(line.id, self.items.get(line.sku, line.sku))] += line.quantity
        return units

    def _put(self, number: str) -> None:
        order, statuses = self.world.shop.order(number), self.world.shop.statuses
        takes = order.status not in statuses.never_placed | statuses.called_off
        self.promised[order.id] = self.ordered(order) if takes else Counter()
        self._opened(order.id, promised=True)

    def _entered(self, sale: Any) -> None:
        found = reference(sale)
        if found is None:
            return
        units: Units = Counter()
        for key in self.world.till.till.books.by_invoice:
            if _REFERENCE.match(key) and key.startswith(f"WEB-{found[0]}-"):
                units.update(self._of(key))
        self.sold[found[0]] = units
        self._opened(found[0])

    def _of(self, invoice: str) -> Units:
        books, units = self.world.till.till.books, Counter[str]()
        for key in books.by_invoice[invoice]:
            sale = books.sales.items.get(key)
            if sale is not None and sale.state == "closed":
                units.update({line.product_id: 0 for line in sale.lines})
                for line in sale.lines:
                    units[line.product_id] += int(line.quantity)
        return Counter(units)

    def _opened(self, order: str, *, promised: bool = False) -> None:
        """Reckon what is open of an order; what ``promised`` takes off is released."""
        whole, sold = self.promised.get(order, Counter()), self.sold[order]
        was = self.open.get(order, Counter())
        self.open[order] = Counter({item: units - max(0, sold[item]) for item, units in whole.items()
                                    if units > max(0, sold[item])})  # fmt: skip
        changed = set(was) | set(self.open[order]) | set(whole)
        self.sold_online |= changed
        for item in changed:
            moved = self.open[order][item] - was[item]
            self.online[item] += moved
            self.released[item] += max(0, -moved) if promised else 0
        self.note(changed | set(sold))

    def note(self, items: Iterable[str]) -> None:
        """Write down how till products stand now."""
        for item in items:
            self.history[item].append(
                (
                    self.world.time.now(),
                    self.on_hand(item),
                    self.online[item],
                    self.released[item],
                    self.coming_back(item),
                )
            )

    # --- what there is -------------------------------------------------------------------------------------

    def on_hand(self, item: str) -> Decimal:
        """What the till counts in the outlets the store shows."""
        till, names = self.world.till.till, self.world.settings["outlets"]
        rows = till.levels_of.get(item, {})
        mapped = [entry.id for entry in till.outlets.items.values() if entry.body["name"] in names]
        return sum((rows[outlet].amount for outlet in mapped if outlet in rows), Decimal(0))

    def safe(self, item: str) -> int:
        """What may be shown: what is there and not promised, whole and not below 0, less the buffer."""
        return self._shown(self.on_hand(item), self.online[item])

    def most(self, item: str, since: datetime, lag: float, *, lowers: bool) -> int | None:
        """The most that somebody could think free who looked at the till since then, and at orders after that.

        What a document took after they looked is not in what they saw; what was called off meanwhile they may count.
        Who ``lowers`` what is shown may leave there what is coming back; what is no more, as its order was taken up
        since they looked, may be left there by anybody: the store took it off itself.
        """
        rows = self.history.get(item)
        if not rows:
            return None
        edge = since - timedelta(seconds=lag)
        first = max((n for n, row in enumerate(rows) if row[0] <= edge), default=0)
        stays = 0 if lowers else self.coming_back(item)
        return max(
            self._shown(row[1], row[2] - (self.released[item] - row[3])) + max(0, row[4] - stays)
            for row in rows[first:]
        )

    def coming_back(self, item: str) -> int:
        """Units that documents took and nobody is promised any more: they lie there, not counted by the till yet.

        A store that has put them back itself may go on showing them (`order_returning.sql`); none may raise a level.
        """
        numbers = set(self.sold) | set(self.promised)
        return sum(max(0, max(0, self.sold[one][item]) - self.promised.get(one, Counter())[item]) for one in numbers)

    def moved(self, item: str, since: datetime) -> bool:
        """Whether what may be shown of a product changed since then."""
        rows = self.history.get(item, [])
        first = max((n for n, row in enumerate(rows) if row[0] <= since), default=0)
        if self.rebuffered is not None and self.rebuffered >= since:
            return True
        return len({self._shown(row[1], row[2]) for row in rows[first:]}) > 1

    def _shown(self, on_hand: Decimal, online: int) -> int:
        return max(0, math.floor(on_hand - online - Decimal(self.world.settings.get("buffer", 0))))

    def levels_by_us(self, item: str) -> Decimal:
        """What calls changed of a product's level at the register's outlet."""
        return self.ours[item, self.world.till.outlet_id(_OUTLET)]


def after(owner: Any, name: str, then: Callable[..., None]) -> None:
    """Let something be done after every call of a method of one object."""
    real = getattr(owner, name)

    def method(*args: Any, **kwargs: Any) -> Any:
        came = real(*args, **kwargs)
        then(*args, **kwargs)
        return came

    setattr(owner, name, method)
