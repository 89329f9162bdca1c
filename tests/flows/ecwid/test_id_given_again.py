"""A store gives the id of a product somebody deleted to the next one it makes: that one is the shop's own (B48)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.ecwid.conftest import named, skus
from tests.flows.moments import crossed, some
from tests.flows.selling import ALL, lines, sales

OWN = {"name": "Own", "price": 3, "sku": "OWN-1", "quantity": 9}


def give_again(world: Any, key: int) -> None:
    """The shop makes a product of its own, which gets the id of one that is gone."""
    world.wait(60)
    numbers = world.store.shelves._last
    newest, numbers["product"] = numbers["product"], key - 1
    assert world.store.make_product(**OWN).id == key
    numbers["product"] = newest


def given_again(world: Any) -> int:
    """The cap goes, and the shop's own product gets its id; returns it."""
    key = int(world.store_product("CAP-1")["id"])
    world.store.delete_product(key)
    give_again(world, key)
    return key


def own_stands(world: Any) -> bool:
    """Whether the shop's own product is as the shop made it."""
    own = named(world, "Own")
    return (own["sku"], own["price"], own["quantity"], own["enabled"]) == ("OWN-1", 3, 9, True)


@pytest.fixture
def make(make_shop: Callable[..., Any]) -> Callable[..., Any]:
    """A till and a store in step whose records were read once."""

    def made(**settings: Any) -> Any:
        world = make_shop(MUG, CAP, connected_on="2026-03-01", **settings)
        world.begin(ALL, then=lambda one: one.sync(only=ALL))
        return world

    return made


@pytest.mark.rule("S003-48")
@pytest.mark.invariant("I-21")
@pytest.mark.parametrize(("full", "again"), crossed([False, True], [False, True]))
def test_the_shops_own_product_under_a_deleted_ones_id_is_not_written_over(
    make: Callable[..., Any], again: bool, full: bool
) -> None:
    world = make(recreate_missing=again)
    key = given_again(world)
    world.till.edit_product("CAP-1", price=16)
    world.till.set_level("CAP-1", "Main Outlet", 2)
    world.sync(full=full)
    assert own_stands(world)
    for level in (1, 5):
        world.till.set_level("CAP-1", "Main Outlet", level)
        world.sync()
        assert own_stands(world)
    world.sync(full=True)
    assert own_stands(world)
    assert skus(world) == ({"MUG-1", "OWN-1", "CAP-1"} if again else {"MUG-1", "OWN-1"})
    if again:
        cap = world.store_product("CAP-1")
        assert (cap["id"] != key, cap["price"], cap["quantity"]) == (True, 16, 5)
        world.forget()
        assert world.sync()["verdict"] == "empty"


@pytest.mark.rule("S003-48")
@pytest.mark.invariant("I-21")
@pytest.mark.parametrize(("again", "missed"), crossed([False, True], [False, True]))
def test_one_that_was_deleted_before_it_was_read_is_not_looked_for_in_the_shops_own(
    make_shop: Callable[..., Any], missed: bool, again: bool
) -> None:
    world = make_shop(MUG, CAP, recreate_missing=False)
    world.sync()
    key = int(world.store_product("CAP-1")["id"])
    world.store.delete_product(key)
    if missed:
        world.wait(600)
        world.sync(full=True)
    give_again(world, key)
    world.settings["recreate_missing"] = again
    world.till.edit_product("CAP-1", price=16)
    for full in (False, True):
        world.sync(full=full)
        assert own_stands(world)
    assert skus(world) == ({"MUG-1", "OWN-1", "CAP-1"} if again else {"MUG-1", "OWN-1"})


@pytest.mark.invariant("I-21")
@pytest.mark.parametrize("again", some(True, False))
def test_a_level_alone_that_changed_at_the_till_is_not_written_to_the_shops_own(
    make: Callable[..., Any], again: bool
) -> None:
    world = make(recreate_missing=again)
    given_again(world)
    world.till.set_level("CAP-1", "Main Outlet", 2)
    for _ in range(2):
        world.sync()
        assert own_stands(world)
    assert again == ("CAP-1" in skus(world))
    assert not again or world.store.level("CAP-1") == 2


@pytest.mark.invariant("I-23")
@pytest.mark.parametrize(("known", "how"), crossed([False, True], ["delete", "hide"]))
def test_a_deletion_at_the_till_takes_nothing_of_the_shops_own(make: Callable[..., Any], how: str, known: bool) -> None:
    world = make(recreate_missing=False, on_delete=how)
    given_again(world)
    if known:
        world.sync()
    world.till.delete("CAP-1")
    for full in (False, True):
        world.sync(yes=True, full=full)
        assert own_stands(world)


@pytest.mark.invariant("I-21")
def test_what_was_deleted_for_the_till_hides_no_other_product_from_being_linked(make: Callable[..., Any]) -> None:
    world = make(on_delete="delete")
    key = int(world.store_product("CAP-1")["id"])
    world.till.delete("CAP-1")
    assert world.sync(yes=True)["entities"]["products"]["deleted"] == 1
    give_again(world, key)
    world.till.add_product("Own", sku="OWN-1", price=4, quantity=2)
    world.sync(yes=True)
    world.sync(yes=True)
    assert (skus(world), named(world, "Own")["id"], world.store.level("OWN-1")) == ({"MUG-1", "OWN-1"}, key, 2)


@pytest.mark.invariant("I-22")
@pytest.mark.parametrize("again", [False, True])
def test_the_shops_own_is_linked_to_the_product_of_its_sku(make: Callable[..., Any], again: bool) -> None:
    world = make(recreate_missing=again)
    key = given_again(world)
    world.till.add_product("Own", sku="OWN-1", price=4, quantity=2)
    for full in (False, True):
        world.sync(full=full, yes=True)
    assert (named(world, "Own")["id"], named(world, "Own")["price"], world.store.level("OWN-1")) == (key, 4, 2)
    assert skus(world) == ({"MUG-1", "OWN-1", "CAP-1"} if again else {"MUG-1", "OWN-1"})


@pytest.mark.invariant("I-23")
def test_undoing_a_creation_hides_no_product_of_the_shop(make: Callable[..., Any]) -> None:
    world = make(recreate_missing=False)
    first = world.rows("SELECT run_id FROM sync.runs ORDER BY started_at LIMIT 1")[0]["run_id"]
    given_again(world)
    world.sync(undo=first, yes=True)
    assert own_stands(world)


@pytest.mark.invariant("I-1")
@pytest.mark.parametrize("again", some(True, False))
def test_an_order_of_the_shops_own_is_not_the_deleted_ones_and_an_earlier_one_is(
    make: Callable[..., Any], again: bool
) -> None:
    world = make(recreate_missing=again, unknown_item="placeholder")
    world.store.place_order([("CAP-1", 1)])
    given_again(world)
    world.wait(60)
    world.store.place_order([("OWN-1", 2)])
    world.sync(only=ALL)
    for full in (False, True):
        assert world.till.level("CAP-1") == 2
        assert not again or world.store.level("CAP-1") == 2
        world.store.place_order([("OWN-1", 1)])
        world.sync(only=ALL, full=full)
    assert (len(sales(world)), world.till.level("CAP-1"), named(world, "Own")["quantity"]) == (4, 2, 5)


@pytest.mark.invariant("I-1")
@pytest.mark.parametrize("ours", some(True, False))
def test_an_order_of_one_that_nobody_read_before_it_was_deleted_is_recorded_as_the_one_that_was_made_again(
    make_shop: Callable[..., Any], ours: bool
) -> None:
    world = make_shop(MUG, CAP, connected_on="2026-03-01", recreate_missing=True, unknown_item="placeholder")
    world.sync()
    world.store.place_order([("CAP-1", 1)])
    key = int(world.store_product("CAP-1")["id"])
    world.store.delete_product(key)
    world.wait(60)
    world.till.edit_product("CAP-1", sku="CAP-2")
    world.sync(full=True, yes=True)
    give_again(world, key)
    if ours:
        world.till.add_product("Own", sku="OWN-1", price=3, quantity=9)
        world.sync(yes=True)
    world.store.place_order([("OWN-1", 1)])
    for full in (False, True):
        world.sync(only=ALL, full=full)
        sold = [("CAP-2", 1)], [("OWN-1" if ours else "TILLSYNC-PLACEHOLDER", 1)]
        assert ([lines(sale) for sale in sales(world)], world.till.level("CAP-2")) == (list(sold), 2)


@pytest.mark.invariant("I-1")
def test_a_line_added_to_an_earlier_order_is_of_the_record_its_id_is_of_by_then(make: Callable[..., Any]) -> None:
    world = make(unknown_item="placeholder")
    order = world.store.place_order([("MUG-1", 1)])
    world.sync(only=ALL)
    given_again(world)
    world.wait(60)
    world.store.edit_order(order, [{"sku": "OWN-1", "quantity": 2}])
    for full in (False, True):
        world.sync(only=ALL, full=full)
        assert world.till.level("CAP-1") == 3
        assert sorted(line for sale in sales(world) for line in lines(sale)) == [
            ("MUG-1", 1),
            ("TILLSYNC-PLACEHOLDER", 2),
        ]


@pytest.mark.invariant("I-1")
def test_a_line_recorded_as_the_deleted_one_stays_that_whatever_skus_become(make: Callable[..., Any]) -> None:
    world = make(unknown_item="placeholder")
    order = world.store.place_order([("CAP-1", 1), ("MUG-1", 1)])
    world.sync(only=ALL)
    key = given_again(world)
    world.till.edit_product("CAP-1", sku="CAP-9")
    world.store.edit_product(key, sku="CAP-1")
    world.wait(60)
    world.store.edit_order(order, [{"line": 1, "quantity": 2}])
    for full in (False, True):
        world.sync(only=ALL, full=full)
        assert (world.till.level("CAP-9"), named(world, "Own")["quantity"]) == (2, 9)
