"""Recover: what the journal tells that the tables do not know yet, and what is not known to have arrived.

A state write of unknown outcome is read again and recomputed; a creation is searched for (`reliability.md` §2.3, §2.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipelines.kit import exact_json, journaled
from pipelines.run import Connection, Run

_SQL = Path(__file__).parent / "sql"
_PICTURES = timedelta(minutes=10)
"""How long a picture of unknown outcome is waited for: ten time-outs (`reliability.md` §4.4, F4).

A platform refuses a product or a sale that is sent twice, by its key. A picture has none.
"""
_UNDECIDED = """
SELECT coalesce(max(n), 0) > coalesce((SELECT max(CAST(value AS BIGINT)) FROM sync.meta WHERE name = 'decisions'), 0)
FROM sync.decisions
"""


def recover(run: Run) -> int:
    """Bring the tables up to the journal; returns how many writes are not known to have arrived.

    Links that a crash, or a lost warehouse, cost are made again.
    """
    journaled.absorb(run)
    with run.warehouse.transaction():
        run.warehouse.run(_SQL / "recover.sql", run_id=run.run_id, now=run.context.now())
    if run.warehouse.one(_UNDECIDED):
        with run.warehouse.transaction():
            run.warehouse.run(_SQL / "decided.sql", now=run.context.now())
    journaled.compact(run)
    unknown: int = run.warehouse.one("SELECT count(*) FROM sync.unknown")
    if unknown:
        run.say(f"{unknown} writes were cut off; looking whether they arrived")
    return unknown


def found_again(run: Run, connection: Connection) -> None:
    """Close what was unknown, once what the store holds of it was read and linked (I-17)."""
    if not run.warehouse.rows(_SQL / "found_again_due.sql", connection=connection.name)[0]["due"]:
        return
    late = timedelta(seconds=run.platform(connection.target).request_seconds)
    waits = max(late, _PICTURES)
    ripe, pictured = run.began - late, run.began - waits
    about = {"connection": connection.name, "run_id": run.run_id}
    sql = _SQL / "found_again.sql"
    run.warehouse.run(sql, None, **about, ripe=ripe, late=late, pictured=pictured, waits=waits)
    rows = run.warehouse.query("FROM found_again ORDER BY intent")
    for row in rows:
        row |= {name: exact_json.loads(row[name]) if row[name] else None for name in ("images", "created")}
    add_outcomes(run, rows)
    if rows:
        journaled.absorb(run)


def add_outcomes(run: Run, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add outcomes: ``intent``, ``outcome``; and ``target_id``, ``status``, ``created``, ``images`` where known."""
    now = run.context.now().isoformat()
    run.journal.add("outcome", [{**row, "run_id": run.run_id, "recorded_at": now} for row in rows])
