"""Whole shops, simulated: whatever the network, the platforms, the host and the people do, every invariant holds.

``TILLSYNC_SIM_SEEDS`` sets how many seeds (`make sim SEEDS=200`), ``TILLSYNC_SIM_FIRST`` the first one.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.sim.conftest import FOLDER
from tests.sim.seeds import Result, run_seed

SEEDS = int(os.environ.get("TILLSYNC_SIM_SEEDS", "2"))
FIRST = int(os.environ.get("TILLSYNC_SIM_FIRST", "0"))


def keep(result: Result) -> None:
    """Leave the figures of a seed for the end of the test run."""
    (FOLDER / "seeds").mkdir(parents=True, exist_ok=True)
    share = result.figures["answered"] / max(1, result.figures["calls"])
    told = {**vars(result), "shop": None, "answered_share": round(share, 3)}
    (FOLDER / "seeds" / f"{result.seed:06}.json").write_text(json.dumps(told), encoding="utf-8")


def said(result: Result) -> str:
    lines = [f"seed {result.seed}: {name}: {line}" for name, found in result.violations.items() for line in found[:5]]
    return "\n".join(lines)


@pytest.mark.invariant("I-7")
@pytest.mark.invariant("I-8")
@pytest.mark.invariant("I-16")
@pytest.mark.invariant("I-34")
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_every_invariant_holds_in_a_simulated_shop(seed: int) -> None:
    result = run_seed(seed)
    keep(result)
    assert result.violations == {}, said(result)
    assert sum(result.figures["events"].values()) >= 200
