"""A deletion the store answered and did not do: what the till does not have does not stay on sale (S000-58, F23)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.stages import write
from tests.flows.conftest import CAP, MUG, SHIRT, World
from tests.flows.moments import some
from tests.flows.test_killed import die, killed_in


def deletions(world: World) -> list[str]:
    """The deleting calls the store got since the last ``forget``."""
    return [call.path for call in world.store.calls if call.method == "DELETE"]


def skus(world: World) -> set[str]:
    """What the store has on sale."""
    return {sku for sku in ("SH-S", "SH-M", "MUG-1", "CAP-1") if world.store.store.by_sku(sku) is not None}


def settled(world: World) -> None:
    """Nothing is sent any more, whichever way it is looked at, and nothing waits to be read again."""
    world.sync()
    for full in (False, True):
        world.forget()
        world.sync(full=full)
        assert world.sent() == []
    assert world.rows("SELECT item_id FROM sync.unproven") == []


@pytest.mark.rule("S000-50")
@pytest.mark.invariant("I-7")
def test_a_variant_the_store_said_it_deleted_and_kept_is_deleted_by_the_next_run(
    make_world: Callable[..., World],
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    world.till.delete("SH-M")
    world.store.faults.script("F23", method="DELETE", path="/variants")
    assert world.sync()["entities"]["products"]["deleted"] == 1
    assert skus(world) == {"SH-S", "SH-M", "MUG-1"}
    world.forget()
    assert world.sync()["entities"]["products"]["deleted"] == 1
    assert skus(world) == {"SH-S", "MUG-1"}
    assert len(deletions(world)) == 1
    settled(world)


@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("point", some("_settle", "store_calls"))
def test_a_deletion_that_was_answered_and_not_done_is_done_though_the_run_died_after_it(
    make_world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    world.till.delete("SH-M")
    world.store.faults.script("F23", method="DELETE", path="/variants")
    with monkeypatch.context() as patch:
        patch.setattr(write, point, lambda *_: die(world, tmp_path))
        assert killed_in(world, world.sync, tmp_path)
    for _ in range(3):
        world.sync()
    assert skus(world) == {"SH-S", "MUG-1"}
    settled(world)


@pytest.mark.invariant("I-23")
def test_what_stands_under_the_number_of_a_deleted_product_and_is_another_is_left_alone(
    make_world: Callable[..., World],
) -> None:
    world = make_world(SHIRT, MUG, CAP)
    world.begin()
    world.till.delete("MUG-1")
    world.store.faults.script("F23", method="DELETE", path="/catalog/products")
    world.sync(yes=True)
    world.store.edit_product(world.store_product("MUG-1")["id"], sku="THEIRS")
    world.forget()
    for _ in range(2):
        world.sync(yes=True)
    assert deletions(world) == []
    assert world.store_product("THEIRS")["name"] == "Mug"


@pytest.mark.rule("S000-58")
@pytest.mark.invariant("I-7")
@pytest.mark.parametrize("gone", some(SHIRT, MUG))
def test_a_product_the_store_said_it_deleted_and_kept_is_deleted_by_the_next_run(
    make_world: Callable[..., World], gone: str
) -> None:
    world = make_world(SHIRT, MUG, CAP)
    world.begin()
    lost = {"MUG-1"} if gone is MUG else {"SH-S", "SH-M"}
    for sku in sorted(lost):
        world.till.delete(sku)
    world.store.faults.script("F23", method="DELETE", path="/catalog/products")
    world.sync(yes=True)
    assert skus(world) == {"SH-S", "SH-M", "MUG-1", "CAP-1"}
    world.sync(yes=True)
    assert skus(world) == {"SH-S", "SH-M", "MUG-1", "CAP-1"} - lost
    settled(world)


@pytest.mark.rule("S000-58")
@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("story", ["planned", "died"])
def test_a_product_the_store_kept_is_deleted_though_the_next_run_wrote_nothing_or_the_first_died(
    make_world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    world = make_world(SHIRT, MUG, CAP)
    world.begin()
    for sku in ("SH-S", "SH-M"):
        world.till.delete(sku)
    world.store.faults.script("F23", method="DELETE", path="/catalog/products")
    if story == "planned":
        world.sync(yes=True)
        world.sync(yes=True, write=False)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(write, "end_links", lambda *_: die(world, tmp_path))
            assert killed_in(world, lambda: world.sync(yes=True), tmp_path)
    for _ in range(2):
        world.sync(yes=True)
    assert skus(world) == {"MUG-1", "CAP-1"}
    settled(world)


@pytest.mark.invariant("I-22")
def test_what_was_deleted_is_looked_for_once_and_no_more(make_world: Callable[..., World]) -> None:
    world = make_world(SHIRT, MUG, CAP)
    world.begin()
    for sku in ("SH-M", "MUG-1"):
        world.till.delete(sku)
    world.sync(yes=True)
    product = world.store_product("SH-S")
    assert skus(world) == {"SH-S", "CAP-1"}
    world.forget()
    summary = world.sync()
    assert (world.sent(), summary["warnings"]) == ([], [])
    assert world.store_product("SH-S") == product
    settled(world)
    world.forget()
    world.sync()
    assert [call.path for call in world.store.calls if "/catalog/products" in call.path] == []
