"""The history the UI shows is Dagster's own, whoever wrote it, and its files do not stay open for ever."""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from assets.runtime.engine import prepare_dagster_home
from assets.runtime.history import EventLog


@dg.op
def _quiet() -> None:
    pass


@dg.job
def _job() -> None:
    _quiet()


def test_every_run_stands_in_dagsters_own_files_and_few_of_them_stay_open(merchants: object) -> None:
    assert merchants
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        runs = [_job.execute_in_process(instance=instance).run_id for _ in range(5)]
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        assert len(log._engines) <= 4
        told = {run: [event.message for event in instance.all_logs(run)] for run in runs}
        folder = log._base_dir
    assert not log._engines
    plain = SqliteEventLogStorage(folder)
    assert all(len(plain.get_logs_for_run(run)) == len(told[run]) > 5 for run in runs)
