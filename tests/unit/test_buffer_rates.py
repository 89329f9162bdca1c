"""How fast an item sells is told by what was read: levels that fell, less our own sales, and online orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.stages import buffers

_SQL = Path(buffers.__file__).parent / "sql"
NOW = datetime(2026, 3, 29, 9, tzinfo=UTC)
TABLES = """
CREATE TABLE document_lines (item_id VARCHAR, kind VARCHAR, outcome VARCHAR, recorded_at TIMESTAMPTZ, quantity DECIMAL(18, 4));
CREATE TABLE order_items (order_id VARCHAR, item_id VARCHAR, sold DECIMAL(18, 4));
CREATE TABLE target_orders (order_id VARCHAR, ordered_at TIMESTAMP);
CREATE TABLE source_parts AS SELECT 'set' AS variant_id, 'b' AS component_id, CAST(3 AS DECIMAL(18, 4)) AS quantity;
CREATE TABLE buffer_table (mean DECIMAL(8, 4), units INTEGER, kept INTEGER);
INSERT INTO buffer_table VALUES (0.1, 1, 0), (0.5, 1, 1), (2, 1, 1)
"""  # noqa: E501


class Weeks:
    """What four weeks of runs have left."""

    def __init__(self, house: Warehouse) -> None:
        self.house = house
        house.con.execute(TABLES)
        house.run(_SQL / "field_decisions_table.sql")

    def add(self, table: str, **row: Any) -> None:
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        self.house.con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608

    def runs(self, n: int, *, days_ago: int = 1) -> None:
        for _ in range(n):
            at = NOW - timedelta(days=days_ago)
            self.add("sync.runs", connection="a__b", only_plan=False, started_at=at)

    def levels(self, item: str, *levels: str | None, days_ago: float = 5) -> None:
        """What the till's level was read as, one a minute."""
        for n, level in enumerate(levels):
            at = NOW - timedelta(days=days_ago, minutes=-n)
            self.add("field_decisions", entity="stock", field="on_hand", item_id=item, location_id="1",
                     source_value=level, decided_at=at)  # fmt: skip

    def ordered(self, item: str, units: int, *, days_ago: int = 2) -> None:
        key = f"{item} {units} {days_ago}"
        self.add("order_items", order_id=key, item_id=item, sold=units)
        self.add("target_orders", order_id=key, ordered_at=(NOW - timedelta(days=days_ago)).replace(tzinfo=None))

    def recorded(self, item: str, units: int, outcome: str = "ok") -> None:
        at = NOW - timedelta(days=2)
        self.add("document_lines", item_id=item, kind="sale", outcome=outcome, recorded_at=at, quantity=units)

    def sold(self, fewest: int = 10) -> dict[str, Decimal]:
        since = NOW - buffers.MEASURED
        self.house.run(_SQL / "buffer_rates.sql", connection="a__b", since=since, fewest=fewest)
        return {row["item_id"]: row["units"] for row in self.house.query("FROM source_rates")}

    def means(self) -> dict[str, Decimal]:
        return {row["item_id"]: row["mean"] for row in self.house.query("FROM source_means")}


@pytest.fixture
def weeks(tmp_path: Path) -> Iterator[Weeks]:
    house = open_warehouse(tmp_path, "test", lambda _: None)
    yield Weeks(house)
    house.close()


def test_what_a_level_fell_by_is_sold_and_what_it_rose_by_is_not_taken_off(weeks: Weeks) -> None:
    weeks.runs(20)
    weeks.levels("a", "9.0000", "7.0000", "20.0000", "19.0000", None, "3.0000")
    weeks.levels("still", "9.0000", "9.0000")
    weeks.levels("before", "9.0000", "1.0000", days_ago=40)
    assert weeks.sold() == {"a": 3}


@pytest.mark.rule("S002-24")
def test_our_own_sales_are_no_demand_at_the_counter(weeks: Weeks) -> None:
    weeks.runs(20)
    weeks.levels("a", "20", "9")
    weeks.recorded("a", 4)
    weeks.recorded("a", 5, "rejected")
    weeks.ordered("a", 4)
    assert weeks.sold() == {"a": 7}


def test_the_busier_channel_counts_and_bundles_count_as_their_parts(weeks: Weeks) -> None:
    weeks.runs(20)
    weeks.levels("b", "20", "6")
    weeks.ordered("set", 4)
    weeks.recorded("set", 4)
    weeks.ordered("b", 9, days_ago=29)
    assert weeks.sold() == {"b": 12}


@pytest.mark.parametrize(
    ("units", "runs", "expected"), [(2, 20, "0.1"), (3, 20, "0.5"), (10, 20, "0.5"), (11, 20, "2"), (900, 20, "2")]
)
def test_a_rate_counts_as_the_next_higher_one_that_is_reckoned(
    weeks: Weeks, units: int, runs: int, expected: str
) -> None:
    weeks.runs(runs)
    weeks.runs(runs, days_ago=29)
    weeks.ordered("a", units)
    assert weeks.sold() == {"a": units}
    assert weeks.means() == {"a": Decimal(expected)}


def test_a_few_runs_measure_nothing(weeks: Weeks) -> None:
    weeks.runs(9)
    weeks.ordered("a", 5)
    assert weeks.sold() == {}
