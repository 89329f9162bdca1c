"""Lines of a document as lines of a sale: what one unit costs, so that what the till multiplies and adds up ties.

The till takes price and tax of one unit, with five decimals (fact sheet §3, §8.2). A whole line rarely divides by its
quantity; what is lost is kept below a fifth of a cent over the whole document, else the line becomes two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, localcontext

from pipelines.kit.documents import Line
from pipelines.platforms.lightspeed_x.write.sending import Unfit

PLACES = 5
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_LOSS = Decimal("0.2")
"""Minor units that price and tax may each miss by over a whole document; both together stay below half of one."""


@dataclass(frozen=True)
class Share:
    """A line of a sale. ``price`` (without tax) and ``tax`` are of one unit, in currency units; ``part`` from 1."""

    line: Line
    part: int
    quantity: Decimal
    price: Decimal
    tax: Decimal


def shares(lines: Sequence[Line], decimal_places: int) -> Iterator[Share]:
    """Every line as one share, or as two where one would not tie: all units but one, and the one that makes it exact.

    The odd unit takes what the others leave, so it costs more than they do, never less. A line of a unit or less is not
    divided. Raises Unfit for a line without units, or with finer parts of one than the till counts.
    """
    with localcontext(_EXACT):
        allowed = _LOSS.scaleb(-decimal_places) / max(len(lines), 1)
        found = [share for line in lines for share in _of_line(line, decimal_places, allowed)]
    yield from found


def _of_line(line: Line, decimal_places: int, allowed: Decimal) -> list[Share]:
    _check(line)
    net, tax = ((line.total - line.tax).scaleb(-decimal_places), line.tax.scaleb(-decimal_places))
    whole = Share(line, 1, line.quantity, _rounded(net / line.quantity), _rounded(tax / line.quantity))
    if line.quantity <= 1 or max(_missed(whole, net, tax)) <= allowed:
        return [whole]
    finest = PLACES - _decimals(line.quantity)
    each = (_rounded(net / line.quantity, finest, ROUND_DOWN), _rounded(tax / line.quantity, finest, ROUND_DOWN))
    first = Share(line, 1, line.quantity - 1, *each)
    rest = (_rounded(net - first.quantity * first.price), _rounded(tax - first.quantity * first.tax))
    return [first, Share(line, 2, Decimal(1), *rest)]


def _check(line: Line) -> None:
    if not line.quantity.is_finite() or line.quantity <= 0:
        raise Unfit("no_quantity", f"line {line.key} has a quantity of {line.quantity}", "correct the order")
    if _decimals(line.quantity) > PLACES:
        raise Unfit("too_fine", f"line {line.key} has a quantity of {line.quantity}; the till counts {PLACES} decimals")


def _missed(share: Share, net: Decimal, tax: Decimal) -> tuple[Decimal, Decimal]:
    return abs(net - share.quantity * share.price), abs(tax - share.quantity * share.tax)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _rounded(number: Decimal, places: int = PLACES, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding)
