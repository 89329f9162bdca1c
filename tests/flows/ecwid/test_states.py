"""Shown and hidden, added, deleted: what follows the till, and what the store may do by itself (S003-34 … S003-48)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import MUG, SHIRT
from tests.flows.ecwid.conftest import skus, till_writes


@pytest.mark.rule("S003-04")
@pytest.mark.rule("S003-05")
@pytest.mark.rule("S003-14")
@pytest.mark.rule("S003-42")
@pytest.mark.rule("S003-44")
def test_what_the_till_stops_selling_is_hidden_and_comes_back_as_the_same_product(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(MUG)
    world.begin()
    key = world.store_product("MUG-1")["id"]
    world.till.deactivate("MUG-1")
    world.till.edit_product("MUG-1", price=11)
    world.sync()
    hidden = world.store_product("MUG-1")
    assert (hidden["id"], hidden["enabled"], hidden["price"]) == (key, False, 11)
    world.till.activate("MUG-1")
    world.sync()
    assert (world.store_product("MUG-1")["id"], world.store_product("MUG-1")["enabled"]) == (key, True)


@pytest.mark.rule("S003-34")
@pytest.mark.rule("S003-35")
@pytest.mark.rule("S003-43")
@pytest.mark.rule("S003-45")
def test_what_is_done_in_the_store_alone_never_reaches_the_till(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT, MUG)
    world.begin()
    mug, shirt = world.store_product("MUG-1")["id"], world.store_product("SH-S")["id"]
    world.store.edit_product(mug, enabled=False, name="Theirs", price=1)
    world.till.deactivate("SH-S")
    world.sync()
    world.store.edit_product(shirt, enabled=True)
    world.till.edit_product("MUG-1", price=11)
    world.sync()
    after = world.store_product("MUG-1")
    assert (after["enabled"], after["price"]) == (False, 11)
    assert till_writes(world) == []
    world.till.edit_product("MUG-1", price=12)
    world.sync(on_store_hidden="show", yes=True)
    assert world.store_product("MUG-1")["enabled"] is True


@pytest.mark.rule("S003-56")
def test_products_that_start_hidden_are_there_and_wait_for_a_person(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT, MUG, initial_state="disabled")
    world.begin()
    assert [world.store_product(sku)["enabled"] for sku in ("MUG-1", "SH-S")] == [False, False]
    world.store.edit_product(world.store_product("MUG-1")["id"], enabled=True)
    for sku in ("MUG-1", "SH-S"):
        world.till.edit_product(sku, price=11)
    world.sync()
    assert [world.store_product(sku)["enabled"] for sku in ("MUG-1", "SH-S")] == [True, False]


@pytest.mark.rule("S003-47")
def test_what_is_sold_in_the_shop_alone_is_hidden_online_and_the_till_still_sells_it(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(MUG)
    world.begin()
    world.sync(not_online=["MUG-1"])
    assert world.store_product("MUG-1")["enabled"] is False
    world.till.edit_product("MUG-1", price=11)
    world.sync(not_online=["MUG-1"], on_hidden_update="republish")
    assert world.store_product("MUG-1")["enabled"] is False
    assert world.till.product("MUG-1").active
    world.sync()
    assert world.store_product("MUG-1")["enabled"] is True


@pytest.mark.rule("S003-39")
@pytest.mark.rule("S003-40")
@pytest.mark.rule("S003-41")
def test_a_variant_of_the_till_appears_and_one_of_the_store_does_not_come_back(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT)
    world.begin()
    key = world.store_product("SH-S")["id"]
    world.store.add_variation_to(key, options=[{"name": "Size", "value": "XS"}], sku="SH-XS", price=20)
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=22, quantity=4)
    told = {one["check"]: one["says"] for one in world.sync()["warnings"]}
    shirt = world.store_product("SH-S")
    assert {one["sku"]: one.get("quantity") for one in shirt["combinations"] if one["sku"] != "SH-XS"} == {
        "SH-S": 5, "SH-M": 7, "SH-L": 4,
    }  # fmt: skip
    assert [c["text"] for c in shirt["options"][0]["choices"]][-1] == "L"
    assert told["variant_known_to_the_till"] == [
        "SH-XS: the store has this variant of Shirt by itself; the till does not know it"
    ]
    assert till_writes(world) == []


@pytest.mark.rule("S003-39")
def test_a_product_without_variants_gets_its_first_ones_and_stays_the_same_product(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(MUG)
    world.begin()
    key = world.store_product("MUG-1")["id"]
    world.till.edit_product("MUG-1", option_names=["Colour"], values=["Red"])
    world.till.add_variant("MUG-1", ["Blue"], sku="MUG-2", price=10, quantity=3)
    world.sync(yes=True)
    mug = world.store_product("MUG-2")
    assert mug["id"] == key
    assert {one["sku"]: one["quantity"] for one in mug["combinations"]} == {"MUG-1": 12, "MUG-2": 3}


@pytest.mark.rule("S003-46")
@pytest.mark.rule("S003-48")
def test_deletes_go_one_way(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT, MUG)
    world.begin()
    world.till.delete("MUG-1")
    world.store.delete_product(world.store_product("SH-S")["id"])
    world.till.edit_product("SH-S", price=25)
    world.sync(yes=True)
    assert skus(world) == set()
    assert till_writes(world) == []
    world.sync(recreate_missing=True, yes=True)
    assert world.store_product("SH-S")["combinations"][0]["price"] == 25
