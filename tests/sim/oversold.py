"""Units sold that were not there (`reliability.md` §2.5.1, §4.6): one story of demand, four ways of keeping a store.

``tillsync`` is the engine between the sandboxes, with the seed's faults. Beside it, on the same story and at the same
moments: ``copier`` shows at each cycle what the till says, books orders at once, holds nothing back and is spared every
fault; ``unavoidable`` knows everything at each cycle; ``unavoidable_longer`` does at an interval longer by the lag of a
reading and the length of a run (I-15); ``unavoidable_blind`` as that one, and knows nothing during an outage.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.kit.catalogue_csv import read as read_catalogue
from pipelines.platforms import discover
from tests.sim.chance import DEFAULT, Chosen, choose, log_uniform, stream
from tests.sim.events import HEADER, Hands
from tests.sim.seeds import MEMORY, misfortunes, safety
from tests.sim.world import World

ITEMS, HOURS, MINUTES = 30, 1.5, 15.0
MOST_TO_OPEN = 200
"""Runs after which every item is in the store with its level, whatever the faults."""
STARTS = (1, 1, 2, 2, 3, 4, 5, 8)
Span = tuple[float, float]
CANCELLED, RECEIVED = 0.1, 0.15


@dataclass(frozen=True)
class Wish:
    """Somebody comes for ``units`` of an item, ``hours`` after the beginning: at the till, or in the store."""

    hours: float
    kind: str
    item: int
    units: int = 1
    cancels: int | None = None
    """Of a cancellation: which wish it takes back; when an order's goods are put aside: which order."""
    basket: int | None = None
    """What somebody takes to the till, or orders, together with."""


@dataclass
class Ground:
    """What stands in the shop and what shoppers hold of it: the same reckoning for every way of keeping a store."""

    there: Counter[int]
    promised: Counter[int] = field(default_factory=Counter)
    accepted: dict[int, Wish] = field(default_factory=dict)
    oversold: int = 0
    sold: int = 0
    refused: int = 0
    """Units refused to shoppers although they stood there and nobody had them."""

    def take(self, item: int, units: int) -> int:
        """A customer takes what stands there, promised or not; how many units."""
        units = min(units, self.there[item])
        self._count(item, lambda: self.there.subtract({item: units}))
        self.sold += units
        return units

    def promise(self, number: int, wish: Wish) -> None:
        """The store took an order."""
        self.accepted[number] = wish
        self._count(wish.item, lambda: self.promised.update({wish.item: wish.units}))
        self.sold += wish.units

    def refuse(self, wish: Wish) -> None:
        """The store did not."""
        self.refused += wish.units if self.there[wish.item] - self.promised[wish.item] >= wish.units else 0

    def put_aside(self, number: int) -> None:
        """The goods of an order are taken from the shelf, as far as they are there: nobody else can take them."""
        wish = self.accepted.pop(number, None)
        if wish is not None:
            self.there[wish.item] -= min(wish.units, self.there[wish.item])
            self.promised[wish.item] -= wish.units

    def release(self, number: int) -> Wish | None:
        """An order is called off, if there was one."""
        wish = self.accepted.pop(number, None)
        if wish is not None:
            self.promised[wish.item] -= wish.units
        return wish

    def _count(self, item: int, change: Any) -> None:
        before = max(0, self.promised[item] - self.there[item])
        change()
        self.oversold += max(0, max(0, self.promised[item] - self.there[item]) - before)


def story(seed: int, hours: float = HOURS) -> tuple[list[int], list[Wish]]:
    """What stands there at first, and who comes when."""
    rng = stream(seed, "demand")
    starts = [rng.choice(STARTS) for _ in range(ITEMS)]
    wishes: list[Wish] = []
    for item in range(ITEMS):
        for kind in ("till", "online"):
            mean = log_uniform(rng, 0.05, 1.0) * 60 / MINUTES
            at = rng.expovariate(mean)
            while at < hours:
                wishes.append(Wish(at, kind, item, rng.choice((1, 1, 1, 2))))
                at += rng.expovariate(mean)
        if rng.random() < RECEIVED * hours:
            wishes.append(Wish(hours * rng.random(), "receipt", item, rng.randint(1, 6)))
    wishes.sort(key=lambda wish: wish.hours)
    back = [Wish(min(hours, wish.hours + rng.random()), "cancel", wish.item, wish.units, number)
            for number, wish in enumerate(wishes) if wish.kind == "online" and rng.random() < CANCELLED]  # fmt: skip
    return starts, wishes + back


class Copy:
    """A store kept by a rule of a few lines: what it shows, what the till counts."""

    def __init__(self, starts: list[int], lag: float) -> None:
        self.ground = Ground(Counter(dict(enumerate(starts))))
        self.shown, self.till = Counter(dict(enumerate(starts))), Counter(dict(enumerate(starts)))
        self.booked: Counter[int] = Counter()
        self.lag = lag
        self.before: list[tuple[float, Counter[int]]] = []

    def happen(self, number: int, wish: Wish) -> None:
        """One wish of the story."""
        ground = self.ground
        if wish.kind == "till":
            self.till[wish.item] -= ground.take(wish.item, wish.units)
        elif wish.kind == "receipt":
            ground.there[wish.item] += wish.units
            self.till[wish.item] += wish.units
        elif wish.kind == "aside" and wish.cancels is not None:
            self.till[wish.item] -= ground.promised[wish.item] - self.booked[wish.item]
            ground.put_aside(wish.cancels)
            self.booked[wish.item] = ground.promised[wish.item]
        elif wish.kind == "cancel" and wish.cancels is not None:
            released = ground.release(wish.cancels)
            self.shown[wish.item] += released.units if released else 0
        elif wish.kind == "online" and self.shown[wish.item] >= wish.units:
            ground.promise(number, wish)
            self.shown[wish.item] -= wish.units
        elif wish.kind == "online":
            ground.refuse(wish)
        self.before.append((wish.hours, Counter(self.till)))

    def know(self) -> None:
        """All is known and shown at once."""
        for item in self.ground.there:
            self.shown[item] = max(0, self.ground.there[item] - self.ground.promised[item])

    def copy(self, hours: float) -> Counter[int]:
        """Orders are booked at the till, and its levels read as they were a lag ago."""
        seen = [levels for at, levels in self.before if at <= hours - self.lag / 3600]
        read = Counter(seen[-1] if seen else self.till) if self.lag else None
        self.till.subtract(self.ground.promised - self.booked)
        self.till.update(self.booked - self.ground.promised)
        self.booked = Counter(self.ground.promised)
        return read if read is not None else Counter(self.till)


def unavoidable(starts: list[int], wishes: list[Wish], moments: list[float]) -> Ground:
    """A store that is told everything at these moments."""
    shop = Copy(starts, 0)
    acts = [(at, -1, None) for at in moments] + [(wish.hours, n, wish) for n, wish in enumerate(wishes)]
    for _, number, wish in sorted(acts, key=lambda act: act[:2]):
        if wish is None:
            shop.know()
        else:
            shop.happen(number, wish)
    return shop.ground


def copied(starts: list[int], wishes: list[Wish], runs: list[Span], lag: float) -> Ground:
    """A store that is shown the till's levels: read when a run begins, written when it ends."""
    shop, waiting = Copy(starts, lag), Counter[int]()
    acts: list[tuple[float, int, Any]] = [(wish.hours, n, wish) for n, wish in enumerate(wishes)]
    acts += [(begin, -1, "read") for begin, _ in runs] + [(end, -2, "write") for _, end in runs]
    for hours, number, act in sorted(acts, key=lambda act: act[:2]):
        if act == "read":
            waiting = shop.copy(hours)
        elif act == "write":
            shop.shown = Counter({item: max(0, waiting[item]) for item in shop.till})
        else:
            shop.happen(number, act)
    return shop.ground


class Kept:
    """The store that tillsync keeps: the story told to both sandboxes."""

    def __init__(self, world: World, starts: list[int]) -> None:
        self.world, self.ground = world, Ground(Counter(dict(enumerate(starts))))
        self.orders: dict[int, str] = {}

    def happen(self, number: int, wish: Wish) -> None:
        """One wish of the story."""
        till, sku = self.world.till, f"SKU-{wish.item}"
        if wish.kind == "till":
            units = self.ground.take(wish.item, wish.units)
            if units:
                till.sell(sku, units)
        elif wish.kind == "aside" and wish.cancels is not None:
            self.ground.put_aside(wish.cancels)
        elif wish.kind == "receipt":
            self.ground.there[wish.item] += wish.units
            till.adjust(sku, wish.units)
        elif wish.kind == "cancel" and wish.cancels in self.orders:
            self.ground.release(wish.cancels)
            self.world.shop.move(self.orders.pop(wish.cancels), self.world.shop.statuses.cancels_to[0])
        elif wish.kind == "online":
            self._ordered(number, wish, sku)

    def basket(self, wishes: Sequence[tuple[int, Wish]]) -> None:
        """What one customer takes at once: one register sale, or one order, of what there is of it."""
        taken: Counter[int] = Counter()
        if wishes[0][1].kind == "till":
            for _, wish in wishes:
                taken[wish.item] += self.ground.take(wish.item, wish.units)
        else:
            for number, wish in wishes:
                place = self.world.shop.place(f"SKU-{wish.item}")
                if place is not None and taken[wish.item] + wish.units <= place.level:
                    self.ground.promise(number, wish)
                    taken[wish.item] += wish.units
                else:
                    self.ground.refuse(wish)
        lines = [(f"SKU-{item}", units) for item, units in taken.items() if units]
        if lines and wishes[0][1].kind == "till":
            self.world.till.ring_up(lines)
        elif lines and self.world.shop.buy(lines, "guest@buyer.example", {}) is None:
            raise AssertionError(f"the store refused what it shows: {lines}")

    def _ordered(self, number: int, wish: Wish, sku: str) -> None:
        placed = self.world.shop.buy([(sku, wish.units)], "guest@buyer.example", {})
        if placed is None:
            self.ground.refuse(wish)
            return
        self.orders[number] = placed
        self.ground.promise(number, wish)


def compare(
    seed: int, rates: dict[str, float] | None = None, hours: float = HOURS, connection: str = DEFAULT
) -> dict[str, Any]:
    """The story of a seed in every shop: units oversold, sold, refused though there; ``rates`` None: as it draws."""
    rates = choose(seed, {"nothing": 1.0}).rates if rates is None else rates
    return keep(seed, *story(seed, hours), hours, rates, connection)


def keep(
    seed: int, starts: list[int], wishes: list[Wish], hours: float, rates: dict[str, float], connection: str = DEFAULT
) -> dict[str, Any]:
    """A story in every shop: units oversold, sold, refused though there."""
    settings = {"recreate_missing": True, "on_hidden_update": "keep_hidden", "outlets": ["Main Outlet"]}
    chosen = Chosen(seed, hours, MINUTES, 0, len(starts), settings, rates, {"nothing": 1}, connection)
    home = Path(tempfile.mkdtemp(prefix="sim-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        kept, runs, outages = _kept(chosen, starts, wishes, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    lag = discover()[chosen.connection.partition("__")[0]].settle_seconds
    longer = MINUTES / 60 + lag / 3600 + sum(end - begin for begin, end in runs) / max(1, len(runs))
    every = [MINUTES / 60 * n for n in range(int(hours * 60 / MINUTES) + 1)]
    moments = [longer * n for n in range(int(hours / longer) + 1)]
    seeing = [at for at in moments if not any(begin <= at < end for begin, end in outages)]
    grounds = {
        "tillsync": kept,
        "copier": copied(starts, wishes, runs, lag if "F12" in chosen.rates else 0.0),
        "unavoidable": unavoidable(starts, wishes, every),
        "unavoidable_longer": unavoidable(starts, wishes, moments),
        "unavoidable_blind": unavoidable(starts, wishes, seeing),
    }
    told = {name: {"oversold": one.oversold, "sold": one.sold, "refused": one.refused} for name, one in grounds.items()}
    return {"seed": seed, "faults": sorted(chosen.rates), "runs": len(runs), "policies": told}


def _kept(chosen: Chosen, starts: list[int], wishes: list[Wish], home: Path) -> tuple[Ground, list[Span], list[Span]]:
    """What the engine's store came to; when its runs were, and when a platform was out, in hours from the beginning."""
    world = World(chosen, home)
    world.hands = Hands(world)
    rows = [HEADER, *(f"p{n},Thing {n},,Acme,Goods,,true,Title,Default Title,SKU-{n},{start},{10 + n}.00,4.00,,,,"
                      for n, start in enumerate(starts))]  # fmt: skip
    (home / "catalogue.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    world.till.seed(read_catalogue(home / "catalogue.csv"))
    while not _open(world):
        assert len(world.cycles) < MOST_TO_OPEN, "the shop does not come to stand as its till says"
        world.cycle()
        world.approve()
    begin = world.time.now()
    misfortunes(world)
    shop = Kept(world, starts)
    baskets: dict[int, list[tuple[int, Wish]]] = {}
    for number, wish in enumerate(wishes):
        if wish.basket is None:
            world.time.at(begin + timedelta(hours=wish.hours), lambda n=number, w=wish: shop.happen(n, w))
        else:
            baskets.setdefault(wish.basket, []).append((number, wish))
    for found in baskets.values():
        world.time.at(begin + timedelta(hours=found[0][1].hours), lambda f=found: shop.basket(f))
    counted = len(world.cycles)
    safety(world)
    runs = [(_hours(begin, one.started), _hours(begin, one.ended)) for one in world.cycles[counted:] if one.ended]
    outages = [(_hours(begin, since), _hours(begin, until)) for _, path, since, until in world.outages if not path]
    return shop.ground, runs, outages


def _open(world: World) -> bool:
    """Whether every item is in the store with its level."""
    places = [place for product in world.shop.products() for place in world.shop.places(product)]
    levels = defaultdict(lambda: -1, {place.sku: place.level for place in places})
    return all(
        levels[record.sku] == world.hands.shelf.on_hand(record.id) for record in world.till.till.products.items.values()
    )


def _hours(begin: datetime, moment: datetime) -> float:
    return (moment - begin) / timedelta(hours=1)
