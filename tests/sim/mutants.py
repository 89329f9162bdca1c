"""Deliberately wrong policies (`reliability.md` §4.7): an oracle that never caught anything proves nothing.

Each changes the engine for one small world and names the invariant that must see it. The engine is whole again after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipelines import flow
from pipelines.kit import sql_file
from pipelines.kit.http import Session
from pipelines.kit.journal import Journal
from pipelines.stages import deadline, extract, finish, holds, link, recover, write
from tests.sim.chance import LIMITED
from tests.sim.seeds import Result, disturb, run_seed
from tests.sim.world import TOKENS, World

SMALL: dict[str, Any] = {
    "hours": 0.7, "minutes": 22.0, "events": 50, "products": 6, "rates": {},
    "settings": {"recreate_missing": True, "on_hidden_update": "keep_hidden", "outlets": ["Main Outlet"]},
}  # fmt: skip
ONLY_STOCK = {"weights": {"sale": 3, "receipt": 1, "count": 1}}
Spoil = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Mutant:
    """A wrong policy: what it breaks, the world it is tried in, whether it is quick enough for every test run."""

    invariant: str
    spoil: Spoil
    fixed: dict[str, Any] = field(default_factory=dict)
    change: Callable[[World], None] | None = None
    quick: bool = False

    def tried(self, seeds: int = 3) -> Result:
        """The first seed that sees it, or the last one tried."""
        for seed in range(seeds):
            with self.spoil():
                result = run_seed(seed, change=self.change, stops_at=[self.invariant], **{**SMALL, **self.fixed})
            if self.invariant in result.violations:
                break
        return result


@contextmanager
def edited(name: str, old: str, new: str) -> Iterator[None]:
    """A file of SQL that says something else; what was parsed before, and while it did, is forgotten."""
    real = Path.read_text

    def read_text(self: Path, *rest: Any, **kwargs: Any) -> str:
        text = real(self, *rest, **kwargs)
        if self.as_posix().endswith(name):
            assert old in text, f"{name} no longer says {old!r}"
            return text.replace(old, new)
        return text

    sql_file._parsed.cache_clear()
    try:
        with patch.object(Path, "read_text", read_text):
            yield
    finally:
        sql_file._parsed.cache_clear()


def sent_again_after_an_error() -> AbstractContextManager[Any]:
    real = Session._refuse

    def again(self: Session, attempt: Any, came: Any, outcome: Any) -> None:
        if outcome == "unknown":
            self._again_or(attempt, self._unreachable(came.words))
        else:
            real(self, attempt, came, outcome)

    return patch.object(Session, "_refuse", again)


@contextmanager
def intent_after_the_call() -> Iterator[None]:
    real, waiting = Journal.add, []

    def add(self: Journal, kind: str, entries: Any) -> list[int]:
        if kind == "intent":
            waiting.append(list(entries))
            return list(range(self.last + 1, self.last + 1 + len(entries)))
        if waiting:
            real(self, "intent", waiting.pop())
        return real(self, kind, entries)

    with patch.object(Journal, "add", add):
        yield


def rows_left_behind() -> AbstractContextManager[Any]:
    old = "FROM changed LEFT JOIN named_twice USING (id);"
    some = " WHERE NOT contains(CAST(record AS VARCHAR), '\"has_inventory\"') OR hash(id) % 3 > 0;"
    return edited("stages/sql/merge.sql", old, old.replace(";", some))


@contextmanager
def hidden_is_deleted() -> Iterator[None]:
    def believe(_self: Any, _level: str, rows: Any) -> Any:
        return rows

    old = "WHEN p.deleted_at IS NOT NULL AND sp.goes THEN 'delete'"
    new = "WHEN p.deleted_at IS NOT NULL AND sp.goes OR NOT p.is_active AND l.state = 'linked' THEN 'delete'"
    with edited("stages/sql/pairs.sql", old, new), patch.object(write._Sender, "_with_evidence", believe):
        yield


def untracked_is_none_left() -> AbstractContextManager[Any]:
    return edited("lightspeed_x/harmonize/stock.sql", "coalesce(products.tracked, false) AS tracked", "true AS tracked")


def holds_ignored() -> AbstractContextManager[Any]:
    return patch.object(holds, "hold", lambda *_: None)


@contextmanager
def everything_sent_always() -> Iterator[None]:
    old, new = "WHERE r.after IS DISTINCT FROM r.before AND r.deleted_at IS NULL", "WHERE r.deleted_at IS NULL"
    with edited("stages/sql/plan.sql", old, new), patch.object(link, "everything_due", lambda *_: True):
        yield


@contextmanager
def unknown_is_done() -> Iterator[None]:
    real = write._Sender._receipts

    def receipts(self: Any, found: Any, rows: Any) -> None:
        from dataclasses import replace

        real(self, [replace(one, outcome="ok") if one.outcome == "unknown" else one for one in found], rows)

    with patch.object(write._Sender, "_receipts", receipts), patch.object(write, "read_back", lambda *_: 0):
        yield


def nobody_guards() -> AbstractContextManager[Any]:
    return patch.object(Journal, "guard", lambda _self: None)


def sends(method: str, path: str, spoil: Callable[[Any], Any]) -> AbstractContextManager[Any]:
    """Every call of a kind with another body."""
    real = Session.call

    def call(self: Session, verb: str, where: str, *, params: Any = None, body: Any = None) -> Any:
        if verb == method and where.endswith(path):
            body = spoil(body)
        return real(self, verb, where, params=params, body=body)

    return patch.object(Session, "call", call)


def writes_what_is_the_stores() -> AbstractContextManager[Any]:
    return sends("PUT", "/catalog/products", lambda body: [{**item, "page_title": "ours"} for item in body])


def below_zero() -> AbstractContextManager[Any]:
    def lower(body: Any) -> Any:
        return {**body, "items": [{**item, "quantity": item["quantity"] - 3} for item in body["items"]]}

    return sends("PUT", "/adjustments/absolute", lower)


def no_patience() -> AbstractContextManager[Any]:
    def throttled(_self: Session, attempt: Any, *_: Any) -> None:
        attempt.tries -= 1

    return patch.object(Session, "_throttled", throttled)


@contextmanager
def never_looks_back() -> Iterator[None]:
    def nothing(*_: Any) -> int:
        return 0

    with patch.object(flow, "recover", nothing), patch.object(link, "found_again", nothing):
        yield


def token_in_the_journal() -> AbstractContextManager[Any]:
    real = recover.add_outcomes

    def add(run: Any, rows: Any) -> None:
        real(run, [{**row, "note": TOKENS[1]} for row in rows])

    return patch.object(recover, "add_outcomes", add)


def credential_elsewhere() -> AbstractContextManager[Any]:
    real = Session.prepare_request

    def prepare(self: Session, request: Any) -> Any:
        request.headers = {**(request.headers or {}), "X-Also": TOKENS[0]}
        return real(self, request)

    return patch.object(Session, "prepare_request", prepare)


def one_is_not_told() -> AbstractContextManager[Any]:
    real = finish._summary

    def summary(run: Any, *rest: Any) -> Any:
        run.warehouse.con.execute("DELETE FROM end_states WHERE item_id = (SELECT min(item_id) FROM end_states)")
        return real(run, *rest)

    return patch.object(finish, "_summary", summary)


@contextmanager
def raises_before_it_lowers() -> Iterator[None]:
    later = tuple(reversed(write.PHASES))
    with patch.object(write, "PHASES", later), patch.object(deadline, "URGENT", frozenset()):
        yield


def stock_is_not_read() -> AbstractContextManager[Any]:
    real = extract.feed

    def feed(run: Any, *rest: Any) -> Any:
        return {name: reading for name, reading in real(run, *rest).items() if name != "inventory" or run.seq == 1}

    return patch.object(extract, "feed", feed)


def decisions_are_lost() -> AbstractContextManager[Any]:
    real = holds.ask

    def ask(run: Any, connection: Any) -> None:
        run.warehouse.con.execute("UPDATE sync.holds SET state = 'open' WHERE state = 'approved'")
        real(run, connection)

    return patch.object(holds, "ask", ask)


def linked_twice() -> AbstractContextManager[Any]:
    real = write._Sender._link

    def link_(self: Any, level: str, from_id: str, to_id: str) -> None:
        real(self, level, from_id, to_id)
        self.house.con.execute("INSERT INTO sync.links FROM sync.links WHERE from_id = ?", [from_id])

    return patch.object(write._Sender, "_link", link_)


def every_outlet_counts(world: World) -> None:
    """The engine is told other outlets than those the shop has mapped."""
    world.engine_settings = {"stock_scope": "combined", "outlets": ["Main Outlet", "Second Outlet", "Far Outlet"]}


def dies_after_a_creation(world: World) -> None:
    """The first run ends between the store's answer and its being noted."""
    world.crashes.armed = ("C12", 2)


def no_level_arrives(world: World) -> None:
    """The store fails whenever levels are set, from the second time on."""
    world.store.faults.script("F5", method="PUT", path="adjustments", times=9, skip=1)


def another_takes_over(world: World) -> None:
    """While the first run is stopped, another process writes."""
    disturb(world, 0)


@contextmanager
def nothing_spoilt() -> Iterator[None]:
    yield


HELD = {"settings": {**SMALL["settings"], "limits": LIMITED}}
HIDES = {"weights": {"hide": 1}, "events": 8}
PRICES = {**HELD, "weights": {"price": 1}}
MUTANTS: dict[str, Mutant] = {
    "a creation is sent again blindly": Mutant("I-18", sent_again_after_an_error, {"rates": {"F6": 0.4}}, quick=True),
    "the intent is written after the call": Mutant("I-16", intent_after_the_call, quick=True),
    "the cursor moves without rows": Mutant("I-28", rows_left_behind, {"weights": {"price": 1}}),
    "what is hidden counts as deleted": Mutant("I-23", hidden_is_deleted, HIDES, quick=True),
    "what is not counted is none left": Mutant("I-14", untracked_is_none_left, {"weights": {"untrack": 1, "sale": 1}}),
    "holds are ignored": Mutant("I-24", holds_ignored, PRICES),
    "a decision is lost": Mutant("I-25", decisions_are_lost, PRICES),
    "what is equal is sent": Mutant("I-8", everything_sent_always, {"events": 5}),
    "unknown counts as done": Mutant("I-17", unknown_is_done, ONLY_STOCK, no_level_arrives),
    "a level below zero is sent": Mutant("I-11", below_zero, ONLY_STOCK, quick=True),
    "a second writer is not noticed": Mutant("I-39", nobody_guards, ONLY_STOCK, another_takes_over, quick=True),
    "a field of the store is written": Mutant("I-21", writes_what_is_the_stores, {"weights": {"description": 1}}),
    "429 is not waited out": Mutant("I-32", no_patience, {"rates": {"F7": 0.3}}),
    "nobody looks what became of it": Mutant("I-17", never_looks_back, {"events": 5}, dies_after_a_creation),
    "another outlet counts": Mutant("I-12", nothing_spoilt, {"weights": {"elsewhere": 1}}, every_outlet_counts),
    "a credential is kept": Mutant("I-35", token_in_the_journal, {"events": 5}),
    "a credential goes elsewhere": Mutant("I-38", credential_elsewhere, quick=True),
    "a record is dropped in silence": Mutant("I-26", one_is_not_told, {"events": 5}),
    "levels are raised before they are lowered": Mutant("I-33", raises_before_it_lowers, ONLY_STOCK),
    "stock is read once": Mutant("I-7", stock_is_not_read, ONLY_STOCK),
    "healing comes no nearer": Mutant("I-34", stock_is_not_read, ONLY_STOCK),
    "a link is kept twice": Mutant("I-22", linked_twice, {"events": 5}),
}  # fmt: skip
