"""Images of a product: what the till took away goes, what it added comes, what stays is never sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.bigcommerce.write.sending import data_of, refused


def change_images(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """Identity of an image: till image id and source address (`design.md` §5)."""
    for row in rows:
        made: dict[str, str] = {}
        try:
            _change(session, row, made)
        except CallFailed as error:
            yield refused(row, error)
            continue
        yield Receipt(row.seq, "ok", row.target_id, {"images": made})


def _change(session: Session, row: PlanRow, made: dict[str, str]) -> None:
    path = f"/v3/catalog/products/{row.target_id}/images"
    change = row.changes["images"]
    before, after = change["before"] or [], change["after"] or []
    standing = {_identity(image): image for image in before if image.get("image_id") and image.get("store_image_id")}
    wanted = {_identity(image) for image in after}
    for image in before:
        if _identity(image) not in wanted and image.get("store_image_id"):
            session.call("DELETE", f"{path}/{image['store_image_id']}")
    for index, image in enumerate(after):
        known = standing.get(_identity(image))
        if known is None:
            body = {"image_url": image["url"], "sort_order": index, "is_thumbnail": index == 0}
            made[image["image_id"]] = str(data_of(session.call("POST", path, body=body))["id"])
        elif int(known["position"]) - 1 != index:
            session.call("PUT", f"{path}/{known['store_image_id']}", body={"sort_order": index})


def _identity(image: Mapping[str, Any]) -> tuple[Any, Any]:
    return image.get("image_id"), image.get("url")
