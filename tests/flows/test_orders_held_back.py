"""Units that are held back for orders come free again, and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import MUG

ALL = ("products", "stock", "orders")


@pytest.mark.invariant("I-7")
def test_an_order_that_was_lowered_and_then_cancelled_gives_all_its_units_back(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG)
    shop.settings["connected_on"] = "2026-03-01"
    shop.sync(only=ALL)
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example")
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 0, "quantity": 2}])
    shop.sync(only=ALL)
    shop.store.cancel(number)
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12, 12)
