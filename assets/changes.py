"""A plan's changes in lines a person reads: what would be created by product and SKU, the rest field by field.

The rows are those of ``looking.decided_on``; nothing is read or decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]
Line = tuple[str, str]
"""What stands out, and what is said of it."""
MOST, FIRST = 20, 5
_INDENT = "    "


def told(changes: Rows) -> Iterator[Line]:
    """Every line under a plan's summary, the first ``MOST`` products and the first ``MOST`` other changes."""
    new = {row["product_id"]: row for row in changes if (row["level"], row["action"]) == ("product", "create")}
    parts: dict[str, list[Mapping[str, Any]]] = {key: [] for key in new}
    rest = []
    for row in changes:
        parts[row["product_id"]].append(row) if row["product_id"] in new else rest.append(row)
    if new:
        skus = sum(row["level"] == "variant" for rows in parts.values() for row in rows)
        yield "", ""
        yield "", f"  would be created: {_many(len(new), 'product')} with {_many(skus, 'SKU')}"
        for rows in list(parts.values())[:MOST]:
            yield from _product(rows)
        yield from _more(len(new), "product")
    if rest:
        yield "", ""
        yield "", "  would be sent" + (" besides" if new else "")
        for row in rest[:MOST]:
            yield from _change(row)
        yield from _more(len(rest), "change")


def _product(rows: Rows) -> Iterator[Line]:
    """A product with its SKUs; one that has only one SKU in one line."""
    product, skus = rows[0], [row for row in rows if row["level"] == "variant"]
    name, held = _INDENT + (product["name"] or ""), _held(product)
    uncounted = dict(_after(product)).get("stock_tracking") == "no"
    lines = [_sku(row, [one for one in rows if _is_level_of(one, row)], uncounted) for row in skus]
    if len(lines) == 1:
        yield name, f"{lines[0]}{held}"
        return
    yield name, f"{_many(len(skus), 'SKU')}{held}"
    for line in lines:
        yield "", f"{_INDENT * 2}{line}"


def _sku(row: Mapping[str, Any], levels: Rows, uncounted: bool) -> str:
    """SKU, option values, price, level: ``TEE-S  S, White, 24.00 USD, 12 units``."""
    values = dict(_after(row))
    places = [(level["location_id"], dict(_after(level)).get("on_hand")) for level in levels]
    counted = [count if len(places) == 1 else f"{count} at {place}" for place, count in places]
    said = [values.get("option_values"), values.get("price"), *counted, "not counted" if uncounted else None]
    return f"{row['sku'] or 'no SKU'}  {', '.join(str(one) for one in said if one)}"


def _is_level_of(row: Mapping[str, Any], sku: Mapping[str, Any]) -> bool:
    return bool(row["level"] == "stock" and row["item_id"] == sku["item_id"])


def _after(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((field, after) for field, _, after in row["changes"])


def _change(row: Mapping[str, Any]) -> Iterator[Line]:
    """A change of what is there: its first fields, before and after."""
    yield _INDENT + (row["sku"] or row["name"] or ""), f"{row['action']} {row['level']}{_held(row)}"
    for field, before, after in row["changes"][:FIRST]:
        yield "", f"{_INDENT * 2}{field}: {before} → {after}"
    if len(row["changes"]) > FIRST:
        yield "", f"{_INDENT * 2}and {_many(len(row['changes']) - FIRST, 'more field')}"


def _held(row: Mapping[str, Any]) -> str:
    return ", waits for a decision" if row["state"] == "held" else ""


def _more(count: int, what: str) -> Iterator[Line]:
    if count > MOST:
        yield "", f"{_INDENT}and {_many(count - MOST, f'more {what}')}; the report lists all"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
