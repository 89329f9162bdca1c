"""What a person reads before deciding: a hold with its values, a plan that says it is one, words to trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from typer.testing import CliRunner

from assets import again, invoke, looking
from assets.changes import told
from assets.cli import app, merchant_first
from assets.looking import before_and_after, planned
from assets.show import Screen
from assets.syncing import carry_out
from pipelines.kit.errors import MerchantBusy, Problem
from pipelines.language.merchants import Merchant, load_merchants
from pipelines.report.values import Money
from pipelines.run import Wanted

CONNECTION = "lightspeed_x__bigcommerce"


def run(*words: str) -> Any:
    """One command of the shop; its exit code and output."""
    return CliRunner().invoke(app, ["--merchant", "shop", *words])


def summary(**states: int) -> dict[str, Any]:
    """A summary with these end states of SKUs."""
    names = ("created", "updated", "deleted", "unchanged", "superseded", "deferred", "quarantined", "held", "failed")
    counted = {name: states.get(name, 0) for name in (*names, "out_of_scope", "withheld_fields")}
    return {
        "connection": CONNECTION, "merchant": "shop", "mode": "full", "verdict": "passed", "api": {}, "seconds": {},
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
    plan = text.split("2 products with 3 SKUs\n")[1].split("\n\n")[0]
    assert [line.strip() for line in plan.splitlines()] == [
        "Mug  MUG-1  9.50 USD, 12 units", "Shirt  2 SKUs", "SH-M  M, 20.00 USD, 7 units", "SH-S  S, 20.00 USD, 5 units",
    ]  # fmt: skip
    assert (found["verdict"], found["api"]["bigcommerce"]["writes"], shop.writes()) == ("passed", 0, [])


def row(level: str, action: str, item: str, sku: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of a plan as ``planned`` gives it, of product ``p``."""
    plain = {"product_id": "p", "name": "Tee", "location_id": None, "state": "planned", "reason": None, "changes": []}
    return {**plain, "item_id": item, "sku": sku, "level": level, "action": action, **more}


def test_a_plan_shows_what_waits_what_is_not_counted_and_where_each_level_goes() -> None:
    price = [["price", "blank", "9.00 USD"]]
    new = [
        row("product", "create", "p", state="held", changes=[["stock_tracking", "blank", "no"]]),
        row("variant", "create", "v", "TEE", changes=price),
        row("product", "create", "q", product_id="q", name="Cup"),
        row("variant", "create", "w", "CUP", product_id="q", changes=price),
        row("stock", "set", "w", "CUP", product_id="q", location_id="1", changes=[["on_hand", "blank", "4 units"]]),
        row("stock", "set", "w", "CUP", product_id="q", location_id="2", changes=[["on_hand", "blank", "0 units"]]),
    ]  # fmt: skip
    other = [row("variant", "update", f"v{n}", f"S-{n}", product_id="r", changes=price * 7) for n in range(21)]
    lines = ["  ".join(line).strip() for line in told([*new, *other])]
    assert lines[2:4] == ["Tee  TEE  9.00 USD, not counted, waits for a decision",
                          "Cup  CUP  9.00 USD, 4 units at 1, 0 units at 2"]  # fmt: skip
    assert lines[4:7] == ["", "would be sent besides", "S-0  update variant"]
    assert lines[11:13] == ["price: blank → 9.00 USD", "and 2 more fields"]
    assert lines[-1] == "and 1 more change; the report lists all"
    assert "S-20  update variant" not in lines


def test_a_run_in_which_records_wait_says_so_in_its_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).summary(summary(held=21), CONNECTION)
    text = capsys.readouterr().out
    assert "every check passed; 21 SKUs wait for a person" in text
    assert f"holds list {CONNECTION}" in text


def test_a_run_that_set_records_aside_does_not_say_that_every_check_passed(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).summary(summary(updated=1, quarantined=2), CONNECTION)
    text = capsys.readouterr().out
    assert "nothing stopped the run; 2 SKUs set aside" in text
    assert "every check passed" not in text
    assert f"quarantine list {CONNECTION}" in text


def test_what_a_failed_check_kept_from_being_written_is_not_told_as_written(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).summary({**summary(updated=1), "verdict": "failed"}, CONNECTION)
    assert "1  would be updated" in capsys.readouterr().out


def test_a_run_keeps_its_exit_code_where_the_next_one_is_too_quick_for_its_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(*_: Any) -> Any:
        raise MerchantBusy(Problem("merchant_busy", "another run holds the merchant shop"))

    monkeypatch.setattr(invoke, "run_job", lambda *_: {CONNECTION: (3, summary(held=1))})
    monkeypatch.setattr(looking, "write_report", busy)
    code, told = carry_out(Screen(as_json=True), Merchant("shop", {}, {}), CONNECTION, Wanted((CONNECTION,)))
    assert (code, told["report"]) == (3, None)


BACK = {
    "item_id": "1", "product_id": "1", "sku": "MUG-1", "name": "Mug", "location_id": None, "level": "variant",
    "action": "update", "state": "planned", "reason": None, "changes": [["price", "2", "1"]],
}  # fmt: skip


@pytest.mark.parametrize("changes", [[BACK], []])
def test_an_undo_to_be_pasted_names_the_connection_that_had_to_be_named_and_none_is_offered_that_does_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, changes: list[dict[str, Any]]
) -> None:
    for name, what in (
        ("_found", lambda *_: (CONNECTION, "0123")),
        ("carry_out", lambda *_: (0, summary())),
        ("opened", lambda *_: nullcontext()),
        ("decided_on", lambda *_: []),
        ("planned", lambda *_: changes),
    ):
        monkeypatch.setattr(again, name, what)
    again.undo_run(Screen(as_json=False), Merchant("shop", {}, {}), "0123", CONNECTION, yes=False)
    assert (f"undo 0123 --connection {CONNECTION} --yes" in capsys.readouterr().out) == bool(changes)


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
