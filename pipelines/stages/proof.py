"""Proof: what a list leaves in doubt is asked for by id before anything is concluded (`reliability.md` §2.14).

A known record that did not come may have moved from page to page while the list was read; one that came twice, each
time otherwise, is one of the two at most (B17). Whether what is proved may be gone is ``missing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import Reading, Resource
from pipelines.kit.warehouse import identifier
from pipelines.run import Run

_SQL = Path(__file__).parent / "sql"
AT_ONCE = 200
"""So many ids are asked for once more after one read; of more, another whole read is the proof."""


@dataclass(frozen=True)
class Doubtful:
    """One read that has landed: its list, and what it leaves in doubt."""

    platform: str
    resource: Resource
    reading: Reading
    landing: tuple[str, str]
    raw: tuple[str, str]
    absent: list[str]
    twice: list[str]

    @property
    def whole(self) -> bool:
        """Whether the read has seen every record there is."""
        return self.reading.complete and not self.reading.doubts

    @property
    def proves(self) -> bool:
        """Whether what a whole read lacks may be gone; a list read for one flow alone must be meant to say so."""
        return self.whole and (self.resource.flow is None or self.resource.relisted)

    @property
    def asked(self) -> list[str]:
        """The ids whose absence may mean that they are gone."""
        if self.reading.doubts or self.resource.flow is not None:
            return []
        return list(self.reading.keys or [])


@dataclass(frozen=True)
class Proof:
    """``gone``: ids that came neither in the list nor by themselves; ``notes``: what a person should know."""

    gone: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def doubtful(run: Run, read: Doubtful) -> Doubtful:
    """What a landed read leaves in doubt; where the reader doubts its own read, nothing is missing from it."""
    ids: dict[str, list[str]] = {"absent": [], "twice": []}
    places = {"landing": read.landing, "raw": read.raw}
    for row in run.warehouse.rows(_SQL / "doubts.sql", places, complete=read.proves, asked=read.asked):
        ids[row["why"]].append(row["id"])
    return replace(read, absent=ids["absent"], twice=ids["twice"])


def settle(run: Run, doubt: Doubtful) -> Proof:
    """Ask for the doubtful records by id and put what comes in the place of what the list brought."""
    read = doubt.resource.prove
    if read is None or (doubt.reading.keys is not None and read is doubt.resource.read):
        return Proof(gone=doubt.absent if doubt.reading.keys is not None else [])
    absent = doubt.absent if len(doubt.absent) <= AT_ONCE else []
    asked = [*doubt.twice[:AT_ONCE], *absent]
    if not asked:
        return Proof()
    found = by_id(run, doubt, asked)
    _replace(run, doubt.landing, found)
    came = set(found["id"].to_pylist())
    gone = [key for key in absent if key not in came]
    if gone and not came and not answers(run, doubt):
        said = (
            f"none of the {len(gone)} records asked for by id is there, nor is one that must be; none is taken as gone"
        )
        return Proof(notes=[said])
    return Proof(gone=gone)


def by_id(run: Run, doubt: Doubtful, keys: Sequence[str]) -> pa.Table:
    """Those of these records that are there by themselves."""
    read = doubt.resource.prove
    tables = list(read(run.session(doubt.platform), Reading(keys=keys))) if read else []
    return pa.concat_tables([RAW_SCHEMA.empty_table(), *tables])


def _replace(run: Run, landing: tuple[str, str], found: pa.Table) -> None:
    """What a list brought stays where it is newer than what its id brings."""
    house = run.warehouse
    house.con.register("_found", found)
    house.con.execute(
        f"DELETE FROM {identifier(*landing)} AS old USING _found AS new"  # noqa: S608
        " WHERE old.id = new.id AND NOT coalesce(old.version > new.version, false)"
    )
    house.con.unregister("_found")
    house.insert(*landing, found)


def answers(run: Run, doubt: Doubtful) -> bool:
    """Whether a record that is there for certain can be asked for by id; True where there is none to ask for.

    404 for everything is a wrong address, not a deletion (B51).
    """
    lacking = [*doubt.absent, *doubt.twice]
    sql = (
        f"SELECT min(id) FROM (SELECT id FROM {identifier(*doubt.landing)} WHERE deleted_at IS NULL"  # noqa: S608
        f" UNION ALL SELECT id FROM {identifier(*doubt.raw)} WHERE NOT gone AND deleted_at IS NULL)"
        " WHERE id IS NOT NULL AND NOT list_contains(CAST(? AS VARCHAR[]), id)"
    )
    alive = run.warehouse.one(sql, [lacking])
    return alive is None or by_id(run, doubt, [alive]).num_rows > 0
