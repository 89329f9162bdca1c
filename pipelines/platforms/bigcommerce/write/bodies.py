"""Canonical values as this API wants them: names of fields, money in major units, lists as text (fact sheet §4).

A body holds exactly the fields it is given. Custom fields, images, stock tracking and options are not here: they need
what stands in the store (``updates.py``, ``images.py``, ``variants.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipelines.kit.platform import StoreFacts

_TEXTS = {
    "name": "name",
    "description": "description",
    "sku": "sku",
    "upc": "upc",
    "tax_code": "product_tax_code",
    "page_title": "page_title",
    "meta_description": "meta_description",
}
_MONEY = {"price": "price", "cost_price": "cost_price", "msrp": "retail_price", "sale_price": "sale_price"}
_SIZES = ("weight", "width", "height", "depth")
_PRODUCT_ONLY = ("is_active", "brand", "search_keywords", "meta_keywords", "categories", "custom_url")
_VARIANT = frozenset({"sku", "upc", "weight", "is_active", *_MONEY})
_PRODUCT = frozenset({*_TEXTS, *_MONEY, *_SIZES, *_PRODUCT_ONLY})


def major(value: Any, facts: StoreFacts) -> Decimal:
    """Minor units as the store's own unit, exactly."""
    return (Decimal(value) / Decimal(10) ** facts.decimal_places).normalize() + 0


def product_body(changed: Mapping[str, Any], facts: StoreFacts) -> dict[str, Any]:
    """The canonical fields that a product has a place for, as its members; None empties text and sets numbers to 0."""
    return {
        name: content
        for field, value in changed.items()
        if field in _PRODUCT
        for name, content in _of_product(field, value, facts).items()
    }


def _of_product(field: str, value: Any, facts: StoreFacts) -> dict[str, Any]:
    if field in _TEXTS:
        return {_TEXTS[field]: value or ""}
    if field in _MONEY:
        return {_MONEY[field]: Decimal(0) if value is None else major(value, facts)}
    if field in _SIZES:
        return {field: Decimal(0) if value is None else _plain(value)}
    return _apart(field, value)


def _apart(field: str, value: Any) -> dict[str, Any]:
    if field == "is_active":
        return {"is_visible": bool(value)}
    if field == "brand":
        return {"brand_name": value} if value else {"brand_id": 0}
    if field == "search_keywords":
        return {"search_keywords": ",".join(value or ())}
    if field == "categories":
        return {"categories": [int(one) for one in value or ()]}
    if field == "custom_url":
        return {"custom_url": {"url": value, "is_customized": True}}
    return {field: list(value or ())}


def variant_body(changed: Mapping[str, Any], facts: StoreFacts) -> dict[str, Any]:
    """The canonical fields that a variant has a place for; a number that is None is inherited from the product."""
    made: dict[str, Any] = {}
    for field, value in changed.items():
        if field in {"sku", "upc"}:
            made[field] = value or ""
        elif field in _MONEY:
            made[_MONEY[field]] = None if value is None else major(value, facts)
        elif field == "weight":
            made["weight"] = None if value is None else _plain(value)
        elif field == "is_active":
            made["purchasing_disabled"] = not value
    return made


def _plain(value: Any) -> Decimal:
    return Decimal(value).normalize() + 0


def homeless(changed: Iterable[str], *, variant: bool, apart: Iterable[str] = ()) -> list[str]:
    """Names of changed fields that the store has no place for; ``apart``: those that are written another way."""
    known = (_VARIANT if variant else _PRODUCT) | set(apart)
    return sorted(set(changed) - known)
