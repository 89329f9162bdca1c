"""Decisions of a person: on disk before they change a table, so that neither a crash nor a lost warehouse undoes them.

An entry holds ids, keys and hashes of what was shown, never a name or a value (`reliability.md` §2.9, T14, T33). What a
decision does to the tables is ``sql/decided.sql``; which decisions there are is ``requests.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.kit import journaled
from pipelines.kit.journal import Journal
from pipelines.kit.warehouse import Warehouse

_SQL = Path(__file__).parent / "sql"
LASTS = timedelta(hours=72)
"""How long a hold waits, and how long its approval may be used (`reliability.md` §2.11)."""


@dataclass(frozen=True)
class Desk:
    """Where a command decides: the merchant's warehouse and journal, without a run."""

    warehouse: Warehouse
    journal: Journal


@contextmanager
def desk(house: Warehouse, now: datetime) -> Iterator[Desk]:
    """The journal beside an open warehouse. Raises MistakeInFiles where it is damaged."""
    journal = journaled.open_beside(house, now)
    try:
        yield Desk(house, journal)
    finally:
        journal.close()


def decide(keeper: journaled.Keeper, entries: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write decisions down, then put them into force. An entry has ``what``, ``connection`` and what it is bound to."""
    if not entries:
        return
    keeper.journal.add("decision", [_entry({**entry, "decided_at": now}) for entry in entries])
    journaled.absorb(keeper)
    apply(keeper.warehouse, now)


def apply(house: Warehouse, now: datetime) -> None:
    """Put every decision into force that is not yet; called again, it changes nothing."""
    with house.transaction():
        house.run(_SQL / "decided.sql", now=now)


def hold_entries(
    house: Warehouse, connection: str, holds: Sequence[str], what: str, now: datetime
) -> list[dict[str, Any]]:
    """The entries of a decision on holds, each bound to the hash of what is shown now, and to an end (T33)."""
    rows = house.rows(_SQL / "hold_entries.sql", connection=connection, holds=list(holds))
    until = now + LASTS if what in {"holds approve", "sync --yes"} else None
    return [{"what": what, "connection": connection, **row, "expires_at": until} for row in rows]


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, times as text."""
    texts = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in entry.items()}
    return {name: value for name, value in texts.items() if value is not None}
