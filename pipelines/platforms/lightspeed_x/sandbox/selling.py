"""How sales come to be and change: made, edited, voided, returned (fact sheet §8). Bodies have been checked before.

The rules of states: closed may only become voided, voided stays; a return is a parked sale with negated lines.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.records import Line, Payment, Sale
from pipelines.platforms.lightspeed_x.sandbox.refusal import unprocessable
from pipelines.platforms.lightspeed_x.sandbox.shipping import plan_fulfilments
from pipelines.platforms.lightspeed_x.sandbox.wording import blanked, moment, stamped

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.till import Till


def make_sale(till: Till, body: dict[str, Any], key: str) -> Sale:
    """A new sale from a checked body."""
    stamp = till.stamp()
    sale = Sale(key, body["state"], body["source"]["author_id"], stamp, stamp, stamp)
    _apply(till, sale, body)
    sale.short_code = sale.short_code or key[:6]
    finish(till, sale)
    return sale


def finish(till: Till, sale: Sale) -> None:
    """Give a sale its number, its fulfilments, its place in the books."""
    if not sale.invoice_number:
        sale.invoice_number = till.books.next_invoice(till.registers.items.get(sale.register_id or ""))
    plan_fulfilments(till, sale)
    till.books.enter(sale)


def edit_sale(till: Till, sale: Sale, body: dict[str, Any]) -> None:
    """Change a sale as its state allows. Raises Refusal 422 with nothing changed."""
    state = body["state"]
    if sale.state == "voided" or state == "voided":
        _void(till, sale, state)
    elif sale.state == "closed":
        _edit_closed(till, sale, body)
    else:
        sale.state = state
        _apply(till, sale, body)
        finish(till, sale)


def _void(till: Till, sale: Sale, state: str) -> None:
    if state != "voided":
        raise unprocessable("a voided sale stays voided")
    if sale.state == "voided":
        return
    if any(one.state == "closed" for one in till.books.returns(sale)) and not till.switch("void_with_returns"):
        raise unprocessable("a sale with returns cannot be voided")
    sale.state = "voided"
    for key in list(till.books.of_sale.get(sale.id, ())):
        till.books.drop_fulfilment(till.books.fulfilments[key])
    till.books.enter(sale)


def _edit_closed(till: Till, sale: Sale, body: dict[str, Any]) -> None:
    """A closed sale may get its payments, and nothing else (both UNCONFIRMED, ``closed_sale_takes_payments``)."""
    if body["state"] != "closed":
        raise unprocessable("a closed sale can only be voided")
    if "line_items" in body and [_essence(line) for line in _lines(till, sale, body)] != list(
        map(_essence, sale.lines)
    ):
        raise unprocessable("the lines of a closed sale cannot be changed")
    if "payments" not in body:
        return
    payments = _payments(till, sale, body)
    if [_paid(one) for one in payments] == [_paid(one) for one in sale.payments]:
        return
    if not till.switch("closed_sale_takes_payments"):
        raise unprocessable("the payments of a closed sale cannot be changed")
    sale.payments = payments
    till.books.renew(sale)


def _essence(line: Line) -> tuple[Any, ...]:
    return line.product_id, line.quantity, line.price, line.tax, line.tax_id


def _paid(payment: Payment) -> tuple[str, Decimal]:
    return payment.type_id, payment.amount


# --- from bodies ---------------------------------------------------------------------------------------------


def _apply(till: Till, sale: Sale, body: dict[str, Any]) -> None:
    source = body["source"]
    sale.author_id = source["author_id"]
    sale.source_id, sale.source_type = source.get("id", sale.source_id), source.get("type", sale.source_type)
    if "register_id" in source:
        sale.register_id = source["register_id"]
        sale.outlet_id = till.registers.items[source["register_id"]].body["outlet_id"]
    for name in ("customer_id", "invoice_number", "short_code", "attributes"):
        if name in body:
            setattr(sale, name, body[name])
    if "note" in body:
        sale.note = blanked(body["note"])
    if "date" in body:
        sale.date = _date(body["date"], sale.date)
    if "line_items" in body:
        sale.lines = _lines(till, sale, body)
    if "payments" in body:
        sale.payments = _payments(till, sale, body)
    if "adjustments" in body.get("pricing", {}):
        sale.adjustments = body["pricing"]["adjustments"]
    if "fulfillment_details" in body:
        sale.details = body["fulfillment_details"]


def _date(given: str | None, otherwise: str) -> str:
    when = moment(given) if given is not None else None
    return stamped(when) if when is not None else otherwise


def _lines(till: Till, sale: Sale, body: dict[str, Any]) -> list[Line]:
    """The lines a sale has after this body: a sent list replaces, or is laid over (switch ``sent_lists``)."""
    default = body.get("fulfillment_outlet_id")
    kept = {line.id: line for line in sale.lines}
    sent = [_line(till, row, default) for row in body["line_items"]]
    for line in sent:
        old = kept.get(line.id)
        line.is_return = line.quantity < 0 or (old is not None and old.is_return)
        line.method = old.method if old is not None else line.method
    if till.switch("sent_lists") == "replace":
        return sent
    merged = {**kept, **{line.id: line for line in sent}}
    return [line for line in merged.values() if line.quantity]


def _line(till: Till, row: dict[str, Any], outlet: str | None) -> Line:
    about, notes = row.get("_metadata", {}), row.get("attributes", [])
    pricing = row["pricing"]
    return Line(
        id=row.get("id", "").lower() or till.around.new_id(),
        product_id=row["product"]["id"],
        quantity=Decimal(row["quantity"]),
        tax=Decimal(row["tax"]["amount"]),
        tax_id=row["tax"]["id"],
        price=Decimal(pricing["price"]),
        discount=Decimal(pricing.get("discount", 0)),
        cost=Decimal(pricing.get("cost", 0)),
        loyalty=Decimal(pricing.get("loyalty_amount", 0)),
        adjustments=pricing.get("adjustments", []),
        note=blanked(" ".join(note["value"] for note in notes if note["name"] == "line_note")),
        status=row.get("status", "CONFIRMED"),
        sequence=about.get("sequence", 0),
        overridden=about.get("is_price_override", False),
        outlet_id=row.get("fulfilment_outlet_id", outlet),
        method=about.get("fulfillment_method"),
    )


def _payments(till: Till, sale: Sale, body: dict[str, Any]) -> list[Payment]:
    kept = {payment.id: payment for payment in sale.payments}
    now = till.stamp()
    sent = [
        Payment(
            id=row.get("id", "").lower() or till.around.new_id(),
            type_id=row["type"]["config_id"],
            amount=Decimal(row["amount"]),
            date=_date(row.get("date"), now),
            register_id=row.get("source", {}).get("register_id", sale.register_id),
        )
        for row in body["payments"]
    ]
    if till.switch("sent_lists") == "replace":
        return sent
    return list({**kept, **{payment.id: payment for payment in sent}}.values())


# --- returns -------------------------------------------------------------------------------------------------


def open_return(till: Till, sale: Sale, author_id: str) -> Sale:
    """A parked sale that negates a closed one, without payments (fact sheet §8.4). Raises Refusal 422."""
    if sale.state != "closed":
        raise unprocessable("only a closed sale can be returned")
    if sale.return_for is not None:
        raise unprocessable("a return cannot be returned")
    stamp = till.stamp()
    made = Sale(till.around.new_id(), "parked", author_id, stamp, stamp, stamp)
    made.register_id, made.outlet_id, made.customer_id = sale.register_id, sale.outlet_id, sale.customer_id
    made.return_for, made.short_code = sale.id, made.id[:6]
    made.lines = [_negated(till, line) for line in sale.lines]
    for other in list(till.books.returns(sale)):
        if other.state == "parked":
            _void(till, other, "voided")
    sale.returned_by.append(made.id)
    till.books.renew(sale)
    finish(till, made)
    return made


def _negated(till: Till, line: Line) -> Line:
    return Line(
        till.around.new_id(), line.product_id, -line.quantity, line.price, line.tax, line.tax_id,
        discount=line.discount, cost=line.cost, loyalty=line.loyalty, adjustments=line.adjustments,
        sequence=line.sequence, overridden=line.overridden, is_return=True, outlet_id=line.outlet_id,
    )  # fmt: skip
