"""A picture is shown once whether or not its answer came, and one that was taken away is not shown at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.ecwid.conftest import named
from tests.flows.moments import some

EVERY = timedelta(minutes=15)
"""How far a run puts the hour on, in which the store's does not move."""
FAULTS = ("F2", "F3", "F4", "F6")
"""Each hits the picture of another product."""
FRAME = """frame-{n},Frame {n},<p>Oak</p>,Acme,Home,oak,true,Title,Default Title,FR-{n},1,9.50,3.00,{host}/{n}1.jpg,1,,
frame-{n},,,,,,,,,,,,,{host}/{n}2.jpg,2,,
frame-{n},,,,,,,,,,,,,{host}/{n}3.jpg,3,,"""
FRAMES = {fault: FRAME.format(n=fault[1:], host="https://img.example.test") for fault in FAULTS}


def shown(world: Any) -> dict[str, int]:
    return {fault: len(named(world, f"Frame {fault[1:]}")["media"]["images"]) for fault in FAULTS}


@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("kind", ["image", "gallery"])
def test_a_picture_whose_answer_was_lost_while_its_product_was_made_is_not_shown_twice(
    make_shop: Callable[..., Any], kind: str
) -> None:
    world = make_shop(*FRAMES.values())
    for fault in FAULTS:
        world.store.faults.script(fault, method="POST", path=f"/{kind}")
    world.sync()
    assert world.store.faults.shown == dict.fromkeys(FAULTS, 1)
    for _ in range(2):
        world.sync()
        assert shown(world) == dict.fromkeys(FAULTS, 3)
    for fault in FAULTS:
        world.store.add_image_to(named(world, f"Frame {fault[1:]}")["id"], "https://img.example.test/own.jpg")
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("made", some(True, False))
@pytest.mark.parametrize("between", [150, 400])
def test_a_picture_that_comes_minutes_after_nobody_heard_of_it_is_not_shown_twice(
    make_shop: Callable[..., Any], made: bool, between: int
) -> None:
    world = make_shop(FRAMES["F2"])
    if not made:
        world.till.edit_product("FR-2", images=[])
        world.sync()
        world.till.edit_product("FR-2", images=[f"https://img.example.test/2{n}.jpg" for n in (1, 2, 3)])
    world.store.faults.time_out_seconds = 55
    world.store.faults.script("F4", method="POST", path="/gallery")
    world.sync()
    assert world.store.faults.shown == {"F4": 1}
    for seconds, put_off in ((between, 1), (700 - between, 0), (700, 0)):
        world.now -= EVERY
        world.wait(seconds)
        assert world.sync()["entities"]["products"].get("deferred", 0) == put_off
    assert [source.rpartition("/")[2] for source in world.store.image_sources(named(world, "Frame 2")["id"])] == [
        "21.jpg",
        "22.jpg",
        "23.jpg",
    ]
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


@pytest.mark.invariant("I-7")
@pytest.mark.parametrize("kept", [0, 1])
def test_a_picture_the_store_said_it_took_away_and_did_not_is_taken_away_by_the_next_run(
    make_shop: Callable[..., Any], kept: int
) -> None:
    world = make_shop(FRAMES["F2"])
    world.sync()
    key = named(world, "Frame 2")["id"]
    world.store.faults.script("F23", method="DELETE", path=f"/products/{key}/{'gallery' if kept else 'image'}")
    images = [f"https://img.example.test/2{n}.jpg" for n in (1, 2, 3)]
    world.till.edit_product("FR-2", images=images[:kept])
    assert world.sync()["entities"]["products"]["failed"] == 1
    assert shown_of(world, "Frame 2") == kept + 1
    world.sync()
    assert shown_of(world, "Frame 2") == kept
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def shown_of(world: Any, name: str) -> int:
    return len((named(world, name).get("media") or {}).get("images") or [])


@pytest.mark.invariant("I-7")
@pytest.mark.parametrize("fault", some("F23", "F5"))
def test_a_picture_that_becomes_the_first_one_is_not_shown_twice(make_shop: Callable[..., Any], fault: str) -> None:
    world = make_shop(FRAMES["F2"])
    world.sync()
    key = named(world, "Frame 2")["id"]
    images = [f"https://img.example.test/2{n}.jpg" for n in (1, 2, 3)]
    world.till.edit_product("FR-2", images=images[1:])
    world.store.faults.script(fault, method="DELETE", path=f"/products/{key}/gallery")
    for full in (False, False, True):
        world.sync(full=full)
    assert [source.rpartition("/")[2] for source in world.store.image_sources(key)] == ["22.jpg", "23.jpg"]


@pytest.mark.invariant("I-7")
def test_a_first_picture_the_store_said_it_replaced_and_did_not_is_replaced_by_the_next_run(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(FRAMES["F2"])
    world.sync()
    key = named(world, "Frame 2")["id"]
    world.till.edit_product("FR-2", images=["https://img.example.test/new.jpg", "https://img.example.test/22.jpg"])
    world.store.faults.script("F23", method="POST", path=f"/products/{key}/image")
    assert world.sync()["entities"]["products"]["failed"] == 1
    for full in (False, True):
        world.sync(full=full)
    assert [source.rpartition("/")[2] for source in world.store.image_sources(key)] == ["new.jpg", "22.jpg"]


@pytest.mark.rule("S003-37")
@pytest.mark.invariant("I-7")
@pytest.mark.parametrize("order", [(1, 3, 2), (1, 4, 2, 3)], ids=["moved", "added between"])
def test_an_order_of_pictures_the_store_said_it_took_and_did_not_is_put_right_by_the_next_run(
    make_shop: Callable[..., Any], order: tuple[int, ...]
) -> None:
    world = make_shop(FRAMES["F2"])
    world.sync()
    key = named(world, "Frame 2")["id"]
    world.till.edit_product("FR-2", images=[f"https://img.example.test/2{n}.jpg" for n in order])
    world.store.faults.script("F23", method="PUT", path=f"/products/{key}")
    world.sync()
    assert world.store.faults.shown == {"F23": 1}
    world.sync()
    assert [source.rpartition("/")[2] for source in world.store.image_sources(key)] == [f"2{n}.jpg" for n in order]
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
