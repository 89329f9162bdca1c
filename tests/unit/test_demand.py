"""How many units are kept back: enough that hardly any is oversold, and no more buyers turned away than agreed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.kit.demand import MOST, RATES, kept_back, oversold, refused, table

PUBLISHED = {
    (1, 0): ("0.0024", "0.049", "0.155", "0.400"),
    (1, 1): ("0", "0", "0", "0"),
    (2, 0): ("0.0001", "0.012", "0.071", "0.334"),
    (2, 1): ("0.0001", "0.006", "0.036", "0.167"),
    (3, 0): ("0.0000", "0.0017", "0.020", "0.171"),
    (3, 1): ("0.0000", "0.0012", "0.014", "0.121"),
    (5, 0): ("0.0000", "0.0000", "0.0007", "0.021"),
}
"""`reliability.md` §2.5.1: units oversold a window at means of 0.05, 0.25, 0.5 and 1.0, by units and units kept."""


@pytest.mark.parametrize(("shelf", "figures"), PUBLISHED.items())
def test_units_oversold_are_those_of_the_model(shelf: tuple[int, int], figures: tuple[str, ...]) -> None:
    found = [oversold(*shelf, Decimal(mean)) for mean in ("0.05", "0.25", "0.5", "1.0")]
    off = [abs(one - Decimal(figure)) for one, figure in zip(found, figures, strict=True)]
    assert max(off) < Decimal("0.0006"), "the last figure that is published may be rounded"


@pytest.mark.parametrize(
    ("shelf", "figures"), [((1, 1), ("0.17", "0.23")), ((2, 1), ("0.02", "0.10")), ((3, 1), ("0.002", "0.03"))]
)
def test_buyers_turned_away_are_those_of_the_model(shelf: tuple[int, int], figures: tuple[str, ...]) -> None:
    found = [refused(*shelf, Decimal(mean)) for mean in ("0.25", "1.0")]
    assert [str(one.quantize(Decimal(figure))) for one, figure in zip(found, figures, strict=True)] == list(figures)


@pytest.mark.parametrize(
    ("units", "mean", "most_oversold", "most_refused", "expected"),
    [
        pytest.param(1, "0.05", "0.01", "0.25", 0, id="hardly ever sold"),
        pytest.param(1, "0.25", "0.01", "0.25", 1, id="the last one of what sells"),
        pytest.param(2, "0.25", "0.01", "0.25", 1, id="two of it"),
        pytest.param(3, "0.25", "0.01", "0.25", 0, id="three of it"),
        pytest.param(1, "0.25", "0.05", "0.25", 0, id="more may be oversold"),
        pytest.param(1, "0.25", "0.01", "0.1", 0, id="fewer may be turned away"),
        pytest.param(3, "1", "0.01", "0.1", 1, id="as many as may be"),
    ],
)
def test_no_more_is_kept_back_than_the_targets_ask_for(
    units: int, mean: str, most_oversold: str, most_refused: str, expected: int
) -> None:
    assert kept_back(units, Decimal(mean), Decimal(most_oversold), Decimal(most_refused)) == expected


def test_every_row_of_the_table_keeps_to_both_targets() -> None:
    rows = table(Decimal("0.01"), Decimal("0.25"))
    assert {(mean, units) for mean, units, _ in rows} == {(mean, n) for mean in RATES for n in range(1, MOST + 1)}
    for mean, units, kept in rows:
        assert kept == 0 or refused(units, kept, mean) < Decimal("0.25")
        enough = oversold(units, kept, mean) < Decimal("0.01")
        assert enough or refused(units, kept + 1, mean) >= Decimal("0.25")
        assert kept == 0 or oversold(units, kept - 1, mean) >= Decimal("0.01")
