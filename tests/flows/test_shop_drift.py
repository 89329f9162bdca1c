"""Levels that fall in the store without an order: not offered again at once, put right in the end, never for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID


def drift(world: Any) -> list[tuple[Decimal, str]]:
    return [(row["units"], row["state"]) for row in world.rows("SELECT units, state FROM shop_drift ORDER BY since")]


def warned(summary: dict[str, Any]) -> list[str]:
    return [line for one in headed(summary).values() for line in one]


def headed(summary: dict[str, Any]) -> dict[str, list[str]]:
    """The warnings about levels that moved in the store alone: heading → lines."""
    return {one["check"]: one["says"] for one in summary["warnings"] if one["check"].endswith(("_drop", "_rise"))}


@pytest.mark.invariant("I-9")
def test_units_of_an_order_the_feed_does_not_show_yet_are_not_offered_again(shop: Any) -> None:
    shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    shop.till.sell("MUG-1", 1)
    unread = shop.sync(only=("products", "stock"))
    assert (shop.store.level("MUG-1"), drift(shop)) == (8, [(3, "open")])
    assert "3 fewer in the store" in warned(unread)[0]
    shop.sync(only=("products", "stock"))
    assert (shop.store.level("MUG-1"), drift(shop)) == (8, [(3, "open")])
    shop.sync(only=ALL)
    assert (shop.store.level("MUG-1"), drift(shop)) == (8, [(3, "explained")])
    assert warned(shop.sync(only=ALL)) == []
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (8, 8)


@pytest.mark.invariant("I-7")
@pytest.mark.invariant("I-8")
def test_a_level_lowered_by_hand_is_held_back_a_quarter_of_an_hour_and_then_the_tills_again(shop: Any) -> None:
    shop.store.set_level("MUG-1", 5)
    shop.till.sell("MUG-1", 1)
    shop.sync(only=ALL)
    assert (shop.store.level("MUG-1"), drift(shop)) == (4, [(7, "open")])
    (row,) = shop.rows("SELECT * FROM stock_three_way WHERE sku = 'MUG-1'")
    assert [row[name] for name in ("till_now", "unexplained", "safe_level")] == [11, 7, 4]
    shop.now -= timedelta(minutes=14)
    shop.forget()
    shop.sync(only=ALL)
    assert (shop.store.level("MUG-1"), shop.writes()) == (4, [])
    told = warned(shop.sync(only=ALL))
    assert (shop.store.level("MUG-1"), drift(shop)) == (11, [(7, "overwritten")])
    assert "the till's level was written" in told[0]
    shop.forget()
    assert warned(shop.sync(only=ALL, full=True)) == []
    assert (shop.store.level("MUG-1"), shop.writes()) == (11, [])


@pytest.mark.invariant("I-7")
def test_a_level_that_falls_in_every_run_is_put_right_once_it_stands_still(shop: Any) -> None:
    for level in (9, 6, 3):
        shop.store.set_level("MUG-1", level)
        shop.sync(only=ALL, full=True)
        assert shop.store.level("MUG-1") == level
    shop.sync(only=ALL)
    assert (shop.store.level("MUG-1"), drift(shop)) == (12, [(9, "overwritten")])
    shop.store.set_level("MUG-1", 20)
    shop.sync(only=ALL, full=True)
    assert (shop.store.level("MUG-1"), drift(shop)) == (12, [(9, "overwritten")])


@pytest.mark.invariant("I-9")
def test_a_drop_nobody_explains_is_held_back_until_a_person_lets_it_go(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG, CAP, connected_on="2026-03-01", on_shop_drift="hold")
    shop.begin(only=ALL)
    shop.store.set_level("MUG-1", 5)
    shop.store.set_level("CAP-1", 1)
    shop.sync(only=ALL, full=True)
    shop.till.sell("MUG-1", 1)
    told = shop.sync(only=ALL)
    assert [shop.store.level(sku) for sku in ("MUG-1", "CAP-1")] == [4, 1]
    assert len([line for line in warned(told) if "until a person decides" in line]) == 2
    asked = {row["sku"]: row["hold_id"] for row in shop.decide("holds") if row["class"] == "unexplained_drop"}
    assert sorted(asked) == ["CAP-1", "MUG-1"]
    shop.decide("holds approve", ids=[asked["MUG-1"]])
    shop.decide("holds reject", ids=[asked["CAP-1"]])
    for _ in range(2):
        told = shop.sync(only=ALL)
        assert [shop.store.level(sku) for sku in ("MUG-1", "CAP-1")] == [11, 1]
    assert [(row["sku"], row["state"]) for row in shop.decide("holds all")] == [
        ("CAP-1", "rejected"),
        ("MUG-1", "applied"),
    ]
    assert ["a person refused" in line for line in warned(told)] == [True]


def test_a_drop_is_not_let_go_by_a_word_of_four_days_ago(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG, CAP, connected_on="2026-03-01", on_shop_drift="hold")
    shop.begin(only=ALL)
    shop.store.set_level("MUG-1", 5)
    for _ in range(2):
        shop.sync(only=ALL, full=True)
    shop.decide("holds approve", ids=[row["hold_id"] for row in shop.decide("holds")])
    shop.wait(4 * 86400)
    for _ in range(2):
        shop.sync(only=ALL, full=True)
        assert shop.store.level("MUG-1") == 5
    assert [row["class"] for row in shop.decide("holds")] == ["unexplained_drop"]


@dataclass
class Mute(BaseAdapter):
    """A store that takes levels in and does not say so."""

    real: BaseAdapter

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        answer = self.real.send(request, *args, **more)
        if "/inventory/adjustments" in (request.url or ""):
            raise requests.ConnectionError("it was gone")
        return answer

    def close(self) -> None:
        self.real.close()


@pytest.mark.invariant("I-7")
def test_a_level_of_our_own_that_landed_unheard_is_no_drop(shop: Any) -> None:
    heard = shop.adapters["bigcommerce"]
    shop.adapters["bigcommerce"] = Mute(heard)
    shop.till.sell("MUG-1", 4)
    shop.sync(only=ALL)
    assert shop.store.level("MUG-1") == 8
    shop.adapters["bigcommerce"] = heard
    shop.sync(only=ALL)
    assert (shop.store.level("MUG-1"), drift(shop)) == (8, [])


def test_a_level_that_was_taken_back_is_asked_about_and_no_drop(shop: Any) -> None:
    shop.till.set_level("MUG-1", "Main Outlet", 20)
    wrote = shop.sync(only=ALL)
    shop.sync(only=ALL, undo=wrote["run_id"], yes=True)
    assert shop.store.level("MUG-1") == 12
    summary = shop.sync(only=ALL)
    assert (summary["entities"]["stock"]["held"], warned(summary), drift(shop)) == (1, [], [])
