"""Stock as readers see it: a change shows ``stock_lag`` seconds after it was made (UNCONFIRMED, off by default).

The levels themselves are in ``till``; nothing of this is saved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from copy import copy
from datetime import datetime, timedelta

from pipelines.platforms.lightspeed_x.sandbox.records import Level


class Late:
    """What levels were before their latest changes."""

    def __init__(self, now: Callable[[], datetime], lag: Callable[[], float]) -> None:
        self._now, self._lag = now, lag
        self._before: deque[tuple[datetime, str, Level | None]] = deque()

    def note(self, key: str, level: Level | None) -> None:
        """Call before a change; ``level`` is None when the row is new."""
        if self._lag():
            self._before.append((self._now(), key, copy(level)))

    def seen(self, levels: Iterable[Level]) -> list[Level] | None:
        """The rows as they are read now; None when they are as they stand."""
        edge = self._now() - timedelta(seconds=self._lag())
        while self._before and self._before[0][0] <= edge:
            self._before.popleft()
        if not self._before:
            return None
        shown: dict[str, Level | None] = {}
        for _, key, level in self._before:
            shown.setdefault(key, level)
        return [row for level in levels if (row := shown.get(level.id, level)) is not None]
