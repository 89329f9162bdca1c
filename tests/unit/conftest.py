"""A small warehouse of the connection ``tilly__shoppy``, made of rows, without running a stage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.kit.warehouse import Warehouse, identifier, open_warehouse
from pipelines.language.canonical import canonical_columns
from pipelines.stages import three_way

_HERE = Path(__file__).parent
_SYSTEM = [
    ("version", "BIGINT"),
    ("deleted_at", "TIMESTAMP"),
    ("defects", "VARCHAR[]"),
    ("row_hash", "UBIGINT"),
    ("seq", "BIGINT"),
]


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse with every table of one connection and no row."""
    house = open_warehouse(tmp_path / "corner", "a test", lambda _: None)
    for platform in ("tilly", "shoppy"):
        house.con.execute(f"CREATE SCHEMA {platform}")
        for entity in ("products", "variants", "images", "stock", "locations", "account"):
            columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in [*canonical_columns(entity), *_SYSTEM])
            house.con.execute(f"CREATE TABLE {identifier(platform, f'{platform}_{entity}')} ({columns})")
    house.run(_HERE / "one_connection.sql")
    three_way.views(house, "tilly__shoppy")
    house.close()
    house = open_warehouse(tmp_path / "corner", "a test", lambda _: None)
    yield house
    house.close()


@pytest.fixture
def small_house(empty_house: Warehouse) -> Warehouse:
    """The same after ``one_run.sql``: a mug that was written and a cap that was set aside."""
    empty_house.run(_HERE / "one_run.sql")
    return empty_house
