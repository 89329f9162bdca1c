"""Hiding, unpublishing, deleting (S000-37 … S000-60)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles
from tests.flows.conftest import MUG, World
from tests.flows.stories import Stories, Story, Told
from tests.sim.spared import nothing_spared

stories = Stories()
ITEM = "{name},{name},<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,{name},12,9.50,3.00,,,,350"
SIZES = """{name},{name},<p>Cotton</p>,Acme,Shirts,blue,true,Size,S,{name}-S,5,20.00,8.00,,,,200
{name},,,,,,,,M,{name}-M,7,20.00,8.00,,,,200"""


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., World]) -> Told:
    """A shop after its first run, and what became of every story in the runs after it.

    So many others that two products a person deletes are no catalogue that shrank.
    """

    def opened() -> World:
        others = [f"OTHER-{n}" for n in range(12)]
        items = [ITEM.format(name=name) for name in ("HIDDEN", "LEFT", "DELETED", "BROKEN", *others)]
        world = make_lasting(*items, *(SIZES.format(name=name) for name in ("FAMILY", "SIBLINGS")))
        world.begin()
        return world

    return stories.told(opened, [{"full": True}, {}, {"full": True}, {"full": True, "recreate_missing": True}])


def visible(world: Any, sku: str = "MUG-1") -> bool:
    return bool(world.store_product(sku)["is_visible"])


def links(world: Any, *skus: str, state: str = "linked") -> list[dict[str, Any]]:
    """The links of these products of the till that are in a state."""
    ours = [world.till.product(sku).id for sku in skus]
    ours += [world.till.product(sku).family_id for sku in skus]
    found: list[dict[str, Any]] = world.rows(
        "SELECT level, from_id, to_id, since FROM sync.links WHERE state = ? AND from_id IN (SELECT unnest(?))"
        " ORDER BY ALL",
        [state, ours],
    )
    return found


@pytest.mark.rule("S000-38")
@pytest.mark.rule("S000-41")
@pytest.mark.rule("S000-42")
@pytest.mark.rule("S000-43")
@pytest.mark.rule("S000-44")
@stories.story
def test_hiding_and_showing_at_the_till_follows_in_the_store_and_keeps_the_link(world: Any) -> Story:
    before = links(world, "HIDDEN")
    assert before
    world.till.deactivate("HIDDEN")
    yield
    assert not visible(world, "HIDDEN")
    assert not world.till.product("HIDDEN").active
    world.till.set_level("HIDDEN", "Main Outlet", 11)
    yield
    assert not visible(world, "HIDDEN")
    world.till.activate("HIDDEN")
    summary = yield
    assert visible(world, "HIDDEN")
    assert "HIDDEN" not in str(summary["warnings"])
    assert links(world, "HIDDEN") == before


@pytest.mark.rule("S000-50")
@stories.story
def test_a_product_with_variants_is_not_unpublished(world: Any) -> Story:
    before, product = links(world, "FAMILY-S", "FAMILY-M"), world.store_product("FAMILY-S")
    with pytest.raises(MistakeInFiles, match="S000-50"):
        world.decide("links unpublish", sku="FAMILY-S")
    yield
    assert world.store_product("FAMILY-S") == product
    assert links(world, "FAMILY-S", "FAMILY-M") == before


@pytest.mark.rule("S000-50")
@stories.story
def test_a_variant_deleted_at_the_till_takes_no_sibling_with_it(world: Any) -> Story:
    world.till.delete("SIBLINGS-M")
    yield
    assert [variant["sku"] for variant in world.store_product("SIBLINGS-S")["variants"]] == ["SIBLINGS-S"]


@pytest.mark.rule("S000-51")
@pytest.mark.rule("S000-52")
@pytest.mark.rule("S000-53")
@pytest.mark.rule("S000-54")
@pytest.mark.rule("S000-48")
@stories.story
def test_unpublishing_hides_unlinks_and_never_comes_back(world: Any) -> Story:
    world.decide("links unpublish", sku="LEFT")
    yield
    assert not visible(world, "LEFT")
    dates = [one["since"] for one in links(world, "LEFT", state="unlinked") if one["level"] == "products"]
    assert len(dates) == 1
    assert dates[0] is not None
    world.decide("links unpublish", sku="LEFT")
    product = world.store_product("LEFT")
    yield
    assert world.store_product("LEFT") == product
    world.store.delete_product(product["id"])
    world.till.edit_product("LEFT", price=20)
    for _ in range(2):
        yield
        assert world.store.store.by_sku("LEFT") is None
    assert world.till.product("LEFT").active


@pytest.mark.rule("S000-58")
@stories.story
def test_a_linked_product_deleted_at_the_till_is_deleted_in_the_store_and_kept_here(world: Any) -> Story:
    yield
    product = world.store_product("DELETED")
    world.till.delete("DELETED")
    summary = yield
    assert summary["entities"]["products"]["deleted"] == 1
    with pytest.raises(KeyError):
        world.store_product("DELETED")
    kept = "SELECT level, count(*) AS n FROM sync.kept WHERE product_id = ? GROUP BY level ORDER BY level"
    assert world.rows(kept, [str(product["id"])]) == [{"level": "product", "n": 1}, {"level": "stock", "n": 1}]


def add_in_store(world: World, sibling: str, sku: str) -> None:
    """A person adds a variant in the store that the till does not know."""
    product = world.store_product(sibling)["id"]
    if hasattr(world.store, "add_variation_to"):
        world.store.add_variation_to(product, options=[{"name": "Size", "value": "XL"}], sku=sku, price=20)
        return
    values = [{"option_display_name": "Size", "label": "XL"}]
    world.store.add_variant(world.store.store.product(product), {"sku": sku, "option_values": values}, True)
    world.store.edit_product(product, sort_order=1)


@pytest.mark.rule("S000-58")
@pytest.mark.parametrize("connection", ["lightspeed_x__bigcommerce", "lightspeed_x__ecwid"])
def test_what_the_store_added_by_itself_to_a_product_is_not_deleted_with_it_unseen(
    make_world: Callable[..., World], connection: str
) -> None:
    others = [ITEM.format(name=f"OTHER-{n}") for n in range(14)]
    world = make_world(SIZES.format(name="OURS"), SIZES.format(name="BOTH"), *others, connection=connection)
    world.begin()
    world.sync()
    add_in_store(world, "BOTH-S", "BOTH-XL")
    for sku in ("OURS-S", "OURS-M", "BOTH-S", "BOTH-M"):
        world.till.delete(sku)
    states = world.sync()["entities"]["products"]
    assert (states["deleted"], states["held"]) == (2, 2)
    assert world.store_product("BOTH-XL")["name"] == "BOTH"
    waiting = world.rows("SELECT class, name FROM sync.holds WHERE state = 'open'")
    assert waiting == [{"class": "delete_store_variants", "name": "BOTH"}]
    world.decide("holds approve", of_class="delete_store_variants")
    assert world.sync()["entities"]["products"]["deleted"] == 2
    with pytest.raises(KeyError):
        world.store_product("BOTH-XL")


@pytest.mark.rule("S000-60")
@stories.story
def test_a_linked_product_deleted_in_the_store_is_flagged_and_never_silently_made_again(world: Any) -> Story:
    yield
    yield
    world.store.delete_product(world.store_product("BROKEN")["id"])
    yield
    with pytest.raises(KeyError):
        world.store_product("BROKEN")
    broken = "SELECT count(*) AS n FROM products_link WHERE state = 'broken'"
    assert world.rows(broken) == [{"n": 1}]
    yield
    assert world.store_product("BROKEN")["name"] == "BROKEN"


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
    told = {warning["check"]: warning["says"] for warning in world.sync()["warnings"]}
    assert list(told) == (["hidden_stays_hidden"] if shown else [])
    assert all(line.startswith("MUG-1: ") for line in told.get("hidden_stays_hidden", []))
    assert world.store_product("MUG-1")["price"] == 10
    assert world.store_product("MUG-1")["description"] == "<p>New</p>"
    assert visible(world) is shown
    world.sync(full=True)
    assert visible(world) is shown


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


@pytest.mark.rule("S000-37")
def test_what_was_hidden_at_the_till_while_products_were_not_sent_is_known_as_hidden_later(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, ITEM.format(name="OTHER"), on_hidden_update="republish")
    world.sync()
    world.settings["product_sync"] = False
    world.till.deactivate("MUG-1")
    with nothing_spared():
        world.sync()
    world.settings["product_sync"] = True
    world.till.edit_product("MUG-1", price=10)
    world.sync(yes=True)
    assert world.store_product("MUG-1")["is_visible"] is True
