"""One call for many rows, a receipt for each; a refused batch is halved until the bad row is alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed, Outcome, Problem
from pipelines.kit.http import Answer
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.kit.redaction import redact
from pipelines.platforms.bigcommerce.refusals import PARTLY_SAVED, problem

Call = Callable[[Sequence[PlanRow]], Answer]


def what(row: PlanRow) -> str:
    """A row in a person's words."""
    return f"{row.action} of {row.sku or row.name or row.item_id}"


def refused(row: PlanRow, error: CallFailed) -> Receipt:
    """The receipt of a row whose call was refused, was not sent, or whose outcome is unknown."""
    return told(row, error.outcome, error.problems[0], error.status)


def told(row: PlanRow, outcome: Outcome, about: Problem, status: int | None) -> Receipt:
    """A receipt that says in our words what went wrong, and after it what the store said."""
    start = {
        "rejected": f"{what(row)} was refused",
        "unknown": f"whether {what(row)} arrived is not known",
        "not_sent": f"{what(row)} was not sent",
    }.get(outcome, what(row))
    said = f" (the store says: {about.found})" if about.found else ""
    words = f"{start}: {about.message}{said}"
    return Receipt(row.seq, outcome, row.target_id, {}, status, words, about.expected, about.do)


def unfit(row: PlanRow, message: str, do: str | None = None) -> Receipt:
    """The receipt of a row that is never sent because the store could not take it."""
    return told(row, "rejected", Problem("unfit", message, do=do), None)


def send_batch(rows: Sequence[PlanRow], call: Call) -> Iterator[Receipt]:
    """Send all rows in one call; a receipt per row, in the order of the rows.

    A refusal, or 207, does not say which item it means: the batch is sent again by halves (`reliability.md` §2.10).
    So only calls whose repetition changes nothing may be sent through here. An unknown outcome is not sent again.
    """
    if not rows:
        return
    try:
        answer = call(rows)
    except CallFailed as error:
        if error.outcome == "rejected" and len(rows) > 1:
            yield from _halves(rows, call)
        else:
            yield from (refused(row, error) for row in rows)
        return
    if answer.status == PARTLY_SAVED and len(rows) > 1:
        yield from _halves(rows, call)
    elif answer.status == PARTLY_SAVED:
        yield in_part(rows[0], answer)
    else:
        yield from (Receipt(row.seq, "ok", row.target_id, {}, answer.status) for row in rows)


def _halves(rows: Sequence[PlanRow], call: Call) -> Iterator[Receipt]:
    middle = len(rows) // 2
    yield from send_batch(rows[:middle], call)
    yield from send_batch(rows[middle:], call)


def in_part(row: PlanRow, answer: Answer) -> Receipt:
    """The receipt of a row that was saved except for something (207): that part failed."""
    return told(row, "rejected", problem(answer.status, redact(answer.text)), answer.status)


def data_of(answer: Answer) -> Mapping[str, Any]:
    """The record of an answer; empty where it holds none."""
    found = _data(answer)
    return found if isinstance(found, dict) else {}


def list_of(answer: Answer) -> list[Mapping[str, Any]]:
    """The records of an answer that is a list; empty where it holds none."""
    found = _data(answer)
    return [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []


def _data(answer: Answer) -> Any:
    try:
        return answer.json().get("data")
    except (ValueError, AttributeError, RecursionError):
        return None
