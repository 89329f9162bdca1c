"""One call for many rows: its answer becomes a receipt per row; a refused batch is halved until the bad row is alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.platforms.bigcommerce.refusals import said_in

PARTLY_SAVED = 207


def refused(row: PlanRow, error: CallFailed) -> Receipt:
    """The receipt of a row whose call was refused, or whose outcome is unknown."""
    said = str(said_in(error.body)) or error.problems[0].message
    words = f"the store refused {what(row)}: {said}" if error.outcome == "rejected" else f"whether {what(row)} arrived is not known: {said}"
    return Receipt(row.seq, error.outcome, row.target_id, {}, error.status, words)


def what(row: PlanRow) -> str:
    """A row in a person's words."""
    return f"{row.action} of {row.sku or row.name or row.item_id}"


def send_batch(rows: Sequence[PlanRow], call: Callable[[Sequence[PlanRow]], Answer]) -> list[Receipt]:
    """Send all rows in one call; receipts in the order of the rows.

    A refusal without results per item is narrowed down by halves (`reliability.md` §2.10); an unknown outcome is not
    sent again.
    """
    try:
        answer = call(rows)
    except CallFailed as error:
        if error.outcome != "rejected" or len(rows) == 1:
            return [refused(row, error) for row in rows]
        middle = len(rows) // 2
        return send_batch(rows[:middle], call) + send_batch(rows[middle:], call)
    if answer.status == PARTLY_SAVED:
        message = f"the store saved it only in part: {str(said_in(answer.text))}"
        return [Receipt(row.seq, "rejected", row.target_id, {}, answer.status, message) for row in rows]
    return [Receipt(row.seq, "ok", row.target_id, {}, answer.status) for row in rows]


def data_of(answer: Answer) -> Mapping[str, Any]:
    """The ``data`` of an answer; empty where there is none."""
    try:
        found = answer.json().get("data")
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}
