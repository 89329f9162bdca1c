"""How this till speaks HTTP: address, token, limits, error bodies. What is read from it is ``extract.py``.

| answer | becomes |
| --- | --- |
| 401, 403 | CredentialsRefused |
| 429 | waited out (``Retry-After``), sent again; PlatformUnreachable after an hour of it |
| other 4xx | CallFailed (rejected) |
| 3xx, 5xx, HTML, no answer | PlatformUnreachable, but for a redirect after every try |
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from urllib.parse import urlsplit

from pipelines.kit import exact_json
from pipelines.kit.calls import Context
from pipelines.kit.errors import Problem
from pipelines.kit.http import Rules, Session
from pipelines.kit.quota import Quota, retry_after, whole
from pipelines.kit.secret import Secret
from pipelines.platforms.lightspeed_x.account import Account

WINDOW_SECONDS = 300.0
SUPPORTED_UNTIL = {"2026-07": date(2027, 7, 1)}
"""A version lives at least twelve months; afterwards other shapes come with status 200 (fact sheet §1)."""
_LONGEST_MESSAGE = 300
_LOG = logging.getLogger(__name__)


class TillSession(Session):
    """A session that knows how many records a page of this account has."""

    def __init__(self, account: Account, rules: Rules, context: Context) -> None:
        super().__init__(account.api_url, rules, context)
        self.page_size = account.page_size


def connect(account: Account, token: Secret, context: Context) -> TillSession:
    """A session for one retailer; no call is made. Warns (log) where the API version may no longer be served."""
    until = SUPPORTED_UNTIL[account.api_version]
    if context.now().date() >= until:
        _LOG.warning(
            "lightspeed_x: API %s was promised until %s only; look for a newer tillsync", account.api_version, until
        )
    rules = Rules(
        platform="lightspeed_x",
        headers={"Authorization": Secret(f"Bearer {token.reveal()}", token.name)},
        allowed_hosts=frozenset({urlsplit(account.api_url).netloc}),
        problem=problem,
        token=token,
        pause=pause_by(context.now),
        quota=quota,
        is_read=is_read,
        private=frozenset({"email"}),
    )
    return TillSession(account, rules, context)


def is_read(method: str, path: str) -> bool:
    """Whether a call changes nothing; the list of levels is read by POST (fact sheet §7)."""
    return method in {"GET", "HEAD"} or (method == "POST" and re.search(r"/api/[^/]+/inventory/?$", path) is not None)


def problem(status: int, _headers: Mapping[str, str], text: str) -> Problem:
    """An error body ``{error, message}`` in our words (fact sheet §3)."""
    words = said(text)
    return Problem(
        "till_refused" if status < 500 else "till_failed",
        f"lightspeed_x answered {status}" + (f": {words}" if words else ""),
        found=f"status {status}",
        do="run again later" if status >= 500 or status == 429 else None,
    )


def said(text: str) -> str:
    """What an error body says; empty where it is of another form."""
    try:
        body = exact_json.loads(text)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    parts = [body.get("error"), body.get("message")]
    return ": ".join(part for part in parts if isinstance(part, str) and part)[:_LONGEST_MESSAGE]


def quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left of the five-minute budget (fact sheet §3.1); no header says when it is full again."""
    left, limit = whole(headers, "X-RateLimit-Remaining"), whole(headers, "X-RateLimit-Limit")
    return None if left is None or limit is None else Quota(left, limit, None, WINDOW_SECONDS)


def pause_by(now: Callable[[], datetime]) -> Callable[[int, Mapping[str, str]], float | None]:
    """``Rules.pause``: seconds until ``Retry-After``, which is an HTTP date here."""
    return lambda _status, headers: retry_after(headers, now)
