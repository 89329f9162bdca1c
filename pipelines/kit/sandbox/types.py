"""What goes into a sandbox and what comes out: requests, answers, exact JSON.

No routing and no socket here; see ``machine`` and ``server``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import orjson

Fate = Literal["answered", "refused", "reset", "timed_out", "truncated"]
"""What the caller sees of an answer: ``refused`` never left, ``reset`` and ``timed_out`` carry no answer."""

JSON_TYPE = "application/json"


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no JSON form")


def to_json(value: object) -> bytes:
    """JSON text; Decimal as a number with its own digits, ``orjson.Fragment`` as it stands."""
    return orjson.dumps(value, default=_exact)


def from_json(text: bytes | str) -> Any:
    """Python values; every number with a fraction or an exponent is a Decimal. Raises ValueError."""
    return json.loads(text, parse_float=Decimal)


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``path`` is decoded and without the query; header names are lower-case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as Python values (Decimal for fractions). Raises ValueError when it is not JSON."""
        return from_json(self.body)

    @cached_property
    def _params(self) -> dict[str, str]:
        return dict(self.query)

    def param(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter."""
        return self._params.get(name, default)

    def params(self, name: str) -> list[str]:
        """Every value of a repeated query parameter, in order."""
        return [value for key, value in self.query if key == name]


@dataclass(frozen=True)
class Response:
    """One answer. ``delay`` is in seconds; ``fate`` other than ``answered`` is set by faults only."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fate: Fate = "answered"
    delay: float = 0.0

    @classmethod
    def json(cls, status: int, obj: object, headers: Mapping[str, str] | None = None) -> Response:
        """An answer with a JSON body; Decimals are written as exact numbers."""
        return cls.raw_json(status, to_json(obj), headers)

    @classmethod
    def raw_json(cls, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """An answer whose body is JSON text already."""
        return cls(status, {"content-type": JSON_TYPE, **(headers or {})}, body)

    @classmethod
    def empty(cls, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """An answer without a body."""
        return cls(status, dict(headers or {}))
