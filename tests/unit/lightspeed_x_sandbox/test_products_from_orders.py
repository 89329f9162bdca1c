"""Products that an order makes: ones the till lacks, and Shipping, Handling, Wrapping, which hold no stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .booth import Booth


def make(booth: Booth, **more: Any) -> str:
    (key,) = booth.call("POST", "/products", {"name": "Shipping", "sku": "SHIPPING", **more})
    return str(key)


def test_product_is_tracked_when_it_is_made_and_a_second_call_says_that_it_is_not(booth: Booth) -> None:
    """No member of a create says so (O7); the till's own name for it is a member of the update."""
    key = make(booth, price_excluding_tax=9)
    assert booth.get(f"/products/{key}")["has_inventory"] is True
    booth.call("PUT", f"/products/{key}", {"common": {"track_inventory": False}})
    made = booth.book(booth.line("MUG", 1), booth.line("SHIPPING", 1, "9"))
    assert booth.get(f"/products/{key}")["has_inventory"] is False
    assert booth.get(f"/inventory/{key}") == []
    assert made["totals"]["price"] == Decimal("21.5")


def test_product_made_from_an_order_starts_at_0_and_goes_below(booth: Booth) -> None:
    (key,) = booth.call("POST", "/products", {"name": "Hat", "sku": "HAT-1", "price_excluding_tax": Decimal("7.5")})
    booth.book(booth.line("HAT-1", 2, "7.5"))
    (row,) = booth.get(f"/inventory/{key}")
    assert row["current_inventory_level"] == -2
    assert [one["id"] for one in booth.get("/products?sku=HAT-1")] == [key]
    assert booth.ask("POST", "/products", {"name": "Hat 2", "sku": "HAT-1"})[0] == 422


def test_product_has_a_tax_of_its_own_where_it_is_named(booth: Booth) -> None:
    booth.machine.add_tax("VAT", "0.15")
    row = {"outlet_id": booth.machine.outlet_id("Main Outlet"), "tax_id": booth.tax("VAT")}
    key = make(booth, outlet_taxes=[row])
    (shown,) = booth.get("/outlet_taxes")
    assert {name: shown[name] for name in ("outlet_id", "product_id", "tax_id")} == {**row, "product_id": key}
    booth.call("PUT", f"/products/{key}", {"details": {"outlet_taxes": [{**row, "tax_id": ""}]}})
    assert booth.get("/outlet_taxes") == []


def test_tax_inclusive_retailer_names_one_tax_for_all_outlets(booth: Booth) -> None:
    booth.machine.add_tax("VAT", "0.15")
    booth.machine.set_retailer(tax_exclusive=False)
    key = make(booth, price_including_tax=9, all_outlets_tax={"tax_id": booth.tax("VAT"), "is_default": False})
    assert {row["outlet_id"] for row in booth.get("/outlet_taxes")} == {
        booth.machine.outlet_id(name) for name in ("Main Outlet", "Harbour")
    }
    booth.call("PUT", f"/products/{key}", {"details": {"all_outlets_tax": {"tax_id": ""}}})
    assert booth.get("/outlet_taxes") == []


@pytest.mark.parametrize("exclusive", [True, False])
def test_tax_that_is_none_or_of_the_other_kind_of_retailer_is_refused(booth: Booth, exclusive: bool) -> None:
    outlet, tax, unknown = booth.machine.outlet_id("Main Outlet"), booth.tax(), "00000000-0000-4000-8000-000000000000"
    booth.machine.set_retailer(tax_exclusive=exclusive)
    some = [
        {"outlet_taxes": [{"outlet_id": outlet, "tax_id": tax if not exclusive else unknown}]},
        {"outlet_taxes": [{"outlet_id": unknown, "tax_id": tax}]},
        {"all_outlets_tax": {"tax_id": tax if exclusive else unknown}},
    ]
    for body in some:
        assert booth.ask("POST", "/products", {"name": "Shipping", **body})[0] == 422
        assert booth.ask("PUT", f"/products/{booth.machine.product('MUG').id}", {"details": body})[0] == 422
    assert booth.get("/outlet_taxes") == []


def test_retailer_has_four_payment_types_and_a_number_does_not_tell_them_apart(booth: Booth) -> None:
    types = booth.get("/payment_types")
    assert [row["name"] for row in types] == ["Cash", "Card", "Online", "Other"]
    assert len({row["id"] for row in types}) == 4
    assert len({row["type_id"] for row in types}) == 3
