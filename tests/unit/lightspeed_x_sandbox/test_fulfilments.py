"""Fulfilments of the X-Series sandbox: stock moves when goods leave, a sale closes when all of them have."""

from __future__ import annotations

from typing import Any

import pytest

from .booth import ID, Booth


def order(booth: Booth, *lines: dict[str, Any], way: str = "pickup", **more: Any) -> Any:
    return booth.book(*(lines or (booth.line("MUG", 3),)), state="pending", attributes=[way], **more)


def only(booth: Booth, sale: Any) -> Any:
    (found,) = booth.get(f"/fulfillments?sale_id={sale['id']}")
    return found


def step(booth: Booth, name: str, one: Any, quantity: Any, version: int | None = None) -> tuple[int, Any]:
    row = {"sale_line_item_id": one["line_items"][0]["sale_line_item_id"], "quantity": quantity}
    body = {"version": one["version"] if version is None else version, "line_items": [row]}
    return booth.ask("POST", f"/fulfillments/{one['id']}/{name}", body)


def test_stock_moves_with_each_part_that_leaves_and_the_last_one_closes_the_sale(booth: Booth) -> None:
    sale = order(booth)
    one = only(booth, sale)
    assert (one["type"], one["state"], booth.machine.level("MUG")) == ("PICKUP", "OPEN", 10)
    assert step(booth, "fulfill", one, 1)[0] == 200
    one = only(booth, sale)
    assert (one["state"], booth.machine.level("MUG")) == ("STARTED", 9)
    assert booth.get(f"/sales/{sale['id']}")["state"] == "pending"
    assert step(booth, "fulfill", one, 2)[0] == 200
    assert (only(booth, sale)["state"], booth.machine.level("MUG")) == ("FULFILLED", 7)
    assert booth.get(f"/sales/{sale['id']}")["state"] == "closed"


def test_fulfilling_a_whole_sale_twice_moves_stock_once(booth: Booth) -> None:
    sale = order(booth, way="delivery")
    first = booth.call("POST", "/fulfillments/fulfill", {"sale_id": sale["id"]})
    assert booth.call("POST", "/fulfillments/fulfill", {"sale_id": sale["id"]}) == first
    assert (booth.machine.level("MUG"), only(booth, sale)["type"]) == (7, "DISPATCH")
    assert booth.get(f"/sales/{sale['id']}")["state"] == "closed"


def test_same_step_again_is_done_once_and_an_old_version_is_a_conflict(booth: Booth) -> None:
    sale = order(booth)
    one = only(booth, sale)
    assert step(booth, "fulfill", one, 1) == step(booth, "fulfill", one, 1)
    assert step(booth, "fulfill", one, 2)[0] == 409
    assert booth.machine.level("MUG") == 9


def test_picking_and_packing_move_no_stock_and_can_be_taken_back(booth: Booth) -> None:
    sale = order(booth)
    states = []
    for name, quantity in (("pick", 3), ("pack", 3), ("pack", -1), ("pick", -1)):
        assert step(booth, name, only(booth, sale), quantity)[0] == 200
        states.append(only(booth, sale)["state"])
    assert states == ["PICKED", "PACKED", "PICKED", "STARTED"]
    assert booth.machine.level("MUG") == 10


@pytest.mark.parametrize(("name", "quantity"), [("fulfill", 4), ("pick", 4), ("pack", -1), ("fulfill", -1)])
def test_more_than_there_is_cannot_leave(booth: Booth, name: str, quantity: int) -> None:
    sale = order(booth)
    assert step(booth, name, only(booth, sale), quantity)[0] == 400
    assert (booth.machine.level("MUG"), only(booth, sale)["version"]) == (10, 1)


def test_breakdown_that_does_not_add_up_is_refused(booth: Booth) -> None:
    one = only(booth, order(booth))
    parts = {"quantity_from_not_started": 1, "quantity_from_picked": 0, "quantity_from_packed": 0}
    key = one["line_items"][0]["sale_line_item_id"]
    row = {"sale_line_item_id": key, "quantity": 2, "source_breakdown": parts}
    path = f"/fulfillments/{one['id']}/fulfill"
    assert booth.ask("POST", path, {"version": 1, "line_items": [row]})[0] == 400
    parts["quantity_from_not_started"] = 2
    assert booth.ask("POST", path, {"version": 1, "line_items": [row, row]})[0] == 400
    assert booth.ask("POST", path, {"version": 1, "line_items": [row]})[0] == 200


def test_what_cannot_be_fulfilled_is_refused(booth: Booth) -> None:
    plain, gone = booth.book(), order(booth)
    booth.put(gone["id"], "voided")
    assert booth.ask("POST", "/fulfillments/fulfill", {"sale_id": ID.format(9)})[0] == 404
    for sale in (plain, gone):
        assert booth.ask("POST", "/fulfillments/fulfill", {"sale_id": sale["id"]})[0] == 409
    assert booth.get("/fulfillments") == []


def test_every_outlet_and_way_has_its_own_fulfilment(booth: Booth) -> None:
    harbour = booth.machine.outlet_id("Harbour")
    lines = [
        booth.line("MUG", 1),
        booth.line("MUG", 2, fulfilment_outlet_id=harbour),
        booth.line("TEE", 1, 20, _metadata={"fulfillment_method": "DISPATCH"}),
    ]
    sale = order(booth, *lines)
    found = {(row["outlet_id"], row["type"]): row for row in booth.get("/fulfillments")}
    main = booth.machine.outlet_id("Main Outlet")
    assert set(found) == {(main, "PICKUP"), (harbour, "PICKUP"), (main, "DISPATCH")}
    assert [row["outlet_id"] for row in booth.get(f"/fulfillments?outlet_id={harbour}")] == [harbour]
    step(booth, "fulfill", found[harbour, "PICKUP"], 2)
    assert (booth.levels("MUG"), booth.get(f"/sales/{sale['id']}")["state"]) == ((10, -2), "pending")
    booth.put(sale["id"], "voided")
    assert booth.levels("MUG") == (10, 0)


def test_edited_order_keeps_what_has_left(booth: Booth) -> None:
    line = booth.line("MUG", 3, id=ID.format(1))
    sale = order(booth, line)
    step(booth, "fulfill", only(booth, sale), 1)
    late = {**line, "quantity": 2, "_metadata": {"fulfillment_method": "DISPATCH"}}
    booth.put(sale["id"], "pending", line_items=[late, booth.line("TEE", 1, 20)])
    parts = only(booth, sale)["line_items"]
    assert [(part["quantity"], part["fulfilled_quantity"]) for part in parts] == [("2", "1"), ("1", "0")]
    assert booth.machine.level("MUG") == 9


def test_fulfilment_of_goods_that_were_edited_away_is_gone(booth: Booth) -> None:
    harbour = booth.machine.outlet_id("Harbour")
    sale = order(booth)
    booth.put(sale["id"], "pending", line_items=[booth.line("MUG", 1, fulfilment_outlet_id=harbour)])
    assert only(booth, sale)["outlet_id"] == harbour


def test_discount_is_nothing_that_leaves(booth: Booth) -> None:
    discount = booth.get("/retailer")["discount_product_id"]
    sale = order(booth, booth.line("MUG", 1), booth.line(product=discount, quantity=1, price=-5))
    assert len(only(booth, sale)["line_items"]) == 1


def test_on_account_order_stays_open_until_it_is_paid(booth: Booth) -> None:
    sale = booth.book(state="pending", attributes=["onaccount", "delivery"])
    booth.call("POST", "/fulfillments/fulfill", {"sale_id": sale["id"]})
    assert (booth.get(f"/sales/{sale['id']}")["state"], booth.machine.level("MUG")) == ("pending", 8)
    booth.put(sale["id"], "closed", payments=[booth.paid(25)])
    assert booth.machine.level("MUG") == 8


@pytest.mark.parametrize("query", ["page_size=101", "page_number=0", "fulfillment_state=DONE", "fulfillment_type=POST"])
def test_wrong_filter_is_refused(booth: Booth, query: str) -> None:
    assert booth.ask("GET", f"/fulfillments?{query}")[0] == 400
