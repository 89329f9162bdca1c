"""Freshness: changes of one side that are older than the limit and not on the other, and runs that stopped.

One of the till not published after an hour is a fault to raise (S000-36), and so is an order not recorded. Looks at
the warehouse alone, calls no platform; who shows it decides what follows. The limit: the setting ``freshness_minutes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.kit.command_line import command
from pipelines.kit.warehouse import Warehouse
from pipelines.language.canonical import canonical_table

_SQL = Path(__file__).parent / "sql"
CHECK = "applied_in_time"


@dataclass(frozen=True)
class Freshness:
    """``late``: a row per record with entity, sku, name, since (of the change) and reason; ``stopped``: no run came."""

    minutes: int
    last_run: datetime | None
    stopped: bool
    late: list[dict[str, Any]]

    @property
    def passed(self) -> bool:
        """Whether every change that is known was applied in time, and runs still come."""
        return not self.late and not self.stopped

    def says(self) -> list[str]:
        """What is wrong, a sentence each; the records by SKU."""
        lines = [
            f"{row['sku'] or row['name'] or row['item_id']}: changed {_moment(row['since'])} and not applied after"
            f" {self.minutes} minutes: {row['reason']}"
            for row in self.late
        ]
        if self.stopped:
            lines.insert(
                0, f"no run has ended well since {_moment(self.last_run)}; at most {self.minutes} minutes may pass"
            )
        return lines


def what_to_do(merchant: str, connection: str) -> str:
    """What somebody who is told of late changes does about them."""
    holds, aside = (command(merchant, what, "list", connection) for what in ("holds", "quarantine"))
    sync = command(merchant, "sync", connection)
    return f"see why each waits: `{holds}`, `{aside}` or the report; then `{sync}`"


def freshness(house: Warehouse, connection: str, now: datetime, minutes: int) -> Freshness:
    """How fresh the store is at ``now``. A connection that never wrote is not late.

    The hour counts from the till's own time of the change, but not from before the connection's first run; a level,
    whose change the till does not date, counts from when it began to wait.
    """
    last = house.one(
        "SELECT max(ended_at) FROM sync.runs WHERE connection = ? AND NOT only_plan AND exit_code IN (0, 1, 3)",
        [connection],
    )
    source, _, target = connection.partition("__")
    tables = {f"source_{entity}": canonical_table(source, entity) for entity in ("products", "variants")}
    if not all(house.exists(*table) for table in tables.values()):
        return Freshness(minutes, last, False, [])
    limit = now - timedelta(minutes=minutes)
    late = house.rows(_SQL / "late.sql", tables, connection=connection, limit=limit)
    orders = canonical_table(target, "orders")
    if house.exists(*orders):
        late += house.rows(_SQL / "late_orders.sql", {"target_orders": orders}, connection=connection, limit=limit)
    return Freshness(minutes, last, last is not None and last < limit, late)


def _moment(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else "ever"
