"""Lines of an order that are recorded: they stay with the product they were recorded on. Pure.

A product may be deleted at the till after it was sold, and made again under its SKU. No till takes a line of a product
it does not have, a return neither; what must still change of one that is deleted is of the placeholder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipelines.kit.documents import Line
from pipelines.kit.warehouse import Warehouse, identifier

PLACEHOLDER = "helper:placeholder"
_PLACE = """
SELECT coalesce(min(s.item_id), ?)
FROM order_helpers AS h JOIN variants_by_sku AS s ON s.sku = h.sku
WHERE h.item_key = ?
"""


def deleted(house: Warehouse, variants: Sequence[str], items: Iterable[str]) -> frozenset[str]:
    """Which of these products the till has deleted; ``variants``: where its canonical variants are."""
    sql = (
        f"SELECT variant_id FROM {identifier(*variants)} WHERE deleted_at IS NOT NULL AND list_contains(?, variant_id)"  # noqa: S608
    )
    return frozenset(row["variant_id"] for row in house.query(sql, [sorted(set(items))]))


def placeholder(house: Warehouse) -> str:
    """The till's product that stands for others, or that it is to be made."""
    return str(house.one(_PLACE, [f"created:{PLACEHOLDER}", PLACEHOLDER]))


def kept(recorded: Iterable[Line], current: Iterable[Line]) -> list[Line]:
    """What is ordered now, each line under the product it was recorded on: nothing is sold anew for another one."""
    stands = {line.key: line.item_id for line in recorded}
    return [replace(line, item_id=stands.get(line.key, line.item_id)) for line in current]


def replaced(lines: Iterable[Line], gone: frozenset[str], by: str) -> list[Line]:
    """Lines that can be sent: of what is gone another product stands in the line."""
    return [replace(line, item_id=by) if line.item_id in gone else line for line in lines]
