"""A schedule that is on, a daemon that runs, two platforms on loopback: what happens with nobody watching."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from assets import names
from assets.rehearsal import make, start
from assets.runtime.engine import prepare_dagster_home
from pipelines.kit import catalogue_csv
from pipelines.language.paths import CHECKOUT

from .conftest import CATALOGUE, CONNECTION

BIN = Path(sys.executable).parent
WORKSPACE = str(CHECKOUT / "workspace.yaml")
SCHEDULE = "lightspeed_x__changes"
SECONDS = 180


@contextmanager
def daemon() -> Iterator[queue.Queue[str]]:
    """``dagster-daemon run`` and what it and its runs print."""
    said: queue.Queue[str] = queue.Queue()
    command = [str(BIN / "dagster-daemon"), "run", "-w", WORKSPACE]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )

    def listen() -> None:
        for line in process.stdout or ():
            said.put(line)

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield said
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def switch_on() -> None:
    """``dagster schedule start``, as if before the last tick: the daemon never makes up for one before the start."""
    command = [str(BIN / "dagster"), "schedule", "start", "-w", WORKSPACE, SCHEDULE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        (state,) = instance.all_instigator_state()
        data: Any = state.instigator_data
        earlier = data._replace(start_timestamp=data.start_timestamp - timedelta(minutes=15).total_seconds())
        instance.update_instigator_state(state.with_data(earlier))


def heard(said: queue.Queue[str], *words: str) -> str:
    """Everything said until one of ``words`` was."""
    until, lines = time.monotonic() + SECONDS, []
    while True:
        try:
            lines.append(said.get(timeout=max(until - time.monotonic(), 0.01)))
        except queue.Empty:
            raise AssertionError(f"none of {words} in {SECONDS} s:\n{''.join(lines)}") from None
        if any(word in lines[-1] for word in words):
            return "".join(lines)


def test_a_schedule_that_is_on_syncs_with_nobody_watching(merchants: Path, tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").write_text(CATALOGUE, encoding="utf-8")
    machines = {name: make(name) for name in CONNECTION.split("__")}
    till, store = machines.values()
    till.seed(catalogue_csv.read(tmp_path / "catalogue.csv"))
    running = start(machines)
    file = tmp_path / "merchants.yaml"
    entry = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, one in running.items():
        entry["merchants"]["shop"]["accounts"][name] |= {"base_url": one.url, **machines[name].account()}
    file.write_text(yaml.safe_dump(entry), encoding="utf-8")
    prepare_dagster_home()
    try:
        switch_on()
        with daemon() as said:
            log = heard(said, "RUN_SUCCESS", "RUN_FAILURE")
    finally:
        for one in running.values():
            one.stop()
    assert "RUN_SUCCESS" in log, log
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        (run,) = instance.get_runs()
        assert run.tags["dagster/schedule_name"] == SCHEDULE
        assert run.tags["dagster/partition"] == "shop"
        assert instance.get_latest_materialization_event(names.receipts(CONNECTION)) is not None
    assert [call for call in store.calls if call.kind == "write"]
