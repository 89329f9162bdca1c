"""Orders among the till's fulfilments (S001-15): open until their goods have left, and stock moves then."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.warehouse import open_warehouse
from pipelines.platforms.lightspeed_x.sandbox.shipping import state_of
from pipelines.report.render import render_report
from tests.flows.conftest import CONNECTION
from tests.flows.selling import ALL, PAID, UNPAID, by_order, came_to, sales, states


def fulfilments(shop: Any) -> dict[int, tuple[str, str]]:
    """Order → way and state of what of it is to leave the till's shop."""
    books = shop.till.till.books
    return {
        int(books.sales.items[one.sale_id].source_id): (one.type, state_of(one)) for one in books.fulfilments.values()
    }


def report(shop: Any) -> str:
    """The page about the last run."""
    house = open_warehouse(shop.home / "shop", "test", lambda _: None)
    try:
        return render_report(house, CONNECTION, shop.home / "r.html", title="Shop", merchant="shop").read_text("utf-8")
    finally:
        house.close()


@pytest.mark.rule("S001-15")
@pytest.mark.invariant("I-9")
def test_an_order_is_an_open_fulfilment_until_it_has_left_and_its_units_are_held_meanwhile(shop: Any) -> None:
    shop.settings["order_state_profile"] = "fulfilment"
    place = shop.store.place_order
    sent, called_off = place([("MUG-1", 3)], **PAID), place([("CAP-1", 1)], **PAID)
    fetched, left = place([("MUG-1", 1)], status=8, **PAID), place([("MUG-1", 1)], status=2, **PAID)
    unpaid = place([("SH-S", 1)], status=7, **UNPAID)
    shop.sync(only=ALL)
    assert fulfilments(shop) == {
        sent: ("DISPATCH", "OPEN"), called_off: ("DISPATCH", "OPEN"), fetched: ("PICKUP", "OPEN")
    }  # fmt: skip
    found = {number: (sale["state"], Decimal(sale["paid"]) == came_to(sale)) for number, sale in by_order(shop).items()}
    assert found == {
        sent: ("pending", True), called_off: ("pending", True), fetched: ("pending", True), left: ("closed", True),
        unpaid: ("closed", False),
    }  # fmt: skip
    shop.sync(only=ALL)
    page = report(shop)
    assert {number: f"<td>WEB-{number}-1 (open)</td>" in page for number in found} == {
        number: state == "pending" for number, (state, _) in found.items()
    }
    assert ([int(shop.till.level(sku)) for sku in ("MUG-1", "CAP-1")], shop.store.level("MUG-1")) == ([11, 3], 7)

    shop.store.ship(sent)
    shop.store.set_status(fetched, 10)
    shop.store.cancel(called_off)
    shop.wait(60)
    assert states(shop.sync(only=ALL)) == {"updated": 2, "deleted": 1, "unchanged": 2, "observed": 5}
    shop.sync(only=ALL)
    assert fulfilments(shop) == {sent: ("DISPATCH", "FULFILLED"), fetched: ("PICKUP", "FULFILLED")}
    assert {by_order(shop)[number]["state"] for number in (sent, fetched)} == {"closed"}
    assert by_order(shop)[called_off]["state"] == "voided"
    assert [(int(shop.till.level(sku)), shop.store.level(sku)) for sku in ("MUG-1", "CAP-1")] == [(7, 7), (3, 3)]


@pytest.mark.rule("S001-15")
@pytest.mark.invariant("I-4")
@pytest.mark.invariant("I-9")
def test_an_order_edited_before_it_leaves_is_offered_and_taken_as_it_is_then(shop: Any) -> None:
    shop.settings["order_state_profile"] = "fulfilment"
    number = shop.store.place_order([("SH-M", 3), ("MUG-1", 1)], **PAID)
    shop.sync(only=ALL)
    shop.store.edit_order(number, [{"line": 0, "quantity": 2}, {"line": 1, "quantity": 2}])
    for _ in range(2):
        shop.wait(60)
        shop.sync(only=ALL)
        assert (shop.store.level("SH-M"), shop.store.level("MUG-1")) == (5, 10)
    shop.store.ship(number)
    for _ in range(2):
        shop.wait(60)
        shop.sync(only=ALL)
    assert [(int(shop.till.level(sku)), shop.store.level(sku)) for sku in ("SH-M", "MUG-1")] == [(5, 5), (10, 10)]
    assert {sale["state"] for sale in sales(shop)} == {"closed"}
    assert sum(came_to(sale) for sale in sales(shop)) == Decimal(shop.store.order(number)["total_inc_tax"])
    assert sum(Decimal(sale["paid"]) for sale in sales(shop)) == Decimal(shop.store.order(number)["total_inc_tax"])
