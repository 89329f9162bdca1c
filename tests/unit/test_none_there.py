"""Tables that are made empty, cheaply, where there is nothing: of the columns they have where there is something.

Another column or type is a statement that fails, or sums that are not exact, in runs without an order or a bundle.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.kit.warehouse import Warehouse, identifier, open_warehouse
from pipelines.language.canonical import canonical_columns
from pipelines.stages import orders

_SQL = Path(orders.__file__).parent / "sql"
_SYSTEM = [("version", "BIGINT"), ("deleted_at", "TIMESTAMP"), ("defects", "VARCHAR[]"), ("seq", "BIGINT")]
_MADE = [
    ("order_documents.sql", ["sale_documents"]),
    ("order_by_hand.sql", ["by_hand", "out_by_hand"]),
    ("bundles.sql", ["source_bundles", "source_parts"]),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Warehouse]:
    house = open_warehouse(tmp_path / "corner", "a test", lambda _: None)
    for entity in ("sales", "components", "products", "variants", "stock"):
        columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in [*canonical_columns(entity), *_SYSTEM])
        house.con.execute(f"CREATE TABLE {identifier(f'source_{entity}')} ({columns})")
    house.run(_SQL / "order_documents.sql", connection="tilly__shoppy")
    yield house
    house.close()


@pytest.mark.parametrize(("file", "tables"), _MADE, ids=[file for file, _ in _MADE])
def test_a_table_made_empty_has_the_columns_it_has_when_full(house: Warehouse, file: str, tables: list[str]) -> None:
    made = []
    for one in (file, file.replace(".sql", "_none.sql")):
        for table in tables:
            house.con.execute(f"DROP TABLE IF EXISTS {identifier('temp', 'main', table)}")
        house.run(_SQL / one, connection="tilly__shoppy", seq=1)
        described = (house.query(f"DESCRIBE {identifier(table)}") for table in tables)
        made.append([[(row["column_name"], row["column_type"]) for row in rows] for rows in described])
    assert made[0] == made[1]
