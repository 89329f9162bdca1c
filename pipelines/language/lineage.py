"""Which source columns a desired column is made from, read off the compiled SQL itself."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.lineage import Node, lineage

from pipelines.language.canonical import canonical_columns, vocabulary

_SYSTEM = {"version": "BIGINT", "deleted_at": "TIMESTAMP"}


def source_columns(tree: exp.Select, entity: str) -> dict[str, list[str]]:
    """Output column → the columns of ``source_<entity>`` that reach it, sorted."""
    schema = {
        f"{side}_{name}": {**dict(canonical_columns(name)), **_SYSTEM}
        for side in ("source", "target")
        for name in vocabulary().entities
    }
    schema["source_outlets"] = {"location_id": "VARCHAR", "to_location_id": "VARCHAR"}
    made = lineage(None, tree, schema=schema, dialect="duckdb", trim_selects=False)
    return {name: _reaching(made[name], f"source_{entity}") for name in tree.named_selects}


def _reaching(column: Node, table: str) -> list[str]:
    found = {
        node.name.rpartition(".")[2]
        for node in column.walk()
        if isinstance(node.source, exp.Table) and node.source.name == table
    }
    return sorted(found)
