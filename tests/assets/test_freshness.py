"""Late changes and stopped runs are a failed check in Dagster, after every write and by itself, without any call."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from assets import names
from assets.definitions import build_definitions
from assets.freshness import IN_TIME
from assets.runtime.engine import prepare_dagster_home
from assets.runtime.outside import Outside, outside
from pipelines.kit.warehouse import open_warehouse

CONNECTION = "lightspeed_x__bigcommerce"
KEY = dg.AssetCheckKey(names.receipts(CONNECTION), IN_TIME)


def hours_pass(shop: Any, hours: int) -> None:
    """What the warehouse remembers of the merchant is that much older."""
    house = open_warehouse(shop.home / "shop", "test", lambda _: None)
    for table, column in (("runs", "started_at"), ("runs", "ended_at"), ("quarantine", "since")):
        house.con.execute(f"UPDATE sync.{table} SET {column} = {column} - to_hours(?)", [hours])  # noqa: S608
    house.close()


def checked_alone(shop: Any) -> dg.AssetCheckEvaluation:
    """The check run by itself, as the button in the UI does it."""
    job = build_definitions().resolve_implicit_global_asset_job_def().get_subset(asset_check_selection={KEY})
    with outside(Outside(adapters=shop.adapters)), dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, partition_key="shop")
        (evaluation,) = result.get_asset_check_evaluations()
        return evaluation


@pytest.mark.rule("S000-36")
def test_a_change_an_hour_late_fails_the_check_by_name_after_the_write(synced_shop: Any) -> None:
    shop = synced_shop
    shop.till.edit_product("SH-M", price=-1)
    shop.happen()
    hours_pass(shop, 2)
    assert {warning["check"] for warning in shop.run()["warnings"]} == {"applied_in_time"}
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        records = instance.event_log_storage.get_asset_check_execution_history(KEY, limit=2)
        late, in_time = (record.event.dagster_event.asset_check_evaluation_data for record in records)  # type: ignore[union-attr]
    assert (in_time.passed, late.passed) == (True, False)
    (row,) = late.metadata["records"].records
    assert row.data["what waits"] == "SH-M"
    assert "below 0" in row.data["why"]


@pytest.mark.rule("S000-36")
def test_runs_that_stopped_fail_the_check_that_is_run_alone_and_calls_nobody(synced_shop: Any) -> None:
    shop = synced_shop
    shop.till.calls.clear()
    shop.store.calls.clear()
    assert checked_alone(shop).passed
    hours_pass(shop, 2)
    found = checked_alone(shop)
    assert not found.passed
    assert found.metadata["late"].value == 0
    assert [*shop.till.calls, *shop.store.calls] == []
