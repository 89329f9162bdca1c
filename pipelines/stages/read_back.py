"""Proof after writing: levels just set are read again after the store's delay; what did not land is a failure."""

from __future__ import annotations

from decimal import Decimal

from pipelines.run import Connection, Run, store_calls

FIRST_WAIT = 0.25


def read_back(run: Run, connection: Connection) -> int:
    """Read the levels set in this run until they show or the store's delay is over; returns how many did not land."""
    platform, house = run.platform(connection.target), run.warehouse
    if platform.read_levels is None:
        return 0
    rows = house.query(
        "SELECT plan_seq, target_id, location_id, CAST(changes -> 'on_hand' ->> 'after' AS DECIMAL(18, 4)) AS level"
        " FROM receipts WHERE run_id = ? AND entity = 'stock' AND action = 'set' AND outcome = 'ok'",
        [run.run_id],
    )
    wanted = {(row["target_id"], row["location_id"]): row for row in rows}
    waited, pause = 0.0, FIRST_WAIT
    while wanted and waited <= platform.settle_seconds:
        run.context.wait(pause)
        waited, pause = waited + pause, pause * 2
        levels: dict[tuple[str, str], Decimal] = platform.load("read_levels")(run.session(platform.name), list(wanted))
        store_calls(run)
        wanted = {key: row for key, row in wanted.items() if levels.get(key) != row["level"]}
    for row in wanted.values():
        house.con.execute(
            "UPDATE receipts SET outcome = 'unknown', message = 'the store accepted the level but does not show it'"
            " WHERE run_id = ? AND plan_seq = ?",
            [run.run_id, row["plan_seq"]],
        )
    return len(wanted)
