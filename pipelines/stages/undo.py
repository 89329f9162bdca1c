"""Undo: a run taken back by a plan of its own, through the same checks, writes and receipts as any other.

What is put back, and what is not, is ``sql/undo_plan.sql``. What was taken back is not sent again by the next sync: it
waits as a hold of class ``undone`` until a person approves it, or the till's own value changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from pipelines.kit.warehouse import identifier
from pipelines.run import Connection, Run
from pipelines.stages.decisions import decide
from pipelines.stages.extract import raw_table
from pipelines.stages.harmonize import entities, newest_rows, raw_views
from pipelines.stages.sides import enter

_SQL = Path(__file__).parent / "sql"


def plan_back(run: Run, connection: Connection) -> None:
    """Make ``plan`` from the receipts of the run that is taken back and what the store holds now."""
    enter(run, connection)
    house, name, undone = run.warehouse, connection.name, run.wanted.undo
    house.run(_SQL / "receipts.sql")
    house.run(_SQL / "undo_kept.sql", connection=name, undo=undone)
    _kept_records(run, connection)
    hides = connection.mapping.variants["is_active"].to is not None
    house.run(_SQL / "undo_plan.sql", connection=name, undo=undone, run_id=run.run_id, hides_variants=hides)


def _kept_records(run: Run, connection: Connection) -> None:
    """``kept_products`` and ``kept_variants``: what was deleted, in canonical words, by the store's harmonize SQL."""
    house, platform = run.warehouse, connection.target
    raw_views(run, platform, newest_rows(run, platform))
    raw = identifier(raw_table(platform, "products")[1])
    house.con.execute(f"CREATE OR REPLACE TEMP VIEW {raw} AS FROM kept_raw")
    for entity in ("products", "variants"):
        select = duckdb.extract_statements(entities(run, platform)[entity].read_text(encoding="utf-8"))[0].query
        house.con.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(f'kept_{entity}')} AS {select}")


def declare(run: Run, connection: Connection) -> None:
    """Write down what is taken back before the first call, so that a crash leaves none of it to be sent again."""
    rows = run.warehouse.rows(_SQL / "undo_entries.sql", undo=run.wanted.undo)
    decide(run, [{"what": "undo", "connection": connection.name, **row} for row in rows], run.context.now())


def settle(run: Run, connection: Connection) -> None:
    """Note what came of it. Nothing of it counts as agreed: the next sync looks at all of it again."""
    values: dict[str, Any] = {"connection": connection.name, "run_id": run.run_id, "now": run.context.now()}
    run.warehouse.run(_SQL / "undo_done.sql", **values)
