"""Payments that come later, and parked sales that are closed (fact sheet §8.2, C-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipelines.kit.documents import Document, Payment
from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import is_refusal
from pipelines.platforms.lightspeed_x.write.refusals import MEANT, problem
from pipelines.platforms.lightspeed_x.write.sale_bodies import Desk, moment, payment_bodies, words
from pipelines.platforms.lightspeed_x.write.sales import told_of
from pipelines.platforms.lightspeed_x.write.sending import Record, Unfit, data_of
from pipelines.platforms.lightspeed_x.write.standing import payment_again, put, standing

CLOSED = "closed_takes_no_payment"


def add_payments(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    """``payments`` of the recorded ``document`` onto the sale ``target_id``; its state stays. Without the document they
    are taken to be of a sale under the till's id.

    A payment that is there, by its id or as the same money of the same moment, is not added again: then ``exists``.
    """
    sale = standing(session, row)
    return _changed(session, row, facts, sale, str(sale.get("state")))


def close_sale(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    """The sale ``target_id`` into ``state``, with ``payments`` as above where the row has them.

    A pending one whose goods leave by a fulfilment is closed by fulfilling all of it (fact sheet §9).
    """
    sale, state = standing(session, row), str(row.after().get("state") or "closed")
    leaves = sale.get("state") == "pending" and set(sale.get("attributes") or ()) & {"delivery", "pickup"}
    if state != "closed" or not leaves:
        return _changed(session, row, facts, sale, state)
    if row.after().get("payments"):
        _changed(session, row, facts, sale, "pending")
    answer = session.call("POST", "/fulfillments/fulfill", body={"sale_id": row.target_id})
    sale = standing(session, row)
    if sale.get("state") != "closed":
        return _changed(session, row, facts, sale, state)
    return Receipt(row.seq, "ok", row.target_id, {"sale": told_of(sale, facts)}, answer.status)


def _changed(session: Session, row: PlanRow, facts: StoreFacts, sale: Record, state: str) -> Receipt:
    if sale.get("state") == "voided":
        raise Unfit("voided", "the sale is voided at the till", "look at the order; a voided sale stays voided")
    given = [Payment(**{**one, "amount": Decimal(one["amount"])}) for one in row.after().get("payments") or []]
    missing = _missing(sale, payment_bodies(_desk(row, sale), given, facts))
    if not missing and sale.get("state") == state:
        return Receipt(row.seq, "exists", row.target_id, {"sale": told_of(sale, facts)})
    try:
        answer = put(session, row, sale, state, missing)
    except CallFailed as error:
        if not is_refusal(error) or not missing or sale.get("state") != "closed":
            raise
        raise _not_taken(row, given, error, facts) from None
    return Receipt(row.seq, "ok", row.target_id, {"sale": told_of(data_of(answer), facts)}, answer.status)


def _desk(row: PlanRow, sale: Record) -> Desk:
    document = row.after().get("document")
    if document is not None:
        return Desk.of(Document.of(document))
    return Desk(str(row.target_id), str((sale.get("source") or {}).get("register_id") or ""), 1)


def _missing(sale: Record, wanted: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Payments the sale does not have. A till that gives ids of its own is known by money and moment."""
    left = [payment_again(one) for one in sale.get("payments") or []]
    missing = []
    for payment in wanted:
        same = next((one for one in left if one["id"] == payment["id"]), None)
        same = same or next((one for one in left if "date" in payment and _essence(one) == _essence(payment)), None)
        if same is None:
            missing.append(payment)
        else:
            left.remove(same)
    return missing


def _essence(payment: Mapping[str, Any]) -> tuple[str, Decimal, str | None]:
    return payment["type"]["config_id"], Decimal(payment["amount"]), moment(str(payment.get("date") or ""))


def _not_taken(row: PlanRow, payments: Sequence[Payment], error: CallFailed, facts: StoreFacts) -> Unfit:
    """Why, as far as the till says so; what is left for staff is the same."""
    amount, why = words(sum((payment.amount for payment in payments), Decimal(0)), facts), problem(error)
    named = (
        (why.code, why.message)
        if why.code in MEANT
        else (CLOSED, "this account lets no payment be added to a closed sale")
    )
    do = f"enter the payment of {amount} at the till, on the sale {row.name or row.target_id}"
    return Unfit(*named, do, found=why.found)
