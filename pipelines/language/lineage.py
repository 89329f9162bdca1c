"""Which source columns a desired column is made from, read off the compiled SQL itself."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.lineage import lineage

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
    return {name: _reaching(name, tree, schema, f"source_{entity}") for name in tree.named_selects}


def _reaching(column: str, tree: exp.Select, schema: dict[str, dict[str, str]], table: str) -> list[str]:
    nodes = lineage(column, tree.copy(), schema=schema, dialect="duckdb").walk()
    found = {
        node.name.rpartition(".")[2]
        for node in nodes
        if isinstance(node.source, exp.Table) and node.source.name == table
    }
    return sorted(found)
