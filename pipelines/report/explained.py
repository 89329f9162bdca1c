"""An explanation of ``pipelines/language/explain.py`` as a table of words, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.kit.command_line import command
from pipelines.report.values import Money, moment, quantity, shown
from pipelines.report.words import LINKS, RECORD, states_of, unsent

_LEVELS = {
    "location": "location", "till_now": "at the till", "last_agreed": "last agreed", "store_now": "in the store",
    "ordered": "ordered, not in the till's reading", "unexplained": "fell without an order", "buffer": "buffer",
    "coming_back": "given back or raised there, not in the till's reading",
    "safe_level": "safe to show",
}  # fmt: skip
_PARTS = {
    "sku": "part", "quantity": "one bundle takes", "safe_level": "safe to show", "makes": "bundles",
    "part": "what it does",
}  # fmt: skip
_MOVED = {"location": "location", "units": "units", "state": "what became of it", "since": "since", "ended_at": "until"}
MOVED = {
    "open": "waits: an order may explain it",
    "explained": "an order explains it",
    "overwritten": "the till's level was written",
    "adopted": "taken to the till as a count",
    "gone": "the level is there no more",
}
_IN_FLIGHT = {"number": "order", "status": "status", "units": "units", "why": "why"}


def as_table(found: Mapping[str, Any], money: Money | None = None) -> tuple[str, list[str], list[list[Any]]]:
    """Title, column names and rows of an explanation, for a terminal or a page; ``money`` is the till's."""
    if "sku" in found:
        columns = ["entity", "field", "from", "to", "unit", "decision", "reason"]
    elif "decided" in found:
        columns = ["entity", "decision", "records", "reason", "skus"]
    else:
        columns = ["entity", "field", "to_field", "syncs", "owner", "reason", "rules"]
    rows = found["decided"] if "decided" in found else found["fields"]
    subject = found.get("sku") or found.get("field") or "every field"
    read = found.get("read_before_write")
    stale = f" (the store as read from {read:%H:%M:%S} UTC on, before the last write)" if read else ""
    return f"{found['connection']}: {subject}{stale}", columns, [_line(row, columns, money) for row in rows]


def standing(found: Mapping[str, Any], merchant: str) -> list[tuple[str, str]]:
    """How an explained SKU stands: its link, how it ended last, what waits, what to do. Each line with its word."""
    about, sku = found["connection"], found["sku"]
    lines = [("link", _linked(item)) for item in found["items"]]
    lines += [("last run", f"{RECORD.get(row['entity'], row['entity'])}: {_ended(row)}") for row in _about(found)]
    for row in found["waiting"]:
        aside = row["kind"] == "quarantine"
        how = "" if aside else f"; decide: {command(merchant, 'holds', 'show', about, row['hold_id'])}"
        lines.append(("set aside" if aside else "waits", f"{row['reason']} ({row['class']}){how}"))
    if any(item["state"] == "broken" for item in found["items"]) and not _made_again(found):
        lines.append(("do", "to have it created again: `recreate_missing: true` in the settings of the connection"))
        lines.append(("do", f"to leave it so for good: {command(merchant, 'links', 'unlink', about, f'--sku={sku}')}"))
    return lines


def _linked(item: Mapping[str, Any]) -> str:
    means, why = str(LINKS.get(item["state"], item["state"])), item["reason"]
    if item["state"] == "linked":
        return f"{means}, created by a run" if item["match_key"] == "created" else f"{means} by its {item['match_key']}"
    if item["state"] == "broken":
        return f"{means}: it was deleted there, as seen at {moment(item['since'])}"
    return f"{means}: {why}" if why and why != means else means


def _about(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How the SKU's records ended, but for a run that was not about them."""
    return [row for row in found["ended"] if row["state"] != "out_of_scope" or row["mode"] not in ("undo", "retry")]


def _ended(row: Mapping[str, Any]) -> str:
    """The end state in words; where the record was left out, the reason says more than the state."""
    means: str = states_of(row["entity"], unsent(row), row["mode"])[row["state"]]
    if row["reason"] is None:
        return means
    return str(row["reason"]) if row["state"] == "out_of_scope" else f"{means}: {row['reason']}"


def _made_again(found: Mapping[str, Any]) -> bool:
    """Whether the last run was about to make again what was deleted in the store."""
    return any(row["entity"] == "products" and row["state"] != "out_of_scope" for row in _about(found))


def three_ways(found: Mapping[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """The levels of an explained SKU three ways, what a bundle's follow from, the orders whose units they hold back.

    Each as title, columns, rows.
    """
    why = {"why": "why"} if any(row["why"] for row in found.get("stock", [])) else {}
    tables = [(f"{found['sku']}: levels", _LEVELS | why, found["stock"])] if found.get("stock") else []
    if found.get("parts"):
        tables.append(("what it is made of", _PARTS, found["parts"]))
    if found.get("in_flight"):
        tables.append(("orders whose units are held back", _IN_FLIGHT, found["in_flight"]))
    if found.get("moved"):
        tables.append(("levels moved in the store alone", _MOVED, [_of_moved(row) for row in found["moved"]]))
    return [(title, list(names.values()), [_units(row, names) for row in rows]) for title, names, rows in tables]


def _of_moved(row: Mapping[str, Any]) -> dict[str, Any]:
    units = f"{quantity(abs(row['units']))} {'more' if row['units'] < 0 else 'fewer'}"
    times = {name: moment(row[name]) for name in ("since", "ended_at")}
    return {**row, **times, "units": units, "state": MOVED[row["state"]]}


def _units(row: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    return [_word(row[name]) if isinstance(row[name], str) else quantity(row[name]) or "-" for name in names]


def _line(row: Mapping[str, Any], columns: Sequence[str], money: Money | None) -> list[str]:
    unit = row.get("unit")
    cells = {name: shown(row[name], unit, money) if name in {"from", "to"} else _word(row[name]) for name in columns}
    if money and unit == "minor":
        cells["unit"] = "money"
    return [cells[name] for name in columns]


def _word(value: Any) -> str:
    if value is None or value in ("", []):
        return "-"
    return value if isinstance(value, str) else shown(value, None, None)
