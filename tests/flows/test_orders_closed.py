"""What was sent for an order and never answered is not waited for without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import MUG

ALL = ("products", "stock", "orders")


@pytest.mark.invariant("I-17")
def test_a_customer_whose_creation_was_not_answered_is_not_looked_for_for_ever(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG)
    shop.settings["connected_on"] = "2026-03-01"
    shop.sync(only=ALL)
    shop.store.place_order([("MUG-1", 1)], "jane@buyer.example")
    shop.till.faults.script("F2", method="POST", path="/customers")
    shop.sync(only=ALL)
    assert [row["level"] for row in shop.rows("FROM sync.unknown")] == ["customer"]
    for _ in range(2):
        shop.sync(only=ALL)
    assert shop.rows("FROM sync.unknown") == []
