"""Documents as ``POST /sales`` takes them: fixed ids, currency units, signs (fact sheet §8.2). No call is made here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pipelines.kit.documents import Document, Payment
from pipelines.kit.platform import StoreFacts
from pipelines.platforms.lightspeed_x.extract import OURS
from pipelines.platforms.lightspeed_x.write.sending import Unfit
from pipelines.platforms.lightspeed_x.write.shares import Share, shares

SOURCE = OURS
NOTE = "line_note"


def line_id(document_id: str, key: str, part: int) -> str:
    """The till's id of a line; ``part`` is 2 for the unit a line was divided by, else 1."""
    return str(uuid.uuid5(uuid.UUID(document_id), f"line:{key}:{part}"))


def payment_id(document_id: str, key: str) -> str:
    """The till's id of a payment."""
    return str(uuid.uuid5(uuid.UUID(document_id), f"payment:{key}"))


def sale_body(document: Document, facts: StoreFacts) -> dict[str, Any]:
    """The whole sale. A return is a sale with negative quantities and payments. Raises Unfit for what no till takes.

    ``pricing.discount`` is never sent: no document says whether a price has its discount in it; the price here has.
    """
    keys = [line.key for line in document.lines]
    if not keys or len(keys) != len(set(keys)):
        raise Unfit("lines", "its lines are none, or two of them have one key")
    made = list(shares(document.lines, facts.decimal_places))
    return {
        "id": document.id,
        "source": source(document),
        "state": document.state,
        "invoice_number": document.reference,
        **({"attributes": [document.way]} if document.way else {}),
        **_said(document),
        "line_items": [line_body(document, share, place) for place, share in enumerate(made)],
        "payments": payment_bodies(Desk.of(document), document.payments, facts),
    }


def source(document: Document) -> dict[str, Any]:
    """Who made it and where, and the order it is of: its number, and as ``type`` whose order that is."""
    return {
        "author_id": document.user_id,
        "register_id": document.register_id,
        "id": document.order_id,
        "type": "-".join(filter(None, (SOURCE, document.store.upper()))),
    }


def _said(document: Document) -> dict[str, Any]:
    """Members that are left out when there is nothing to say: null is refused."""
    said = {"date": moment(document.sold_at), "customer_id": document.customer_id, "note": document.note}
    return {name: value for name, value in said.items() if value}


def line_body(document: Document, share: Share, place: int) -> dict[str, Any]:
    """One line; ``place`` from 0 keeps the order in which the document has them."""
    line, sign = share.line, sign_of(document)
    notes = {"attributes": [{"name": NOTE, "value": line.note}]} if line.note else {}
    return {
        "id": line_id(document.id, line.key, share.part),
        "product": {"id": line.item_id},
        "quantity": sign * share.quantity,
        "pricing": {"price": share.price},
        "tax": {"id": line.tax_id, "amount": share.tax},
        **notes,
        "_metadata": {"sequence": place, "is_price_override": True},
    }


class Desk(NamedTuple):
    """Where payments are taken: the document they are of, its register (S001-23), and -1 where money goes back."""

    document_id: str
    register_id: str
    sign: int

    @classmethod
    def of(cls, document: Document) -> Desk:
        """The document's own."""
        return cls(document.id, document.register_id, sign_of(document))


def payment_bodies(desk: Desk, payments: Iterable[Payment], facts: StoreFacts) -> list[dict[str, Any]]:
    """Payments under fixed ids, so that one that is sent again adds nothing."""
    return [_payment(desk, payment, facts) for payment in payments]


def _payment(desk: Desk, payment: Payment, facts: StoreFacts) -> dict[str, Any]:
    paid = moment(payment.paid_at)
    return {
        "id": payment_id(desk.document_id, payment.key),
        "amount": desk.sign * payment.amount.scaleb(-facts.decimal_places),
        **({"date": paid} if paid else {}),
        "type": {"config_id": payment.payment_type_id},
        "source": {"register_id": desk.register_id},
    }


def sign_of(document: Document) -> int:
    """-1 for a return, whose lines and payments the till has below zero."""
    return 1 if document.kind == "sale" else -1


def moment(text: str) -> str | None:
    """A moment as RFC 3339 in UTC; one without an offset is in UTC. Raises Unfit for text that is no moment."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("no_moment", f"{text!r} is no date with a time of day") from None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def minor(amount: Decimal | int, facts: StoreFacts) -> Decimal:
    """An amount of the till in whole minor units; what a double lost is made good."""
    return Decimal(amount).scaleb(facts.decimal_places).quantize(Decimal(1))


def words(amount: Decimal, facts: StoreFacts) -> str:
    """Minor units as a person reads them."""
    return f"{amount.quantize(Decimal(1)).scaleb(-facts.decimal_places):f}"
