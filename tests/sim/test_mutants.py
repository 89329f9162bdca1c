"""Every oracle catches the wrong policy made for it; one that never caught anything proves nothing.

The slower ones run with ``TILLSYNC_SIM_MUTANTS=all`` (`make sim` does). That their small world is well without them is
shown in ``test_same_story``.
"""

from __future__ import annotations

import os

import pytest

from tests.sim.mutants import MUTANTS
from tests.sim.order_mutants import ORDER_MUTANTS
from tests.sim.store_mutants import STORE_MUTANTS

EVERY = {**MUTANTS, **ORDER_MUTANTS, **STORE_MUTANTS}
ALL = os.environ.get("TILLSYNC_SIM_MUTANTS") == "all"


@pytest.mark.parametrize("name", [name for name, one in EVERY.items() if one.quick or ALL])
def test_a_wrong_policy_is_caught(name: str) -> None:
    mutant = EVERY[name]
    assert mutant.invariant in mutant.tried().violations
