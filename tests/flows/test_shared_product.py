"""Several products of the till that are one product in the store: each keeps its level, none takes the others' page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SMALL = "small,Shirt small,<p>Small</p>,Acme,Shirts,a,true,Title,Default Title,SH-S,5,20.00,8.00,https://img.example.test/s.jpg,1,,200"
LARGE = "large,Shirt large,<p>Large</p>,Acme,Shirts,b,true,Title,Default Title,SH-L,7,21.00,8.00,https://img.example.test/l.jpg,1,,200"
MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,,350"
LEVELS = {"SH-S": 5, "SH-L": 7, "MUG-1": 12}


def theirs(world: Any) -> Any:
    """A shirt of two sizes that the store had before."""
    values = [[{"option_display_name": "Size", "label": size}] for size in "SL"]
    sizes = [{"sku": f"SH-{one[0]['label']}", "price": 30, "option_values": one} for one in values]
    return world.store.make_product(
        name="Shirt", description="<p>Ours</p>", price=30, inventory_tracking="variant", variants=sizes
    )


def page(world: Any) -> tuple[str, str, int]:
    shown = world.store.product_by_sku("SH-S")
    return shown["name"], shown["description"], len(shown["variants"])


@pytest.mark.rule("S000-10")
@pytest.mark.invariant("I-22")
def test_products_of_the_till_that_are_sizes_in_the_store_do_not_overwrite_its_page_in_turn(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(SMALL, LARGE, MUG)
    theirs(world)
    world.sync(yes=True)
    assert page(world) == ("Shirt", "<p>Ours</p>", 2)
    assert {sku: world.store.level(sku) for sku in LEVELS} == LEVELS
    world.forget()
    world.till.set_level("SH-L", "Main Outlet", 2)
    world.sync()
    assert world.store.level("SH-L") == 2
    for full in (False, True):
        world.forget()
        world.sync(full=full)
        assert world.sent() == []
        ended = {
            row["sku"]: row
            for row in world.rows("FROM end_states WHERE entity = 'products' AND state = 'out_of_scope'")
        }
        assert "Shirt large" in ended["SH-S"]["reason"]
        assert "Shirt small" in ended["SH-L"]["reason"]


def test_a_size_deleted_at_the_till_takes_none_of_the_others_with_it(make_world: Callable[..., Any]) -> None:
    world = make_world(SMALL, LARGE, MUG)
    theirs(world)
    world.sync(yes=True)
    world.till.delete("SH-L")
    world.sync(yes=True)
    shown = world.store.product_by_sku("SH-S")
    assert [variant["sku"] for variant in shown["variants"]] == ["SH-S"]
    assert world.store.level("SH-S") == 5


def test_a_product_that_has_its_page_keeps_it_when_another_of_the_till_gets_a_sku_of_it(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(SMALL, MUG)
    theirs(world)
    world.sync(yes=True)
    assert page(world)[:2] == ("Shirt small", "<p>Small</p>")
    world.till.add_product("Shirt large", sku="SH-L", price=21, quantity=7)
    world.sync(yes=True, full=True)
    assert page(world)[:2] == ("Shirt small", "<p>Small</p>")
    assert world.store.level("SH-L") == 7
    world.till.delete("SH-S")
    world.sync(yes=True)
    assert world.store.level("SH-L") == 7


SIZES = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,cotton,true,Size,S,SH-S,5,20.00,8.00,,,,200
shirt,,,,,,,,L,SH-L,7,21.00,8.00,,,,200"""


def renamed(world: Any) -> None:
    """The till's large shirt got another SKU, and nobody remembers what it was linked to."""
    world.sync(yes=True)
    world.till.edit_product("SH-L", sku="SH-XL")
    for name in ("warehouse.duckdb", "journal.jsonl"):
        for file in (world.home / "shop").glob(f"{name}*"):
            file.unlink()


@pytest.mark.invariant("I-37")
def test_a_size_that_stands_in_the_store_under_another_sku_is_proposed_and_not_sent_in_vain(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(SIZES, MUG)
    renamed(world)
    world.sync(yes=True)
    assert world.rows("SELECT sku, state, match_key FROM variants_link WHERE state <> 'linked'") == [
        {"sku": "SH-XL", "state": "proposed", "match_key": "options"}
    ]
    assert world.rows("SELECT state FROM end_states WHERE sku = 'SH-XL' AND entity = 'products'") == [{"state": "held"}]
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def test_a_size_that_another_product_of_the_till_has_in_the_store_is_named_and_not_sent_in_vain(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(SIZES, MUG)
    renamed(world)
    world.sync(yes=True)
    world.till.add_product("Shirt large", sku="SH-L", price=21, quantity=3)
    for _ in range(2):
        world.sync(yes=True, full=True)
    found = world.rows("SELECT state, reason FROM variants_link WHERE sku = 'SH-XL'")
    assert [(one["state"], "SH-L" in one["reason"]) for one in found] == [("conflict", True)]
    assert world.store.level("SH-L") == 3
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
