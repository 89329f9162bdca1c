"""Holds: changes that wait for a person, compared with what a person was shown (`reliability.md` §2.11, I-24, I-25).

What lies within an approval is ``sql/holds.sql``. How a person decides is ``requests.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.run import Connection, Run
from pipelines.stages.decisions import LASTS, decide, hold_entries

_SQL = Path(__file__).parent / "sql"
_OPEN = "SELECT DISTINCT hold_id FROM met WHERE state = 'open' AND row_state = 'planned' ORDER BY hold_id"
_SPENT = """
SELECT h.hold_id FROM sync.holds AS h
WHERE h.connection = ? AND h.state IN ('superseded', 'expired') AND h.hold_id IN (SELECT hold_id FROM known)
  AND (h.class = 'undone' OR h.hold_id IN (SELECT hold_id FROM sync.decisions WHERE what NOT IN ('holds close')))
ORDER BY h.hold_id
"""


def ask(run: Run, connection: Connection) -> None:
    """Meet what is planned with what waits and what was decided; raise holds. For an undo: only find what is raised.

    An undo leaves the decisions on other changes alone: the till does not want less because a run is taken back.
    """
    name, now = connection.name, run.context.now()
    if run.wanted.undo is not None:
        run.warehouse.run(_SQL / "undo_raised.sql", connection=name, run_id=run.run_id, now=now, write=run.wanted.write)
        return
    values: dict[str, Any] = {"connection": name, "run_id": run.run_id, "now": now, "until": now + LASTS}
    run.warehouse.run(_SQL / "holds.sql", **values, entities=list(run.wanted.only))
    spent = [row["hold_id"] for row in run.warehouse.query(_SPENT, [name])]
    if spent:
        run.journal.add("decision", [{"what": "holds close", "connection": name, "hold_id": one} for one in spent])


def decide_all(run: Run, connection: Connection) -> None:
    """``--yes``: approve what this run holds, and record it as any decision."""
    if not run.wanted.yes:
        return
    now = run.context.now()
    found = [row["hold_id"] for row in run.warehouse.query(_OPEN)]
    decide(run, hold_entries(run.warehouse, connection.name, found, "sync --yes", now), now)


def hold(run: Run, connection: Connection) -> None:
    """Mark the rows of the plan that wait, that were refused, and that go by a decision."""
    run.warehouse.run(_SQL / "held.sql", connection=connection.name)
