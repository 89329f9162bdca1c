"""Oracles at every call to the store: what is written was meant, is the till's to write, and within the limits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sim.calls import Watcher
    from tests.sim.stores import Part, Place
    from tests.sim.wire import Sent

LARGEST = 2_147_483_647
LEEWAY = timedelta(seconds=120)
"""What happened so long before a run may be seen by the next one."""
Intents = list[dict[str, Any]]


def _digest(name: str) -> str:
    """A product's name as the journal keeps it."""
    return hashlib.md5(name.strip().lower().encode(), usedforsecurity=False).hexdigest()


class StoreCalls:
    """Watches what is written to the store."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher, self.world, self.shop = watcher, watcher.world, watcher.world.shop
        self.doubtful: set[str] = set()
        """Names of products whose creation may have arrived, and nobody looked since."""
        self.set: dict[str, datetime] = {}
        """When the run began that set a variant's level last."""
        self.begin()

    def begin(self) -> None:
        """A run begins."""
        self.counted: dict[str, set[str]] = defaultdict(set)
        self.only_raised = False

    def before(self, sent: Sent, unfinished: Intents) -> None:
        """Everything that is asked of a call that may change the store."""
        parts = self.shop.parts(sent)
        for part in parts:
            if self.shop.orders_written(part):
                self.watcher.say("I-20", f"{part.method} {part.path}: nothing of the till becomes an order")
            self._intended(part, unfinished)
            self._fields(part)
            self._destroys(part, unfinished)
            self._limits(part)
        self._levels(parts, unfinished)

    def after(self, sent: Sent) -> None:
        """Note what may have been made, and that somebody looked."""
        unsent = sent.fault in {"F1", "F20"}
        for part in self.shop.parts(sent):
            name = self.shop.creates(part)
            if name is not None and not unsent and (sent.status == 0 or sent.status >= 500):
                self.doubtful.add(name)
            elif self.shop.looks(part):
                self.doubtful.clear()
            if name is not None and sent.fault == "F23":
                self._never_made(name)

    def _never_made(self, name: str) -> None:
        """The store said it made a product and did not: as one that a person deleted it is missing, and told of so."""
        till = self.world.till.till
        self.world.hands.human_deleted |= {one.id for one in till.families.values() if one.name.strip().lower() == name}

    # --- what was meant ------------------------------------------------------------------------------------

    def _intended(self, part: Part, unfinished: Intents) -> None:
        """I-16: an earlier intent on disk covers everything the call names; I-18: no creation is sent again blindly."""
        if not unfinished:
            self.watcher.say("I-16", f"{part.method} {part.path} without any intent")
            return
        name = self.shop.creates(part)
        if name is not None:
            self._created(name, unfinished)
            return
        strangers = self.shop.named(part) - self._covered(unfinished)
        if strangers:
            self.watcher.say("I-16", f"{part.method} {part.path} names products {sorted(strangers)}, not intended")

    def _created(self, name: str, unfinished: Intents) -> None:
        if not any(one["action"] == "create" and one["name_hash"] == _digest(name) for one in unfinished):
            self.watcher.say("I-16", f"the creation of {name} was not intended")
        if name in self.doubtful:
            self.watcher.say("I-18", f"{name} is created again, and nobody looked whether it was there")

    def _covered(self, unfinished: Intents) -> set[str]:
        """Store products that intents are about: by their ids, a SKU the till product has or had, or its name."""
        till, ever, found = self.world.till.till, self.world.hands.families, set()
        named = {_digest(str(self.shop.value(key, "name"))): key for key in self.shop.products()}
        for one in unfinished:
            found |= {named[one["name_hash"]]} if one.get("name_hash") in named else set()
            target = self.shop.product_of(one["level"], str(one.get("target_id") or ""))
            if target is not None:
                found.add(target)
            family = till.families.get(one.get("parent_item_id") or one["item_id"])
            skus = [sku for sku, of in ever.items() if family and of == family.id]
            skus += [till.products.items[key].sku for key in family.members] if family else []
            for sku in [*skus, *filter(None, [one.get("sku")])]:
                place = self.shop.place(sku)
                if place is not None:
                    found.add(place.product)
        return found

    # --- levels --------------------------------------------------------------------------------------------

    def _levels(self, parts: list[Part], unfinished: Intents) -> None:
        """I-11 range, I-12 places, I-14 untracked, I-33 decreases first: every level that is set."""
        lowered, raised = [], []
        intents = {one["target_id"]: one for one in unfinished if one["level"] == "stock"}
        for key, value in [level for part in parts for level in self.shop.levels(part)]:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
                self.watcher.say("I-11", f"a level of {value!r}")
            place = self.shop.sold_as(key) if key is not None else None
            if place is None:
                continue
            (lowered if value < place.level else raised).append(place.variant)
            self.world.figures.levels_set += 1
            self.world.figures.levels_same += place.counted and value == place.level
            if place.variant in intents:
                self._one_level(intents[place.variant]["item_id"], value, lowers=value < place.level)
                self._echoes(place, intents[place.variant]["item_id"])
        hands, cycle = self.world.hands, self.watcher.cycle
        recent = max(hands.stock_touched.values(), default=None)
        touched = recent is not None and cycle is not None and recent >= cycle.started - timedelta(minutes=30)
        if lowered and self.only_raised and not touched and not self.watcher.blind and not self.world.chosen.rates:
            self.watcher.say("I-33", f"levels of {lowered} fall after others were raised")
        self.only_raised = self.only_raised or (bool(raised) and not lowered)

    def _one_level(self, item_id: str, value: int, *, lowers: bool) -> None:
        if self.watcher.blind:
            return
        hands, shelf, cycle = self.world.hands, self.world.hands.shelf, self.watcher.cycle
        known, record = hands.levels.get(item_id), self.world.till.till.products.items.get(item_id)
        gone = value == 0 and record is not None and record.deleted_at is not None
        if (
            known is not None
            and not gone
            and value not in known
            and item_id not in shelf.sold_online | shelf.set_in_store
        ):
            held = sorted(known)[:12]
            self.watcher.say("I-12", f"{item_id} is set to {value}; the outlets it shows never held that, but {held}")
        since = cycle.started if cycle is not None else self.world.time.now()
        most = shelf.most(item_id, since, self.watcher.lag, lowers=lowers)
        if most is not None and value > most:
            self.watcher.say("I-9", f"{item_id} is set to {value}, of which more than {most} were sold already")
        uncounted = hands.untracked_since.get(item_id)
        if uncounted is not None and cycle is not None and uncounted < cycle.started:
            self.watcher.say("I-14", f"{item_id} is not counted since {uncounted:%H:%M}, yet {value} is set")

    def _echoes(self, place: Place, item_id: str) -> None:
        """I-31: a level is set again only after something changed that we did not.

        Not of what is sold online: while a sale is on its way to the till its units count twice, until it is read.
        """
        cycle, shelf, last = self.watcher.cycle, self.world.hands.shelf, self.set.get(place.variant)
        if cycle is None:
            return
        self.set[place.variant] = cycle.started
        seldom = shelf.ever_untracked | shelf.sold_online
        troubled = self.world.crashes.by_point or any(one.faults.shown for one in self.world.machines.values())
        if last is None or last == cycle.started or troubled or item_id in seldom:
            return
        touched = self.world.hands.stock_touched.get(place.sku, last - LEEWAY)
        if touched < last - LEEWAY / 2 and not shelf.moved(item_id, last - LEEWAY / 2):
            self.watcher.say("I-31", f"{place.sku} is set again, and nothing changed since {last:%H:%M}")

    # --- fields, deletions, limits -------------------------------------------------------------------------

    def _fields(self, part: Part) -> None:
        for product, fields in self.shop.changed(part):
            foreign = self.shop.never & set(fields)
            if foreign:
                self.watcher.say("I-21", f"product {product}: {sorted(foreign)} are the store's own")

    def _destroys(self, part: Part, unfinished: Intents) -> None:
        """I-23: a product or variant is deleted only where the till deleted it."""
        doomed = self.shop.doomed(part)
        if not doomed:
            return
        till = self.world.till.till
        for one in unfinished:
            family, record = till.families.get(one["item_id"]), till.products.items.get(one["item_id"])
            alive = bool(family.members) if family else record is not None and record.deleted_at is None
            if one["action"] == "delete" and alive and str(one.get("target_id")) in doomed:
                self.watcher.say("I-23", f"{sorted(doomed)} are deleted, and the till still has {one['item_id']}")
        if not any(one["action"] == "delete" for one in unfinished):
            self.watcher.say("I-23", f"{sorted(doomed)} are deleted, and nobody meant to")

    def _limits(self, part: Part) -> None:
        """I-24: no more of a class in one run than its limit and what a person approved."""
        limits = self.world.chosen.settings.get("limits")
        if not limits or self.world.approved_now:
            return
        before = {name: len(ids) for name, ids in self.counted.items()}
        self.counted["delete"] |= self.shop.doomed(part)
        self.counted["unpublish"] |= self.shop.hidden(part)
        self.counted["price_change"] |= self.shop.priced(part)
        for name, ids in self.counted.items():
            if name in limits and before.get(name, 0) < len(ids) > limits[name]["count"]:
                self.watcher.say("I-24", f"{len(ids)} of {name} in one run, {limits[name]['count']} may: {sorted(ids)}")
