"""The engine dies at a named point (`reliability.md` §4.5): its objects are thrown away, files stay as they are.

What a dead engine still tries on its way out (``finally``, ``except``) finds its warehouse closed and its journal shut.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import duckdb

from pipelines.kit import warehouse
from pipelines.kit.sql_file import statements
from pipelines.kit.warehouse import Warehouse
from pipelines.run import Run

POINTS = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C12", "C13", "C14", "C15", "ENOSPC")
"""C11 does not exist: no token rotates; C2 must leave rows and cursor together."""


class Crash(BaseException):
    """The engine is gone."""


class Crashes:
    """At most one crash is armed at a time: ``point`` and how many times it is passed before."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.armed: tuple[str, int] | None = None
        self.dead = False
        self.died_at = ""
        self.run: Run | None = None
        self.by_point: Counter[str] = Counter()
        self.holds_approved = False
        self.lost = 0
        self.disabled: frozenset[str] = frozenset()

    def arm(self) -> None:
        """Choose a point for the next cycle."""
        point = self.rng.choice(POINTS)
        self.armed = (point, self.rng.randrange({"C2": 14, "C14": 1, "C10": 1}.get(point, 2)))

    def at(self, point: str) -> None:
        """Pass a point; raises Crash where this is the one."""
        if self.dead:
            raise Crash(self.died_at)
        if self.armed is None or self.armed[0] != point:
            return
        if self.armed[1] > 0:
            self.armed = (point, self.armed[1] - 1)
            return
        self.die(point)

    def die(self, point: str, house: Warehouse | None = None) -> None:
        """Throw the engine away, or the ``house`` that is all there is of it yet. Always raises Crash."""
        self.armed = None
        self.dead, self.died_at = True, point
        self.by_point[point] += 1
        if house is not None:
            leave(house)
        elif self.run is not None:
            abandon(self.run)
        raise Crash(point)

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """Where C13 is armed: the state is of another version, and the engine dies while it is brought up."""
        if self.armed is None or self.armed[0] != "C13":
            yield
            return
        real, share = warehouse._bring_up, self.rng.random()

        def bring_up(house: Warehouse) -> None:
            with suppress(duckdb.CatalogException):
                house.con.execute("UPDATE sync.meta SET value = 'another' WHERE name = 'schema'")
            house.run = half(house)  # type: ignore[method-assign]
            real(house)

        def half(house: Warehouse) -> Any:
            def run(file: Path, *_: Any, **__: Any) -> None:
                found = statements(file)
                for one in found[: int(len(found) * share)]:
                    house.con.execute(one.text)
                self.die("C13", house)

            return run

        with patch.object(warehouse, "_bring_up", bring_up):
            yield

    def watch(self, run: Run) -> None:
        """Put the points of storage around a run that was just opened."""
        self.run, self.dead = run, False
        run.journal.add = self._adding(run)  # type: ignore[method-assign]
        run.warehouse.transaction = self._transaction(run)  # type: ignore[method-assign]

    def _adding(self, run: Run) -> Any:
        real, path = run.journal.add, run.journal.path

        def add(kind: str, entries: Sequence[Any]) -> list[int]:
            self.at("C3" if kind == "intent" else "C6")
            before = path.stat().st_size
            for point in ("C15", "ENOSPC"):
                if entries and self.armed == (point, 0):
                    real(kind, entries)
                    os.truncate(path, before + self.rng.randrange(path.stat().st_size - before))
                    self.die(point)
                if entries and self.armed and self.armed[0] == point:
                    self.armed = (point, self.armed[1] - 1)
            numbers = real(kind, entries)
            if kind == "outcome":
                self.at("C8")
            return list(numbers)

        return add

    def _transaction(self, run: Run) -> Any:
        real = run.warehouse.transaction

        @contextmanager
        def transaction() -> Iterator[None]:
            with real():
                yield
                self.at("C2")

        return transaction


def abandon(run: Run) -> None:
    """Let go of what a process holds, without a checkpoint and without a word."""
    leave(run.warehouse)
    run.journal.close()


def leave(house: Warehouse) -> None:
    """Let go of a warehouse without a checkpoint."""
    house.con.execute("PRAGMA disable_checkpoint_on_shutdown")
    house.con.close()
    if house._lock is not None:
        house._lock.close()
