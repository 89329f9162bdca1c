"""``tillsync check`` tells what is late and what the last run warned of, with neither the orchestrator nor a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from assets.cli import app
from pipelines.kit.warehouse import open_warehouse

CONNECTION = "lightspeed_x__bigcommerce"
OFFLINE = ["--merchant", "shop", "check", "--offline"]


def check(*more: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, [*OFFLINE, "--json", *more])
    return done.exit_code, json.loads(done.stdout)


def hours_pass(shop: Any, hours: int) -> None:
    """What the warehouse remembers of the merchant is that much older."""
    house = open_warehouse(shop.home / "shop", "test", lambda _: None)
    for table, column in (("runs", "started_at"), ("runs", "ended_at"), ("quarantine", "since")):
        house.con.execute(f"UPDATE sync.{table} SET {column} = {column} - to_hours(?)", [hours])  # noqa: S608
    house.close()


def test_a_merchant_that_never_ran_is_not_late(merchants: Any) -> None:
    code, told = check()
    assert (code, told["late"], told["warnings"]) == (0, 0, [])
    assert not any("freshness" in name for name in told["checked"])


@pytest.mark.rule("S000-36")
def test_a_late_change_is_named_and_makes_the_command_fail(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.till.edit_product("SH-M", price=-1)
    shop.run()
    assert check()[0] == 0
    hours_pass(shop, 2)
    shop.run()
    code, told = check()
    assert (code, told["late"]) == (1, 1)
    assert told["checked"][f"shop: freshness of {CONNECTION}"] == "late"
    (warning,) = told["warnings"]
    assert warning["check"] == "applied_in_time"
    assert warning["says"][0].startswith("SH-M: changed ")
    printed = CliRunner().invoke(app, OFFLINE).stdout
    assert "SH-M: changed " in printed
    assert "tillsync holds list" in printed


@pytest.mark.rule("S000-36")
def test_runs_that_stopped_are_told_though_no_change_is_known(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.run()
    hours_pass(shop, 2)
    code, told = check()
    assert (code, told["late"]) == (0, 0)
    assert "no run has ended well since" in told["warnings"][0]["says"][0]


@pytest.mark.rule("S000-27")
@pytest.mark.rule("S000-37")
def test_the_warnings_of_the_last_run_are_told_again(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.run()
    shop.till.deactivate("SH-M")
    shop.run()
    shop.store.edit_product(shop.store.product_by_sku("MUG-1")["id"], sale_price=8)
    shop.till.edit_product("MUG-1", price=7)
    shop.till.edit_product("SH-M", price=21)
    shop.run()
    told = {warning["check"]: warning["says"] for warning in check()[1]["warnings"]}
    assert sorted(told) == ["hidden_stays_hidden", "sale_price_not_above_price"]
    assert told["sale_price_not_above_price"][0].startswith("MUG-1: ")
    assert check("no_such_connection")[0] == 2


def test_a_run_in_progress_does_not_make_the_check_wait_or_fail(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.run()
    house = open_warehouse(shop.home / "shop", "a run", lambda _: None)
    try:
        code, told = check()
    finally:
        house.close()
    assert code == 0
    assert "a run holds the merchant" in told["warnings"][0]["says"][0]
