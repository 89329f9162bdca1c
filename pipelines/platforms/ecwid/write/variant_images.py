"""The one picture a variation has of its own; it is shown when a shopper chooses it (fact sheet §2.4).

The store shows it at an address of its own, so whether it is the till's is known only from what was sent: ``created``
of a receipt says it under ``variant_images``. A product's list of images is ``images.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.kit.receipts import PICTURE, with_pictures
from pipelines.platforms.ecwid.write.sending import variant_path

FIELD = PICTURE


def with_images(session: Session, rows: Sequence[PlanRow], receipts: Iterable[Receipt]) -> Iterator[Receipt]:
    """The receipts, each after the picture of its row was sent as well."""
    return with_pictures(rows, receipts, lambda _, variant_id, url: show(session, variant_id, url))


def show(session: Session, variant_id: str, url: str) -> None:
    """Let a variation show this picture, or none. Raises CallFailed."""
    path = f"{variant_path(variant_id)}/image"
    if url:
        session.call("POST", path, params={"externalUrl": url})
    else:
        session.call("DELETE", path)
