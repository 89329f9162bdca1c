"""What the simulator puts in the place of dlt and of Great Expectations: the same tables, the same verdicts, faster.

``test_seams`` holds both against what they stand for. Nothing else of the engine is replaced below the transport.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.kit.expectations import Broken
from pipelines.kit.landing import Reads, landing_schema
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.warehouse import Warehouse, identifier

_SQL = Path(__file__).parent / "sql"
_TYPES = "SELECT column_type FROM (DESCRIBE rows) WHERE column_name = ?"


def land(house: Warehouse, folder: Path, platform: str, reads: Reads) -> None:
    """A ``Lander`` that puts every page straight into the landing tables; everything is read before anything lands."""
    read = {name: pa.concat_tables([RAW_SCHEMA.empty_table(), *pages()]) for name, pages in reads.items()}
    schema = landing_schema(platform)
    house.con.execute(f"DROP SCHEMA IF EXISTS {identifier(schema)} CASCADE")
    house.con.execute(f"CREATE SCHEMA {identifier(schema)}")
    for name, rows in read.items():
        house.con.register("_landing", rows)
        house.con.execute(f"CREATE TABLE {identifier(schema, name)} AS SELECT * FROM _landing")  # noqa: S608
        house.con.unregister("_landing")


def evaluate(table: pa.Table, expectations: Sequence[Mapping[str, Any]]) -> list[Broken]:
    """An ``Evaluator``: one ``.sql`` file for each type of expectation, values bound."""
    if table.num_rows == 0:
        return [Broken(str(entry["id"]), True, [], 0) for entry in expectations]
    with _rows(table) as con:
        return [_one(con, entry, table.num_rows) for entry in expectations]


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1, "enable_external_access": False})


class _rows:  # noqa: N801
    """The rows as the view ``rows``, numbered, for as long as they are looked at."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table.append_column("_row", pa.array(range(table.num_rows), pa.int64()))

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        _connection().register("rows", self.table)
        return _connection()

    def __exit__(self, *_: object) -> None:
        _connection().unregister("rows")


def _one(con: duckdb.DuckDBPyConnection, entry: Mapping[str, Any], count: int) -> Broken:
    name, kind, wanted = str(entry["id"]), str(entry["type"]), dict(entry["kwargs"])
    column = str(wanted.pop("column"))
    try:
        found = list(_broken(con, kind, column, wanted))
    except (duckdb.Error, KeyError, TypeError) as error:
        return Broken(name, False, [], count, str(error).splitlines()[0])
    return Broken(name, not found, found, count)


def _broken(con: duckdb.DuckDBPyConnection, kind: str, column: str, wanted: Mapping[str, Any]) -> Iterator[int]:
    known = con.execute(_TYPES, [column]).fetchone()
    if known is None:
        raise KeyError(column)
    if kind == "expect_column_values_to_be_between":
        if known[0] == "VARCHAR":
            raise TypeError(f"{column} is no number")
        wanted = {"min_value": wanted.get("min_value"), "max_value": wanted.get("max_value")}
    statement = (_SQL / f"{kind}.sql").read_text(encoding="utf-8").replace("{column}", identifier(column))
    yield from (row for (row,) in con.execute(statement, wanted).fetchall())
