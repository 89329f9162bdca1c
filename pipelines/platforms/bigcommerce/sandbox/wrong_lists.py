"""Lists as no document has them, which a client must survive: the switch ``list_wrong``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipelines.kit.sandbox import Request, Response
from pipelines.kit.sandbox.types import from_json, to_json

_SHAPE = frozenset({"page", "limit", "include", "include_fields", "exclude_fields", "sort", "direction"})


def asked(request: Request, wrong: object) -> Request:
    """A call as the store takes it: ``repeat`` gives the first page always, ``unfiltered`` follows no filter."""
    if request.method != "GET" or wrong not in ("repeat", "unfiltered"):
        return request
    kept = [(name, value) for name, value in request.query if name in _SHAPE]
    return replace(request, query=tuple(("page", "1") if name == "page" and wrong == "repeat" else (name, value)
                                        for name, value in kept))  # fmt: skip


def answered(response: Response, wrong: object) -> Response:
    """An answer as the store gives it: ``total`` says one record more than there is."""
    if wrong != "total" or response.status != 200 or not response.body:
        return response
    body: Any = from_json(response.body)
    pages = body.get("meta", {}).get("pagination") if isinstance(body, dict) else None
    if not pages:
        return response
    pages["total"] += 1
    return replace(response, body=to_json(body))
