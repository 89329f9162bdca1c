"""Levels, and levels read back (fact sheet §2.5).

A level is set, never moved by a difference. A difference whose answer is lost may or may not have been taken
(`reliability.md` §2.3), and the store repeats a call of a batch that failed by itself up to five times (§6), which
would take it again; a level that is set twice is the same level. What that costs is a sale between reading and writing,
which the next run puts right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import unfit
from pipelines.platforms.ecwid.batch import Wanted
from pipelines.platforms.ecwid.extract import by_id
from pipelines.platforms.ecwid.write.sending import record_of, send_rows, variant_path

LARGEST = 2_147_483_647
FIELDS = "id,quantity,unlimited,combinations(id,quantity,unlimited)"


def set_levels(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """One call a variant, many in a batch. What was not counted before is counted from now on."""
    yield from (receipt for row in rows if (receipt := _unfit(row)))
    sound = [row for row in rows if not _unfit(row)]
    yield from send_rows(session, [(row, [Wanted("PUT", variant_path(row.target_id), _body(row))]) for row in sound])


def _unfit(row: PlanRow) -> Receipt | None:
    level = Decimal(row.after()["on_hand"])
    if level != int(level) or not 0 <= level <= LARGEST:
        return unfit(row, f"a level of {level} cannot be kept; the store takes whole units from 0 to {LARGEST}")
    return None


def _body(row: PlanRow) -> dict[str, Any]:
    body: dict[str, Any] = {"quantity": int(row.after()["on_hand"])}
    return body if row.changes["on_hand"].get("before") is not None else {**body, "unlimited": False}


def read_levels(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
    """The level of each ``(variant_id, location_id)`` as it is now; what is not counted is left out."""
    products = list(dict.fromkeys(variant.partition(":")[0] for variant, _ in keys))
    shown: dict[str, Decimal] = {}
    for product, answer in by_id(session, products, FIELDS).items():
        record = record_of(answer) if answer is not None else {}
        shown |= _levels(product, record)
        for variation in record.get("combinations") or []:
            shown |= _levels(f"{product}:{variation.get('id')}", variation)
    return {key: shown[key[0]] for key in keys if key[0] in shown}


def _levels(variant: str, record: Mapping[str, Any]) -> dict[str, Decimal]:
    level = record.get("quantity")
    if record.get("unlimited") is True or isinstance(level, bool) or not isinstance(level, int | Decimal):
        return {}
    return {variant: Decimal(level)}
