"""What happens at the shop (`reliability.md` §4.3): at the till, and to products in the store; orders are ``shoppers``.

Every kind is a method ``do_<kind>``; a kind that finds nothing to do does nothing and is not counted. Which record is
taken follows the world's stream and the platforms' present state, never what the engine did with its own randomness.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.kit.catalogue_csv import read as read_catalogue
from tests.sim.chance import stream
from tests.sim.forgotten import Forgotten
from tests.sim.shoppers import ORDERS, Shoppers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sim.world import World

KINDS: dict[str, float] = {
    "sale": 30, "return": 4, "receipt": 8, "transfer": 4, "count": 6, "write_off": 3, "elsewhere": 4,
    "price": 6, "name": 2, "description": 2, "rename_sku": 1.5, "add_variant": 1.5, "remove_variant": 0.7, "hide": 1,
    "unhide": 1.2, "delete_product": 0.5, "add_product": 1.5, "untrack": 0.5, "track": 0.7, "images": 2, "tags": 1,
    "brand": 1, "cost": 1, "together": 1,
    "store_price": 1.5, "store_visibility": 0.7, "store_stock": 1.5, "store_description": 0.7, "store_delete": 0.3,
    "store_unowned": 1.5, "store_own_product": 0.4, "burst": 0.05, **ORDERS,
}  # fmt: skip
"""Usual weights; a seed shifts each by up to three times."""
SETTINGS_CHANGE = 0.05
POISON = "POISON"
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    "Variant Price,Cost per item,Image Src,Image Position,Variant Barcode,Variant Grams"
)


class Hands(Shoppers):
    """Who acts on both platforms. Remembers what a person did that must outlast every run."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.rng = stream(world.chosen.seed, "world")
        self.human_deleted: set[str] = set()
        """Families whose product a person deleted in the store, however their SKUs are called since."""
        self.families: dict[str, str] = {}
        """By every SKU there ever was: the family that had it last."""
        self.hidden_by_hand: set[str] = set()
        """Products whose visibility a person changed in the store."""
        self.unowned: dict[str, dict[str, Any]] = {}
        self.untracked_since: dict[str, datetime] = {}
        self.levels: dict[str, set[int]] = {}
        self.forgotten = Forgotten(world)
        self._made = 0

    # --- the beginning -------------------------------------------------------------------------------------

    def open_shop(self, folder: Path) -> None:
        """The catalogue the till begins with, two more outlets, and what the store had of its own."""
        rng, rows = self.rng, [HEADER]
        for n in range(self.world.chosen.products):
            images = f"https://img.example.test/p{n}.jpg"
            if rng.random() < 0.4:
                for size in ("S", "M", "L")[: rng.randint(2, 3)]:
                    handle = f"p{n},Thing {n},<p>About {n}</p>,Acme,Goods,tag{n % 3},true"
                    rows.append(f"{handle},Size,{size},SKU-{n}-{size},{self._start()},{10 + n}.00,4.00,{images},1,,")
            else:
                stock = "" if rng.random() < 0.1 else self._start()
                start = f"p{n},Thing {n},<p>About {n}</p>,Acme,Goods,tag{n % 3},true,Title,Default Title"
                rows.append(f"{start},SKU-{n},{stock},{10 + n}.00,4.00,{images},1,,")
        file = folder / "catalogue.csv"
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        self.world.till.seed(read_catalogue(file))
        for name in ("Second Outlet", "Far Outlet"):
            self.world.till.add_outlet(name)
        self.do_store_own_product()
        for sku in self._skus():
            self._remember(sku)

    def _start(self) -> int:
        return self.rng.choice((0, 1, 1, 2, 3, 4, 5, 5, 8, 50))

    def schedule(self) -> None:
        """Put the seed's events on the clock, and the change of a setting where the seed has one."""
        chosen, begin = self.world.chosen, self.world.time.now()
        kinds = self.rng.choices(list(chosen.weights), list(chosen.weights.values()), k=chosen.events)
        for kind in kinds:
            moment = begin + timedelta(hours=chosen.hours * self.rng.random())
            self.world.time.at(moment, lambda kind=kind: self.happen(kind))
        if self.rng.random() < SETTINGS_CHANGE:
            self.world.time.at(begin + timedelta(hours=chosen.hours / 2), self._change_setting)
        if (reused := stream(chosen.seed, "reused ids")).random() < chosen.rates.get("F32", 0.0):
            self.world.time.at(begin + timedelta(hours=chosen.hours * reused.random()), self._newest_goes)

    def happen(self, kind: str) -> None:
        """One event, if the world has something for it."""
        done = getattr(self, f"do_{kind}")()
        if done is not False:
            self.world.figures.events[kind] += 1

    def _change_setting(self) -> None:
        self.world.settings["buffer"] = 1
        self.world.figures.events["setting"] += 1
        for sku in self._skus():
            self._remember(sku)
        self.shelf.rebuffered = self.world.time.now()
        self.shelf.note(self.shelf.items.values())

    # --- who there is --------------------------------------------------------------------------------------

    def _skus(self) -> list[str]:
        till = self.world.till.till
        return sorted(member.sku for family in self._families() for member in till.members(family))

    def _families(self) -> list[Any]:
        """Families that are sold, without the poisoned one (I-27) and what orders made: nobody touches those, so that
        they shift nothing."""
        till = self.world.till.till
        families = [family for family in till.families.values() if family.members and family.name[:6] != POISON]
        return [family for family in families if not self.shelf.made & set(family.members)]

    def _sku(self) -> str | None:
        found = self._skus()
        return self.rng.choice(found) if found else None

    def _store_product(self) -> str | None:
        ours = [product for product in self.world.shop.products() if product not in self.human_products]
        return self.rng.choice(ours) if ours else None

    def _remember(self, sku: str) -> None:
        from tests.sim.truth import level

        record = self.world.till.product(sku)
        self.families[sku] = record.family_id
        self.shelf.know(sku, record.id)
        self.levels.setdefault(record.id, set()).add(level(self.world, record.id))
        family = self.world.till.till.families[record.family_id]
        if any(member.tracked for member in self.world.till.till.members(family)):
            self.untracked_since.pop(record.id, None)
        else:
            self.untracked_since.setdefault(record.id, self.world.time.now())

    def left_out(self, world: World) -> set[str]:
        """SKUs no longer kept in the store, because a person deleted them there and `recreate_missing` is off."""
        families, products = self.forgotten.families, self.forgotten.products
        till, shop = world.till.till, world.shop
        if not world.settings["recreate_missing"]:
            families = families | self.human_deleted
        skus = {member.sku for key in families for member in till.members(till.families[key])}
        skus |= {place.sku for key in products & set(shop.products()) for place in shop.places(key)}
        return {POISON} | skus

    def poison(self) -> None:
        """A product no store can take: a price below 0."""
        self.world.till.add_product(POISON, sku=POISON, price=-1, quantity=1)

    # --- stock at the till ---------------------------------------------------------------------------------

    def _move(self, change: int, outlet: str = "Main Outlet") -> bool:
        sku = self._sku()
        if sku is None or not self.world.till.product(sku).tracked:
            return False
        move = self.world.till.adjust if change > 0 else self.world.till.sell
        move(sku, abs(change), outlet)
        self._remember(sku)
        return True

    def do_sale(self) -> bool:
        return self._move(-self.rng.choice((1, 1, 1, 2, 3)))

    def do_return(self) -> bool:
        return self._move(1)

    def do_receipt(self) -> bool:
        return self._move(self.rng.randint(1, 12), self.rng.choice(("Main Outlet", "Second Outlet")))

    def do_write_off(self) -> bool:
        return self._move(-1)

    def do_elsewhere(self) -> bool:
        return self._move(self.rng.randint(-3, 9), "Far Outlet")

    def do_transfer(self) -> bool:
        sku = self._sku()
        if sku is None or not self.world.till.product(sku).tracked:
            return False
        there = self.rng.choice(("Second Outlet", "Far Outlet"))
        self.world.till.adjust(sku, -1, "Main Outlet")
        self._remember(sku)
        self.world.till.adjust(sku, 1, there)
        self._remember(sku)
        return True

    def do_count(self) -> bool:
        sku = self._sku()
        if sku is None or not self.world.till.product(sku).tracked:
            return False
        self.world.till.set_level(sku, "Main Outlet", self._start())
        self._remember(sku)
        return True

    def do_burst(self) -> None:
        """Fifty sales in ten minutes."""
        for n in range(50):
            moment = self.world.time.now() + timedelta(seconds=12 * n)
            self.world.time.at(moment, lambda: self.happen("sale"))

    # --- catalogue at the till -----------------------------------------------------------------------------

    def _edit(self, **fields: Any) -> bool:
        sku = self._sku()
        if sku is None:
            return False
        self.world.till.edit_product(sku, **fields)
        return True

    def do_price(self) -> bool:
        return self._edit(price=Decimal(self.rng.randint(500, 4000)) / 100)

    def do_cost(self) -> bool:
        return self._edit(cost=Decimal(self.rng.randint(100, 400)) / 100)

    def do_name(self) -> bool:
        self._made += 1
        return self._edit(name=f"Renamed  {self._made}")

    def do_description(self) -> bool:
        self._made += 1
        return self._edit(description=f"<p>Told {self._made}</p>")

    def do_tags(self) -> bool:
        return self._edit(tags=self.rng.sample(["red", "blue", "new", "sale"], self.rng.randint(1, 3)))

    def do_brand(self) -> bool:
        return self._edit(brand=self.rng.choice(("Acme", "Bolt", "Cora")))

    def do_images(self) -> bool:
        count = self.rng.randint(1, 3)
        self._made += 1
        return self._edit(images=[f"https://img.example.test/i{self._made}-{n}.jpg" for n in range(count)])

    def do_together(self) -> bool:
        """Several products changed at once: their feed places are neighbours."""
        done = [self.do_price() for _ in range(4)]
        return all(done)

    def do_rename_sku(self) -> bool:
        self._made += 1
        renamed = self._edit(sku=f"NEW-{self._made}")
        if renamed:
            self._remember(f"NEW-{self._made}")
            self.forgotten.renamed()
        return renamed

    def do_hide(self) -> bool:
        sku = self._sku()
        if sku is None:
            return False
        self.world.till.deactivate(sku)
        return True

    def do_unhide(self) -> bool:
        hidden = [sku for sku in self._skus() if not self.world.till.product(sku).active]
        if not hidden:
            return False
        self.world.till.activate(self.rng.choice(hidden))
        self.forgotten.shown()
        return True

    def do_untrack(self) -> bool:
        return self._set_tracked(False)

    def do_track(self) -> bool:
        return self._set_tracked(True)

    def _set_tracked(self, tracked: bool) -> bool:
        found = [sku for sku in self._skus() if self.world.till.product(sku).tracked != tracked]
        if not found:
            return False
        till = self.world.till.till
        family = till.families[self.world.till.product(self.rng.choice(found)).family_id]
        for member in till.members(family):
            self.world.till.edit_product(member.id, tracked=tracked)
            self._remember(member.sku)
        return True

    def do_add_product(self) -> None:
        self._made += 1
        self.world.till.add_product(f"Fresh {self._made}", sku=f"ADD-{self._made}", price=self.rng.randint(5, 40),
                                    quantity=self._start(), description=f"<p>Fresh {self._made}</p>", brand="Acme",
                                    images=[f"https://img.example.test/a{self._made}.jpg"])  # fmt: skip
        self._remember(f"ADD-{self._made}")

    def do_add_variant(self) -> bool:
        families = [family for family in self._families() if family.attribute_ids]
        if not families:
            return False
        family = self.rng.choice(families)
        self._made += 1
        sku = f"VAR-{self._made}"
        self.world.till.add_variant(family.members[0], [f"X{self._made}"], sku=sku, price=15, quantity=self._start())
        self._remember(sku)
        self.forgotten.shown()
        return True

    def do_remove_variant(self) -> bool:
        families = [family for family in self._families() if len(family.members) > 2]
        if not families:
            return False
        self._delete([self.rng.choice(self.rng.choice(families).members)])
        return True

    def do_delete_product(self) -> bool:
        alive = self._families()
        if len(alive) <= 5:
            return False
        self._delete(list(self.rng.choice(alive).members))
        return True

    def _delete(self, members: list[str]) -> None:
        """Delete products of one family at the till."""
        self.forgotten.deleted(members)
        self.world.till.delete(members[0], whole_family=len(members) > 1)

    # --- people in the store -------------------------------------------------------------------------------

    def do_store_price(self) -> bool:
        product = self._store_product()
        if product is None or not self.world.shop.simple(product):
            return False
        self.world.shop.edit(product, price=Decimal(self.rng.randint(100, 9999)) / 100)
        return True

    def do_store_visibility(self) -> bool:
        product = self._store_product()
        if product is None:
            return False
        self.world.shop.edit(product, visible=not self.world.shop.visible(product))
        self.hidden_by_hand.add(product)
        return True

    def do_store_description(self) -> bool:
        product = self._store_product()
        if product is None:
            return False
        self.world.shop.edit(product, description="<p>A person wrote this</p>")
        return True

    def do_store_unowned(self) -> bool:
        """A person sets fields that are the store's own; they must stay (I-21)."""
        product = self._store_product()
        if product is None:
            return False
        self._made += 1
        values = self.world.shop.own_values(self._made)
        self.world.shop.set_own(product, values)
        self.unowned[product] = values
        return True

    def do_store_stock(self) -> bool:
        product = self._store_product()
        place = next(iter(self.world.shop.places(product)), None) if product is not None else None
        if place is None or not place.counted:
            return False
        self.world.shop.set_level(place.sku, self.rng.randint(0, 9))
        self.shelf.set_in_store.add(self.shelf.item(place.sku) or "")
        self.stock_touched[place.sku] = self.world.time.now()
        return True

    def do_store_delete(self) -> bool:
        product = self._store_product()
        if product is None:
            return False
        self._delete_in_store(product)
        return True

    def _newest_goes(self) -> None:
        """The store's newest product is deleted, and the next one gets its id (F32)."""
        newest = max(self.world.shop.products(), key=int, default=None)
        if newest is not None and newest not in self.human_products:
            self._delete_in_store(newest)
            self.world.figures.faults["F32"] += self.world.shop.reuse(newest)

    def _delete_in_store(self, product: str) -> None:
        shop = self.world.shop
        skus = {place.sku for place in shop.places(product)}
        self.human_deleted |= {self.families[sku] for sku in skus if sku in self.families}
        self.unowned.pop(product, None)
        self.hidden_by_hand.discard(product)
        shop.delete(product)

    def do_store_own_product(self) -> None:
        self._made += 1
        self.human_products.add(self.world.shop.make_own(self._made))
