"""How this till speaks HTTP: address, token, limits, error bodies. What is read from it is ``extract.py``.

| answer | becomes |
| --- | --- |
| 401, 403 | CredentialsRefused |
| 429 | waited out (``Retry-After``), sent again |
| other 4xx | CallFailed (rejected) |
| 5xx, HTML, no answer | PlatformUnreachable after every try |
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pipelines.kit import exact_json
from pipelines.kit.calls import Context
from pipelines.kit.errors import Problem
from pipelines.kit.http import Quota, Rules, Session
from pipelines.kit.secret import Secret
from pipelines.platforms.lightspeed_x.account import Account

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15 * 60.0
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
        quota=Window(context.monotonic),
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


class Window:
    """``Rules.quota``: what is left of the five-minute budget, and when it is full again.

    No header says when a window ends. It is taken to end ``WINDOW_SECONDS`` after the answer with which it was seen to
    open: the first call of a budget, or a budget that rose. Where no opening was seen nothing is waited for
    beforehand, and the 429 tells the time.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._opened: float | None = None
        self._left: int | None = None

    def __call__(self, headers: Mapping[str, str]) -> Quota | None:
        left, limit = _count(headers, "X-RateLimit-Remaining"), _count(headers, "X-RateLimit-Limit")
        if left is None or limit is None:
            return None
        now = self._monotonic()
        if left == limit - 1 or (self._left is not None and left > self._left):
            self._opened = now
        self._left = left
        rest = 0.0 if self._opened is None else max(self._opened + WINDOW_SECONDS - now, 0.0)
        return Quota(left, limit, rest)


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else None


def pause_by(now: Callable[[], datetime]) -> Callable[[int, Mapping[str, str]], float | None]:
    """``Rules.pause``: seconds until ``Retry-After``, an HTTP date or seconds, within 1 s and 15 min.

    A date is measured against the answer's own ``Date``, else against ``now``.
    """

    def pause(_status: int, headers: Mapping[str, str]) -> float | None:
        wanted = headers.get("Retry-After", "").strip()
        if wanted.isascii() and wanted.isdecimal():
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
