"""`buffer: auto`: the last units of what sells fast are kept for the counter, those of anything else are offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID

RUNS = """
INSERT INTO sync.runs (run_id, connection, only_plan, exit_code, started_at)
SELECT 'earlier-' || n, 'lightspeed_x__bigcommerce', false, 0,
       TIMESTAMPTZ '2026-03-01 00:00:00+00' + to_minutes(CAST(n AS BIGINT))
FROM range(100) AS r(n)
"""
LEVELS = "SELECT sku, safe_level, buffer, why FROM stock_three_way ORDER BY sku"


@pytest.mark.rule("S002-24")
def test_the_last_of_what_sells_fast_is_kept_for_the_counter(make_world: Callable[..., Any]) -> None:
    filler = [MUG.replace("mug", f"cup-{n}").replace("Mug", f"C {n}").replace("MUG-1", f"CUP-{n}") for n in range(6)]
    world = make_world(CAP.replace(",3,", ",43,"), MUG, *filler, connected_on="2026-03-01", buffer="auto")
    world.sync(only=ALL)
    world.rows(RUNS)
    world.till.sell("CAP-1", 41)
    world.till.set_level("MUG-1", "Main Outlet", 2)
    world.store.place_order([("CUP-0", 10)], "jane@buyer.example", **PAID)
    world.sync(only=ALL)
    assert (world.store.level("CAP-1"), world.store.level("MUG-1")) == (2, 2)
    world.sync(only=ALL)
    assert (world.till.level("CAP-1"), world.store.level("CAP-1")) == (2, 1)
    why = {row["sku"]: row["why"] for row in world.rows(LEVELS)}
    assert why["CAP-1"] == "buffer auto: 1 kept back, of 41 units sold in 102 runs on the busier channel"
    assert (world.till.level("CUP-0"), world.store.level("CUP-0")) == (2, 2)
    assert why["CUP-0"] == "buffer auto: 0 kept back, of 10 units sold in 102 runs on the busier channel"
    assert why["CUP-1"] is None
