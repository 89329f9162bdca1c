"""The till's records and the indexes over them: every change goes through here and gets the next version.

No HTTP here. ``products`` and ``stock`` decide what a request may change; this module does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import to_json
from pipelines.platforms.lightspeed_x.sandbox import rendering
from pipelines.platforms.lightspeed_x.sandbox.books import Books
from pipelines.platforms.lightspeed_x.sandbox.feed import Feed
from pipelines.platforms.lightspeed_x.sandbox.late import Late
from pipelines.platforms.lightspeed_x.sandbox.records import Entry, Family, Level, Picture, Product, restored, saved

FIRST_VERSION = 4_300_000_000
"""Beyond 32 bits, as the vendor's examples are."""
_LISTS = (
    "outlets",
    "registers",
    "taxes",
    "payment_types",
    "users",
    "brands",
    "suppliers",
    "tags",
    "reasons",
    "adjustments",
)
_CACHED = 60_000
NO_BOOKS: Mapping[str, Any] = {"sales": (), "customers": (), "fulfilments": (), "addresses": ()}
"""Of a state that was saved before there were sales."""


@dataclass(frozen=True)
class Surroundings:
    """What the records need of the machine: ids, time, switches."""

    new_id: Callable[[], str]
    now: Callable[[], datetime]
    switches: Mapping[str, object]


class Till:
    """One retailer."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.version = FIRST_VERSION
        self.retailer: dict[str, Any] = {}
        self.next_number = 10001
        self.outlets: Feed[Entry] = Feed()
        self.registers: Feed[Entry] = Feed()
        self.taxes: Feed[Entry] = Feed()
        self.payment_types: Feed[Entry] = Feed()
        self.users: Feed[Entry] = Feed()
        self.brands: Feed[Entry] = Feed()
        self.suppliers: Feed[Entry] = Feed()
        self.tags: Feed[Entry] = Feed()
        self.reasons: Feed[Entry] = Feed()
        self.adjustments: Feed[Entry] = Feed()
        self.products: Feed[Product] = Feed()
        self.levels: Feed[Level] = Feed()
        self.families: dict[str, Family] = {}
        self.attributes: dict[str, dict[str, Any]] = {}
        self.categories: dict[str, dict[str, Any]] = {}
        self.hidden: dict[str, Product] = {}
        """Products that no list shows and a sale may name: the retailer's discount product."""
        self.books = Books(self)
        self.late = Late(around.now, lambda: float(str(around.switches["stock_lag"])))
        self._forget_indexes()

    def _forget_indexes(self) -> None:
        self.by_sku: dict[str, dict[str, None]] = {}
        self.by_code: dict[str, str] = {}
        self.by_name: dict[str, str] = {}
        self.levels_of: dict[str, dict[str, Level]] = {}
        self.used_in: dict[str, set[str]] = {}
        self.children: dict[str, set[str]] = {}
        self.pictures: dict[str, tuple[str, bool]] = {}
        """image id → (product id or family id, whether it is a family's)."""
        self.named: dict[str, dict[str, str]] = {"brands": {}, "tags": {}, "categories": {}, "attributes": {}}
        self._json: dict[str, bytes] = {}
        self._rate: Decimal | None = None

    # --- versions, time, cached answers --------------------------------------------------------------------

    def new_version(self) -> int:
        self.version += 1
        return self.version

    def stamp(self) -> str:
        """Now, as the API writes it."""
        return self.around.now().strftime("%Y-%m-%dT%H:%M:%S+00:00")

    def switch(self, name: str) -> object:
        return self.around.switches[name]

    def default_rate(self) -> Decimal:
        """The rate of the retailer's default tax, 0.15 for 15 %."""
        if self._rate is None:
            default = next((tax for tax in self.taxes.items.values() if tax.body["is_default"]), None)
            rates = default.body["rates"] if default else []
            self._rate = sum((Decimal(rate["rate"]) for rate in rates), Decimal(0))
        return self._rate

    def product_json(self, record: Product) -> bytes:
        """The record's answer, kept until the record or something it shows changes."""
        text = self._json.get(record.id)
        if text is None:
            if len(self._json) >= _CACHED:
                self._json.clear()
            text = self._json[record.id] = to_json(rendering.product(self, record))
        return text

    def forget_answers(self) -> None:
        """After a change of something that many records show (a brand's name, the tax mode)."""
        self._json.clear()
        self._rate = None

    # --- small lists ---------------------------------------------------------------------------------------

    def add_entry(self, name: str, body: dict[str, Any]) -> Entry:
        """A new record of a small list."""
        feed: Feed[Entry] = getattr(self, name)
        entry = Entry(self.around.new_id(), self.new_version(), body)
        feed.put(entry)
        self._index_entry(name, entry)
        return entry

    def change_entry(self, name: str, entry: Entry, changes: Mapping[str, Any]) -> None:
        """A changed record of a small list. Products that show it keep their version (switchable)."""
        self._unindex_entry(name, entry)
        entry.body.update(changes)
        self._renew_entry(name, entry)

    def drop_entry(self, name: str, entry: Entry) -> None:
        """Soft delete."""
        self._unindex_entry(name, entry)
        entry.deleted_at = self.stamp()
        self._renew_entry(name, entry)

    def _renew_entry(self, name: str, entry: Entry) -> None:
        entry.version = self.new_version()
        feed: Feed[Entry] = getattr(self, name)
        feed.put(entry)
        self._index_entry(name, entry)
        self.forget_answers()
        if name in ("brands", "tags", "suppliers") and self.switch("rename_touches_products"):
            self.touch(record for record in list(self.products.items.values()) if self._shows(record, entry.id))

    def _shows(self, record: Product, key: str) -> bool:
        family = self.families[record.family_id]
        return key == family.brand_id or key in family.tag_ids or any(key == s["supplier_id"] for s in record.suppliers)

    def _index_entry(self, name: str, entry: Entry) -> None:
        if name in self.named and entry.deleted_at is None:
            self.named[name].setdefault(entry.body["name"], entry.id)

    def _unindex_entry(self, name: str, entry: Entry) -> None:
        if name in self.named and self.named[name].get(entry.body["name"]) == entry.id:
            del self.named[name][entry.body["name"]]

    def add_attribute(self, name: str) -> str:
        key = self.around.new_id()
        stamp = self.stamp()
        self.attributes[key] = {"name": name, "created_at": stamp, "updated_at": stamp, "deleted_at": None, "uses": 0}
        self.named["attributes"].setdefault(name, key)
        return key

    def add_category(self, name: str, parent: str | None = None) -> str:
        key = self.around.new_id()
        self.categories[key] = {"name": name, "parent": parent}
        self.children.setdefault(parent or "", set()).add(key)
        self.named["categories"].setdefault(name, key)
        return key

    # --- families and products -----------------------------------------------------------------------------

    def add_family(self, family: Family) -> None:
        self.families[family.id] = family
        self.by_name.setdefault(family.name, family.id)
        for key in family.attribute_ids:
            self.attributes[key]["uses"] += 1
        for image in family.images:
            self.pictures[image.id] = (family.id, True)

    def add_member(self, record: Product) -> None:
        """A new product of a family that is there already."""
        self.families[record.family_id].members.append(record.id)
        self.products.put(record)
        self.index_codes(record)
        for image in record.images:
            self.pictures[image.id] = (record.id, False)
        self.index_components(record)

    def rename(self, family: Family, name: str) -> None:
        if self.by_name.get(family.name) == family.id:
            del self.by_name[family.name]
        family.name = name
        self.by_name.setdefault(name, family.id)

    def sellable(self, key: str) -> Product | None:
        """A product that a line of a sale may name."""
        return self.products.live(key) or self.hidden.get(key)

    def members(self, family: Family) -> list[Product]:
        """The live members, the parent first."""
        return [self.products.items[key] for key in family.members]

    def touch(self, records: Iterable[Product]) -> None:
        """Give changed products their next versions."""
        stamp = self.stamp()
        for record in records:
            record.version = self.new_version()
            record.updated_at = stamp
            self._json.pop(record.id, None)
            self.products.put(record)

    def next_sku(self) -> str:
        """The next free number of the retailer's SKU sequence."""
        while str(self.next_number) in self.by_code:
            self.next_number += 1
        self.next_number += 1
        return str(self.next_number - 1)

    def index_codes(self, record: Product) -> None:
        self.by_sku.setdefault(record.sku, {})[record.id] = None
        for code in record.codes:
            self.by_code.setdefault(code["code"], record.id)

    def unindex_codes(self, record: Product) -> None:
        self.by_sku.get(record.sku, {}).pop(record.id, None)
        for code in record.codes:
            if self.by_code.get(code["code"]) == record.id:
                del self.by_code[code["code"]]

    def index_components(self, record: Product) -> None:
        for key in record.components:
            self.used_in.setdefault(key, set()).add(record.id)

    def remove(self, record: Product) -> None:
        """Soft delete of one product and of its stock rows; the next member becomes the parent."""
        family = self.families[record.family_id]
        was_parent = family.members[0] == record.id
        family.members.remove(record.id)
        self.unindex_codes(record)
        for key in record.components:
            self.used_in[key].discard(record.id)
        record.deleted_at = self.stamp()
        self.touch([record])
        for level in self.levels_of.get(record.id, {}).values():
            self.late.note(level.id, level)
            level.deleted_at = record.deleted_at
            self._renew_level(level)
        if not family.members:
            self._close(family)
        elif was_parent:
            self.touch(self.members(family))

    def _close(self, family: Family) -> None:
        if self.by_name.get(family.name) == family.id:
            del self.by_name[family.name]
        for key in family.attribute_ids:
            self.attributes[key]["uses"] -= 1

    def new_picture(self, url: str, status: str = "uploaded") -> Picture:
        return Picture(self.around.new_id(), url, self.new_version(), status)

    # --- stock ---------------------------------------------------------------------------------------------

    def level(self, product_id: str, outlet_id: str) -> Level:
        """The stock row, made with 0 when there is none yet."""
        rows = self.levels_of.setdefault(product_id, {})
        if outlet_id not in rows:
            rows[outlet_id] = Level(self.around.new_id(), product_id, outlet_id, Decimal(0), self.new_version())
            self.late.note(rows[outlet_id].id, None)
            self.levels.put(rows[outlet_id])
        return rows[outlet_id]

    def set_level(self, product_id: str, outlet_id: str, **changes: Any) -> None:
        """Set ``amount``, ``reorder_point``, ``reorder_amount``; always a new version."""
        level = self.level(product_id, outlet_id)
        self.late.note(level.id, level)
        for name, value in changes.items():
            setattr(level, name, value)
        self._renew_level(level)

    def _renew_level(self, level: Level) -> None:
        level.version = self.new_version()
        self.levels.put(level)

    # --- saved form ----------------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        lists = {name: [saved(entry) for entry in getattr(self, name).items.values()] for name in _LISTS}
        return {
            "version": self.version,
            "next_number": self.next_number,
            "retailer": self.retailer,
            "attributes": self.attributes,
            "categories": self.categories,
            "lists": lists,
            "families": [saved(family) for family in self.families.values()],
            "products": [saved(record) for record in self.products.items.values()],
            "levels": [saved(level) for level in self.levels.items.values()],
            "hidden": [saved(record) for record in self.hidden.values()],
            "books": self.books.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        self._forget_indexes()
        self.version, self.next_number = state["version"], state["next_number"]
        self.retailer, self.attributes, self.categories = state["retailer"], state["attributes"], state["categories"]
        for name in _LISTS:
            feed: Feed[Entry] = getattr(self, name)
            feed.fill([restored(Entry, values) for values in state["lists"][name]])
            for entry in feed.items.values():
                self._index_entry(name, entry)
        self.families = {values["id"]: restored(Family, values) for values in state["families"]}
        self.products.fill([restored(Product, values) for values in state["products"]])
        self.levels.fill([restored(Level, values) for values in state["levels"]])
        self.hidden = {values["id"]: restored(Product, values) for values in state.get("hidden", ())}
        self.books.load(state.get("books", NO_BOOKS))
        self._rebuild_indexes()

    def _rebuild_indexes(self) -> None:
        for key, category in self.categories.items():
            self.children.setdefault(category["parent"] or "", set()).add(key)
            self.named["categories"].setdefault(category["name"], key)
        for key, attribute in self.attributes.items():
            if attribute["deleted_at"] is None:
                self.named["attributes"].setdefault(attribute["name"], key)
        for family in self.families.values():
            if family.members:
                self.by_name.setdefault(family.name, family.id)
            self.pictures.update({image.id: (family.id, True) for image in family.images})
        for record in self.products.items.values():
            if record.deleted_at is None:
                self.index_codes(record)
                self.index_components(record)
            self.pictures.update({image.id: (record.id, False) for image in record.images})
        for level in self.levels.items.values():
            self.levels_of.setdefault(level.product_id, {})[level.outlet_id] = level
