"""An explanation of ``pipelines/language/explain.py`` as a table of words, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.report.values import Money, shown


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
