"""A sale as it stands, made into the body of an update: what is sent again is all of it, under its own ids.

Whether lists that are sent replace or are laid over is not documented, nor what happens to those that are left out
(fact sheet §8.2). Sent whole, with the ids they have, they come to the same. But what stands in a sale may have been
deleted since, a tax, a customer, its author, and the till may refuse to be told of it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed, Problem, TillsyncError
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow
from pipelines.platforms.lightspeed_x.write.refusals import UNPROCESSABLE, UNREADABLE
from pipelines.platforms.lightspeed_x.write.sale_bodies import NOTE
from pipelines.platforms.lightspeed_x.write.sales import PATH
from pipelines.platforms.lightspeed_x.write.sending import Record, gone, read

_HEADER = ("attributes", "customer_id", "date", "invoice_number", "note")
_PRICING = ("price", "discount", "cost", "loyalty_amount")
_ABOUT = ("sequence", "is_price_override")


def standing(session: Session, row: PlanRow) -> Record:
    """The sale a row is about. Raises Unfit where the till does not have it."""
    found = read(session, f"{PATH}/{row.target_id}") if row.target_id else None
    if found is None:
        raise gone("the sale")
    return found


def put(session: Session, row: PlanRow, sale: Record, state: str, payments: Sequence[Record] = ()) -> Answer:
    """The sale of ``row`` into ``state``, with these payments beside its own. Raises CallFailed.

    Where the till refuses the whole, only what changes is sent, in the name of the user of the row's ``document``.
    What was answered is looked at: a void or a payment the till did not keep is of unknown outcome (F23); where
    the till cannot be asked, its answer counts.
    """
    answer = _put(session, row, sale, state, payments)
    try:
        kept = read(session, f"{PATH}/{row.target_id}") or {}
    except TillsyncError:
        return answer
    there = {payment.get("id") for payment in kept.get("payments") or []}
    known = {payment.get("id") for payment in sale.get("payments") or []}
    if kept.get("state") != state or (payments and there <= known):
        about = Problem("not_kept", "the till answered that it changed the sale, and it stands as it was")
        raise CallFailed(about, "unknown", answer.status)
    return answer


def _put(session: Session, row: PlanRow, sale: Record, state: str, payments: Sequence[Record]) -> Answer:
    path, body = f"{PATH}/{row.target_id}", again(sale, state)
    body["payments"] += payments
    try:
        return session.call("PUT", path, body=body)
    except CallFailed as error:
        if error.status not in {UNPROCESSABLE, UNREADABLE}:
            raise
    author = (row.after().get("document") or {}).get("user_id") or body["source"].get("author_id")
    changed = {"source": {**body["source"], "author_id": author}, "state": state}
    return session.call("PUT", path, body={**changed, **({"payments": body["payments"]} if payments else {})})


def again(sale: Record, state: str) -> dict[str, Any]:
    """The body that leaves everything but the state as it is."""
    source = sale.get("source") or {}
    author = {"author_id": (source.get("author") or {}).get("id")}
    return {
        "source": _there({**author, **{name: source.get(name) for name in ("register_id", "id", "type")}}),
        "state": state,
        **_there({name: sale.get(name) for name in _HEADER}),
        "line_items": [_line(line) for line in sale.get("line_items") or []],
        "payments": [payment_again(payment) for payment in sale.get("payments") or []],
    }


def payment_again(payment: Record) -> dict[str, Any]:
    """A payment as it stands."""
    register = (payment.get("source") or {}).get("register_id")
    return {
        **_there({name: payment.get(name) for name in ("id", "amount", "date")}),
        "type": {"config_id": (payment.get("type") or {}).get("config_id")},
        **({"source": {"register_id": register}} if register else {}),
    }


def _line(line: Record) -> dict[str, Any]:
    pricing, tax, about = (line.get(name) or {} for name in ("pricing", "tax", "_metadata"))
    note = {"attributes": [{"name": NOTE, "value": line["note"]}]} if line.get("note") else {}
    return {
        "id": line["id"],
        "product": {"id": line["product"]["id"]},
        "quantity": line["quantity"],
        "pricing": _there({name: pricing.get(name) for name in _PRICING}),
        "tax": {"id": tax.get("id"), "amount": tax.get("amount")},
        **note,
        "_metadata": _there({name: about.get(name) for name in _ABOUT}),
    }


def _there(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without null, which is refused."""
    return {name: value for name, value in values.items() if value is not None}
