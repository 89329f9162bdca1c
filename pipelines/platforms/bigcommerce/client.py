"""How this store speaks HTTP: address, token, limits, error bodies. What is read from it is ``extract.py``.

| answer | becomes |
| --- | --- |
| 401, 403 | CredentialsRefused |
| 429 | waited out (the longer of the two reset headers), sent again |
| 207 | CallFailed (rejected): a part was not saved |
| other 4xx | CallFailed (rejected) |
| 5xx, HTML, no answer | a read: PlatformUnreachable after every try; a write: CallFailed (unknown) |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pipelines.kit import exact_json
from pipelines.kit.calls import Context
from pipelines.kit.errors import Problem
from pipelines.kit.http import Quota, Rules, Session
from pipelines.kit.secret import Secret
from pipelines.platforms.bigcommerce.account import Account

WITHOUT_HEADERS = 30.0
_LONGEST_MESSAGE = 300


def connect(account: Account, token: Secret, context: Context) -> Session:
    """A session for one store; no call is made."""
    rules = Rules(
        platform="bigcommerce",
        headers={"X-Auth-Token": token},
        allowed_hosts=frozenset({urlsplit(account.api_url).netloc}),
        problem=problem,
        token=token,
        pause=pause,
        quota=quota,
    )
    return Session(account.api_url, rules, context)


def problem(status: int, _headers: Mapping[str, str], text: str) -> Problem:
    """An error body in our words: V3 object, V2 array, problem document or batch errors (fact sheet §11)."""
    said = said_in(text)
    return Problem(
        "store_refused" if status < 500 else "store_failed",
        f"bigcommerce answered {status}" + (f": {said}" if said else ""),
        found=f"status {status}",
        do="run again later" if status >= 500 or status == 429 else None,
    )


def said_in(text: str) -> str:
    """What an error body says, on one line; empty where it says nothing readable."""
    try:
        body = exact_json.loads(text)
    except ValueError:
        return ""
    return "; ".join(_said(body))[:_LONGEST_MESSAGE]


def _said(body: Any) -> list[str]:
    if isinstance(body, list):
        return [line for entry in body for line in _said(entry)]
    if not isinstance(body, dict):
        return []
    lines = [str(body[key]) for key in ("title", "message", "detail") if isinstance(body.get(key), str) and body[key]]
    errors = body.get("errors")
    if isinstance(errors, dict):
        lines += [f"{name}: {what}" for name, what in errors.items() if isinstance(what, str) and what]
        lines += _said(errors) if "title" in errors else []
    lines += _said(body.get("batch_errors") or [])
    return list(dict.fromkeys(lines))


def _milliseconds(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(name, "")
    return float(value) / 1000 if value.isdecimal() else None


def quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left of the window (fact sheet §10)."""
    left, limit = headers.get("X-Rate-Limit-Requests-Left", ""), headers.get("X-Rate-Limit-Requests-Quota", "")
    reset = _milliseconds(headers, "X-Rate-Limit-Time-Reset-Ms")
    if not (left.isdecimal() and limit.isdecimal()) or reset is None:
        return None
    return Quota(int(left), int(limit), reset)


def pause(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds a 429 asks for: the longer of both headers; without them the platform itself is overloaded."""
    retry = headers.get("X-Retry-After", "")
    asked = [_milliseconds(headers, "X-Rate-Limit-Time-Reset-Ms"), float(retry) if retry.isdecimal() else None]
    known = [seconds for seconds in asked if seconds is not None]
    if known:
        return max(known)
    return WITHOUT_HEADERS if status == 429 else None
