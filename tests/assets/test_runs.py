"""Runs through Dagster: the same results as without it, in the history, and nothing written past a check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from assets import names
from assets.definitions import build_definitions
from assets.runtime.engine import prepare_dagster_home
from assets.runtime.outside import Outside, outside
from pipelines.kit.errors import CredentialsRefused, Refused
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.warehouse import open_warehouse
from pipelines.platforms import discover

CONNECTION = "lightspeed_x__bigcommerce"
IN_CURRENCY = "order_in_the_tills_currency"


@pytest.mark.libraries
def test_a_run_from_the_shell_stands_in_the_history_under_its_own_id(synced_shop: Any, first_run: Any) -> None:
    summary = first_run.summary
    assert summary["mode"] == "first"
    assert summary["verdict"] == "passed"
    assert summary["entities"]["products"]["created"] == 3
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        run = instance.get_run_by_id(summary["run_id"])
        assert run is not None
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert run.tags["dagster/partition"] == "shop"
        made = instance.get_latest_materialization_event(names.desired(CONNECTION, "products"))
        assert made is not None
        metadata = made.asset_materialization.metadata  # type: ignore[union-attr]
        assert metadata["dagster/row_count"].value == 2
        assert "name" in metadata["dagster/column_lineage"].value.deps_by_column
        assert "| name | name | yes |" in metadata["field map"].value
    again = synced_shop.run()
    assert again["verdict"] == "empty"
    assert again["mode"] == "incremental"


@pytest.mark.libraries
def test_an_order_is_seen_on_every_asset_and_check_it_passes(synced_shop: Any) -> None:
    shop = synced_shop
    shop.store.place_order([("MUG-1", 1)], "jane@buyer.example", shipping=5, currency="USD")
    shop.store.place_order([("MUG-1", 1)], "john@buyer.example", currency="ZZD")
    summary = shop.run(only=("products", "stock", "orders"))
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        shown = {}
        for key in (names.link(CONNECTION, names.ORDERS_LINK), *(names.desired(CONNECTION, t) for t in names.ORDERS)):
            made = instance.get_latest_materialization_event(key)
            assert made is not None, key
            assert made.run_id == summary["run_id"]
            metadata = made.asset_materialization.metadata  # type: ignore[union-attr]
            shown[key.path[-1]] = {name: one.value for name, one in metadata.items() if name.startswith("rows")}
            shown[key.path[-1]]["all"] = metadata["dagster/row_count"].value
        checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [
                dg.AssetCheckKey(names.verdict(CONNECTION), f"orders__{name}")
                for name in ("order_total_ties", IN_CURRENCY)
            ]
        )
    assert shown == {
        "orders_link": {"rows charged beside products": 1, "rows linked": 2, "all": 3},
        "orders_desired": {"rows to be closed": 2, "all": 2},
        "order_lines_desired": {"all": 3},
        "order_payments_desired": {"all": 2},
        "order_refunds_desired": {"all": 0},
    }
    said = {key.name: record.event.dagster_event.asset_check_evaluation_data for key, record in checks.items()}  # type: ignore[union-attr]
    assert {name: (one.passed, one.metadata["looked at"].value) for name, one in said.items()} == {
        "orders__order_total_ties": (True, 2), f"orders__{IN_CURRENCY}": (False, 2),
    }  # fmt: skip


def test_a_run_from_the_shell_stands_on_its_jobs_page(synced_shop: Any, first_run: Any) -> None:
    location = f"__repository__@{names.LOCATION}"
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        found = instance.get_runs(dg.RunsFilter(job_name=CONNECTION, tags={".dagster/repository": location}))
    assert [run.run_id for run in found] == [first_run.summary["run_id"]]


@pytest.mark.libraries
def test_a_broken_set_makes_the_run_red_and_stops_every_write(synced_shop: Any) -> None:
    shop = synced_shop
    shop.store.calls.clear()
    emptied = discover()["lightspeed_x"].load("sandbox")()
    shop.adapters["lightspeed_x"] = InProcessAdapter(emptied, "http://127.0.0.1:1")
    summary = shop.run(full=True)
    assert summary["verdict"] == "failed"
    assert shop.exit_code == 5
    assert shop.writes() == []
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        run = instance.get_run_by_id(summary["run_id"])
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        judged = instance.get_latest_materialization_event(names.verdict(CONNECTION))
        assert judged is not None
        assert judged.run_id == summary["run_id"]
        written = instance.get_latest_materialization_event(names.receipts(CONNECTION))
        assert written is not None
        assert written.run_id != summary["run_id"]


def test_the_write_alone_refuses_without_a_verdict(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.happen(write=False)
    given = Outside(adapters=shop.adapters)
    job = build_definitions().resolve_job_def(CONNECTION)
    with outside(given), dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance, partition_key="shop", asset_selection=[names.receipts(CONNECTION)], raise_on_error=False
        )
    assert not result.success
    assert isinstance(given.errors[0], Refused)
    assert given.errors[0].problems[0].code == "no_verdict"
    assert shop.writes() == []


def test_an_empty_token_is_the_error_the_caller_sees_and_frees_the_merchant(
    make_shop: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop()
    monkeypatch.setenv("TILL_TOKEN", "")
    with pytest.raises(CredentialsRefused) as error:
        shop.run()
    assert "TILL_TOKEN" in str(error.value)
    open_warehouse(shop.home / "shop", "test", lambda _seconds: None, seconds=0).close()


def test_a_merchant_without_the_connection_skips_its_assets(merchants: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = (
            build_definitions()
            .resolve_job_def(CONNECTION)
            .execute_in_process(instance=instance, partition_key="empty_shop")
        )
    assert result.success
    assert result.get_asset_materialization_events() == []
