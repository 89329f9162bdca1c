"""Wrong requests made from right ones: a member of a wrong type, a member left out, a parameter of a wrong type.

Only those are handed out that the vendor's document refuses; what is wrong is the document's to say, not ours.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.fidelity import documents
from tests.fidelity.documents import Asked
from tests.fidelity.journeys import Step

HEADERS = {"authorization": "Bearer t", "x-auth-token": "t", "accept": "application/json"}


def wrongs(platform: str, prefix: str, step: Step) -> Iterator[tuple[str, Step]]:
    """What is wrong, and the step that is."""
    for name, wrong in (*_bodies(step), *_queries(step)):
        asked, operation = asking(platform, prefix, wrong)
        if operation.request_problems(asked):
            yield name, wrong


def asking(platform: str, prefix: str, step: Step) -> tuple[Asked, documents.Operation]:
    """A step as the documents see it."""
    method, _, path = step.call.partition(" ")
    path, _, query = path.partition("?")
    found = documents.find(platform, method, prefix + path)
    if found is None:
        raise LookupError(step.call)
    body = b"" if step.body is None else json.dumps(step.body).encode()
    return Asked(method, found[1], query, {**HEADERS, "content-type": "application/json"}, body), found[0]


def _bodies(step: Step) -> Iterator[tuple[str, Step]]:
    if step.body is None:
        return
    yield "the body", replace(step, body=_other(step.body))
    for path in _places(step.body):
        name = ".".join(map(str, path))
        for what, change in (("of another type", _retype), ("null", _null), ("left out", _leave_out)):
            body = copy.deepcopy(step.body)
            change(_parent(body, path), path[-1])
            yield f"{name} {what}", replace(step, body=body)


def _queries(step: Step) -> Iterator[tuple[str, Step]]:
    path, _, query = step.call.partition("?")
    for pair in filter(None, query.split("&")):
        name = pair.partition("=")[0]
        others = [one for one in query.split("&") if one != pair]
        yield f"parameter {name}", replace(step, call=f"{path}?{'&'.join([*others, f'{name}=many'])}")


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*at, key)
        yield from _places(part, (*at, key))


def _parent(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


def _retype(parent: Any, key: Any) -> None:
    parent[key] = _other(parent[key])


def _null(parent: Any, key: Any) -> None:
    parent[key] = None


def _leave_out(parent: Any, key: Any) -> None:
    del parent[key]


def _other(value: Any) -> Any:
    """A value of a type the given one has not."""
    if isinstance(value, bool):
        return "maybe"
    if isinstance(value, (int, float)):
        return f"{value} or so"
    if isinstance(value, str):
        return 7
    return "text" if isinstance(value, (dict, list)) else [value]
