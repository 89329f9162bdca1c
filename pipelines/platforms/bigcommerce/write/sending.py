"""One call for many rows, a receipt for each; a refused batch is divided until the bad row is alone (I-27)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.http import Answer
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.kit.receipts import is_refusal, refused, told
from pipelines.kit.redaction import redact
from pipelines.platforms.bigcommerce.refusals import named_in, partly_saved, problem

Call = Callable[[Sequence[PlanRow]], Answer]
Receipts = Iterator[Receipt]


def send_batch(rows: Sequence[PlanRow], call: Call, listed: Callable[[PlanRow], str | None] | None = None) -> Receipts:
    """Send all rows in one call; a receipt per row, those that landed first.

    A refusal, and an answer that tells of errors, holds for the whole call: it is sent again in parts
    (`reliability.md` §2.10). So only calls whose repetition changes nothing may be sent through here; one refused row
    among n costs at most 2·log2 n + 1 calls. What has no known outcome is not sent again.
    ``listed``: the id under which the answer lists a row; one it does not list is not known to have arrived.
    """
    parts = deque([rows] if rows else [])
    trusted = True
    suspects: set[int] = set()
    while parts:
        some = parts.popleft()
        told, text = _once(some, call, listed)
        if told is not None:
            trusted = trusted and not (some[0].seq in suspects and told[0].outcome == "ok")
            yield from told
            continue
        named = _named(some, text) if trusted else []
        if named and len(named) < len(some):
            suspects |= {row.seq for row in named}
            parts += [*([row] for row in named), [row for row in some if row.seq not in suspects]]
        else:
            parts += [some[: len(some) // 2], some[len(some) // 2 :]]


def _once(
    rows: Sequence[PlanRow], call: Call, listed: Callable[[PlanRow], str | None] | None
) -> tuple[list[Receipt] | None, str]:
    """The receipts of one call, or None and the body that says something is wrong with one of several rows."""
    try:
        answer = call(rows)
    except CallFailed as error:
        if is_refusal(error) and len(rows) > 1:
            return None, error.body
        return [refused(row, error) for row in rows], ""
    if partly_saved(answer.status, answer.text):
        return ([in_part(rows[0], answer)], "") if len(rows) == 1 else (None, answer.text)
    there = None if listed is None else {str(record.get("id")) for record in list_of(answer)}
    return [_landed(row, answer, there is None or (listed and listed(row)) in there) for row in rows], ""


def _landed(row: PlanRow, answer: Answer, there: bool) -> Receipt:
    if there:
        return Receipt(row.seq, "ok", row.target_id, {}, answer.status)
    return told(row, "unknown", Problem("not_listed", "the store's answer does not list it"), answer.status)


def _named(rows: Sequence[PlanRow], text: str) -> list[PlanRow]:
    """The rows that an error body names, by their place in the call or by an id. It is only a hint where to look."""
    named = named_in(text)
    return [row for place, row in enumerate(rows) if place in named.places or _ids(row) & named.ids]


def _ids(row: PlanRow) -> set[tuple[str, str | None]]:
    product = row.target_id if row.level == "product" else row.parent_target_id
    variant = None if row.level == "product" else row.target_id
    return {("variant_id", variant), ("product_id", product), ("sku", row.sku)}


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
    except (ValueError, AttributeError):
        return None
