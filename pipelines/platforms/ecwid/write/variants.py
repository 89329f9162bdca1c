"""Change and delete variations (fact sheet §2.4). The variant of a product without variations is the product itself.

Adding variations is ``new_variants.py``, their pictures are ``variant_images.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.ecwid.batch import Wanted
from pipelines.platforms.ecwid.extract import by_id
from pipelines.platforms.ecwid.write.bodies import grouped_body, homeless, needs_standing, plain_body
from pipelines.platforms.ecwid.write.sending import record_of, send_rows, variant_path
from pipelines.platforms.ecwid.write.variant_images import FIELD, with_images

FIELDS = "id,attributes,combinations(id,attributes)"


def update_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Only what changed, one call a variation; pictures last."""
    yield from (receipt for row in rows if (receipt := _misplaced(row)))
    fitting = [row for row in rows if not _misplaced(row)]
    yield from with_images(session, fitting, _fields(session, fitting, facts))


def _fields(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Everything but pictures; a row that is only a picture has nothing to do here."""
    yield from (Receipt(row.seq, "ok", row.target_id) for row in rows if set(row.changes) == {FIELD})
    fitting = [row for row in rows if set(row.changes) != {FIELD}]
    try:
        standing = _standing(session, [row for row in fitting if needs_standing(row.changes)])
    except CallFailed as error:
        yield from (refused(row, error) for row in fitting)
        return
    ready = []
    for row in fitting:
        after = row.after()
        body = {**plain_body(after, facts), **grouped_body(after, standing.get(str(row.target_id), {}))}
        ready.append((row, [Wanted("PUT", variant_path(row.target_id), body)]))
    yield from send_rows(session, ready)


def _standing(session: Session, rows: Sequence[PlanRow]) -> dict[str, Mapping[str, Any]]:
    """What these rows are about as it stands, by their ids."""
    products = list(dict.fromkeys(str(row.parent_target_id) for row in rows))
    found: dict[str, Mapping[str, Any]] = {}
    for key, answer in by_id(session, products, FIELDS).items():
        product = record_of(answer) if answer is not None else {}
        found[key] = product
        found |= {f"{key}:{one.get('id')}": one for one in product.get("combinations") or []}
    return found


def _misplaced(row: PlanRow) -> Receipt | None:
    fields = homeless(row.changes, variant=True)
    fields += [FIELD] if row.is_base and FIELD in row.changes else []
    if not fields:
        return None
    return unfit(
        row, f"the store has no place for {', '.join(fields)} of a variant that stands", "take it out of the mapping"
    )


def delete_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """Each by its own id; its siblings stay. One that is not there any more is already deleted."""
    sound = [row for row in rows if ":" in str(row.target_id)]
    yield from (unfit(row, "it is the product itself, not one of its variations") for row in rows if row not in sound)
    yield from send_rows(session, [(row, [Wanted("DELETE", variant_path(row.target_id))]) for row in sound])
