"""How many units to keep back where two channels sell one shelf between two looks at it (`reliability.md` §2.5.1).

Pure arithmetic in Decimal: demand in a window is Poisson, with the same mean on each channel. Where demand is measured
is ``stages/buffers.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

MOST = 15
"""Shelves with more units are reckoned as with so many: a little too much is kept back of them, never too little."""
RATES = tuple(
    Decimal(hundredths).scaleb(-2)
    for hundredths in (*range(1, 11), *range(15, 51, 5), *range(60, 101, 10), 125, 150, 175, 200, 250, 300, 400, 500)
)
"""Means that are reckoned, in units a window; one between two counts as the higher, one above all as the highest."""


def oversold(units: int, kept: int, mean: Decimal) -> Decimal:
    """Units promised beyond what is there, on average in a window, with ``kept`` of ``units`` not shown online."""
    return sum(
        (chance * max(0, min(online, max(0, units - kept)) + counter - units)
         for online, counter, chance in _windows(units, mean)),
        Decimal(0),
    )  # fmt: skip


def refused(units: int, kept: int, mean: Decimal) -> Decimal:
    """Units asked for online and turned away though they were there, on average in a window."""
    return sum(
        (chance * max(0, min(online, units - counter) - max(0, units - kept))
         for online, counter, chance in _windows(units, mean)),
        Decimal(0),
    )  # fmt: skip


def kept_back(units: int, mean: Decimal, most_oversold: Decimal, most_refused: Decimal) -> int:
    """The fewest units to keep back so that fewer than ``most_oversold`` are; as many as keep to ``most_refused``."""
    kept = 0
    while oversold(units, kept, mean) >= most_oversold and refused(units, kept + 1, mean) < most_refused:
        kept += 1
    return kept


@cache
def table(most_oversold: Decimal, most_refused: Decimal) -> tuple[tuple[Decimal, int, int], ...]:
    """``(mean, units, kept back)`` for every mean of ``RATES`` and up to ``MOST`` units on the shelf."""
    return tuple(
        (mean, units, kept_back(units, mean, most_oversold, most_refused))
        for mean in RATES
        for units in range(1, MOST + 1)
    )


def _windows(units: int, mean: Decimal) -> Iterator[tuple[int, int, Decimal]]:
    """Demand online and at the counter with its chance; what is beyond the shelf counts as the whole shelf."""
    chances = _chances(units, mean)
    for online, first in enumerate(chances):
        for counter, second in enumerate(chances):
            yield online, counter, first * second


@cache
def _chances(units: int, mean: Decimal) -> tuple[Decimal, ...]:
    """Of a demand of 0, 1, … and of ``units`` or more."""
    chances = [(-mean).exp()]
    for demand in range(1, units):
        chances.append(chances[-1] * mean / demand)
    return (*chances, 1 - sum(chances, Decimal(0)))
