"""Runs whose process is gone without a word: killed, or the machine lost its power.

Nobody else ends them in the history, where one run of a merchant is let in at a time: every later one would wait.
"""

import time

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from pipelines.kit.merchant_lock import is_free
from pipelines.language.paths import home

PATIENCE = 60.0
"""So many seconds may lie between a run's last word in the history and its hold on its merchant, or its end."""
START = 600.0
"""So many may a run take to begin."""
_STARTING = dg.DagsterRunStatus.STARTING
_OPEN = [_STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def end_gone(
    instance: dg.DagsterInstance, merchant: str, patience: float = PATIENCE, start: float = START
) -> list[str]:
    """Tell the history that runs of this merchant have failed whose process is gone; their ids.

    A run holds its merchant from its first step to its end, whoever held it since: where nobody does, none is under way
    but one that said something a moment ago. What such a run did is in the journal: the next run ends it (I-16).
    """
    if not is_free(home() / merchant):
        return []
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(tags={PARTITION_NAME_TAG: merchant}, statuses=_OPEN)):
        run = record.dagster_run
        if time.time() - _heard_of(instance, record) < (start if run.status == _STARTING else patience):
            continue
        instance.report_run_failed(run, "The process of this run is gone; the next run goes on from the journal.")
        ended.append(run.run_id)
    return ended


def _heard_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> float:
    """When a run said something last: the record itself knows no more than its states."""
    last = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    return max([record.update_timestamp.timestamp(), *(one.timestamp for one in last)])
