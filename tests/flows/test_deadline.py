"""A run past its deadline stops between batches, counts what is left, and the next run begins with it (§2.10)."""

from __future__ import annotations

from typing import Any

import pytest

ROW = "p{n},Plain {n},,,,,true,Title,Default Title,PL-{n},5,5.00,,,,,"


def slow(world: Any) -> None:
    """Every writing call takes the store a minute and a half."""
    handle = world.store.handle

    def late(request: Any) -> Any:
        if request.method != "GET":
            world.wait(90)
        return handle(request)

    world.store.handle = late


def made(world: Any) -> set[str]:
    return {product["sku"] for product in world.get("/v3/catalog/products?limit=250")}


def states(summary: Any, entity: str) -> dict[str, int]:
    return {name: n for name, n in summary["entities"][entity].items() if n and name != "withheld_fields"}


@pytest.mark.rule("S000-35")
@pytest.mark.invariant("I-26")
def test_what_a_run_has_no_time_for_is_counted_and_the_next_begins_with_it(make_world: Any) -> None:
    world = make_world(*(ROW.format(n=n) for n in range(6)))
    handle = world.store.handle
    slow(world)
    first = world.sync(deadline_minutes=2, limits={"create": {"count": 1}})
    began = len(world.get("/v3/catalog/products?limit=250"))
    assert 0 < began < 6
    assert states(first, "products") == {"created": began, "deferred": 6 - began, "observed": 6}
    assert states(first, "stock") == {"deferred": 6, "observed": 6}
    world.store.handle = handle
    filled = world.sync(limits={"create": {"count": 1}})
    assert states(filled, "products") == {"created": 6 - began, "unchanged": began, "observed": 6}
    slow(world)
    for change, sent in ((raised, ["products"]), (dearer, ["absolute"]), (None, ["products"])):
        if change:
            change(world)
        world.forget()
        summary = world.sync(deadline_minutes=1)
        assert [path.rpartition("/")[2] for _, path in world.sent()] == sent
    assert "deferred" not in {**states(summary, "products"), **states(summary, "stock")}
    world.store.handle = handle
    world.forget()
    assert states(world.sync(full=True), "products") == {"unchanged": 6, "observed": 6}
    assert world.sent() == []


def raised(world: Any) -> None:
    """A price, and a level that rises: there is time for one of them."""
    world.till.set_level("PL-0", "Main Outlet", 9)
    world.till.edit_product("PL-1", price=6)


def dearer(world: Any) -> None:
    world.till.edit_product("PL-2", price=6)


@pytest.mark.rule("S002-24")
def test_levels_that_fall_are_sent_whatever_the_hour(make_world: Any) -> None:
    world = make_world(*(ROW.format(n=n) for n in range(3)))
    world.begin()
    slow(world)
    for sku, level in (("PL-0", 2), ("PL-1", 9)):
        world.till.set_level(sku, "Main Outlet", level)
    world.till.edit_product("PL-2", price=6)
    world.forget()
    summary = world.sync(deadline_minutes=1)
    assert [path.rpartition("/")[2] for _, path in world.sent()] == ["absolute", "products"]
    assert states(summary, "stock") == {"updated": 1, "deferred": 1, "observed": 3, "unchanged": 1}
