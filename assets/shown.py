"""What an asset's page shows of its table: rows, columns, lineage. Reads; decides nothing."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.kit.warehouse import Warehouse, identifier
from pipelines.language.load import read


def count(house: Warehouse, schema: str, table: str) -> int:
    """Rows of a table, 0 where it is not there."""
    if not house.exists(schema, table):
        return 0
    rows: int = house.one(f"SELECT count(*) FROM {identifier(schema, table)}")  # noqa: S608
    return rows


@cache
def meanings() -> dict[str, dict[str, str]]:
    """Kind of table → column → what it means, from ``columns.yaml``."""
    found: dict[str, dict[str, str]] = read(Path(__file__).parent / "columns.yaml").value
    return found


def described(house: Warehouse, schema: str, table: str, means: Mapping[str, str]) -> dict[str, Any]:
    """Row count and columns of a table; ``means``: column → description."""
    columns = [dg.TableColumn(name, kind, description=means.get(name)) for name, kind in house.columns(schema, table)]
    shown: dict[str, Any] = {"dagster/row_count": count(house, schema, table)}
    return {**shown, "dagster/column_schema": dg.TableSchema(columns)} if columns else shown


def lineage(columns: Mapping[str, Sequence[str]], source: dg.AssetKey) -> dg.TableColumnLineage:
    """Column → the columns of ``source`` it is made from.

    Dagster keeps it; its open-source UI has no page for it, hence the words in the columns' descriptions.
    """
    deps = {
        column: [dg.TableColumnDep(asset_key=source, column_name=name) for name in names]
        for column, names in columns.items()
    }
    return dg.TableColumnLineage(deps_by_column=deps)
