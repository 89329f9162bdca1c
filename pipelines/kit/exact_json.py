"""JSON in which numbers keep their exact text: Decimal both ways, no NaN, no key twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import simplejson


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return found


def loads(text: str | bytes) -> Any:
    """Parse strictly. Raises ValueError on NaN, Infinity, a repeated key, broken JSON or nesting without end (B23)."""
    try:
        return simplejson.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except simplejson.JSONDecodeError as error:  # it keeps the whole text; what is raised here does not
        wrong = str(error)
    except RecursionError:
        wrong = "it is nested too deeply"
    raise ValueError(wrong)


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """Write compactly; a Decimal becomes the number with exactly its digits. Raises ValueError on NaN."""
    text: str = simplejson.dumps(
        value, use_decimal=True, allow_nan=False, separators=(",", ":"), ensure_ascii=False, sort_keys=sort_keys
    )
    return text
