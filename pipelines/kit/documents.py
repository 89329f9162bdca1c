"""What is recorded at a till for an order: documents, their identity, and the delta between two states of an order.

A document is a fact, not a state: it is sent once, under an id that follows from what it is (`reliability.md` §2.6).
How a platform is told of one is its ``write``; which documents an order needs is decided here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

Kind = Literal["sale", "return"]
_SPACE = uuid.UUID("7c1f3c2e-52a5-5e0b-9a53-0d5b6a0f6a11")


@dataclass(frozen=True)
class Line:
    """One keyed line of an order as it stands at a till.

    ``key`` is the order line's id in the store, or the kind of what is charged beside products; ``quantity`` in units.
    ``total``, ``tax`` and ``discount`` are of the whole line in minor units; ``total`` has the tax in it and every
    discount taken off. ``item_id`` is the till's product, ``tax_id`` its tax.
    """

    key: str
    item_id: str
    quantity: Decimal
    total: Decimal
    tax: Decimal
    tax_id: str
    discount: Decimal = Decimal(0)
    note: str = ""

    def said(self) -> dict[str, str]:
        """The line as canonical JSON has it: no exponent, no trailing zero, no note."""
        numbers = {name: plain(getattr(self, name)) for name in ("quantity", "total", "tax", "discount")}
        return {"key": self.key, "item_id": self.item_id, "tax_id": self.tax_id, **numbers}


@dataclass(frozen=True)
class Payment:
    """One payment as it stands at a till: ``amount`` in minor units, ``payment_type_id`` the till's."""

    key: str
    payment_type_id: str
    amount: Decimal
    paid_at: str


@dataclass(frozen=True)
class Document:
    """A sale or a return to be recorded for an order; ``number`` counts the order's documents from 1.

    ``lines`` of a return have positive quantities and amounts: what is given back.
    """

    id: str
    reference: str
    order_id: str
    order_number: str
    number: int
    kind: Kind
    state: str
    register_id: str
    user_id: str
    customer_id: str | None
    sold_at: str
    note: str
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...]
    may_exist: bool = False
    """Whether it may have arrived already, so that it is searched for before it is sent."""
    way: str = ""
    """How its goods leave once it is recorded as ``pending``: ``delivery`` or ``pickup``; else empty."""
    history: bool = False
    """Whether the order is of before the connection and its lines name no product, so that no stock moves (S001-49)."""
    refunds: bool = False
    """Whether refunds are taken off what is recorded for the order, those that come later too (C-08)."""
    store: str = ""
    """The platform whose order it is: the orders of two stores may have one number."""

    @property
    def total(self) -> Decimal:
        """With tax, minor units; negative for a return."""
        whole = sum((line.total for line in self.lines), Decimal(0))
        return whole if self.kind == "sale" else -whole

    @property
    def tax(self) -> Decimal:
        """Tax in it, minor units; negative for a return."""
        whole = sum((line.tax for line in self.lines), Decimal(0))
        return whole if self.kind == "sale" else -whole

    def as_json(self) -> dict[str, Any]:
        """As plan rows and the journal carry it; numbers are text."""
        made = asdict(self)
        made["lines"] = [{**line.said(), "note": line.note} for line in self.lines]
        made["payments"] = [{**asdict(payment), "amount": plain(payment.amount)} for payment in self.payments]
        return made

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Document:
        """The document that ``as_json`` made this of."""
        lines = tuple(line_of(line) for line in found["lines"])
        payments = tuple(Payment(**{**one, "amount": Decimal(one["amount"])}) for one in found["payments"])
        return cls(**{**found, "lines": lines, "payments": payments})


def line_of(found: Mapping[str, Any]) -> Line:
    """A line of what ``said`` made, or of a row with the same names."""
    quantity, total, tax, discount = (Decimal(found[name]) for name in ("quantity", "total", "tax", "discount"))
    key, item, rate = found["key"], found["item_id"], found["tax_id"]
    return Line(key, item, quantity, total, tax, rate, discount, found.get("note") or "")


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros, so that equal numbers are equal text."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def digest(lines: Iterable[Line]) -> str:
    """Hash over what lines say, in any order, whatever product and tax of the till they are.

    Those follow from links: where these were lost, the same step must have the same id (`reliability.md` §2.6.3).
    """
    own = ({**line.said(), "item_id": "", "tax_id": ""} for line in lines)
    said = sorted(json.dumps(one, sort_keys=True) for one in own)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def document_id(connection: str, order: str, number: int, kind: Kind, lines: Sequence[Line]) -> str:
    """The id of one step of one order: the same on any machine, after any crash (`reliability.md` §2.6.3).

    ``number`` makes the same edit made twice two documents; what was recorded before follows from it.
    """
    return str(uuid.uuid5(_SPACE, f"{connection}/{order}/{number}/{kind}/{digest(lines)}"))


def reference(order: str, number: int) -> str:
    """What staff and a search find the document by: it follows from the order and the document's number alone."""
    return f"WEB-{order}-{number}"


def net(documents: Iterable[tuple[Kind, Sequence[Line]]]) -> list[Line]:
    """What documents come to per line key: sales added, returns taken off; a line that comes to nothing is left out."""
    sums: dict[str, Line] = {}
    for kind, lines in documents:
        for line in lines:
            known = sums.get(line.key)
            if known is None:
                zero = Decimal(0)
                known = replace(line, quantity=zero, total=zero, tax=zero, discount=zero)
            sums[line.key] = _added(known, line, 1 if kind == "sale" else -1)
    return [line for line in sums.values() if line.quantity or line.total or line.tax]


def _added(known: Line, line: Line, sign: int) -> Line:
    return replace(
        known,
        item_id=line.item_id,
        tax_id=line.tax_id,
        quantity=known.quantity + sign * line.quantity,
        total=known.total + sign * line.total,
        tax=known.tax + sign * line.tax,
        discount=known.discount + sign * line.discount,
    )


@dataclass(frozen=True)
class Refund:
    """One part of a refund: ``units`` and ``amount`` (minor units, with tax) of the line ``line_key``.

    Without a line, and for what goes beyond its line, it stands by itself as ``key``.
    """

    key: str
    line_key: str | None
    units: Decimal
    amount: Decimal


def refunded(lines: Sequence[Line], refunds: Sequence[Refund], item_id: str, tax_id: str) -> list[Line]:
    """An order's lines with its refunds taken off; what they come to is the lines' money less the refunds', exactly.

    Units given back leave their line, money with them. Money without units lowers its line. ``item_id`` and ``tax_id``
    are of what has no product: money that stays when all units went, and, with a quantity of -1, money no line has.
    """
    left = {line.key: line for line in lines}
    beyond: dict[str, Line] = {}
    for part in refunds:
        line = left.get(part.line_key or "")
        taken = min(part.amount, max(line.total, Decimal(0))) if line is not None else Decimal(0)
        if line is not None:
            left[line.key] = _less(line, min(part.units, line.quantity), taken)
        if part.amount != taken:
            known = beyond.get(part.key, Line(part.key, item_id, Decimal(-1), Decimal(0), Decimal(0), tax_id))
            beyond[part.key] = replace(known, total=known.total - part.amount + taken)
    kept = [one for line in left.values() for one in _kept(line, item_id)]
    return [*kept, *beyond.values()]


def _less(line: Line, units: Decimal, amount: Decimal) -> Line:
    """Tax goes with the money, in whole minor units; all of it with all of the money."""
    share = amount / line.total if line.total else Decimal(0)
    tax = line.tax if amount == line.total else (line.tax * share).quantize(Decimal(1), ROUND_HALF_UP)
    part = units / line.quantity if line.quantity else Decimal(0)
    return replace(
        line, quantity=line.quantity - units, total=line.total - amount, tax=line.tax - tax,
        discount=line.discount - (line.discount * part).quantize(Decimal(1), ROUND_HALF_UP),
    )  # fmt: skip


def _kept(line: Line, item_id: str) -> list[Line]:
    """A line all of whose units went and some of whose money stayed is one unit of nothing: a charge."""
    if line.quantity:
        return [line]
    charge = replace(line, key=f"kept-{line.key}", item_id=item_id, quantity=Decimal(1))
    return [charge] if line.total or line.tax else []


def delta(recorded: Sequence[Line], current: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """What must be given back and what must be sold so that what is recorded becomes what is current.

    Pure; the two lists are ``(returned, sold)``, both with positive quantities. Units that stay keep their recorded
    money unless it differs; then all of the line is given back and sold anew, so that money ties to the cent (I-4). A
    line that is now another product is given back whole and sold anew. A line with a negative quantity is given back.
    """
    before, after = {line.key: line for line in recorded}, {line.key: line for line in current}
    returned: list[Line] = []
    sold: list[Line] = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None and _same(was, now):
            continue
        part = _part(was, now)
        if part is not None:
            (sold if part[0] == "sale" else returned).append(part[1])
            continue
        if was is not None:
            (returned if was.quantity >= 0 else sold).append(_positive(was))
        if now is not None:
            (sold if now.quantity >= 0 else returned).append(_positive(now))
    return returned, sold


def less(lines: Iterable[Line], units: Mapping[str, Decimal]) -> list[Line]:
    """Lines without so many units of them by key, each with its share of the money; a line without units left goes."""
    return [
        line if key not in units else _less(line, units[key], _share(line, units[key]))
        for key, line in ((line.key, line) for line in lines)
        if line.quantity > units.get(key, Decimal(0))
    ]


def _share(line: Line, units: Decimal) -> Decimal:
    return (line.total * units / line.quantity).quantize(Decimal(1), ROUND_HALF_UP)


def _positive(line: Line) -> Line:
    if line.quantity >= 0:
        return line
    return replace(line, quantity=-line.quantity, total=-line.total, tax=-line.tax, discount=-line.discount)


def _same(one: Line, other: Line) -> bool:
    return one.said() | {"discount": ""} == other.said() | {"discount": ""}


def _part(was: Line | None, now: Line | None) -> tuple[Kind, Line] | None:
    """Only the units more or fewer, where the money per unit is the same to the last digit."""
    if was is None or now is None or was.quantity <= 0 or now.quantity <= 0:
        return None
    if (was.item_id, was.tax_id) != (now.item_id, now.tax_id) or was.quantity == now.quantity:
        return None
    if was.total * now.quantity != now.total * was.quantity or was.tax * now.quantity != now.tax * was.quantity:
        return None
    more = now.quantity > was.quantity
    big, small = (now, was) if more else (was, now)
    part = replace(
        big,
        quantity=big.quantity - small.quantity,
        total=big.total - small.total,
        tax=big.tax - small.tax,
        discount=max(big.discount - small.discount, Decimal(0)),
    )
    return ("sale" if more else "return"), part
