"""A level that goes to the store is not older than the run had to wait: what the till sold meanwhile is sold."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.kit.sandbox import Request, Response
from pipelines.stages import aged
from tests.flows.conftest import World
from tests.flows.selling import ALL

LEVELS = "/inventory"


def at(machine: Any, part: str, what: Callable[[], None]) -> None:
    """Let something happen before the next call to a path with this in it."""
    real, due = machine.handle, [what]

    def handle(request: Request) -> Response:
        if part in request.path and due:
            due.pop()()
        answer: Response = real(request)
        return answer

    machine.handle = handle


def sold_meanwhile(shop: World, seconds: float, **units: int) -> int:
    """An order comes in; the store answers for its details only after so long, while the till sells."""
    number: int = shop.store.place_order([("CAP-1", 1)])

    def sell() -> None:
        shop.wait(seconds)
        for sku, some in units.items():
            shop.till.sell(sku.replace("_", "-"), some)

    at(shop.store, f"/orders/{number}", sell)
    return number


def levels_read(shop: World) -> int:
    """How often the till was asked for its levels since the last ``forget``."""
    return sum(call.path.partition("?")[0].endswith(LEVELS) for call in shop.till.calls)


@pytest.mark.invariant("I-15")
@pytest.mark.parametrize("full", [False, True])
def test_what_the_till_sold_while_the_store_kept_a_run_waiting_is_not_left_on_sale(shop: World, full: bool) -> None:
    shop.till.sell("SH-S", 1)
    sold_meanwhile(shop, 900, MUG_1=5, CAP_1=1, SH_S=2)
    shop.sync(only=ALL, full=full)
    assert {sku: shop.store.level(sku) for sku in ("MUG-1", "CAP-1", "SH-S")} == {"MUG-1": 7, "CAP-1": 1, "SH-S": 2}
    assert shop.till.level("CAP-1") == 1
    shop.sync(only=ALL)
    shop.forget()
    shop.sync(only=ALL)
    assert (shop.writes(), shop.store.level("CAP-1")) == ([], 1)


@pytest.mark.invariant("I-9")
def test_levels_that_come_as_an_empty_list_when_they_are_read_again_are_read_whole(shop: World) -> None:
    shop.till.sell("MUG-1", 1)
    number = shop.store.place_order([("CAP-1", 1)])

    def meanwhile() -> None:
        shop.wait(900)
        shop.till.sell("MUG-1", 5)
        shop.till.faults.script("F25", path=LEVELS, variant=0)

    at(shop.store, f"/orders/{number}", meanwhile)
    shop.sync(only=ALL)
    assert shop.till.faults.shown == {"F25": 1}
    assert shop.store.level("MUG-1") == 6


@pytest.mark.invariant("I-9")
def test_what_was_ordered_while_the_store_kept_a_run_waiting_is_not_sold_again_out_of_what_came_in(shop: World) -> None:
    shop.till.sell("MUG-1", 2)
    at(shop.store, "/inventory/adjustments", lambda: shop.store.place_order([("MUG-1", 1)]))
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 10
    waiting = shop.store.place_order([("CAP-1", 1)])

    def meanwhile() -> None:
        shop.wait(900)
        shop.store.place_order([("MUG-1", 2)])
        shop.wait(60)
        shop.till.set_level("MUG-1", "Main Outlet", 30)

    at(shop.store, f"/orders/{waiting}", meanwhile)
    for _ in range(2):
        shop.sync(only=ALL)
        assert shop.store.level("MUG-1") == 27
    assert shop.till.level("MUG-1") == 27


class Died(BaseException):
    """The run ends here, as if its process was killed."""


def die(*_: Any) -> None:
    raise Died


@pytest.mark.invariant("I-28")
def test_what_a_run_read_again_before_it_died_is_not_left_out_by_the_next(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.till.sell("SH-S", 1)
    sold_meanwhile(shop, 900, MUG_1=5)
    with monkeypatch.context() as killed:
        killed.setattr(aged, "harmonize", SimpleNamespace(harmonize=die))
        with pytest.raises(Died):
            shop.sync(only=ALL)
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 7


def test_levels_read_a_moment_ago_are_not_read_again(shop: World) -> None:
    sold_meanwhile(shop, 45, MUG_1=5)
    shop.forget()
    shop.sync(only=ALL)
    assert (levels_read(shop), shop.store.level("MUG-1")) == (1, 12)
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 7


def test_a_till_that_answers_no_more_leaves_the_levels_it_told_before(shop: World) -> None:
    real, began = shop.till.handle, shop.now

    def handle(request: Request) -> Response:
        waited = (shop.now - began).total_seconds() > 1800
        down: Response = shop.till.problem(503, "Down") if waited and request.path.endswith(LEVELS) else real(request)
        return down

    shop.till.sell("SH-S", 1)
    sold_meanwhile(shop, 1800, MUG_1=5)
    shop.till.handle = handle
    shop.sync(only=ALL)
    assert (shop.store.level("SH-S"), shop.store.level("MUG-1")) == (4, 12)
    shop.till.handle = real
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 7


def test_levels_alone_are_not_as_old_as_the_reading_of_a_till(shop: World) -> None:
    def sell() -> None:
        shop.wait(900)
        shop.till.sell("MUG-1", 5)

    at(shop.till, "/user", sell)
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 7
    shop.forget()
    shop.sync(only=("products",))
    assert levels_read(shop) == 1
