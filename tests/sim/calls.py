"""Oracles at every call: what no run may send, whatever happens (`reliability.md` §3)."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tests.sim.journal_file import JournalFile
from tests.sim.till_calls import TillCalls

if TYPE_CHECKING:
    from tests.sim.wire import Sent
    from tests.sim.world import Cycle, World

LARGEST = 2_147_483_647
NEVER = frozenset({
    "weight", "width", "height", "depth", "categories", "retail_price", "sale_price", "upc", "gtin", "product_tax_code",
    "tax_class_id", "page_title", "meta_description", "meta_keywords", "custom_url", "sort_order", "warranty",
})  # fmt: skip
"""Fields of a standing product that are the store's own; the till may never change them (I-21)."""
BLINDING = frozenset({"F8", "F13", "F14", "F15", "F16", "F22", "F25", "F26", "F27"})
"""Faults after which a reading may be older or poorer than the platform without anyone knowing."""
LEVELS = "/inventory/adjustments/absolute"
LONGEST_WAIT = 900.0
_CLAIMED = (
    "SELECT target_id, max(CAST(changes -> 'on_hand' ->> 'after' AS DECIMAL(18, 4))) AS level FROM receipts"
    " WHERE run_id = ? AND level = 'stock' AND outcome = 'ok' GROUP BY target_id HAVING count(*) = 1"
)


class Caught(BaseException):
    """What was looked for was seen."""


class Watcher:
    """Watches every call and every run of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.violations: dict[str, list[str]] = defaultdict(list)
        self.quiet = False
        self.journal = JournalFile(world.home / "shop" / "journal.jsonl")
        self.on_its_way = 0
        self.free_at: dict[str, datetime] = {}
        self.doubtful: set[str] = set()
        self.cycle: Cycle | None = None
        self.counted: dict[str, set[Any]] = defaultdict(set)
        self.only_raised = False
        self.till = TillCalls(self)
        self.stops_at: frozenset[str] = frozenset()
        """Invariants whose first violation is enough."""

    def say(self, invariant: str, witness: str) -> None:
        """Note a violation."""
        if len(self.violations[invariant]) < 20:
            self.violations[invariant].append(f"{self.world.time.now():%H:%M:%S} {witness}")
        if invariant in self.stops_at:
            raise Caught(invariant)

    @property
    def blind(self) -> bool:
        """Whether something was read wrongly without a sign of it, so that the engine may not know better."""
        return bool(BLINDING & set(self.world.chosen.rates))

    @property
    def lag(self) -> float:
        """Seconds by which what is read of the till may be behind."""
        return float(str(self.world.till.switches["stock_lag"]))

    # --- runs ----------------------------------------------------------------------------------------------

    def run_begins(self, cycle: Cycle) -> None:
        """A run begins."""
        self.cycle, self.counted, self.only_raised = cycle, defaultdict(set), False

    def run_ended(self, cycle: Cycle) -> None:
        """A run ended, however it did."""
        self.on_its_way = 0
        for entity, states in (cycle.summary or {}).get("entities", {}).items():
            whole = sum(n for name, n in states.items() if name not in {"observed", "withheld_fields"})
            if whole != states["observed"]:
                self.say("I-26", f"{entity}: {states['observed']} observed, {whole} accounted for")
        if not self.blind:
            self._cursors()
        if cycle.end.startswith("exit") and "F4" not in self.world.chosen.rates:
            self._claims(cycle)

    def _claims(self, cycle: Cycle) -> None:
        """I-17: a level said to be set is set, unless a person set another since."""
        hands, store = self.world.hands, self.world.store
        rows = self.world.rows(_CLAIMED, [f"run-{cycle.number}"])
        for row in rows:
            variant = store.store.variants.get(int(row["target_id"]))
            product = store.store.products.get(variant.product_id) if variant is not None else None
            if variant is None or product is None or product.fields["inventory_tracking"] == "none":
                continue
            sku = variant.sku or product.fields["sku"]
            actual = store.store.levels.actual((1, store.item_of(product, variant)))
            if actual != int(row["level"]) and hands.stock_touched.get(sku, cycle.started) <= cycle.started:
                self.say("I-17", f"run {cycle.number} says that {sku} was set to {row['level']}; it is {actual}")

    def _cursors(self) -> None:
        """I-28: what lies at or below the cursor was kept with that version or a later one, also after a crash."""
        till = self.world.till.till
        kept = self.world.rows(
            "SELECT value FROM sync.cursors WHERE platform = 'lightspeed_x' AND resource = 'products'"
        )
        if not kept:
            return
        rows = self.world.rows("SELECT id, version FROM raw_lightspeed_x.lightspeed_x_products_raw")
        staged = {row["id"]: row["version"] or 0 for row in rows}
        for record in till.products.items.values():
            if record.version <= kept[0]["value"] and staged.get(record.id, 0) < record.version:
                self.say("I-28", f"{record.sku} has version {record.version}, the cursor {kept[0]['value']}, kept is "
                         f"{staged.get(record.id)}")  # fmt: skip

    # --- calls ---------------------------------------------------------------------------------------------

    def before_call(self, sent: Sent) -> None:
        """Before the platform sees it."""
        self._egress(sent)
        if sent.moment < self.free_at.get(sent.system, sent.moment) - timedelta(seconds=1):
            self.say("I-32", f"{sent.request.method} {sent.template} before {self.free_at[sent.system]:%H:%M:%S}")
        self.on_its_way += 1
        if self.on_its_way > 1:
            self.say("I-19", f"{sent.request.method} {sent.template} while another call was on its way")
        if sent.writes:
            self._before_write(sent)

    def after_call(self, sent: Sent) -> None:
        """After the answer, or when none came."""
        self.on_its_way -= 1
        if sent.system == "lightspeed_x":
            self.till.after(sent)
        if sent.status == 429:
            self._announced(sent)
        if sent.template.endswith("/catalog/products"):
            unsent = sent.fault in {"F1", "F20"}
            if sent.request.method == "POST" and not unsent and (sent.status == 0 or sent.status >= 500):
                self.doubtful.add(self._name_of(sent))
            elif sent.request.method == "GET":
                self.doubtful.clear()

    def _egress(self, sent: Sent) -> None:
        from tests.sim.world import TOKENS, URLS

        if sent.url != URLS[sent.system]:
            self.say("I-38", f"a call to {sent.url}")
        words = [*sent.request.headers.values(), sent.request.path, sent.request.body.decode("utf-8", "replace")]
        for system, token in TOKENS.items():
            if system != sent.system and any(token in word for word in words):
                self.say("I-38", f"the credential of {system} went to {sent.system}")

    def _announced(self, sent: Sent) -> None:
        asked = sent.headers.get("x-retry-after") or sent.headers.get("retry-after")
        if asked is None:
            return
        skew = timedelta(seconds=self.world.machines[sent.system].clock.skew)
        until = (
            self.world.time.now() + timedelta(seconds=float(asked))
            if asked.isdigit()
            else parsedate_to_datetime(asked) - skew
        )
        longest = self.world.time.now() + timedelta(seconds=LONGEST_WAIT)
        if "F17" not in self.world.chosen.rates or asked.isdigit():
            self.free_at[sent.system] = min(until, longest)

    # --- writes --------------------------------------------------------------------------------------------

    def _before_write(self, sent: Sent) -> None:
        self.journal.refresh()
        if self.quiet:
            self.say(
                "I-8",
                f"{sent.request.method} {sent.request.path} though nothing had changed: {sent.request.body[:300]!r}",
            )
        run = self.world.run
        if run is not None and run is self.world.fenced:
            self.say("I-39", f"{sent.request.method} {sent.request.path} by a run whose place another had taken")
        unfinished = self.journal.unfinished()
        if sent.system == "lightspeed_x":
            self.till.before(sent, unfinished)
            return
        if "/orders" in sent.template:
            self.say("I-20", f"{sent.request.method} {sent.template}: nothing of the till becomes an order")
        self._intended(sent, unfinished)
        if sent.template.endswith(LEVELS):
            self._levels(sent, unfinished)
        if sent.request.method == "PUT" and sent.template.endswith(("/catalog/products", "/catalog/products/{key}")):
            self._fields(sent)
        if sent.request.method == "DELETE":
            self._destroys(sent, unfinished)
        self._limits(sent)

    def _name_of(self, sent: Sent) -> str:
        body = sent.request.json() if sent.request.body else {}
        return str(body.get("name", "")).strip().lower()

    def _intended(self, sent: Sent, unfinished: list[dict[str, Any]]) -> None:
        """I-16: an earlier intent on disk covers everything the call names; I-18: no creation is sent again blindly."""
        if not unfinished:
            self.say("I-16", f"{sent.request.method} {sent.template} without any intent")
            return
        if sent.request.method == "POST" and sent.template.endswith("/catalog/products"):
            name = self._name_of(sent)
            digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
            if not any(one["action"] == "create" and one["name_hash"] == digest for one in unfinished):
                self.say("I-16", f"the creation of {name} was not intended")
            if name in self.doubtful:
                self.say("I-18", f"{name} is created again, and nobody looked whether it was there")
            return
        strangers = self._named(sent) - self._covered(unfinished)
        if strangers:
            self.say("I-16", f"{sent.request.method} {sent.template} names products {sorted(strangers)}, not intended")

    def _named(self, sent: Sent) -> set[int]:
        """Store products a call names, by its path or in its body."""
        store = self.world.store.store
        found = {int(number) for number in re.findall(r"/catalog/products/(\d+)", sent.request.path)}
        body = sent.request.json() if sent.request.body else []
        items = body.get("items", []) if isinstance(body, dict) else body
        of_variants = sent.template.endswith("/catalog/variants")
        for item in items if isinstance(items, list) else []:
            variant = item.get("id") if of_variants else item.get("variant_id")
            if variant in store.variants:
                found.add(store.variants[variant].product_id)
            elif not of_variants and (item.get("product_id") or item.get("id")):
                found.add(int(item.get("product_id") or item["id"]))
        return found & set(store.products)

    def _covered(self, unfinished: list[dict[str, Any]]) -> set[int]:
        """Store products that intents are about: by their ids, or by a SKU of the till product they name."""
        store, till, found = self.world.store.store, self.world.till.till, set()
        for one in unfinished:
            target = str(one.get("target_id") or "")
            if target.isdigit() and one["level"] in {"product", "images"}:
                found.add(int(target))
            elif target.isdigit() and int(target) in store.variants:
                found.add(store.variants[int(target)].product_id)
            family = till.families.get(one.get("parent_item_id") or one["item_id"])
            skus = [till.products.items[key].sku for key in family.members] if family else []
            for sku in [*skus, *filter(None, [one.get("sku")])]:
                owner = store.by_sku(sku)
                if owner is not None:
                    found.add(getattr(owner, "product_id", owner.id))
        return found

    def _levels(self, sent: Sent, unfinished: list[dict[str, Any]]) -> None:
        """I-11 range, I-12 places, I-14 untracked, I-33 decreases first: every level that is set."""
        store, hands, lowered, raised = self.world.store.store, self.world.hands, [], []
        intents = {one["target_id"]: one for one in unfinished if one["level"] == "stock"}
        for item in sent.request.json()["items"]:
            value = item["quantity"]
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
                self.say("I-11", f"a level of {value!r}")
            key = self._item(item)
            one = intents.get(str(key)) if key is not None else None
            product = store.products.get(
                item.get("product_id") or (store.variants[key].product_id if key in store.variants else 0)
            )
            if product is None or key not in store.variants:
                continue
            present = store.levels.actual((1, self.world.store.item_of(product, store.variants[key]))) or 0
            (lowered if value < present else raised).append(str(key))
            if one is not None:
                self._one_level(hands, one["item_id"], value)
        recent = max(hands.stock_touched.values(), default=None)
        touched = recent is not None and self.cycle is not None and recent >= self.cycle.started - timedelta(minutes=30)
        if lowered and self.only_raised and not touched and not self.blind and not self.world.chosen.rates:
            self.say("I-33", f"levels of {lowered} fall after others were raised")
        self.only_raised = self.only_raised or (bool(raised) and not lowered)

    def _item(self, item: dict[str, Any]) -> int | None:
        if item.get("variant_id"):
            return int(item["variant_id"])
        product = self.world.store.store.products.get(item.get("product_id"))
        return product.variants[0].id if product is not None and product.variants else None

    def _one_level(self, hands: Any, item_id: str, value: int) -> None:
        known, shelf = hands.levels.get(item_id), hands.shelf
        if known is not None and value not in known and item_id not in shelf.sold_online and not self.blind:
            self.say(
                "I-12", f"{item_id} is set to {value}; the outlets it shows never held that, but {sorted(known)[:12]}"
            )
        began = self.cycle.started if self.cycle is not None else self.world.time.now()
        most = shelf.most(item_id, began, self.lag)
        if most is not None and value > most and not self.blind:
            self.say("I-9", f"{item_id} is set to {value}, of which more than {most} were sold already")
        since = hands.untracked_since.get(item_id)
        if since is not None and self.cycle is not None and since < self.cycle.started and not self.blind:
            self.say("I-14", f"{item_id} is not counted since {since:%H:%M}, yet {value} is set")

    def _fields(self, sent: Sent) -> None:
        body = sent.request.json()
        for item in body if isinstance(body, list) else [body]:
            foreign = NEVER & set(item)
            if foreign:
                self.say("I-21", f"product {item.get('id')}: {sorted(foreign)} are the store's own")

    def _destroys(self, sent: Sent, unfinished: list[dict[str, Any]]) -> None:
        """I-23: a product or variant is deleted only where the till deleted it."""
        doomed = _doomed(sent)
        if not doomed:
            return
        till = self.world.till.till
        for one in unfinished:
            family, record = till.families.get(one["item_id"]), till.products.items.get(one["item_id"])
            alive = bool(family.members) if family else record is not None and record.deleted_at is None
            if one["action"] == "delete" and alive and str(one.get("target_id")) in doomed:
                self.say("I-23", f"{sorted(doomed)} are deleted, and the till still has {one['item_id']}")
        if not any(one["action"] == "delete" for one in unfinished):
            self.say("I-23", f"{sorted(doomed)} are deleted, and nobody meant to")

    def _limits(self, sent: Sent) -> None:
        """I-24: no more of a class in one run than its limit and what a person approved."""
        limits = self.world.chosen.settings.get("limits")
        if not limits or self.world.approved_now:
            return
        body = sent.request.json() if sent.request.body else None
        items = body if isinstance(body, list) else []
        store = self.world.store.store
        before = {name: len(ids) for name, ids in self.counted.items()}
        self.counted["delete"] |= _doomed(sent)
        shown = {n for n, product in store.products.items() if product.fields["is_visible"]}
        self.counted["unpublish"] |= {i["id"] for i in items if i.get("is_visible") is False and i.get("id") in shown}
        if sent.request.method == "PUT" and sent.template.endswith(("/catalog/products", "/catalog/variants")):
            shelf = store.variants if sent.template.endswith("variants") else store.products
            priced = [item for item in items if "price" in item and item.get("id") in shelf]
            moved = {item["id"] for item in priced if _moves(shelf[item["id"]], item["price"])}
            self.counted["price_change"] |= {(sent.template, one) for one in moved}
        for name, ids in self.counted.items():
            if name in limits and before.get(name, 0) < len(ids) > limits[name]["count"]:
                self.say(
                    "I-24", f"{len(ids)} of {name} in one run, {limits[name]['count']} may: {sorted(ids, key=str)}"
                )


def _doomed(sent: Sent) -> set[str]:
    """Ids of the products, or of the variant, that a call deletes: named in its path or in ``id:in``."""
    found = re.search(r"/catalog/products(?:/([^/]+)(?:/variants/([^/]+))?)?$", sent.request.path)
    if sent.request.method != "DELETE" or found is None:
        return set()
    named = found[2] or found[1]
    listed = sent.request.param("id:in") or sent.request.param("id") or ""
    return {named} if named else set(filter(None, listed.split(",")))


def _moves(record: Any, price: Any) -> bool:
    present = record.fields["price"]
    return present is not None and Decimal(str(price)) != Decimal(present)
