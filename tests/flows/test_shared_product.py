"""Several products of the till that are one product in the store: each keeps its level, none takes the others' page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles

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
    world.lose()


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


def shared(make_world: Callable[..., Any], **settings: Any) -> Any:
    """Two flat products of the till that are sizes of one product in the store, in step."""
    world = make_world(SMALL, LARGE, MUG, **settings)
    theirs(world)
    world.sync(yes=True)
    return world


def skus(world: Any) -> list[tuple[str, bool, list[str]]]:
    """Name, whether it is shown, and SKUs of every product of the store but the mug."""
    found = world.get("/v3/catalog/products?include=variants")
    rows = [(one["name"], one["is_visible"], [variant["sku"] for variant in one["variants"]]) for one in found]
    return [row for row in rows if row[0] != "Mug"]


def nothing_to_send(world: Any) -> None:
    for full in (False, True):
        world.forget()
        world.sync(full=full)
        assert world.sent() == []


@pytest.mark.invariant("I-8")
def test_a_size_on_a_shared_page_is_read_before_it_is_compared_and_sent_once(make_world: Callable[..., Any]) -> None:
    world = shared(make_world)
    nothing_to_send(world)
    world.till.edit_product("SH-L", price=33)
    world.sync()
    nothing_to_send(world)
    assert [variant["price"] for variant in world.store.product_by_sku("SH-L")["variants"]] == [20, 33]


@pytest.mark.parametrize("on_delete", ["delete", "hide"])
def test_a_page_all_of_whose_products_the_till_deleted_is_not_sold_on_without_a_level(
    make_world: Callable[..., Any], on_delete: str
) -> None:
    world = shared(make_world, on_delete=on_delete)
    for sku in LEVELS.keys() - {"MUG-1"}:
        world.till.delete(sku)
    world.sync(yes=True)
    assert [row for row in skus(world) if row[1]] == []
    nothing_to_send(world)


def test_the_store_s_own_page_is_not_overwritten_unasked_once_one_product_is_left_on_it(
    make_world: Callable[..., Any],
) -> None:
    world = shared(make_world)
    world.till.delete("SH-L")
    world.sync(full=True)
    world.sync(full=True)
    assert page(world)[:2] == ("Shirt", "<p>Ours</p>")
    assert {row["class"] for row in world.decide("holds")} <= {"first_overwrite"}


@pytest.mark.invariant("I-22")
def test_a_size_that_a_person_unlinked_is_neither_made_again_nor_its_page_taken(make_world: Callable[..., Any]) -> None:
    world = shared(make_world)
    world.decide("links unlink", sku="SH-L")
    for full in (False, True):
        world.sync(yes=True, full=full)
    assert skus(world) == [("Shirt", True, ["SH-S", "SH-L"])]
    assert page(world)[:2] == ("Shirt", "<p>Ours</p>")
    ended = world.rows("SELECT reason FROM end_states WHERE sku = 'SH-L' AND entity = 'products' ORDER BY run_id DESC")
    assert "unlinked" in ended[0]["reason"]


@pytest.mark.parametrize("full", [False, True])
def test_a_size_that_a_person_took_off_a_shared_page_is_not_made_anew_unasked_nor_sent_in_vain(
    make_world: Callable[..., Any], full: bool
) -> None:
    world = shared(make_world)
    world.store.delete_sku("SH-L")
    world.till.set_level("SH-L", "Main Outlet", 2)
    for _ in range(2):
        world.forget()
        summary = world.sync(full=full)
        assert summary["entities"]["products"]["failed"] + summary["entities"]["stock"]["failed"] == 0
    assert skus(world) == [("Shirt", True, ["SH-S"])]
    nothing_to_send(world)


def test_a_size_taken_off_a_shared_page_comes_back_where_its_run_is_undone(make_world: Callable[..., Any]) -> None:
    world = shared(make_world)
    world.till.delete("SH-L")
    gone = world.sync(yes=True)
    world.sync(undo=gone["run_id"], yes=True)
    world.sync(full=True)
    assert skus(world) == [("Shirt", True, ["SH-S", "SH-L"])]
    assert world.store.level("SH-L") == 7


def test_taking_one_product_off_sale_that_shares_its_page_is_refused_and_not_forgotten(
    make_world: Callable[..., Any],
) -> None:
    world = shared(make_world)
    with pytest.raises(MistakeInFiles, match="SH-S"):
        world.decide("links unpublish", sku="SH-L")


def test_a_size_proposed_by_its_options_is_the_store_s_once_approved(make_world: Callable[..., Any]) -> None:
    world = make_world(SIZES, MUG)
    renamed(world)
    world.sync(yes=True)
    world.decide("links approve", sku="SH-XL")
    world.sync()
    assert skus(world) == [("Shirt", True, ["SH-XL", "SH-S"])]
    nothing_to_send(world)
