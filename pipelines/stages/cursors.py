"""Cursors: from where a feed is read on, and how far it has been read (`reliability.md` §2.13, I-28).

A version can become visible after a higher one did. A cursor that has moved is therefore not *settled*: what lies just
below it is read once more, until such a read, at least ``SETTLES_AFTER`` after the move, brought nothing. A settled
cursor is looked at again every ``SETTLED_FOR``. Rows that are known already make no work (``sql/merge.sql``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipelines.kit.platform import Reading, Resource
from pipelines.kit.warehouse import Warehouse
from pipelines.run import Run

_SQL = Path(__file__).parent / "sql"
OVERLAP = 1000
"""Versions below the cursor that are read once more, as far as ``Resource.overlap`` allows."""
SETTLES_AFTER = timedelta(seconds=60)
SETTLED_FOR = timedelta(hours=1)
_EXACT = 2**53 - 1
_ALL = "SELECT resource, value, moved_at, settled_at, since FROM sync.cursors WHERE platform = ?"
_NOTE = "INSERT INTO sync.cursors (platform, resource, value, run_id, moved_at, settled_at, since) VALUES "
_KNOWN = "SELECT value, moved_at, settled_at, since FROM sync.cursors WHERE platform = ? AND resource = ?"


@dataclass(frozen=True)
class Seen:
    """What a read saw of a feed: its highest version, versions that can be none, whether they are counted anew."""

    newest: int | None
    beyond: int
    anew: bool


def cursor(house: Warehouse, platform: str, resource: str) -> int | None:
    """How far this resource was read; None before its first read."""
    value: int | None = house.one(_KNOWN, [platform, resource])
    return value


def reading(run: Run, platform: str, resource: Resource, raw: Sequence[str]) -> Reading:
    """How a feed is read on: whole the first time, then from its cursor, with an overlap while that is not settled.

    One that is ``relisted`` is read from the start, as far as it is known.
    """
    known = run.warehouse.query(_KNOWN, [platform, resource.name])
    if not known or not run.warehouse.exists(*raw):
        return Reading()
    value, settled = known[0]["value"], known[0]["settled_at"]
    if resource.relisted:
        return Reading(until=value)
    if settled is not None and run.context.now() - settled < SETTLED_FOR:
        return Reading(after=value)
    bound = {"value": value, "overlap": OVERLAP, "records": max(resource.overlap, 1)}
    start = run.warehouse.rows(_SQL / "cursor_start.sql", {"raw": raw}, **bound)[0]["start"]
    return Reading(after=start, until=value)


class Marks:
    """The cursors of a platform while what was read of it is kept: asked for once, and noted once.

    ``landings``: by resource where a read has landed whose versions will be asked for.
    """

    def __init__(self, run: Run, platform: str, landings: Mapping[str, Sequence[str]]) -> None:
        self._run, self._platform = run, platform
        rows = run.warehouse.query(_ALL, [platform])
        self._known = {row.pop("resource"): row for row in rows}
        came = run.warehouse.row_each(_SQL / "versions.sql", [{"landing": places} for places in landings.values()])
        self._came = dict(zip(landings, came, strict=True))
        self._moved: list[str] = []

    def seen(self, resource: str, *, complete: bool) -> Seen:
        """What a read that has landed saw.

        A version is one number for the whole platform, so one a thousandfold above every other is none (B45); beyond
        2^53 no JSON number is exact. A whole read that ends far below the cursor proves that versions are counted anew.
        """
        came = self._came[resource]
        others = [row["value"] for row in self._known.values()] + [came["second"]]
        highest = min(_EXACT, max((one for one in others if one is not None), default=_EXACT) * 1000 + 1_000_000)
        if came["second"] is not None and came["second"] > _EXACT:
            newest, beyond = came["exact"], came["inexact"]
        elif came["highest"] is not None and came["highest"] > highest:
            newest, beyond = came["second"], 1
        else:
            newest, beyond = came["highest"], 0
        known = self._known.get(resource)
        back = newest is not None and known is not None and newest < known["value"] - OVERLAP
        return Seen(newest, beyond, complete and back)

    def move(self, resource: str, reading: Reading, found: Seen, changed: int) -> None:
        """How far the feed is read now.

        ``changed``: rows of this read that were new or different. The cursor goes back only where versions count anew.
        Since when the feed was read is kept with it: NULL for all of it.
        """
        if found.newest is None:
            return
        now, known = self._run.context.now(), self._known.get(resource)
        value = found.newest if known is None or found.anew else max(found.newest, known["value"])
        since = reading.since if reading.after is None or known is None else known["since"]
        moved, settled = now, None
        if known is not None and value == known["value"]:
            moved, settled = known["moved_at"] or now, known["settled_at"]
            if reading.complete or reading.until is not None:
                settled = now if not changed and now - moved >= SETTLES_AFTER else None
        self._known[resource] = {"value": value, "moved_at": moved, "settled_at": settled, "since": since}
        self._moved.append(resource)

    def keep(self) -> None:
        """Note how far every feed is read; in the transaction that keeps its rows (I-28)."""
        if not self._moved:
            return
        con = self._run.warehouse.con
        con.execute(
            "DELETE FROM sync.cursors WHERE platform = ? AND list_contains(?, resource)", [self._platform, self._moved]
        )
        values: list[Any] = []
        for name in self._moved:
            row = self._known[name]
            values += [self._platform, name, row["value"], self._run.run_id]
            values += [row["moved_at"], row["settled_at"], row["since"]]
        con.execute(_NOTE + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(self._moved)), values)
