"""Harmonize: a platform's raw records become the canonical tables, through that platform's ``.sql`` files.

The SELECTs are the platform's; which columns a canonical table has is ``mappings/canonical.yaml``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipelines.kit.errors import Problem, Refused
from pipelines.kit.warehouse import identifier
from pipelines.language.canonical import canonical_columns, canonical_table
from pipelines.run import Run
from pipelines.stages.extract import raw_table, resources

SYSTEM = ("version", "deleted_at", "defects")
HARMONIZED = "harmonized"
"""The note of a run that counts how often a canonical table was made anew."""


@dataclass(frozen=True)
class Harmonized:
    """One canonical table after this run: its rows, and how many of them are new or different."""

    entity: str
    table: str
    rows: int
    changed: int


def entities(run: Run, platform: str) -> Mapping[str, Path]:
    """The canonical entities a platform supplies, by the ``.sql`` file that makes them."""
    return _files(run.platform(platform).folder)


@cache
def _files(folder: Path) -> Mapping[str, Path]:
    return {path.stem: path for path in sorted((folder / "harmonize").glob("*.sql"))}


def harmonize(run: Run, platform: str) -> list[Harmonized]:
    """Bring every canonical table of a platform up to its raw tables.

    Made anew are those whose SELECT is another one, or reads a raw table with a changed row, also where this run made
    them before that; what is read for one flow alone has none until it is read. Raises Refused where a SELECT fails or
    gives other columns than canonical.yaml.
    """
    house, known = run.warehouse, entities(run, platform)
    selects = {entity: _Select(platform, entity, path) for entity, path in known.items()}
    newest, noted = newest_rows(run, platform), house.query(_MARKS, [platform])
    marks = {row["source"]: row["seq"] for row in noted if row["consumer"] == "harmonize"}
    since = [row["source"] for row in noted if row["consumer"] == "unfollowed"]
    of_flows = [raw_table(platform, name)[1] for name, one in resources(run, platform).items() if one.flow is not None]
    fed = {entity: one for entity, one in selects.items() if one.fed(of_flows, newest)}
    due = [one for one in fed.values() if marks.get(one.mark, -1) < one.newest(newest) or one.reads_any(since)]
    if due:
        run.say(f"harmonizing {platform}")
        run.notes[HARMONIZED] = run.notes.get(HARMONIZED, 0) + 1
        with house.transaction():
            raw_views(run, platform, newest, due)
            for one in due:
                _table(run, one)
                run.notes[_changed(platform, one.entity)] = run.notes[HARMONIZED]
            _check_tables(run, due)
            house.con.execute(_FORGET, [[f"{one.platform}_{one.entity}" for one in due]])
            house.con.execute(_FOLLOWED, [platform])
            house.con.execute(_MARK, [[one.mark for one in due], [one.newest(newest) for one in due]])
    return _standing(run, platform, list(fed))


def state(run: Run, platform: str, without: Container[str] = ()) -> tuple[Any, ...]:
    """Differs once this run brought another of the platform's canonical tables up to date; but for those left out."""
    named = (entity for entity in entities(run, platform) if entity not in without)
    return tuple(run.notes.get(_changed(platform, entity)) for entity in named)


def _changed(platform: str, entity: str) -> str:
    return f"{HARMONIZED} {platform} {entity}"


@dataclass(frozen=True)
class _Select:
    """The SELECT of one canonical table. ``mark``: under which name it is noted how far it was followed."""

    platform: str
    entity: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def mark(self) -> str:
        return f"{self.platform}_{self.entity} {hashlib.sha256(self.text.encode()).hexdigest()[:16]}"

    def newest(self, raw: Mapping[str, int]) -> int:
        """The newest row among the raw tables it reads; 0 where there is none."""
        return max((seq for table, seq in raw.items() if self._reads(table)), default=0)

    def fed(self, of_flows: Iterable[str], there: Container[str]) -> bool:
        """Whether it reads no raw table of a flow, or one of those that is ``there``."""
        named = [table for table in of_flows if self._reads(table)]
        return not named or any(table in there for table in named)

    def reads_any(self, tables: Iterable[str]) -> bool:
        """Whether it reads one of these raw tables."""
        return any(self._reads(table) for table in tables)

    def _reads(self, table: str) -> bool:
        return re.search(rf"\b{table}\b", self.text) is not None


_MARKS = """
SELECT consumer, source, seq FROM sync.watermarks
WHERE consumer IN ('harmonize', 'unfollowed') AND starts_with(source, ? || '_')
"""
_FOLLOWED = "DELETE FROM sync.watermarks WHERE consumer = 'unfollowed' AND starts_with(source, ? || '_')"
_FORGET = "DELETE FROM sync.watermarks WHERE consumer = 'harmonize' AND list_contains(?, split_part(source, ' ', 1))"
_MARK = "INSERT INTO sync.watermarks SELECT 'harmonize', unnest(CAST(? AS VARCHAR[])), unnest(CAST(? AS BIGINT[]))"


def newest_rows(run: Run, platform: str) -> dict[str, int]:
    """The last change of every raw table there is."""
    there = [raw_table(platform, name) for name in resources(run, platform)]
    parts = [
        f"SELECT '{identifier(table)[1:-1]}' AS name, coalesce(max(seq), 0) AS seq FROM {identifier(schema, table)}"  # noqa: S608
        for schema, table in there
        if run.warehouse.exists(schema, table)
    ]
    return {row["name"]: row["seq"] for row in run.warehouse.query(" UNION ALL ".join(parts))} if parts else {}


def raw_views(run: Run, platform: str, there: Container[str], due: Sequence[_Select] | None = None) -> None:
    """Name a platform's raw tables for its SELECTs, without what is gone; empty where a table is not ``there``.

    ``due``: those SELECTs alone are to be asked.
    """
    for name in resources(run, platform):
        schema, table = raw_table(platform, name)
        if due is not None and not any(one.reads_any([table]) for one in due):
            continue
        source = f"SELECT * FROM {identifier(schema, table)} WHERE NOT gone" if table in there else _NO_ROWS  # noqa: S608
        run.warehouse.con.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(table)} AS {source}")


_NO_ROWS = (
    "SELECT NULL::VARCHAR AS id, NULL::BIGINT AS version, NULL::VARCHAR AS deleted_at, NULL::JSON AS record,"
    " NULL::UBIGINT AS row_hash, NULL::BIGINT AS seq, NULL::VARCHAR AS run_id, false AS gone,"
    " NULL::VARCHAR AS defect WHERE false"
)


def _table(run: Run, one: _Select) -> None:
    """Make one table anew; a row that was there as it is now keeps the number of the run that changed it."""
    house = run.warehouse
    schema, table = canonical_table(one.platform, one.entity)
    target = identifier(schema, table)
    known = f"LEFT JOIN (SELECT row_hash, min(seq) AS seq FROM {target} GROUP BY row_hash) AS known USING (row_hash)"  # noqa: S608
    if not house.exists(schema, table):
        house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
        known = "CROSS JOIN (SELECT CAST(NULL AS BIGINT) AS seq) AS known"
    select = ""
    try:
        select = duckdb.extract_statements(one.text)[0].query
        house.con.execute(
            f"CREATE OR REPLACE TABLE {target} AS SELECT fresh.*, coalesce(known.seq, CAST(? AS BIGINT)) AS seq"  # noqa: S608
            f" FROM (SELECT *, hash(*COLUMNS(* EXCLUDE (version))) AS row_hash FROM ({select}\n)) AS fresh {known}",
            [run.seq],
        )
    except duckdb.Error as error:
        _check_select(run, one, select)
        raise _select_failed(one.path, error) from error


def _check_select(run: Run, one: _Select, select: str) -> None:
    """Tell a SELECT that gives other columns from one that fails."""
    try:
        found = run.warehouse.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {select}\n)").fetchall()  # noqa: S608
    except duckdb.Error:
        return
    _check_columns(one, found)


def _check_tables(run: Run, made: Sequence[_Select]) -> None:
    parts = [
        f"SELECT {n} AS place, column_name, column_type"  # noqa: S608
        f" FROM (DESCRIBE {identifier(*canonical_table(one.platform, one.entity))})"
        for n, one in enumerate(made)
    ]
    found = run.warehouse.con.execute(" UNION ALL ".join(parts)).fetchall()
    for n, one in enumerate(made):
        _check_columns(one, [(name, kind) for place, name, kind in found if place == n][:-2])


def _standing(run: Run, platform: str, names: Sequence[str]) -> list[Harmonized]:
    parts = []
    for entity in names:
        table = identifier(*canonical_table(platform, entity))
        parts.append(
            f"SELECT '{identifier(entity)[1:-1]}' AS entity, count(*) AS rows, count(*) FILTER (seq = $seq) AS changed FROM {table}"  # noqa: S608, E501
        )
    rows = run.warehouse.query(" UNION ALL ".join(parts), {"seq": run.seq})
    return [Harmonized(r["entity"], canonical_table(platform, r["entity"])[1], r["rows"], r["changed"]) for r in rows]


def _check_columns(one: _Select, found: Sequence[tuple[str, str]]) -> None:
    entity, path = one.entity, one.path
    system = [("version", "BIGINT"), ("deleted_at", "TIMESTAMP"), ("defects", "VARCHAR[]")]
    expected = [*canonical_columns(entity), *system]
    if list(found) != expected:
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
