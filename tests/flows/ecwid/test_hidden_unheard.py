"""A product that was hid without the store saying so is shown again once the till sells it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.stages import write
from tests.flows.ecwid.conftest import named
from tests.flows.moments import some
from tests.flows.test_killed import die, killed_in

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"
CAP = "cap,Cap,<p>Wool</p>,Acme,Hats,wool,true,Title,Default Title,CAP-1,3,15.00,5.00,,,,80"


@pytest.mark.rule("S000-37")
@pytest.mark.parametrize(("lost", "between"), [("F2", True), ("F3", False), ("F6", False)])
def test_a_product_nobody_heard_was_hidden_does_not_stay_hidden_for_ever(
    make_shop: Callable[..., Any], lost: str, between: bool
) -> None:
    world = make_shop(MUG, CAP, on_hidden_update="keep_hidden")
    world.sync()
    world.till.deactivate("MUG-1")
    world.store.faults.script(lost, method="PUT", path="/products")
    world.sync()
    if between:
        world.sync()
    world.till.activate("MUG-1")
    for _ in range(2):
        world.sync()
    assert named(world, "Mug")["enabled"] is True
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def hide_and_die(world: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run hides the mug, and dies before it notes so in its tables."""
    world.sync()
    world.till.deactivate("MUG-1")
    with monkeypatch.context() as patch:
        patch.setattr(write, "store_calls", lambda _: die(world, folder))
        assert killed_in(world, world.sync, folder)
    assert named(world, "Mug")["enabled"] is False


@pytest.mark.rule("S000-37")
@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("lost", some(True, False))
def test_a_product_hidden_by_a_run_that_died_does_not_stay_hidden_for_ever(
    make_shop: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    world = make_shop(MUG, CAP, on_hidden_update="keep_hidden")
    hide_and_die(world, tmp_path, monkeypatch)
    world.till.activate("MUG-1")
    if lost:
        world.lose("warehouse.duckdb")
    world.sync()
    world.sync()
    assert named(world, "Mug")["enabled"] is True


@pytest.mark.rule("S000-37")
@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("lost", some("warehouse.duckdb", "journal.jsonl"))
@pytest.mark.parametrize("heard", some(True, False))
def test_a_product_made_hidden_does_not_stay_hidden_for_ever_though_a_memory_was_lost_since(
    make_shop: Callable[..., Any], lost: str, heard: bool
) -> None:
    world = make_shop(MUG, CAP, on_hidden_update="keep_hidden", publish="all")
    world.till.deactivate("MUG-1")
    if not heard:
        world.store.faults.script("F6", method="POST", path="/products")
    world.sync()
    assert named(world, "Mug")["enabled"] is False
    world.lose(lost)
    world.till.activate("MUG-1")
    for _ in range(2):
        world.sync()
    assert named(world, "Mug")["enabled"] is True


@pytest.mark.rule("S000-37")
def test_what_the_shop_hid_in_the_store_stays_hidden_after_we_once_hid_it_and_showed_it_again(
    make_shop: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_shop(MUG, CAP, on_hidden_update="keep_hidden")
    hide_and_die(world, tmp_path, monkeypatch)
    world.till.activate("MUG-1")
    world.sync()
    world.store.edit_product(named(world, "Mug")["id"], enabled=False)
    world.till.edit_product("MUG-1", price=11)
    world.sync()
    assert named(world, "Mug")["enabled"] is False


@pytest.mark.rule("S000-37")
@pytest.mark.invariant("I-37")
def test_a_product_hidden_before_both_files_were_lost_is_shown_again_though_its_first_change_after_waited(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(MUG, CAP, on_hidden_update="keep_hidden")
    world.sync()
    world.till.deactivate("MUG-1")
    world.sync()
    world.lose("warehouse.duckdb", "journal.jsonl")
    world.till.edit_product("MUG-1", price=11)
    assert world.sync()["entities"]["products"]["held"] == 1
    world.till.activate("MUG-1")
    world.sync(yes=True)
    assert named(world, "Mug")["enabled"] is True
