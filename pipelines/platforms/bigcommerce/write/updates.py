"""Change products that stand: fields, visibility, stock tracking, custom fields, ten a call (fact sheet §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.bigcommerce.write.bodies import homeless, product_body
from pipelines.platforms.bigcommerce.write.custom_fields import field_change
from pipelines.platforms.bigcommerce.write.sending import list_of, send_batch

PATH = "/v3/catalog/products"
APART = ("custom_fields", "stock_tracking")


@dataclass
class _Change:
    """One row as it will be sent: members of its item, and custom fields that go after it."""

    item: dict[str, Any] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)


def update_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Only what changed. Receipts of type ok, exists (already so), rejected, unknown."""
    yield from (receipt for row in rows if (receipt := _misplaced(row)))
    fitting = [row for row in rows if not _misplaced(row)]
    try:
        standing = _standing(session, [row for row in fitting if set(APART) & set(row.changes)])
    except CallFailed as error:
        yield from (refused(row, error) for row in fitting)
        return
    changes = {row.seq: _change(row, standing.get(str(row.target_id), {}), facts) for row in fitting}

    def put(some: Sequence[PlanRow]) -> Answer:
        body = [{"id": int(row.target_id or 0), **changes[row.seq].item} for row in some]
        return session.call("PUT", PATH, body=body)

    sent = {row.seq: row for row in fitting if changes[row.seq].item}
    for row in fitting:
        if row.seq not in sent:
            yield _removed(session, row, changes[row.seq].removed, Receipt(row.seq, "exists", row.target_id))
    for receipt in send_batch(list(sent.values()), put, lambda row: row.target_id):
        yield _removed(session, sent[receipt.seq], changes[receipt.seq].removed, receipt)


def _misplaced(row: PlanRow) -> Receipt | None:
    fields = homeless(row.changes, variant=False, apart=APART)
    if not fields:
        return None
    return unfit(
        row, f"the store has no place for {', '.join(fields)} of a product that stands", "take it out of the mapping"
    )


def _standing(session: Session, rows: Sequence[PlanRow]) -> dict[str, Mapping[str, Any]]:
    """The products of these rows as they stand, by id, with variants and custom fields."""
    if not rows:
        return {}
    ids = ",".join(str(row.target_id) for row in rows)
    params = {"id:in": ids, "limit": 250, "include": "custom_fields,variants"}
    return {str(product["id"]): product for product in list_of(session.call("GET", PATH, params=params))}


def _change(row: PlanRow, standing: Mapping[str, Any], facts: StoreFacts) -> _Change:
    after = row.after()
    made = _Change(product_body(after, facts))
    if "stock_tracking" in after:
        made.item["inventory_tracking"] = tracking(bool(after["stock_tracking"]), options=_has_options(standing))
    if "custom_fields" in after:
        change = field_change(
            standing.get("custom_fields") or [],
            row.changes["custom_fields"]["before"] or [],
            after["custom_fields"] or [],
        )
        made.removed = change.removed
        if change.listed is not None:
            made.item["custom_fields"] = change.listed
    return made


def tracking(counted: bool, *, options: bool) -> str:
    """How a product's stock is counted: by variant where it has options, else as a whole."""
    return "none" if not counted else "variant" if options else "product"


def _has_options(product: Mapping[str, Any]) -> bool:
    return any(variant.get("option_values") for variant in product.get("variants") or [])


def _removed(session: Session, row: PlanRow, ids: Sequence[int], receipt: Receipt) -> Receipt:
    """Delete custom fields that are no longer wanted, once the rest of the row has landed."""
    if receipt.outcome not in {"ok", "exists"}:
        return receipt
    for field_id in ids:
        try:
            session.call("DELETE", f"{PATH}/{row.target_id}/custom-fields/{field_id}")
        except CallFailed as error:
            if error.status != 404:
                return refused(row, error)
    return Receipt(row.seq, "ok", row.target_id, {}, receipt.status) if ids else receipt
