"""Many calls in one: a batch of up to 500 that the store works off by itself (fact sheet §6).

A few calls go one by one. What a call means is whoever makes it; here is only that each of them gets an answer, or the
failure it would have had alone. The store repeats what fails in a batch up to five times, so only what may be repeated
is sent through here; its key keeps a batch whose answer was lost from being taken twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed, PlatformUnreachable, Problem, TillsyncError
from pipelines.kit.http import Answer, Session
from pipelines.kit.outcomes import OUTCOMES, seen_in
from pipelines.kit.redaction import redact
from pipelines.platforms.ecwid.refusals import is_gone, problem

LARGEST = 500
ALONE = 5
"""Up to so many calls go one by one: a batch has to be asked for as well."""
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.25, 8.0, 900.0
"""Seconds before each look at a batch, and until it is given up."""
_NAMESPACE = uuid.UUID("6e5c3f5e-6a0e-5c58-9a55-0d6bd7f2a3c1")


@dataclass(frozen=True)
class Wanted:
    """One call; ``path`` is relative to the store's address."""

    method: str
    path: str
    body: Any = None
    params: Mapping[str, str] | None = None

    @property
    def whole_path(self) -> str:
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


Came = Answer | CallFailed


def send(session: Session, calls: Sequence[Wanted], *, reads: bool = False) -> Iterator[tuple[int, Came]]:
    """What came of each call, with its place, as it becomes known; ``reads``: none of them changes anything.

    Raises as ``Session.call`` does but for CallFailed, which is handed over.
    """
    if len(calls) <= ALONE:
        for place, one in enumerate(calls):
            yield place, _alone(session, one)
        return
    for start in range(0, len(calls), LARGEST):
        for place, came in enumerate(_together(session, calls[start : start + LARGEST], reads=reads)):
            yield start + place, came


def by_path(
    session: Session, paths: Sequence[str], params: Mapping[str, str] | None = None
) -> dict[str, Answer | None]:
    """What is at each of these addresses now; None: nothing is there.

    Raises CallFailed where one was refused, PlatformUnreachable where one of a batch came to no usable answer.
    """
    wanted = [Wanted("GET", path, params=params) for path in paths]
    found: dict[str, Answer | None] = {}
    for place, came in send(session, wanted, reads=True):
        if isinstance(came, CallFailed) and not is_gone(came):
            raise _failed(wanted[place], came)
        found[paths[place]] = came if isinstance(came, Answer) else None
    return found


def _failed(one: Wanted, came: CallFailed) -> TillsyncError:
    if came.outcome == "rejected":
        return came
    (about,) = came.problems
    what = f"ecwid: {one.method} {one.path} within a batch: {about.message}"
    return PlatformUnreachable(Problem(about.code, what, found=about.found, do="run again later"))


def _alone(session: Session, one: Wanted) -> Came:
    try:
        return session.call(one.method, one.path, params=one.params, body=one.body)
    except CallFailed as failure:
        return failure


def _together(session: Session, calls: Sequence[Wanted], *, reads: bool) -> list[Came]:
    try:
        ticket = _begin(session, calls, reads=reads)
    except CallFailed as failure:
        return [failure] * len(calls)
    found = _wait(session, ticket)
    return [_came(found.get(str(place)), reads=reads) for place in range(len(calls))]


def _begin(session: Session, calls: Sequence[Wanted], *, reads: bool) -> str:
    body = [
        {"id": str(place), "path": one.whole_path, "method": one.method, "body": one.body or ""}
        for place, one in enumerate(calls)
    ]
    params = {"stopOnFirstFailure": "false"}
    if not reads:
        params["deduplicationKey"] = _key(session, body)
    try:
        return _ticket(session.call("POST", "/batch", params=params, body=body, reads=reads))
    except CallFailed as failure:
        if failure.outcome != "unknown":
            raise
    return _ticket(session.call("POST", "/batch", params=params, body=body, reads=reads))


def _key(session: Session, body: Any) -> str:
    """One of its own for every batch: the same calls may be wanted again within the hour the store remembers it."""
    context = session.context
    said = hashlib.sha256(exact_json.dumps(body).encode()).hexdigest()
    return str(uuid.uuid5(_NAMESPACE, f"{context.run_id} {context.last_number} {said}"))


def _ticket(answer: Answer) -> str:
    found = answer.json()
    if not isinstance(found, dict) or not found.get("ticket"):
        raise CallFailed(Problem("no_ticket", "the store took a batch but named no ticket"), "unknown", answer.status)
    return str(found["ticket"])


def _wait(session: Session, ticket: str) -> dict[str, Mapping[str, Any]]:
    """What the store says of each call of the batch, by its id, once it is done, given up or not known any more."""
    waited, pause = 0.0, FIRST_PAUSE
    found: dict[str, Mapping[str, Any]] = {}
    while True:
        session.context.wait(pause)
        waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE)
        try:
            answer = session.call("GET", "/batch", params={"ticket": ticket, "escapedJson": "true"}).json()
        except CallFailed:
            return found
        told = answer if isinstance(answer, dict) else {}
        responses = told.get("responses") or []
        found |= {str(one.get("id")): one for one in responses if isinstance(one, dict)}
        if told.get("status") == "COMPLETED" or waited >= PATIENCE:
            return found


def _came(one: Mapping[str, Any] | None, *, reads: bool) -> Came:
    status, text = _status(one), _text(one)
    if one is not None and one.get("status") == "NOT_EXECUTED":
        return CallFailed(Problem("not_executed", "the store did not come to it"), "not_sent", status)
    if status is None:
        return CallFailed(Problem("no_outcome", "the store does not say what came of it"), "unknown", None)
    seen = seen_in(status, readable=not reads or _is_record(text))
    outcome = OUTCOMES[seen]["read" if reads else "state"]
    if outcome == "ok":
        return Answer(status, {}, text)
    about = Problem("unreadable", "the answer is not whole JSON")
    failed = about if seen == "unreadable" else problem(status, redact(text))
    return CallFailed(failed, outcome, status, redact(text))


def _is_record(text: str) -> bool:
    """Whether something was read: an empty answer is not one that says there is nothing."""
    try:
        return isinstance(exact_json.loads(text), dict | list)
    except ValueError:
        return False


def _status(one: Mapping[str, Any] | None) -> int | None:
    found = (one or {}).get("httpStatusCode")
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _text(one: Mapping[str, Any] | None) -> str:
    """The body of one answer; an older form of the answer holds it as an object."""
    told = one or {}
    body = told.get("escapedHttpBody")
    if isinstance(body, str):
        return body
    return exact_json.dumps(told["httpBody"]) if isinstance(told.get("httpBody"), dict | list) else ""
