"""Images of a product: what the till took away goes, what it added comes, what stays is never sent again.

Pictures of one variant are shown with the product's, after them; which one a variant shows is ``variant_images.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, still_there
from pipelines.platforms.bigcommerce.write.sending import data_of, list_of

PAGE = 250


def image_body(image: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
    """An image to add; its place is the till's, which counts from 1."""
    return {"image_url": image["url"], "sort_order": _place(image), "is_thumbnail": first}


def _place(image: Mapping[str, Any]) -> int:
    return int(image["position"]) - 1


def change_images(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """One product a row. An image is its till id and its source address (`design.md` §5).

    ``created`` names the images that arrived, also in the receipt of a row that failed half-way.
    """
    for row in rows:
        work = _Work(session, row)
        try:
            work.do()
        except CallFailed as error:
            work.failed = error
        except TillsyncError:
            if work.made:
                yield work.receipt("not_sent")
            raise
        yield work.receipt()


@dataclass
class _Work:
    """One product's images on the way to what is wanted."""

    session: Session
    row: PlanRow
    made: dict[str, str] = field(default_factory=dict)
    failed: CallFailed | None = None

    @property
    def path(self) -> str:
        return f"/v3/catalog/products/{self.row.target_id}/images"

    def receipt(self, outcome: str = "ok") -> Receipt:
        created = {"images": dict(self.made)}
        if self.failed is not None:
            return replace(refused(self.row, self.failed), created=created)
        return Receipt(self.row.seq, outcome, self.row.target_id, created)  # type: ignore[arg-type]

    def do(self) -> None:
        """Take away, add, put in order; a refused image does not keep the others back.

        An answer is not a reading: what is said to be gone is looked for, for nothing would know it as ours later.
        """
        change = self.row.changes["images"]
        before, after = change["before"] or [], change["after"] or []
        stands = {_identity(i): i for i in before if i.get("image_id") and i.get("store_image_id")}
        wanted = {_identity(image) for image in after}
        gone = [i["store_image_id"] for i in before if i.get("store_image_id") and _identity(i) not in wanted]
        fresh = [image for image in after if _identity(image) not in stands]
        for store_id in gone:
            if not self._try("DELETE", f"{self.path}/{store_id}", gone_is_fine=True):
                return
        there = self._ids() if gone or fresh else set()
        left = there & {str(one) for one in gone}
        if left:
            self.failed = self.failed or still_there(len(left))
        if not self._add(fresh, after, there):
            return
        for index, image in enumerate(after):
            known = stands.get(_identity(image))
            if known is not None and not self._move(image, known, first=index == 0, was_first=known is before[0]):
                return

    def _try(self, method: str, path: str, body: Any = None, *, gone_is_fine: bool = False) -> bool:
        """One call; False when it is not known what it did, so that nothing is built on it."""
        try:
            self.session.call(method, path, body=body)
        except CallFailed as error:
            if gone_is_fine and error.status == 404:
                return True
            self.failed = self.failed or error
            return error.outcome == "rejected"
        return True

    def _add(self, fresh: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], there: set[str]) -> bool:
        for image in fresh:
            try:
                answer = self.session.call("POST", self.path, body=image_body(image, first=image is after[0]))
                arrived = data_of(answer).get("id")
            except CallFailed as error:
                if error.outcome == "rejected":
                    self.failed = self.failed or error
                    continue
                arrived = self._arrived(there, error)
            if arrived is None:
                return False
            self.made[image["image_id"]] = str(arrived)
            there.add(str(arrived))
        return True

    def _arrived(self, there: set[str], error: CallFailed) -> str | None:
        """Whether an image whose outcome is not known is there: the one image more than before."""
        earlier, self.failed = self.failed, error
        more = self._ids() - there if error.outcome == "unknown" else set()
        if len(more) != 1:
            return None
        self.failed = earlier
        return more.pop()

    def _ids(self) -> set[str]:
        ids: set[str] = set()
        for page in range(1, 5):
            answer = self.session.call("GET", self.path, params={"limit": PAGE, "page": page})
            found = list_of(answer) if answer.text else []
            ids.update(str(image["id"]) for image in found)
            if len(found) < PAGE:
                break
        return ids

    def _move(self, image: Mapping[str, Any], known: Mapping[str, Any], *, first: bool, was_first: bool) -> bool:
        body: dict[str, Any] = {}
        if known.get("position") is None or _place(known) != _place(image):
            body["sort_order"] = _place(image)
        if first and not was_first:
            body["is_thumbnail"] = True
        return not body or self._try("PUT", f"{self.path}/{known['store_image_id']}", body)


def _identity(image: Mapping[str, Any]) -> tuple[Any, Any]:
    return image.get("image_id"), image.get("url")
