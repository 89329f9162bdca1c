"""An order that was read wrongly once is read again: it is not lost, and its units are not sold twice."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG

ALL = ("products", "stock", "orders")


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A till and a store in step."""
    world = make_world(MUG, CAP)
    world.settings["connected_on"] = "2026-03-01"
    world.sync(only=ALL)
    return world


def quantities(world: Any) -> list[tuple[str, Decimal]]:
    """What the till recorded of orders."""
    sales = [sale for sale in world.till.sales() if (sale["invoice_number"] or "").startswith("WEB-")]
    return [(line["sku"], Decimal(line["quantity"])) for sale in sales for line in sale["lines"]]


def test_lines_that_do_not_come_to_their_number_are_read_again_at_once(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example")
    shop.store.faults.script("F25", path=f"/orders/{number}/products", variant=0)
    shop.sync(only=ALL)
    assert quantities(shop) == [("MUG-1", Decimal(3)), ("CAP-1", Decimal(1))]
    assert (shop.store.level("MUG-1"), shop.store.level("CAP-1")) == (9, 2)


def test_an_order_set_aside_for_its_lines_is_read_again_by_the_next_run(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example")
    shop.store.faults.script("F25", path=f"/orders/{number}/products", variant=0, times=2)
    assert shop.sync(only=ALL)["entities"]["orders"]["quarantined"] == 1
    assert shop.sync(only=ALL)["entities"]["orders"]["created"] == 1
    assert quantities(shop) == [("MUG-1", Decimal(3)), ("CAP-1", Decimal(1))]
    assert (shop.store.level("MUG-1"), shop.store.level("CAP-1")) == (9, 2)
