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
from tests.sim.seeds import run_seed
from tests.sim.world import World

BRIEF = {**SMALL, "hours": 0.4, "minutes": 12.0, "events": 30}


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


@pytest.mark.invariant("I-30")
@pytest.mark.invariant("I-40")
def test_the_same_seed_tells_the_same_story_also_where_every_row_comes_twice_in_any_order() -> None:
    first, mixed = run_seed(1, **BRIEF), run_seed(1, change=shuffled, **BRIEF)
    assert (mixed.trace, first.violations) == (first.trace, {})


@pytest.mark.invariant("I-27")
def test_a_record_no_store_can_take_changes_nothing_for_the_others() -> None:
    sound, spoilt = run_seed(2, **BRIEF), run_seed(2, change=poisoned, **BRIEF)
    assert (spoilt.violations, spoilt.figures["quarantined"]) == ({}, 1)
    assert spoilt.shop == sound.shop
    assert len(sound.shop) > 5
