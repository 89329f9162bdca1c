"""Real baskets: what is oversold of what people bought together, at the hour they did (I-15).

``TILLSYNC_SIM_BASKETS`` sets over how many days (`make baskets DAYS=4`); figures in ``build/sim``.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.sim import baskets
from tests.sim.conftest import FOLDER
from tests.sim.oversold import keep

DAYS = int(os.environ.get("TILLSYNC_SIM_BASKETS", "0"))


@pytest.mark.skipif(not DAYS, reason="TILLSYNC_SIM_BASKETS says over how many days; make baskets sets it")
@pytest.mark.invariant("I-15")
@pytest.mark.parametrize("rank", range(max(DAYS, 1)))
def test_of_real_baskets_no_more_is_oversold_than_cannot_be_helped(rank: int) -> None:
    day, starts, wishes = baskets.day(rank)
    found = {**keep(rank, starts, wishes, baskets.HOURS, {}), "day": str(day), "wishes": len(wishes)}
    (FOLDER / "oversold").mkdir(parents=True, exist_ok=True)
    (FOLDER / "oversold" / f"baskets-{rank:06}.json").write_text(json.dumps(found), encoding="utf-8")
    policies = found["policies"]
    assert policies["tillsync"]["sold"] > 100
    assert policies["tillsync"]["oversold"] <= max(
        policies["unavoidable"]["oversold"], 1.05 * policies["unavoidable_longer"]["oversold"]
    )
