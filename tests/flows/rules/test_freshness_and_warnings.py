"""What a person is told though nothing stopped: what is late (S000-36)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipelines.stages.freshness import Freshness, freshness

CONNECTION = "lightspeed_x__bigcommerce"
MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"
SHIRT = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,blue,true,Size,S,SH-S,5,20.00,8.00,,,,200
shirt,,,,,,,,M,SH-M,7,20.00,8.00,,,,200"""


def fresh(world: Any, minutes: int = 60) -> Freshness:
    from pipelines.kit.warehouse import open_warehouse

    house = open_warehouse(world.home / "shop", "test", lambda _: None)
    try:
        return freshness(house, CONNECTION, world.now, minutes)
    finally:
        house.close()


def till_now(world: Any) -> None:
    """The till's clock tells what the world's does, so that its edits are dated now."""
    world.till.clock.advance((world.now - world.till.clock.now()).total_seconds())


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A mug and a shirt in two sizes, in both, made at the till an hour before the first run."""
    world = make_world(MUG, SHIRT)
    world.now = world.till.clock.now() + timedelta(hours=1)
    world.begin()
    till_now(world)
    return world


def warned(summary: dict[str, Any]) -> dict[str, list[str]]:
    return {warning["check"]: warning["says"] for warning in summary["warnings"]}


@pytest.mark.rule("S000-36")
def test_a_change_that_is_not_applied_after_an_hour_fails_the_check_and_is_named(shop: Any) -> None:
    changed = shop.now
    shop.till.edit_product("MUG-1", price=-1)
    shop.sync()
    shop.now = changed + timedelta(minutes=59)
    assert (fresh(shop).late, fresh(shop).passed) == ([], True)
    shop.now = changed + timedelta(minutes=61)
    found = fresh(shop)
    assert ([row["sku"] for row in found.late], found.passed) == (["MUG-1"], False)
    (said,) = (line for line in found.says() if "MUG-1" in line)
    assert "not applied after 60 minutes" in said
    assert "below 0" in said


@pytest.mark.rule("S000-36")
def test_a_late_change_is_a_warning_of_every_run_until_it_is_applied(shop: Any) -> None:
    shop.till.edit_product("SH-M", price=-1)
    assert warned(shop.sync()) == {}
    shop.now += timedelta(minutes=60)
    till_now(shop)
    shop.till.edit_product("SH-S", price=22)
    (said,) = warned(shop.sync())["applied_in_time"]
    assert said.startswith("SH-M: ")
    shop.till.edit_product("SH-M", price=21)
    assert warned(shop.sync()) == {}
    assert fresh(shop).passed


@pytest.mark.rule("S000-36")
def test_a_change_that_was_planned_and_never_written_is_late(shop: Any) -> None:
    shop.till.edit_product("MUG-1", name="Beaker")
    shop.sync(write=False)
    shop.now += timedelta(minutes=60)
    (row,) = fresh(shop).late
    assert (row["sku"], row["reason"]) == ("MUG-1", "no run has written it")


@pytest.mark.rule("S000-36")
@pytest.mark.parametrize(("minutes", "stopped"), [(59, False), (61, True)])
def test_runs_that_stopped_coming_fail_the_check(shop: Any, minutes: int, stopped: bool) -> None:
    ended = shop.now
    shop.now += timedelta(minutes=minutes)
    found = fresh(shop)
    assert (found.stopped, found.passed, found.late) == (stopped, not stopped, [])
    assert (f"no run has ended well since {ended:%Y-%m-%d %H:%M} UTC" in " ".join(found.says())) is stopped


@pytest.mark.rule("S000-36")
def test_a_level_that_waits_is_late_an_hour_after_it_began_to_wait(shop: Any) -> None:
    shop.till.set_level("MUG-1", "Main Outlet", "1.5")
    shop.sync()
    shop.now += timedelta(minutes=59)
    assert fresh(shop).late == []
    shop.now += timedelta(minutes=2)
    (row,) = fresh(shop).late
    assert (row["entity"], row["sku"]) == ("stock", "MUG-1")
    assert "whole ones" in row["reason"]


def test_what_is_older_than_the_connection_is_not_late_on_its_first_day(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.store.make_product(name="Theirs", sku="MUG-1", price=1, type="physical", weight=1)
    world.now = world.till.clock.now() + timedelta(days=30)
    world.sync()
    assert fresh(world).late == []
    world.now += timedelta(minutes=62)
    late = fresh(world).late
    assert [row["entity"] for row in late] == ["products", "stock"]
    assert all(row["reason"].startswith("waits for a decision") for row in late)


def test_products_that_are_not_meant_for_the_store_are_never_late(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, publish="linked")
    world.now = world.till.clock.now()
    world.sync()
    world.now += timedelta(days=1)
    assert fresh(world).late == []
