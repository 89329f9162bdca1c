"""Canonical values as this API wants them: names of fields, money in major units, lists as text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.kit.platform import StoreFacts

_PLAIN = {"name": "name", "description": "description", "is_active": "is_visible", "sku": "sku"}
_MONEY = {"price": "price", "cost_price": "cost_price"}


def major(value: Any, facts: StoreFacts) -> Decimal | None:
    """Minor units as the store's own unit, exactly."""
    return None if value is None else (Decimal(value) / Decimal(10) ** facts.decimal_places).normalize() + 0


def body(changed: Mapping[str, Any], facts: StoreFacts) -> dict[str, Any]:
    """The given canonical fields, and only those, as members of a product or variant."""
    made: dict[str, Any] = {}
    for field, value in changed.items():
        if field in _PLAIN:
            made[_PLAIN[field]] = "" if value is None else value
        elif field in _MONEY:
            made[_MONEY[field]] = major(value, facts)
        elif field == "brand":
            made.update({"brand_name": value} if value else {"brand_id": 0})
        elif field == "search_keywords":
            made["search_keywords"] = ",".join(value)
        elif field == "weight":
            made["weight"] = value
    return made
