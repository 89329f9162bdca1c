"""Sales as the 2026-07 answers show them, and what they add up to (fact sheet §8.5; schema Sale).

No member is ever null, because the document lets none be; what is unknown is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.rendering import plain
from pipelines.platforms.lightspeed_x.sandbox.sale_bodies import amount_of

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.records import Line, Payment, Sale
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

FIVE_PLACES = Decimal("0.00001")
_NONE = Decimal(0)


def sale(till: Till, record: Sale) -> dict[str, Any]:
    """One sale or return."""
    price, tax = totals(till, record)
    shown = {
        "id": record.id,
        "state": record.state,
        "attributes": record.attributes,
        "source": _source(record),
        "customer_id": record.customer_id,
        "date": record.date,
        "invoice_number": record.invoice_number,
        "receipt_number": record.invoice_number,
        "short_code": record.short_code,
        "note": record.note,
        "totals": {
            "price": plain(price),
            "tax": plain(tax),
            "price_incl_tax": plain(price + tax),
            "loyalty": plain(sum((line.loyalty * line.quantity for line in record.lines), _NONE)),
            "surcharge": 0,
        },
        "line_items": [_line(till, record, line) for line in record.lines],
        "payments": [_payment(till, record, payment) for payment in record.payments],
        "taxes": _taxes(record),
        "adjustments": [_adjustment(till, record, row) for row in record.adjustments],
        "return": _return(till, record),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "_metadata": {"version": record.version},
    }
    return _told(shown)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def totals(till: Till, record: Sale) -> tuple[Decimal, Decimal]:
    """(without tax, tax) of a sale. An adjustment of the whole sale moves the price and leaves the tax (assumed)."""
    price = _before(till, record)
    price += sum((_worth(row, price) for row in record.adjustments), _NONE)
    return _rounded(price), _rounded(sum((line.tax * line.quantity for line in record.lines), _NONE))


def _before(till: Till, record: Sale) -> Decimal:
    return sum((line_total(till, line) for line in record.lines), _NONE)


def line_total(till: Till, line: Line) -> Decimal:
    """Of one line, without tax. ``discount`` is in the price already, or taken off it (switch ``line_discount``)."""
    each = line.price - (line.discount if till.switch("line_discount") == "taken_off" else _NONE)
    return _rounded(each * line.quantity + _adjusted(line, each))


def _adjusted(line: Line, each: Decimal) -> Decimal:
    """What the adjustments of a line add; of a return they are turned around with it."""
    found, units = _NONE, abs(line.quantity)
    for row in line.adjustments:
        per_unit = row["target"]["method"] == "EACH" and row.get("amount", {}).get("type") == "FIXED"
        found += _worth(row, each * units) * (units if per_unit else 1)
    return -found if line.quantity < 0 else found


def _worth(adjustment: dict[str, Any], base: Decimal) -> Decimal:
    """What an adjustment adds: a discount takes off."""
    value = amount_of(adjustment) or _NONE
    if adjustment.get("amount", {}).get("type") == "PERCENT":
        value = base * value / 100
    return -value if adjustment["type"] == "DISCOUNT" else value


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(FIVE_PLACES, ROUND_HALF_UP)


def _source(record: Sale) -> dict[str, Any]:
    source = {
        "id": record.source_id,
        "type": record.source_type or "USER",
        "author": {"id": record.author_id},
        "outlet_id": record.outlet_id,
        "register_id": record.register_id,
    }
    return _told(source)


def _line(till: Till, record: Sale, line: Line) -> dict[str, Any]:
    total = line_total(till, line)
    shown = {
        "id": line.id,
        "product": {"id": line.product_id},
        "quantity": plain(line.quantity),
        "pricing": {
            "price": plain(line.price),
            "total": plain(total),
            "discount": plain(line.discount),
            "discount_total": plain(_rounded(line.discount * line.quantity - _adjusted(line, line.price))),
            "cost": plain(line.cost),
            "cost_total": plain(_rounded(line.cost * line.quantity)),
            "loyalty_amount": plain(line.loyalty),
            "loyalty_amount_total": plain(_rounded(line.loyalty * line.quantity)),
        },
        "tax": {"id": line.tax_id, "amount": plain(line.tax), "total": plain(_rounded(line.tax * line.quantity))},
        "note": line.note or None,
        "return": {"is_return": line.is_return},
        "source": {"register_id": record.register_id} if record.register_id else None,
        "status": line.status,
        "_metadata": {
            "sequence": line.sequence,
            "is_price_override": line.overridden,
            "tax_components": list(_components(till, line)),
        },
    }
    return _told(shown)


def _components(till: Till, line: Line) -> Iterator[dict[str, Any]]:
    """The tax of a line by its rates, the last rate taking what rounding leaves."""
    rates = till.taxes.items[line.tax_id].body["rates"]
    whole, left = sum((Decimal(rate["rate"]) for rate in rates), _NONE), _rounded(line.tax * line.quantity)
    share = left / whole if whole else _NONE
    for rate in rates[:-1]:
        part = _rounded(share * Decimal(rate["rate"]))
        left -= part
        yield {"rate_id": rate["id"], "total_tax": plain(part)}
    if rates:
        yield {"rate_id": rates[-1]["id"], "total_tax": plain(left)}


def _payment(till: Till, record: Sale, payment: Payment) -> dict[str, Any]:
    kind = till.payment_types.items[payment.type_id]
    source = _told({"outlet_id": record.outlet_id, "register_id": payment.register_id})
    return {
        "id": payment.id,
        "amount": plain(payment.amount),
        "date": payment.date,
        "type": {"id": str(kind.body["type_id"]), "config_id": kind.id, "name": kind.body["name"]},
        "source": source,
    }


def _taxes(record: Sale) -> list[dict[str, Any]]:
    found: dict[str, Decimal] = {}
    for line in record.lines:
        found[line.tax_id] = found.get(line.tax_id, _NONE) + line.tax * line.quantity
    return [{"id": key, "tax": plain(_rounded(amount))} for key, amount in found.items()]


def _adjustment(till: Till, record: Sale, row: dict[str, Any]) -> dict[str, Any]:
    total = plain(_rounded(_worth(row, _before(till, record))))
    return {"adjustment_type": row["type"], "name": row.get("name", ""), "tax_components": [], "total": total}


def _return(till: Till, record: Sale) -> dict[str, Any]:
    found: dict[str, Any] = {"is_return": record.return_for is not None}
    if record.return_for is not None:
        found["original_sale_id"] = record.return_for
    return {**found, "return_sale_ids": [one.id for one in till.books.returns(record)]}
