"""A store gives the id of a product somebody deleted to the next one it makes: that one is the shop's own (B48)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.moments import crossed
from tests.flows.test_made_again import CAP, MUG

HAT = "hat,Hat,,Acme,Hats,,true,Size,S,HAT-S,4,9.00,2.00,,,,90\nhat,,,,,,,,L,HAT-L,6,9.50,2.00,,,,90"


def give_again(world: Any, sku: str, *, alone: bool = False, **more: Any) -> tuple[int, dict[str, Any]]:
    """The product of a SKU goes, the shop's own gets its id, and its variants' unless ``alone``; both as they are."""
    key = int(world.store.product_by_sku(sku)["id"])
    product = world.store.store.products[key]
    variants = min(variant.id for variant in product.variants)
    world.store.remove_product(product)
    world.wait(60)
    numbers = world.store.store._last
    newest = dict(numbers)
    numbers |= {"product": key - 1} if alone else {"product": key - 1, "variant": variants - 1}
    own = world.store.make_product(name="Own", price=3, sku="OWN-1", **more)
    assert own.id == key
    numbers |= newest
    return key, world.store.product_by_sku("OWN-1")


@pytest.mark.rule("S000-60")
@pytest.mark.invariant("I-21")
@pytest.mark.parametrize(("again", "sku"), crossed([False, True], ["CAP-1", "HAT-L"]))
def test_the_shops_own_product_under_a_deleted_ones_id_is_not_written_over(
    make_world: Callable[..., Any], again: bool, sku: str
) -> None:
    world = make_world(MUG, CAP, HAT, recreate_missing=again)
    world.begin()
    world.sync()
    key, own = give_again(world, sku)
    world.till.edit_product(sku, price=16)
    world.till.set_level(sku, "Main Outlet", 2)
    world.sync()
    world.till.set_level(sku, "Main Outlet", 1)
    for full in (False, True):
        world.sync(full=full)
    assert world.store.product_by_sku("OWN-1") == own
    if not again:
        with pytest.raises(KeyError):
            world.store.find_sku(sku)
    else:
        assert (world.store.level(sku), world.store.product_by_sku(sku)["id"] != key) == (1, True)
        world.forget()
        assert (world.sync(full=True)["verdict"], world.sent()) == ("empty", [])


@pytest.mark.invariant("I-21")
def test_a_level_alone_is_not_written_to_the_shops_own_that_got_the_products_id_and_not_its_variants(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP, recreate_missing=False)
    world.begin()
    world.sync()
    give_again(world, "CAP-1", alone=True, inventory_tracking="product", inventory_level=9)
    for level in (2, 1):
        world.till.set_level("CAP-1", "Main Outlet", level)
        world.sync()
        assert world.store.level("OWN-1") == 9


@pytest.mark.invariant("I-23")
@pytest.mark.parametrize("known", [False, True])
def test_a_deletion_at_the_till_takes_nothing_of_the_shops_own(make_world: Callable[..., Any], known: bool) -> None:
    world = make_world(MUG, CAP, recreate_missing=False, on_delete="delete")
    world.begin()
    world.sync()
    _, own = give_again(world, "CAP-1")
    if known:
        world.sync(full=True)
    world.till.delete("CAP-1")
    for full in (False, True):
        world.sync(yes=True, full=full)
    assert world.store.product_by_sku("OWN-1") == own


@pytest.mark.rule("S000-60")
@pytest.mark.invariant("I-23")
def test_what_is_taken_back_is_not_taken_from_the_shops_own(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP, recreate_missing=True)
    first = world.begin()["run_id"]
    world.till.edit_product("CAP-1", price=16)
    world.till.set_level("CAP-1", "Main Outlet", 2)
    changed = world.sync()["run_id"]
    key, _ = give_again(world, "CAP-1")
    world.store.edit_product(key, price=16, inventory_tracking="product")
    world.store.set_level("OWN-1", 2)
    for full in (True, False):
        world.sync(full=full)
    own = world.store.product_by_sku("OWN-1"), world.store.level("OWN-1")
    for run in (changed, first):
        world.sync(undo=run, yes=True)
        assert (world.store.product_by_sku("OWN-1"), world.store.level("OWN-1")) == own


@pytest.mark.invariant("I-22")
def test_an_unlinked_id_keeps_no_other_product_from_its_level(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP, recreate_missing=False)
    world.begin()
    world.sync()
    world.decide("links unlink", sku="CAP-1")
    world.sync()
    give_again(world, "CAP-1")
    world.till.add_product("Own", sku="OWN-1", price=5, quantity=2)
    for _ in range(2):
        world.sync(full=True, yes=True)
    assert (world.store.level("OWN-1"), len(world.store.store.products)) == (2, 2)


@pytest.mark.rule("S000-60")
@pytest.mark.invariant("I-21")
@pytest.mark.parametrize("story", ["read", "unread", "lost"])
def test_the_shops_own_is_not_taken_for_one_that_was_deleted_before_it_was_read_or_while_the_warehouse_was_lost(
    make_world: Callable[..., Any], story: str
) -> None:
    world = make_world(MUG, CAP, recreate_missing=False)
    world.begin()
    if story != "unread":
        world.sync()
    if story == "lost":
        world.lose("warehouse.duckdb")
    _, own = give_again(world, "CAP-1")
    world.till.edit_product("CAP-1", price=16)
    for full in (False, True, False):
        world.sync(full=full, yes=True)
    assert world.store.product_by_sku("OWN-1") == own
