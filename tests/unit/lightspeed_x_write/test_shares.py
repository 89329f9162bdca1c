"""What one unit costs at the till, so that what the till multiplies and adds is the document's money (I-4)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.kit.documents import Line
from pipelines.platforms.lightspeed_x.write.sending import Unfit
from pipelines.platforms.lightspeed_x.write.shares import Share, shares

CENT = Decimal(1)
COUNTS = st.integers(1, 100_000).map(Decimal)
WEIGHTS = st.decimals("0.001", 5000, places=3)
MONEY = st.integers(-(10**8), 10**8).map(Decimal)


def line(key: str, quantity: Decimal, total: Decimal, tax: Decimal) -> Line:
    return Line(key, "item", quantity, total, tax, "tax")


def lines(quantities: st.SearchStrategy[Decimal], most: int) -> st.SearchStrategy[list[Line]]:
    one = st.tuples(quantities, MONEY, MONEY)
    return st.lists(one, min_size=1, max_size=most).map(
        lambda rows: [line(str(key), *row) for key, row in enumerate(rows)]
    )


def summed(found: list[Share], decimal_places: int) -> tuple[Decimal, Decimal]:
    """(total, tax) of the till's lines in minor units, not rounded."""
    total = sum((share.quantity * (share.price + share.tax) for share in found), Decimal(0))
    tax = sum((share.quantity * share.tax for share in found), Decimal(0))
    return total.scaleb(decimal_places), tax.scaleb(decimal_places)


@pytest.mark.invariant("I-4")
@given(lines(COUNTS | WEIGHTS, 30), st.sampled_from([0, 2, 3]))
@example([line("1", Decimal(3), Decimal(1000), Decimal(0))], 2)
@example([line("1", Decimal(100_000), Decimal(1), Decimal(1))], 2)
@example([line("1", Decimal("0.333"), Decimal(-1), Decimal(0))], 2)
def test_lines_add_up_to_the_document_to_the_cent(found: list[Line], decimal_places: int) -> None:
    total, tax = summed(list(shares(found, decimal_places)), decimal_places)
    for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
        assert total.quantize(CENT, rounding) == sum(one.total for one in found)
        assert tax.quantize(CENT, rounding) == sum(one.tax for one in found)


@given(lines(COUNTS, 500))
def test_whole_units_tie_line_by_line(found: list[Line]) -> None:
    """A till that rounds every line by itself comes to the same, so nothing of one line hides in another."""
    made = list(shares(found, 2))
    for one in found:
        total, tax = summed([share for share in made if share.line is one], 2)
        assert abs(total - one.total) < Decimal("0.5")
        assert abs(tax - one.tax) <= Decimal("0.2") / len(found)


@given(lines(COUNTS | WEIGHTS, 5), st.sampled_from([0, 2, 3]))
def test_every_unit_of_a_line_is_sold_once(found: list[Line], decimal_places: int) -> None:
    made = list(shares(found, decimal_places))
    for one in found:
        parts = [share for share in made if share.line is one]
        assert sum(share.quantity for share in parts) == one.quantity
        assert [share.part for share in parts] == list(range(1, len(parts) + 1))
        assert len(parts) <= 2
        assert all(number == round(number, 5) for share in parts for number in (share.price, share.tax))


def test_line_that_divides_well_enough_stays_one_line() -> None:
    (share,) = shares([line("1", Decimal(3), Decimal(1150), Decimal(150))], 2)
    assert (share.quantity, share.price, share.tax) == (3, Decimal("3.33333"), Decimal("0.5"))


def test_line_that_does_not_divide_becomes_two_that_are_exact() -> None:
    first, rest = shares([line("1", Decimal(7000), Decimal(10000), Decimal(0))], 2)
    assert (first.quantity, first.price) == (6999, Decimal("0.01428"))
    assert (rest.quantity, rest.price) == (1, Decimal("0.05428"))


@given(lines(COUNTS | WEIGHTS, 3))
def test_no_unit_is_sold_below_nothing(found: list[Line]) -> None:
    for share in shares(found, 2):
        assert share.price * (share.line.total - share.line.tax) >= 0
        assert share.tax * share.line.tax >= 0


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "0.0000001"])
def test_quantity_no_till_counts_is_not_sent(quantity: str) -> None:
    with pytest.raises(Unfit):
        list(shares([line("1", Decimal(quantity), Decimal(1), Decimal(0))], 2))
