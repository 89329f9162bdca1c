"""What the store may show where the till says nothing about a level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"


@pytest.mark.rule("S000-18")
def test_a_counted_product_without_a_record_of_stock_is_not_left_for_sale(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.store.make_product(name="Cup", sku="CUP-1", price=2, inventory_tracking="product")
    world.store.set_level("CUP-1", 9)
    world.till.add_product("Cup", sku="CUP-1", price=2, tracked=True)
    assert world.till.till.levels_of.get(world.till.product("CUP-1").id) is None
    world.sync(yes=True)
    assert world.store.level("CUP-1") == 0


@pytest.mark.rule("S000-18")
def test_a_product_the_till_does_not_count_keeps_its_level_in_the_store(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.store.make_product(name="Cup", sku="CUP-1", price=2, inventory_tracking="product")
    world.store.set_level("CUP-1", 9)
    world.till.add_product("Cup", sku="CUP-1", price=2, tracked=False)
    world.sync(yes=True)
    assert world.rows("SELECT * FROM plan WHERE level = 'stock' AND sku = 'CUP-1'") == []
    world.till.edit_product("CUP-1", tracked=True)
    world.sync(yes=True)
    assert world.store.level("CUP-1") == 0


def test_an_outlet_without_a_record_adds_nothing_to_the_others(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, outlets=["Main Outlet", "Second"], stock_scope="combined")
    world.till.add_outlet("Second")
    world.sync()
    assert world.store.level("MUG-1") == 12


def test_levels_alone_are_written_in_a_shop_that_never_had_an_order(shop: Any) -> None:
    shop.till.set_level("MUG-1", "Main Outlet", 4)
    shop.sync()
    assert shop.store.level("MUG-1") == 4
