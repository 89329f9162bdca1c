"""What of an order's documents is paid at the till, and what settles an edit. Pure; documents are ``kit.documents``.

What was captured in the store, and how a payment is called at the till, is ``order_plan.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from pipelines.kit.documents import Document, Payment

NOTHING = Decimal(0)


def owed(documents: Iterable[Document], later: Mapping[str, Decimal]) -> Decimal:
    """What documents that stand come to, less what was paid of it, minor units; below 0: too much was paid.

    ``later``: payments that followed a sale, by their keys ``<order>/…``; those of other orders do not count.
    """
    known = list(documents)
    orders = {f"{one.order_id}/" for one in known}
    paid = sum((amount for key, amount in later.items() if f"{key.partition('/')[0]}/" in orders), NOTHING)
    return sum((one.total - _paid(one) for one in known), NOTHING) - paid


def within(payments: Iterable[Payment], most: Decimal) -> list[Payment]:
    """Payments, first ones first, as far as they come to no more than ``most`` (minor units): nothing is paid twice."""
    found, left = [], most
    for payment in payments:
        amount = min(payment.amount, left)
        if amount > 0:
            found.append(replace(payment, amount=amount))
            left -= amount
    return found


def settling(document: Document, open_amount: Decimal) -> Decimal:
    """What is paid, or paid back, with a document, so that an edit of a paid order is settled by itself (I-4).

    ``open_amount``: ``owed`` before it. What is given back goes towards what is owed, what is added towards what was
    paid too much; never below 0.
    """
    towards = open_amount if document.kind == "return" else -open_amount
    return max(NOTHING, abs(document.total) - max(NOTHING, towards))


def _paid(document: Document) -> Decimal:
    amount = sum((payment.amount for payment in document.payments), NOTHING)
    return amount if document.kind == "sale" else -amount
