"""What staff do at the till with a sale that was recorded for an order: seen, told, never doubled by itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID, of_order, states


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shop with an order of three mugs that is recorded at the till."""
    world = make_world(MUG, CAP, connected_on="2026-03-01")

    def ordered(world: Any) -> None:
        world.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
        world.sync(only=ALL)
        world.sync(only=ALL)

    world.begin(ALL, ordered)
    return world


def number(world: Any) -> int:
    return int(world.store.order_ids()[0])


def levels(world: Any) -> tuple[Any, Any]:
    return world.till.level("MUG-1"), world.store.level("MUG-1")


def told(summary: dict[str, Any]) -> list[str]:
    return [line for one in summary["warnings"] if one["check"] == "changed_at_the_till" for line in one["says"]]


@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-9")
def test_a_sale_voided_by_hand_is_told_and_recorded_again_only_when_a_person_says_so(shop: Any) -> None:
    (sale,) = of_order(shop, number(shop))
    shop.till.void_sale(sale["id"])
    assert levels(shop) == (12, 9)
    for _ in range(2):
        summary = shop.sync(only=ALL)
        assert (levels(shop), len(of_order(shop, number(shop))), states(summary)) == (
            (12, 9),
            1,
            {"held": 1, "observed": 1},
        )
        (line,) = told(summary)
        assert "was voided by hand at the till; it is not recorded again by itself" in line
        assert "stay held back until the order is sent or cancelled" in line
    ((said, state),) = [
        (row["said"], row["why"])
        for row in shop.rows("SELECT s.said, f.why FROM sales_by_hand AS s JOIN orders_in_flight AS f USING (order_id)")
    ]
    assert (said, "voided" in state) == ("voided by hand at the till", True)
    (hold,) = shop.decide("holds")
    assert hold["class"] == "voided_at_till"
    shop.decide("holds approve", ids=[hold["hold_id"]])
    summary = shop.sync(only=ALL)
    assert [(one["state"], one["invoice_number"][-2:]) for one in of_order(shop, number(shop))] == [
        ("voided", "-1"),
        ("closed", "-2"),
    ]
    for _ in range(2):
        shop.forget()
        summary = shop.sync(only=ALL)
    assert (levels(shop), shop.writes(), len(of_order(shop, number(shop))), told(summary)) == ((9, 9), [], 2, [])
    assert [row["state"] for row in shop.decide("holds all")] == ["applied"]


@pytest.mark.invariant("I-9")
@pytest.mark.parametrize("then", ["cancelled", "sent", "refused"])
def test_units_of_a_sale_voided_by_hand_are_free_once_the_order_needs_them_no_more(shop: Any, then: str) -> None:
    (sale,) = of_order(shop, number(shop))
    shop.till.void_sale(sale["id"])
    shop.sync(only=ALL)
    if then == "cancelled":
        shop.store.cancel(number(shop))
    elif then == "sent":
        shop.store.set_status(number(shop), 2)
    else:
        shop.decide("holds reject", ids=[row["hold_id"] for row in shop.decide("holds")])
    for _ in range(2):
        summary = shop.sync(only=ALL)
    assert len(of_order(shop, number(shop))) == 1
    assert levels(shop) == ((12, 9) if then == "refused" else (12, 12))
    assert not summary["entities"]["orders"]["failed"]
    if then == "refused":
        assert (told(summary), states(summary)) == ([], {"unchanged": 1, "observed": 1})


@pytest.mark.invariant("I-9")
def test_what_staff_take_back_at_the_till_is_told_once_and_given_back_once(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP, connected_on="2026-03-01", refund_documents="on")
    world.begin(ALL)
    number = world.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    world.sync(only=ALL)
    (sale,) = of_order(world, number)
    made = world.till.take_back(sale["id"], {"MUG-1": 1})
    assert world.till.level("MUG-1") == 10
    summary = world.sync(only=ALL)
    assert (levels(world), len(told(summary))) == ((10, 9), 1)
    assert "had 1 units returned at the till; they stay held back" in told(summary)[0]
    world.store.set_status(number, 2)
    world.sync(only=ALL)
    world.store.refund(number, {"MUG-1": 1})
    for _ in range(2):
        summary = world.sync(only=ALL)
    assert (levels(world), told(summary), states(summary)) == ((10, 10), [], {"unchanged": 1, "observed": 1})
    assert [one["id"] for one in world.till.sales() if one["return_for"] or one["total"] < 0] == [made]


def test_of_the_tills_own_sales_nothing_is_kept_and_none_are_read_before_there_is_one_of_ours(shop: Any) -> None:
    shop.till.sell("CAP-1", 1)
    shop.till.sell("CAP-1", 1)
    shop.sync(only=ALL)
    kept = shop.rows("SELECT record FROM raw_lightspeed_x.lightspeed_x_sales_raw ORDER BY version")
    assert ['"lines"' in row["record"] for row in kept] == [True, False]
    assert all("note" not in row["record"] and "customer" not in row["record"] for row in kept)
    assert Decimal(9) == shop.store.level("MUG-1")
