"""Custom fields one by one: only fields whose name is in the change are touched; the store's own stay (S000-31)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.platforms.bigcommerce.write.sending import refused

PAGE = 250


def change_custom_fields(session: Session, row: PlanRow) -> Receipt:
    """Add, change and remove the named fields that differ between before and after."""
    path = f"/v3/catalog/products/{row.target_id}/custom-fields"
    before = _by_name(row.changes["custom_fields"]["before"])
    after = _by_name(row.changes["custom_fields"]["after"])
    try:
        standing = {f["name"]: f for f in session.call("GET", path, params={"limit": PAGE}).json().get("data", [])}
        for name in sorted(after):
            if name not in standing:
                session.call("POST", path, body={"name": name, "value": after[name]})
            elif standing[name]["value"] != after[name]:
                session.call("PUT", f"{path}/{standing[name]['id']}", body={"name": name, "value": after[name]})
        for name in sorted(set(before) - set(after)):
            if name in standing:
                session.call("DELETE", f"{path}/{standing[name]['id']}")
    except CallFailed as error:
        return refused(row, error)
    return Receipt(row.seq, "ok", row.target_id)


def _by_name(entries: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in entries or []}
