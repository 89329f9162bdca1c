"""A simulated shop: a till and a store on one clock, the merchant between them, and the real engine run in cycles.

Only transport, clock, waiting, lander and evaluator are not the engine's own. What happens at the shop is ``events``;
what is looked at is in the ``oracle`` modules.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipelines import flow
from pipelines.kit.calls import Context
from pipelines.kit.errors import MerchantBusy, TillsyncError
from pipelines.kit.journal import open_journal
from pipelines.kit.sandbox import Faults
from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import Account, ConnectionEntry, Merchant
from pipelines.language.settings import Settings
from pipelines.platforms import discover
from pipelines.run import Connection, Run, Wanted, open_run
from pipelines.stages import finish
from pipelines.stages.requests import act
from tests.sim import seams
from tests.sim.chance import Chosen, stream
from tests.sim.clock import Shifted, Time
from tests.sim.crashes import Crash, Crashes
from tests.sim.faults import of_calls
from tests.sim.stores import shop
from tests.sim.wire import Wire

TOKENS = ("till-token-Zq7", "store-token-Xw3")
URLS = ("http://127.0.0.1:1", "http://127.0.0.1:2")
CLASSES = (
    "price_jump", "price_change", "stock_to_zero", "stock_jump", "unpublish", "delete", "create", "untracked",
    "ground_change",
)  # fmt: skip
EVERYTHING = ("products", "stock", "orders")
UNBOUNDED = {name: {"count": 10**6, "share": 1} for name in CLASSES}


WROTE = ("exit 0", "exit 1", "exit 3")
"""How a run ends that sent its plan, and with it what a person had approved."""


@dataclass
class Cycle:
    """What one run came to."""

    number: int
    started: datetime
    full: bool
    end: str
    ended: datetime | None = None
    summary: dict[str, Any] | None = None
    calls: int = 0
    writes: int = 0

    @property
    def wrote(self) -> bool:
        """Whether it came to its own end, after writing what it had to."""
        return self.end.partition(" (")[0] in WROTE


@dataclass
class Figures:
    """What is counted over a seed."""

    events: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    answered: int = 0
    writes: int = 0
    noop_writes: int = 0
    """Writing calls in the runs after healing, when nothing had changed since the run before."""
    levels_set: int = 0
    levels_same: int = 0
    """Levels that were set to what the store showed at that moment; a shopper may have been quicker."""
    approved: int = 0


class World:
    """One seed's world. ``home`` is empty at first; everything the engine keeps is below it."""

    def __init__(self, chosen: Chosen, home: Path) -> None:
        self.chosen, self.home = chosen, home
        self.time = Time()
        self.figures = Figures()
        self.source, self.target = chosen.connection.split("__")
        self.tokens = dict(zip((self.source, self.target), TOKENS, strict=True))
        self.urls = dict(zip((self.source, self.target), URLS, strict=True))
        self.till, self.store = self._machine(self.source), self._machine(self.target)
        self.machines = {self.source: self.till, self.target: self.store}
        self.shop = shop(self.target, self.store)
        self.settings: dict[str, Any] = {
            **self.shop.settings(stream(chosen.seed, "settings of the store")),
            **chosen.settings,
            "limits": {**UNBOUNDED, **chosen.settings.get("limits", {})},
        }
        self.trace: list[tuple[str, ...]] = []
        self.crashes = Crashes(stream(chosen.seed, "crashes"))
        self.misfortune = stream(chosen.seed, "misfortune")
        self.outages: list[tuple[str, str, datetime, datetime]] = []
        self.watchers: list[Any] = []
        self.cycles: list[Cycle] = []
        self.run: Run | None = None
        self.fenced: Run | None = None
        """The run whose place another process has taken."""
        self.lander: Callable[..., None] = seams.land
        self.wires = {name: Wire(self, name, machine, self.urls[name]) for name, machine in self.machines.items()}
        self._runs = itertools.count(1)
        self.healing = False
        self.approved_now = False
        self.hands: Any = None
        self.engine_settings: dict[str, Any] = {}
        """Settings the engine is given though the shop has others (mutants)."""

    def _machine(self, name: str) -> Any:
        chosen = self.chosen
        skews = stream(chosen.seed, f"skew {name}")
        skew = skews.uniform(-600, 600) if "F17" in chosen.rates else 0.0
        faults = Faults(of_calls(chosen.rates, documents=name == self.source), seed=hash_of(chosen.seed, name))
        faults.time_out_seconds = 60.0
        clock = Shifted(self.time, skew)
        made = discover()[name].load("sandbox")(hash_of(chosen.seed, name), clock, self.tokens[name], faults)
        if name == self.target:
            lag = stream(chosen.seed, "lag").uniform(0.2, discover()[name].settle_seconds * 0.9)
            made.switches["stock_lag"] = lag if "F12" in chosen.rates else 0.2
        if "F12" in chosen.rates:
            lags = stream(chosen.seed, f"lags {name}")
            names = ("order_lag",) if name == self.target else ("stock_lag", "search_lag")
            for switch, longest in zip(names, (discover()[name].settle_seconds * 0.9, 60.0), strict=False):
                made.switches[switch] = lags.uniform(0, 60.0 if name == self.target else longest)
        if name == self.source and "F15" in chosen.rates:
            self._tie(made.till, chosen.rates["F15"])
        return made

    def _tie(self, till: Any, rate: float) -> None:
        """Records changed together share a version (F15)."""
        rng, real = stream(self.chosen.seed, "ties"), till.touch

        def touch(records: Iterable[Any]) -> None:
            changed = list(records)
            if len(changed) < 2 or rng.random() >= rate:
                real(changed)
                return
            version = till.new_version()
            with patch.object(till, "new_version", lambda: version):
                real(changed)
            self.figures.faults["F15"] += 1

        till.touch = touch

    # --- the merchant --------------------------------------------------------------------------------------

    def connection(self) -> tuple[Merchant, Connection]:
        """The merchant and the connection, compiled with the settings of the moment."""
        base = {"publish": "all", "connected_on": "2024-01-01"}
        accounts = {
            name: Account(discover()[name].account.model_validate(
                {"base_url": self.urls[name], **machine.account()}), f"SIM_{name}".upper())
            for name, machine in self.machines.items()
        }  # fmt: skip
        entry = ConnectionEntry(settings={**base, **self.settings, **self.engine_settings})
        name = self.chosen.connection
        merchant = Merchant("shop", accounts, {name: entry})
        mapping, compiled = _compiled(name, repr(sorted(entry.settings.items(), key=str)), merchant)
        return merchant, Connection(name, mapping, compiled)

    # --- one run -------------------------------------------------------------------------------------------

    def cycle(self, *, full: bool = False, write: bool = True) -> Cycle:
        """One run of the engine, however it ends. Raises what no run may raise."""
        number = next(self._runs)
        cycle = Cycle(number, self.time.now(), full, "")
        calls, writes = self.figures.calls, self.figures.writes
        self._notify("run_begins", cycle)
        try:
            run, connection = self._open(
                f"run-{number}", Wanted((self.chosen.connection,), full, EVERYTHING, write=write)
            )
            cycle.summary = self._synced(run, connection)
            self.crashes.at("C10")
            cycle.end = f"exit {self._exit_code(run)}"
        except Crash:
            cycle.end = f"crash {self.crashes.died_at}"
        except TillsyncError as error:
            if self.crashes.dead:
                cycle.end = f"crash {self.crashes.died_at}"
            else:
                cycle.end = f"stopped {type(error).__name__}"
        except Exception:
            if not self.crashes.dead:
                raise
            cycle.end = f"crash {self.crashes.died_at}"
        finally:
            self._close()
        cycle.ended = self.time.now()
        cycle.calls, cycle.writes = self.figures.calls - calls, self.figures.writes - writes
        self.figures.ends[cycle.end.partition(" (")[0]] += 1
        self.cycles.append(cycle)
        self.approved_now = self.approved_now and not (cycle.wrote and self._approvals_used())
        self._notify("run_ended", cycle)
        return cycle

    def _synced(self, run: Run, connection: Connection) -> dict[str, Any]:
        """The run itself, with the point C14 before its end is stored."""
        real = finish.store_run

        def storing(*args: Any) -> None:
            self.crashes.at("C14")
            real(*args)

        finish.store_run = storing
        try:
            return flow.sync(run, connection)
        finally:
            finish.store_run = real

    def _open(self, run_id: str, wanted: Wanted) -> tuple[Run, Connection]:
        merchant, connection = self.connection()
        for name, token in self.tokens.items():
            os.environ[f"SIM_{name}".upper()] = token
        context = Context(run_id=run_id, wait=self.time.advance, now=self.time.now, monotonic=self.time.monotonic)
        with self.crashes.migrating():
            run = open_run(merchant, [connection], wanted, self.home, context, adapters=self.wires)
        run.warehouse.con.execute("SET threads = 1")
        run.land, run.evaluate = self._land, seams.evaluate
        self.run = run
        self.crashes.watch(run)
        return run, connection

    def _land(self, house: Warehouse, folder: Path, platform: str, reads: Any) -> None:
        def counted(pages: Any) -> Any:
            def read() -> Any:
                yield from pages()
                self.crashes.at("C1")

            return read

        self.lander(house, folder, platform, {name: counted(pages) for name, pages in reads.items()})

    @staticmethod
    def _exit_code(run: Run) -> int:
        return int(run.warehouse.one("SELECT exit_code FROM sync.runs WHERE run_id = ?", [run.run_id]))

    def _close(self) -> None:
        run, self.run = self.run, None
        if run is not None and not self.crashes.dead:
            run.close()
        self.crashes.run, self.crashes.dead, self.crashes.armed = None, False, None

    def _notify(self, what: str, *about: Any) -> None:
        for watcher in self.watchers:
            tell = getattr(watcher, what, None)
            if tell is not None:
                tell(*about)

    # --- misfortune larger than a call ---------------------------------------------------------------------

    def lose(self) -> str | None:
        """Something is lost while nothing runs (F30): the warehouse, the journal, both."""
        rate = self.chosen.rates.get("F30", 0.0)
        if self.misfortune.random() >= rate:
            return None
        what = self.misfortune.choice(
            (("warehouse.duckdb",), ("journal.jsonl",), ("warehouse.duckdb", "journal.jsonl"))
        )
        self.lose_files(*what)
        return " ".join(what)

    def lose_files(self, *names: str) -> None:
        """These files of the engine's memory are gone."""
        for name in names:
            for file in (self.home / "shop").glob(f"{name}*"):
                file.unlink()
        self.figures.faults["F30"] += 1
        self.hands.forgotten.lose(*names)

    def second_process(self) -> str:
        """Another run of the same merchant starts while one is under way (F29); how it ended."""
        self.figures.faults["F29"] += 1
        merchant, connection = self.connection()
        context = Context(run_id="other", wait=self.time.advance, now=self.time.now, monotonic=self.time.monotonic)
        wanted = Wanted((self.chosen.connection,), False, EVERYTHING)
        try:
            run = open_run(merchant, [connection], wanted, self.home, context, adapters=self.wires)
        except MerchantBusy:
            return "busy"
        run.close()
        return "entered"

    def taken_over(self) -> None:
        """The present process was paused so long that another took its place and wrote (F29)."""
        self.figures.faults["F29"] += 1
        self.fenced = self.run
        journal = open_journal(self.home / "shop", known=10**6)
        journal.add("outcome", [{"intent": 0, "outcome": "ok", "run_id": "other"}])
        journal.close()

    # --- a person ------------------------------------------------------------------------------------------

    def look(self) -> Warehouse:
        """The merchant's warehouse between runs; close it."""
        house = open_warehouse(self.home / "shop", "a look", lambda _: None)
        with suppress(Exception):
            house.con.execute("SET search_path = ?", [self.chosen.connection])
        return house

    def rows(self, sql: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Rows of the warehouse between runs; none where it is not there yet."""
        if not (self.home / "shop" / "warehouse.duckdb").exists():
            return []
        house = self.look()
        try:
            return house.query(sql, values or [])
        finally:
            house.close()

    def _approvals_used(self) -> bool:
        """Whether none is left for the next run: one whose row was not written is used by the run that writes it."""
        return not self.rows("SELECT hold_id FROM sync.holds WHERE state = 'approved'")

    def approve(self) -> int:
        """A person approves whatever waits; that records are missing only where nothing misleads them."""
        house = self.look()
        try:
            house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {self.chosen.connection}")
            waiting = house.query(
                "SELECT hold_id FROM sync.holds WHERE state = 'open' AND (class <> 'records_missing' OR ?)",
                [self.healing],
            )
            ids = [row["hold_id"] for row in waiting]
            if ids:
                act(house, "holds approve", self.chosen.connection, now=self.time.now(), ids=ids)
        finally:
            house.close()
        self.figures.approved += len(ids)
        self.approved_now = self.approved_now or bool(ids)
        return len(ids)

    def trace_hash(self) -> str:
        """The identity of everything that was sent and answered (I-40)."""
        return hashlib.sha256("\n".join("\t".join(line) for line in self.trace).encode()).hexdigest()[:16]


def hash_of(seed: int, name: str) -> int:
    """A number for a seed and a name, the same in every process."""
    return int(hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()[:8], 16)


_KEPT: dict[tuple[str, str], tuple[Any, Any]] = {}


def _compiled(name: str, settings: str, merchant: Merchant) -> tuple[Any, Any]:
    if (name, settings) not in _KEPT:
        mapping = _mapping(name)
        chosen = Settings.model_validate(merchant.settings(name, mapping.settings))
        _KEPT[name, settings] = (mapping, compile_mapping(mapping, chosen, date(2026, 3, 2)))
    return _KEPT[name, settings]


@cache
def _mapping(name: str) -> Any:
    return load_mapping(name)[0]
