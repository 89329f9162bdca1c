"""How this store speaks HTTP: address, token, limits. What its refusals mean is ``refusals.py``.

| answer | becomes |
| --- | --- |
| 401, 403 | CredentialsRefused |
| 429 | waited out (the longer of the two reset headers), sent again |
| 3xx | a read: PlatformUnreachable; a write: CallFailed (rejected) |
| 207 | an answer; the writers take it as the failure of a part |
| other 4xx | CallFailed (rejected) |
| 408, 5xx, HTML, no answer | a read: PlatformUnreachable after every try; a write: CallFailed (unknown) |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from pipelines.kit.calls import Context
from pipelines.kit.http import Rules, Session
from pipelines.kit.quota import Quota, retry_after, whole
from pipelines.kit.secret import Secret
from pipelines.platforms.bigcommerce import refusals
from pipelines.platforms.bigcommerce.account import Account

WITHOUT_HEADERS = 60.0


def connect(account: Account, token: Secret, context: Context) -> Session:
    """A session for one store; no call is made."""
    rules = Rules(
        platform="bigcommerce",
        headers={"X-Auth-Token": token, "Accept": "application/json"},
        allowed_hosts=frozenset({urlsplit(account.api_url).netloc}),
        problem=lambda status, _headers, text: refusals.problem(status, text),
        token=token,
        pause=pause_by(context.now),
        quota=quota,
    )
    return Session(account.api_url, rules, context)


def quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left of the window (fact sheet §10); None where a header is missing or no number."""
    left, limit = whole(headers, "X-Rate-Limit-Requests-Left"), whole(headers, "X-Rate-Limit-Requests-Quota")
    reset = _reset(headers)
    return None if left is None or limit is None or reset is None else Quota(left, limit, reset)


def _reset(headers: Mapping[str, str]) -> float | None:
    milliseconds = whole(headers, "X-Rate-Limit-Time-Reset-Ms")
    return None if milliseconds is None else milliseconds / 1000


def pause_by(now: Callable[[], datetime]) -> Callable[[int, Mapping[str, str]], float | None]:
    """``Rules.pause``: seconds to wait before the next try, the longer of both headers.

    A 429 without them means that the platform itself is overloaded, so it waits longer (fact sheet §10). Every answer
    carries the reset header; after a 5xx it counts only when nothing is left of the window.
    """

    def pause(status: int, headers: Mapping[str, str]) -> float | None:
        spent = status == 429 or whole(headers, "X-Rate-Limit-Requests-Left") == 0
        asked = [retry_after(headers, now, "X-Retry-After"), _reset(headers) if spent else None]
        known = [seconds for seconds in asked if seconds is not None]
        if known:
            return max(known)
        return WITHOUT_HEADERS if status == 429 else None

    return pause
