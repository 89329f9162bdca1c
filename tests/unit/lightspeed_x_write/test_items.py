"""Products an order needs: one for each SKU, without stock where it holds none, however the calls end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .desk import Desk

SHIPPING: dict[str, Any] = {"name": "Shipping", "sku": "Shipping", "price": "900", "tracked": False}
HAT: dict[str, Any] = {"name": "Hat", "sku": "HAT-1", "price": "750", "tracked": True}


def only(desk: Desk, sku: str) -> Any:
    (found,) = [one for one in desk.machine.till.products.items.values() if one.sku == sku and not one.deleted_at]
    return found


def test_helper_is_made_once_and_holds_no_stock(desk: Desk) -> None:
    receipts = [desk.do("item", "create", SHIPPING)]
    made = only(desk, "Shipping")
    assert (made.price, made.tracked) == (9, False)
    receipts += [desk.do("item", "create", SHIPPING) for _ in range(2)]
    assert [one.outcome for one in receipts] == ["ok", "exists", "exists"]
    assert {one.target_id for one in receipts} == {made.id}
    assert desk.writes() == []


def test_product_of_an_order_line_is_tracked(desk: Desk) -> None:
    receipt = desk.do("item", "create", HAT)
    made = only(desk, "HAT-1")
    assert (receipt.outcome, receipt.target_id, made.tracked) == ("ok", made.id, True)
    assert (made.price, desk.machine.level("HAT-1")) == (Decimal("7.5"), 0)


def test_product_that_is_there_is_taken_as_it_is(desk: Desk) -> None:
    receipt = desk.do("item", "create", {**HAT, "name": "Cup", "sku": " MUG "})
    assert (receipt.outcome, receipt.target_id) == ("exists", desk.machine.product("MUG").id)
    assert desk.writes() == []


@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
def test_product_is_made_once_though_the_answer_was_lost(desk: Desk, fault: str) -> None:
    desk.machine.faults.script(fault, method="POST", path="/products")
    assert desk.do("item", "create", SHIPPING).outcome == "unknown"
    desk.clock.advance(120)
    second = desk.do("item", "create", SHIPPING)
    assert second.outcome == ("ok" if fault == "F2" else "exists")
    desk.clock.advance(3600)
    assert (only(desk, "Shipping").id, only(desk, "Shipping").tracked) == (second.target_id, False)


@pytest.mark.parametrize("fault", ["F2", "F3"])
def test_tracking_that_was_not_turned_off_is_turned_off_by_the_next_row(desk: Desk, fault: str) -> None:
    desk.machine.faults.script(fault, method="PUT", path="/products")
    first = desk.do("item", "create", SHIPPING)
    assert (first.outcome, first.target_id) == ("unknown", only(desk, "Shipping").id)
    second = desk.do("item", "create", SHIPPING)
    assert (second.outcome, [one.method for one in desk.writes()]) == ("exists", ["PUT"] if fault == "F2" else [])
    assert only(desk, "Shipping").tracked is False


@pytest.mark.rule("S001-17")
@pytest.mark.parametrize("item", [SHIPPING, HAT], ids=["helper", "product"])
def test_a_product_the_till_took_and_did_not_keep_is_made_by_the_next_row(desk: Desk, item: dict[str, Any]) -> None:
    desk.machine.faults.script("F23", method="POST", path="/products")
    first = desk.do("item", "create", item)
    assert first.outcome in {"unknown", "rejected"}
    assert [one for one in desk.machine.till.products.items.values() if one.sku == item["sku"]] == []
    second = desk.do("item", "create", item)
    assert (second.outcome, second.target_id) == ("ok", only(desk, item["sku"]).id)


def test_tracking_the_till_said_it_turned_off_and_did_not_is_turned_off_by_the_next_row(desk: Desk) -> None:
    desk.machine.faults.script("F23", method="PUT", path="/products")
    first = desk.do("item", "create", SHIPPING)
    assert (first.outcome, first.target_id, only(desk, "Shipping").tracked) == (
        "unknown", only(desk, "Shipping").id, True,
    )  # fmt: skip
    assert desk.do("item", "create", SHIPPING).outcome == "exists"
    assert only(desk, "Shipping").tracked is False


def test_product_the_index_does_not_show_yet_is_found_by_the_list(desk: Desk) -> None:
    desk.machine.switches["search_lag"] = 600.0
    first, second = desk.do("item", "create", SHIPPING), desk.do("item", "create", SHIPPING)
    assert (first.outcome, second.outcome) == ("ok", "exists")
    assert first.target_id == second.target_id == only(desk, "Shipping").id


def test_sku_in_another_spelling_is_not_guessed(desk: Desk) -> None:
    receipt = desk.do("item", "create", {**HAT, "sku": "mug"})
    assert (receipt.outcome, desk.writes()) == ("rejected", [])
    assert "another spelling" in str(receipt.message)
    assert "Mug" in str(receipt.message)


def test_sku_of_two_products_is_not_guessed(desk: Desk) -> None:
    desk.machine.add_product("Cup", sku="CUP", price="1")
    desk.machine.till.unindex_codes(desk.machine.product("CUP"))
    record = next(one for one in desk.machine.till.products.items.values() if one.sku == "CUP")
    record.sku = "MUG"
    desk.machine.till.index_codes(record)
    desk.machine.till.touch([record])
    receipt = desk.do("item", "create", {**HAT, "sku": "MUG"})
    assert (receipt.outcome, desk.writes()) == ("rejected", [])
    assert "2 products" in str(receipt.message)


def test_name_of_another_product_does_not_hold_the_order(desk: Desk) -> None:
    receipt = desk.do("item", "create", {**HAT, "name": "Mug"})
    made = only(desk, "HAT-1")
    assert (receipt.outcome, receipt.target_id) == ("ok", made.id)
    assert desk.machine.till.families[made.family_id].name == "Mug (HAT-1)"
    assert "Mug (HAT-1)" in str(receipt.message)


@pytest.mark.parametrize("sku", [None, "", " "])
def test_product_without_a_sku_is_not_made_again_and_again(desk: Desk, sku: str | None) -> None:
    receipt = desk.do("item", "create", {**HAT, "sku": sku})
    assert (receipt.outcome, desk.wire.sent) == ("rejected", [])


@pytest.mark.parametrize("exclusive", [True, False])
def test_product_gets_its_tax_at_every_outlet(desk: Desk, exclusive: bool) -> None:
    desk.machine.set_retailer(tax_exclusive=exclusive)
    tax = desk.found("taxes", "VAT")
    desk.do("item", "create", {**HAT, "tax_id": tax})
    taxes = {row["outlet_id"]: row["tax_id"] for row in only(desk, "HAT-1").outlet_taxes}
    assert taxes == {desk.machine.outlet_id(name): tax for name in ("Main Outlet", "Harbour")}


def test_product_that_was_deleted_is_made_anew(desk: Desk) -> None:
    first = desk.do("item", "create", HAT)
    desk.machine.delete("HAT-1")
    second = desk.do("item", "create", HAT)
    assert second.outcome == "ok"
    assert second.target_id != first.target_id
