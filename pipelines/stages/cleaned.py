"""What may not reach a shop's pages leaves the desired rows here, and says why: acting markup, addresses of pictures.

Which fields those are is ``kind:`` in ``mappings/canonical.yaml``; what is harmless ``kit.markup`` and the macro
``picture_refusal``. Rows are judged in SQL; only texts that are more than harmless come to Python (T8, B41, B63).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.kit import markup
from pipelines.kit.warehouse import Warehouse
from pipelines.language.canonical import FieldKind, vocabulary
from pipelines.run import Connection

_SQL = Path(__file__).parent / "sql"
_JUDGED = pa.schema([("item_id", pa.string()), ("text", pa.string()), ("reason", pa.string())])


def begin(house: Warehouse) -> None:
    """``cleaned``: nothing yet. Grain: entity, target field, record; ``whole``: nothing of the value is sent."""
    house.con.execute(
        "CREATE OR REPLACE TEMP TABLE cleaned"
        " (entity VARCHAR, field VARCHAR, item_id VARCHAR, text VARCHAR, whole BOOLEAN, reason VARCHAR)"
    )


def clean(house: Warehouse, connection: Connection, entity: str, table: tuple[str, ...]) -> None:
    """Take out of an entity's desired rows in ``table`` what may not be sent."""
    if entity == "images":
        house.run(_SQL / "pictures_judged.sql")
        return
    for rule in _sent(connection, entity, "picture"):
        names = {"desired": table, "column": (rule["to_field"],)}
        house.run(_SQL / "picture_judged.sql", names, entity=entity, field=rule["to_field"])
    for rule in _sent(connection, entity, "markup"):
        _markup(house, rule, table)


def decided(house: Warehouse, entity: str) -> None:
    """Let the temp table ``decided`` of an entity say what was taken out."""
    house.run(_SQL / "cleaned_decided.sql", entity=entity)


def _sent(connection: Connection, entity: str, kind: FieldKind) -> Iterable[dict[str, Any]]:
    fields = vocabulary().entities[entity].fields
    rules = (r for r in connection.compiled.field_rules() if r["entity"] == entity and r["sends"])
    return {r["to_field"]: r for r in rules if fields[r["to_field"]].kind == kind}.values()


def _markup(house: Warehouse, rule: dict[str, Any], table: tuple[str, ...]) -> None:
    field = rule["to_field"]
    names = {"desired": table, "column": (field,)}
    due = house.rows(_SQL / "markup_due.sql", names, harmless=markup.HARMLESS)
    if not due:
        return
    rows = [{"item_id": row["item_id"], **_judged(row["text"])} for row in due]
    house.con.register("judged", pa.Table.from_pylist(rows, schema=_JUDGED))
    blank = "" if rule["on_blank"] == "overwrite" else None
    house.run(_SQL / "markup_cleaned.sql", names, entity=rule["entity"], field=field, blank=blank)
    house.con.unregister("judged")


def _judged(text: str) -> dict[str, str | None]:
    made = markup.clean(text)
    if not made.text:
        return {"text": None, "reason": f"not sent, nothing harmless is left without {made.taken}"}
    return {"text": made.text, "reason": f"sent without what could act on a page: {made.taken}"}
