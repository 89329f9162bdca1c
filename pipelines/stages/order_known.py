"""What a run knows of each order: what is ordered, paid and given back, and the documents the journal has of it.

From ``orders_desired`` and its fellows and ``sync.sale_documents`` alone (I-5); what follows is ``order_plan.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.documents import Document, Line, line_of
from pipelines.kit.warehouse import Warehouse

_RECORDABLE = """
SELECT * FROM orders_desired
WHERE class IS NULL AND status_known AND defects = 0 AND (has_products OR becomes = 'voided')
ORDER BY is_history, ordered_at, order_id
"""
"""Orders of which a document can be made; whether it may be sent is for the validate stage."""


@dataclass(frozen=True)
class Told:
    """A document of an order as the journal knows it."""

    document: Document
    state: str
    outcome: str
    sale_id: str | None
    voided: bool
    owes: bool
    """Whether it was voided and its stock stayed where it was."""
    planned_at: datetime

    @property
    def stands(self) -> bool:
        """Whether it counts at the till now."""
        return self.outcome in {"ok", "exists"} and not self.voided


@dataclass
class Order:
    """One order with everything its documents follow from."""

    row: dict[str, Any]
    lines: list[Line]
    payments: list[dict[str, Any]]
    refunds: list[dict[str, Any]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.row["order_id"])


def known_orders(house: Warehouse, connection: str) -> list[Order]:
    """The orders of this run of which a document can be made; those of before the connection last."""
    rows = house.query(_RECORDABLE)
    found = {row["order_id"]: Order(row, [], []) for row in rows}
    for line in house.query("SELECT * FROM order_lines_desired ORDER BY order_id, position, key"):
        if line["order_id"] in found:
            found[line["order_id"]].lines.append(line_of({**line, "tax_id": line["tax_id"] or "", "note": ""}))
    for payment in house.query("SELECT * FROM order_payments_desired ORDER BY order_id, key"):
        if payment["order_id"] in found:
            found[payment["order_id"]].payments.append(payment)
    for part in house.query("SELECT * FROM order_refunds_desired ORDER BY order_id, key, line_key"):
        if part["order_id"] in found:
            found[part["order_id"]].refunds.append(part)
    sql = "SELECT * FROM sync.sale_documents WHERE connection = ? ORDER BY order_id, intent"
    for told in house.query(sql, [connection]):
        if told["order_id"] in found:
            document = Document.of(exact_json.loads(told["document"]))
            voided = told["voided_at"] is not None
            one = Told(
                document, told["state"], told["outcome"], told["sale_id"], voided, told["owes"], told["planned_at"]
            )
            found[told["order_id"]].told.append(one)
    return list(found.values())
