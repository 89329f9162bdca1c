"""A bundle of the till in an eCom store: as many as its parts allow, over all outlets that are counted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.ecwid.conftest import named
from tests.flows.selling import ALL


@pytest.mark.rule("S002-29")
def test_a_bundle_is_offered_as_often_as_the_parts_of_all_outlets_allow(make_shop: Callable[..., Any]) -> None:
    world = make_shop(MUG, CAP, outlets=["Main Outlet", "Second"], stock_scope="combined")
    world.till.add_outlet("Second")
    world.till.set_level("CAP-1", "Second", 4)
    record = world.till.product(world.till.add_product("Set", sku="SET", price=30, tracked=False))
    record.components = {world.till.product(sku).id: Decimal(n) for sku, n in (("MUG-1", 2), ("CAP-1", 1))}
    world.till.till.index_components(record)
    world.sync()
    assert [named(world, name)["quantity"] for name in ("Mug", "Cap", "Set")] == [12, 7, 6]


@pytest.mark.invariant("I-31")
def test_a_bundle_whose_order_is_cancelled_does_not_fall_and_rise_again(make_shop: Callable[..., Any]) -> None:
    world = make_shop(MUG, CAP, connected_on="2026-03-01")
    record = world.till.product(world.till.add_product("Set", sku="SET", price=30, tracked=False))
    record.components = {world.till.product(sku).id: Decimal(n) for sku, n in (("MUG-1", 2), ("CAP-1", 1))}
    world.till.till.index_components(record)
    world.sync(only=ALL)
    number = world.store.place_order([("SET", 1)])
    for _ in range(2):
        world.sync(only=ALL)
    assert (world.till.level("MUG-1"), named(world, "Set")["quantity"]) == (10, 2)
    world.store.cancel(number)
    for _ in range(2):
        world.sync(only=ALL)
        assert (world.till.level("MUG-1"), named(world, "Set")["quantity"]) == (12, 3)
    assert [named(world, name)["quantity"] for name in ("Mug", "Cap")] == [12, 3]
