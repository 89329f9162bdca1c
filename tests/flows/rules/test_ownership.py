"""Who owns what between the till and the store (S000-02 … S000-05, S000-10, S000-11, S000-21, S000-34, S000-35)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG, World
from tests.flows.stories import Stories, Story, Told

stories = Stories()
JUG, POT, PAN = (MUG.replace("mug,Mug,", f"{name.lower()},{name},").replace("MUG-1", sku).replace("4006381333931", "")
                 for name, sku in (("Jug", "JUG-1"), ("Pot", "POT-1"), ("Pan", "PAN-1")))  # fmt: skip


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., World]) -> Told:
    """A shop after its first run, and what became of every story in a full run, the next one, and a full one.

    The first of them looks at everything again, because it was just written.
    """

    def opened() -> World:
        world = make_lasting(MUG, CAP, JUG, POT, PAN)
        world.begin()
        return world

    return stories.told(opened, [{"full": True}, {}, {"full": True}])


@pytest.mark.rule("S000-02", "S001-03")
@pytest.mark.rule("S000-03", "S001-04")
@pytest.mark.rule("S000-21")
@stories.story
def test_a_name_or_text_edited_in_the_store_does_not_outlive_the_till(world: Any) -> Story:
    jug, pan = world.store_product("JUG-1"), world.store_product("PAN-1")
    yield
    world.store.edit_product(jug["id"], name="Edited")
    world.till.edit_product("JUG-1", price=11)
    yield
    assert world.store_product("JUG-1")["name"] == "Jug"
    world.store.edit_product(pan["id"], name="Edited", description="<p>Edited</p>")
    yield
    assert world.store_product("PAN-1")["name"] == "Pan"
    assert world.store_product("PAN-1")["description"] == "<p>Clay</p>"
    assert world.till.till.families[world.till.product("PAN-1").family_id].name == "Pan"


@pytest.mark.rule("S000-04", "S001-05")
@pytest.mark.rule("S000-26")
@pytest.mark.rule("S000-27")
@stories.story
def test_a_price_of_the_till_replaces_only_the_default_price_and_a_sale_price_above_it_is_told(world: Any) -> Story:
    yield
    world.store.edit_product(world.store_product("MUG-1")["id"], price=12, sale_price=8, retail_price=20)
    world.store.edit_product(world.store_product("CAP-1")["id"], sale_price=8)
    world.till.edit_product("MUG-1", price=7)
    world.till.edit_product("CAP-1", price=8)
    summary = yield
    mug, cap = world.store_product("MUG-1"), world.store_product("CAP-1")
    assert (mug["price"], mug["sale_price"], mug["retail_price"]) == (7, 8, 20)
    assert (cap["price"], cap["sale_price"], summary["verdict"]) == (8, 8, "passed")
    ((check, said),) = [(warning["check"], warning["says"]) for warning in summary["warnings"]]
    assert (check, len(said)) == ("sale_price_not_above_price", 1)
    assert said[0].startswith("MUG-1: ")
    assert "sale price 8.00 USD is above its new price 7.00 USD" in said[0]


@pytest.mark.rule("S000-05", "S001-06")
@pytest.mark.rule("S000-18")
@stories.story
def test_a_level_that_drifted_in_the_store_is_put_right_by_a_full_run(world: Any) -> Story:
    world.store.set_level("MUG-1", 9)
    world.till.set_level("MUG-1", "Main Outlet", 7)
    yield
    assert world.store.level("MUG-1") == 7


@pytest.mark.rule("S000-11")
@pytest.mark.rule("S000-12")
@pytest.mark.rule("S000-13")
@pytest.mark.rule("S000-34")
@stories.story
def test_a_saved_edit_reaches_the_store_with_the_next_run(world: Any) -> Story:
    yield
    world.till.edit_product("POT-1", name="Beaker", price=22)
    yield
    assert world.store_product("POT-1")["name"] == "Beaker"
    assert world.store_product("POT-1")["price"] == 22


@pytest.mark.rule("S000-10")
def test_an_unlinked_product_is_left_alone(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, publish="linked")
    summary = world.begin()
    assert summary["entities"]["products"]["out_of_scope"] == 1
    world.till.edit_product("MUG-1", price=11)
    world.forget()
    world.sync()
    assert world.writes() == []


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
