"""Order feed: what a run reads of orders, for connections along which orders flow, and for no other.

How a store lists its orders is the platform's; what is made of them is for the later stages. Old orders may change
late, so the feed goes by their last change (C-27); which of them count is a rule of the mapping (C-13).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pipelines.kit.errors import Problem, TillsyncError
from pipelines.kit.platform import Reading, Resource
from pipelines.run import Connection, Run
from pipelines.stages.extract import raw_table, resources

_SQL = Path(__file__).parent / "sql"
FLOW = "orders"
ZONES = timedelta(days=1)
"""A day begins somewhere up to 14 hours before it does in UTC."""
_KNOWN = "SELECT value, since FROM sync.cursors WHERE platform = ? AND resource = ?"
_FIRST = """
SELECT least(
    (SELECT min(started_at) FROM sync.runs WHERE connection = $connection AND NOT only_plan),
    (SELECT min(planned_at) FROM sync.intents WHERE connection = $connection)
)
"""
"""The journal outlives the warehouse, so that the day of the connection is not lost with it (I-37)."""
_NAMES = "named by orders"
_REFUSED = "orders refused"
OPENING = timedelta(days=45)
"""Orders that changed so long before the first day are read too: their goods may still be in the shop (§2.6.1)."""


def flows(run: Run, connection: Connection) -> bool:
    """Whether this run carries orders along a connection: it has the flow, is to use it, and takes nothing back.

    Nor where either platform refused what orders are read from (B50).
    """
    wanted = on(connection) and FLOW in run.wanted.only and run.wanted.undo is None
    return wanted and not refused(run, connection)


def refuse(run: Run, platform: str, error: TillsyncError) -> None:
    """Go on without orders in this run: what they are read from was refused, and other lists may not be."""
    run.notes.setdefault(_REFUSED, {})[platform] = error.problems[0]


def refused(run: Run, connection: Connection) -> list[Problem]:
    """Why orders that were to be carried along a connection are not in this run."""
    found = run.notes.get(_REFUSED, {})
    return [found[name] for name in (connection.source, connection.target) if name in found]


def on(connection: Connection) -> bool:
    """Whether orders of the store become sales at the till on this connection."""
    return connection.compiled.settings.order_sync and connection.mapping.carries(FLOW)


def of_source(run: Run, platform: str) -> frozenset[str]:
    """What a till's lists are read for beside its products and stock: ``extract.feed``'s ``flows``."""
    served = [one for one in run.connections.values() if one.source == platform and flows(run, one)]
    return frozenset({FLOW} if served else ())


def readings(run: Run, connection: Connection) -> dict[str, Reading]:
    """The lists of orders of the connection's store: by cursor, whole since the first day that counts in a full run.

    They are read from the start once more when an earlier day counts than was read. Nothing where no orders flow.
    """
    if not flows(run, connection):
        return {}
    since = _since(run, connection)
    return {
        name: _reading(run, connection.target, resource, since)
        for name, resource in resources(run, connection.target).items()
        if resource.flow == FLOW and resource.details_of is None and resource.deletions_of is None
    }


def details(run: Run, connection: Connection, also: Iterable[str] = ()) -> dict[str, Reading]:
    """What hangs on the orders whose list record is another one than when that was read last, and on ``also`` (ids).

    Also whom orders name that no list has shown yet (``Resource.named_by``), by their ids. To be read after the lists,
    in the same run, and then to be noted (``looked_at``): a run that ends in between leaves it due.
    """
    due: dict[str, Reading] = {}
    if not flows(run, connection):
        return due
    for name, resource in resources(run, connection.target).items():
        if resource.flow == FLOW and resource.named_by is not None:
            due |= _named(run, connection.target, resource)
        of = resource.details_of
        if resource.flow != FLOW or of is None or not run.warehouse.exists(*raw_table(connection.target, of)):
            continue
        places = {"list": raw_table(connection.target, of)}
        bound = {"platform": connection.target, "resource": name, "also": sorted(set(also))}
        keys = [row["id"] for row in run.warehouse.rows(_SQL / "details_due.sql", places, **bound)]
        if keys:
            due[name] = Reading(keys=keys)
    return due


def looked_at(run: Run, platform: str) -> None:
    """Note that everybody whom orders named before this run was asked for: it may read orders once more."""
    for name, resource in resources(run, platform).items():
        if resource.flow == FLOW and resource.named_by is not None:
            mark = [_NAMES, raw_table(platform, name)[1]]
            with run.warehouse.transaction():
                run.warehouse.con.execute("DELETE FROM sync.watermarks WHERE consumer = ? AND source = ?", mark)
                run.warehouse.con.execute("INSERT INTO sync.watermarks VALUES (?, ?, ?)", [*mark, run.seq - 1])


def _named(run: Run, platform: str, resource: Resource) -> dict[str, Reading]:
    of, field = resource.named_by or ("", "")
    places = {"list": raw_table(platform, of), "known": raw_table(platform, resource.name)}
    if not all(run.warehouse.exists(*place) for place in places.values()):
        return {}
    bound = {"path": f"$.{field}", "consumer": _NAMES, "source": places["known"][1]}
    rows = run.warehouse.rows(_SQL / "named.sql", places, **bound)
    return {resource.name: Reading(keys=[row["id"] for row in rows])} if rows else {}


def both(one: Reading, other: Reading) -> Reading:
    """One reading of a feed that brings what two connections of one store want of it."""
    sinces, afters = (one.since, other.since), (one.after, other.after)
    keys = sorted({*(one.keys or ()), *(other.keys or ())})
    return Reading(
        after=None if None in afters else min(after for after in afters if after is not None),
        since=None if None in sinces else min(since for since in sinces if since is not None),
        keys=keys or None,
    )


def _reading(run: Run, platform: str, resource: Resource, since: datetime | None) -> Reading:
    known = run.warehouse.query(_KNOWN, [platform, resource.name])
    if (
        not resource.incremental
        or run.wanted.full
        or not known
        or not run.warehouse.exists(*raw_table(platform, resource.name))
    ):
        return Reading(since=since)
    began = known[0]["since"]
    if began is not None and (since is None or since < began):
        return Reading(since=since)
    return Reading(after=known[0]["value"], since=since)


def _since(run: Run, connection: Connection) -> datetime | None:
    """From when on changes are of interest: some weeks before the start date, else the day of the connection.

    None, with the whole history, where that is asked for and no start date says otherwise (S001-46).
    """
    settings = connection.compiled.settings
    day = settings.order_sync_start_date
    if day is None and settings.import_all_orders:
        return None
    return datetime.combine(day or connection_day(run, connection), time(), UTC) - ZONES - OPENING


def connection_day(run: Run, connection: Connection) -> date:
    """The day of the connection, else of its first run: orders of before are history (S001-49)."""
    return connection.compiled.settings.connected_on or _first_day(run, connection)


def _first_day(run: Run, connection: Connection) -> date:
    first: datetime = run.warehouse.one(_FIRST, {"connection": connection.name}) or run.began
    return first.astimezone(UTC).date()
