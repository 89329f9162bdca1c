"""Void a sale, and see whether the stock came back: no document says that it does (fact sheet §8.1, §13; C-09)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.lightspeed_x import SETTLE_SECONDS
from pipelines.platforms.lightspeed_x.write.sales import told_of
from pipelines.platforms.lightspeed_x.write.sending import Record, data_of, list_of, read, refused
from pipelines.platforms.lightspeed_x.write.standing import put, standing

Restocked = Literal["yes", "no", "unknown"]
FIRST_WAIT = 0.5


class Level(NamedTuple):
    """A level at one outlet and the version it was read with."""

    amount: Decimal
    version: str

    def __str__(self) -> str:
        return f"{self.amount:f}@{self.version}"

    @classmethod
    def of(cls, text: str) -> Level:
        """The level that ``str`` made this of."""
        amount, _, version = text.partition("@")
        return cls(Decimal(amount), version)


def void_sale(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    """Void ``target_id``. ``lines`` are what its document has: ``item_id``, ``quantity``, ``kind``.

    ``created["sale"]["restocked"]``: ``yes`` where every counted product of it rose (fell, for a return) by its units,
    ``no`` where neither level nor version moved for as long as a reading may lag behind, else ``unknown``.
    ``created["levels"]``: product → level as read before, also where the outcome is unknown. A later row on a sale
    that is voided already (``exists``) is judged by them, given as ``levels``; without them it is ``unknown``. A
    pending sale may have taken nothing: of it ``no`` is never told.
    """
    sale = standing(session, row)
    due = _due(sale, row.after().get("lines") or [])
    if sale.get("state") == "voided":
        before = {product: Level.of(text) for product, text in (row.after().get("levels") or {}).items()}
        restocked = _watched(session, sale, due, before) if before or not due else "unknown"
        return _receipt(row, sale, facts, restocked, before)
    before = levels(session, due, _outlet(sale)) if due else {}
    try:
        answer = put(session, row, sale, "voided")
    except CallFailed as error:
        tells = error.outcome == "unknown" and sale.get("state") != "pending"
        return replace(refused(row, error), created={"levels": _texts(before)} if tells else {})
    voided = data_of(answer) or sale
    receipt = _receipt(row, voided, facts, _watched(session, sale, due, before), before)
    return replace(receipt, outcome="ok", status=answer.status)


def _receipt(
    row: PlanRow, sale: Record, facts: StoreFacts, restocked: Restocked, before: Mapping[str, Level]
) -> Receipt:
    told = {**told_of(sale, facts), "state": "voided", "restocked": restocked}
    return Receipt(row.seq, "exists", row.target_id, {"sale": told, "levels": _texts(before)})


def _texts(levels_before: Mapping[str, Level]) -> dict[str, str]:
    return {product: str(level) for product, level in levels_before.items()}


def _outlet(sale: Record) -> str:
    return str((sale.get("source") or {}).get("outlet_id") or "")


def _due(sale: Record, lines: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Units of each product that should come back; a sale that was parked, or has no outlet, had taken none."""
    due: dict[str, Decimal] = {}
    if sale.get("state") == "parked" or not _outlet(sale):
        return due
    for line in lines:
        sign = -1 if line.get("kind") == "return" else 1
        due[line["item_id"]] = due.get(line["item_id"], Decimal(0)) + sign * Decimal(line["quantity"])
    return {product: units for product, units in due.items() if units}


def levels(session: Session, products: Iterable[str], outlet: str) -> dict[str, Level]:
    """The level of each product at an outlet; one the till does not count there, or shows without one, is left out."""
    found = {}
    for product in products:
        for row in list_of(session.call("GET", f"/inventory/{product}")):
            if row.get("outlet_id") == outlet and row.get("current_inventory_level") is not None:
                found[product] = Level(Decimal(row["current_inventory_level"]), str(row.get("version")))
    return found


def _watched(session: Session, sale: Record, due: Mapping[str, Decimal], before: Mapping[str, Level]) -> Restocked:
    """Read levels until all have moved as they should, or until what did not show never will."""
    counted = {product: units for product, units in due.items() if product in before}
    unseen = [product for product in due if product not in before and _is_bundle(session, product)]
    waited, pause = 0.0, FIRST_WAIT
    while True:
        verdict = _verdict(counted, before, levels(session, counted, _outlet(sale)))
        if verdict == "yes" or waited >= SETTLE_SECONDS:
            break
        session.context.wait(pause)
        waited, pause = waited + pause, pause * 2
    return "unknown" if unseen or (verdict == "no" and sale.get("state") == "pending") else verdict


def _verdict(counted: Mapping[str, Decimal], before: Mapping[str, Level], now: Mapping[str, Level]) -> Restocked:
    if set(counted) - set(now):
        return "unknown"
    if all(now[product].amount - before[product].amount == units for product, units in counted.items()):
        return "yes"
    return "no" if all(now[product] == before[product] for product in counted) else "unknown"


def _is_bundle(session: Session, product: str) -> bool:
    """Whether its stock is that of other products, whose levels are not looked at here."""
    return bool((read(session, f"/products/{product}") or {}).get("is_composite"))
