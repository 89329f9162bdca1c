"""Shapes: of a record that names people, the fields that are kept and no other (I-36)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]
"""Field → None (kept as it is), or the shape of what stands in it: of one record, or of each in a list."""


def fields(*names: str, **nested: Shape) -> Shape:
    """A shape of these fields, and of those that are records themselves."""
    return {**dict.fromkeys(names), **nested}


def kept(value: Any, shape: Shape | None) -> Any:
    """A record, or each record of a list, with the fields of its shape and no other; None where it is no record."""
    if shape is None:
        return value
    if isinstance(value, list):
        return [kept(one, shape) for one in value if isinstance(one, dict)]
    if not isinstance(value, dict):
        return None
    return {name: kept(value[name], inner) for name, inner in shape.items() if name in value}
