"""Stock put right by hand of the pipeline: one signed change of one product at one outlet (fact sheet §7).

For a sale whose voiding left the stock where it was, and for a level that a person set in the store. An adjustment has
no id, note or reference that a caller may choose, and takes effect each time it is sent; so each sale, and each such
level, has a reason of its own, by which its adjustment is found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from pipelines.kit.documents import plain
from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.lightspeed_x.write.refusals import CONFLICT
from pipelines.platforms.lightspeed_x.write.sending import Record, Unfit, data_of, list_of, told

REASONS, PATH = "/custom_inventory_adjustment_reasons", "/stock_adjustments"
PAGE = 100


class _Change(NamedTuple):
    """What moves where, and why: ``cause`` is the id of what the reason is for."""

    product: str
    outlet: str
    units: Decimal
    word: str
    cause: str

    @property
    def reason(self) -> str:
        """The name of its reason: at most 30 characters, one for each cause and sign."""
        return f"tillsync {self.word} {'+' if self.units > 0 else '-'}{self.cause.replace('-', '')[:12]}"


def adjust_stock(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:  # noqa: ARG001
    """Move ``target_id`` at ``location_id`` by ``adjust`` units, once for the sale ``parent_target_id``.

    ok or exists; ``created["adjustment"]``: ``id``, ``version``. All units of one product go into one row: a second row
    for the same sale, product, outlet and sign ``exists``.
    """
    return _adjusted(session, row, row.location_id, Decimal(row.after()["adjust"]), "void", row.parent_target_id)


def adopt_level(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:  # noqa: ARG001
    """Move ``target_id`` at the outlet ``parent_target_id`` by ``units``, once for the level whose id is ``adoption``.

    As above; a second row of the same id ``exists``.
    """
    after = row.after()
    return _adjusted(session, row, row.parent_target_id, Decimal(after["units"]), "count", after["adoption"])


def _adjusted(
    session: Session, row: PlanRow, outlet: str | None, units: Decimal, word: str, cause: str | None
) -> Receipt:
    if not units or not cause or not outlet:
        raise Unfit("no_adjustment", "it names no units, no outlet, or not what it is for")
    change = _Change(str(row.target_id), outlet, units, word, cause)
    reason, new = _reason(session, change)
    known = None if new else _known(session, change, reason)
    if known is not None:
        return _receipt(row, known, "exists")
    wanted = {
        "outlet_id": change.outlet,
        "product_id": change.product,
        "quantity": plain(change.units),
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


def _reason(session: Session, change: _Change) -> tuple[Record, bool]:
    """The reason of this cause, and whether it is new: then no adjustment can have it."""
    kind = "POSITIVE" if change.units > 0 else "NEGATIVE"
    known = _named(session, change.reason)
    if known is not None:
        return known, False
    try:
        made = data_of(session.call("POST", REASONS, body={"name": change.reason, "enabled": True, "type": kind}))
    except CallFailed as error:
        known = _named(session, change.reason) if error.status == CONFLICT else None
        if known is None:
            raise
        return known, False
    if not made.get("id"):
        raise Unfit("no_reason", "the till made no reason for the adjustment", "run again")
    return made, True


def _named(session: Session, name: str) -> Record | None:
    return next((one for one in _all(session, REASONS, 0) if one.get("name") == name), None)


def _known(session: Session, change: _Change, reason: Record) -> Record | None:
    """The adjustment of this reason; it is newer than a reason that was not touched since it was made."""
    untouched = reason.get("created_at") == reason.get("updated_at")
    wanted = (change.product, change.outlet, reason["id"])
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
