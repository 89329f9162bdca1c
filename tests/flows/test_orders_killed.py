"""A run killed while it records orders loses none and records none twice, at whatever call it died (C4 to C8)."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.flows.moments import STEP
from tests.flows.selling import ALL
from tests.flows.test_killed import Moment, killed

SKUS = ("MUG-1", "CAP-1", "SH-S", "SH-M")


def told(world: Any) -> list[Any]:
    """What both platforms hold of orders: sales, customers, what was made for them, levels; no ids of their own."""
    sales = [
        (sale["invoice_number"], sale["state"], str(sale["total"] + sale["tax"]), str(sale["paid"]),
         sorted((line["sku"], str(line["quantity"])) for line in sale["lines"]))
        for sale in world.till.sales()
    ]  # fmt: skip
    families = sorted(family.name for family in world.till.till.families.values() if family.members)
    people = sorted(str(one["email"]) for one in world.till.customers())
    levels = [(sku, str(world.till.level(sku)), world.store.level(sku)) for sku in SKUS]
    return [sorted(sales), families, people, levels]


def recovered(world: Any) -> list[Any]:
    """How it stands once a run has nothing to write anywhere; within four runs of a crash."""
    for _ in range(5):
        world.forget()
        world.sync(only=ALL)
        if not [call for machine in (world.till, world.store) for call in machine.calls if call.kind == "write"]:
            break
    else:
        raise AssertionError("runs go on writing")
    assert world.rows("SELECT * FROM sync.unknown") == []
    return told(world)


def killed_everywhere(start: Moment, after: bool, folder: Path, first: int = 1, step: int = 1) -> int:
    """Kill a run at every ``step``-th of its writing calls to the till; each time all must end the same."""
    world = start.again()
    world.sync(only=ALL)
    expected = recovered(world)
    for at in itertools.count(first, step):
        world = start.again()
        if not killed(world, at, after, folder, "lightspeed_x", only=ALL):
            return at - step
        assert recovered(world) == expected, at
    return 0


@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-5")
@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-16")
@pytest.mark.parametrize("after", [False, True] if STEP == 1 else [False])
def test_a_run_killed_while_it_records_and_corrects_orders_does_each_once(
    shop: Any, tmp_path: Path, after: bool
) -> None:
    shop.till.switches["void_restocks"] = after
    edited = shop.store.place_order([("MUG-1", 3), ("SH-S", 1)], "jane@buyer.example")
    cancelled = shop.store.place_order([("CAP-1", 1)], "jane@buyer.example")
    paid = shop.store.place_order([("SH-M", 2)], status=7, payment=("Bank Deposit", "authorized"))
    shop.sync(only=ALL)
    shop.store.edit_order(edited, [{"line": 0, "quantity": 1}, {"line": 1, "quantity": 2}])
    shop.store.cancel(cancelled)
    shop.store.capture(paid)
    shop.store.place_order([("MUG-1", 1), ("CAP-1", 1)], "guest@buyer.example", shipping=5)
    start = Moment(shop, tmp_path / "before")
    assert killed_everywhere(start, after, tmp_path, first=3 + after if STEP > 1 else 1, step=STEP) >= 3


@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("lost", [["warehouse.duckdb"], ["warehouse.duckdb", "journal.jsonl"]][0 if STEP == 1 else 1 :])
def test_orders_that_are_recorded_are_not_recorded_again_where_the_memory_of_them_is_lost(
    shop: Any, lost: list[str]
) -> None:
    shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", shipping=5)
    edited = shop.store.place_order([("CAP-1", 2)], "guest@buyer.example")
    shop.sync(only=ALL)
    shop.store.edit_order(edited, [{"line": 0, "quantity": 1}])
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    expected = told(shop)
    for name in lost:
        for file in (shop.home / "shop").glob(f"{name}*"):
            file.unlink()
    shop.sync(only=ALL, yes=True)
    shop.sync(only=ALL)
    assert told(shop) == expected
