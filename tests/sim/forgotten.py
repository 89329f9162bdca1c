"""What nobody can pair any more: both memories were lost (F30) after a SKU changed or went on one side alone.

Such records are left as they are, or wait for a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sim.world import World

FILES = 2
"""What the engine remembers in: the warehouse and the journal."""


class Forgotten:
    """Families of the till and products of the store that no SKU pairs, and since when the engine knows nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.families: set[str] = set()
        self.products: set[str] = set()
        self.hidden: set[str] = set()
        """Products of the store of which nobody can know any more who hid them, though the till shows them."""
        self.since: datetime | None = None
        self._gone: set[str] = set()
        self._gone_at: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.families or self.products)

    def lose(self, *names: str) -> None:
        """Files of memory are lost now. A run makes one again from the other; without one between, both are lost, and
        what stands on one side alone can no longer be paired by its SKU."""
        before, now = self._gone_at, self.world.time.now()
        if before is not None and any(one.calls and one.started >= before for one in self.world.cycles):
            self._gone.clear()
        self._gone_at = now
        self._gone.update(names)
        if len(self._gone) == FILES:
            self.since = now
            self._part()
            self._hide()

    def renamed(self) -> None:
        """A SKU changed at the till: before a run came to its end, none can know what it was."""
        if self._unread():
            self._part()

    def shown(self) -> None:
        """The till shows what it hid: before a run came to its end, none can know that this is why it is hidden."""
        if self._unread():
            self._hide()

    def deleted(self, members: list[str]) -> None:
        """Products of the till are about to go: before a run came to its end, none can know where they stand."""
        if self._unread():
            till, shop = self.world.till.till, self.world.shop
            places = (shop.place(till.products.items[one].sku) for one in members)
            self._leave({place.product for place in places if place is not None})

    def _unread(self) -> bool:
        since = self.since
        return since is not None and not any(one.wrote and one.started >= since for one in self.world.cycles)

    def _part(self) -> None:
        from tests.sim.truth import wanted

        want, have = wanted(self.world), self.world.shop.shown()
        self._leave({item["product_id"] for sku, item in have.items() if sku not in want})
        for family in self.world.till.till.families.values():
            skus = {member.sku for member in self.world.till.till.members(family)}
            if skus - set(have) or {have[sku]["product_id"] for sku in skus & set(have)} & self.products:
                self.families.add(family.id)

    def _hide(self) -> None:
        from tests.sim.truth import wanted

        want, have = wanted(self.world), self.world.shop.shown()
        both = set(want) & set(have)
        self.hidden |= {
            have[sku]["product_id"] for sku in both if want[sku]["visible"] and not have[sku].get("visible", True)
        }

    def _leave(self, products: set[str]) -> None:
        self.products |= products - self.world.hands.human_products
