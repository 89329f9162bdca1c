"""Run a merchant's connections from the shell through Dagster, in this process, in the history the UI shows.

A run made in process cannot be re-executed from the UI.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets import names
from assets.runtime.engine import prepare_dagster_home
from assets.runtime.gone import end_gone
from assets.runtime.outside import Outside, outside
from pipelines.kit.errors import Problem, TillsyncError

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from pipelines.language.merchants import Merchant
    from pipelines.run import Wanted

REFUSED = 5
"""The exit code of a run whose check stopped the write; its step fails by design."""
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_job(
    merchant: "Merchant",
    wanted: "Wanted",
    say: Callable[[str], None] = lambda _text: None,
    adapters: "Mapping[str, BaseAdapter] | None" = None,
) -> dict[str, tuple[int, dict[str, Any]]]:
    """Run ``wanted.connections``; exit code and summary by connection.

    Raises what stopped a step, after everything that was done is settled; a refusal by a check is in the summary.
    """
    given = Outside(say, adapters or {})
    folder = prepare_dagster_home()
    with outside(given), dg.DagsterInstance.from_config(str(folder)) as instance:
        end_gone(instance, merchant.name)
        result = _execute(merchant.name, wanted, instance)
    for error in sorted(given.errors, key=lambda error: isinstance(error, TillsyncError)):
        raise error
    missing = [name for name in wanted.connections if name not in given.summaries]
    refused = any(code == REFUSED for code, _ in given.summaries.values())
    if missing or not (result.success or refused):
        problem = Problem(
            "run_failed",
            f"{missing[0]}: the run ended without a summary" if missing else "a step of the run failed",
            found=_why(result),
            do="look at the run in the UI",
        )
        raise TillsyncError(problem)
    return given.summaries


def _execute(merchant: str, wanted: "Wanted", instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    from assets.definitions import build_definitions
    from pipelines.run import Wanted

    connections = wanted.connections
    job = build_definitions().resolve_job_def(connections[0] if len(connections) == 1 else names.ALL)
    tags = {names.REPOSITORY: f"__repository__@{names.LOCATION}", names.CONNECTIONS: " ".join(connections)}
    asked = {names.FULL: wanted.full, names.YES: wanted.yes, names.PLAN_ONLY: not wanted.write}
    tags |= {name: "true" for name, value in asked.items() if value}
    if wanted.undo is not None:
        tags[names.UNDO] = wanted.undo
    if wanted.retry is not None:
        tags[names.RETRY] = json.dumps(wanted.retry)
    if wanted.only != Wanted.only:
        tags[names.ONLY] = " ".join(wanted.only)
    owners = {part for connection in connections for part in (connection, *connection.split("__"))}
    keys = [key for key in job.asset_layer.executable_asset_keys if key.path[0] in owners]
    chosen = [key for key in keys if wanted.write or key.path[1] != "write"]
    return job.execute_in_process(
        run_config=_QUIET,
        instance=instance,
        partition_key=merchant,
        tags=tags,
        asset_selection=chosen,
        raise_on_error=False,
    )


def _why(result: dg.ExecuteInProcessResult) -> str:
    failed = next((event for event in result.all_events if event.is_failure), None)
    return (failed.message if failed else None) or "no step failed"
