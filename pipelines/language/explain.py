"""Which fields sync, which do not, and why: read from the warehouse's tables, never from YAML (`design.md` §6).

``field_rules`` and ``field_decisions`` are written by the map stage; the sets are in ``sql/explain_*.sql``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.exact_json import loads
from pipelines.kit.warehouse import Warehouse
from pipelines.language.document import nearest

_SQL = Path(__file__).parent / "sql"
_DESIRED = ("products_desired", "variants_desired", "images_desired", "stock_desired")
_OWN = ("field_rules", "field_decisions", "variants_link", "end_states", "stock_three_way", "orders_in_flight")
_ENTITIES = ("products", "variants", "images", "stock", "locations")


def explain_connection(house: Warehouse, connection: str) -> dict[str, Any]:
    """``{"connection", "fields": [{entity, field, to_field, syncs, direction, owner, reason, rules, decisions…}]}``.

    ``decisions``: decision → number of records. Raises MistakeInFiles where nothing was mapped yet.
    """
    _mapped(house, connection)
    rows = house.rows(_SQL / "explain_connection.sql", _names(connection))
    return {"connection": connection, "fields": [{**row, "decisions": loads(row["decisions"])} for row in rows]}


def explain_field(house: Warehouse, connection: str, field: str) -> dict[str, Any]:
    """One field's rules, and what was decided for how many records, with examples. Raises MistakeInFiles."""
    found = explain_connection(house, connection)
    rules = [row for row in found["fields"] if field in {row["field"], f"{row['entity']}.{row['field']}"}]
    if not rules:
        known = sorted({row["field"] for row in found["fields"]})
        raise _unknown("field", field, known, connection)
    reasons = house.rows(_SQL / "explain_reasons.sql", _names(connection), field=rules[0]["field"])
    wanted = {row["entity"] for row in rules}
    decided = [row for row in reasons if row["entity"] in wanted]
    return {"connection": connection, "field": field, "fields": rules, "decided": decided}


def explain_sku(
    house: Warehouse, connection: str, sku: str, source: str, target: str, field: str | None = None
) -> dict[str, Any]:
    """One SKU on both sides: its records and links, every canonical field with both values, what was decided, why.

    ``{"connection", "sku", "items": […], "fields": […], "stock": […], "parts": […], "in_flight": […],
    "moved": […], "waiting": […], "ended": […]}``; ``source`` and ``target`` are the platforms; with ``field`` that
    field alone; ``stock``: levels three ways; ``parts``: what a bundle's follow from; ``in_flight``: the orders whose
    units those hold back, of a bundle of any of its parts; ``moved``: levels that the store alone moved; ``ended``: how
    the SKU's records ended in the last run. Raises MistakeInFiles for an unknown SKU.
    """
    _mapped(house, connection)
    names = _names(connection, source, target)
    items = house.rows(_SQL / "explain_items.sql", names, connection=connection, sku=sku)
    if not items:
        known = [row["sku"] for row in house.rows(_SQL / "explain_skus.sql", names)]
        raise _unknown("SKU", sku, known, connection)
    every = [row for item in items for row in _fields(house, names, item)]
    fields = [row for row in every if field in {None, row["field"], f"{row['entity']}.{row['field']}"}]
    if not fields:
        raise _unknown("field", str(field), sorted({row["field"] for row in every}), connection)
    ids = [item["from_id"] for item in items if item["from_id"]]
    parts = _parts(house, connection, ids)
    return {
        "connection": connection,
        "sku": sku,
        "read_before_write": _read_before_write(house, connection, items),
        "items": items,
        "fields": fields,
        "stock": house.rows(_SQL / "explain_stock.sql", names, ids=ids, connection=connection),
        "parts": parts,
        "in_flight": house.rows(_SQL / "explain_in_flight.sql", names, ids=[*ids, *{row["part_id"] for row in parts}]),
        "moved": _moved(house, names, connection, ids),
        "waiting": house.rows(_SQL / "explain_waiting.sql", connection=connection, sku=sku),
        "ended": house.rows(_SQL / "explain_ended.sql", names, connection=connection, sku=sku),
    }


def _read_before_write(house: Warehouse, connection: str, items: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When the last run began to read, where it then wrote one of these records; None where what was read stands."""
    if not house.exists(connection, "receipts"):
        return None
    ids = [item[name] for item in items for name in ("from_id", "from_product_id") if item[name]]
    names = {"receipts": (connection, "receipts")}
    found = house.rows(_SQL / "explain_stale.sql", names, connection=connection, ids=ids)
    when: datetime | None = found[0]["started_at"] if found else None
    return when.astimezone(UTC) if when else None


def _parts(house: Warehouse, connection: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """What bundles are made of; none where no run has looked for them yet."""
    table = (connection, "stock_parts")
    return house.rows(_SQL / "explain_parts.sql", {"stock_parts": table}, ids=ids) if house.exists(*table) else []


def _moved(
    house: Warehouse, names: Mapping[str, Sequence[str]], connection: str, ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Levels that the store alone moved; none where no run has looked for them yet."""
    table = (connection, "shop_drift")
    if not house.exists(*table, column="by_orders"):
        return []
    return house.rows(_SQL / "explain_moved.sql", {**names, "shop_drift": table}, ids=list(ids))


def _fields(house: Warehouse, names: Mapping[str, Sequence[str]], item: Mapping[str, Any]) -> list[dict[str, Any]]:
    ids = {name: item[name] for name in ("from_id", "from_product_id", "to_id", "to_product_id")}
    rows = house.rows(_SQL / "explain_fields.sql", names, linked=item["state"] == "linked", **ids)
    return [
        {
            "item_id": item["from_id"] or item["to_id"],
            **row,
            "from": _value(row["from"]),
            "to": _value(row["to"]),
        }
        for row in rows
    ]


def _names(connection: str, source: str = "", target: str = "") -> dict[str, tuple[str, str]]:
    """The tables a ``.sql`` file may name; a connection is called ``<source>__<target>``."""
    own, _, other = connection.partition("__")
    sides = (("source", source or own), ("target", target or other))
    canonical = {f"{side}_{entity}": (name, f"{name}_{entity}") for side, name in sides for entity in _ENTITIES}
    return {**canonical, **{table: (connection, table) for table in (*_OWN, *_DESIRED)}}


def _mapped(house: Warehouse, connection: str) -> None:
    missing = [name for schema, name in _names(connection).values() if not house.exists(schema, name)]
    if missing:
        raise MistakeInFiles(
            Problem(
                "not_mapped_yet",
                f"{connection} was not mapped yet for this merchant",
                found=f"no {missing[0]}",
                expected="the tables that a plan or a sync leaves",
                do=f"run `{command(house.merchant, 'plan', connection)}` first",
            )
        )


def _unknown(what: str, found: str, known: Sequence[str], connection: str) -> MistakeInFiles:
    some = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    message = f"{connection} has no {what} `{found}`"
    near = nearest(found, list(known[:20_000]))
    return MistakeInFiles(Problem(f"unknown_{what.lower()}", message, found=found, expected=some or "none", do=near))


def _value(text: str | None) -> Any:
    return None if text is None else loads(text)
