"""What the simulator puts in the place of dlt and of Great Expectations: the same tables, the same verdicts, faster.

``test_seams`` holds both against what they stand for. Nothing else of the engine is replaced below the transport.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.kit.expectations import Broken
from pipelines.kit.landing import Reads, landing_schema
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.warehouse import Warehouse, identifier


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
    """An ``Evaluator``: one question of every value for each type of expectation."""
    if table.num_rows == 0:
        return [Broken(str(entry["id"]), True, [], 0) for entry in expectations]
    return [_one(table, entry) for entry in expectations]


def _one(table: pa.Table, entry: Mapping[str, Any]) -> Broken:
    name, wanted = str(entry["id"]), dict(entry["kwargs"])
    asked, column = BREAKS[str(entry["type"])], str(wanted.pop("column"))
    try:
        found = [row for row, value in enumerate(_values(table, column, asked)) if asked(value, **wanted)]
    except (KeyError, TypeError) as error:
        return Broken(name, False, [], table.num_rows, str(error))
    return Broken(name, not found, found, table.num_rows)


def _values(table: pa.Table, column: str, asked: Callable[..., bool]) -> list[Any]:
    values = table.column(column)
    if asked is _outside and (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        raise TypeError(f"{column} is no number")
    found: list[Any] = values.to_pylist()
    return found


def _outside(value: Any, min_value: Any = None, max_value: Any = None) -> bool:
    """A missing bound bounds nothing; no value is not outside."""
    if value is None:
        return False
    return (min_value is not None and value < min_value) or (max_value is not None and value > max_value)


def _no_member(value: Any, value_set: Sequence[Any]) -> bool:
    return value is not None and value not in value_set


def _member(value: Any, value_set: Sequence[Any]) -> bool:
    return value is not None and value in value_set


def _nothing(value: Any) -> bool:
    return value is None


BREAKS: Mapping[str, Callable[..., bool]] = {
    "expect_column_values_to_be_between": _outside,
    "expect_column_values_to_be_in_set": _no_member,
    "expect_column_values_to_not_be_in_set": _member,
    "expect_column_values_to_not_be_null": _nothing,
}
"""Which value breaks an expectation of a type, given what the expectation says beside its column."""
