"""Stock with orders about: the till's level rules, an online sale takes it once, a till sale is never an order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.selling import ALL, PAID, by_order, sales, states

SKUS = ("MUG-1", "CAP-1", "SH-S", "SH-M")


def levels(shop: Any) -> list[tuple[int, int]]:
    """Level at the till and in the store of every product."""
    return [(int(shop.till.level(sku)), shop.store.level(sku)) for sku in SKUS]


@pytest.mark.rule("S000-05", "S000-09", "S001-06", "S001-10", "S001-24", "S001-52")
@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-9")
def test_levels_of_both_sides_tie_through_sales_counts_orders_and_cancellations(shop: Any) -> None:
    first = shop.store.place_order([("MUG-1", 3), ("SH-S", 2), ("SH-M", 1)], **PAID)
    shop.till.sell("MUG-1", 2)
    shop.till.adjust("CAP-1", 4)
    shop.sync(only=ALL)
    assert levels(shop) == [(7, 7), (7, 7), (3, 3), (6, 6)]
    second = shop.store.place_order([("MUG-1", 1), ("CAP-1", 2)], **PAID)
    shop.store.cancel(first)
    shop.store.set_level("SH-M", 40)
    shop.wait(60)
    shop.sync(only=ALL, full=True)
    shop.sync(only=ALL)
    assert levels(shop) == [(9, 9), (5, 5), (5, 5), (7, 7)]
    assert {number: sale["state"] for number, sale in by_order(shop).items()} == {first: "voided", second: "closed"}


@pytest.mark.rule("S001-17", "S001-25", "S001-52")
@pytest.mark.invariant("I-20")
def test_what_is_made_or_sold_at_the_till_is_never_an_order_and_our_own_sales_and_products_no_news(shop: Any) -> None:
    shop.store.make_product(name="Online only", price=20, sku="WEB-ONLY", inventory_tracking="product")
    shop.store.set_level("WEB-ONLY", 9)
    products = len(shop.store.store.products)
    placed = [shop.store.place_order([(sku, units)], **PAID) for sku, units in (("CAP-1", 1), ("WEB-ONLY", 2))]
    shop.sync(only=ALL)
    assert int(shop.till.level("WEB-ONLY")) == -2
    shop.till.sell("MUG-1", 5)
    shop.till.sell("SH-S", -1)
    shop.forget()
    for full in (False, True):
        assert states(shop.sync(only=ALL, full=full)) == {"unchanged": 2, "observed": 2}
    assert shop.store.order_ids() == placed
    assert levels(shop) == [(7, 7), (2, 2), (6, 6), (7, 7)]
    assert len(sales(shop)) == 2
    assert all("/orders" not in path for _, path in shop.sent())
    assert (len(shop.store.store.products), shop.store.level("WEB-ONLY")) == (products, 7)
