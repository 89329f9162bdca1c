"""Bad records and bad platforms: named, isolated, nothing lost, the rest still syncs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import CredentialsRefused, MistakeInFiles, PlatformUnreachable
from tests.flows.conftest import CAP, SHIRT, World
from tests.flows.stories import Stories, Story, Told

GOOD = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"
LONG = f"long,{'x' * 300},,,,,true,Title,Default Title,LONG-1,1,5.00,,,,,"
UNCOUNTED = GOOD.replace("mug,Mug", "jug,Jug").replace("MUG-1", "JUG-1").replace(",12,9.50", ",,9.50")
stories = Stories()


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., World]) -> Told:
    """What became of every story in the first run of a shop and the one after it, by the libraries users have."""

    def opened() -> World:
        world = make_lasting(SHIRT, GOOD, CAP, LONG, UNCOUNTED)
        world.libraries = True
        return world

    return stories.told(opened, [{}, {}])


def reasons(world: Any) -> dict[str, str]:
    return {row["sku"]: row["class"] for row in world.decide("quarantine")}


@stories.story
def test_a_name_of_300_characters_sets_one_product_aside_until_it_is_mended(world: Any) -> Story:
    summary = yield
    assert summary["entities"]["products"]["created"] == 4
    assert summary["entities"]["products"]["quarantined"] == 2
    assert reasons(world)["LONG-1"] == "name_too_long"
    world.till.edit_product("LONG-1", name="Short")
    summary = yield
    assert summary["entities"]["products"]["created"] == 1
    assert world.store_product("LONG-1")["name"] == "Short"
    assert "LONG-1" not in reasons(world)


@stories.story
def test_a_negative_price_is_set_aside_and_its_siblings_go_on(world: Any) -> Story:
    world.till.edit_product("SH-M", price=-1)
    for _ in range(2):
        yield
        assert [variant["sku"] for variant in world.store_product("SH-S")["variants"]] == ["SH-S"]
        assert reasons(world)["SH-M"] == "price_negative"


@stories.story
def test_a_quarantined_record_is_red_once_and_then_only_listed(world: Any) -> Story:
    yield
    yield
    codes = [row["exit_code"] for row in world.rows("SELECT exit_code FROM sync.runs ORDER BY started_at")]
    assert codes == [1, 0]


@stories.story
def test_a_level_that_is_not_whole_is_not_shown(world: Any) -> Story:
    world.till.set_level("MUG-1", "Main Outlet", "1.5")
    yield
    (aside,) = [row for row in world.decide("quarantine") if row["sku"] == "MUG-1"]
    assert (aside["entity"], aside["class"]) == ("stock", "level_fractional")
    assert world.store.level("MUG-1") == 0


@stories.story
def test_a_level_below_zero_is_shown_as_none_left(world: Any) -> Story:
    yield
    assert world.store.level("CAP-1") == 3
    world.till.set_level("CAP-1", "Main Outlet", -3)
    yield
    assert world.store.level("CAP-1") == 0


@stories.story
def test_an_item_the_till_does_not_count_is_never_given_a_level(world: Any) -> Story:
    yield
    assert world.store_product("JUG-1")["inventory_tracking"] == "none"
    assert world.rows("SELECT * FROM sync.intents WHERE level = 'stock' AND sku = 'JUG-1'") == []
    assert len(world.rows("SELECT * FROM sync.intents WHERE level = 'stock' AND sku = 'CAP-1'")) == 1


def test_a_record_of_the_store_is_overwritten_only_when_a_person_says_so(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(GOOD)
    world.store.make_product(name="Theirs", sku="MUG-1", price=1, type="physical", weight=1)
    world.forget()
    assert world.sync()["entities"]["products"]["held"] == 1
    assert {row["class"] for row in world.decide("holds")} == {"first_overwrite"}
    world.decide("holds reject", of_class="first_overwrite")
    for full in (False, True, False):
        summary = world.sync(full=full)
        assert summary["entities"]["products"]["superseded"] == 1, full
    world.sync(type_to="off")
    world.till.edit_product("MUG-1", price=8)
    world.sync()
    assert world.writes() == []
    assert {row["class"] for row in world.decide("holds")} == {"first_overwrite"}
    world.decide("holds approve", of_class="first_overwrite")
    world.sync()
    assert (world.store_product("MUG-1")["name"], world.store_product("MUG-1")["price"]) == ("Mug", 8)


def test_an_outlet_that_is_not_at_the_till_is_named_with_those_that_are(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD, outlets=["Main Outlt"])
    with pytest.raises(MistakeInFiles, match="Main Outlet"):
        world.sync()
    assert world.writes() == []


def test_a_refused_token_stops_after_a_call_and_names_its_variable(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD)
    world.till.token = "another"
    with pytest.raises(CredentialsRefused, match="TILL_TOKEN") as refused:
        world.sync()
    assert "till-token" not in str(refused.value)
    assert len(world.till.calls) <= 3


@pytest.mark.libraries
def test_a_till_that_does_not_answer_properly_loses_nothing(make_world: Callable[..., Any]) -> None:
    """A 500, a broken or HTML answer, an empty list."""
    world = make_world(GOOD)
    world.sync()
    world.forget()
    for fault in ("F5", "F8"):
        world.till.faults.script(fault, method="GET", path="/api/2026-07/retailer", times=50, variant=1)
        with pytest.raises(PlatformUnreachable):
            world.sync()
        world.till.faults.clear()
        assert world.rows("SELECT count(*) AS n FROM lightspeed_x.lightspeed_x_products")[0]["n"] == 1, fault
    world.till.faults.script("F25", method="GET", path="/api/2026-07/products", times=50)
    assert world.sync(full=True)["verdict"] == "failed"
    assert world.writes() == []
