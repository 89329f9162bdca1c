"""Runs whose process is gone without a word: killed, or the machine lost its power.

Nobody else ends them in the history, where one run of a merchant is let in at a time: every later one would wait.
"""

import time

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from pipelines.kit.merchant_lock import left_by
from pipelines.language.paths import home

PATIENCE = 60.0
"""So many seconds may lie between a run's letting go of its merchant and its end in the history."""
_OPEN = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
_RUN = "run "


def end_gone(instance: dg.DagsterInstance, merchant: str, patience: float = PATIENCE) -> str | None:
    """Tell the history that the run which held this merchant last has failed, where its process is gone; its id.

    What such a run did is in the journal: the next run ends it (I-16).
    """
    who = left_by(home() / merchant) or ""
    record = instance.get_run_record_by_id(who.removeprefix(_RUN)) if who.startswith(_RUN) else None
    if record is None or record.dagster_run.status not in _OPEN:
        return None
    run = record.dagster_run
    quiet = time.time() - record.update_timestamp.timestamp()
    if run.tags.get(PARTITION_NAME_TAG) != merchant or quiet < patience:
        return None
    instance.report_run_failed(run, "The process of this run is gone; the next run goes on from the journal.")
    return run.run_id
