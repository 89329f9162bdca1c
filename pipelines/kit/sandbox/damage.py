"""What each fault does to a call. The codes are in ``faults``; the good answer comes from the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.kit.sandbox.faults import batch
from pipelines.kit.sandbox.types import Request, Response, from_json, to_json

if TYPE_CHECKING:
    from pipelines.kit.sandbox.faults import Hit
    from pipelines.kit.sandbox.machine import Machine

Damage = Callable[["Machine", Request, "Hit"], Response]
_PAGE = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body><h1>Back soon</h1></body></html>"


def apply(machine: Machine, request: Request, hit: Hit) -> Response:
    """The answer of a call that meets a fault."""
    return _DAMAGES[hit.code](machine, request, hit)


def _refused(_machine: Machine, _request: Request, _hit: Hit) -> Response:
    return Response(0, fate="refused")


def _request_lost(_machine: Machine, _request: Request, _hit: Hit) -> Response:
    return Response(0, fate="timed_out")


def _answer_lost(machine: Machine, request: Request, hit: Hit) -> Response:
    machine.answer(request)
    return Response(0, fate="reset" if hit.choose(2) else "timed_out")


def _late_commit(machine: Machine, request: Request, hit: Hit) -> Response:
    machine.postpone(request, hit)
    return Response(0, fate="timed_out")


def _server_error(machine: Machine, _request: Request, hit: Hit) -> Response:
    return machine.problem((500, 502, 503)[hit.choose(3)], "The server met an error")


def _error_after_effect(machine: Machine, request: Request, hit: Hit) -> Response:
    machine.answer(request)
    return _server_error(machine, request, hit)


def _throttled(machine: Machine, _request: Request, hit: Hit) -> Response:
    return machine.too_many((2.0, None, 86_400.0 * 365, 0.001)[hit.choose(4)])


def _unreadable(machine: Machine, request: Request, hit: Hit) -> Response:
    good = machine.answer(request)
    forms = (
        replace(good, body=good.body[: len(good.body) // 2], fate="truncated"),
        Response(200, {"content-type": "text/html; charset=utf-8"}, _PAGE),
        replace(good, body=b""),
        replace(good, headers={**good.headers, "content-type": "text/html"}),
        replace(good, body=good.body[: len(good.body) // 2]),
    )
    return forms[hit.choose(len(forms))]


def _slow(machine: Machine, request: Request, hit: Hit) -> Response:
    low, high = machine.faults.slow_seconds
    return replace(machine.answer(request), delay=low + (high - low) * hit.roll)


def _in_part(machine: Machine, request: Request, hit: Hit) -> Response:
    items = batch(request) or []
    body = request.json()
    half = items[: (len(items) + 1) // 2]
    answer = machine.answer(replace(request, body=to_json({**body, "items": half} if isinstance(body, dict) else half)))
    return _server_error(machine, request, hit) if hit.choose(2) else answer


def _one_spoils_all(machine: Machine, _request: Request, _hit: Hit) -> Response:
    return machine.problem(422, "One of the items is not acceptable")


def _shifted(machine: Machine, request: Request, hit: Hit) -> Response:
    moved: Callable[[list[Any]], list[Any]] = (lambda rows: rows[1:], lambda rows: [*rows[:1], *rows])[hit.choose(2)]
    return _cut(machine, request, moved)


def _row_late(machine: Machine, request: Request, hit: Hit) -> Response:
    def without_one(rows: list[Any]) -> list[Any]:
        at = int(hit.roll * max(0, len(rows) - 1))
        return rows[:at] + rows[at + 1 :] if len(rows) > 1 else rows

    return _cut(machine, request, without_one)


def _drifted(machine: Machine, request: Request, hit: Hit) -> Response:
    def drift(rows: list[Any]) -> list[Any]:
        if not rows or not isinstance(rows[0], dict):
            return rows
        names = sorted(name for name in rows[0] if not name.endswith("id") and name != "version")
        name = names[int(hit.roll * 1000) % len(names)] if names else "id"
        first = dict(rows[0])
        if hit.choose(3) == 0:
            first["added_since"] = {"anything": [1]}
        elif hit.choose(3) == 1:
            first.pop(name)
        elif isinstance(first[name], int | Decimal) and not isinstance(first[name], bool):
            first[name] = str(first[name])
        return [first, *rows[1:]]

    return _cut(machine, request, drift)


def _other_form(machine: Machine, request: Request, _hit: Hit) -> Response:
    try:
        body = to_json(_tidied(request.json())) if request.body else b""
    except ValueError:
        body = request.body
    return machine.answer(replace(request, body=body))


def _tidied(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return [_tidied(one) for one in value]
    return {name: _tidied(one) for name, one in value.items()} if isinstance(value, dict) else value


def _uncounted(machine: Machine, request: Request, hit: Hit) -> Response:
    def read_as(rows: list[Any]) -> list[Any]:
        name, forms = machine.level_field, ({machine.level_field: 0}, {machine.level_field: None})
        changed = []
        for row in rows:
            if not isinstance(row, dict) or not name or machine.counts(row):
                changed.append(row)
            elif hit.choose(3) == 2:
                changed.append({key: value for key, value in row.items() if key != name})
            else:
                changed.append({**row, **forms[hit.choose(3)]})
        return changed

    return _cut(machine, request, read_as)


def _not_found_yet(machine: Machine, request: Request, _hit: Hit) -> Response:
    return _cut(machine, request, lambda _rows: [])


def _rows_missing(machine: Machine, request: Request, _hit: Hit) -> Response:
    return _cut(machine, request, lambda rows: rows[::2])


def _empty_or_half(machine: Machine, request: Request, hit: Hit) -> Response:
    half = bool(hit.choose(2))
    return _cut(machine, request, lambda rows: rows[: len(rows) // 2] if half else [])


def _token_refused(machine: Machine, _request: Request, _hit: Hit) -> Response:
    return machine.unauthorized()


PICTURE = "image"
"""Ids of pictures are used up even by what is not kept: who adds two knows them by nothing else."""


def _not_applied(machine: Machine, request: Request, _hit: Hit) -> Response:
    before = to_json(machine.dump())
    response = machine.answer(request)
    numbers = machine.numbered()
    given = numbers.given(PICTURE) if numbers else 0
    machine.load(from_json(before))
    if numbers := machine.numbered():
        numbers.keep_given(PICTURE, given)
    return response


def _elsewhere(_machine: Machine, request: Request, hit: Hit) -> Response:
    return Response((301, 302, 307)[hit.choose(3)], {"location": f"http://elsewhere.invalid{request.path}"})


def _cut(machine: Machine, request: Request, keep: Callable[[list[Any]], list[Any]]) -> Response:
    response = machine.answer(request)
    if response.status != 200 or not response.body:
        return response
    body = from_json(response.body)
    if isinstance(body, list):
        return replace(response, body=to_json(keep(body)))
    member = machine.list_member(body) if isinstance(body, dict) else None
    return response if member is None else replace(response, body=to_json({**body, member: keep(body[member])}))


_DAMAGES: dict[str, Damage] = {
    "F1": _refused,
    "F2": _request_lost,
    "F3": _answer_lost,
    "F4": _late_commit,
    "F5": _server_error,
    "F6": _error_after_effect,
    "F7": _throttled,
    "F8": _unreadable,
    "F9": _slow,
    "F10": _in_part,
    "F11": _one_spoils_all,
    "F13": _shifted,
    "F14": _rows_missing,
    "F16": _row_late,
    "F21": _token_refused,
    "F22": _drifted,
    "F23": _not_applied,
    "F24": _other_form,
    "F25": _empty_or_half,
    "F26": _uncounted,
    "F27": _not_found_yet,
    "F31": _elsewhere,
}
