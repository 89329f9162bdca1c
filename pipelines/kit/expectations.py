"""Great Expectations over a small table: which rows break which expectation, and what could not be evaluated.

Suites are data in ``quality/``; what follows from a broken expectation is the validate stage's business.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition

_OFF = {"GX_ANALYTICS_ENABLED": "false"}


@dataclass(frozen=True)
class Broken:
    """One expectation's result: the positions of the rows that break it, or why it could not be evaluated."""

    expectation_id: str
    success: bool
    rows: Sequence[int]
    evaluated: int
    error: str | None = None


Evaluator = Callable[[pa.Table, Sequence[Mapping[str, Any]]], list[Broken]]
"""``(rows, expectations)``, each with ``id``, ``type``, ``kwargs``: one result per expectation."""


def warm_up() -> None:
    """Import the library; called in a thread while extract runs, because it takes seconds."""
    for name, value in _OFF.items():
        os.environ.setdefault(name, value)
    import great_expectations.expectations  # noqa: F401


def evaluate(table: pa.Table, expectations: Sequence[Mapping[str, Any]]) -> list[Broken]:
    """Run expectations (``id``, ``type``, keyword arguments) over a table; an error is never taken for bad data."""
    warm_up()
    import great_expectations as gx

    if table.num_rows == 0:
        return [Broken(str(e["id"]), True, [], 0) for e in expectations]
    frame = table.append_column("_row", pa.array(range(table.num_rows))).to_pandas()
    batch = _rows_of_a_table().get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite("suite")
    for entry in expectations:
        make = getattr(gx.expectations, _class_name(str(entry["type"])))
        suite.add_expectation(make(meta={"id": str(entry["id"])}, **entry["kwargs"]))
    outcome = batch.validate(
        suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["_row"]}
    )
    return [_broken(result, table.num_rows) for result in outcome.results]


@cache
def _rows_of_a_table() -> BatchDefinition[Any]:
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")


def _class_name(type_name: str) -> str:
    return "".join(part.capitalize() for part in type_name.split("_"))


def _broken(result: Any, rows: int) -> Broken:
    name = str(result.expectation_config.meta["id"])
    error = _error(result)
    if error is not None:
        return Broken(name, False, [], rows, error)
    found = result.result.get("unexpected_index_list") or []
    return Broken(name, bool(result.success), sorted({int(entry["_row"]) for entry in found}), rows)


def _error(result: Any) -> str | None:
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return str(entry.get("exception_message") or "it raised an exception").splitlines()[0]
    return None
