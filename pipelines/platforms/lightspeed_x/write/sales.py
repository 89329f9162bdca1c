"""Record a document as a register sale, once, and find it again (fact sheet §8.2, §8.3; `reliability.md` §2.6.4).

What a second ``POST`` with a known id does is not documented, so none is sent where the first may have arrived: the
sale is asked for by its id, then searched for by its number. When it may have arrived is the caller's to say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipelines.kit.documents import Document, plain
from pipelines.kit.errors import CallFailed, Problem, TillsyncError
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import is_refusal
from pipelines.platforms.lightspeed_x.write.read_back import otherwise
from pipelines.platforms.lightspeed_x.write.refusals import CONFLICT, UNPROCESSABLE
from pipelines.platforms.lightspeed_x.write.sale_bodies import minor, sale_body, source, words
from pipelines.platforms.lightspeed_x.write.sending import Record, Unfit, data_of, read, search, told

PATH = "/sales"
_TIMES = 3
_WITHOUT = "its customer was deleted at the till; the sale stands without one"


def create_sale(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    """The document under ``document``. ok, exists (``target_id`` is the till's id), rejected or unknown.

    ``created["sale"]``: ``version``, ``state``, ``total`` (minor units, with tax), ``others``: ids of further sales
    under its number, parted by blanks, and ``found``: lines and payments where it ``exists`` with others than these;
    ``customer``: ``gone`` where the till deleted the customer and the sale stands without one. ``message`` says so, and
    where the till's total is another than the document's.
    """
    document = Document.of(row.after()["document"])
    if document.may_exist and (found := _found(session, row, document, facts)):
        return found
    try:
        answer, gone = _sent(session, document, facts)
    except CallFailed as error:
        if error.status not in {CONFLICT, UNPROCESSABLE} or (found := _by_id(session, row, document, facts)) is None:
            raise
        return replace(found, status=error.status)
    made = data_of(answer)
    if not made.get("id"):
        about = Problem("no_id", "the till took it but did not name its id")
        return told(row, "unknown", about, answer.status)
    kept = _kept(session, made)
    if kept is None:
        about = Problem("not_kept", "the till answered that it took the sale, and does not have it")
        return told(row, "unknown", about, answer.status)
    receipt = replace(_recorded(session, row, kept, document, facts), status=answer.status)
    if not gone:
        return receipt
    sale = {**receipt.created["sale"], "customer": "gone"}
    return replace(receipt, created={"sale": sale}, message="; ".join(filter(None, (_WITHOUT, receipt.message))))


def find_sale(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    """Look for the document under ``document``: exists, as of ``create_sale``; ok where the till has none that stands.

    Nothing is sent.
    """
    found = _found(session, row, Document.of(row.after()["document"]), facts)
    return found if found and found.created["sale"].get("state") != "voided" else Receipt(row.seq, "ok")


def _kept(session: Session, made: Record) -> Record | None:
    """The sale as the till has it now: an order is not lost to an answer that nothing followed (I-1, F23).

    None where it does not have it; the answer counts where the till cannot be asked.
    """
    try:
        return read(session, f"{PATH}/{made['id']}")
    except TillsyncError:
        return made


def _sent(session: Session, document: Document, facts: StoreFacts) -> tuple[Answer, bool]:
    """The answer, and whether the customer had to be left away because the till does not have them any more."""
    try:
        return session.call("POST", PATH, body=sale_body(document, facts)), False
    except CallFailed as error:
        if document.customer_id is None or not is_refusal(error):
            raise
        customer = read(session, f"/customers/{document.customer_id}")
        if customer is not None and not customer.get("deleted_at"):
            raise
    return session.call("POST", PATH, body=sale_body(replace(document, customer_id=None), facts)), True


def _found(session: Session, row: PlanRow, document: Document, facts: StoreFacts) -> Receipt | None:
    """The sale by its id, else by its number; of several the oldest that is not voided.

    That none has its number is believed once the till said so ``_TIMES``: the list may come empty (F13, F25, F27).
    """
    by_id = _by_id(session, row, document, facts)
    if by_id is not None:
        return by_id
    found = next(filter(None, (_by_number(session, document) for _ in range(_TIMES))), None)
    if not found:
        return None
    kept, *others = found
    receipt = _stood(session, row, kept, document, facts)
    alive = [str(sale["id"]) for sale in others if sale.get("state") != "voided"]
    if not alive:
        return receipt
    also = f"the till also has it as {', '.join(alive)}: the oldest counts, void the others"
    sale = {**receipt.created["sale"], "others": " ".join(alive)}
    return replace(receipt, created={"sale": sale}, message="; ".join(filter(None, (also, receipt.message))))


def _by_number(session: Session, document: Document) -> list[Record]:
    named = search(session, "sales", invoice_number=document.reference)
    return sorted((sale for sale in named if _is_of(sale, document)), key=_age)


def _stood(session: Session, row: PlanRow, sale: Record, document: Document, facts: StoreFacts) -> Receipt:
    """Of a sale that was there: what it says counts, not what the document would have said now."""
    whole = _whole(session, sale)
    receipt, found = _recorded(session, row, whole, document, facts), otherwise(whole, document, facts)
    message = None if found else receipt.message
    return replace(receipt, outcome="exists", created={"sale": {**receipt.created["sale"], **found}}, message=message)


def _is_of(sale: Record, document: Document) -> bool:
    """Whether a sale is of this order: anybody may have given another one its number, another store of the till too."""
    made = sale.get("source") or {}
    if sale.get("invoice_number") != document.reference:
        return False
    return all(made.get(name) in {None, "", source(document)[name]} for name in ("type", "id"))


def _age(sale: Record) -> tuple[bool, str, int]:
    version = (sale.get("_metadata") or {}).get("version") or 0
    return sale.get("state") == "voided", str(sale.get("created_at") or ""), int(version)


def _by_id(session: Session, row: PlanRow, document: Document, facts: StoreFacts) -> Receipt | None:
    """The sale with the document's id. Raises Unfit where that is a sale of another number."""
    sale = read(session, f"{PATH}/{document.id}")
    if sale is None:
        return None
    if sale.get("invoice_number") != document.reference:
        raise Unfit(
            "id_in_use",
            f"another sale of the till has its id {document.id}",
            "look at that sale; what was recorded there is not of this order",
            found=str(sale.get("invoice_number")),
        )
    return _stood(session, row, sale, document, facts)


def _recorded(session: Session, row: PlanRow, sale: Record, document: Document, facts: StoreFacts) -> Receipt:
    whole = _whole(session, sale)
    message = _difference(whole, document, facts)
    return Receipt(row.seq, "ok", str(whole["id"]), {"sale": told_of(whole, facts)}, message=message)


def _whole(session: Session, sale: Record) -> Record:
    """The sale with its version and totals; the answer to a creation may hold no more than its id (fact sheet §8.2)."""
    if sale.get("_metadata") and sale.get("totals"):
        return sale
    try:
        return read(session, f"{PATH}/{sale['id']}") or sale
    except TillsyncError:
        return sale


def told_of(sale: Record, facts: StoreFacts) -> dict[str, str]:
    """What a receipt tells of a sale; what the answer lacks is left out."""
    version = (sale.get("_metadata") or {}).get("version")
    said: dict[str, Any] = {"version": version, "state": sale.get("state")}
    total = (sale.get("totals") or {}).get("price_incl_tax")
    found = {name: str(value) for name, value in said.items() if value is not None}
    return found if total is None else {**found, "total": plain(minor(total, facts))}


def _difference(sale: Record, document: Document, facts: StoreFacts) -> str | None:
    """In words, where the till counts the money of the sale otherwise than the document."""
    totals = sale.get("totals") or {}
    pairs = (("a total", "price_incl_tax", document.total), ("a tax", "tax", document.tax))
    wrong = [
        f"{name} of {words(minor(totals[member], facts), facts)} instead of {words(wanted, facts)}"
        for name, member, wanted in pairs
        if totals.get(member) is not None and minor(totals[member], facts) != wanted.quantize(minor(0, facts))
    ]
    return f"the till counts {' and '.join(wrong)}" if wrong else None
