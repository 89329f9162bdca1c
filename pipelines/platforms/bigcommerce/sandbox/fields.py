"""What a field of a record may hold, and the refusal when it holds something else.

The tables of the records themselves are in ``records``; nothing here knows a product from a variant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

Kind = Literal["text", "number", "money", "integer", "flag", "choice", "integers", "texts", "object", "any"]

LARGEST = 2147483647
_DIGITS = 18
_FOUR_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Field:
    """One field. ``least`` and ``most`` bound the value of a number and the length of a text or list."""

    kind: Kind
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    default: Any = None
    nullable: bool = False


def text(most: int | None = None, least: int = 0, **how: Any) -> Field:
    return Field("text", least, most, **{"default": "", **how})


def number(least: int | None = 0, most: int | None = None, **how: Any) -> Field:
    return Field("number", least, most, **{"default": 0, **how})


def money(**how: Any) -> Field:
    return Field("money", **{"least": 0, "default": 0, **how})


def integer(least: int = 0, most: int = LARGEST, **how: Any) -> Field:
    return Field("integer", least, most, **{"default": 0, **how})


def flag(default: bool = False) -> Field:
    return Field("flag", default=default)


def choice(*names: str) -> Field:
    return Field("choice", choices=names, default=names[0])


def is_number(value: object) -> bool:
    """Whether a JSON value is a number of a size that can be kept."""
    if isinstance(value, Decimal):
        return value.is_finite() and value.adjusted() < _DIGITS
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_DIGITS


def is_integer(value: object) -> bool:
    """Whether a JSON value is a number without a fraction."""
    return is_number(value) and value == int(value)  # type: ignore[call-overload]


def _bounded(measure: Decimal | int, field: Field, what: str) -> str | None:
    if field.least is not None and measure < field.least:
        return f"{what} must be at least {field.least}"
    if field.most is not None and measure > field.most:
        return f"{what} must be at most {field.most}"
    return None


def _text(value: object, field: Field) -> str | None:
    return _bounded(len(value), field, "length") if isinstance(value, str) else "must be a text"


def _number(value: object, field: Field) -> str | None:
    return _bounded(value, field, "value") if is_number(value) else "must be a number"  # type: ignore[arg-type]


def _integer(value: object, field: Field) -> str | None:
    return _bounded(value, field, "value") if is_integer(value) else "must be a whole number"  # type: ignore[arg-type]


def _flag(value: object, _field: Field) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _choice(value: object, field: Field) -> str | None:
    return None if value in field.choices else f"must be one of {', '.join(field.choices)}"


def _integers(value: object, field: Field) -> str | None:
    if not isinstance(value, list) or not all(is_integer(item) for item in value):
        return "must be a list of whole numbers"
    return _bounded(len(value), field, "number of items")


def _texts(value: object, field: Field) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return "must be a list of texts"
    return _bounded(sum(map(len, value)), field, "length")


def _object(value: object, _field: Field) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


def _any(_value: object, _field: Field) -> str | None:
    return None


_CHECKS: Mapping[Kind, Callable[[object, Field], str | None]] = {
    "text": _text,
    "number": _number,
    "money": _number,
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "integers": _integers,
    "texts": _texts,
    "object": _object,
    "any": _any,
}


def fault(value: object, field: Field) -> str | None:
    """What is wrong with a value; None when it may stand."""
    if value is None:
        return None if field.nullable else "must not be null"
    return _CHECKS[field.kind](value, field)


def faults(body: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, str]:
    """The faulty fields of a body and what is wrong; fields outside the table are not looked at."""
    found = {name: fault(value, fields[name]) for name, value in body.items() if name in fields}
    return {name: reason for name, reason in found.items() if reason}


def stored(value: Any, field: Field) -> Any:
    """A value as the store keeps it: money to 4 decimals, numbers without trailing zeros."""
    if value is None:
        return None
    if field.kind == "money":
        value = Decimal(value).quantize(_FOUR_PLACES, ROUND_HALF_UP)
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else value.normalize()
    return value


def taken(body: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The fields of a checked body as they are stored."""
    return {name: stored(value, fields[name]) for name, value in body.items() if name in fields}


def defaults(fields: Mapping[str, Field]) -> dict[str, Any]:
    """A new record with every field at its default; lists are fresh."""
    return {
        name: list(field.default) if isinstance(field.default, tuple) else field.default
        for name, field in fields.items()
    }
