"""The journal and the tables that are it, made to be asked: where one was lost, it is made again from the other (I-37).

``sync.intents``, ``sync.outcomes`` and ``sync.decisions`` are only ever filled from the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.journal import Journal, open_journal
from pipelines.kit.warehouse import Warehouse, identifier

_NEEDED = Path(__file__).parent / "schema" / "needed.sql"
_TABLES = {"intent": "intents", "outcome": "outcomes", "decision": "decisions"}
_KNOWN = "SELECT coalesce(max(n), 0) FROM sync.journaled"
WHOLE = 16 * 1024 * 1024
"""Bytes of journal below which nothing is left out of it: about 20,000 writes."""


class Keeper(Protocol):
    """Who writes down and keeps: a run, or a command that decides."""

    @property
    def warehouse(self) -> Warehouse: ...

    @property
    def journal(self) -> Journal: ...


def open_beside(warehouse: Warehouse, now: datetime) -> Journal:
    """The journal of an open warehouse. One that was lost, or is older, gets back what the warehouse knows of it.

    When that was is noted (``sync.meta``): what was sent last, neither may know. Raises MistakeInFiles where the file
    is damaged.
    """
    known = warehouse.one(_KNOWN)
    journal = open_journal(warehouse.path.parent, known=known)
    if journal.lost:
        _note_loss(warehouse, known, now)
        _restore(warehouse, journal)
    return journal


def absorb(keeper: Keeper) -> None:
    """Copy what was added to the journal since the last time into the tables."""
    unread = keeper.journal.unread
    with keeper.warehouse.transaction():
        for kind, table in _TABLES.items():
            _insert(keeper.warehouse, table, [entry for entry in unread if entry["kind"] == kind])
    unread.clear()


def compact(keeper: Keeper) -> None:
    """Leave out of a long journal what a lost warehouse could be made again without."""
    if keeper.journal.size > WHOLE:
        keeper.journal.compact(_needed(keeper.warehouse))


def _note_loss(warehouse: Warehouse, known: int, now: datetime) -> None:
    """Once for a loss, though whoever notes it may die before the journal is whole again."""
    if warehouse.one("SELECT value FROM sync.meta WHERE name = 'journal_lost_after'") == str(known):
        return
    warehouse.con.execute("DELETE FROM sync.meta WHERE name IN ('journal_since', 'journal_lost_after')")
    for name, value in (("journal_since", now.isoformat()), ("journal_lost_after", str(known))):
        warehouse.con.execute("INSERT INTO sync.meta VALUES (?, ?)", [name, value])


def _restore(warehouse: Warehouse, journal: Journal) -> None:
    keep = {*_needed(warehouse), journal.last}
    found = [entry for kind, table in _TABLES.items() for entry in _entries(warehouse, kind, table)]
    journal.restore(sorted((entry for entry in found if entry["n"] in keep), key=lambda entry: int(entry["n"])))


def _needed(warehouse: Warehouse) -> set[int]:
    return {row["n"] for row in warehouse.rows(_NEEDED)}


def _entries(warehouse: Warehouse, kind: str, table: str) -> Iterator[dict[str, Any]]:
    json = {name for name, type_ in warehouse.columns("sync", table) if type_ == "JSON"}
    for row in warehouse.query(f"FROM {identifier('sync', table)}"):
        known = {name: value for name, value in row.items() if value is not None}
        yield {"kind": kind, **{name: _value(value, name in json) for name, value in known.items()}}


def _value(value: Any, json: bool) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return exact_json.loads(value) if json else value


def _insert(warehouse: Warehouse, table: str, entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        return
    names = warehouse.columns("sync", table)
    columns = {name: [_text(entry.get(name)) for entry in entries] for name, _ in names}
    values = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    warehouse.insert("sync", table, values)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return exact_json.dumps(value)
