"""Cursors: from where a feed is read on, and how far it has been read (`reliability.md` §2.13, I-28).

A version can become visible after a higher one did. A cursor that has moved is therefore not *settled*: what lies just
below it is read once more, until such a read, at least ``SETTLES_AFTER`` after the move, brought nothing. A settled
cursor is looked at again every ``SETTLED_FOR``. Rows that are known already make no work (``sql/merge.sql``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipelines.kit.platform import Reading, Resource
from pipelines.kit.warehouse import Warehouse
from pipelines.run import Run

_SQL = Path(__file__).parent / "sql"
OVERLAP = 1000
"""Versions below the cursor that are read once more, as far as ``Resource.overlap`` allows."""
SETTLES_AFTER = timedelta(seconds=60)
SETTLED_FOR = timedelta(hours=1)
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


def seen(house: Warehouse, platform: str, resource: str, landing: Sequence[str], complete: bool) -> Seen:
    """What the read that has just landed saw."""
    bound = {"platform": platform, "resource": resource, "complete": complete, "overlap": OVERLAP}
    return Seen(**house.rows(_SQL / "cursor.sql", {"landing": landing}, **bound)[0])


def move(run: Run, platform: str, resource: str, reading: Reading, found: Seen, changed: int) -> None:
    """Note how far the feed is read; in the transaction that keeps its rows.

    ``changed``: rows of this read that were new or different. The cursor goes back only where versions count anew.
    Since when the feed was read is kept with it: NULL for all of it.
    """
    house, now = run.warehouse, run.context.now()
    known = house.query(_KNOWN, [platform, resource])
    if found.newest is None:
        return
    value = found.newest if not known or found.anew else max(found.newest, known[0]["value"])
    since = reading.since if reading.after is None or not known else known[0]["since"]
    moved, settled = now, None
    if known and value == known[0]["value"]:
        moved, settled = known[0]["moved_at"] or now, known[0]["settled_at"]
        if reading.complete or reading.until is not None:
            settled = now if not changed and now - moved >= SETTLES_AFTER else None
    house.con.execute("DELETE FROM sync.cursors WHERE platform = ? AND resource = ?", [platform, resource])
    house.con.execute(
        "INSERT INTO sync.cursors (platform, resource, value, run_id, moved_at, settled_at, since)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [platform, resource, value, run.run_id, moved, settled, since],
    )
