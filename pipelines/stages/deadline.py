"""A run's own time (setting ``deadline_minutes``): past it what is left is put off, counted, and first in the next run.

Never put off is what keeps a shop from overselling: levels that fall, and orders. A run stops between batches, never
inside one, and every run that has anything to send sends at least one (`reliability.md` §2.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelines.run import Connection, Run

_SQL = Path(__file__).parent / "sql"
URGENT = frozenset({"stock_decrease", "orders"})


class Deadline:
    """Until when one connection of a run may send; counted from the start of the run, by its monotonic clock."""

    def __init__(self, run: Run, connection: Connection) -> None:
        minutes = connection.compiled.settings.deadline_minutes
        self._run, self._connection = run, connection
        self._ends = None if minutes is None or run.wanted.undo is not None else run.opened + 60.0 * minutes
        self._sent = False
        self.passed = False

    def turns(self, phases: tuple[str, ...]) -> Iterator[tuple[str, bool | None]]:
        """The phases in their order, with whether their rows were put off before; None: whichever they are."""
        self._run.warehouse.run(_SQL / "put_off_before.sql", connection=self._connection.name)
        there = self._run.warehouse.one("SELECT count(*) FROM put_off_before")
        later = [phase for phase in phases if phase not in URGENT]
        yield from ((phase, None) for phase in phases if phase in URGENT)
        for before in (True, False) if there else (None,):
            yield from ((phase, before) for phase in later)

    def over(self, phase: str) -> bool:
        """Whether the next batch of a phase is to wait for the next run."""
        now, urgent = self._run.context.monotonic(), phase in URGENT
        late = self._ends is not None and now >= self._ends and self._sent and not urgent
        self._sent = self._sent or not urgent
        self.passed = self.passed or late
        return late

    def put_off(self) -> None:
        """Mark what was not sent, so that it is not settled; it is due again, before anything else."""
        if self.passed:
            run = self._run
            name, now = self._connection.name, run.context.now()
            run.warehouse.run(_SQL / "put_off.sql", connection=name, run_id=run.run_id, now=now)
