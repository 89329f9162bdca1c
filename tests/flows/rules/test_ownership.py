"""Who owns what between the till and the store (S000-02 … S000-05, S000-10, S000-11, S000-21, S000-34, S000-35)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,4006381333931,350"


@pytest.mark.rule("S000-02", "S001-03")
@pytest.mark.rule("S000-03", "S001-04")
@pytest.mark.rule("S000-21")
def test_a_name_or_text_edited_in_the_store_does_not_outlive_the_till(world: Any) -> None:
    world.begin()
    product = world.store_product("MUG-1")
    world.store.edit_product(product["id"], name="Edited", description="<p>Edited</p>")
    world.sync(full=True)
    assert world.store_product("MUG-1")["name"] == "Mug"
    assert world.store_product("MUG-1")["description"] == "<p>Clay</p>"
    assert world.till.till.families[world.till.product("MUG-1").family_id].name == "Mug"
    world.store.edit_product(product["id"], name="Edited again")
    world.till.edit_product("MUG-1", price=11)
    world.sync()
    assert world.store_product("MUG-1")["name"] == "Mug"


@pytest.mark.rule("S000-04", "S001-05")
@pytest.mark.rule("S000-26")
@pytest.mark.rule("S000-27")
def test_a_price_of_the_till_replaces_only_the_default_price(world: Any) -> None:
    world.begin()
    product = world.store_product("MUG-1")
    world.store.edit_product(product["id"], price=12, sale_price=8, retail_price=20)
    world.till.edit_product("MUG-1", price=10)
    world.sync()
    after = world.store_product("MUG-1")
    assert (after["price"], after["sale_price"], after["retail_price"]) == (10, 8, 20)


@pytest.mark.rule("S000-05", "S001-06")
@pytest.mark.rule("S000-18")
def test_a_level_that_drifted_in_the_store_is_put_right_by_a_full_run(world: Any) -> None:
    world.begin()
    world.store.set_level("MUG-1", 9)
    world.till.set_level("MUG-1", "Main Outlet", 7)
    world.sync(full=True)
    assert world.store.level("MUG-1") == 7


@pytest.mark.rule("S000-10")
def test_an_unlinked_product_is_left_alone(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, publish="linked")
    summary = world.begin()
    assert summary["entities"]["products"]["out_of_scope"] == 1
    world.till.edit_product("MUG-1", price=11)
    world.forget()
    world.sync()
    assert world.writes() == []


@pytest.mark.rule("S000-11")
@pytest.mark.rule("S000-12")
@pytest.mark.rule("S000-13")
@pytest.mark.rule("S000-34")
def test_a_saved_edit_reaches_the_store_with_the_next_run(world: Any) -> None:
    world.begin()
    world.till.edit_product("MUG-1", name="Beaker", price=22)
    world.sync()
    assert world.store_product("MUG-1")["name"] == "Beaker"
    assert world.store_product("MUG-1")["price"] == 22


@pytest.mark.rule("S000-35")
def test_many_edits_at_once_all_arrive_within_the_rate_limit(make_world: Callable[..., Any]) -> None:
    rows = [f"p{n},Product {n},,,,,true,Title,Default Title,P-{n},1,5.00,,,,," for n in range(60)]
    world = make_world(*rows, limits={"price_change": {"count": 1000}, "price_jump": {"count": 1000}})
    assert world.sync()["entities"]["products"]["created"] == 60
    for n in range(60):
        world.till.edit_product(f"P-{n}", price=6)
    world.store.quota = (4, 30.0)
    world.forget()
    world.sync()
    assert {call.status for call in world.store.calls} == {200}
    assert {world.store_product(f"P-{n}")["price"] for n in range(60)} == {6}
