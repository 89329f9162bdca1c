"""A run that was killed keeps no other run of its merchant waiting for ever."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import time_machine

from assets.runtime.gone import end_gone
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


def begun(
    instance: dg.DagsterInstance, merchant: str, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED
) -> str:
    """A run that is under way as the history says; its id."""
    return instance.create_run_for_job(nothing, status=status, tags={"dagster/partition": merchant}).run_id


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
        assert end_gone(instance, "shop") == []
        assert end_gone(instance, "shop", patience=0) == [run]
        assert (state(instance, run), state(instance, other)) == ("FAILURE", "STARTED")
        assert end_gone(instance, "shop", patience=0) == []


@pytest.mark.parametrize("who", ["run of another", "holds list"])
def test_a_run_that_was_killed_is_ended_whoever_held_its_merchant_since(shop: Path, who: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = begun(instance, "shop")
        open_warehouse(shop, f"run {run}", lambda _: None).close()
        open_warehouse(shop, who, lambda _: None).close()
        assert end_gone(instance, "shop", patience=0) == [run]


def test_a_run_that_was_killed_before_it_held_its_merchant_is_ended_after_longer(shop: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = begun(instance, "shop", dg.DagsterRunStatus.STARTING)
        assert end_gone(instance, "shop", patience=0) == []
        assert end_gone(instance, "shop", start=0) == [run]


def test_a_run_that_ends_just_now_is_not_taken_for_one_that_was_killed(shop: Path) -> None:
    """It lets go of its merchant some moments before the history hears of its end."""
    with dg.DagsterInstance.ephemeral() as instance:
        run, killed = begun(instance, "shop"), begun(instance, "shop")
        open_warehouse(shop, f"run {run}", lambda _: None).close()
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
            instance.report_engine_event("a step ended", instance.get_run_by_id(run))
            assert end_gone(instance, "shop") == [killed]
        assert (state(instance, run), state(instance, killed)) == ("STARTED", "FAILURE")


def test_a_run_that_holds_its_merchant_goes_on(shop: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = begun(instance, "shop")
        warehouse = open_warehouse(shop, f"run {run}", lambda _: None)
        try:
            assert end_gone(instance, "shop", patience=0, start=0) == []
        finally:
            warehouse.close()
        assert state(instance, run) == "STARTED"


def test_a_lock_that_cannot_be_looked_at_ends_nothing(shop: Path) -> None:
    (shop / "warehouse.lock").mkdir()
    with dg.DagsterInstance.ephemeral() as instance:
        run = begun(instance, "shop")
        assert end_gone(instance, "shop", patience=0) == []
        assert state(instance, run) == "STARTED"
