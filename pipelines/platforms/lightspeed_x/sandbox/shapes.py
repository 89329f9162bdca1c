"""What a nested body must look like: kinds of values, lists, objects with required members.

Unknown members pass, as the vendor's schemas let them. What a value refers to is looked up elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, boolean, number, text

LARGEST = 10**10
"""Amounts and quantities beyond are refused, so that their products and sums stay exact."""


class Kind(Protocol):
    """Something a value can be held against."""

    def fault(self, value: Any, where: str) -> str | None:
        """What is wrong with a value that stands at ``where``; None when nothing is."""


@dataclass(frozen=True)
class Plain:
    """One value."""

    words: str
    test: Callable[[Any], bool]

    def fault(self, value: Any, where: str) -> str | None:
        """See ``Kind``."""
        return None if self.test(value) else f"{where} must be {self.words}"


@dataclass(frozen=True)
class Maybe:
    """A value, or null."""

    kind: Kind

    def fault(self, value: Any, where: str) -> str | None:
        """See ``Kind``."""
        return None if value is None else self.kind.fault(value, where)


@dataclass(frozen=True)
class Rows:
    """A list of values of one kind."""

    kind: Kind

    def fault(self, value: Any, where: str) -> str | None:
        """See ``Kind``."""
        if not isinstance(value, list):
            return f"{where} must be a list"
        return next((fault for row in value if (fault := self.kind.fault(row, f"{where}[]"))), None)


@dataclass(frozen=True)
class Members:
    """An object: the kinds of its known members, and which must be there."""

    known: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def fault(self, value: Any, where: str) -> str | None:
        """See ``Kind``."""
        if not isinstance(value, dict):
            return f"{where or 'the body'} must be an object"
        prefix = f"{where}." if where else ""
        missing = next((name for name in self.required if name not in value), None)
        if missing is not None:
            return f"{prefix}{missing} is required"
        known = self.known
        return next((f for n, v in value.items() if n in known and (f := known[n].fault(v, prefix + n))), None)


def one_of(*values: str) -> Plain:
    """One of some words."""
    return Plain(f"one of {', '.join(values)}", lambda value: isinstance(value, str) and value in values)


def at_most(length: int) -> Plain:
    """Text of limited length."""
    return Plain(f"text of at most {length} characters", lambda value: text(value) and len(value) <= length)


def is_uuid(value: object) -> bool:
    """Whether a value is a UUID written with its dashes."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


TEXT = Plain("text", text)
FLAG = Plain("true or false", boolean)
NUMBER = Plain("a number", lambda value: number(value) and abs(value) < LARGEST)
WHOLE = Plain("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
IDENTIFIER = Plain("a UUID", is_uuid)


def demand(kind: Kind, value: Any, status: int = 422) -> None:
    """Raises Refusal with the first thing that is wrong."""
    fault = kind.fault(value, "")
    if fault is not None:
        raise Refusal(status, fault)
