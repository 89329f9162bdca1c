"""Oracles at every call: what no run may send, whatever happens (`reliability.md` §3)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tests.sim.journal_file import JournalFile
from tests.sim.store_calls import StoreCalls
from tests.sim.till_calls import TillCalls

if TYPE_CHECKING:
    from tests.sim.wire import Sent
    from tests.sim.world import Cycle, World

BLINDING = frozenset({"F8", "F13", "F14", "F15", "F16", "F22", "F25", "F26", "F27"})
"""Faults after which a reading may be older or poorer than the platform without anyone knowing."""
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
        self.cycle: Cycle | None = None
        self.till, self.store = TillCalls(self), StoreCalls(self)
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
        self.cycle = cycle
        self.store.begin()

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
        hands = self.world.hands
        for row in self.world.rows(_CLAIMED, [f"run-{cycle.number}"]):
            place = self.world.shop.sold_as(row["target_id"])
            if place is None or not place.counted or place.level == int(row["level"]):
                continue
            if hands.stock_touched.get(place.sku, cycle.started) <= cycle.started:
                said = f"{place.sku} was set to {row['level']}; it is {place.level}"
                self.say("I-17", f"run {cycle.number} says that {said}")

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
        (self.till if sent.system == self.world.source else self.store).after(sent)
        if sent.status == 429:
            self._announced(sent)

    def _egress(self, sent: Sent) -> None:
        if sent.url != self.world.urls[sent.system]:
            self.say("I-38", f"a call to {sent.url}")
        words = [*sent.request.headers.values(), sent.request.path, sent.request.body.decode("utf-8", "replace")]
        for system, token in self.world.tokens.items():
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
            self.world.figures.noop_writes += 1
            self.say(
                "I-8",
                f"{sent.request.method} {sent.request.path} though nothing had changed: {sent.request.body[:300]!r}",
            )
        run = self.world.run
        if run is not None and run is self.world.fenced:
            self.say("I-39", f"{sent.request.method} {sent.request.path} by a run whose place another had taken")
        unfinished = self.journal.unfinished()
        (self.till if sent.system == self.world.source else self.store).before(sent, unfinished)
