"""Harmonize: a platform's raw records become the canonical tables, through that platform's ``.sql`` files.

The SELECTs are the platform's; which columns a canonical table has is ``mappings/canonical.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.kit.errors import Problem, Refused
from pipelines.kit.warehouse import identifier
from pipelines.language.canonical import canonical_columns
from pipelines.run import Run
from pipelines.stages.extract import raw_table, resources

SYSTEM = ("version", "deleted_at", "defects")


@dataclass(frozen=True)
class Harmonized:
    """One canonical table after this run: its rows, and how many of them are new or different."""

    entity: str
    table: str
    rows: int
    changed: int


def canonical_table(platform: str, entity: str) -> tuple[str, str]:
    """Schema and name of a platform's canonical table."""
    return platform, f"{platform}_{entity}"


def entities(run: Run, platform: str) -> dict[str, Path]:
    """The canonical entities a platform supplies, by the ``.sql`` file that makes them."""
    return {path.stem: path for path in sorted((run.platform(platform).folder / "harmonize").glob("*.sql"))}


def harmonize(run: Run, platform: str) -> list[Harmonized]:
    """Bring every canonical table of a platform up to its raw tables; nothing to do when no raw row changed.

    Raises Refused where a SELECT fails or gives other columns than canonical.yaml.
    """
    house = run.warehouse
    house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(platform)}")
    newest = _raw_views(run, platform)
    mark = house.one("SELECT max(seq) FROM sync.watermarks WHERE consumer = 'harmonize' AND source = ?", [platform])
    if mark is not None and mark >= newest:
        return [_standing(run, platform, entity) for entity in entities(run, platform)]
    run.say(f"harmonizing {platform}")
    with house.transaction():
        done = [_table(run, platform, entity, path) for entity, path in entities(run, platform).items()]
        house.con.execute("DELETE FROM sync.watermarks WHERE consumer = 'harmonize' AND source = ?", [platform])
        house.con.execute("INSERT INTO sync.watermarks VALUES ('harmonize', ?, ?)", [platform, newest])
    return done


def _raw_views(run: Run, platform: str) -> int:
    house, newest = run.warehouse, 0
    for name in resources(run, platform):
        schema, table = raw_table(platform, name)
        if house.exists(schema, table):
            last = house.one(f"SELECT max(seq) FROM {identifier(schema, table)}")  # noqa: S608
            newest = max(newest, last or 0)
            source = f"SELECT * FROM {identifier(schema, table)} WHERE NOT gone"  # noqa: S608
        else:
            source = (
                "SELECT NULL::VARCHAR AS id, NULL::BIGINT AS version, NULL::VARCHAR AS deleted_at,"
                " NULL::JSON AS record, NULL::UBIGINT AS row_hash, NULL::BIGINT AS seq, NULL::VARCHAR AS run_id,"
                " false AS gone, NULL::VARCHAR AS defect WHERE false"
            )
        house.con.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(table)} AS {source}")
    return newest


def _table(run: Run, platform: str, entity: str, path: Path) -> Harmonized:
    house = run.warehouse
    schema, table = canonical_table(platform, entity)
    target = identifier(schema, table)
    try:
        select = duckdb.extract_statements(path.read_text(encoding="utf-8"))[0].query
        house.con.execute(f"CREATE OR REPLACE TEMP TABLE fresh_rows AS {select}")
        _check_columns(run, entity, path)
        house.con.execute(
            "CREATE OR REPLACE TEMP TABLE fresh_canonical AS SELECT *, hash(*COLUMNS(* EXCLUDE (version))) AS row_hash,"
            " CAST(? AS BIGINT) AS seq FROM fresh_rows",
            [run.seq],
        )
    except duckdb.Error as error:
        raise _select_failed(path, error) from error
    if not house.exists(schema, table):
        house.con.execute(f"CREATE TABLE {target} AS SELECT * FROM fresh_canonical LIMIT 0")  # noqa: S608
    house.con.execute(
        f"UPDATE fresh_canonical SET seq = known.seq FROM {target} AS known"  # noqa: S608
        " WHERE known.row_hash = fresh_canonical.row_hash"
    )
    house.con.execute(f"DELETE FROM {target}")  # noqa: S608
    house.con.execute(f"INSERT INTO {target} SELECT * FROM fresh_canonical")  # noqa: S608
    return _standing(run, platform, entity)


def _standing(run: Run, platform: str, entity: str) -> Harmonized:
    schema, table = canonical_table(platform, entity)
    counts = run.warehouse.query(
        f"SELECT count(*) AS rows, count(*) FILTER (seq = ?) AS changed FROM {identifier(schema, table)}",  # noqa: S608
        [run.seq],
    )[0]
    return Harmonized(entity, table, counts["rows"], counts["changed"])


def _check_columns(run: Run, entity: str, path: Path) -> None:
    sql = "SELECT column_name, column_type FROM (DESCRIBE fresh_rows)"
    found = [(name, kind) for name, kind in run.warehouse.con.execute(sql).fetchall()]
    system = [("version", "BIGINT"), ("deleted_at", "TIMESTAMP"), ("defects", "VARCHAR[]")]
    expected = [*canonical_columns(entity), *system]
    if found != expected:
        wrong = [f"{name} {kind}" for name, kind in found if (name, kind) not in expected]
        lacking = [f"{name} {kind}" for name, kind in expected if (name, kind) not in found]
        raise Refused(
            Problem(
                "other_columns",
                f"{path.parent.parent.name}/harmonize/{path.name} does not give the columns of {entity}",
                file=str(path),
                found=", ".join(wrong) or "another order of columns",
                expected=", ".join(lacking) or ", ".join(name for name, _ in expected),
                do="give exactly the columns of mappings/canonical.yaml, in that order",
            )
        )


def _select_failed(path: Path, error: duckdb.Error) -> Refused:
    return Refused(
        Problem(
            "select_failed",
            f"{path.parent.parent.name}/harmonize/{path.name} failed",
            file=str(path),
            found=str(error).strip().splitlines()[0],
            do="mend the SELECT; nothing was written",
        )
    )
