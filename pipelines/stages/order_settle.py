"""What a run's orders came to: their states, what waits, and what the next run compares with. Sets are ``sql/``."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from pipelines.run import Connection, Run
from pipelines.stages import order_feed, recover, three_way

_SQL = Path(__file__).parent / "sql"
_OVERTAKEN = """
SELECT u.intent
FROM sync.sale_documents AS u
JOIN sync.sale_documents AS d ON d.connection = u.connection AND d.order_id = u.order_id AND d.number = u.number
    AND d.document_id = u.document_id AND d.intent > u.intent AND d.outcome <> 'unknown'
WHERE u.connection = ? AND u.outcome = 'unknown'
ORDER BY u.intent
"""
_SINCE = "INSERT INTO sync.meta SELECT 'orders_since', ? WHERE NOT EXISTS (FROM sync.meta WHERE name = 'orders_since')"


def agree(run: Run, connection: Connection) -> None:
    """Note which units this run's levels held back; close documents whose second sending has an answer (I-17)."""
    run.warehouse.run(_SQL / "order_agree.sql", connection=connection.name, run_id=run.run_id)
    three_way.agree(run, connection)
    if order_feed.flows(run, connection):
        run.warehouse.con.execute(_SINCE, [run.began.astimezone(UTC).replace(tzinfo=None).isoformat()])
    overtaken = run.warehouse.query(_OVERTAKEN, [connection.name])
    if overtaken:
        recover.add_outcomes(run, [{"intent": row["intent"], "outcome": "superseded"} for row in overtaken])


def settle(run: Run, connection: Connection, *, wrote: bool) -> None:
    """The end state of every order (I-26), quarantine, and what was agreed about each."""
    run.warehouse.run(
        _SQL / "order_settle.sql", connection=connection.name, run_id=run.run_id, now=run.context.now(), wrote=wrote,
        due=order_feed.flows(run, connection) and run.warehouse.exists(connection.name, "orders_desired"),
    )  # fmt: skip
