"""What a person looks at before deciding, and afterwards: links, holds, what is set aside, failures, calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.exact_json import loads
from pipelines.kit.warehouse import Warehouse

_SQL = Path(__file__).parent / "sql"
Rows = list[dict[str, Any]]


def links_of(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:
    """Links and proposals, of one SKU or all."""
    return house.rows(_SQL / "list_links.sql", connection=connection, sku=more.get("sku"))


def waiting(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:  # noqa: ARG001
    """Holds that wait, or are approved and not yet sent, with their values before and after."""
    return _holds(house, connection, ["open", "approved"])


def _all_holds(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:  # noqa: ARG001
    return _holds(house, connection, ["open", "approved", "rejected", "expired", "applied", "superseded"])


def _holds(house: Warehouse, connection: str, states: list[str]) -> Rows:
    rows = house.query(
        "SELECT hold_id, entity, level, action, sku, name, class, reason, created_at AS since, state, decided_at,"
        " expires_at, note, changes FROM sync.holds"
        " WHERE connection = ? AND list_contains(?, state) ORDER BY class, sku, hold_id",
        [connection, states],
    )
    return [{**row, "changes": loads(row["changes"]) if row["changes"] else {}} for row in rows]


def quarantined(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:  # noqa: ARG001
    """Records set aside, each with why and since when."""
    return house.query(
        "SELECT entity, sku, name, class, reason, since, last_run FROM sync.quarantine"
        " WHERE connection = ? AND released_at IS NULL ORDER BY entity, sku",
        [connection],
    )


def _failed(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:
    return house.rows(_SQL / "list_failed.sql", connection=connection, skus=list(more.get("skus") or []))


def _calls(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:
    return house.query(
        "SELECT run_id, n, platform, kind, method, path, status, outcome, attempt, ms, request_hash, recorded_at"
        " FROM sync.calls WHERE list_contains(string_split(?, '__'), platform)"
        " ORDER BY recorded_at DESC, n DESC LIMIT ?",
        [connection, int(more.get("limit", 50))],
    )


def _evidence(house: Warehouse, connection: str, more: Mapping[str, Any]) -> Rows:
    """What was sent by a run, or with one call ``RUN/N``, row by row: values, intent, outcome, calls, whose decision.

    Raises MistakeInFiles where nothing is known of it.
    """
    run, _, call = str(more["of"]).partition("/")
    known = [row["run_id"] for row in house.rows(_SQL / "known_runs.sql", connection=connection)]
    found = [one for one in known if one.startswith(run)] if run else []
    if len(found) != 1 or (call and not call.isdecimal()):
        listed = command(house.merchant, "audit", "list", connection)
        raise MistakeInFiles(unknown_run(run or str(more["of"]), known, found, listed))
    rows = house.rows(
        _SQL / "evidence.sql", connection=connection, run_id=found[0], call=int(call) if call else None,
        sku=more.get("sku"),
    )  # fmt: skip
    return [{**row, **{name: loads(row[name]) for name in ("changes", "calls") if row[name]}} for row in rows]


def unknown_run(asked: str, known: list[str], found: list[str], listed: str) -> Problem:
    """There is no such run, or several begin so; ``listed``: the command that lists them."""
    several = len(found) > 1
    return Problem(
        "unknown_run",
        f"{len(found)} runs begin with {asked}" if several else f"no run begins with {asked}",
        found=asked,
        expected="one of " + ", ".join((found if several else known)[:10]) if known else "no run wrote anything yet",
        do="name more of its id" if several else f"`{listed}` shows the runs and their calls",
    )


LOOKS: dict[str, Callable[[Warehouse, str, Mapping[str, Any]], Rows]] = {
    "links": links_of,
    "holds": waiting,
    "holds all": _all_holds,
    "quarantine": quarantined,
    "retry": _failed,
    "audit": _calls,
    "audit show": _evidence,
}
