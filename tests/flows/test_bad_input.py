"""Bad records and bad platforms: named, isolated, nothing lost, the rest still syncs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import CredentialsRefused, MistakeInFiles, PlatformUnreachable

pytestmark = pytest.mark.libraries

GOOD = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"


def reasons(world: Any) -> dict[str, str]:
    return {row["sku"]: row["class"] for row in world.decide("quarantine")}


def test_a_name_of_300_characters_sets_one_product_aside_until_it_is_mended(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD, f"long,{'x' * 300},,,,,true,Title,Default Title,LONG-1,1,5.00,,,,,")
    summary = world.sync()
    assert summary["entities"]["products"]["created"] == 1
    assert summary["entities"]["products"]["quarantined"] == 1
    assert reasons(world) == {"LONG-1": "name_too_long"}
    world.till.edit_product("LONG-1", name="Short")
    assert world.sync()["entities"]["products"]["created"] == 1
    assert reasons(world) == {}


def test_a_negative_price_is_set_aside_and_its_siblings_go_on(world: Any) -> None:
    world.till.edit_product("SH-M", price=-1)
    summary = world.sync()
    assert summary["entities"]["products"]["quarantined"] == 1
    assert summary["entities"]["products"]["created"] == 2
    assert [variant["sku"] for variant in world.store_product("SH-S")["variants"]] == ["SH-S"]
    assert reasons(world)["SH-M"] == "price_negative"


def test_a_quarantined_record_is_red_once_and_then_only_listed(world: Any) -> None:
    world.till.edit_product("SH-M", price=-1)
    world.sync()
    world.sync()
    codes = [row["exit_code"] for row in world.rows("SELECT exit_code FROM sync.runs ORDER BY started_at")]
    assert codes == [1, 0]


def test_an_existing_record_of_the_store_waits_before_it_is_overwritten(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD)
    world.store.make_product(name="Theirs", sku="MUG-1", price=1, type="physical", weight=1)
    world.forget()
    summary = world.sync()
    assert summary["entities"]["products"]["held"] == 1
    assert world.writes() == []
    held = world.decide("holds")
    assert {row["class"] for row in held} == {"first_overwrite"}
    world.decide("holds approve", of_class="first_overwrite")
    world.sync()
    assert world.store_product("MUG-1")["name"] == "Mug"


def test_what_a_person_refused_stays_unwritten_until_a_person_decides_again(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD)
    world.store.make_product(name="Theirs", sku="MUG-1", price=1, type="physical", weight=1)
    world.forget()
    world.sync()
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
    assert world.store_product("MUG-1")["price"] == 8


def test_a_level_that_is_not_whole_is_not_shown(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD)
    world.till.set_level("MUG-1", "Main Outlet", "1.5")
    summary = world.sync()
    assert summary["entities"]["stock"]["quarantined"] == 1
    assert world.store.level("MUG-1") == 0


def test_a_level_below_zero_is_shown_as_none_left(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD)
    world.sync()
    world.till.set_level("MUG-1", "Main Outlet", -3)
    world.sync()
    assert world.store.level("MUG-1") == 0


def test_an_item_the_till_does_not_count_is_never_given_a_level(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD.replace(",12,9.50", ",,9.50"))
    world.sync()
    assert [path for _, path in world.sent() if "adjustments" in path] == []


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


@pytest.mark.parametrize("fault", ["F5", "F8"], ids=["500", "a broken or HTML answer"])
def test_a_till_that_does_not_answer_properly_loses_nothing(make_world: Callable[..., Any], fault: str) -> None:
    world = make_world(GOOD)
    world.sync()
    world.till.faults.script(fault, method="GET", path="/api/2026-07/retailer", times=50, variant=1)
    with pytest.raises(PlatformUnreachable):
        world.sync()
    world.till.faults.script(fault, method="GET", path="/nowhere", times=0)
    assert world.rows("SELECT count(*) AS n FROM lightspeed_x.lightspeed_x_products")[0]["n"] == 1


def test_an_emptied_catalogue_writes_nothing(make_world: Callable[..., Any]) -> None:
    world = make_world(GOOD)
    world.sync()
    world.till.faults.script("F25", method="GET", path="/api/2026-07/products", times=50)
    world.forget()
    summary = world.sync(full=True)
    assert summary["verdict"] == "failed"
    assert world.writes() == []
