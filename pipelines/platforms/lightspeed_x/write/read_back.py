"""What a sale that stands at the till says, in the words of the document it records (`reliability.md` §2.6.3).

Where what was sent is not remembered any more, the till remembers: the order may have been another one when it was
recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from decimal import Decimal

from pipelines.kit.documents import Document, Line, Payment, plain
from pipelines.kit.platform import StoreFacts
from pipelines.platforms.lightspeed_x.write.sale_bodies import line_id, minor, payment_id, sign_of
from pipelines.platforms.lightspeed_x.write.sending import Record

PARTS = (1, 2)


def otherwise(sale: Record, document: Document, facts: StoreFacts) -> dict[str, str]:
    """``found``: lines and payments of a sale as JSON, where they are not the document's; else nothing.

    A line is the document's of the same id; one that the order has no more is known by the till's id of it.
    """
    if document.history or not sale.get("line_items"):
        return {}
    lines, payments = _lines(sale, document, facts), _payments(sale, document, facts)
    if _essence(lines) == _essence(document.lines) and _paid(payments) == _paid(document.payments):
        return {}
    said = {
        "lines": [{**line.said(), "note": line.note} for line in lines],
        "payments": [{**asdict(payment), "amount": plain(payment.amount)} for payment in payments],
    }
    return {"found": json.dumps(said)}


def _lines(sale: Record, document: Document, facts: StoreFacts) -> list[Line]:
    known = {line_id(str(sale["id"]), line.key, part): line for line in document.lines for part in PARTS}
    sums: dict[str, Line] = {}
    for row in sale["line_items"]:
        own = known.get(str(row.get("id")))
        key = own.key if own else f"till:{row.get('id')}"
        line = _line(row, key, sign_of(document))
        one = sums.get(key)
        sums[key] = line if one is None else replace(
            one, quantity=one.quantity + line.quantity, total=one.total + line.total, tax=one.tax + line.tax
        )  # fmt: skip
    whole = {key: _rounded(line, facts) for key, line in sums.items()}
    same = {line.key: line for line in document.lines}
    return [
        same[key] if key in same and _essence([line]) == _essence([same[key]]) else line for key, line in whole.items()
    ]


def _line(row: Record, key: str, sign: int) -> Line:
    """In currency units, and not rounded: a line may stand there in two parts."""
    price, tax = (Decimal(part or 0) for part in ((row.get("pricing") or {}).get("price"), _tax(row).get("amount")))
    quantity = sign * Decimal(row.get("quantity") or 0)
    item, rate = str((row.get("product") or {}).get("id")), str(_tax(row).get("id") or "")
    return Line(key, item, quantity, quantity * (price + tax), quantity * tax, rate)


def _tax(row: Record) -> Record:
    return row.get("tax") or {}


def _rounded(line: Line, facts: StoreFacts) -> Line:
    return replace(line, total=minor(line.total, facts), tax=minor(line.tax, facts))


def _payments(sale: Record, document: Document, facts: StoreFacts) -> list[Payment]:
    known = {payment_id(str(sale["id"]), payment.key): payment.key for payment in document.payments}
    return [
        Payment(
            known.get(str(row.get("id")), f"till:{row.get('id')}"),
            str((row.get("type") or {}).get("config_id") or ""),
            sign_of(document) * minor(row.get("amount") or 0, facts),
            str(row.get("date") or document.sold_at),
        )
        for row in sale.get("payments") or []
    ]


def _essence(lines: Iterable[Line]) -> set[tuple[str, str, str, str, str]]:
    return {(one.key, one.item_id, plain(one.quantity), plain(one.total), plain(one.tax)) for one in lines}


def _paid(payments: Iterable[Payment]) -> set[tuple[str, str]]:
    return {(one.key, plain(one.amount)) for one in payments}
