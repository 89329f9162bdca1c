"""Schedules of a till from its connections' settings: often what changed, once a day everything.

One run per merchant and tick: connections that are due at the same time share it, so that the till is read once.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import dagster as dg

from assets import names
from assets.runtime.gone import end_gone
from pipelines.kit.errors import MistakeInFiles
from pipelines.language.mapping import Mapping as ConnectionMapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import DEMO, load_merchants
from pipelines.language.settings import Settings

Times = tuple[str, str]
"""When what changed is synced and when everything, as cron says it, in UTC."""


@dataclass(frozen=True)
class Lane:
    """What is due at the same times. ``name``: of its schedules; ``only``: the one merchant they are for."""

    name: str
    times: Times
    only: str | None = None


def schedules(till: str, mappings: Mapping[str, ConnectionMapping]) -> list[dg.ScheduleDefinition]:
    """``<till>__changes`` and ``__everything``; connections and merchants with times of their own have their own."""
    lanes = _lanes(till, mappings)
    return [_schedule(till, sorted(mappings), lane, full=full) for lane in lanes for full in (False, True)]


def _lanes(till: str, mappings: Mapping[str, ConnectionMapping]) -> list[Lane]:
    shared: dict[Times, Lane] = {}
    for connection, mapping in sorted(mappings.items()):
        times = _times(Settings.model_validate(mapping.settings))
        shared.setdefault(times, Lane(connection if shared else till, times))
    own: dict[tuple[str, Times], Lane] = {}
    for connection, mapping in sorted(mappings.items()):
        for merchant, settings in _users(connection, mapping).items():
            times = _times(settings)
            if times not in shared:
                first = all(of != merchant for of, _ in own)
                own.setdefault((merchant, times), Lane(till if first else connection, times, merchant))
    return [*shared.values(), *own.values()]


def _users(connection: str, mapping: ConnectionMapping) -> dict[str, Settings]:
    """Merchants that use the connection; the demo only where it is alone."""
    try:
        merchants = load_merchants()
    except MistakeInFiles:
        return {}
    users = {
        name: Settings.model_validate(merchant.settings(connection, mapping.settings))
        for name, merchant in merchants.items()
        if connection in merchant.connections
    }
    return {name: settings for name, settings in users.items() if name != DEMO} or users


def _times(settings: Settings) -> Times:
    return settings.schedule, settings.full_schedule


def _schedule(till: str, connections: list[str], lane: Lane, *, full: bool) -> dg.ScheduleDefinition:
    def tick(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        due = _due(connections, lane)
        if not due:
            yield dg.SkipReason(f"no merchant syncs {' or '.join(connections)} at these times")
        for merchant, wanted in due.items():
            end_gone(context.instance, merchant)
            tags = {names.CONNECTIONS: " ".join(wanted), **({names.FULL: "true"} if full else {})}
            key = f"{merchant} {context.scheduled_execution_time.isoformat()}"
            yield dg.RunRequest(run_key=key, partition_key=merchant, tags=tags)

    running = os.environ.get("TILLSYNC_SCHEDULES") == "on"
    return dg.ScheduleDefinition(
        name="__".join([lane.name, "everything" if full else "changes", *([lane.only] if lane.only else [])]),
        cron_schedule=lane.times[full],
        job_name=till,
        execution_fn=tick,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description=f"{'Everything' if full else 'What changed'} of {lane.only or 'every merchant at these times'}.",
    )


def _due(connections: list[str], lane: Lane) -> dict[str, list[str]]:
    """The connections that are due at a lane's times, by merchant."""
    due: dict[str, list[str]] = {}
    for connection in connections:
        for merchant, settings in _users(connection, load_mapping(connection)[0]).items():
            if _times(settings) == lane.times and lane.only in (None, merchant):
                due.setdefault(merchant, []).append(connection)
    return due
