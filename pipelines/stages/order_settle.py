"""What a run's orders came to: their states, what waits, and what the next run compares with. Sets are ``sql/``."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

from pipelines.run import Connection, Run
from pipelines.stages import order_feed, recover, three_way
from pipelines.stages.order_documents import documents

_SQL = Path(__file__).parent / "sql"
_UNKNOWN = "SELECT count(*) FROM sync.unknown WHERE connection = ? AND entity = 'orders'"
_SETTLED = "DELETE FROM end_states WHERE entity = 'orders' AND (run_id = ? OR state = 'unchanged')"
_SINCE = "INSERT INTO sync.meta SELECT 'orders_since', ? WHERE NOT EXISTS (FROM sync.meta WHERE name = 'orders_since')"


def agree(run: Run, connection: Connection) -> None:
    """Note which units this run's levels held back; close what needs no answer any more (I-17)."""
    run.warehouse.run(_SQL / "order_agree.sql", connection=connection.name, run_id=run.run_id)
    three_way.agree(run, connection)
    if not order_feed.flows(run, connection):
        return
    run.warehouse.con.execute(_SINCE, [run.began.astimezone(UTC).replace(tzinfo=None).isoformat()])
    if not run.warehouse.one(_UNKNOWN, [connection.name]):
        return
    ripe = run.began - timedelta(seconds=run.platform(connection.source).request_seconds)
    overtaken = run.warehouse.rows(_SQL / "order_overtaken.sql", connection=connection.name, ripe=ripe)
    if overtaken:
        recover.add_outcomes(run, [{**row, "outcome": "superseded"} for row in overtaken])


def settle(run: Run, connection: Connection, *, wrote: bool) -> None:
    """The end state of every order (I-26), quarantine, and what was agreed about each."""
    run.warehouse.con.execute(_SETTLED, [run.run_id])
    if order_feed.flows(run, connection) and run.warehouse.exists(connection.name, "orders_desired"):
        documents(run, connection)
        run.warehouse.run(
            _SQL / "order_settle.sql", connection=connection.name, run_id=run.run_id, now=run.context.now(), wrote=wrote
        )
