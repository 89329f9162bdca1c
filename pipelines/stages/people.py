"""People: what is known of buyers is let go when nothing needs it any more, or when one of them asks (I-36).

Which fields name people is each platform's to say (``Resource.people``). A record that is read again as it was brings
nothing back: its hash stays. Model: `reliability.md` §2.16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.kit import exact_json
from pipelines.kit.platform import Resource
from pipelines.kit.warehouse import Warehouse
from pipelines.language.canonical import canonical_table
from pipelines.run import Connection, Run
from pipelines.stages import order_feed
from pipelines.stages.extract import raw_table, resources

_SQL = Path(__file__).parent / "sql"
_TABLES = ("orders", "order_lines")


def grown_old(run: Run, connection: Connection) -> int:
    """Let go of the buyers of orders that were settled ``people_days`` ago; of how many orders."""
    if not order_feed.on(connection):
        return 0
    days = timedelta(days=connection.compiled.settings.people_days)
    found = resources(run, connection.target)
    return let_go(run.warehouse, connection.name, found, run.context.now() - days)


def let_go(house: Warehouse, connection: str, found: Mapping[str, Resource], before: datetime | None) -> int:
    """Take people out of orders that were settled before that moment, and of those who asked; of how many orders.

    ``before`` None: only of those who asked.
    """
    target = connection.partition("__")[2]
    names = {name: canonical_table(target, name) for name in _TABLES}
    if not all(house.exists(*table) for table in names.values()):
        return 0
    with house.transaction():
        house.run(_SQL / "people_due.sql", names, connection=connection, before=before)
        count: int = house.one("SELECT count(*) FROM let_go")
        if count:
            for resource in found.values():
                _of_raw(house, target, resource)
            house.run(_SQL / "people_gone.sql", names)
            desired = {name: (connection, f"{name}_desired") for name in _TABLES}
            if all(house.exists(*table) for table in desired.values()):
                house.run(_SQL / "people_desired.sql", desired)
    return count


def _of_raw(house: Warehouse, platform: str, resource: Resource) -> None:
    raw = raw_table(platform, resource.name)
    if not resource.people or not house.exists(*raw):
        return
    for inside, fields in _by_list(resource.people).items():
        patch = exact_json.dumps(dict.fromkeys(fields))
        if inside:
            values = {"inside": inside, "path": f"$.{inside}[*]", "patch": patch}
            house.run(_SQL / "people_raw_list.sql", {"raw": raw}, **values)
        else:
            house.run(_SQL / "people_raw.sql", {"raw": raw}, patch=patch)


def _by_list(people: Sequence[str]) -> dict[str, list[str]]:
    """``products.note`` is the field ``note`` of each in the list ``products``; without a point it is the record's."""
    found: dict[str, list[str]] = {}
    for name in people:
        inside, _, field = name.rpartition(".")
        found.setdefault(inside, []).append(field)
    return found
