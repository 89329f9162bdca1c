"""Hiding, unpublishing, deleting (S000-37 … S000-60)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,4006381333931,350"


def visible(world: Any, sku: str = "MUG-1") -> bool:
    return bool(world.store_product(sku)["is_visible"])


@pytest.mark.rule("S000-38")
@pytest.mark.rule("S000-41")
@pytest.mark.rule("S000-42")
@pytest.mark.rule("S000-43")
@pytest.mark.rule("S000-44")
def test_hiding_and_showing_at_the_till_follows_in_the_store_and_keeps_the_link(world: Any) -> None:
    world.begin()
    before = world.rows("SELECT from_id, to_id FROM sync.links WHERE state = 'linked' ORDER BY ALL")
    world.till.deactivate("MUG-1")
    world.sync()
    assert not visible(world)
    assert not world.till.product("MUG-1").active
    world.till.set_level("MUG-1", "Main Outlet", 11)
    world.sync()
    assert not visible(world)
    world.till.activate("MUG-1")
    world.sync()
    assert visible(world)
    assert world.rows("SELECT from_id, to_id FROM sync.links WHERE state = 'linked' ORDER BY ALL") == before


@pytest.mark.rule("S000-37")
@pytest.mark.rule("S000-45")
@pytest.mark.parametrize(("choice", "shown"), [("republish", True), ("keep_hidden", False)])
def test_a_change_to_a_hidden_product_arrives_and_shows_it_only_by_choice(
    make_world: Callable[..., Any], choice: str, shown: bool
) -> None:
    world = make_world(MUG, on_hidden_update=choice)
    world.begin()
    world.till.deactivate("MUG-1")
    world.sync()
    world.till.edit_product("MUG-1", price=10, description="<p>New</p>")
    world.sync()
    assert world.store_product("MUG-1")["price"] == 10
    assert world.store_product("MUG-1")["description"] == "<p>New</p>"
    assert visible(world) is shown
    world.sync(full=True)
    assert visible(world) is shown


@pytest.mark.rule("S000-50")
def test_a_product_with_variants_is_not_unpublished(world: Any) -> None:
    world.begin()
    world.forget()
    with pytest.raises(MistakeInFiles, match="S000-50"):
        world.decide("links unpublish", sku="SH-S")
    world.sync()
    assert world.writes() == []


@pytest.mark.rule("S000-50")
def test_a_variant_deleted_at_the_till_takes_no_sibling_with_it(world: Any) -> None:
    world.begin()
    world.till.delete("SH-M")
    world.sync()
    skus = [variant["sku"] for variant in world.store_product("SH-S")["variants"]]
    assert skus == ["SH-S"]


@pytest.mark.rule("S000-51")
@pytest.mark.rule("S000-52")
@pytest.mark.rule("S000-53")
@pytest.mark.rule("S000-54")
@pytest.mark.rule("S000-48")
def test_unpublishing_hides_unlinks_and_never_comes_back(world: Any) -> None:
    world.begin()
    world.decide("links unpublish", sku="MUG-1")
    world.sync()
    assert not visible(world)
    link = world.rows("SELECT state, since FROM sync.links WHERE level = 'products' AND state = 'unlinked'")
    assert len(link) == 1
    assert link[0]["since"] is not None
    world.decide("links unpublish", sku="MUG-1")
    world.forget()
    world.sync()
    assert world.writes() == []
    world.store.delete_product(world.store_product("MUG-1")["id"])
    world.till.edit_product("MUG-1", price=20)
    world.forget()
    world.sync(full=True)
    assert world.writes() == []
    assert world.till.product("MUG-1").active


@pytest.mark.rule("S000-55")
@pytest.mark.rule("S000-56")
def test_unpublishing_may_leave_it_as_it_is_and_a_later_delete_at_the_till_does_too(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, unpublish_mode="leave")
    world.begin()
    world.decide("links unpublish", sku="MUG-1")
    world.forget()
    world.sync()
    assert world.writes() == []
    world.till.delete("MUG-1")
    world.sync()
    assert world.writes() == []
    assert visible(world)


@pytest.mark.rule("S000-58")
def test_a_linked_product_deleted_at_the_till_is_deleted_in_the_store_and_kept_here(world: Any) -> None:
    world.begin()
    world.sync(full=True)
    world.till.delete("MUG-1")
    summary = world.sync()
    assert summary["entities"]["products"]["deleted"] == 1
    with pytest.raises(KeyError):
        world.store_product("MUG-1")
    assert world.rows("SELECT level, count(*) AS n FROM sync.kept GROUP BY level ORDER BY level") == [
        {"level": "product", "n": 1},
        {"level": "stock", "n": 1},
    ]


@pytest.mark.rule("S000-59")
def test_a_mass_deletion_waits_for_approval(make_world: Callable[..., Any]) -> None:
    rows = [f"p{n},Product {n},,,,,true,Title,Default Title,P-{n},1,5.00,,,,," for n in range(5)]
    world = make_world(*rows, limits={"delete": {"count": 3}})
    world.sync()
    for n in range(5):
        world.till.delete(f"P-{n}")
    world.forget()
    summary = world.sync()
    assert summary["entities"]["products"]["held"] == 5
    assert world.writes() == []
    world.decide("holds approve", of_class="delete")
    assert world.sync()["entities"]["products"]["deleted"] == 5


@pytest.mark.rule("S000-60")
def test_a_linked_product_deleted_in_the_store_is_flagged_and_never_silently_made_again(world: Any) -> None:
    world.begin()
    world.store.delete_product(world.store_product("MUG-1")["id"])
    world.forget()
    world.sync(full=True)
    assert world.writes() == []
    assert world.rows("SELECT state FROM products_link WHERE state = 'broken'")
    world.sync(full=True, recreate_missing=True)
    assert world.store_product("MUG-1")["name"] == "Mug"
