"""How this store speaks HTTP: address, token, limits. What its refusals mean is ``refusals.py``.

| answer | becomes |
| --- | --- |
| 401, 403 | CredentialsRefused: a wrong token and a missing scope are both 403 here |
| 429 | waited out (``Retry-After`` in seconds), sent again |
| 3xx | a read: PlatformUnreachable; a write: CallFailed (rejected) |
| other 4xx | CallFailed (rejected) |
| 408, 5xx, HTML, no answer | a read: PlatformUnreachable after every try; a write: CallFailed (unknown) |

No header says how many calls are left, so those of this session are counted: a token that goes on calling beyond its
limit is shut out for much longer (fact sheet §8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from pipelines.kit.calls import Context
from pipelines.kit.http import Rules, Session
from pipelines.kit.quota import Quota, retry_after
from pipelines.kit.secret import Secret
from pipelines.platforms.ecwid import refusals
from pipelines.platforms.ecwid.account import Account

PER_WINDOW = 600
WINDOW_SECONDS = 60.0
WITHOUT_HEADER = 10.0
"""What the vendor's own client waits after a 429 that names no time (fact sheet §8)."""


def connect(account: Account, token: Secret, context: Context) -> Session:
    """A session for one store; no call is made."""
    rules = Rules(
        platform="ecwid",
        headers={"Authorization": Secret(f"Bearer {token.reveal()}", token.name), "Accept": "application/json"},
        allowed_hosts=frozenset({urlsplit(account.api_url).netloc}),
        problem=lambda status, _headers, text: refusals.problem(status, text),
        token=token,
        pause=pause_by(context.now),
        quota=counting(context.monotonic),
        private=frozenset({"email"}),
    )
    return Session(account.api_url, rules, context)


def counting(monotonic: Callable[[], float]) -> Callable[[Mapping[str, str]], Quota]:
    """``Rules.quota``: what is left of the minute that the first of these answers began."""
    began, answers = float("-inf"), 0

    def quota(_headers: Mapping[str, str]) -> Quota:
        nonlocal began, answers
        if monotonic() - began >= WINDOW_SECONDS:
            began, answers = monotonic(), 0
        answers += 1
        return Quota(max(PER_WINDOW - answers, 0), PER_WINDOW, None, WINDOW_SECONDS)

    return quota


def pause_by(now: Callable[[], datetime]) -> Callable[[int, Mapping[str, str]], float | None]:
    """``Rules.pause``: seconds to wait before the next try."""

    def pause(status: int, headers: Mapping[str, str]) -> float | None:
        asked = retry_after(headers, now)
        return WITHOUT_HEADER if asked is None and status == 429 else asked

    return pause
