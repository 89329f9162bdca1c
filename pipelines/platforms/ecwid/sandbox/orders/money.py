"""The sums of an order placed at the checkout: discounts shared out over lines, taxes, totals.

An order made through the API keeps the sums it was sent: nothing is computed for it (fact sheet §4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import number
from pipelines.platforms.ecwid.sandbox.orders.book import Order

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def cents(value: Decimal) -> Decimal:
    """An amount of money, half a cent up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def dec(value: Any) -> Decimal:
    """A number of a record as Decimal; absent counts as 0."""
    return Decimal(str(value or 0))


def shared(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """An amount over lines by weight, to the cent; what rounding leaves goes to the first lines."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0) for _ in weights]
    parts = [(amount * weight / whole).quantize(CENT, ROUND_DOWN) for weight in weights]
    rest = int((amount - sum(parts)) / CENT)
    return [part + (CENT if place < rest else Decimal(0)) for place, part in enumerate(parts)]


def gross(item: dict[str, Any]) -> Decimal:
    """What a line costs before discounts."""
    return dec(item["price"]) * int(item["quantity"])


def net(item: dict[str, Any]) -> Decimal:
    """What a line costs after its share of discounts."""
    off = dec(item.get("couponAmount")) + sum((dec(one["total"]) for one in item.get("discounts", ())), Decimal(0))
    return gross(item) - off


def reckon(order: Order, rates: Sequence[tuple[str, Decimal]], coupon: Decimal, discount: Decimal) -> None:
    """Fill in the sums of an order from its lines, shipping, fees and the rates (per cent) of its taxes."""
    items = [line.item for line in order.lines]
    fields, inclusive = order.fields, bool(order.fields["pricesIncludeTax"])
    weights = [gross(item) for item in items]
    subtotal = sum(weights, Decimal(0))
    coupon = min(coupon, subtotal)
    _take_off(items, weights, coupon, min(discount, subtotal - coupon), fields)
    for item in items:
        _tax_line(item, rates, inclusive)
    tax = sum((dec(item["tax"]) for item in items), Decimal(0))
    costs = dec(fields.get("shippingOption", {}).get("shippingRate")) + dec(fields.get("handlingFee", {}).get("value"))
    costs += sum((dec(one["total"]) for one in fields.get("customSurcharges", ())), Decimal(0))
    total = sum((net(item) for item in items), Decimal(0)) + costs + (Decimal(0) if inclusive else tax)
    redeemed = min(dec(fields.get("giftCardRedemption")), total)
    fields |= {
        "subtotal": number(subtotal),
        "total": number(total - redeemed),
        "tax": number(tax),
        "couponDiscount": number(coupon),
        "discount": number(min(discount, subtotal - coupon)),
        "giftCardRedemption": number(redeemed),
    }


def _take_off(
    items: list[dict[str, Any]], weights: list[Decimal], coupon: Decimal, discount: Decimal, fields: dict[str, Any]
) -> None:
    said = {"value": number(discount), "type": "ABS", "base": "ON_TOTAL", "orderTotal": 1}
    fields["discountInfo"] = [said] if discount else []
    lines = zip(items, shared(coupon, weights), shared(discount, weights), strict=True)
    for item, by_coupon, by_discount in lines:
        item["couponApplied"] = bool(by_coupon)
        item.pop("couponAmount", None)
        if by_coupon:
            item["couponAmount"] = number(by_coupon)
        item["discounts"] = [{"discountInfo": said, "total": number(by_discount)}] if by_discount else []


def _tax_line(item: dict[str, Any], rates: Sequence[tuple[str, Decimal]], inclusive: bool) -> None:
    base = net(item)
    if inclusive:
        base = base / (1 + sum((rate for _, rate in rates), Decimal(0)) / HUNDRED)
    taxes = []
    for name, rate in rates:
        due = number(cents(base * rate / HUNDRED))
        taxes.append({"name": name, "value": number(rate), "total": due, "taxOnDiscountedSubtotal": due,
                      "taxOnShipping": 0, "includeInPrice": inclusive})  # fmt: skip
    item["taxes"] = taxes
    item["tax"] = number(sum((dec(one["total"]) for one in taxes), Decimal(0)))
