"""A product that is deleted at the till after it was sold holds no order up, and nothing of it is sold anew."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG

ALL = ("products", "stock", "orders")


@pytest.mark.rule("S001-18")
@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-4")
def test_an_order_of_a_deleted_product_can_still_be_edited_and_money_ties(make_world: Callable[..., Any]) -> None:
    shop = make_world(MUG, CAP)
    shop.settings["connected_on"] = "2026-03-01"
    shop.sync(only=ALL)
    number = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example")
    shop.sync(only=ALL)
    shop.till.delete("MUG-1", whole_family=True)
    shop.store.edit_order(number, [{"line": 1, "quantity": 2}])
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 0, "quantity": 2}])
    shop.sync(only=ALL)
    told = shop.sync(only=ALL)
    sales = [sale for sale in shop.till.sales() if (sale["invoice_number"] or "").startswith("WEB-")]
    lines = [[(line["sku"], Decimal(line["quantity"])) for line in sale["lines"]] for sale in sales]
    assert lines == [
        [("MUG-1", Decimal(3)), ("CAP-1", Decimal(1))],
        [("CAP-1", Decimal(1))],
        [("TILLSYNC-PLACEHOLDER", Decimal(-1))],
    ]
    assert sum(sale["total"] + sale["tax"] for sale in sales) == Decimal(shop.store.order(number)["total_inc_tax"])
    assert (told["entities"]["orders"]["failed"], shop.till.level("CAP-1")) == (0, 1)
