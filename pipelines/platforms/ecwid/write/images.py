"""Images of a product: what the till took away goes, what it added comes, what stays is never sent again.

The store has one main image, which a new one replaces, and a gallery beside it (fact sheet §2.8). It fetches each by
its address. Pictures of one variant are shown with the product's, after them; which one a variant shows is
``variant_images.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, still_there
from pipelines.platforms.ecwid.refusals import is_gone
from pipelines.platforms.ecwid.write.sending import product_path, record_of

MAIN = "0"
"""What the store calls its main image in every product."""
Image = Mapping[str, Any]


def first_images(
    session: Session, product_id: str, images: Sequence[Image]
) -> tuple[dict[str, dict[str, str]], CallFailed | None]:
    """Give a new product its images, in order. Returns what is created of them, and the first refusal.

    ``images``: till ids to store ids; ``image_unknown``: the one of which nobody knows whether it came, if any.
    """
    work, unknown = _Work(session, product_id), {}
    for image in images:
        if not work.add(image, main=image is images[0]):
            unknown = {"image_unknown": {str(image["image_id"]): ""}}
            break
    return {"images": work.made, **unknown}, work.failed


def change_images(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """One product a row. An image is its till id and its source address (`design.md` §5).

    ``created`` names the images that arrived, also in the receipt of a row that failed half-way.
    """
    for row in rows:
        work = _Work(session, str(row.target_id))
        change = row.changes["images"]
        try:
            work.do(change["before"] or [], change["after"] or [])
        except CallFailed as error:
            work.failed = error
        except TillsyncError:
            if work.made:
                yield _receipt(row, work, "not_sent")
            raise
        yield _receipt(row, work)


def _receipt(row: PlanRow, work: _Work, outcome: str = "ok") -> Receipt:
    created = {"images": dict(work.made)}
    if work.failed is not None:
        return replace(refused(row, work.failed), created=created)
    return Receipt(row.seq, outcome, row.target_id, created)  # type: ignore[arg-type]


@dataclass
class _Work:
    """One product's images on the way to what is wanted."""

    session: Session
    product_id: str
    made: dict[str, str] = field(default_factory=dict)
    failed: CallFailed | None = None

    def do(self, before: Sequence[Image], after: Sequence[Image]) -> None:
        """Add, take away, put in order; a refused image does not keep the others back.

        What was the main image and is still wanted goes into the gallery before another takes its place. What becomes
        the main image leaves the gallery before: under its new id nothing would know the old one as ours.
        """
        stands = {_identity(i): i for i in before if i.get("image_id") and i.get("store_image_id")}
        wanted = {_identity(image) for image in after}
        gone = [str(i["store_image_id"]) for i in before if i.get("store_image_id") and _identity(i) not in wanted]
        main = next((key for key, i in stands.items() if str(i["store_image_id"]) == MAIN), None)
        first = _identity(after[0]) if after else None
        anew = first is not None and main != first
        if anew and main in wanted and main is not None:
            stands.pop(main)
        if anew and first in stands:
            self._take_away([str(stands.pop(first)["store_image_id"])])
            if self.failed is not None:
                return
        fresh = [image for image in after if _identity(image) not in stands]
        shown = self._shown_first() if anew and after[0]["url"] != (main or ("", ""))[1] else None
        for image in sorted(fresh, key=lambda one: _identity(one) == first):
            if not self.add(image, main=anew and _identity(image) == first):
                return
        if shown is not None:
            self._look_whether_replaced(after[0], shown)
        if self._take_away([store_id for store_id in gone if not (store_id == MAIN and anew)]):
            self._order(after, {key: str(i["store_image_id"]) for key, i in stands.items()})

    def add(self, image: Image, *, main: bool) -> bool:
        """Let the store fetch one image; False when it is not known what came of it, so that nothing is built on it."""
        path = f"{product_path(self.product_id)}/{'image' if main else 'gallery'}"
        try:
            answer = self.session.call("POST", path, params={"externalUrl": image["url"]})
        except CallFailed as error:
            self.failed = self.failed or error
            return error.outcome == "rejected"
        arrived = MAIN if main else record_of(answer).get("id")
        if arrived is None:
            return False
        self.made[image["image_id"]] = str(arrived)
        return True

    def _take_away(self, gone: Sequence[str]) -> bool:
        """Let images go and look whether they went; False when it is not known what a call did."""
        for store_id in gone:
            if not self._drop(store_id):
                return False
        if gone:
            self._look_for(set(gone))
        return True

    def _drop(self, store_id: str) -> bool:
        path = f"{product_path(self.product_id)}/{'image' if store_id == MAIN else f'gallery/{store_id}'}"
        try:
            self.session.call("DELETE", path)
        except CallFailed as error:
            if is_gone(error):
                return True
            self.failed = self.failed or error
            return error.outcome == "rejected"
        return True

    def _look_whether_replaced(self, first: Image, shown: str) -> None:
        """Whatever it shows, the main image has one id: by that nobody would notice that it is the one before."""
        if self.failed is None and self._shown_first() == shown:
            self.made.pop(first["image_id"], None)
            self.failed = still_there(1)

    def _shown_first(self) -> str:
        """The store's address of the main image, which is another one for each upload; empty where there is none."""
        return str((self._there().get(MAIN) or {}).get("imageOriginalUrl") or "")

    def _look_for(self, dropped: set[str]) -> None:
        """An answer is not a reading: what is said to be gone is looked for, for nothing would know it as ours later.

        Where others are left one of them may be the main image now, which has the same id whatever it shows.
        """
        there = self._there().keys()
        left = there & dropped
        if there - dropped:
            left.discard(MAIN)
        if left:
            self.failed = self.failed or still_there(len(left))

    def _there(self) -> dict[str, Image]:
        """The product's images as the store shows them, by its ids."""
        media = record_of(self.session.call("GET", product_path(self.product_id))).get("media") or {}
        return {str(image.get("id")): image for image in media.get("images") or []}

    def _order(self, after: Sequence[Image], stands: Mapping[tuple[Any, Any], str]) -> None:
        """Put the gallery in the till's order where it is not the order it came in."""
        ids = [self.made.get(image["image_id"]) or stands.get(_identity(image)) for image in after]
        gallery = [one for one in ids if one not in {None, MAIN}]
        came = [one for one in (*stands.values(), *self.made.values()) if one in gallery]
        if gallery == came:
            return
        images = [{"id": one, "orderBy": place} for place, one in enumerate(gallery, start=1)]
        try:
            self.session.call("PUT", product_path(self.product_id), body={"media": {"images": images}})
        except CallFailed as error:
            self.failed = self.failed or error


def _identity(image: Image) -> tuple[Any, Any]:
    return image.get("image_id"), image.get("url")
