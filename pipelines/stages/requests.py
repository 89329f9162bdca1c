"""What a person decides and looks at: links, holds, quarantine, calls.

Decisions are rows that the next run takes into account. Nothing here calls a platform.
``unpublish`` hides in the store with the next run's plan, which can be read first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.exact_json import loads
from pipelines.kit.warehouse import Warehouse
from pipelines.language.document import nearest

_SQL = Path(__file__).parent / "sql"
Rows = list[dict[str, Any]]


def act(house: Warehouse, what: str, connection: str, *, now: datetime, **more: Any) -> Rows:
    """One looking or deciding command; its rows. Raises MistakeInFiles on an unknown SKU or hold."""
    house.con.execute("SET search_path = ?", [connection])
    if what.startswith("holds "):
        return _holds(house, what.removeprefix("holds "), connection, now, more)
    if what.startswith("links "):
        return _LINK_ACTIONS[what.removeprefix("links ")](house, connection, str(more["sku"]), now)
    return _LOOKS[what](house, connection, more)


def _links(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:
    return house.rows(_SQL / "list_links.sql", connection=connection, sku=more.get("sku"))


def _open_holds(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:  # noqa: ARG001
    rows = house.query(
        "SELECT hold_id, entity, level, sku, name, class, reason, created_at AS since, state, changes FROM sync.holds"
        " WHERE connection = ? AND state IN ('open', 'approved') ORDER BY class, sku, hold_id",
        [connection],
    )
    return [{**row, "changes": loads(row["changes"]) if row["changes"] else {}} for row in rows]


def _quarantine(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:  # noqa: ARG001
    return house.query(
        "SELECT entity, sku, name, class, reason, since, last_run FROM sync.quarantine"
        " WHERE connection = ? AND released_at IS NULL ORDER BY entity, sku",
        [connection],
    )


def _audit(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:
    return house.query(
        "SELECT run_id, n, platform, kind, method, path, status, outcome, attempt, ms, request_hash, recorded_at"
        " FROM sync.calls WHERE list_contains(string_split(?, '__'), platform)"
        " ORDER BY recorded_at DESC, n DESC LIMIT ?",
        [connection, int(more.get("limit", 50))],
    )


_LOOKS: dict[str, Callable[[Warehouse, str, Mapping[str, Any]], Rows]] = {
    "links": _links,
    "holds": _open_holds,
    "quarantine": _quarantine,
    "audit": _audit,
}


def _holds(house: Warehouse, action: str, connection: str, now: datetime, more: Mapping[str, Any]) -> Rows:
    ids, of_class = list(more.get("ids") or []), more.get("of_class")
    known = _open_holds(house, connection, {})
    if action == "approve" and not ids:
        known = [row for row in known if row["state"] == "open"]
    found = [row for row in known if row["hold_id"] in ids or row["class"] == of_class]
    unknown = [one for one in ids if one not in {row["hold_id"] for row in found}]
    if unknown or not found:
        raise MistakeInFiles(_no_hold(action, unknown, of_class, [row for row in known if row["state"] == "open"]))
    if action == "show":
        return found
    state = "approved" if action == "approve" else "rejected"
    for row in found:
        house.con.execute(
            "UPDATE sync.holds SET state = ?, decided_at = ?, note = ? WHERE connection = ? AND hold_id = ?",
            [state, now, f"{state} by a person", connection, row["hold_id"]],
        )
    return [{**row, "state": state} for row in found]


def _no_hold(action: str, unknown: list[str], of_class: str | None, still_open: Rows) -> Problem:
    """What to say where nothing was chosen, or something that does not wait; only what still waits is expected."""
    ids, classes = [row["hold_id"] for row in still_open], sorted({row["class"] for row in still_open})
    if unknown:
        message, expected = f"there is no open hold {', '.join(unknown)}", "one of " + ", ".join(ids[:20])
    elif of_class:
        message, expected = f"there is no open hold of class {of_class}", "one of the classes " + ", ".join(classes)
    else:
        message = f"which holds to {action} is not said: neither ids nor --class were given"
        expected = f"ids ({', '.join(ids[:20])}) or --class ({', '.join(classes)})"
    return Problem(
        "unknown_hold",
        message,
        found=", ".join(unknown) or of_class,
        expected=expected if still_open else "nothing waits for a decision",
        do="`tillsync holds list` shows what waits" if still_open else "nothing; the next sync sends what is approved",
    )


def _item(house: Warehouse, connection: str, sku: str) -> dict[str, Any]:
    rows = _links(house, connection, {"sku": sku})
    if not rows:
        known = [row["sku"] for row in _links(house, connection, {}) if row["sku"]]
        raise MistakeInFiles(
            Problem(
                "unknown_sku",
                f"there is no SKU {sku} at the till",
                found=sku,
                expected="a SKU of the till",
                do=nearest(sku, known),
            )
        )
    return rows[0]


def _approve(house: Warehouse, connection: str, sku: str, now: datetime) -> Rows:
    """A proposed link becomes a link, its product's too."""
    item = _item(house, connection, sku)
    if item["state"] != "proposed":
        raise MistakeInFiles(
            Problem("not_proposed", f"the link of {sku} is not proposed", found=item["state"], expected="proposed")
        )
    ids = [item["from_id"], item["product_id"]]
    house.con.execute(
        "UPDATE sync.links SET state = 'linked', reason = NULL, since = ?"
        " WHERE connection = ? AND state = 'proposed' AND list_contains(?, from_id)",
        [now, connection, ids],
    )
    _request(house, connection, "approve", item, now)
    return [_item(house, connection, sku)]


def _unlink(house: Warehouse, connection: str, sku: str, now: datetime) -> Rows:
    """The pair stays known and is left alone from now on; the store keeps its record as it is."""
    item = _linked(house, connection, sku)
    _cut(house, connection, item, now, "unlinked by a person")
    _request(house, connection, "unlink", item, now)
    return [_item(house, connection, sku)]


def _unpublish(house: Warehouse, connection: str, sku: str, now: datetime) -> Rows:
    """Hide in the store with the next run, then unlink (S000-51, S000-54); not for products with variants (S000-50)."""
    item = _item(house, connection, sku)
    if item["state"] == "unlinked":
        return [item]
    item = _linked(house, connection, sku)
    if item["siblings"] > 1:
        raise MistakeInFiles(
            Problem(
                "has_variants",
                f"{sku} is one of {item['siblings']} variants of a product and cannot be unpublished alone (S000-50)",
                found=sku,
                expected="a product without variants",
                do="delete the variant at the till, or hide the whole product there",
            )
        )
    _request(house, connection, "unpublish", item, now)
    return [_item(house, connection, sku)]


def _linked(house: Warehouse, connection: str, sku: str) -> dict[str, Any]:
    item = _item(house, connection, sku)
    if item["state"] not in {"linked", "broken"}:
        raise MistakeInFiles(Problem("not_linked", f"{sku} is not linked", found=item["state"], expected="linked"))
    return item


def _cut(house: Warehouse, connection: str, item: Mapping[str, Any], now: datetime, reason: str) -> None:
    ids = [item["from_id"]] + ([item["product_id"]] if item["siblings"] <= 1 else [])
    house.con.execute(
        "UPDATE sync.links SET state = 'unlinked', reason = ?, since = ?"
        " WHERE connection = ? AND list_contains(?, from_id)",
        [reason, now, connection, ids],
    )


def _request(house: Warehouse, connection: str, action: str, item: Mapping[str, Any], now: datetime) -> None:
    house.con.execute(
        "INSERT INTO sync.requests SELECT ?, ?, ?, ?, ?, NULL WHERE NOT EXISTS (FROM sync.requests AS r"
        " WHERE r.connection = ? AND r.action = ? AND r.item_id = ? AND r.done_run IS NULL)",
        [connection, action, item["sku"], item["product_id"], now, connection, action, item["product_id"]],
    )


_LINK_ACTIONS: dict[str, Callable[[Warehouse, str, str, datetime], Rows]] = {
    "approve": _approve,
    "unlink": _unlink,
    "unpublish": _unpublish,
}
