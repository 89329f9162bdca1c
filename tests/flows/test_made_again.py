"""A product a person deleted in the store and the run made again is a product like any other from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,,350"
CAP = "cap,Cap,<p>Wool</p>,Acme,Hats,wool,true,Title,Default Title,CAP-1,3,15.00,5.00,,,,80"


def test_a_product_made_again_gets_its_levels_at_once_and_later(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP, recreate_missing=True)
    world.begin()
    world.store.delete_sku("MUG-1")
    world.till.set_level("MUG-1", "Main Outlet", 5)
    summary = world.sync(full=True)
    assert summary["entities"]["stock"]["failed"] == 0
    assert world.store.level("MUG-1") == 5
    world.till.set_level("MUG-1", "Main Outlet", 4)
    assert world.sync()["entities"]["stock"]["failed"] == 0
    assert world.store.level("MUG-1") == 4
