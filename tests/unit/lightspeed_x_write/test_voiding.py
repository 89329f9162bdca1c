"""Voided sales: once, and whether their stock came back is told as far as it can be known (C-09)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.documents import Document
from pipelines.kit.platform import Receipt
from pipelines.kit.sandbox import from_json, to_json
from pipelines.platforms.lightspeed_x import SETTLE_SECONDS

from .desk import Desk


def restocked(receipt: Receipt) -> str:
    return receipt.created["sale"]["restocked"]


def recorded(desk: Desk, **more: Any) -> Document:
    document = desk.document(desk.line("1", "MUG", 3, 1000), desk.line("2", "TEE", 1, 2000), **more)
    desk.record(document)
    return document


@pytest.mark.parametrize(("restocks", "told", "level"), [(True, "yes", 10), (False, "no", 7)])
def test_voided_sale_tells_whether_its_stock_came_back(desk: Desk, restocks: bool, told: str, level: int) -> None:
    desk.machine.switches["void_restocks"] = restocks
    document = recorded(desk)
    receipt = desk.void(document)
    assert (receipt.outcome, restocked(receipt), desk.sale()["state"]) == ("ok", told, "voided")
    assert receipt.created["sale"]["version"] == str(desk.sale()["version"])
    assert desk.levels()[0] == level
    assert [one.method for one in desk.writes()] == ["PUT"]


def test_stock_that_shows_late_is_waited_for(desk: Desk) -> None:
    document = recorded(desk)
    desk.machine.switches["stock_lag"] = SETTLE_SECONDS - 1
    assert restocked(desk.void(document)) == "yes"


def test_stock_is_not_given_up_before_it_can_show(desk: Desk) -> None:
    desk.machine.switches["void_restocks"] = False
    document = recorded(desk)
    assert restocked(desk.void(document)) == "no"
    assert SETTLE_SECONDS <= sum(desk.waited) < 2 * SETTLE_SECONDS


def meanwhile(desk: Desk, act: Callable[[], object]) -> None:
    """Let something happen at the till just after the sale was voided."""
    handle = desk.machine.handle

    def busy(request: Any) -> Any:
        answer = handle(request)
        if request.method == "PUT":
            act()
        return answer

    desk.machine.handle = busy  # type: ignore[method-assign]


@pytest.mark.parametrize("restocks", [True, False])
def test_sale_at_the_till_meanwhile_is_not_taken_for_stock_that_came_back(desk: Desk, restocks: bool) -> None:
    desk.machine.switches["void_restocks"] = restocks
    document = recorded(desk)
    meanwhile(desk, lambda: desk.machine.sell("MUG"))
    assert restocked(desk.void(document)) == "unknown"


def test_a_product_that_is_shown_without_a_level_does_not_end_the_run_and_the_others_are_judged(desk: Desk) -> None:
    document = recorded(desk)
    handle, tee = desk.machine.handle, desk.machine.product("TEE").id

    def without(request: Any) -> Any:
        answer = handle(request)
        if not request.path.endswith(f"/inventory/{tee}"):
            return answer
        rows = from_json(answer.body)
        rows = rows["data"] if isinstance(rows, dict) else rows
        left = [{name: value for name, value in row.items() if name != "current_inventory_level"} for row in rows]
        return replace(answer, body=to_json(left))

    desk.machine.handle = without  # type: ignore[method-assign]
    receipt = desk.void(document)
    assert (receipt.outcome, restocked(receipt)) == ("ok", "yes")


def test_only_some_of_the_products_came_back(desk: Desk) -> None:
    document = recorded(desk)
    desk.machine.till.products.live(desk.machine.product("TEE").id).tracked = False  # type: ignore[union-attr]
    assert restocked(desk.void(document)) == "unknown"


@pytest.mark.parametrize("restocks", [True, False])
def test_return_that_is_voided_takes_the_stock_again(desk: Desk, restocks: bool) -> None:
    desk.machine.switches["void_restocks"] = restocks
    document = recorded(desk, kind="return")
    receipt = desk.void(document)
    assert (restocked(receipt), desk.levels()[0]) == (("yes", 10) if restocks else ("no", 13))


def test_level_of_another_outlet_says_nothing(desk: Desk) -> None:
    desk.machine.switches["void_restocks"] = False
    document = desk.document(register_id=desk.found("registers", "Harbour 1"))
    desk.record(document)
    meanwhile(desk, lambda: desk.machine.adjust("MUG", 2))
    assert restocked(desk.void(document)) == "no"


def test_helper_that_holds_no_stock_is_not_waited_for(desk: Desk) -> None:
    helper = desk.do("item", "create", {"name": "Shipping", "sku": "SHIP", "price": "900", "tracked": False})
    lines = desk.line(), desk.line("shipping", "SHIP", 1, 900)
    document = desk.document(*lines)
    desk.record(document)
    receipt = desk.void(document)
    assert helper.outcome == "ok"
    assert (restocked(receipt), desk.waited) == ("yes", [])
    assert list(receipt.created["levels"]) == [desk.machine.product("MUG").id]


def test_bundle_is_not_said_to_be_back(desk: Desk) -> None:
    """Its components' levels are not looked at."""
    parts = [{"product_id": desk.machine.product("MUG").id, "quantity": 2}]
    body = {"name": "Set", "sku": "SET", "price_excluding_tax": 20, "composite": parts}
    (key,) = desk.session.call("POST", "/products", body=body).json()["data"]
    document = desk.document(desk.line("1", item_id=key))
    desk.record(document)
    assert desk.levels()[0] == 6
    assert restocked(desk.void(document)) == "unknown"


def test_parked_sale_had_taken_nothing(desk: Desk) -> None:
    document = recorded(desk, state="parked")
    assert (restocked(desk.void(document)), desk.waited, desk.levels()[0]) == ("yes", [], 10)


@pytest.mark.parametrize("moves", [True, False])
def test_pending_sale_is_not_said_to_lack_its_stock(desk: Desk, moves: bool) -> None:
    desk.machine.switches["pending_moves_stock"] = moves
    document = recorded(desk, state="pending")
    assert restocked(desk.void(document)) == ("yes" if moves else "unknown")
    assert desk.levels()[0] == 10


def test_pending_sale_is_not_judged_later_either(desk: Desk) -> None:
    document = recorded(desk, state="pending")
    desk.machine.faults.script("F3", method="PUT", path="/sales")
    first = desk.void(document)
    second = desk.void(document, levels=first.created.get("levels"))
    assert (first.outcome, second.outcome, restocked(second)) == ("unknown", "exists", "unknown")


def test_voided_twice_is_voided_once(desk: Desk) -> None:
    document = recorded(desk)
    first, second = desk.void(document), desk.void(document)
    assert (first.outcome, second.outcome, desk.writes()) == ("ok", "exists", [])
    assert restocked(second) == "unknown"
    third = desk.void(document, levels=first.created["levels"])
    assert (third.outcome, restocked(third), desk.levels()[0]) == ("exists", "yes", 10)


@pytest.mark.parametrize("restocks", [True, False])
@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
def test_void_without_an_answer_is_judged_later_by_the_levels_of_before(desk: Desk, fault: str, restocks: bool) -> None:
    desk.machine.switches["void_restocks"] = restocks
    document = recorded(desk)
    desk.machine.faults.script(fault, method="PUT", path="/sales")
    first = desk.void(document)
    assert first.outcome == "unknown"
    desk.clock.advance(120)
    second = desk.void(document, levels=first.created["levels"])
    assert second.outcome == ("ok" if fault == "F2" else "exists")
    assert restocked(second) == ("yes" if restocks else "no")
    assert desk.levels()[0] == (10 if restocks else 7)


@pytest.mark.parametrize("allowed", [True, False])
def test_sale_with_a_return_is_voided_where_the_till_lets_it(desk: Desk, allowed: bool) -> None:
    desk.machine.switches["void_with_returns"] = allowed
    document = recorded(desk)
    made = desk.session.call("POST", f"/sales/{document.id}/actions/return").json()["data"]
    desk.do("sale", "update", {"state": "closed"}, target=made["id"])
    receipt = desk.void(document)
    assert receipt.outcome == ("ok" if allowed else "rejected")
    assert allowed or "with returns" in str(receipt.message)


def test_sale_that_is_gone_is_told(desk: Desk) -> None:
    receipt = desk.void(desk.document())
    assert (receipt.outcome, desk.writes()) == ("rejected", [])


def test_what_was_paid_and_said_stays_on_a_voided_sale(desk: Desk) -> None:
    document = recorded(desk, note="soon", payments=(desk.paid(3000),))
    before = desk.sale()
    desk.void(document)
    after = desk.sale()
    assert {name for name in after if after[name] != before[name]} == {"state", "version"}
    sent = desk.writes()[0].body
    assert [line["quantity"] for line in sent["line_items"]] == [3, 1]
    assert [one["amount"] for one in sent["payments"]] == [Decimal(30)]


# --- stock put right -----------------------------------------------------------------------------------------


def back(desk: Desk, document: Document, units: str = "3", **how: Any) -> Receipt:
    place = {"location": desk.machine.outlet_id("Main Outlet"), "target": desk.machine.product("MUG").id, **how}
    return desk.do("stock", "set", {"adjust": units}, parent=document.id, **place)


def test_stock_that_did_not_come_back_is_put_back_once(desk: Desk) -> None:
    desk.machine.switches["void_restocks"] = False
    document = recorded(desk)
    desk.void(document)
    first, second = back(desk, document), back(desk, document)
    assert (first.outcome, second.outcome, desk.levels()) == ("ok", "exists", (10, 0))
    assert first.created == second.created
    assert desk.writes() == []


@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
@pytest.mark.parametrize("path", ["/stock_adjustments", "/custom_inventory_adjustment_reasons"])
def test_stock_is_put_back_once_though_the_answer_was_lost(desk: Desk, path: str, fault: str) -> None:
    document = recorded(desk)
    desk.machine.faults.script(fault, method="POST", path=path)
    assert back(desk, document).outcome == "unknown"
    desk.clock.advance(120)
    assert back(desk, document).outcome in {"ok", "exists"}
    desk.clock.advance(3600)
    assert desk.levels()[0] == 10
    assert back(desk, document).outcome == "exists"


def test_same_units_of_another_sale_or_outlet_are_put_back_too(desk: Desk) -> None:
    one, other = recorded(desk), replace(recorded(desk, number=2))
    outcomes = [back(desk, one).outcome, back(desk, other).outcome]
    harbour = back(desk, one, location=desk.machine.outlet_id("Harbour"))
    tee = back(desk, one, "1", target=desk.machine.product("TEE").id)
    assert [*outcomes, harbour.outcome, tee.outcome] == ["ok"] * 4
    assert desk.levels() == (10, 3)
    assert desk.machine.level("TEE") == 4


@pytest.mark.parametrize("fault", [None, "F2", "F3", "F4", "F6"])
def test_a_level_set_in_the_store_reaches_the_till_once_though_the_answer_was_lost(
    desk: Desk, fault: str | None
) -> None:
    product, main = desk.machine.product("MUG").id, desk.machine.outlet_id("Main Outlet")
    before = desk.levels()[0]

    def taken(adoption: str) -> str:
        return desk.do("stock", "adopt", {"units": "-2", "adoption": adoption}, parent=main, target=product).outcome

    if fault:
        desk.machine.faults.script(fault, method="POST", path="/stock_adjustments")
        assert taken("0123456789abcdef") == "unknown"
        desk.clock.advance(120)
    assert [taken(one) for one in ("0123456789abcdef", "0123456789abcdef", "fedcba9876543210")][1:] == ["exists", "ok"]
    desk.clock.advance(3600)
    assert desk.levels()[0] == before - 4


def test_stock_of_a_voided_return_is_taken_off_once(desk: Desk) -> None:
    document = recorded(desk, kind="return")
    outcomes = [back(desk, document, "-3").outcome for _ in range(2)]
    assert (outcomes, desk.levels()[0]) == (["ok", "exists"], 10)


def test_adjustment_is_found_behind_a_reason_that_was_changed_since(desk: Desk) -> None:
    document = recorded(desk)
    back(desk, document)
    desk.clock.advance(60)
    (reason,) = desk.machine.till.reasons.items.values()
    desk.machine.till.change_entry("reasons", reason, {"updated_at": desk.machine.till.stamp()})
    assert back(desk, document).outcome == "exists"
    assert desk.levels()[0] == 10


@pytest.mark.parametrize("units", ["0", "-0.0"])
def test_adjustment_of_nothing_is_not_sent(desk: Desk, units: str) -> None:
    receipt = back(desk, desk.document(), units)
    assert (receipt.outcome, desk.wire.sent) == ("rejected", [])
