"""What a person reads before deciding: a hold with its values, a plan that says it is one, words to trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from assets.cli import app, merchant_first
from assets.looking import before_and_after, planned
from assets.show import Screen
from pipelines.language.merchants import load_merchants
from pipelines.report.values import Money

CONNECTION = "lightspeed_x__bigcommerce"


def run(*words: str) -> Any:
    """One command of the shop; its exit code and output."""
    return CliRunner().invoke(app, ["--merchant", "shop", *words])


def summary(**states: int) -> dict[str, Any]:
    """A summary with these end states of SKUs."""
    names = ("created", "updated", "deleted", "unchanged", "superseded", "quarantined", "held", "failed")
    counted = {name: states.get(name, 0) for name in (*names, "out_of_scope", "withheld_fields")}
    return {
        "connection": CONNECTION, "merchant": "shop", "verdict": "passed", "api": {}, "seconds": {},
        "entities": {"products": {**counted, "observed": sum(counted.values())}},
    }  # fmt: skip


def test_a_plan_writes_nothing_says_would_be_and_lists_what_it_would_change(
    make_shop: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_shop()
    found = shop.run(full=True, write=False)
    changes = planned(load_merchants()["shop"], CONNECTION)
    Screen(as_json=False).summary({**found, "changes": changes}, CONNECTION)
    text = capsys.readouterr().out
    assert "would be created" in text
    assert "created in the store" not in text
    assert "price: blank → 9.50" in text
    assert (found["verdict"], found["api"]["bigcommerce"]["writes"], shop.writes()) == ("passed", 0, [])


def test_a_run_in_which_records_wait_says_so_in_its_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).summary(summary(held=21), CONNECTION)
    text = capsys.readouterr().out
    assert "every check passed; 21 SKUs wait for a person" in text
    assert f"holds list {CONNECTION}" in text


def test_a_narrow_terminal_cuts_no_sku(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    sku = "APR-BLUE-LARGE-2026-EDITION"
    Screen(as_json=False).table("holds", ["hold_id", "sku", "reason"], [("0123456789", sku, "why " * 40)])
    assert sku in capsys.readouterr().out


def test_a_hold_shows_money_as_money_before_and_after() -> None:
    changes = {"price": {"before": 1250, "after": 0}, "name": {"before": None, "after": "Mug"}}
    assert before_and_after("variant", changes, Money("GBP", 2)) == [
        ("price", "12.50 GBP", "0.00 GBP"),
        ("name", "blank", "Mug"),
    ]


def test_only_what_a_connection_syncs_can_be_asked_for(merchants: Any) -> None:
    asked = run("sync", CONNECTION, "--only", "customers", "--json")
    problem = json.loads(asked.stdout)["errors"][0]
    assert (asked.exit_code, problem["found"], problem["expected"]) == (2, "customers", "products, stock, orders")


@pytest.mark.parametrize("words", [["sync", "C", "--merchant", "x"], ["--merchant", "x", "sync", "C"]])
def test_the_merchant_may_be_named_before_or_after_the_command(words: list[str]) -> None:
    assert merchant_first(words) == ["--merchant", "x", "sync", "C"]
    assert merchant_first(["sync", "--", "--merchant"]) == ["sync", "--", "--merchant"]


def test_the_version_and_the_text_of_every_rule_are_printed() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout.startswith("tillsync ")
    assert "Price is pushed." in run("rules").stdout
