"""The one picture a variant has of its own; it is shown when a shopper chooses the variant (variants document).

The store shows it at an address of its own, so whether it is the till's is known only from what was sent: ``created``
of a receipt says it under ``variant_images``. A product's list of images is ``images.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.kit.receipts import PICTURE, with_pictures

PRODUCTS = "/v3/catalog/products"
FIELD = PICTURE


def inline(variant: Mapping[str, Any]) -> dict[str, Any]:
    """The picture as a member of a variant that is created with its product."""
    return {"image_url": variant[FIELD]} if variant.get(FIELD) else {}


def sent(variants: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """What a receipt says of pictures that went with their variants."""
    shown = {str(variant["item_id"]): str(variant[FIELD]) for variant in variants if variant.get(FIELD)}
    return {"variant_images": shown} if shown else {}


def with_images(session: Session, rows: Sequence[PlanRow], receipts: Iterable[Receipt]) -> Iterator[Receipt]:
    """The receipts, each after the picture of its row was sent as well."""
    return with_pictures(rows, receipts, partial(_send, session))


def _send(session: Session, row: PlanRow, variant_id: str, url: str) -> None:
    path = f"{PRODUCTS}/{row.parent_target_id}/variants/{variant_id}"
    if url:
        session.call("POST", f"{path}/image", body={"image_url": url})
    else:
        session.call("PUT", path, body={"image_url": ""})
