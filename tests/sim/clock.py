"""One virtual clock for a world: the engine's, both platforms', and what is due to happen in between."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pipelines.kit.sandbox import Clock

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Time:
    """Virtual time; moving it does what is due, in order, each at its own moment."""

    def __init__(self) -> None:
        self.moment = START
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._moving = False

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self.moment

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return (self.moment - START).total_seconds()

    def at(self, moment: datetime, what: Callable[[], None]) -> None:
        """Let something happen when that moment comes."""
        heapq.heappush(self._due, (moment, next(self._numbers), what))

    def advance(self, seconds: float) -> None:
        """Let time pass. What happens meanwhile may not make time pass itself."""
        end = self.moment + timedelta(seconds=max(0.0, seconds))
        if not self._moving:
            self._moving = True
            try:
                while self._due and self._due[0][0] <= end:
                    moment, _, what = heapq.heappop(self._due)
                    self.moment = max(self.moment, moment)
                    what()
            finally:
                self._moving = False
        self.moment = max(self.moment, end)

    def until(self, moment: datetime) -> None:
        """Let time pass up to a moment."""
        self.advance((moment - self.moment).total_seconds())

    def forget(self) -> None:
        """Nothing more is due."""
        self._due.clear()


class Shifted(Clock):
    """A platform's clock: the world's, wrong by some seconds (F17)."""

    def __init__(self, time: Time, skew: float = 0.0) -> None:
        super().__init__(START, frozen=True)
        self.time, self.skew = time, skew

    def now(self) -> datetime:
        """The moment this platform believes it is."""
        return self.time.now() + timedelta(seconds=self.skew)

    def advance(self, seconds: float) -> None:
        """Let the world's time pass."""
        self.time.advance(seconds)
