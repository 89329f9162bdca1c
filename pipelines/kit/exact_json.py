"""JSON in which numbers keep their exact text: Decimal both ways, no NaN, no key twice."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import simplejson

DEEPEST = 200
"""Lists and objects within each other that are still read (B23)."""
_QUIET = re.compile(r'"(?:[^"\\]|\\.)*"|[^][{}"]+')


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return found


def loads(text: str | bytes) -> Any:
    """Parse strictly. Raises ValueError on NaN, Infinity, a repeated key, broken JSON or what is nested too deep."""
    if _too_deep(text if isinstance(text, str) else text.decode("utf-8", "replace")):
        raise ValueError(f"it is nested more than {DEEPEST} deep, or not whole")
    try:
        return simplejson.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except simplejson.JSONDecodeError as error:  # it keeps the whole text; what is raised here does not
        wrong = str(error)
    raise ValueError(wrong)


def _too_deep(text: str) -> bool:
    """Whether JSON is nested more than ``DEEPEST`` deep, or has a bracket without its other half.

    Every turn takes the innermost brackets away.
    """
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    left = _QUIET.sub("", text)
    for _ in range(DEEPEST):
        shorter = left.replace("[]", "").replace("{}", "")
        if shorter == left:
            break
        left = shorter
    return bool(left)


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """Write compactly; a Decimal becomes the number with exactly its digits. Raises ValueError on NaN."""
    text: str = simplejson.dumps(
        value, use_decimal=True, allow_nan=False, separators=(",", ":"), ensure_ascii=False, sort_keys=sort_keys
    )
    return text
