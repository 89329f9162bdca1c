"""A level that a person set in the store becomes the till's, once, and never what an order explains (`adopt`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from pipelines.kit.errors import MistakeInFiles
from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID
from tests.flows.test_bundles import explained
from tests.flows.test_shop_drift import drift, headed, warned


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shop whose staff correct levels in the store."""
    world = make_world(MUG, CAP, connected_on="2026-03-01", on_shop_drift="adopt", limits={"adopt": {"count": 1}})
    world.begin(ALL)
    return world


def adjusted(world: Any) -> list[tuple[str, Decimal]]:
    """What was adjusted at the till, oldest first: SKU and units."""
    entries = world.till.till.adjustments.items.values()
    return [(world.till.product(one.body["product_id"]).sku, Decimal(one.body["quantity"])) for one in entries]


def levels(world: Any, sku: str = "MUG-1") -> tuple[Any, Any]:
    return world.till.level(sku), world.store.level(sku)


@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-8")
def test_a_level_lowered_in_the_store_is_taken_to_the_till_once_and_goes_back_with_its_run(shop: Any) -> None:
    shop.store.set_level("MUG-1", 5)
    told = shop.sync(only=ALL, full=True)
    assert (levels(shop), adjusted(shop), drift(shop)) == ((12, 5), [], [(7, "open")])
    assert "taken to the till unless an order explains them" in warned(told)[0]
    shop.till.sell("MUG-1", 1)
    shop.store.place_order([("MUG-1", 1)], "jane@buyer.example", **PAID)
    wrote = shop.sync(only=ALL)
    assert (levels(shop), adjusted(shop), drift(shop)) == ((3, 3), [("MUG-1", -7)], [(7, "adopted")])
    assert list(headed(told)) == ["unexplained_drop"]
    (line,) = headed(wrote)["adopted_drop"]
    assert "7 fewer in the store" in line
    assert "taken to the till as a count" in line
    assert wrote["entities"]["stock"]["failed"] == wrote["entities"]["stock"]["held"] == 0
    for full in (False, True):
        shop.forget()
        assert warned(shop.sync(only=ALL, full=full)) == []
        assert (levels(shop), adjusted(shop), shop.writes()) == ((3, 3), [("MUG-1", -7)], [])
    (row,) = shop.decide("audit show", of=wrote["run_id"], sku="MUG-1")[-1:]
    assert (row["action"], row["outcome"]) == ("adopt", "ok")
    assert row["changes"]["on_hand"] == {"before": 11, "after": 4}
    (said,) = explained(shop, "MUG-1")["levels moved in the store alone"]
    assert said[1:3] == ["7 fewer", "taken to the till as a count"]
    shop.sync(only=ALL, undo=wrote["run_id"], yes=True)
    assert (shop.till.level("MUG-1"), adjusted(shop)) == (10, [("MUG-1", -7), ("MUG-1", 7)])
    shop.sync(only=ALL, yes=True)
    assert (levels(shop), len(adjusted(shop))) == ((10, 10), 2)


@pytest.mark.invariant("I-10")
def test_a_level_raised_in_the_store_stays_while_it_is_taken_to_the_till_and_many_wait_for_a_person(shop: Any) -> None:
    shop.store.set_level("MUG-1", 15)
    shop.store.set_level("CAP-1", 1)
    shop.sync(only=ALL, full=True)
    shop.till.sell("MUG-1", 1)
    summary = shop.sync(only=ALL)
    assert sorted(headed(summary)) == ["unexplained_drop", "unexplained_rise"]
    assert (levels(shop), levels(shop, "CAP-1"), adjusted(shop)) == ((11, 14), (3, 1), [])
    assert summary["entities"]["stock"]["held"] == 2
    asked = {row["sku"]: row["hold_id"] for row in shop.decide("holds") if row["class"] == "adopt"}
    shop.till.sell("MUG-1", 1)
    shop.decide("holds approve", ids=[asked["MUG-1"]])
    shop.decide("holds reject", ids=[asked["CAP-1"]])
    told = headed(shop.sync(only=ALL))
    assert (levels(shop), adjusted(shop)) == ((13, 13), [("MUG-1", 3)])
    assert {check: line.split(";")[-1].strip() for check, (line,) in told.items()} == {
        "unexplained_drop": "the till's level was written",
        "adopted_rise": "taken to the till as a count",
    }
    shop.sync(only=ALL)
    shop.forget()
    shop.sync(only=ALL, full=True)
    assert (levels(shop), levels(shop, "CAP-1"), shop.writes()) == ((13, 13), (3, 3), [])
    assert [(row["sku"], row["state"]) for row in shop.decide("holds all")] == [
        ("CAP-1", "superseded"),
        ("MUG-1", "applied"),
    ]


@pytest.mark.invariant("I-10")
def test_units_that_orders_moved_in_the_store_are_never_taken_to_the_till(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    shop.store.set_status(number, 5)
    shop.store.set_level("MUG-1", 10)
    for _ in range(3):
        told = shop.sync(only=ALL)
    assert (levels(shop), adjusted(shop)) == ((12, 12), [])
    shop.store.place_order([("CAP-1", 2)], "jane@buyer.example", **PAID)
    shop.sync(only=("products", "stock"), full=True)
    assert drift(shop)[-1] == (2, "open")
    for _ in range(3):
        told = shop.sync(only=ALL)
    assert (levels(shop, "CAP-1"), adjusted(shop), warned(told)) == ((1, 1), [], [])
    assert drift(shop)[-1] == (2, "explained")


@dataclass
class Mute(BaseAdapter):
    """A till that takes an adjustment in and does not say so."""

    real: BaseAdapter

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        answer = self.real.send(request, *args, **more)
        if request.method == "POST" and "/stock_adjustments" in (request.url or ""):
            raise requests.ConnectionError("it was gone")
        return answer

    def close(self) -> None:
        self.real.close()


@pytest.mark.invariant("I-18")
@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("lost", [False, True])
def test_a_level_that_reached_the_till_unheard_is_not_taken_there_twice(shop: Any, lost: bool) -> None:
    shop.store.set_level("MUG-1", 5)
    shop.sync(only=ALL, full=True)
    heard = shop.adapters["lightspeed_x"]
    shop.adapters["lightspeed_x"] = Mute(heard)
    shop.sync(only=ALL)
    shop.adapters["lightspeed_x"] = heard
    if lost:
        shop.lose("warehouse.duckdb")
    shop.sync(only=ALL, yes=True)
    shop.sync(only=ALL, yes=True)
    assert (levels(shop), adjusted(shop)) == ((5, 5), [("MUG-1", -7)])


def test_a_level_of_several_outlets_is_not_taken_to_any_of_them(make_world: Callable[..., Any]) -> None:
    world = make_world(
        MUG, on_shop_drift="adopt", stock_scope="combined", outlets=["Main Outlet", "Second"], register="Main Register"
    )
    world.till.add_outlet("Second")
    with pytest.raises(MistakeInFiles, match="several outlets feed one location"):
        world.sync(only=ALL)
