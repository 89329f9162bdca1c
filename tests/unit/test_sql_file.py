"""Statements that are spared: only those that would do nothing, so that nothing due is left undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.kit.sql_file import statements
from pipelines.kit.warehouse import Warehouse
from pipelines.language.paths import CHECKOUT

FILES = sorted({*CHECKOUT.glob("pipelines/**/*.sql"), *CHECKOUT.glob("quality/**/*.sql")})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Warehouse]:
    con = duckdb.connect()
    con.execute("CREATE TABLE due (n INTEGER); CREATE TABLE done (n INTEGER)")
    yield Warehouse(con, tmp_path / "warehouse.duckdb", None)
    con.close()


def write(folder: Path, text: str) -> Path:
    file = folder / "one.sql"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_is_due_is_done_and_nothing_is_asked_where_nothing_is(house: Warehouse, tmp_path: Path) -> None:
    file = write(tmp_path, "-- Grain: n.\n-- Only where due has rows.\nINSERT INTO done SELECT n + $more FROM due;\n")
    assert house.run(file, more=1) == 0
    assert not house.has_rows("done")
    house.con.execute("INSERT INTO due VALUES (1), (2)")
    assert house.run(file, more=1) == 2
    assert house.con.execute("FROM done ORDER BY n").fetchall() == [(2,), (3,)]


def test_a_table_that_is_filled_on_the_way_is_looked_at_again(house: Warehouse, tmp_path: Path) -> None:
    text = """
    -- Only where due has rows.
    DELETE FROM due;
    INSERT INTO due VALUES (7);
    -- Only where due has rows.
    INSERT INTO done FROM due;
    CREATE OR REPLACE TABLE due (n INTEGER);
    -- Only where due has rows.
    INSERT INTO done VALUES (8);
    """
    house.run(write(tmp_path, "\n".join(line.strip() for line in text.splitlines())))
    assert house.con.execute("FROM done").fetchall() == [(7,)]


def test_a_spared_result_is_no_result(house: Warehouse, tmp_path: Path) -> None:
    file = write(tmp_path, "CREATE OR REPLACE TABLE other AS SELECT 1 AS n;\n-- Only where due has rows.\nFROM other;")
    assert house.rows(file) == []
    assert house.arrow(file) is None
    house.con.execute("INSERT INTO due VALUES (1)")
    assert house.rows(file) == [{"n": 1}]
    table = house.arrow(file)
    assert table is not None
    assert table.to_pylist() == [{"n": 1}]


def test_a_condition_on_a_table_that_is_not_there_is_told(house: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(duckdb.CatalogException, match="dew"):
        house.run(write(tmp_path, "-- Only where dew has rows.\nDELETE FROM due;\n"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_no_condition_is_lost_in_a_comment(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    places = {word: (word,) for word in ("landing", "raw", "desired", "column", "levels", "seen", "key", "documents")}
    said = [line for line in text.splitlines() if "only where" in line.lower() and " has rows" in line]
    if said:
        found = statements(file, places)
        assert [f"-- Only where {one.only} has rows." for one in found if one.only] == said
        for name in {one.only for one in found if one.only}:
            made = rf"(DROP TABLE|CREATE (TEMP )?TABLE) (IF EXISTS )?{re.escape(name)}\b"
            unseen = [one.text for one in found if re.search(made, one.text) and one.changes != name]
            assert unseen == [], f"{name} is made or dropped by a statement that does not tell what it changes"
