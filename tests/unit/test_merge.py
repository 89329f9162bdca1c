"""What a read changed is merged with what is in the record twice named, whatever the size of a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import stages
from pipelines.kit.warehouse import MEMORY, Warehouse, open_warehouse

MERGE = Path(stages.__file__).parent / "sql" / "merge.sql"
TABLES = """
CREATE TEMP TABLE changed (id VARCHAR, version BIGINT, deleted_at TIMESTAMP, record JSON, row_hash UBIGINT);
CREATE TABLE raw (id VARCHAR, version BIGINT, deleted_at TIMESTAMP, record JSON, row_hash UBIGINT,
                  seq BIGINT, run_id VARCHAR, gone BOOLEAN, defect VARCHAR);
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """A warehouse that may use 400 MB of memory and has the two tables of a merge."""
    monkeypatch.setenv(MEMORY, "400MB")
    warehouse = open_warehouse(tmp_path / "shop", "a test", lambda _: None)
    warehouse.con.execute(TABLES)
    yield warehouse
    warehouse.close()


def merged(house: Warehouse, *records: str) -> list[str | None]:
    """The defect of each record, in their order."""
    rows = [[str(number), record] for number, record in enumerate(records)]
    house.con.executemany("INSERT INTO changed (id, record) VALUES (?, ?)", rows)
    house.run(MERGE, {"raw": ["raw"]}, run_id="run-1", seq=1)
    return [defect for (defect,) in house.con.execute("SELECT defect FROM raw ORDER BY CAST(id AS INTEGER)").fetchall()]


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ('{"id":1,"name":"a","name":"b"}', "name"),
        ('{"id":1,"variants":[{"sku":"A"},{"sku":"B","prices":[[{"at":1,"at":2}]]}]}', "at"),
        ('{"z":1,"z":2,"in":{"a":1,"a":1}}', "a"),
        ('{"":{"":1,"":2}}', ""),
        ('{"a.b":{"$.*":[{"x y":1,"x y":null}]}}', "x y"),
        ('{"name":1,"n\\u0061me":2}', "name"),
        ('{"all":1,"all":2,"all":3}', "all"),
    ],
)
def test_a_key_that_is_there_twice_is_named_wherever_it_stands(house: Warehouse, record: str, key: str) -> None:
    assert merged(house, '{"id":0}', record) == [None, f"the key {key} is in its record twice"]


@pytest.mark.parametrize(
    "record", ["{}", '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"A":2}', '{"n":[],"o":[[],{}],"p":null}']
)
def test_the_same_key_in_several_objects_is_no_defect(house: Warehouse, record: str) -> None:
    assert merged(house, record) == [None]


def test_products_of_hundreds_of_variants_are_merged_in_little_memory(house: Warehouse) -> None:
    variant = {f"field {number}": {"name": "x" * 20, "value": number} for number in range(40)}
    record = json.dumps({"id": 1, "variants": [variant] * 200})
    assert merged(house, *[record] * 10) == [None] * 10
