"""Recover: what the journal tells that the tables do not know yet, and what is not known to have arrived.

The tables ``sync.intents`` and ``sync.outcomes`` are the journal, made to be asked; they are only ever filled from it.
A state write of unknown outcome is read again and recomputed; a creation is searched for (`reliability.md` §2.3, §2.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.journal import Journal
from pipelines.kit.warehouse import Warehouse
from pipelines.run import Connection, Run

_SQL = Path(__file__).parent / "sql"
_TABLES = {"intent": "intents", "outcome": "outcomes", "decision": "decisions"}
WHOLE = 16 * 1024 * 1024
"""Bytes of journal below which nothing is left out of it: about 20,000 writes."""


class Keeper(Protocol):
    """Who writes down and keeps: a run, or a command that decides."""

    @property
    def warehouse(self) -> Warehouse: ...

    @property
    def journal(self) -> Journal: ...


def recover(run: Run) -> int:
    """Bring the tables up to the journal; returns how many writes are not known to have arrived.

    Links that a crash, or a lost warehouse, cost are made again.
    """
    absorb(run)
    run.warehouse.run(_SQL / "recover.sql", run_id=run.run_id, now=run.context.now())
    with run.warehouse.transaction():
        run.warehouse.run(_SQL / "decided.sql", now=run.context.now())
    _compact(run)
    unknown: int = run.warehouse.one("SELECT count(*) FROM sync.unknown")
    if unknown:
        run.say(f"{unknown} writes were cut off; looking whether they arrived")
    return unknown


def absorb(run: Keeper) -> None:
    """Copy what was added to the journal since the last time into the tables."""
    unread = run.journal.unread
    with run.warehouse.transaction():
        for kind, table in _TABLES.items():
            _insert(run, table, [entry for entry in unread if entry["kind"] == kind])
    unread.clear()


def found_again(run: Run, connection: Connection) -> None:
    """Close what was unknown, once what the store holds of it was read and linked (I-17)."""
    late = timedelta(seconds=run.platform(connection.target).request_seconds)
    run.warehouse.run(
        _SQL / "found_again.sql", connection=connection.name, run_id=run.run_id, ripe=run.began - late, late=late
    )
    rows = run.warehouse.query("FROM found_again ORDER BY intent")
    for row in rows:
        row |= {name: exact_json.loads(row[name]) if row[name] else None for name in ("images", "created")}
    add_outcomes(run, rows)
    if rows:
        absorb(run)


def add_outcomes(run: Run, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add outcomes: ``intent``, ``outcome``; and ``target_id``, ``status``, ``created``, ``images`` where known."""
    now = run.context.now().isoformat()
    run.journal.add("outcome", [{**row, "run_id": run.run_id, "recorded_at": now} for row in rows])


def _compact(run: Run) -> None:
    """Leave out of a long journal what a lost warehouse could be made again without."""
    if run.journal.size <= WHOLE:
        return
    keep = {row["n"] for row in run.warehouse.rows(_SQL / "needed.sql")}
    run.journal.compact(keep)


def _insert(run: Keeper, table: str, entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        return
    names = run.warehouse.columns("sync", table)
    columns = {name: [_text(entry.get(name)) for entry in entries] for name, _ in names}
    values = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    run.warehouse.insert("sync", table, values)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return exact_json.dumps(value)
