"""How much of one account may still be called: a budget learned from its answers, and when it was last asked to wait.

What the headers of a platform mean is its ``client.py``; here is what follows, for every session of the account
(`reliability.md` §2.10, I-32). Times are of the run's monotonic clock, in seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SHORTEST_WAIT = 0.001
"""A clock that counts in microseconds would never reach the end of a shorter one."""
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15 * 60.0
GRAIN = 0.001
"""Headers tell whole milliseconds: the moment itself may be up to one later."""


@dataclass(frozen=True)
class Quota:
    """What the platform says is left of its budget, and how long until it is full again.

    Where no header tells the end of a window, ``reset_seconds`` is None and ``window_seconds`` its length, if known.
    """

    left: int
    limit: int
    reset_seconds: float | None
    window_seconds: float | None = None


class Budget:
    """The calls one account has left, shared by every session and thread of a run.

    A call is taken off before it is sent. What an answer tells replaces what was reckoned, less the calls that it may
    not have counted yet; so threads together never send more than is left. Until the first answer, and after a refusal,
    one call at a time asks how much there is.
    """

    def __init__(self, monotonic: Callable[[], float], wait: Callable[[float], None]) -> None:
        self._monotonic, self._wait = monotonic, wait
        self._turn = threading.Condition()
        self._left: int | None = None
        self._limit = 0
        self._told: int | None = None
        self._full_at: float | None = None
        self._closed_until = float("-inf")
        self._known = False
        self._spent = 0
        self._flying: set[int] = set()

    @contextmanager
    def spend(self) -> Iterator[int]:
        """Wait until a call may be sent and take it off; gives its number for ``learn``."""
        number = self._take()
        try:
            yield number
        finally:
            with self._turn:
                self._flying.discard(number)
                self._turn.notify_all()

    def learn(self, number: int, quota: Quota | None) -> None:
        """Take over what the answer to call ``number`` tells; None: it tells nothing."""
        with self._turn:
            self._known = True
            if quota is not None:
                self._reckon(number, quota)
            self._turn.notify_all()

    def close(self, seconds: float) -> float:
        """Let no call of the account leave for so long, within 1 s and 15 min; returns the seconds."""
        seconds = min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)
        with self._turn:
            self._known = False
            self._closed_until = max(self._closed_until, self._monotonic() + seconds)
        return seconds

    def _take(self) -> int:
        while True:
            with self._turn:
                pause = self._pause()
                if pause is None:
                    self._turn.wait()
                elif pause <= 0:
                    return self._taken()
            if pause:
                self._wait(max(pause, SHORTEST_WAIT))

    def _taken(self) -> int:
        self._spent += 1
        self._flying.add(self._spent)
        if self._left is not None:
            self._left -= 1
        return self._spent

    def _pause(self) -> float | None:
        """Seconds until a call may leave, 0 for now; None: once another one is answered."""
        now = self._monotonic()
        if self._closed_until > now:
            return self._closed_until - now
        if self._full_at is not None and self._full_at <= now:
            self._left, self._full_at = self._limit - len(self._flying), None
        if self._left is not None and self._left <= 0 and self._full_at is not None:
            return self._full_at - now
        asking = not self._known or (self._left is not None and self._left <= 0)
        return None if asking and self._flying else 0.0

    def _reckon(self, number: int, quota: Quota) -> None:
        unsure = self._spent - number + sum(1 for one in self._flying if one < number)
        now = self._monotonic()
        if quota.reset_seconds is not None:
            self._full_at = now + min(max(quota.reset_seconds, 0.0), LONGEST_PAUSE) + GRAIN
        elif quota.window_seconds is not None and self._opened(quota, unsure):
            self._full_at = now + min(quota.window_seconds, LONGEST_PAUSE)
        self._told, self._limit, self._left = quota.left, quota.limit, quota.left - unsure

    def _opened(self, quota: Quota, unsure: int) -> bool:
        """Whether a window without a told end began: with the first call of a budget, or as a budget rose."""
        return quota.left >= quota.limit - 1 or (self._told is not None and quota.left > self._told + unsure)


def whole(headers: Mapping[str, str], name: str) -> int | None:
    """A header that counts calls; None where it is missing or no number."""
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def retry_after(headers: Mapping[str, str], now: Callable[[], datetime], name: str = "Retry-After") -> float | None:
    """Seconds a header asks to wait, given as seconds or as an HTTP date; below 0 where that is past, None where it is
    neither. A date is measured against the answer's own ``Date``, else against ``now`` (B49)."""
    text = headers.get(name, "").strip()
    if text.isascii() and text.removeprefix("-").isdecimal():
        return float(text[:12])
    due = _http_date(text)
    if due is None:
        return None
    return (due - (_http_date(headers.get("Date", "")) or now())).total_seconds()


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
