"""What an order is at the till in each of the fifteen statuses of the store, and when it moves from one to another."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.language.mapping import load_mapping
from tests.flows.conftest import CONNECTION
from tests.flows.selling import ALL, PAID, UNPAID, by_order, came_to, lines, sales, states

CLOSED, VOIDED, NONE = "closed", "voided", None
TABLE = {
    0: ("Incomplete", NONE, 0), 1: ("Pending", NONE, 0), 2: ("Shipped", CLOSED, 1), 3: ("Partially Shipped", CLOSED, 1),
    4: ("Refunded", CLOSED, 1), 5: ("Cancelled", NONE, 0), 6: ("Declined", NONE, 0), 7: ("Awaiting Payment", CLOSED, 0),
    8: ("Awaiting Pickup", CLOSED, 1), 9: ("Awaiting Shipment", CLOSED, 1), 10: ("Completed", CLOSED, 1),
    11: ("Awaiting Fulfillment", CLOSED, 1), 12: ("Manual Verification Required", CLOSED, 1),
    13: ("Disputed", CLOSED, 1), 14: ("Partially Refunded", CLOSED, 1),
}  # fmt: skip
"""Status → its label, the state of the sale of an order first seen in it, the part of its total that is paid."""
WAITING_STATUSES = (0, 1)
CALLED_OFF = (5, 6)


def place_one_each(shop: Any) -> dict[int, int]:
    """An order of one mug in every status; status → order."""
    shop.till.adjust("MUG-1", 88)
    shop.store.set_level("MUG-1", 100)
    how = {status: UNPAID if status == 7 else PAID for status in TABLE}
    return {
        status: shop.store.place_order([("MUG-1", 1)], f"b{status}@buyer.example", status=status, **how[status])
        for status in TABLE
    }


def at_the_till(shop: Any, placed: dict[int, int]) -> dict[int, tuple[str, Any, int]]:
    """The same table as found at the till."""
    found = by_order(shop)
    seen = {}
    for status, order in placed.items():
        sale = found.get(order)
        part = 0 if sale is None else int(Decimal(sale["paid"]) / came_to(sale))
        seen[status] = (shop.store.order(order)["status"], sale and sale["state"], part)
    return seen


@pytest.mark.rule(*(f"S001-{row}" for row in range(31, 45)), "S001-20", "S001-53")
@pytest.mark.invariant("I-3")
def test_every_status_is_what_the_table_says_and_what_moves_on_is_followed_however_late(shop: Any) -> None:
    placed = place_one_each(shop)
    of_long_ago = {"status": 1, **UNPAID}
    old = shop.store.place_order([("CAP-1", 1)], created=datetime(2026, 3, 1, 0, 1, tzinfo=UTC), **of_long_ago)
    older = shop.store.place_order([("CAP-1", 1)], created=datetime(2026, 2, 28, 23, 0, tzinfo=UTC), **of_long_ago)
    told = shop.sync(only=ALL)
    assert at_the_till(shop, placed) == TABLE
    assert states(told) == {"created": 11, "out_of_scope": 6, "observed": 17}
    assert f"order {placed[13]} is Disputed in the store" in told["notes"]
    assert all(lines(sale) == [("MUG-1", Decimal(1))] for sale in sales(shop))
    shop.wait(86400 * 20)
    shop.sync(only=ALL)
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (89, 88)

    moved = {0: 11, 1: 7, 7: 6, 11: 5, 9: 6, 8: 5, 3: 5, 10: 2, 2: 10, 4: 14, 13: 4, 12: 11, 14: 4}
    for status, later in moved.items():
        shop.store.set_status(placed[status], later)
    for order in (old, older):
        shop.store.set_status(order, 11)
    shop.wait(60)
    assert states(shop.sync(only=ALL)) == {
        "created": 3,
        "deleted": 5,
        "unchanged": 6,
        "out_of_scope": 3,
        "observed": 17,
    }
    shop.sync(only=ALL)
    becomes = {order: VOIDED if moved.get(status) in CALLED_OFF else CLOSED for status, order in placed.items()}
    wanted = {order: state for order, state in becomes.items() if order not in (placed[5], placed[6])} | {old: CLOSED}
    assert {order: sale["state"] for order, sale in by_order(shop).items()} == wanted
    assert len(sales(shop)) == 14
    shop.sync(only=ALL)
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (92, 92)


@pytest.mark.rule("S001-45", "S001-53")
def test_each_status_has_one_outcome_by_its_number_and_cancelled_and_declined_are_two() -> None:
    mapping, _ = load_mapping(CONNECTION)
    assert mapping.orders is not None
    said = {int(key): (one.name, one.becomes) for key, one in mapping.orders.statuses.items()}
    becomes = {NONE: "not_imported", CLOSED: "closed"}
    wanted = {key: (name, "voided" if key in CALLED_OFF else becomes[state]) for key, (name, state, _) in TABLE.items()}
    assert said == wanted
