"""The one picture a variation has of its own; it is shown when a shopper chooses it (fact sheet §2.4).

The store shows it at an address of its own, so whether it is the till's is known only from what was sent: ``created``
of a receipt says it under ``variant_images``. A product's list of images is ``images.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.platforms.ecwid.write.sending import refused, variant_path

FIELD = "image"


def with_images(session: Session, rows: Sequence[PlanRow], receipts: Iterable[Receipt]) -> Iterator[Receipt]:
    """The receipts, each after the picture of its row was sent as well; rows without one pass as they are.

    A picture that is refused fails a row that changes a variation; one that was made stays made, with a message.
    """
    by_seq = {row.seq: row for row in rows if FIELD in row.changes}
    for receipt in receipts:
        row = by_seq.get(receipt.seq)
        if row is None or receipt.outcome not in {"ok", "exists"} or receipt.target_id is None:
            yield receipt
            continue
        url = str(row.after()[FIELD] or "")
        if not url and row.action == "create":
            yield receipt
            continue
        try:
            show(session, receipt.target_id, url)
        except CallFailed as error:
            failed = refused(row, error)
            yield replace(receipt, message=failed.message) if row.action == "create" else failed
            continue
        except TillsyncError:
            if row.action == "create":
                yield receipt
            raise
        yield replace(receipt, outcome="ok", created={**receipt.created, "variant_images": {row.item_id: url}})


def show(session: Session, variant_id: str, url: str) -> None:
    """Let a variation show this picture, or none. Raises CallFailed."""
    path = f"{variant_path(variant_id)}/image"
    if url:
        session.call("POST", path, params={"externalUrl": url})
    else:
        session.call("DELETE", path)
