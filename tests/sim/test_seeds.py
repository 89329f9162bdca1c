"""Whole shops, simulated: whatever the network, the platforms, the host and the people do, every invariant holds.

``TILLSYNC_SIM_SEEDS`` sets how many seeds (`make sim SEEDS=200`), ``TILLSYNC_SIM_FIRST`` the first one,
``TILLSYNC_SIM_CONNECTION`` of which connection; without it seeds are dealt out to all of them in turn.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.sim.conftest import FOLDER
from tests.sim.seeds import Result, run_seed
from tests.sim.spared import nothing_spared
from tests.sim.stores import connections

SEEDS = int(os.environ.get("TILLSYNC_SIM_SEEDS", "0"))
FIRST = int(os.environ.get("TILLSYNC_SIM_FIRST", "4"))
ASKED = os.environ.get("TILLSYNC_SIM_CONNECTION")
DEALT = [ASKED] if ASKED else connections()
STORIES = [(DEALT[seed % len(DEALT)], seed) for seed in range(FIRST, FIRST + (SEEDS or len(DEALT)))]


def keep(result: Result) -> None:
    """Leave the figures of a seed for the end of the test run."""
    (FOLDER / "seeds").mkdir(parents=True, exist_ok=True)
    share = result.figures["answered"] / max(1, result.figures["calls"])
    told = {**vars(result), "shop": None, "answered_share": round(share, 3), "counts": result.counts}
    (FOLDER / "seeds" / f"{result.connection}-{result.seed:06}.json").write_text(json.dumps(told), encoding="utf-8")


def said(result: Result) -> str:
    whose = f"seed {result.seed} of {result.connection}"
    return "\n".join(f"{whose}: {name}: {line}" for name, found in result.violations.items() for line in found[:5])


@pytest.mark.invariant("I-7")
@pytest.mark.invariant("I-8")
@pytest.mark.invariant("I-16")
@pytest.mark.invariant("I-34")
@pytest.mark.parametrize(("connection", "seed"), STORIES)
def test_every_invariant_holds_in_a_simulated_shop(connection: str, seed: int) -> None:
    with nothing_spared() as spared:
        result = run_seed(seed, connection=connection)
    keep(result)
    assert result.violations == {}, said(result)
    assert spared
    if SEEDS and not result.counts:
        pytest.skip("too little happened in it, or too few calls were answered: it proves nothing")
    assert result.counts
