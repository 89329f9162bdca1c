"""What the simulator replaces behaves as what it stands for: the same raw tables as by dlt, the same rows named as by
Great Expectations, so that what holds in a simulated run holds in a real one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.kit import expectations, landing
from pipelines.kit.expectations import Broken
from pipelines.kit.paging import RAW_SCHEMA, split
from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.language.quality import Suite, suites, view
from pipelines.stages.validate import judge
from tests.sim import seams

PAGES = [
    split('{"data": [{"id": 7, "version": 4300000001, "name": "Überzug \\u0001 \'x\'"}, {"version": 3}]}'),
    split('{"data": [{"id": "b", "version": null, "price": 0.1000000000000000055511151231257827}]}'),
    split('{"data": [{"id": 7, "version": 4300000009, "deleted_at": "2026-03-02T09:00:00+00:00", "name": null}]}'),
]


def raw(house: Warehouse, reads: landing.Reads, folder: Path, lander: landing.Lander) -> dict[str, list[Any]]:
    lander(house, folder, "somewhere", reads)
    schema = landing.landing_schema("somewhere")
    names = ", ".join(RAW_SCHEMA.names)
    kept = {}
    for name in reads:
        assert house.exists(schema, name)
        rows = house.con.execute(f'SELECT {names} FROM "{schema}"."{name}"')  # noqa: S608
        types = [str(column[1]) for column in rows.description or []]
        kept[name] = [types, sorted(rows.fetchall(), key=repr)]
    return kept


def test_both_landers_leave_the_same_tables_so_no_reading_differs_in_simulation(tmp_path: Path) -> None:
    reads: dict[str, Callable[..., Any]] = {
        "things": lambda: iter(PAGES),
        "nothing": lambda: iter(()),
        "empty": lambda: iter([RAW_SCHEMA.empty_table()]),
    }
    tables = []
    for lander in (landing.land, seams.land):
        house = open_warehouse(tmp_path / lander.__module__, "a test", lambda _: None, allowed=[tmp_path])
        full = {name: read for name, read in reads.items() if name == "things"}
        tables.append((raw(house, full, tmp_path / "dlt", lander), _kept(house, reads, tmp_path, lander)))
        house.close()
    assert tables[0] == tables[1]
    assert len(tables[0][0]["things"][1]) == 4


def _kept(house: Warehouse, reads: landing.Reads, folder: Path, lander: landing.Lander) -> dict[str, int]:
    """Rows by resource, a table that is not there counting as one without rows."""
    lander(house, folder / "dlt", "somewhere", reads)
    schema = landing.landing_schema("somewhere")
    found = {}
    for name in reads:
        sql = f'SELECT count(*) FROM "{schema}"."{name}"'  # noqa: S608
        found[name] = house.one(sql) if house.exists(schema, name) else 0
    return found


EDGES = [0, 1, -1, 249, 250, 251, 255, 256, 65_535, 65_536, 2_147_483_647, 2_147_483_648, -(2**53), 2**53 + 1, None]
MAXIMA = {
    "product_name_length": 250, "sku_length": 255, "brand_name_length": 255, "custom_field_length": 250,
    "search_keywords_length": 65_535, "stock_max": 2_147_483_647,
}  # fmt: skip
NUMBERS = st.sampled_from(EDGES) | st.integers(-(2**62), 2**62)
DECIMALS = st.sampled_from([Decimal("0.0000"), Decimal("-0.0001"), Decimal("99999999999999.9999"), None]) | st.decimals(
    min_value=-(10**13), max_value=10**13, places=4, allow_nan=False, allow_infinity=False
)
TEXTS = st.sampled_from(["conflict", "linked", "none", "", "Conflict", " conflict", None])
FLAGS = st.sampled_from([True, False, None])


def column(suite: Suite, name: str) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    """Values for a column, good and bad, of the type the view gives it."""
    entries = [entry for entry in suite.expectations if entry.column == name]
    sets = list(chain.from_iterable(entry.kwargs.get("value_set", ()) for entry in entries))
    if not entries or any(isinstance(value, str) for value in sets):
        return pa.string(), TEXTS
    if any(isinstance(value, bool) for value in sets):
        return pa.bool_(), FLAGS
    return (pa.decimal128(18, 4), DECIMALS) if name == "cost_price" else (pa.int64(), NUMBERS)


@st.composite
def tables(draw: st.DrawFn, suite: Suite) -> pa.Table:
    """Rows of a suite's view: no row, few, with and without values."""
    names = sqlglot.parse_one(view(suite.view).read_text(encoding="utf-8"), dialect="duckdb").named_selects
    count = draw(st.integers(0, 6))
    made = {}
    for name in names:
        kind, values = column(suite, name)
        made[name] = pa.array([draw(values) for _ in range(count)], kind)
    return pa.table(made)


def verdicts(evaluator: Callable[..., list[Broken]], name: str, suite: Suite, table: pa.Table) -> Any:
    """What is broken, which rows, and whether something could not be evaluated."""
    seen: list[Broken] = []

    def watched(rows: pa.Table, entries: Any) -> list[Broken]:
        seen.extend(evaluator(rows, entries))
        return seen

    judge(name, suite, table, MAXIMA, watched)
    return {one.expectation_id: (one.success, list(one.rows), one.evaluated, one.error is None) for one in seen}


@pytest.mark.parametrize("name", suites())
def test_both_evaluators_name_the_same_rows(name: str) -> None:
    suite = suites()[name]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(tables(suite))
    def same(table: pa.Table) -> None:
        assert verdicts(seams.evaluate, name, suite, table) == verdicts(expectations.evaluate, name, suite, table)

    same()


@pytest.mark.parametrize("name", suites())
def test_both_say_that_a_column_which_is_not_there_could_not_be_looked_at(name: str) -> None:
    suite = suites()[name]
    table = pa.table({"item_id": pa.array(["a"]), "sku": pa.array(["a"]), "name": pa.array(["a"])})
    ours, theirs = (verdicts(one, name, suite, table) for one in (seams.evaluate, expectations.evaluate))
    assert ours == theirs
    assert not any(success for success, *_ in ours.values())


@pytest.mark.parametrize("kind", ["text", "flag"])
def test_text_is_no_number_to_either(kind: str) -> None:
    suite = suites()["stock"]
    values = pa.array(["7"]) if kind == "text" else pa.array([True])
    table = pa.table({"level": values})
    between = [e for e in suite.expectations if e.id == "level_not_below_zero"]
    entry = [{"id": e.id, "type": e.type, "kwargs": {"column": e.column, **e.kwargs}} for e in between]
    ours, theirs = seams.evaluate(table, entry)[0], expectations.evaluate(table, entry)[0]
    assert (ours.success, ours.error is None) == (theirs.success, theirs.error is None)
