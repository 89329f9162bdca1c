"""Schedules of a connection from its settings: often what changed, once a day everything. One run per merchant."""

import os
from collections.abc import Iterator

import dagster as dg

from assets import names
from pipelines.kit.errors import MistakeInFiles
from pipelines.language.mapping import Mapping, load_mapping
from pipelines.language.merchants import DEMO, load_merchants
from pipelines.language.settings import Settings


def schedules(connection: str, mapping: Mapping) -> list[dg.ScheduleDefinition]:
    """``<connection>__changes`` and ``__everything``; a merchant with times of its own has two of its own."""
    base = Settings.model_validate(mapping.settings)
    own = {name: settings for name, settings in _users(connection, mapping).items() if _times(settings) != _times(base)}
    made = [_schedule(connection, base, None, full=full) for full in (False, True)]
    return made + [_schedule(connection, s, name, full=full) for name, s in own.items() for full in (False, True)]


def _users(connection: str, mapping: Mapping) -> dict[str, Settings]:
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


def _times(settings: Settings) -> tuple[str, str]:
    return settings.schedule, settings.full_schedule


def _schedule(connection: str, settings: Settings, only: str | None, *, full: bool) -> dg.ScheduleDefinition:
    name = "__".join([connection, "everything" if full else "changes", *([only] if only else [])])

    def tick(_context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        due = [only] if only else _due(connection)
        if not due:
            yield dg.SkipReason(f"no merchant uses {connection} at these times")
        for merchant in due:
            yield dg.RunRequest(partition_key=merchant, tags={names.FULL: "true"} if full else {})

    running = os.environ.get("TILLSYNC_SCHEDULES") == "on"
    return dg.ScheduleDefinition(
        name=name,
        cron_schedule=settings.full_schedule if full else settings.schedule,
        job_name=connection,
        execution_fn=tick,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description=f"{'Everything' if full else 'What changed'} of {only or 'every merchant that uses it'}.",
    )


def _due(connection: str) -> list[str]:
    mapping, _ = load_mapping(connection)
    shared = _times(Settings.model_validate(mapping.settings))
    return [name for name, settings in _users(connection, mapping).items() if _times(settings) == shared]
