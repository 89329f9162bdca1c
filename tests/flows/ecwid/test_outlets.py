"""Several outlets shown as one figure: what is added up, and what never matters (S003-49 … S003-54)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles
from tests.flows.conftest import MUG

MAIN = "Main Outlet"


@pytest.fixture
def world(make_shop: Callable[..., Any]) -> Any:
    """A mug in three outlets: 12 in the main one, which has the register, 4 and 5 in two others."""
    made = make_shop(MUG, register="Main Register")
    for outlet, level in (("Pier", 4), ("Attic", 5)):
        made.till.add_outlet(outlet)
        made.till.set_level("MUG-1", outlet, level)
    return made


@pytest.mark.rule("S003-49")
@pytest.mark.rule("S003-51")
@pytest.mark.rule("S003-52")
@pytest.mark.rule("S003-54")
def test_the_chosen_outlets_are_added_up_and_the_registers_is_always_one_of_them(world: Any) -> None:
    world.begin()
    assert world.store.level("MUG-1") == 12
    world.sync(outlets=["Pier"], yes=True)
    assert world.store.level("MUG-1") == 16
    world.till.sell("MUG-1", 2)
    world.till.adjust("MUG-1", -1, "Pier")
    world.till.set_level("MUG-1", "Attic", 50)
    world.sync(outlets=["Pier"])
    assert world.store.level("MUG-1") == 13
    world.sync(outlets=["Pier", "Attic"], yes=True)
    assert world.store.level("MUG-1") == 63
    with pytest.raises(MistakeInFiles, match="there is no outlet `Cellar`"):
        world.sync(outlets=["Cellar"])


@pytest.mark.rule("S003-15")
@pytest.mark.rule("S003-49")
def test_a_negative_outlet_is_a_debt_of_the_others_and_nobody_sees_a_level_below_0(world: Any) -> None:
    world.till.set_level("MUG-1", "Pier", -3)
    world.sync(outlets=["Pier"])
    assert world.store.level("MUG-1") == 9
    world.sync(outlets=["Pier"], negative_stock="as_zero", yes=True)
    assert world.store.level("MUG-1") == 12
    world.till.set_level("MUG-1", MAIN, -2)
    world.sync(outlets=["Pier"], negative_stock="as_zero", yes=True)
    assert world.store.level("MUG-1") == 0


@pytest.mark.rule("S003-53")
def test_the_outlet_of_the_register_cannot_be_left_out(world: Any) -> None:
    with pytest.raises(MistakeInFiles, match=r"Main Outlet cannot be left out.*S003-53"):
        world.sync(outlets=["Pier"], exclude_outlets=[MAIN])
    assert world.sent() == []
    world.till.add_register("Pier Register", "Pier")
    world.sync(outlets=["Pier", "Attic"], exclude_outlets=[MAIN], register="Pier Register")
    assert world.store.level("MUG-1") == 9
