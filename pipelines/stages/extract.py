"""Extract: read a platform's resources into raw tables, cursors moving in the same transaction as their rows.

The pages land in a schema of their own (``kit.landing``); what is kept, and how far the reading got, is decided here.
What a platform offers to read is its ``extract.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.kit.landing import landing_schema
from pipelines.kit.platform import Reading, Resource
from pipelines.kit.warehouse import identifier
from pipelines.run import Run, store_calls
from pipelines.stages import missing

_SQL = Path(__file__).parent / "sql"
_LANDING = "CREATE TABLE {table} (id VARCHAR, version BIGINT, deleted_at VARCHAR, record VARCHAR)"


@dataclass(frozen=True)
class ReadResult:
    """What one read of one resource brought: rows seen, changed, gone, and whether it saw everything."""

    resource: str
    table: str
    complete: bool
    rows: int
    changed: int
    gone: int
    without_id: int


def raw_table(platform: str, resource: str) -> tuple[str, str]:
    """Schema and name of a resource's raw table."""
    return f"raw_{platform}", f"{platform}_{resource}_raw"


def resources(run: Run, platform: str) -> Mapping[str, Resource]:
    """What this platform can be asked for."""
    found: Mapping[str, Resource] = run.platform(platform).load("resources")
    return found


def cursor(run: Run, platform: str, resource: str) -> int | None:
    """How far this resource was read; None before its first read."""
    sql = "SELECT max(value) FROM sync.cursors WHERE platform = ? AND resource = ?"
    value: int | None = run.warehouse.one(sql, [platform, resource])
    return value


def feed(run: Run, platform: str) -> dict[str, Reading]:
    """The readings of a whole platform: by cursor where there is one and the run is not full, else everything."""
    readings = {}
    for name, resource in resources(run, platform).items():
        after = cursor(run, platform, name) if resource.incremental and not run.wanted.full else None
        readings[name] = Reading(after=after)
    return readings


def extract(run: Run, platform: str, readings: Mapping[str, Reading]) -> list[ReadResult]:
    """Read the given resources and merge them into their raw tables.

    What a complete read lacks is taken as gone only within the limit of ``missing`` or with a person's word.
    Raises CredentialsRefused, PlatformUnreachable; on either nothing of this call is kept.
    """
    if not readings:
        return []
    run.say(f"reading {platform}: {', '.join(readings)}")
    found = resources(run, platform)
    session = run.session(platform)
    reads = {name: partial(found[name].read, session, reading) for name, reading in readings.items()}
    try:
        run.land(run.warehouse, run.folder / "dlt", platform, reads)
    finally:
        store_calls(run)
    results = [_merge(run, platform, name, reading) for name, reading in readings.items()]
    run.warehouse.con.execute(f"DROP SCHEMA IF EXISTS {identifier(landing_schema(platform))} CASCADE")
    return results


def _merge(run: Run, platform: str, name: str, reading: Reading) -> ReadResult:
    house = run.warehouse
    raw = raw_table(platform, name)
    landing = (landing_schema(platform), name)
    places = {"landing": landing, "raw": raw}
    before = house.one(f"SELECT count(*) FROM {identifier(*raw)} WHERE NOT gone") if house.exists(*raw) else 0  # noqa: S608
    asked = list(reading.keys or [])
    with house.transaction():
        house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(raw[0])}")
        if not house.exists(*landing):
            house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(landing[0])}")
            house.con.execute(_LANDING.format(table=identifier(*landing)))
        house.run(_SQL / "merge.sql", places, run_id=run.run_id, seq=run.seq, complete=reading.complete, asked=asked)
        lost, rows = house.query("SELECT (SELECT count(*) FROM absent), (SELECT count(*) FROM fresh)")[0].values()
        seen = missing.Seen(name, before, rows, lost)
        believed = not reading.complete or missing.may_be_gone(run, platform, seen)
        house.run(_SQL / "gone.sql", places, run_id=run.run_id, seq=run.seq, believed=believed, asked=asked)
        result = _result(run, platform, name, reading)
        _move_cursor(run, platform, name, landing)
        _note_read(run, platform, result, before)
    return result


def _result(run: Run, platform: str, name: str, reading: Reading) -> ReadResult:
    house = run.warehouse
    counts = house.query(
        "SELECT (SELECT count(*) FROM fresh) AS fresh, (SELECT count(*) FROM changed) AS changed,"
        " (SELECT count(*) FROM now_gone) AS gone"
    )[0]
    without = house.one(f"SELECT count(*) FROM {identifier(landing_schema(platform), name)} WHERE id IS NULL")  # noqa: S608
    table = raw_table(platform, name)[1]
    return ReadResult(name, table, reading.complete, counts["fresh"], counts["changed"], counts["gone"], without)


def _move_cursor(run: Run, platform: str, name: str, landing: tuple[str, str]) -> None:
    house = run.warehouse
    last = house.one(f'SELECT max(version) FROM "{landing[0]}"."{landing[1]}"')  # noqa: S608
    if last is None or not resources(run, platform)[name].incremental:
        return
    known = cursor(run, platform, name)
    house.con.execute("DELETE FROM sync.cursors WHERE platform = ? AND resource = ?", [platform, name])
    values = [platform, name, max(last, known or last), run.run_id]
    house.con.execute("INSERT INTO sync.cursors VALUES (?, ?, ?, ?)", values)


def _note_read(run: Run, platform: str, result: ReadResult, before: int) -> None:
    run.warehouse.con.execute(
        "INSERT INTO sync.reads (run_id, platform, resource, complete, rows, changed, gone, rows_before, without_id,"
        " recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            run.run_id,
            platform,
            result.resource,
            result.complete,
            result.rows,
            result.changed,
            result.gone,
            before,
            result.without_id,
            run.context.now(),
        ],
    )
