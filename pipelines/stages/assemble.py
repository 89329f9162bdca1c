"""Plan rows as writers take them. A product's creation carries its SKUs and images, which have rows of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.platform import PlanRow
from pipelines.kit.warehouse import Warehouse


def plan_row(row: dict[str, Any]) -> PlanRow:
    """One row of the table ``plan`` as a PlanRow; numbers are Decimal."""
    return PlanRow(
        seq=row["seq"],
        level=row["level"],
        action=row["action"],
        item_id=row["item_id"],
        sku=row["sku"],
        name=row["name"],
        target_id=row["target_id"],
        parent_target_id=row["parent_target_id"],
        location_id=row["location_id"],
        changes=exact_json.loads(row["changes"]),
        is_base=bool(row["is_base"]),
    )


def creation(house: Warehouse) -> Callable[[dict[str, Any]], PlanRow]:
    """A maker of whole creations: the product's row with the planned rows of its SKUs and images inside."""
    sql = (
        "SELECT * FROM plan WHERE state = 'planned' AND parent_item_id = ? AND level IN ('variant', 'images')"
        " AND (action = 'create' OR level = 'images') ORDER BY seq"
    )

    def make(row: dict[str, Any]) -> PlanRow:
        parts = [plan_row(part) for part in house.query(sql, [row["item_id"]])]
        variants = [{"item_id": part.item_id, **part.after()} for part in parts if part.level == "variant"]
        images: list[Any] = next((part.after()["images"] for part in parts if part.level == "images"), [])
        whole = plan_row(row)
        changes = {
            **whole.changes,
            "variants": {"before": None, "after": variants},
            "images": {"before": None, "after": images},
        }
        return PlanRow(**{**vars(whole), "changes": changes})

    return make


def addition(house: Warehouse) -> Callable[[dict[str, Any]], PlanRow]:
    """A maker of variants for products that stand: each says which option every one of its values belongs to.

    Those are the till's; the store's where a variant comes back that its product at the till has no options for.
    """

    def make(row: dict[str, Any]) -> PlanRow:
        whole = plan_row(row)
        names = house.one("SELECT option_names FROM source_products WHERE product_id = ?", [row["parent_item_id"]])
        if len(names or []) != len(whole.after().get("option_values") or []):
            names = house.one(
                "SELECT option_names FROM target_products WHERE product_id = ?", [row["parent_target_id"]]
            )
        return PlanRow(
            **{**vars(whole), "changes": {**whole.changes, "option_names": {"before": None, "after": names}}}
        )

    return make
