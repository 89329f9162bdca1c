"""Two runs of one seed that differ in what must not matter end alike."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from pipelines.kit.paging import RAW_SCHEMA
from tests.sim import seams
from tests.sim.mutants import SMALL
from tests.sim.order_mutants import BUYS
from tests.sim.seeds import Result, run_seed
from tests.sim.world import World

FAULTY: dict[str, Any] = {"hours": 0.4, "minutes": 12.0, "events": 40, "products": 5}
"""With the faults the seed draws."""


@pytest.fixture(scope="module")
def sound() -> Result:
    """The small world in which wrong policies are tried, without any."""
    return run_seed(0, **SMALL)


def shuffled(world: World) -> None:
    """Every page comes twice, its rows in another order."""
    rng = Random(5)

    def land(house: Any, folder: Path, platform: str, reads: Any) -> None:
        def again(pages: Any) -> Any:
            def read() -> Any:
                rows = pa.concat_tables([RAW_SCHEMA.empty_table(), *pages()])
                order = [*range(rows.num_rows)] * 2
                rng.shuffle(order)
                yield rows.take(order) if order else rows

            return read

        seams.land(house, folder, platform, {name: again(pages) for name, pages in reads.items()})

    world.lander = land


def poisoned(world: World) -> None:
    world.hands.poison()


def sent_elsewhere(world: World) -> None:
    """The first sales are answered with a redirect; the till's books never see them."""
    world.till.faults.script("F31", method="POST", path="/sales", times=2)


@pytest.mark.invariant("I-30")
@pytest.mark.invariant("I-40")
def test_the_same_seed_tells_the_same_story_also_where_every_row_comes_twice_in_any_order(sound: Result) -> None:
    first, mixed = run_seed(4, **FAULTY), run_seed(4, change=shuffled, **FAULTY)
    assert first.figures["faults"] != {}
    assert (mixed.trace, mixed.figures) == (first.trace, first.figures)
    assert first.trace != sound.trace


def test_the_small_world_of_wrong_policies_is_well_without_them(sound: Result) -> None:
    assert sound.violations == {}
    assert len(sound.shop) > 5


@pytest.mark.invariant("I-27")
def test_a_record_no_store_can_take_changes_nothing_for_the_others(sound: Result) -> None:
    spoilt = run_seed(0, change=poisoned, **SMALL)
    assert (spoilt.violations, spoilt.figures["quarantined"]) == ({}, 1)
    assert spoilt.shop == sound.shop


@pytest.mark.invariant("I-18")
def test_a_sale_that_was_redirected_is_refused_and_not_sent_blindly_again() -> None:
    found = run_seed(0, change=sent_elsewhere, **{**SMALL, **BUYS})
    assert found.violations == {}
    assert found.figures["faults"]["F31"] == 2
