"""A run that was killed keeps no other run of its merchant waiting for ever."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import dagster as dg
import pytest

from assets.runtime.gone import end_gone
from pipelines.kit.merchant_lock import left_by
from pipelines.kit.warehouse import open_warehouse
from pipelines.language.paths import home


@dg.job
def nothing() -> None:
    """A job without a step."""


@pytest.fixture
def shop(merchants: Path) -> Path:
    """The folder of a merchant."""
    folder = home() / "shop"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def begun(instance: dg.DagsterInstance, merchant: str) -> str:
    """A run that is under way as the history says; its id."""
    tags = {"dagster/partition": merchant}
    return instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id


def state(instance: dg.DagsterInstance, run: str) -> str:
    """What the history says of a run."""
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status.value


def test_a_run_that_was_killed_is_ended_once_it_has_been_quiet_and_never_another_merchants(shop: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run, other = begun(instance, "shop"), begun(instance, "other_shop")
        child = os.fork()
        if child == 0:
            open_warehouse(shop, f"run {run}", lambda _: None)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        assert left_by(shop) == f"run {run}"
        assert end_gone(instance, "shop") is None
        assert end_gone(instance, "shop", patience=0) == run
        assert (state(instance, run), state(instance, other)) == ("FAILURE", "STARTED")
        assert end_gone(instance, "shop", patience=0) is None


def test_a_run_that_holds_its_merchant_goes_on(shop: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = begun(instance, "shop")
        warehouse = open_warehouse(shop, f"run {run}", lambda _: None)
        try:
            assert end_gone(instance, "shop", patience=0) is None
        finally:
            warehouse.close()
        assert state(instance, run) == "STARTED"


@pytest.mark.parametrize("said", ["", "{}", "[]", json.dumps({"pid": 1, "who": "a command"})])
def test_a_lock_without_a_run_in_it_ends_nothing(shop: Path, said: str) -> None:
    (shop / "warehouse.lock").write_text(said, encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        run = begun(instance, "shop")
        assert end_gone(instance, "shop", patience=0) is None
        assert state(instance, run) == "STARTED"
