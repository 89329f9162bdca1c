"""Wrong policies with orders and with the units that are held back for them; beside those of ``mutants``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from pipelines.kit.documents import Document
from pipelines.platforms.lightspeed_x.write import voiding
from pipelines.stages import order_plan, orders
from tests.sim.mutants import Mutant, edited
from tests.sim.world import World

Planner = order_plan._Planner
_RESERVED = "stages/sql/order_reserved.sql"


def nothing_held_back() -> AbstractContextManager[Any]:
    return patch.object(orders, "reserve", lambda run, _: run.warehouse.con.execute(orders._NONE_RESERVED))


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


def one_number() -> AbstractContextManager[Any]:
    return patch.object(order_plan, "reference", lambda order, _: f"WEB-{order}-1")


def sent_whole() -> AbstractContextManager[Any]:
    return patch.object(order_plan, "delta", lambda recorded, current: ([], [] if recorded == current else current))


def only_the_first_voided() -> AbstractContextManager[Any]:
    real = Planner.rows

    def rows(self: Any) -> list[dict[str, Any]]:
        found = real(self)
        return [row for row in found if row["action"] == "void"][-1:] or found

    return patch.object(Planner, "rows", rows)


def put_back_twice() -> AbstractContextManager[Any]:
    return patch.object(voiding, "_watched", lambda *_: "no")


def waits_for_nothing() -> AbstractContextManager[Any]:
    """What is unknown is left aside, and the next document of its order follows."""
    real = Planner.rows

    def rows(self: Any) -> list[dict[str, Any]]:
        told = [one for one in self.order.told if one.outcome != "unknown"]
        return list(real(replace(self, order=replace(self.order, told=told))))

    return patch.object(Planner, "rows", rows)


@contextmanager
def shipping_is_dropped() -> Iterator[None]:
    real = Document.as_json

    def as_json(self: Document) -> dict[str, Any]:
        kept = tuple(line for line in self.lines if line.key != "shipping")
        return real(replace(self, lines=kept or self.lines))

    with patch.object(Document, "as_json", as_json):
        yield


def lost_answer(world: World) -> None:
    """The till records the first sales, and their answers are lost."""
    world.till.faults.script("F3", method="POST", path="/sales", times=2)


def lost_sale(world: World) -> None:
    """The first sales are lost on their way."""
    world.till.faults.script("F2", method="POST", path="/sales", times=2)


BUYS = {"weights": {"order": 4, "receipt": 1}}
CHANGES = {"weights": {"order": 4, "order_more": 2, "order_fewer": 2, "order_back": 2, "receipt": 1}}
CANCELS = {"weights": {"order": 4, "order_more": 2, "order_cancelled": 2}}
ORDER_MUTANTS: dict[str, Mutant] = {
    "no units are held back": Mutant("I-9", nothing_held_back, BUYS, quick=True),
    "units are held back for ever": Mutant("I-7", held_back_for_ever, BUYS),
    "units of an unknown sale count as taken": Mutant("I-9", unknown_is_inside, BUYS, lost_sale),
    "an unknown sale is sent again unasked": Mutant("I-18", sent_again_unasked, BUYS, lost_answer, quick=True),
    "all documents of an order have one number": Mutant("I-2", one_number, CHANGES),
    "an edited order is sent whole": Mutant("I-1", sent_whole, CHANGES),
    "only one document of a cancelled order is voided": Mutant("I-1", only_the_first_voided, CANCELS),
    "stock of a voided sale is put back twice": Mutant("I-10", put_back_twice, CANCELS),
    "the next document waits for nothing": Mutant("I-19", waits_for_nothing, BUYS, lost_answer),
    "what is charged beside products is dropped": Mutant("I-4", shipping_is_dropped, BUYS),
}  # fmt: skip
