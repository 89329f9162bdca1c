"""Where units that are held back are taken from what a store shows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.kit.warehouse import open_warehouse
from pipelines.stages import orders

SQL = Path(orders.__file__).parent / "sql" / "order_places.sql"
TABLES = """
CREATE TEMP TABLE source_outlets AS SELECT unnest(['main', 'pier']) AS location_id, 'online' AS to_location_id;
CREATE TEMP TABLE reserved_here AS SELECT 'mug' AS item_id, 1 AS units;
CREATE TEMP TABLE in_flight AS SELECT NULL::VARCHAR AS order_id, NULL::VARCHAR AS item_id, 0 AS units WHERE false;
CREATE TEMP TABLE target_orders AS
SELECT NULL::VARCHAR AS order_id, NULL::VARCHAR AS number, NULL::VARCHAR AS status, '' AS status_label WHERE false;
CREATE TEMP TABLE sold_elsewhere AS
SELECT 'till__other' AS connection, 'other' AS platform, '7' AS order_id, '7' AS number, 'paid' AS status,
       'mug' AS item_id, ?::VARCHAR AS outlet, 3 AS units;
"""


@pytest.mark.invariant("I-9")
@pytest.mark.parametrize(("outlet", "held"), [("pier", 4), ("attic", 1), (None, 4)])
def test_units_sold_in_another_store_are_offered_only_where_its_outlet_is_known_to_be_another(
    tmp_path: Path, outlet: str | None, held: int
) -> None:
    """Of a store whose register was deleted nobody knows the outlet."""
    house = open_warehouse(tmp_path, "test", lambda _: None)
    try:
        *plain, last = TABLES.strip().rstrip(";").split(";")
        for statement in plain:
            house.con.execute(statement)
        house.con.execute(last, [outlet])
        house.con.execute("CREATE SCHEMA one; SET search_path = 'one'")
        house.run(SQL, outlet="main", connection="till__one")
        found = house.query("FROM source_reserved")
        told = [row["units"] for row in house.query("FROM stock_in_flight")]
    finally:
        house.close()
    assert found == [{"item_id": "mug", "location_id": "online", "units": Decimal(held)}]
    assert sum(told) == held - 1, "a person is told of exactly what is held back"
