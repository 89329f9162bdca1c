"""The clock of a sandbox: the machine's own, shifted, or one that only moves when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """UTC time. With ``start`` it begins there; ``frozen`` clocks move only by ``advance`` and ``set``."""

    def __init__(self, start: datetime | None = None, frozen: bool = False) -> None:
        self.frozen = frozen
        self._offset = timedelta(0)
        self._value = start or datetime.now(UTC)
        if start is not None:
            self.set(start)

    def now(self) -> datetime:
        """The present moment, with time zone UTC."""
        return self._value if self.frozen else datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        """Jump to a moment (taken as UTC when it has no zone)."""
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        self._value = moment
        self._offset = moment - datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Move forward (or back, when negative)."""
        step = timedelta(seconds=seconds)
        self._value += step
        self._offset += step
