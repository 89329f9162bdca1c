"""What an order comes to: amounts without and with tax, line by line, rounded as a store rounds them.

Where prices are without tax, that side is exact and tax is laid on; where they hold it, it is taken out (`O2`,
``is_tax_inclusive_pricing``). Tax is rounded for each line, so that units times the unit's price can differ from the
line by a cent; a discount of the whole order is spread over the lines by price, each share rounded, so that the shares
can differ from the discount by a cent. Discounts lower what is taxed. Amounts "before" hold no discount.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pipelines.platforms.bigcommerce.sandbox.orders.records import NOTHING, Cost, Line, Order, Rates

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Amount:
    """Money without and with tax."""

    ex: Decimal = NOTHING
    inc: Decimal = NOTHING

    @property
    def tax(self) -> Decimal:
        return self.inc - self.ex

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.ex + other.ex, self.inc + other.inc)


@dataclass(frozen=True)
class LineMoney:
    """A line: one unit, all units before discounts, what was paid for them, the wrapping."""

    unit: Amount
    before: Amount
    paid: Amount
    wrapping: Amount
    rate: Decimal


@dataclass(frozen=True)
class Totals:
    """An order. ``subtotal`` is before discounts, ``subtotal_tax`` the tax of what was paid."""

    lines: dict[int, LineMoney]
    subtotal: Amount
    subtotal_tax: Decimal
    shipping: Amount
    handling: Amount
    wrapping: Amount
    fees: list[Amount]
    total: Amount


def rounded(value: Decimal, places: int) -> Decimal:
    """To the currency's places, half up."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def rate_of(rates: Rates) -> Decimal:
    """All taxes together, in per cent."""
    return sum((Decimal(rate) for _, rate in rates), NOTHING)


def taxed(base: Decimal, rate: Decimal, inclusive: bool, places: int) -> Amount:
    """An amount of which one side is known, with the other."""
    if inclusive:
        return Amount(base - rounded(base * rate / (HUNDRED + rate), places), base)
    return Amount(base, base + rounded(base * rate / HUNDRED, places))


def exact(order: Order, amount: Amount) -> Decimal:
    """The side of an amount on which the order's prices are."""
    return amount.inc if order.inclusive else amount.ex


def line_money(order: Order, line: Line) -> LineMoney:
    """What a line comes to."""
    rate = rate_of(line.rates)
    if line.pair is not None:
        unit = Amount(*line.pair)
        before = Amount(*(rounded(price * line.quantity, order.places) for price in line.pair))
        rate = unit.tax * HUNDRED / unit.ex if unit.ex else NOTHING
    else:
        unit = taxed(line.price, rate, order.inclusive, order.places)
        before = taxed(rounded(line.price * line.quantity, order.places), rate, order.inclusive, order.places)
    off = sum((one["amount"] for one in line.discounts), NOTHING)
    paid = taxed(exact(order, before) - off, rate, order.inclusive, order.places) if off else before
    return LineMoney(unit, before, paid, _wrapping(order, line), rate)


def _wrapping(order: Order, line: Line) -> Amount:
    if line.wrapping is None:
        return Amount()
    if line.wrapping["pair"] is not None:
        return Amount(*line.wrapping["pair"])
    return taxed(line.wrapping["cost"], rate_of(line.rates), order.inclusive, order.places)


def cost_money(order: Order, cost: Cost) -> Amount:
    """What is charged beside the lines."""
    if cost.pair is not None:
        return Amount(*cost.pair)
    return taxed(cost.charged, rate_of(order.rates), order.inclusive, order.places)


def fee_money(order: Order, fee: dict[str, Decimal]) -> Amount:
    """What a fee comes to."""
    return taxed(fee["cost"], rate_of(order.rates), order.inclusive, order.places)


def totals(order: Order) -> Totals:
    """What an order comes to; totals given from outside are put in where it is shown."""
    lines = {line.id: line_money(order, line) for line in order.lines}
    subtotal = added(one.before for one in lines.values())
    wrapping = added(one.wrapping for one in lines.values())
    shipping, handling = cost_money(order, order.shipping), cost_money(order, order.handling)
    fees = [fee_money(order, fee) for fee in order.fees]
    tax = _tax(order, lines)
    beside = added([shipping, handling, wrapping, *fees])
    off = order.discount + order.coupon_discount
    if order.inclusive:
        inc = subtotal.inc - off + beside.inc
        total = Amount(inc - tax - beside.tax, inc)
    else:
        ex = subtotal.ex - off + beside.ex
        total = Amount(ex, ex + tax + beside.tax)
    return Totals(lines, subtotal, tax, shipping, handling, wrapping, fees, total)


def _tax(order: Order, lines: dict[int, LineMoney]) -> Decimal:
    """Tax of the lines as paid: rounded for each, or (``tax_rounding: order``) once for all."""
    if order.tax_rounding != "order":
        return sum((one.paid.tax for one in lines.values()), NOTHING)
    tax = NOTHING
    for one in lines.values():
        tax += exact(order, one.paid) * one.rate / (HUNDRED + one.rate if order.inclusive else HUNDRED)
    return rounded(tax, order.places)


def added(amounts: Iterable[Amount]) -> Amount:
    """The sum."""
    return sum(amounts, Amount())


def shares(amount: Decimal, weights: Sequence[Decimal], places: int) -> list[Decimal]:
    """An amount spread by weight, each share rounded for itself: their sum can miss the amount by some cents."""
    whole = sum(weights, NOTHING)
    return [rounded(amount * weight / whole, places) if whole else NOTHING for weight in weights]


def by_rate(tax: Decimal, rates: Rates, places: int) -> list[Decimal]:
    """The tax of one amount by its rates; the last takes what rounding leaves."""
    parts = shares(tax, [Decimal(rate) for _, rate in rates], places)
    if parts:
        parts[-1] = tax - sum(parts[:-1], NOTHING)
    return parts
