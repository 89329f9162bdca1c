"""Refused requests and the checks of a body that lead there.

The error body is ``{"error": title, "message": detail}`` (fact sheet §3, D:rate_limiting).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from pipelines.kit.sandbox import NotDone, Request, Response


class Refusal(NotDone):
    """A request the till will not do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def error(status: int, message: str) -> Response:
    """The error body of the API."""
    return Response.json(status, {"error": HTTPStatus(status).phrase, "message": message})


def unprocessable(message: str) -> Refusal:
    return Refusal(422, message)


def missing(what: str, key: str) -> Refusal:
    return Refusal(404, f"{what} {key} was not found")


def body_of(request: Request, kind: type = dict) -> Any:
    """The JSON body, of the wanted kind. Raises Refusal 400."""
    try:
        body = request.json() if request.body else {}
    except ValueError as fault:
        raise Refusal(400, "The body is not JSON") from fault
    if not isinstance(body, kind):
        raise Refusal(400, "The body has the wrong shape")
    return body


_BEYOND = 10**18


def number(value: object) -> bool:
    """A number whose five decimals can be kept exactly."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and -_BEYOND < value < _BEYOND


def text(value: object) -> bool:
    return isinstance(value, str)


def boolean(value: object) -> bool:
    return isinstance(value, bool)


def listing(value: object) -> bool:
    return isinstance(value, list)


def mapping(value: object) -> bool:
    return isinstance(value, dict)


Check = Callable[[object], bool]
_WORDS: dict[Check, str] = {
    number: "a number",
    text: "text",
    boolean: "true or false",
    listing: "a list",
    mapping: "an object",
}


def check(values: Mapping[str, Any], checks: Mapping[str, Check], where: str) -> None:
    """Every known member must have its type; unknown members pass, as the vendor's schema lets them. 422."""
    for name, value in values.items():
        wanted = checks.get(name)
        if wanted is not None and not wanted(value):
            raise unprocessable(f"{where}{name} must be {_WORDS[wanted]}")


def every(kind: Check, values: object) -> bool:
    """Whether this is a list of nothing but values of one kind."""
    return isinstance(values, list) and all(map(kind, values))


def flag(request: Request, name: str) -> bool:
    """A query parameter that is true or false; false when absent. Raises Refusal 400."""
    given = request.param(name) or "false"
    if given not in ("true", "false"):
        raise Refusal(400, f"{name} must be true or false")
    return given == "true"


def integer(request: Request, name: str) -> int | None:
    """A query parameter as a whole number. Raises Refusal 400."""
    given = request.param(name)
    if given is None or given == "":
        return None
    try:
        return int(given)
    except ValueError as fault:
        raise Refusal(400, f"{name} must be a whole number") from fault
