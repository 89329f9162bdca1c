"""Orders of a bundle hold back what it takes of every part, until that part's own reading has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.stages import orders

_SQL = Path(orders.__file__).parent / "sql"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TABLES = """
CREATE TABLE orders_due (order_id VARCHAR);
CREATE TABLE by_hand (order_id VARCHAR, intent BIGINT, closed BOOLEAN);
CREATE TABLE out_by_hand (intent BIGINT, line_id VARCHAR, item_id VARCHAR, units DECIMAL(18, 4));
CREATE TABLE order_standing (order_id VARCHAR, stands BOOLEAN);
CREATE TABLE order_refunds (order_id VARCHAR, line_id VARCHAR, units DECIMAL(18, 4));
CREATE TABLE order_statuses AS
SELECT 'paid' AS status, true AS commits, 'closed' AS becomes, true AS open, false AS refunded;
CREATE TABLE target_orders AS
SELECT '100' AS order_id, TIMESTAMP '2026-03-01' AS ordered_at, TIMESTAMP '2026-03-01' AS changed_at,
       'paid' AS status, NULL::TIMESTAMP AS deleted_at;
CREATE TABLE target_order_lines (
    order_id VARCHAR, line_id VARCHAR, kind VARCHAR, variant_id VARCHAR, sku VARCHAR, quantity DECIMAL(18, 4)
);
CREATE TABLE target_variants (variant_id VARCHAR, product_id VARCHAR, sku VARCHAR);
CREATE TABLE target_products (product_id VARCHAR, created_at TIMESTAMP);
CREATE TABLE source_variants AS
SELECT unnest(['set', 'a', 'b']) AS variant_id, unnest(['SET', 'A', 'B']) AS sku, NULL::TIMESTAMP AS deleted_at;
CREATE TABLE source_stock (variant_id VARCHAR, location_id VARCHAR, on_hand DECIMAL(18, 4), version BIGINT);
CREATE TABLE source_parts (variant_id VARCHAR, component_id VARCHAR, quantity DECIMAL(18, 4));
INSERT INTO source_parts VALUES ('set', 'a', 2), ('set', 'b', 0.5)
"""


class Counter:
    """One order of two bundles, each of two of a and half a unit of b, and of one a by itself."""

    def __init__(self, house: Warehouse) -> None:
        self.house = house
        house.con.execute(TABLES)
        for line in (["1", "x", "SET", 2], ["2", "y", "A", 1]):
            house.con.execute("INSERT INTO target_order_lines VALUES ('100', ?, 'item', ?, ?, ?)", line)

    def recorded(self, outcome: str = "ok", *, sold_as: str = "set", **before: tuple[int, int]) -> None:
        """Its sale at the till, of version 10; ``before``: level and version of rows as they were read then."""
        rows = [{"key": "1", "item_id": sold_as, "quantity": "2"}, {"key": "2", "item_id": "a", "quantity": "1"}]
        levels = [{"item_id": key, "level": str(n), "version": str(version)} for key, (n, version) in before.items()]
        document = {"number": 1, "kind": "sale", "state": "closed", "lines": rows}
        self.house.con.execute(
            "INSERT INTO sync.intents (n, connection, entity, level, action, item_id, document, levels)"
            " VALUES (1, 'a__b', 'orders', 'sale', 'create', '100', ?, ?)",
            [json.dumps(document), json.dumps(levels)],
        )
        self.house.con.execute(
            "INSERT INTO sync.outcomes (n, intent, outcome, target_id, created, recorded_at)"
            " VALUES (2, 1, ?, 's', ?, ?)",
            [outcome, json.dumps({"sale": {"version": "10"}}), NOW],
        )

    def read(self, **rows: tuple[int, int]) -> None:
        """The till's rows: level and version."""
        for item, (level, version) in rows.items():
            self.house.con.execute("INSERT INTO source_stock VALUES (?, 'main', ?, ?)", [item, level, version])

    def reserved(self, *, visible: datetime = NOW - timedelta(minutes=1)) -> dict[str, Decimal]:
        start = datetime(2026, 1, 1)  # noqa: DTZ001
        for file in ("order_documents.sql", "order_pairs.sql"):
            self.house.run(_SQL / file, connection="a__b")
        self.house.run(_SQL / "order_reserved.sql", outlet="main", start=start, visible=visible)
        return {row["item_id"]: row["units"] for row in self.house.query("FROM reserved_here")}


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    house = open_warehouse(tmp_path, "test", lambda _: None)
    yield Counter(house)
    house.close()


@pytest.mark.invariant("I-9")
def test_units_of_a_bundle_that_is_not_recorded_are_held_back_of_its_parts(counter: Counter) -> None:
    counter.read(a=(9, 5), b=(9, 5))
    assert counter.reserved() == {"a": 5, "b": 1}
    ordered = {row["item_id"]: row["units"] for row in counter.house.query("FROM ordered_units")}
    assert ordered == {"set": 2, "a": 1}, "the store lowers the level of what was ordered, not of its parts"


@pytest.mark.invariant("I-9")
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param({"a": (9, 5), "b": (9, 5)}, {"a": 5, "b": 1}, id="read before the sale"),
        pytest.param({"a": (4, 11), "b": (9, 5)}, {"b": 1}, id="one part is read after it"),
        pytest.param({"a": (4, 11), "b": (8, 12)}, {}, id="both are"),
        pytest.param({"a": (4, 9), "b": (8, 9)}, {}, id="rows moved by what the sale takes"),
        pytest.param({"a": (5, 9), "b": (8, 9)}, {"a": 5}, id="one row moved by something else"),
    ],
)
def test_a_part_is_held_back_until_its_own_row_contains_the_sale(
    counter: Counter, rows: dict[str, Any], expected: dict[str, int]
) -> None:
    counter.recorded(a=(9, 5), b=(9, 5))
    counter.read(**rows)
    assert counter.reserved() == expected


def test_a_sale_of_unknown_outcome_holds_every_part_back(counter: Counter) -> None:
    counter.recorded("unknown")
    counter.read(a=(4, 11), b=(8, 12))
    assert counter.reserved() == {"a": 5, "b": 1}


def test_what_was_recorded_is_inside_once_the_till_must_show_it(counter: Counter) -> None:
    counter.recorded()
    counter.read(a=(9, 5), b=(9, 5))
    assert counter.reserved(visible=NOW + timedelta(seconds=1)) == {}


def test_a_line_sold_as_another_item_is_not_held_back_for_ever(counter: Counter) -> None:
    counter.recorded(sold_as="stood-in")
    counter.read(a=(4, 11), b=(9, 5))
    assert counter.reserved() == {"a": 4, "b": 1}
    assert counter.reserved(visible=NOW + timedelta(seconds=1)) == {}
