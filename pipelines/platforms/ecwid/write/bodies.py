"""Canonical values as this API wants them: names of fields, money in major units, lists merged (fact sheet §2).

A body holds exactly the fields it is given. Attributes, sizes and categories are lists and groups of which only a part
is ours; whether a list that is sent replaces what stands is not documented, so what stands is sent with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipelines.kit.platform import StoreFacts

_TEXTS = {"name": "name", "description": "description", "sku": "sku"}
ALIASES = {"brand": "BRAND", "upc": "UPC"}
SIZES = {"depth": "length", "width": "width", "height": "height"}
"""Ours: the store's; of a product the till calls length what is depth here."""
GROUPED = frozenset({*ALIASES, *SIZES, "category_paths"})
"""Fields whose writing needs what stands in the store."""
_PLAIN = frozenset({*_TEXTS, "price", "weight", "is_active", "stock_tracking"})
_VARIANT = frozenset({"sku", "price", "weight", "upc", "image"})
_PRODUCT = frozenset({"name", "description", "is_active", "stock_tracking", *GROUPED}) - {"upc"}


def major(value: Any, facts: StoreFacts) -> Decimal:
    """Minor units as the store's own unit, exactly."""
    return (Decimal(value) / Decimal(10) ** facts.decimal_places).normalize() + 0


def plain_body(changed: Mapping[str, Any], facts: StoreFacts) -> dict[str, Any]:
    """The fields that need nothing of what stands; None empties text and sets numbers to 0."""
    made: dict[str, Any] = {}
    for field, value in changed.items():
        if field in _TEXTS:
            made[_TEXTS[field]] = value or ""
        elif field == "price":
            made["price"] = Decimal(0) if value is None else major(value, facts)
        elif field == "weight":
            made["weight"] = _number(value)
        elif field == "is_active":
            made["enabled"] = bool(value)
        elif field == "stock_tracking":
            made["unlimited"] = not value
    return made


def grouped_body(changed: Mapping[str, Any], standing: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes and sizes with what stands beside them; ``standing``: the product or variation as it is."""
    made: dict[str, Any] = {}
    ours = {ALIASES[field]: value for field, value in changed.items() if field in ALIASES}
    if ours:
        made["attributes"] = _attributes(ours, standing.get("attributes") or [])
    sizes = {SIZES[field]: _number(value) for field, value in changed.items() if field in SIZES}
    if sizes:
        stand = standing.get("dimensions") or {}
        made["dimensions"] = {name: sizes.get(name, stand.get(name) or Decimal(0)) for name in SIZES.values()}
    return made


def _attributes(ours: Mapping[str, Any], standing: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = [_kept(one) for one in standing if one.get("type") not in ours and one.get("id") is not None]
    ids = {one.get("type"): one["id"] for one in standing if one.get("id") is not None}
    for alias, value in ours.items():
        named = {"id": ids[alias]} if alias in ids else {"alias": alias}
        kept.append({**named, "value": value or ""})
    return kept


def _kept(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("id", "value", "valueTranslated") if name in one}


def _number(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(value).normalize() + 0


def choices(names: Sequence[str], variants: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The options of a new product: each with the values its variants have, in their order."""
    rows = [variant.get("option_values") or [] for variant in variants]
    return [option(name, [row[place] for row in rows if place < len(row)]) for place, name in enumerate(names)]


def option(name: str, texts: Iterable[str]) -> dict[str, Any]:
    """One option a customer must choose a value of; the values of themselves change no price."""
    made = [choice(text) for text in dict.fromkeys(texts)]
    return {"type": "SELECT", "name": name, "choices": made, "defaultChoice": 0, "required": True}


def choice(text: str) -> dict[str, Any]:
    """One value of an option."""
    return {"text": text, "priceModifier": Decimal(0), "priceModifierType": "ABSOLUTE"}


def chosen(names: Sequence[str], values: Sequence[str]) -> list[dict[str, str]]:
    """The values of one variation, each with its option."""
    return [{"name": name, "value": value} for name, value in zip(names, values, strict=True)]


def homeless(changed: Iterable[str], *, variant: bool) -> list[str]:
    """Names of changed fields that the store has no place for."""
    return sorted(set(changed) - (_VARIANT if variant else _PRODUCT))


def needs_standing(changed: Iterable[str]) -> bool:
    """Whether any of these fields is written together with what stands."""
    return bool(GROUPED & set(changed))
