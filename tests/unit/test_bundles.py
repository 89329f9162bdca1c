"""What a store may show of a bundle: never more than its parts allow, and nothing invented where they do not tell.

Levels of parts stand here as the map stage leaves them; that orders lower those is ``test_bundle_orders.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.language.canonical import canonical_columns
from pipelines.stages import bundles

_SQL = Path(bundles.__file__).parent / "sql"
ENTITIES = ("products", "variants", "stock", "components")
DESIRED = (
    "item_id VARCHAR, location_id VARCHAR, till_on_hand DECIMAL(38, 4), on_hand DECIMAL(18, 4),"
    " reserved DECIMAL(38, 4), unexplained DECIMAL(38, 4), held_back DECIMAL(18, 4),"
    " coming_back DECIMAL(18, 4), negative BOOLEAN, fractional BOOLEAN, reason VARCHAR"
)


class Shelf:
    """A till of single products and bundles; ids are SKUs in small letters."""

    def __init__(self, house: Warehouse) -> None:
        self.house = house
        for entity in ENTITIES:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in canonical_columns(entity))
            house.con.execute(f"CREATE TABLE source_{entity} ({columns}, deleted_at TIMESTAMP, row_hash UBIGINT)")
        house.con.execute("CREATE TABLE given_back (item_id VARCHAR, units DECIMAL(18, 4))")
        house.con.execute("CREATE TABLE target_stock (variant_id VARCHAR, location_id VARCHAR, on_hand DECIMAL(18, 4))")
        house.con.execute("CREATE TABLE source_outlets AS SELECT 'main' AS location_id, '1' AS to_location_id")
        house.con.execute("CREATE SCHEMA connection")
        house.con.execute(f"CREATE TABLE connection.stock_desired ({DESIRED})")
        house.run(_SQL / "connection_tables.sql")

    def add(self, table: str, **row: Any) -> None:
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
        self.house.con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608

    def item(self, sku: str, level: Any = None, *, tracked: bool = True, bundle: bool = False) -> None:
        """A product; ``level``: what is safe to show of it, None where that is not known."""
        self.add("source_products", product_id=sku.lower(), is_composite=bundle)
        self.add("source_variants", variant_id=sku.lower(), product_id=sku.lower(), sku=sku)
        if not bundle:
            self.add("source_stock", variant_id=sku.lower(), location_id="main", on_hand=level, tracked=tracked)
            shown = level if tracked else None
            self.add(
                "connection.stock_desired", item_id=sku.lower(), location_id="1", on_hand=shown, till_on_hand=level
            )

    def bundle(self, sku: str = "SET", **parts: Any) -> None:
        """A bundle and how many it takes of what."""
        self.item(sku, bundle=True)
        for part, quantity in parts.items():
            self.add("source_components", variant_id=sku.lower(), component_id=part, quantity=quantity)

    def levels(self, **buffer: int) -> dict[str, dict[str, Any]]:
        """What may be shown of every bundle, by its id."""
        self.house.run(_SQL / "bundles.sql")
        names = {"levels": ("connection", "stock_desired")}
        units = [Decimal(units) for units in buffer.values()]
        self.house.run(_SQL / "bundle_levels.sql", names, connection="a__b", skus=list(buffer), units=units)
        rows = self.house.query("FROM connection.stock_desired SEMI JOIN source_bundles ON variant_id = item_id")
        return {row["item_id"]: row for row in rows}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    house = open_warehouse(tmp_path, "test", lambda _: None)
    yield Shelf(house)
    house.close()


@pytest.mark.parametrize(
    ("levels", "takes", "expected", "limits"),
    [
        pytest.param(
            (7, 9), (2, 1), 3, "A allows: 7 are safe to show, and one bundle takes 2", id="half of an odd level"
        ),
        pytest.param((9, 2), (2, 1), 2, "B allows: 2 are safe to show, and one bundle takes 1", id="the scarcer part"),
        pytest.param((0, 9), (1, 1), 0, "A allows: 0 are safe to show, and one bundle takes 1", id="one part is out"),
        pytest.param((4, 4), (1, 1), 4, "A allows: 4 are safe to show, and one bundle takes 1", id="both the same"),
        pytest.param(
            (1, 9), (Decimal("0.3"), 1), 3, "A allows: 1 are safe to show, and one bundle takes 0.3", id="cut"
        ),
        pytest.param((10, 10**14 - 1), (1, 1), 10, "A allows: 10 are safe to show, and one bundle takes 1", id="huge"),
    ],
)
def test_no_more_bundles_are_offered_than_the_scarcest_part_makes(
    shelf: Shelf, levels: tuple[int, int], takes: tuple[Any, Any], expected: int, limits: str
) -> None:
    shelf.item("A", levels[0])
    shelf.item("B", levels[1])
    shelf.bundle(a=takes[0], b=takes[1])
    row = shelf.levels()["set"]
    assert (row["location_id"], row["on_hand"], row["reason"]) == ("1", expected, f"as many as {limits}")


def test_what_is_never_shown_of_the_bundle_itself_comes_off_it(shelf: Shelf) -> None:
    shelf.item("A", 7)
    shelf.bundle(a=2)
    assert shelf.levels(SET=1, A=5)["set"]["on_hand"] == 2
    assert shelf.levels(SET=9)["set"]["on_hand"] == 0


@pytest.mark.invariant("I-21")
@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param({"a": 1, "gone": 1}, "what it is made of is not at the till: gone", id="unknown part"),
        pytest.param({"a": 1, "old": 1}, "what it is made of is not at the till: old", id="deleted part"),
        pytest.param({"a": 0}, "it takes 0 of A, which is no number of units", id="takes nothing"),
        pytest.param({"a": -2}, "it takes -2 of A, which is no number of units", id="takes less than nothing"),
        pytest.param({"a": None}, "how many of A it takes cannot be read", id="takes nobody knows how many"),
        pytest.param({"set": 1}, "it is made of itself", id="itself"),
        pytest.param({"a": 1, "round": 1}, "it is made of itself", id="a ring"),
        pytest.param({"unknown": 1}, "the level of what it is made of is not known: UNKNOWN", id="unknown level"),
        pytest.param({"free": 1}, "nothing it is made of is counted at the till", id="nothing is counted"),
        pytest.param({}, "the till does not say what it is made of", id="no parts"),
    ],
)
def test_a_bundle_that_cannot_be_reckoned_has_no_level_and_says_why(
    shelf: Shelf, parts: dict[str, Any], reason: str
) -> None:
    shelf.item("A", 5)
    shelf.item("UNKNOWN", None)
    shelf.item("FREE", 5, tracked=False)
    shelf.item("OLD", 5)
    shelf.house.con.execute("UPDATE source_variants SET deleted_at = TIMESTAMP '2026-01-01' WHERE sku = 'OLD'")
    shelf.bundle(**parts)
    shelf.bundle("ROUND", set=1)
    shelf.bundle("FINE", a=1)
    found = shelf.levels()
    assert (found["set"]["on_hand"], found["set"]["reason"]) == (None, reason)
    assert found["fine"]["on_hand"] == 5
    (part,) = shelf.house.query("SELECT on_hand FROM connection.stock_desired WHERE item_id = 'a'")
    assert part["on_hand"] == 5


def test_a_part_that_is_not_counted_limits_nothing(shelf: Shelf) -> None:
    shelf.item("A", 5)
    shelf.item("FREE", 0, tracked=False)
    shelf.bundle(a=2, free=3, never=1)
    shelf.add("source_variants", variant_id="never", product_id="never", sku="NEVER")
    assert shelf.levels()["set"]["on_hand"] == 2


def test_a_bundle_of_bundles_takes_what_all_of_them_take(shelf: Shelf) -> None:
    shelf.item("A", 13)
    shelf.bundle("PAIR", a=2)
    shelf.bundle("BOX", pair=2, a=1)
    found = shelf.levels()
    assert (found["pair"]["on_hand"], found["box"]["on_hand"]) == (6, 2)


def test_a_level_of_its_own_is_not_what_a_bundle_shows(shelf: Shelf) -> None:
    shelf.item("A", 5)
    shelf.bundle(a=1)
    shelf.add("connection.stock_desired", item_id="set", location_id="1", on_hand=80)
    rows = shelf.levels()
    assert rows["set"]["on_hand"] == 5
    assert shelf.house.one("SELECT count(*) FROM connection.stock_desired WHERE item_id = 'set'") == 1
