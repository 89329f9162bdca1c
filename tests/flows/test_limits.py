"""A store that fails at every write: the run stops soon, says so, and nothing is made twice afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.http import UNKNOWN_IN_A_ROW

PLAIN = "p{n},Plain {n},,,,,true,Title,Default Title,PL-{n},1,5.00,,,,,"


@pytest.mark.invariant("I-18")
@pytest.mark.parametrize("fault", ["F5", "F6"], ids=["fails before the effect", "fails after the effect"])
def test_a_store_that_fails_at_every_write_is_left_alone_and_gets_each_product_once(
    make_world: Callable[..., Any], fault: str
) -> None:
    world = make_world(*(PLAIN.format(n=n) for n in range(9)))
    world.store.faults.script(fault, method="POST", path="/catalog/products", times=100)
    with pytest.raises(PlatformUnreachable, match="no more are sent"):
        world.sync()
    assert len(world.writes()) == UNKNOWN_IN_A_ROW
    told = world.rows("SELECT outcome, count(*) AS n FROM sync.outcomes WHERE run_id = 'run-1' GROUP BY ALL")
    counted = {row["outcome"]: row["n"] for row in told}
    made = UNKNOWN_IN_A_ROW if fault == "F6" else 0
    assert (counted.get("exists", 0), counted.get("unknown", 0)) == (made, UNKNOWN_IN_A_ROW - made)
    assert counted["not_sent"] == 1
    world.store.faults.clear()
    world.sync()
    assert sorted(product["sku"] for product in world.get("/v3/catalog/products?limit=250")) == [
        f"PL-{n}" for n in range(9)
    ]
