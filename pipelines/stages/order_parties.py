"""Customers and products that the documents of a run need and the till does not have, each made once (S001-30).

Rows of the plan, like the documents themselves; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.documents import Document, Line, plain
from pipelines.run import Run


def parties(run: Run, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Customers and products that the planned documents need and the till does not have, each once (S001-30)."""
    needed: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["action"] != "create" or row["state"] != "planned":
            continue
        document = Document.of(exact_json.loads(row["changes"])["document"]["after"])
        if document.customer_id and document.customer_id.startswith("created:"):
            key = document.customer_id.removeprefix("created:")
            needed.setdefault(key, {"level": "customer", "order": document.order_id, "rule": "S000-07"})
        for line in document.lines:
            if line.item_id.startswith("created:"):
                key = line.item_id.removeprefix("created:")
                needed.setdefault(key, {"level": "item", "order": document.order_id, "rule": _rule(key), "line": line})
    helpers = {row["item_key"]: row for row in run.warehouse.query("FROM order_helpers")}
    names = {row["item_key"]: row for row in run.warehouse.query(_NAMES)}
    return [
        _party(key, one, helpers.get(key) or names.get(key) or {}) for key, one in sorted(needed.items(), key=_first)
    ]


_NAMES = """
SELECT item_key, any_value(name) AS name, any_value(sku) AS sku
FROM order_lines_desired WHERE item_key LIKE 'sku:%' GROUP BY item_key
"""
_RULES = {"helper:shipping": "S001-27", "helper:handling": "S001-28", "helper:wrapping": "S001-29"}


def _first(entry: tuple[str, dict[str, Any]]) -> tuple[bool, str]:
    return entry[1]["level"] != "customer", entry[0]


def _rule(key: str) -> str:
    return _RULES.get(key, "S001-17" if key.startswith("sku:") else "I-4")


def _party(key: str, one: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    """A customer's row names only the order; who it is stands in ``orders_desired`` until it is sent (I-36)."""
    if one["level"] == "customer":
        after: dict[str, Any] = {"order_id": one["order"], "code": key}
    else:
        line: Line = one["line"]
        sold = key.startswith("sku:")
        price = (line.total - line.tax) / line.quantity if sold and line.quantity else Decimal(0)
        after = {"name": words["name"], "sku": words["sku"], "price": plain(price.quantize(Decimal("0.0001"))),
                 "tracked": sold, "tax_id": line.tax_id}  # fmt: skip
    changes = {name: {"before": None, "after": value} for name, value in after.items()}
    return {
        "phase": "orders", "entity": "orders", "level": one["level"], "action": "create", "item_id": key,
        "name": words.get("name") or f"the customer of order {one['order']}", "target_id": f"created:{key}",
        "changes": exact_json.dumps(changes), "state": "planned", "rule": one["rule"],
    }  # fmt: skip
