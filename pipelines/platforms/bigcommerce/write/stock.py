"""Levels by absolute adjustment through the inventory API, and levels read back (fact sheet §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.bigcommerce.write.sending import send_batch

IDS_PER_CALL = 200
PAGE = 1000
REASON = "tillsync: level of the till"


def set_levels(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterable[Receipt]:  # noqa: ARG001
    """Up to 2,000 levels a call. 200 means accepted; whether they show is read back later."""

    def put(some: Sequence[PlanRow]) -> Answer:
        body = {"reason": REASON, "items": [_item(row) for row in some]}
        return session.call("PUT", "/v3/inventory/adjustments/absolute", body=body)

    return send_batch(rows, put)


def _item(row: PlanRow) -> dict[str, Any]:
    identity = {"product_id": int(row.parent_target_id or 0)} if row.is_base else {"variant_id": int(row.target_id or 0)}
    return {"location_id": int(row.location_id or 0), **identity, "quantity": int(row.after()["on_hand"])}


def read_levels(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
    """On hand of each ``(variant_id, location_id)`` that the store shows now."""
    variants = sorted({variant for variant, _ in keys}, key=int)
    found: dict[tuple[str, str], Decimal] = {}
    for start in range(0, len(variants), IDS_PER_CALL):
        group = ",".join(variants[start : start + IDS_PER_CALL])
        answer = session.call("GET", "/v3/inventory/items", params={"limit": PAGE, "variant_id:in": group})
        for item in answer.json()["data"]:
            for place in item.get("locations", []):
                key = (str(item["identity"]["variant_id"]), str(place["location_id"]))
                found[key] = Decimal(place["total_inventory_onhand"])
    return found
