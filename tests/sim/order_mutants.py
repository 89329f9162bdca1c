"""Wrong policies with orders, with units held back for them, and with what is remembered; beside ``mutants``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from pipelines import flow
from pipelines.kit import journaled
from pipelines.kit.http import Session
from pipelines.stages import order_plan
from tests.sim.mutants import ONLY_STOCK, Mutant, edited, everything_sent_always
from tests.sim.world import World

Planner = order_plan._Planner
_RESERVED = "stages/sql/order_reserved.sql"


def nothing_held_back() -> AbstractContextManager[Any]:
    return edited(_RESERVED, "FROM in_flight GROUP BY item_id", "FROM in_flight WHERE false GROUP BY item_id")


def held_back_for_ever() -> AbstractContextManager[Any]:
    return edited(_RESERVED, "- coalesce(n.units, 0), 0) AS units", ", 0) AS units")


def unknown_is_inside() -> AbstractContextManager[Any]:
    old = "sum(CASE WHEN d.kind = 'sale' AND d.outcome IN ('ok', 'exists') AND d.voided_at IS NULL AND ("
    return edited(_RESERVED, old, "sum(CASE WHEN d.kind = 'sale' AND d.voided_at IS NULL AND (true OR ")


def sent_again_unasked() -> AbstractContextManager[Any]:
    def again(self: Any, one: Any) -> dict[str, Any]:
        document = replace(one.document, may_exist=False)
        return dict(self._row("create", None, {"document": document.as_json()}, "S000-06"))

    return patch.object(Planner, "_again", again)


def waits_for_nothing() -> AbstractContextManager[Any]:
    """What is unknown is left aside, and the next document of its order follows."""
    real = Planner.rows

    def rows(self: Any) -> list[dict[str, Any]]:
        told = [one for one in self.order.told if one.outcome != "unknown"]
        return list(real(replace(self, order=replace(self.order, told=told))))

    return patch.object(Planner, "rows", rows)


def lost_answer(world: World) -> None:
    """The till records the first sales, and their answers are lost."""
    world.till.faults.script("F3", method="POST", path="/sales", times=2)


def lost_sale(world: World) -> None:
    """The first sales are lost on their way."""
    world.till.faults.script("F2", method="POST", path="/sales", times=2)


def taken_twice() -> AbstractContextManager[Any]:
    """An order's units are taken by its sale, and by an adjustment beside it."""
    real = Session.call

    def call(self: Session, verb: str, where: str, **more: Any) -> Any:
        answer = real(self, verb, where, **more)
        if (verb, where) == ("POST", "/sales"):
            outlet = real(self, "GET", "/outlets").json()["data"][0]["id"]
            item = more["body"]["line_items"][0]["product"]["id"]
            row = {"outlet_id": outlet, "product_id": item, "quantity": "-1", "reason": "DAMAGE"}
            real(self, "POST", "/stock_adjustments", body={"stock_adjustments": [row]})
        return answer

    return patch.object(Session, "call", call)


@contextmanager
def memory_is_never_restored() -> Iterator[None]:
    """What the journal tells is not taken over, and nothing in the store is known by its SKU."""
    with (
        patch.object(journaled, "absorb", lambda run: run.journal.unread.clear()),
        patch.object(flow, "recover", never),
    ):
        yield


def never(*_: Any) -> int:
    return 0


def loses_its_memory(world: World) -> None:
    """After the second run the warehouse is gone."""

    class Once:
        def run_ended(self, cycle: Any) -> None:
            if cycle.number == 2:
                world.lose_files("warehouse.duckdb")

    world.watchers.append(Once())


EDITS = {"weights": {"order": 4, "order_fewer": 2, "order_more": 2, "receipt": 1}}
BUYS = {"weights": {"order": 4, "receipt": 1}}
ORDER_MUTANTS: dict[str, Mutant] = {
    "no units are held back": Mutant("I-9", nothing_held_back, BUYS, quick=True),
    "units are held back for ever": Mutant("I-7", held_back_for_ever, BUYS),
    "units of an unknown sale count as taken": Mutant("I-9", unknown_is_inside, BUYS, lost_sale),
    "an unknown sale is sent again unasked": Mutant("I-18", sent_again_unasked, BUYS, lost_answer, quick=True),
    "the next document waits for nothing": Mutant("I-18", waits_for_nothing, BUYS, lost_answer),
    "two documents of one order are under way": Mutant("I-19", waits_for_nothing, EDITS, lost_answer),
    "an order takes its units twice": Mutant("I-10", taken_twice, BUYS),
    "what we wrote is written again": Mutant("I-31", everything_sent_always, {**ONLY_STOCK, "events": 5}),
    "lost memory is not restored": Mutant("I-37", memory_is_never_restored, BUYS, loses_its_memory),
}  # fmt: skip
