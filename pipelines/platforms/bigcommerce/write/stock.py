"""Levels by absolute adjustment through the inventory API, and levels read back (fact sheet §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Reading, Receipt, StoreFacts
from pipelines.kit.receipts import is_refusal, refused, unfit
from pipelines.platforms.bigcommerce.extract import PAGE, PRODUCTS, grouped, read_inventory
from pipelines.platforms.bigcommerce.refusals import partly_saved
from pipelines.platforms.bigcommerce.write.sending import list_of, send_batch

LARGEST = 2_147_483_647
REASON = "tillsync: level of the till"
Address = Callable[[PlanRow], dict[str, int]]


def set_levels(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """Up to 2,000 levels a call. 200 means accepted; whether they show is read back later.

    A simple product is addressed as a whole, a variant as itself. Where the store counts otherwise the call is refused
    whole; then how it counts is read, and the levels go to the address it names. A product whose level was not shown
    is looked at first: its id may be another one's by now (I-21, B48).
    """
    yield from (receipt for row in rows if (receipt := _unfit(row)))
    sound = [row for row in rows if not _unfit(row)]
    unseen = [row for row in sound if row.is_base and row.changes["on_hand"]["before"] is None]
    lost = {receipt.seq: receipt for receipt in _not_there(session, unseen)}
    yield from lost.values()
    sound = [row for row in sound if row.seq not in lost]
    if not sound:
        return
    try:
        answer = _put(session, sound, _usual)
    except CallFailed as error:
        if is_refusal(error):
            yield from _readdressed(session, sound)
        else:
            yield from (refused(row, error) for row in sound)
        return
    if partly_saved(answer.status, answer.text):
        yield from _readdressed(session, sound)
        return
    yield from (Receipt(row.seq, "ok", row.target_id, {}, answer.status) for row in sound)


def _unfit(row: PlanRow) -> Receipt | None:
    level = Decimal(row.after()["on_hand"])
    if level != int(level) or not 0 <= level <= LARGEST:
        return unfit(row, f"a level of {level} cannot be kept; the store takes whole units from 0 to {LARGEST}")
    return None


def _not_there(session: Session, rows: Sequence[PlanRow]) -> list[Receipt]:
    """Of rows that are sent to a product's id: those whose variant the product with this id does not have."""
    try:
        shown = _products(session, rows, "base_variant_id")
    except CallFailed as error:
        return [refused(row, error) for row in rows]
    return [
        unfit(
            row, "the store's product with its id does not have its variant: it is gone, or another product by now",
            "the next full run finds what became of it",
        )
        for row in rows
        if str(shown.get(str(row.parent_target_id))) != row.target_id
    ]  # fmt: skip


def _put(session: Session, rows: Sequence[PlanRow], address: Address) -> Answer:
    items = [
        {"location_id": int(row.location_id or 0), **address(row), "quantity": int(row.after()["on_hand"])}
        for row in rows
    ]
    return session.call("PUT", "/v3/inventory/adjustments/absolute", body={"reason": REASON, "items": items})


def _usual(row: PlanRow) -> dict[str, int]:
    return _as_product(row) if row.is_base else _as_variant(row)


def _as_product(row: PlanRow) -> dict[str, int]:
    return {"product_id": int(row.parent_target_id or 0)}


def _as_variant(row: PlanRow) -> dict[str, int]:
    return {"variant_id": int(row.target_id or 0)}


def _readdressed(session: Session, rows: Sequence[PlanRow]) -> Iterator[Receipt]:
    try:
        counted = _counted(session, rows)
    except CallFailed as error:
        yield from (refused(row, error) for row in rows)
        return
    fitting = []
    for row in rows:
        how = counted.get(str(row.parent_target_id))
        if how == "none":
            yield unfit(row, "the store does not count this product's stock", "turn on its stock tracking")
        elif how == "product" and not row.is_base:
            yield unfit(row, "the store counts this product as a whole", "let the store track its stock by variant")
        else:
            fitting.append(row)

    def put(some: Sequence[PlanRow]) -> Answer:
        return _put(session, some, lambda row: _as_counted(row, counted))

    yield from send_batch(fitting, put)


def _as_counted(row: PlanRow, counted: Mapping[str, str]) -> dict[str, int]:
    return _as_variant(row) if counted.get(str(row.parent_target_id)) == "variant" else _usual(row)


def _counted(session: Session, rows: Sequence[PlanRow]) -> dict[str, str]:
    """How the store counts each product of these rows: ``none``, ``product`` or ``variant``."""
    return {key: str(how) for key, how in _products(session, rows, "inventory_tracking").items()}


def _products(session: Session, rows: Sequence[PlanRow], field: str) -> dict[str, Any]:
    """One field of each product of these rows that the store has."""
    ids = sorted({str(row.parent_target_id) for row in rows if row.parent_target_id})
    found: dict[str, Any] = {}
    for group in grouped(ids):
        params: dict[str, Any] = {"id:in": group, "limit": PAGE, "include_fields": field}
        for product in list_of(session.call("GET", PRODUCTS, params=params)):
            found[str(product.get("id"))] = product.get(field)
    return found


def read_levels(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
    """On hand of each ``(variant_id, location_id)`` that the store shows now; what it does not show is left out."""
    found: dict[tuple[str, str], Decimal] = {}
    for table in read_inventory(session, Reading(keys=sorted({variant for variant, _ in keys}))):
        for variant, record in zip(table["id"].to_pylist(), table["record"].to_pylist(), strict=True):
            for place in exact_json.loads(record).get("locations") or []:
                level = place.get("total_inventory_onhand")
                if isinstance(level, int | Decimal):
                    found[variant, str(place.get("location_id"))] = Decimal(level)
    return found
