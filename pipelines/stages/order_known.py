"""What a run knows of each order: what is ordered, paid and given back, and the documents the journal has of it.

From ``orders_desired`` and its fellows, ``sale_documents`` and what staff did with those at the till (``by_hand``)
alone (I-5); what follows is ``order_plan.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
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


_RETURNED = """
SELECT b.order_id, h.line_id, sum(h.units) AS units
FROM out_by_hand AS h JOIN by_hand AS b ON b.intent = h.intent
WHERE h.what = 'returned' GROUP BY b.order_id, h.line_id
"""


@dataclass(frozen=True)
class Told:
    """A document of an order as the journal knows it."""

    document: Document
    state: str
    outcome: str
    sale_id: str | None
    voided: bool
    half_voided: bool
    """Whether it may be voided: that was sent, and nobody answered."""
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
    voided_by_hand: list[str] = field(default_factory=list)
    """References of its sales that staff voided at the till."""
    returned: dict[str, Decimal] = field(default_factory=dict)
    """Units of its lines that staff took back at the till, by line key."""

    @property
    def id(self) -> str:
        return str(self.row["order_id"])


def known_orders(house: Warehouse) -> list[Order]:
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
    _recorded(house, found)
    return list(found.values())


def _recorded(house: Warehouse, found: Mapping[str, Order]) -> None:
    """The documents of each order, and what staff did with them."""
    hands = {row["intent"]: row for row in house.query("FROM by_hand")}
    for told in house.query("SELECT * FROM sale_documents ORDER BY order_id, intent"):
        if told["order_id"] not in found:
            continue
        document = Document.of(exact_json.loads(told["document"]))
        staff = hands.get(told["intent"], {"voided": False, "closed": False})
        state = "closed" if staff["closed"] else told["state"]
        voided = told["voided_at"] is not None or staff["voided"]
        came = (told["outcome"], told["sale_id"], voided, told["half_voided"] and not voided)
        one = Told(document, state, *came, told["owes"], told["planned_at"])
        found[told["order_id"]].told.append(one)
        if staff["voided"]:
            found[told["order_id"]].voided_by_hand.append(document.reference)
    for back in house.query(_RETURNED):
        if back["order_id"] in found:
            found[back["order_id"]].returned[back["line_id"]] = back["units"]
