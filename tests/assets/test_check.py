"""``tillsync check`` tells what is late and what the last run warned of, with neither the orchestrator nor a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from assets.cli import app
from pipelines.kit.sandbox import Response
from pipelines.kit.sandbox.server import serve
from pipelines.kit.warehouse import open_warehouse
from tests.assets.conftest import MERCHANTS

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
    shop.happen()
    assert check()[0] == 0
    hours_pass(shop, 2)
    shop.happen()
    code, told = check()
    assert (code, told["late"]) == (1, 1)
    assert told["checked"][f"shop: freshness of {CONNECTION}"] == "late"
    (warning,) = told["warnings"]
    assert warning["check"] == "applied_in_time"
    assert warning["says"][0].startswith("SH-M: changed ")
    printed = CliRunner().invoke(app, OFFLINE).stdout
    assert "SH-M: changed " in printed
    assert f"warning  applied in time, {CONNECTION} of shop" in printed
    for looked in ("holds list", "quarantine list"):
        assert f"tillsync --merchant shop {looked} {CONNECTION}`" in printed


def test_a_token_that_is_not_there_is_named_without_a_call(merchants: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORE_TOKEN")
    code, told = check()
    assert (code, list(told["checked"].values()).count("needed for every call")) == (0, 1)
    assert "shop: bigcommerce: the variable STORE_TOKEN holds no token" in told["checked"]


@pytest.mark.rule("S000-36")
def test_runs_that_stopped_are_told_though_no_change_is_known(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.happen()
    hours_pass(shop, 2)
    code, told = check()
    assert (code, told["late"]) == (0, 0)
    assert "no run has ended well since" in told["warnings"][0]["says"][0]


@pytest.mark.rule("S000-27")
@pytest.mark.rule("S000-37")
def test_the_warnings_of_the_last_run_are_told_again(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.happen()
    shop.till.deactivate("SH-M")
    shop.happen()
    shop.store.edit_product(shop.store.product_by_sku("MUG-1")["id"], sale_price=8)
    shop.till.edit_product("MUG-1", price=7)
    shop.till.edit_product("SH-M", price=21)
    shop.happen()
    told = {warning["check"]: warning["says"] for warning in check()[1]["warnings"]}
    assert sorted(told) == ["hidden_stays_hidden", "sale_price_not_above_price"]
    assert told["sale_price_not_above_price"][0].startswith("MUG-1: ")
    assert check("no_such_connection")[0] == 2


def test_a_run_in_progress_does_not_make_the_check_wait_or_fail(merchants: Any) -> None:
    house = open_warehouse(merchants / "shop", "a run", lambda _: None)
    try:
        code, told = check()
    finally:
        house.close()
    assert code == 0
    assert "a run holds the merchant" in told["warnings"][0]["says"][0]


def online(shop: Any, settings: str = "", locations: str = "") -> tuple[int, dict[str, Any]]:
    with serve(shop.till) as till, serve(shop.store) as store:
        text = MERCHANTS.replace("http://127.0.0.1:1", till.url).replace("http://127.0.0.1:2", store.url)
        text = text.replace("publish: all", f"publish: all{settings}").replace(
            "  empty_shop:", f"        locations: {{{locations}}}\n  empty_shop:"
        )
        (shop.home.parent / "merchants.yaml").write_text(text, encoding="utf-8")
        done = CliRunner().invoke(app, ["--merchant", "shop", "check", "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_an_outlet_a_register_and_a_location_the_accounts_have_not_are_told_with_their_line(
    make_shop: Callable[[], Any],
) -> None:
    code, told = online(make_shop(), ", outlets: [Nowhere], register: Till 9", "Main Outlet: Moon, Mars: Moon")
    assert code == 2
    assert [(error["message"].partition(": ")[2], error["line"]) for error in told["errors"]] == [
        ("there is no outlet `Nowhere`", 9),
        ("there is no register `Till 9`", 9),
        ("there is no store location `Moon`", 10),
        ("there is no outlet `Mars`", 10),
        ("there is no store location `Moon`", 10),
    ]
    assert "Main Outlet (" in told["errors"][0]["expected"]


def test_outlets_and_locations_that_are_there_are_right(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    code, told = online(shop, ", outlets: [Main Outlet], register: Main Register", 'Main Outlet: "1"')
    assert (code, told["checked"][f"shop: outlets and locations of {CONNECTION}"]) == (0, "right")


def test_a_deleted_register_is_a_mistake_where_orders_are_sold_at_it_and_nowhere_else(
    make_shop: Callable[[], Any],
) -> None:
    shop = make_shop()
    shop.till.add_register("Web")
    shop.till.delete_register("Web")
    code, told = online(shop, ", outlets: [Main Outlet], register: Web")
    assert (code, [error["found"] for error in told["errors"]]) == (2, ["Web"])
    assert online(shop, ", outlets: [Main Outlet], register: Web, order_sync: false")[0] == 0


@pytest.mark.parametrize("status", [402, 404, 410])
def test_an_account_that_is_not_there_is_a_mistake_in_the_file_with_its_line(
    make_shop: Callable[[], Any], status: int
) -> None:
    shop = make_shop()
    shop.store.handle = lambda _request: Response(status, {"content-type": "application/json"}, b'{"title": "Gone"}')
    code, told = online(shop)
    (error,) = told["errors"]
    assert (code, error["code"], error["line"]) == (2, "no_account", 6)
    assert "bigcommerce" in error["message"]


def test_a_list_an_account_does_not_have_is_no_mistake_in_the_file(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    real = shop.store.handle
    gone = Response(404, {"content-type": "application/json"}, b'{"title": "Not found"}')
    shop.store.handle = lambda request: gone if "locations" in request.path else real(request)
    assert online(shop)[0] == 1


def test_the_files_are_checked_alone_where_there_is_no_token(merchants: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TILL_TOKEN")
    monkeypatch.delenv("STORE_TOKEN")
    assert check()[0] == 0
    assert CliRunner().invoke(app, ["--merchant", "shop", "check"]).exit_code == 2


def test_a_check_without_a_merchants_file_says_that_there_is_none(
    merchants: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSYNC_MERCHANTS", str(merchants / "gone.yaml"))
    done = CliRunner().invoke(app, ["check", "--offline", "--json"])
    assert done.exit_code == 0
    assert "nothing at " in json.loads(done.stdout)["checked"]["merchants"]
    assert CliRunner().invoke(app, ["check"]).exit_code == 2


def test_a_sync_without_a_token_is_refused_before_a_run_is_made(
    merchants: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_TOKEN", " ")
    done = CliRunner().invoke(app, ["--merchant", "shop", "sync", CONNECTION, "--json"])
    assert done.exit_code == 2
    assert "STORE_TOKEN" in done.stdout
    assert not (merchants / "dagster").exists()
