"""Receipts in a person's words: what became of a row whose call did not end as meant. What is sent is a platform's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from pipelines.kit.errors import CallFailed, Outcome, Problem, TillsyncError
from pipelines.kit.platform import PlanRow, Receipt

PICTURE = "image"
"""The field that is the one picture of a variant."""


def what(row: PlanRow) -> str:
    """A row in a person's words; a customer by its id alone (I-36)."""
    name = row.item_id if row.level == "customer" else row.sku or row.name or row.item_id
    return f"{row.action} of {name}"


def refused(row: PlanRow, error: CallFailed) -> Receipt:
    """The receipt of a row whose call was refused, was not sent, or whose outcome is unknown."""
    return told(row, error.outcome, error.problems[0], error.status)


def told(row: PlanRow, outcome: Outcome, about: Problem, status: int | None, who: str = "store") -> Receipt:
    """A receipt that says in our words what went wrong, and after it what the platform said."""
    start = {
        "rejected": f"{what(row)} was refused",
        "unknown": f"whether {what(row)} arrived is not known",
        "not_sent": f"{what(row)} was not sent",
    }.get(outcome, what(row))
    said = f" (the {who} says: {about.found})" if about.found else ""
    words = f"{start}: {about.message}{said}"
    return Receipt(row.seq, outcome, row.target_id, {}, status, words, about.expected, about.do)


def unfit(row: PlanRow, message: str, do: str | None = None) -> Receipt:
    """The receipt of a row that is never sent because the platform could not take it."""
    return told(row, "rejected", Problem("unfit", message, do=do), None)


def still_there(count: int) -> CallFailed:
    """An answer said that so many images were taken away, and a reading after it shows them."""
    about = Problem(
        "still_there",
        f"the store said that {count} image{'s were' if count > 1 else ' was'} taken away and still shows "
        f"{'them' if count > 1 else 'it'}",
        do="nothing: the next run takes away what is there then",
    )
    return CallFailed(about, "unknown")


def is_refusal(error: CallFailed) -> bool:
    """Whether the platform refused what was sent, so that it had no effect, as against not answering."""
    return error.outcome == "rejected" and error.status is not None and 400 <= error.status < 500


def with_pictures(
    rows: Sequence[PlanRow], receipts: Iterable[Receipt], show: Callable[[PlanRow, str, str], None]
) -> Iterator[Receipt]:
    """The receipts, each after the picture of its row was sent as well; rows without one pass as they are.

    ``show``: lets the variant of this row and store id show the picture at an address, none where it is blank; raises
    CallFailed. A picture that is refused fails a row that changes a variant; a variant that was made stays made, with a
    message.
    """
    by_seq = {row.seq: row for row in rows if PICTURE in row.changes}
    for receipt in receipts:
        row = by_seq.get(receipt.seq)
        url = str(row.after()[PICTURE] or "") if row else ""
        done = receipt.outcome in {"ok", "exists"} and receipt.target_id is not None
        if row is None or not done or (not url and row.action == "create"):
            yield receipt
            continue
        try:
            show(row, receipt.target_id or "", url)
        except CallFailed as error:
            failed = refused(row, error)
            yield replace(receipt, message=failed.message) if row.action == "create" else failed
            continue
        except TillsyncError:
            if row.action == "create":
                yield receipt
            raise
        yield replace(receipt, outcome="ok", created={**receipt.created, "variant_images": {row.item_id: url}})
