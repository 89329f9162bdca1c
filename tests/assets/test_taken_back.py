"""From the shell, over sockets: a mistake reaches the store, is read in the audit and taken back, and is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assets.cli import app
from pipelines.kit.sandbox.server import serve

CONNECTION = "lightspeed_x__bigcommerce"


class Shell:
    """Commands of one shop between two sandboxes that listen on loopback."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop

    def run(self, *words: str) -> tuple[int, Any]:
        """Exit code and the one JSON object of a command."""
        ran = CliRunner().invoke(app, ["--merchant", "shop", *words, "--json"])
        return ran.exit_code, json.loads(ran.stdout)

    def text(self, *words: str) -> str:
        """What a person reads."""
        return str(CliRunner().invoke(app, ["--merchant", "shop", *words]).output)


@pytest.fixture
def shell(make_shop: Any, tmp_path: Path) -> Iterator[Shell]:
    """The shop after its first run, with its platforms behind sockets from now on."""
    shop = make_shop()
    shop.happen()
    running = [serve(shop.till), serve(shop.store)]
    file = tmp_path / "merchants.yaml"
    text = file.read_text(encoding="utf-8")
    for at, one in zip(("http://127.0.0.1:1", "http://127.0.0.1:2"), running, strict=True):
        text = text.replace(f'"{at}"', f'"{one.url}"')
    file.write_text(text, encoding="utf-8")
    yield Shell(shop)
    for one in running:
        one.stop()


@pytest.mark.invariant("I-25")
@pytest.mark.libraries
def test_a_mistake_is_found_taken_back_and_not_sent_again_unasked(shell: Shell) -> None:
    shell.shop.till.edit_product("MUG-1", price=1)
    code, wrong = shell.run("sync", CONNECTION)
    assert (code, shell.shop.store.product_by_sku("MUG-1")["price"]) == (0, 1)
    _, audit = shell.run("audit", "show", CONNECTION, wrong["run_id"][:8])
    (sent,) = audit["audit_show"]
    assert (sent["sku"], sent["changes"]) == ("MUG-1", {"price": {"before": 950, "after": 100}})

    writes = len(shell.shop.writes())
    code, plan = shell.run("undo", wrong["run_id"][:8])
    assert (code, plan["mode"], plan["left"], len(shell.shop.writes())) == (0, "undo", [], writes)
    assert [(row["sku"], row["changes"]) for row in plan["changes"]] == [("MUG-1", [["price", "1.00 USD", "9.50 USD"]])]
    read = shell.text("undo", wrong["run_id"])
    assert f"what taking back run {wrong['run_id']} would do" in read
    assert "2  left alone: this run was not about them" in read
    assert "not meant for the store" not in read
    assert re.search(r"^  run      [0-9a-f-]{36}$", read, re.MULTILINE)
    code, done = shell.run("undo", wrong["run_id"], "--yes")
    assert (code, done["undo"]) == (0, wrong["run_id"])
    assert shell.shop.store.product_by_sku("MUG-1")["price"] == 9.5

    assert shell.run("sync", CONNECTION)[0] == 3
    assert shell.shop.store.product_by_sku("MUG-1")["price"] == 9.5
    (hold,) = shell.run("holds", "list", CONNECTION)[1]["holds"]
    assert (hold["class"], hold["changes"]) == ("undone", {"price": {"before": 950, "after": 100}})
    assert hold["expires_at"] is None
    assert "never" in shell.text("holds", "list", CONNECTION).splitlines()[2].split()
    assert shell.run("holds", "approve", CONNECTION, hold["hold_id"])[1]["holds_approve"][0]["state"] == "approved"
    assert shell.run("retry", CONNECTION)[1]["failed"] == []
    code, answer = shell.run("retry", CONNECTION, "--sku", "MUG-2")
    assert (code, answer["errors"][0]["do"]) == (2, "did you mean `MUG-1`?")
    assert "no order that is kept here" in shell.text("people", "forget", CONNECTION, "--email", "jane@buyer.example")
    assert "call" in shell.text("audit", "show", CONNECTION, wrong["run_id"])
    code, answer = shell.run("undo", "nothing")
    (problem,) = answer["errors"]
    assert (code, problem["code"], problem["found"]) == (2, "unknown_run", "nothing")
    assert set(problem) == {"code", "message", "file", "line", "column", "found", "expected", "do"}
    assert wrong["run_id"] in problem["expected"]
