"""What all sessions of one run share: the record of every call, the counts, the clock and the waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Literal

from pipelines.kit.quota import Budget

Kind = Literal["read", "write"]


@dataclass(frozen=True)
class Call:
    """One HTTP request as sent, without bodies or headers; a row of ``sync.calls``."""

    run_id: str
    n: int
    platform: str
    kind: Kind
    method: str
    path: str
    status: int | None
    outcome: str
    attempt: int
    ms: int
    bytes_out: int
    bytes_in: int
    request_hash: str
    recorded_at: datetime


@dataclass
class Counts:
    """Calls of one platform in one run. ``reads`` and ``writes`` count every request that was sent."""

    reads: int = 0
    writes: int = 0
    throttled: int = 0
    retried: int = 0
    unknown: int = 0


@dataclass
class Context:
    """Shared by every session of one run.

    ``wait(seconds)`` and ``monotonic()`` are replaced by a virtual clock in tests and simulation. ``chance()`` is even
    in [0, 1) and follows from the run's id: the same run waits the same, two runs beside each other do not.
    """

    run_id: str = "none"
    wait: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] | None = None
    timeout: tuple[float, float] = (5.0, 60.0)
    calls: list[Call] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)
    watch: Callable[[Call], None] | None = None
    guard: Callable[[], None] = lambda: None
    """Called before every writing call; raises MerchantBusy where this process may not send any more (I-39)."""
    budgets: dict[tuple[str, str], Budget] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _n: Iterator[int] | None = None
    _last: int = 0

    def jitter(self, seconds: float) -> float:
        """Anything from 0 to so many seconds: callers that failed together do not come back together (§2.10)."""
        with self._lock:
            if self.chance is None:
                self.chance = Random(self.run_id).random  # noqa: S311
            return seconds * self.chance()

    def of(self, platform: str) -> Counts:
        """The counts of one platform, zero when it was never called."""
        return self.counts.setdefault(platform, Counts())

    def budget(self, platform: str, address: str) -> Budget:
        """The calls an account has left, one for all its sessions in this run; ``address`` names the account."""
        with self._lock:
            if (platform, address) not in self.budgets:
                self.budgets[platform, address] = Budget(self.monotonic, self.wait)
            return self.budgets[platform, address]

    def record(self, call: Call) -> None:
        """Keep one sent request and count it."""
        with self._lock:
            self.calls.append(call)
            counts = self.of(call.platform)
            counts.reads += call.kind == "read"
            counts.writes += call.kind == "write"
            counts.throttled += call.status == 429
            counts.retried += call.attempt > 1
            counts.unknown += call.outcome == "unknown"
        if self.watch:
            self.watch(call)

    def next_number(self) -> int:
        """A running number for calls, from 1."""
        with self._lock:
            self._last += 1
            return self._last

    @property
    def last_number(self) -> int:
        """The number of the call sent last, 0 before the first."""
        return self._last

    def drain(self) -> list[Call]:
        """The calls recorded since the last drain, oldest first."""
        with self._lock:
            drained, self.calls = self.calls, []
        return drained
