"""How this till speaks HTTP: address, token, limits, error bodies. What is read from it is ``extract.py``.

| answer | becomes |
| --- | --- |
| 401, 403 | CredentialsRefused |
| 429 | waited out (``Retry-After``), sent again |
| other 4xx | CallFailed (rejected) |
| 5xx, HTML, no answer | PlatformUnreachable after every try |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pipelines.kit import exact_json
from pipelines.kit.calls import Context
from pipelines.kit.errors import Problem
from pipelines.kit.http import Quota, Rules, Session
from pipelines.kit.secret import Secret
from pipelines.platforms.lightspeed_x.account import Account

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15 * 60.0
_LONGEST_MESSAGE = 300


class TillSession(Session):
    """A session that knows how many records a page of this account has."""

    def __init__(self, account: Account, rules: Rules, context: Context) -> None:
        super().__init__(account.api_url, rules, context)
        self.page_size = account.page_size


def connect(account: Account, token: Secret, context: Context) -> TillSession:
    """A session for one retailer; no call is made."""
    rules = Rules(
        platform="lightspeed_x",
        headers={"Authorization": Secret(f"Bearer {token.reveal()}", token.name)},
        allowed_hosts=frozenset({urlsplit(account.api_url).netloc}),
        problem=problem,
        token=token,
        pause=pause_by(context.now),
        quota=quota,
        is_read=is_read,
    )
    return TillSession(account, rules, context)


def is_read(method: str, path: str) -> bool:
    """Whether a call changes nothing; the list of levels is read by POST (fact sheet §7)."""
    return method in {"GET", "HEAD"} or (method == "POST" and re.search(r"/api/[^/]+/inventory/?$", path) is not None)


def problem(status: int, _headers: Mapping[str, str], text: str) -> Problem:
    """An error body ``{error, message}`` in our words (fact sheet §3)."""
    said = _said(text)
    return Problem(
        "till_refused" if status < 500 else "till_failed",
        f"lightspeed_x answered {status}" + (f": {said}" if said else ""),
        found=f"status {status}",
        do="run again later" if status >= 500 or status == 429 else None,
    )


def _said(text: str) -> str:
    try:
        body = exact_json.loads(text)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    parts = [body.get("error"), body.get("message")]
    return ": ".join(part for part in parts if isinstance(part, str) and part)[:_LONGEST_MESSAGE]


def quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left of the window. When it ends is told by a 429 only, so nothing is waited for beforehand."""
    left, limit = headers.get("X-RateLimit-Remaining", ""), headers.get("X-RateLimit-Limit", "")
    if not (left.isdecimal() and limit.isdecimal()):
        return None
    return Quota(int(left), int(limit), 0.0)


def pause_by(now: Callable[[], datetime]) -> Callable[[int, Mapping[str, str]], float | None]:
    """``Rules.pause``: seconds until ``Retry-After``, an HTTP date or seconds, within 1 s and 15 min.

    A date is measured against the answer's own ``Date``, else against ``now``.
    """

    def pause(_status: int, headers: Mapping[str, str]) -> float | None:
        wanted = headers.get("Retry-After", "").strip()
        if wanted.isdecimal():
            return _within(float(wanted))
        due = _http_date(wanted)
        if due is None:
            return None
        return _within((due - (_http_date(headers.get("Date", "")) or now())).total_seconds())

    return pause


def _within(seconds: float) -> float:
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
