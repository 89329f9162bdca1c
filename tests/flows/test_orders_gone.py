"""What is deleted at the till after it was sold, a product or a tax, holds no order up, and nothing is sold anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.flows.selling import ALL, came_to, lines, sales, states


@pytest.mark.rule("S001-18")
@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-4")
def test_an_order_of_a_product_that_is_deleted_and_made_again_is_followed_and_money_ties(shop: Any) -> None:
    shop.settings["unknown_item"] = "hold"
    number = shop.store.place_order([("MUG-1", 3), ("CAP-1", 1)], "jane@buyer.example")
    shop.sync(only=ALL)
    shop.till.delete("MUG-1", whole_family=True)
    shop.store.edit_order(number, [{"line": 1, "quantity": 2}])
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 0, "quantity": 2}])
    shop.sync(only=ALL)
    shop.till.add_product("Mug", sku="MUG-1", price="9.50", quantity=7)
    shop.store.set_status(number, 9)
    told = shop.sync(only=ALL)
    assert [lines(sale) for sale in sales(shop)] == [
        [("CAP-1", Decimal(1)), ("MUG-1", Decimal(3))],
        [("CAP-1", Decimal(1))],
        [("TILLSYNC-PLACEHOLDER", Decimal(-1))],
    ]
    assert sum(came_to(sale) for sale in sales(shop)) == Decimal(shop.store.order(number)["total_inc_tax"])
    assert (told["entities"]["orders"]["failed"], shop.till.level("CAP-1")) == (0, 1)
    shop.store.cancel(number)
    shop.sync(only=ALL)
    assert {sale["state"] for sale in sales(shop)} == {"voided"}
    assert (shop.till.level("MUG-1"), shop.till.level("CAP-1")) == (7, 3)


@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-4")
def test_an_order_of_a_deleted_tax_can_still_be_edited_and_paid(shop: Any) -> None:
    shop.till.add_tax("GST", "0.20")
    shop.till.add_tax("VAT", "0.05")
    shop.store.set_tax_rates(("GST", "20"))
    number = shop.store.place_order([("MUG-1", 2)], status=7, payment=("Bank", "authorized"))
    shop.sync(only=ALL)
    shop.till.delete_tax("GST")
    shop.store.edit_order(number, [{"line": 0, "quantity": 3}])
    shop.store.capture(number)
    assert states(shop.sync(only=ALL)) == {"updated": 1, "observed": 1}
    found = [(lines(sale), came_to(sale), Decimal(sale["paid"])) for sale in sales(shop)]
    whole = Decimal(shop.store.order(number)["total_inc_tax"])
    assert sorted(one[0] for one in found) == [[("MUG-1", Decimal(1))], [("MUG-1", Decimal(2))]]
    assert (sum(one[1] for one in found), sum(one[2] for one in found)) == (whole, whole)
    shop.till.calls.clear()
    shop.sync(only=ALL)
    assert [call.path for call in shop.till.calls if "/taxes/" in call.path] == []
