"""How the API answers and asks: refusals, pages of a list, ``responseFields``, moments, bodies.

What is refused and why is decided where the change is made; this module only gives it its form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import NotDone, Request, Response, to_json

MOST = 100
"""Rows of a page at most, and unless another number is asked for (fact sheet §1)."""
FORMS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
LARGEST = 2_147_483_647
LATEST = 253_402_300_799
"""The last second that can be written."""
LONGEST = 18
_EXPONENT = 60

STATUS: Mapping[str, int] = {
    "WRONG_PARAMETER": 400,
    "INCORRECT_IMAGE_SIZE": 400,
    "COST_PRICE_CANT_BE_NEGATIVE": 400,
    "WHOLESALE_PRICES_CANT_BE_NEGATIVE": 400,
    "COMBINATION_LIMIT_PER_REQUEST_EXCEEDED": 400,
    "DIFFERENT_COMBINATION_STOCK": 400,
    "DIFFERENT_COMBINATION_DIMENSIONS": 400,
    "NOT_AVAILABLE_ON_CURRENT_PLAN": 402,
    "STORE_IS_SUSPENDED": 402,
    "INSUFFICIENT_APP_SCOPE": 403,
    "INVALID_API_TOKEN": 403,
    "STORE_NOT_FOUND": 404,
    "PRODUCT_NOT_FOUND": 404,
    "COMBINATION_NOT_FOUND": 404,
    "CATEGORIES_NOT_FOUND": 404,
    "ORDER_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "TIMEOUT": 408,
    "SKU_ALREADY_EXISTS": 409,
    "EXTERNAL_ID_ALREADY_USED": 409,
    "CONSTRAINT_VIOLATION": 409,
    "COMBINATION_DUPLICATED": 409,
    "COMBINATION_CONTAINS_REMOVED_OPTION": 409,
    "COMBINATION_CONTAINS_REMOVED_OPTION_VALUE": 409,
    "NOT_ALLOWED_TO_UPDATE_EXTERNAL_CATEGORIES": 409,
    "NOT_ALLOWED_TO_UPDATE_PARAMETER": 409,
    "WRONG_URL": 422,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
}
"""The codes this sandbox refuses with, and the status each has (fact sheet §8)."""


class Refusal(NotDone):
    """The call is refused. ``code`` is one of ``STATUS``; None: refused without a code, with ``status``."""

    def __init__(self, code: str | None, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.status = STATUS[code] if status is None and code is not None else status or 400


def wrong(message: str) -> Refusal:
    """400 for a parameter or a member that may not stand as it is."""
    return Refusal("WRONG_PARAMETER", message)


def gone(what: str, id_: object) -> Refusal:
    """404 for a record that is not there, in the vendor's words (fact sheet §2.2)."""
    codes = {"Product": "PRODUCT_NOT_FOUND", "Combination": "COMBINATION_NOT_FOUND",
             "Category": "CATEGORIES_NOT_FOUND", "Order": "ORDER_NOT_FOUND"}  # fmt: skip
    return Refusal(codes.get(what), f"{what} #{id_} not found", 404)


def refused(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a refused call: ``errorMessage`` and, where there is one, ``errorCode``."""
    body = {"errorMessage": refusal.message}
    if refusal.code is not None:
        body["errorCode"] = refusal.code
    return Response.json(refusal.status, body, headers)


# --- numbers and moments ---------------------------------------------------------------------------------------------


def number(value: Decimal | int | float | str) -> Decimal | int:
    """A number as the API writes it: 10 and 9.5, never 10.00."""
    found = Decimal(str(value))
    if found == found.to_integral_value():
        return int(found)
    return found.normalize()


def moment(seconds: float) -> str:
    """Unix seconds as the API writes them."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


def digits(text: str) -> bool:
    """Whether a text is a whole number from 0 that can be one of ours."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST


def seconds_of(text: str, name: str) -> int:
    """A moment of a query: unix seconds, or one of the documented forms (§1). Raises Refusal."""
    if digits(text.strip()) and int(text) <= LATEST:
        return int(text)
    for form in FORMS:
        try:
            found = datetime.strptime(text.strip(), form)  # noqa: DTZ007
        except ValueError:
            continue
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    raise wrong(f"{name} is no date")


def whole(request: Request, name: str, usual: int) -> int:
    """A query parameter as a whole number from 0. Raises Refusal when it is not one."""
    text = request.param(name)
    if not text:
        return usual
    if not digits(text):
        raise wrong(f"{name} must be a number from 0")
    return int(text)


def flag(request: Request, name: str, usual: bool | None = None) -> bool | None:
    """A query parameter that is true or false. Raises Refusal on anything else."""
    text = request.param(name)
    if not text:
        return usual
    if text not in ("true", "false"):
        raise wrong(f"{name} must be true or false")
    return text == "true"


def numbers(request: Request, name: str) -> list[int] | None:
    """A query parameter of whole numbers separated by commas; None when it is absent. Raises Refusal."""
    text = request.param(name)
    if text is None or text == "":
        return None
    parts = text.split(",")
    if not all(digits(part.strip()) for part in parts):
        raise wrong(f"{name} must be numbers separated by commas")
    return [int(part) for part in parts]


def body_of(request: Request, kind: type) -> Any:
    """The JSON body, an object or a list as ``kind`` says. Raises Refusal on anything else."""
    try:
        body = json.loads(request.body, parse_float=_decimal)
        to_json(body)
    except (ValueError, TypeError, RecursionError) as error:
        raise wrong("The body is not JSON that can be kept") from error
    if not isinstance(body, kind):
        raise wrong("The body must be " + ("a list" if kind is list else "an object"))
    return body


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not -_EXPONENT < value.adjusted() < _EXPONENT:
        raise ValueError(f"{text} is too long a number")
    return value


# --- lists and parts of records --------------------------------------------------------------------------------------

Tree = dict[str, Any]
"""What ``responseFields`` names; an empty tree below a name means all of it."""


@dataclass(frozen=True)
class Limits:
    """What a store does with a ``limit`` that is too high, and the largest offset it takes (0: any)."""

    clamp: bool = True
    offset: int = 0


def page(request: Request, rows: Sequence[Any], show: Callable[[Any], Any], limits: Limits, **more: Any) -> Response:
    """A page of a list in its envelope (§1); ``show`` renders one row. Raises Refusal on a bad page."""
    offset, limit = whole(request, "offset", 0), whole(request, "limit", MOST)
    if limit > MOST and not limits.clamp:
        raise wrong(f"limit must not be above {MOST}")
    if limits.offset and offset > limits.offset:
        raise wrong(f"offset must not be above {limits.offset}")
    limit = min(limit, MOST)
    part = [show(row) for row in rows[offset : offset + limit]]
    body = {"total": len(rows), "count": len(part), "offset": offset, "limit": limit, **more, "items": part}
    return Response.json(200, trimmed(body, tree_of(request)))


def answer(request: Request, record: Any) -> Response:
    """A record, or a bare list of them, with what ``responseFields`` leaves of it."""
    tree = tree_of(request)
    return Response.json(200, [trimmed(one, tree) for one in record] if isinstance(record, list)
                         else trimmed(record, tree))  # fmt: skip


def tree_of(request: Request) -> Tree | None:
    """``responseFields`` as a tree; None when nothing is asked for. Raises Refusal on unbalanced parentheses."""
    text = request.param("responseFields")
    if not text:
        return None
    stack: list[Tree] = [{}]
    name = ""
    for sign in text + ",":
        if sign not in "(),":
            name += sign.strip()
            continue
        if sign == "(":
            below: Tree = stack[-1].setdefault(name, {})
            stack.append(below)
        elif name:
            stack[-1].setdefault(name, {})
        if sign == ")":
            stack.pop()
        if not stack:
            raise wrong("responseFields has a parenthesis too much")
        name = ""
    if len(stack) > 1:
        raise wrong("responseFields lacks a parenthesis")
    return stack[0]


def trimmed(value: Any, tree: Tree | None) -> Any:
    """What a tree leaves of a record; everything without one."""
    if not tree:
        return value
    if isinstance(value, list):
        return [trimmed(one, tree) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: trimmed(part, tree[name]) for name, part in value.items() if name in tree}
