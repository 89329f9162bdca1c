"""One call a row, many in a batch, a receipt for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.kit.receipts import refused
from pipelines.platforms.ecwid.batch import Wanted, send
from pipelines.platforms.ecwid.refusals import is_gone

PRODUCTS = "/products"


def send_rows(session: Session, wanted: Sequence[tuple[PlanRow, Sequence[Wanted]]]) -> Iterator[Receipt]:
    """Send the calls of each row: calls that set what may be set again, or delete. A receipt per row.

    A row whose calls did not all land has the receipt of the first that did not.
    """
    calls = [(place, call) for place, (_, some) in enumerate(wanted) for call in some]
    came: dict[int, list[Receipt]] = {}
    for at, answer in send(session, [call for _, call in calls]):
        place, call = calls[at]
        row, some = wanted[place]
        receipts = came.setdefault(place, [])
        receipts.append(_receipt(row, call, answer))
        if len(receipts) == len(some):
            yield _together(receipts)


def _together(receipts: Sequence[Receipt]) -> Receipt:
    failed = [one for one in receipts if one.outcome not in {"ok", "exists"}]
    landed = [one for one in receipts if one.outcome == "ok"]
    return (failed or landed or list(receipts))[0]


def _receipt(row: PlanRow, call: Wanted, came: Answer | CallFailed) -> Receipt:
    if isinstance(came, Answer):
        done = record_of(came).get("deleteCount" if call.method == "DELETE" else "updateCount", 1)
        return Receipt(row.seq, "ok" if done else "exists", row.target_id, {}, came.status)
    if call.method == "DELETE" and is_gone(came):
        return Receipt(row.seq, "exists", row.target_id, {}, came.status)
    return refused(row, came)


def record_of(answer: Answer) -> Mapping[str, Any]:
    """The object of an answer; empty where it holds none."""
    try:
        found = exact_json.loads(answer.text) if answer.text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def product_path(product_id: str | None) -> str:
    """The path of a product."""
    return f"{PRODUCTS}/{product_id}"


def variant_path(variant_id: str | None) -> str:
    """The path of what a variant of ours is in the store: a variation, or the product that has none."""
    product, _, variation = str(variant_id).partition(":")
    return f"{PRODUCTS}/{product}/combinations/{variation}" if variation else f"{PRODUCTS}/{product}"
