"""A product a person deleted in the store and the run made again is a product like any other from then on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.kit import journaled
from pipelines.stages import write
from tests.flows.moments import some
from tests.flows.selling import ALL
from tests.flows.test_deadline import slow
from tests.flows.test_killed import die, killed, killed_in
from tests.flows.test_shared_product import LARGE, SMALL, theirs

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


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("again", [True, False])
def test_two_products_to_which_the_store_gave_one_id_do_not_overwrite_each_other(
    make_world: Callable[..., Any], again: bool
) -> None:
    world = make_world(MUG, CAP, recreate_missing=again)
    world.store.faults.script("F23", method="POST", path="/catalog/products")
    assert world.sync()["entities"]["stock"]["failed"] == 1
    world.sync()
    assert [world.store.level(sku) for sku in ("CAP-1", "MUG-1")] == [3, 12]
    assert [world.store.product_by_sku(sku)["name"] for sku in ("CAP-1", "MUG-1")] == ["Cap", "Mug"]
    for full in (False, True, True):
        world.forget()
        world.sync(full=full)
        assert world.sent() == []


@pytest.mark.rule("S000-18")
def test_a_product_whose_number_another_got_is_made_again_with_its_level(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, recreate_missing=False)
    world.store.faults.script("F23", method="POST", path="/catalog/products")
    world.sync()
    world.sync(full=True)
    world.till.add_product("Cap", sku="CAP-1", price=5, quantity=3)
    world.sync()
    world.sync()
    assert [world.store.level(sku) for sku in ("CAP-1", "MUG-1")] == [3, 12]


@pytest.mark.invariant("I-22")
def test_a_link_whose_id_another_product_got_does_not_come_back_from_the_journal(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, recreate_missing=False)
    world.store.faults.script("F23", method="POST", path="/catalog/products")
    world.sync()
    world.sync(full=True)
    world.till.delete("MUG-1")
    world.till.add_product("Cap", sku="CAP-1", price=5, quantity=3)
    for full in (False, False, True, False):
        world.sync(full=full, yes=True)
        twice = "SELECT level, to_id FROM sync.links WHERE state = 'linked' GROUP BY ALL HAVING count(*) > 1"
        assert world.rows(twice) == []
    assert world.store.level("CAP-1") == 3


@pytest.mark.invariant("I-1")
def test_an_order_of_a_product_that_was_made_again_under_another_sku_is_recorded_as_that_product(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP, recreate_missing=True)
    world.sync(only=ALL)
    order = world.store.place_order([("MUG-1", 2)], "jane@buyer.example", status=1, payment=("Bank Deposit", "none"))
    world.sync(only=ALL)
    world.store.delete_sku("MUG-1")
    world.till.edit_product("MUG-1", sku="MUG-2")
    world.sync(full=True, only=ALL)
    world.store.set_status(order, 11)
    world.sync(only=ALL)
    world.sync(only=ALL)
    assert world.till.level("MUG-2") == 10
    assert world.store.level("MUG-2") == 10


def test_a_product_deleted_at_the_till_and_made_anew_there_does_not_wait_for_the_one_that_is_gone(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.till.delete("MUG-1")
    assert world.sync(yes=True)["entities"]["products"]["deleted"] == 1
    world.till.add_product("Mug", sku="MUG-2", price=5, quantity=2)
    summary = world.sync()
    assert summary["entities"]["products"]["held"] == 0
    assert world.store.level("MUG-2") == 2


SIZES = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,cotton,true,Size,S,SH-S,5,20.00,8.00,,,,200
shirt,,,,,,,,L,SH-L,7,21.00,8.00,,,,200"""


@pytest.mark.invariant("I-1")
@pytest.mark.parametrize("shared", some(True, False))
def test_an_order_of_a_size_that_was_made_again_under_another_sku_is_recorded_as_that_size(
    make_world: Callable[..., Any], shared: bool
) -> None:
    world = make_world(*([SMALL, LARGE] if shared else [SIZES]), MUG, recreate_missing=True)
    if shared:
        theirs(world)
    world.sync(only=ALL, yes=True)
    order = world.store.place_order([("SH-L", 2)], "jane@buyer.example", status=1, payment=("Bank Deposit", "none"))
    world.sync(only=ALL)
    world.store.delete_sku("SH-L")
    world.till.edit_product("SH-L", sku="SH-XL")
    world.sync(full=True, only=ALL)
    assert world.store.level("SH-XL") == 5
    world.store.set_status(order, 11)
    for _ in range(2):
        world.sync(only=ALL)
    assert (world.till.level("SH-XL"), world.store.level("SH-XL")) == (5, 5)


@pytest.mark.invariant("I-18")
@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("full", some(False, True))
def test_a_product_made_again_without_an_answer_is_found_and_neither_made_twice_nor_refused_for_ever(
    make_world: Callable[..., Any], full: bool
) -> None:
    world = make_world(MUG, SIZES, recreate_missing=True)
    world.begin()
    for sku in ("MUG-1", "SH-L"):
        world.store.delete_product(world.store_product(sku)["id"])
        world.store.faults.script("F4", method="POST", path="/catalog/products")
    world.sync(full=True)
    world.wait(60)
    assert world.sync(full=full)["entities"]["products"]["failed"] == 0
    assert [world.store.level(sku) for sku in ("MUG-1", "SH-S", "SH-L")] == [12, 5, 7]
    world.till.set_level("MUG-1", "Main Outlet", 4)
    world.sync()
    assert world.store.level("MUG-1") == 4
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
    assert sorted(one.fields["name"] for one in world.store.store.products.values()) == ["Mug", "Shirt"]
    assert len(world.store_product("MUG-1")["images"]) == 1


@pytest.mark.invariant("I-1")
def test_an_order_of_a_product_that_was_made_again_without_an_answer_is_recorded_as_that_product(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP, recreate_missing=True)
    world.sync(only=ALL)
    order = world.store.place_order([("MUG-1", 2)], "jane@buyer.example", status=1, payment=("Bank Deposit", "none"))
    world.store.delete_sku("MUG-1")
    world.store.faults.script("F4", method="POST", path="/catalog/products")
    world.sync(full=True, only=ALL)
    world.wait(60)
    world.till.edit_product("MUG-1", sku="MUG-2")
    world.sync(only=ALL)
    world.store.set_status(order, 11)
    world.sync(only=ALL)
    assert world.till.level("MUG-2") == 10


@pytest.mark.invariant("I-22")
def test_what_a_person_made_meanwhile_is_not_taken_for_a_product_that_may_have_been_made_again(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP, recreate_missing=True)
    world.begin()
    world.store.delete_sku("MUG-1")
    world.store.faults.script("F2", method="POST", path="/catalog/products")
    world.sync(full=True)
    made = world.store.make_product(name="A mug of ours", sku="MUG-1", price=1)
    world.sync(full=True, yes=True)
    linked = world.rows("SELECT to_id FROM sync.links WHERE state = 'linked' AND level = 'products'")
    assert str(made.id) not in {row["to_id"] for row in linked}
    assert world.store_product("MUG-1")["name"] == "A mug of ours"


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize("late", some(True, False))
def test_a_product_made_again_by_a_run_that_died_is_not_made_a_second_time(
    make_world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    world = make_world(MUG, SIZES, recreate_missing=True)
    world.begin()
    for sku in ("MUG-1", "SH-L"):
        world.store.delete_product(world.store_product(sku)["id"])
    if late:
        with monkeypatch.context() as patch:
            patch.setattr(write, "store_calls", lambda _: die(world, tmp_path))
            assert killed_in(world, lambda: world.sync(full=True), tmp_path)
    else:
        assert killed(world, 2, True, tmp_path, full=True)
    for _ in range(2):
        assert world.sync()["entities"]["products"]["failed"] == 0
    assert [world.store.level(sku) for sku in ("MUG-1", "SH-S", "SH-L")] == [12, 5, 7]
    assert sorted(one.fields["name"] for one in world.store.store.products.values()) == ["Mug", "Shirt"]
    assert len(world.store_product("MUG-1")["images"]) == 1
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def a_level_is_not_reached(world: Any, how: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run makes the mug again, and ends before its level is set."""
    if how == "late":
        handle = world.store.handle
        slow(world)
        summary = world.sync(full=True, only=ALL, deadline_minutes=1)
        assert summary["entities"]["stock"]["deferred"] == 1
        world.store.handle = handle
        return
    with monkeypatch.context() as patch:
        patch.setattr(write, "store_calls", lambda _: die(world, folder))
        assert killed_in(world, lambda: world.sync(full=True, only=ALL), folder)


@pytest.mark.invariant("I-8")
@pytest.mark.parametrize(("drift", "how"), [("adopt", "killed"), ("hold", "killed"), ("adopt", "late")])
def test_the_level_a_product_made_again_has_not_yet_is_no_word_of_the_shop(
    make_world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drift: str, how: str
) -> None:
    world = make_world(MUG, CAP, recreate_missing=True, on_shop_drift=drift)
    world.sync(only=ALL)
    world.sync(only=ALL)
    world.store.delete_sku("MUG-1")
    a_level_is_not_reached(world, how, tmp_path, monkeypatch)
    assert world.store.level("MUG-1") == 0
    for _ in range(2):
        assert world.sync(only=ALL)["entities"]["stock"]["failed"] == 0
        assert (world.till.level("MUG-1"), world.store.level("MUG-1")) == (12, 12)


@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("compact", some(True, False))
def test_a_link_a_person_approved_does_not_come_back_over_the_record_that_was_made_again(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, compact: bool
) -> None:
    world = make_world(SIZES, MUG, recreate_missing=True)
    world.sync(yes=True)
    world.till.edit_product("SH-L", sku="SH-XL")
    world.lose()
    world.sync(yes=True)
    world.decide("links approve", sku="SH-XL")
    for _ in range(2):
        world.sync()
    world.store.delete_sku("SH-XL")
    for full in (True, False):
        world.sync(full=full)
    world.till.edit_product("SH-XL", sku="SH-XXL")
    if compact:
        monkeypatch.setattr(journaled, "WHOLE", 0)
        world.sync()
    world.lose("warehouse.duckdb")
    for full in (False, True):
        summary = world.sync(yes=True, full=full)
    assert (summary["entities"]["products"]["failed"], world.store.level("SH-XXL")) == (0, 7)
    world.forget()
    world.sync(full=True)
    assert (world.sent(), len(world.store_product("SH-S")["variants"])) == ([], 2)


@pytest.mark.invariant("I-18")
def test_a_product_created_unheard_whose_sku_is_another_by_then_is_found_and_not_made_twice(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG)
    world.begin()
    world.till.add_product("Cap", sku="CAP-1", price=5, quantity=3)
    world.store.faults.script("F3", method="POST", path="/catalog/products")
    world.store.faults.script("F27", method="GET", path="/catalog/products", times=9)
    world.sync()
    world.store.faults.clear()
    world.till.edit_product("CAP-1", sku="CAP-2")
    for _ in range(3):
        world.wait(600)
        world.sync(yes=True)
    shown = [(one["name"], one["sku"]) for one in world.get("/v3/catalog/products?limit=250")]
    assert sorted(shown) == [("Cap", "CAP-2"), ("Mug", "MUG-1")]
    assert world.store.level("CAP-2") == 3
