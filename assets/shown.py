"""What an asset's page shows of its table: rows, columns, lineage. Reads; decides nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.kit.warehouse import Warehouse, identifier


def count(house: Warehouse, schema: str, table: str) -> int:
    """Rows of a table, 0 where it is not there."""
    if not house.exists(schema, table):
        return 0
    rows: int = house.one(f"SELECT count(*) FROM {identifier(schema, table)}")  # noqa: S608
    return rows


def described(house: Warehouse, schema: str, table: str, means: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Row count and columns of a table; ``means``: column → description."""
    columns = [
        dg.TableColumn(name, kind, description=(means or {}).get(name)) for name, kind in house.columns(schema, table)
    ]
    shown: dict[str, Any] = {"dagster/row_count": count(house, schema, table)}
    return {**shown, "dagster/column_schema": dg.TableSchema(columns)} if columns else shown


def lineage(columns: Mapping[str, Sequence[str]], source: dg.AssetKey) -> dg.TableColumnLineage:
    """Column → the columns of ``source`` it is made from."""
    deps = {
        column: [dg.TableColumnDep(asset_key=source, column_name=name) for name in names]
        for column, names in columns.items()
    }
    return dg.TableColumnLineage(deps_by_column=deps)
