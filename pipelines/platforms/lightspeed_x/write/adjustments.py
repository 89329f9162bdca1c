"""Stock put right by hand of the pipeline: one signed change of one product at one outlet (fact sheet §7).

Only for a sale whose voiding left the stock where it was. An adjustment has no id, note or reference that a caller may
choose, and takes effect each time it is sent; so each sale has a reason of its own, by which it is found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipelines.kit.documents import plain
from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.lightspeed_x.write.refusals import CONFLICT
from pipelines.platforms.lightspeed_x.write.sending import Record, Unfit, data_of, list_of, told

REASONS, PATH = "/custom_inventory_adjustment_reasons", "/stock_adjustments"
PAGE = 100


def adjust_stock(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:  # noqa: ARG001
    """Move ``target_id`` at ``location_id`` by ``adjust`` units, once for the sale ``parent_target_id``.

    ok or exists; ``created["adjustment"]``: ``id``, ``version``. All units of one product go into one row: a second row
    for the same sale, product, outlet and sign ``exists``.
    """
    change = Decimal(row.after()["adjust"])
    if not change or not row.parent_target_id or not row.location_id:
        raise Unfit("no_adjustment", "it names no units, no sale or no outlet")
    reason, new = _reason(session, row.parent_target_id, change)
    known = None if new else _known(session, row, reason)
    if known is not None:
        return _receipt(row, known, "exists")
    wanted = {
        "outlet_id": row.location_id,
        "product_id": row.target_id,
        "quantity": plain(change),
        "reason": "CUSTOM",
        "custom_inventory_adjustment_reason_id": reason["id"],
    }
    answer = session.call("POST", PATH, body={"stock_adjustments": [wanted]})
    made = next(iter(list_of(answer)), None)
    if not made:
        return told(row, "unknown", Problem("no_id", "the till took it but does not list it"), answer.status)
    return _receipt(row, made, "ok")


def _receipt(row: PlanRow, adjustment: Record, outcome: Any) -> Receipt:
    named = {name: str(adjustment[name]) for name in ("id", "version")}
    return Receipt(row.seq, outcome, row.target_id, {"adjustment": named})


def _reason(session: Session, sale_id: str, change: Decimal) -> tuple[Record, bool]:
    """The reason of this sale, and whether it is new: then no adjustment can have it. At most 30 characters."""
    kind, sign = ("POSITIVE", "+") if change > 0 else ("NEGATIVE", "-")
    name = f"tillsync void {sign}{sale_id.replace('-', '')[:12]}"
    known = _named(session, name)
    if known is not None:
        return known, False
    try:
        made = data_of(session.call("POST", REASONS, body={"name": name, "enabled": True, "type": kind}))
    except CallFailed as error:
        known = _named(session, name) if error.status == CONFLICT else None
        if known is None:
            raise
        return known, False
    if not made.get("id"):
        raise Unfit("no_reason", "the till made no reason for the adjustment", "run again")
    return made, True


def _named(session: Session, name: str) -> Record | None:
    return next((one for one in _all(session, REASONS, 0) if one.get("name") == name), None)


def _known(session: Session, row: PlanRow, reason: Record) -> Record | None:
    """The adjustment of this reason; it is newer than a reason that was not touched since it was made."""
    untouched = reason.get("created_at") == reason.get("updated_at")
    wanted = (row.target_id, row.location_id, reason["id"])
    names = ("product_id", "outlet_id", "custom_inventory_adjustment_reason_id")
    found = _all(session, PATH, int(reason.get("version") or 0) if untouched else 0)
    return next((one for one in found if tuple(one.get(name) for name in names) == wanted), None)


def _all(session: Session, path: str, after: int) -> Iterator[Record]:
    """A list from a version on, until a page is empty (fact sheet §3.2)."""
    while rows := list_of(session.call("GET", path, params={"after": after, "page_size": PAGE})):
        yield from rows
        highest = max(int(one.get("version") or 0) for one in rows)
        if highest <= after:
            return
        after = highest
