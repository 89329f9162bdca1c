"""Orders of before the connection: asked for in words, shown first, and no stock moves (S001-46 to S001-50)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID, of_order, sales

SHIPPED, OPEN, CANCELLED = 2, 11, 5


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shop whose connection is as old as its first run, with a history of orders in the store."""
    world = make_world(MUG, CAP)
    world.settings |= {"connected_on": "2026-03-01", "import_all_orders": True, "confirm_history": "import all orders"}
    world.begin(ALL)
    return world


def place(world: Any, status: int, days: int, sku: str = "MUG-1") -> int:
    """An order of long ago; how its units left the shop then is not the till's concern now."""
    long_ago = datetime(2023, 6, 1, tzinfo=UTC) + timedelta(days=days)
    number: int = world.store.place_order(
        [(sku, 2)], "jane@buyer.example", status=status, created=long_ago, payment=("Bank", "captured")
    )
    return number


def levels(world: Any, sku: str) -> tuple[int, int]:
    return int(world.till.level(sku)), world.store.level(sku)


@pytest.mark.rule("S001-47")
@pytest.mark.rule("S001-48")
@pytest.mark.rule("S001-49")
def test_history_waits_for_a_person_and_takes_no_unit_but_holds_those_that_are_still_in_the_shop(shop: Any) -> None:
    gone = [place(shop, SHIPPED, day) for day in range(3)]
    kept = place(shop, OPEN, 4, "CAP-1")
    place(shop, CANCELLED, 5)
    new = shop.store.place_order([("MUG-1", 1)], "new@buyer.example", **PAID)
    told = shop.sync(only=ALL)
    assert [sale["invoice_number"] for sale in sales(shop)] == [f"WEB-{new}-1"]
    held = shop.rows("SELECT class, item_id FROM sync.holds WHERE state = 'open' ORDER BY item_id")
    assert [(row["class"], row["item_id"]) for row in held] == [("history", str(number)) for number in (*gone, kept)]
    assert told["entities"]["orders"]["held"] == 4
    assert [one["email"] for one in shop.till.customers()] == ["new@buyer.example"]
    shop.wait(60)
    shop.sync(only=ALL, yes=True)
    found = {sale["invoice_number"]: sale for sale in sales(shop)}
    assert set(found) == {f"WEB-{number}-1" for number in (*gone, kept, new)}
    assert {found[f"WEB-{number}-1"]["state"] for number in gone} == {"closed"}
    assert all("MUG-1" in str(found[f"WEB-{number}-1"]) for number in gone)
    shop.wait(60)
    shop.sync(only=ALL)
    assert (levels(shop, "MUG-1"), levels(shop, "CAP-1")) == ((11, 11), (3, 1))
    assert len(sales(shop)) == 5

    shop.till.set_level("CAP-1", "Main Outlet", 1)
    shop.store.set_status(kept, SHIPPED)
    for _ in range(2):
        shop.sync(only=ALL)
        shop.wait(60)
    assert levels(shop, "CAP-1") == (1, 1)
    shop.store.set_status(kept, CANCELLED)
    for _ in range(2):
        shop.sync(only=ALL)
        shop.wait(60)
    assert [sale["state"] for sale in of_order(shop, kept)] == ["voided"]
    assert (levels(shop, "MUG-1"), levels(shop, "CAP-1")) == ((11, 11), (1, 1))


@pytest.mark.rule("S001-49")
def test_history_that_is_to_take_stock_takes_it_once_it_is_confirmed(shop: Any) -> None:
    shop.settings |= {
        "historical_stock_effect": "deduct", "confirm_history": "import all orders and take their stock",
    }  # fmt: skip
    place(shop, SHIPPED, 0)
    shop.sync(only=ALL)
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12, 12)
    for _ in range(2):
        shop.sync(only=ALL, yes=True)
        shop.wait(60)
    (sale,) = sales(shop)
    assert Decimal(sale["lines"][0]["quantity"]) == 2
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 10)
