"""What leaves the shop after the sale: fulfilments, planned from a sale and worked off part by part (fact sheet §9).

No HTTP here; the routes are in ``fulfilments``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.records import Fulfilment, Line, Part, Sale
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal
from pipelines.platforms.lightspeed_x.sandbox.sale_bodies import address_of

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

FIRST_ID = 1_950_000_000_000_000_000
_STEPS = ("picked", "packed", "fulfilled")


def plan_fulfilments(till: Till, sale: Sale) -> None:
    """One fulfilment for every outlet and way in which goods of the sale leave; what was done already stays done.

    A sale that is closed at once counts as fulfilled (legacy statuses DISPATCHED_CLOSED, PICKED_UP_CLOSED).
    """
    if sale.state in ("parked", "voided") or not {"delivery", "pickup"} & set(sale.attributes):
        return
    have = {(one.outlet_id, one.type): one for one in _of(till, sale)}
    want = _wanted(till, sale)
    for key, lines in want.items():
        one = have.get(key) or _opened(till, sale, *key)
        done = {part.line_id: part for part in one.parts}
        one.parts = [done.get(line.id) or Part(line.id, line.product_id, line.quantity) for line in lines]
        for part, line in zip(one.parts, lines, strict=True):
            part.quantity = line.quantity
            if sale.state == "closed":
                part.picked = part.packed = part.fulfilled = part.quantity
        one.updated_at = till.stamp()
    for key, one in have.items():
        if key not in want:
            till.books.drop_fulfilment(one)


def _of(till: Till, sale: Sale) -> list[Fulfilment]:
    return [till.books.fulfilments[key] for key in till.books.of_sale.get(sale.id, ())]


def _wanted(till: Till, sale: Sale) -> dict[tuple[str, str], list[Line]]:
    usual = "DISPATCH" if "delivery" in sale.attributes else "PICKUP"
    want: dict[tuple[str, str], list[Line]] = {}
    for line in sale.lines:
        if line.quantity > 0 and line.product_id not in till.hidden:
            want.setdefault((line.outlet_id or sale.outlet_id or "", line.method or usual), []).append(line)
    return want


def _opened(till: Till, sale: Sale, outlet: str, way: str) -> Fulfilment:
    stamp = till.stamp()
    one = Fulfilment(str(FIRST_ID + till.new_version()), sale.id, outlet, way, stamp, stamp)
    for detail in sale.details:
        if detail.get("type", way) == way:
            one.note = detail.get("note", "")
            one.address_id = address_of(till, detail)
    till.books.add_fulfilment(one)
    return one


def state_of(one: Fulfilment) -> str:
    """OPEN, STARTED, PICKED, PACKED or FULFILLED: how far all of its parts have come."""
    for step in reversed(_STEPS):
        if all(getattr(part, step) >= part.quantity for part in one.parts):
            return step.upper()
    return "STARTED" if any(part.picked or part.fulfilled for part in one.parts) else "OPEN"


def advance(till: Till, one: Fulfilment, step: str, amounts: Mapping[str, Decimal]) -> None:
    """Take parts one step further. ``amounts``: line id → quantity; negative takes it back, until it is fulfilled.

    Raises Refusal 400 with nothing changed.
    """
    parts = {part.line_id: part for part in one.parts}
    for key, amount in amounts.items():
        part = parts.get(key)
        if part is None:
            raise Refusal(400, f"{key} is no line of the fulfilment")
        after = getattr(part, step) + amount
        if not _least(part, step) <= after <= part.quantity:
            raise Refusal(400, f"{amount} of line {key} cannot be {step}")
    for key, amount in amounts.items():
        _advance_part(parts[key], step, amount)
    _changed(till, one)


def _least(part: Part, step: str) -> Decimal:
    """What a later step has used up cannot be taken back."""
    later = {"picked": part.packed, "packed": part.fulfilled, "fulfilled": part.fulfilled}
    return later[step]


def _advance_part(part: Part, step: str, amount: Decimal) -> None:
    setattr(part, step, getattr(part, step) + amount)
    part.packed = max(part.packed, part.fulfilled)
    part.picked = max(part.picked, part.packed)


def fulfil_all(till: Till, sale: Sale) -> list[Fulfilment]:
    """Everything of a sale leaves; what has left already stays as it is."""
    found = _of(till, sale)
    for one in found:
        if state_of(one) != "FULFILLED":
            for part in one.parts:
                part.picked = part.packed = part.fulfilled = part.quantity
            _changed(till, one)
    return found


def _changed(till: Till, one: Fulfilment) -> None:
    """Stock follows what was fulfilled; the last part closes a sale that waits for nothing else."""
    one.version += 1
    one.updated_at = till.stamp()
    sale = till.books.sales.items[one.sale_id]
    whole = all(state_of(other) == "FULFILLED" for other in _of(till, sale))
    if whole and sale.state == "pending" and not {"onaccount", "layby"} & set(sale.attributes):
        sale.state = "closed"
    if sale.state in ("pending", "closed"):
        till.books.enter(sale)


def shown(one: Fulfilment) -> dict[str, Any]:
    """A fulfilment as the API shows it; quantities are text (O7)."""
    return {
        "id": one.id,
        "sale_id": one.sale_id,
        "outlet_id": one.outlet_id,
        "type": one.type,
        "state": state_of(one),
        "note": one.note,
        "shipping_address_id": one.address_id,
        "user_ids": [],
        "version": one.version,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "line_items": [_shown_part(part) for part in one.parts],
    }


def _shown_part(part: Part) -> dict[str, str]:
    names = {"quantity": part.quantity, "picked_quantity": part.picked, "packed_quantity": part.packed}
    quantities = {**names, "fulfilled_quantity": part.fulfilled}
    written = {name: format(value, "f") for name, value in quantities.items()}
    return {"sale_line_item_id": part.line_id, "product_id": part.product_id, **written}
