"""How the API answers: refusals in its three forms, pages of a list, the query parameters of a list.

What is refused and why is decided where the change is made; this module only gives it its form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from pipelines.kit.sandbox import NotDone, Request, Response, to_json
from pipelines.platforms.bigcommerce.sandbox.fields import LARGEST

TYPE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
_EXPONENT = 60
PROBLEM_JSON = "application/problem+json"


class Refusal(NotDone):
    """The call is refused; ``errors`` names fields."""

    def __init__(self, status: int, title: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.errors = dict(errors or {})

    def body(self) -> dict[str, Any]:
        """The V3 error object (fact sheet §11)."""
        return {"status": self.status, "title": self.title, "type": TYPE, "errors": self.errors}


class BatchRefusal(Refusal):
    """A batch of variants of which some are refused: 422 with ``batch_errors``."""

    def __init__(self, parts: Sequence[Refusal]) -> None:
        super().__init__(422, "The batch was not saved")
        self.parts = parts

    def body(self) -> dict[str, Any]:
        return {"batch_errors": [part.body() for part in self.parts]}


def gone(what: str, id_: object) -> Refusal:
    """404 for a record that is not there."""
    return Refusal(404, f"The {what} {id_} was not found")


def invalid(errors: Mapping[str, str]) -> Refusal:
    """422 for fields that may not stand as they are."""
    first, reason = next(iter(errors.items()))
    return Refusal(422, f"The request holds invalid data: {first} {reason}", errors)


def in_use(field: str, title: str) -> Refusal:
    """409 for a value that another record has."""
    return Refusal(409, title, {field: title})


def refused(refusal: Refusal, path: str) -> Response:
    """The answer in the form of the API that was called: V2 a list, the others an object of their kind."""
    if "/v2/" in path:
        status = 400 if refusal.status == 422 else refusal.status
        told: dict[str, Any] = {"details": refusal.errors} if refusal.errors else {}
        return Response.json(status, [{"status": status, "message": refusal.title, **told}])
    if "/v3/catalog/trees" in path and refusal.status == 422:
        return Response.json(422, {"errors": refusal.body(), "meta": {}})
    headers = {"content-type": PROBLEM_JSON} if "/v3/inventory/" in path else {}
    return Response.json(refusal.status, refusal.body(), headers)


def data(record: object, status: int = 200) -> Response:
    """One record, in its envelope."""
    return Response.json(status, {"data": record, "meta": {}})


def partly(record: object, refusal: Refusal) -> Response:
    """207: saved except for what ``refusal`` names (fact sheet §11)."""
    return Response.json(207, {"data": record, "errors": refusal.body(), "meta": {}})


@dataclass(frozen=True)
class Paging:
    """Which part of a list is asked for."""

    page: int
    limit: int
    query: tuple[tuple[str, str], ...]

    @property
    def start(self) -> int:
        return (self.page - 1) * self.limit

    def link(self, page: int) -> str:
        rest = [(name, value) for name, value in self.query if name not in ("page", "limit")]
        return "?" + urlencode([*rest, ("page", page), ("limit", self.limit)])

    def meta(self, total: int, count: int) -> dict[str, Any]:
        """The ``meta`` object of this page of ``total`` records."""
        pages = -(-total // self.limit)
        links = {"current": self.link(self.page)}
        if self.page > 1:
            links["previous"] = self.link(self.page - 1)
        if self.page < pages:
            links["next"] = self.link(self.page + 1)
        return {
            "pagination": {
                "total": total,
                "count": count,
                "per_page": self.limit,
                "current_page": self.page,
                "total_pages": pages,
                "links": links,
            }
        }


def paging(request: Request, most: int = 250, usual: int = 50, clamp: bool = True) -> Paging:
    """Page and limit of a request. Raises Refusal on nonsense, or on too much when ``clamp`` is off."""
    page, limit = whole(request, "page", 1), whole(request, "limit", usual)
    for name, value in (("page", page), ("limit", limit)):
        if not 1 <= value <= LARGEST:
            raise invalid({name: f"must be between 1 and {LARGEST}"})
    if limit > most and not clamp:
        raise Refusal(413, f"The limit is {limit}; at most {most} records are given on a page")
    return Paging(page, min(limit, most), request.query)


def listed(pieces: Iterable[object], meta: Mapping[str, Any]) -> Response:
    """A page of records that are JSON text already."""
    return Response.raw_json(200, to_json({"data": list(pieces), "meta": meta}))


def page_of(records: Sequence[Mapping[str, Any]], request: Request, most: int = 250, usual: int = 50) -> Response:
    """A page of a list that is small enough to be held in memory."""
    asked = paging(request, most, usual)
    part = [trimmed(record, request) for record in records[asked.start : asked.start + asked.limit]]
    return Response.json(200, {"data": part, "meta": asked.meta(len(records), len(part))})


def trimmed(record: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
    """A record with the fields that ``include_fields`` or ``exclude_fields`` leave; its id always stays."""
    keep, leave = listing(request, "include_fields"), listing(request, "exclude_fields")
    if keep is None and leave is None:
        return record
    return {
        name: value
        for name, value in record.items()
        if name == "id" or ((keep is None or name in keep) and (leave is None or name not in leave))
    }


def whole(request: Request, name: str, usual: int) -> int:
    """A query parameter as a whole number. Raises Refusal when it is not one."""
    value = request.param(name)
    if value is None:
        return usual
    try:
        return int(value)
    except ValueError as error:
        raise invalid({name: "must be a whole number"}) from error


def listing(request: Request, name: str) -> list[str] | None:
    """A comma-separated query parameter; None when it is absent."""
    value = request.param(name)
    return None if value is None else [part for part in value.split(",") if part]


def numbers(request: Request, name: str) -> list[int] | None:
    """A comma-separated query parameter of whole numbers. Raises Refusal on anything else."""
    parts = listing(request, name)
    if parts is None:
        return None
    try:
        return [int(part) for part in parts]
    except ValueError as error:
        raise invalid({name: "must be whole numbers separated by commas"}) from error


def flag_of(request: Request, name: str) -> bool | None:
    """A query parameter that is true or false; None when it is absent. Raises Refusal on anything else."""
    value = request.param(name)
    if value is None:
        return None
    if value.lower() not in ("true", "false", "1", "0"):
        raise invalid({name: "must be true or false"})
    return value.lower() in ("true", "1")


def only_known(request: Request, known: Iterable[str]) -> None:
    """Refuse query parameters that the operation does not have."""
    strange = sorted({name for name, _ in request.query} - set(known) - {"page", "limit"})
    if strange:
        raise Refusal(422, f"The filter(s): {', '.join(strange)} are not valid filter parameter(s).")


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if not -_EXPONENT < value.adjusted() < _EXPONENT:
        raise ValueError(f"{text} is too long a number")
    return value


def body_of(request: Request, kind: type) -> Any:
    """The JSON body, an object or a list as ``kind`` says. Raises Refusal on anything else."""
    try:
        body = json.loads(request.body, parse_float=_number)
        to_json(body)
    except (ValueError, TypeError, RecursionError) as error:
        raise Refusal(400, "The body is not JSON that can be kept") from error
    if not isinstance(body, kind):
        raise Refusal(422, "The body must be " + ("a list" if kind is list else "an object"))
    return body
