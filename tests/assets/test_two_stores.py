"""Two stores of one till in one run: it is read once, one store's failure is its own, and no unit is offered twice."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.invoke import run_job
from assets.runtime.engine import open_connections, prepare_dagster_home
from pipelines import flow
from pipelines.kit.calls import Context
from pipelines.kit.errors import CredentialsRefused, MistakeInFiles
from pipelines.kit.sandbox.types import from_json, to_json
from pipelines.kit.warehouse import open_warehouse
from pipelines.language.explain import explain_sku
from pipelines.language.merchants import load_merchants
from pipelines.language.paths import home
from pipelines.run import Wanted, open_run
from pipelines.stages import finish, write
from pipelines.stages.recover import recover
from tests.assets.conftest import CONNECTION, made_home, served
from tests.sim import seams

OTHER = "lightspeed_x__ecwid"
MERCHANTS = f"""
merchants:
  shop:
    accounts:
      lightspeed_x: {{base_url: "http://127.0.0.1:1", api_version: "2026-07", token: {{env: TILL_TOKEN}}}}
      bigcommerce: {{base_url: "http://127.0.0.1:2", store_hash: abc123, token: {{env: STORE_TOKEN}}}}
      ecwid: {{base_url: "http://127.0.0.1:3", store_id: 1003, token: {{env: STORE_TOKEN}}}}
    connections:
      {CONNECTION}: {{settings: {{publish: all, connected_on: 2024-01-01}}}}
      {OTHER}: {{settings: {{publish: all, connected_on: 2024-01-01}}}}
"""


class Shops:
    """A till and its two stores."""

    def __init__(self, folder: Path, shares: tuple[str, ...] = ()) -> None:
        text = MERCHANTS
        for share in shares:
            text = text.replace("2024-01-01}}", f"2024-01-01, share: {share}}}}}", 1)
        (folder.parent / "merchants.yaml").write_text(text, encoding="utf-8")
        (self.till, self.first, self.second), self.adapters = served("lightspeed_x", "bigcommerce", "ecwid")

    def run(self, *connections: str, full: bool = False) -> dict[str, int]:
        """One run of these connections; how each ended."""
        done = run_job(load_merchants()["shop"], Wanted(connections, full=full), adapters=self.adapters)
        return {name: code for name, (code, _) in done.items()}

    def happen(self, *names: str, full: bool = False) -> None:
        """The same run without Dagster, for a test of what is there afterwards."""
        merchant = load_merchants()["shop"]
        every = open_connections(merchant)
        asked = [one for one in every if one.name in names]
        beside = [one for one in every if one.name not in names]
        wanted, context = Wanted(names, full=full), Context(str(uuid4()))
        run = open_run(merchant, asked, wanted, home(), context, adapters=self.adapters, beside=beside)
        run.land, run.evaluate = seams.land, seams.evaluate
        try:
            recover(run)
            modes = {one.name: flow.mode_of(run, one) for one in asked}
            flow.read_source(run, "lightspeed_x")
            for one in asked:
                flow.read_target(run, one)
            for one in asked:
                part, started = run.of(one.name), context.now()
                assert flow.decide(part, one).passed
                write.write(part, one)
                finish.finish(part, one, modes[one.name], started, "passed")
        finally:
            run.close()

    def levels(self, sku: str) -> tuple[Any, Any, Any]:
        """At the till and in both stores."""
        return self.till.level(sku), self.first.level(sku), self.second.level(sku)

    def begin(self) -> None:
        """Their first run."""
        assert self.run(CONNECTION, OTHER) == {CONNECTION: 0, OTHER: 0}

    def machines(self) -> tuple[Any, ...]:
        return self.till, self.first, self.second


@pytest.fixture(scope="session")
def first_of_both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """The home after a first run of both stores, made once for all tests that begin after it, and how all stand."""
    with pytest.MonkeyPatch.context() as patched:
        folder = made_home(tmp_path_factory.mktemp("both"), patched)
        shops = Shops(folder)
        shops.happen(CONNECTION, OTHER)
        return folder, [to_json(machine.dump()) for machine in shops.machines()]


@pytest.fixture
def shops(merchants: Path, first_of_both: tuple[Path, list[bytes]]) -> Shops:
    """Both stores in step with the till."""
    folder, states = first_of_both
    shutil.copytree(folder, merchants, dirs_exist_ok=True)
    shops = Shops(merchants)
    for machine, state in zip(shops.machines(), states, strict=True):
        machine.load(from_json(state))
    return shops


@pytest.mark.libraries
@pytest.mark.invariant("I-9")
def test_a_till_with_two_stores_is_read_once_and_a_unit_sold_in_one_is_not_offered_by_the_other(
    merchants: Path,
) -> None:
    shops = Shops(merchants)
    shops.begin()
    assert unexplained() == []
    asked = [call.path for call in shops.till.calls if call.kind == "read"]
    assert max(Counter(asked).values()) == 2, "more than a page and the empty one after it"
    assert shops.levels("MUG-1") == (12, 12, 12)
    shops.first.place_order([("MUG-1", 2)], status=1)
    assert shops.levels("MUG-1") == (12, 10, 12)
    assert shops.run(CONNECTION, OTHER) == {CONNECTION: 0, OTHER: 0}
    assert shops.levels("MUG-1") == (12, 10, 10)
    shops.first.set_status(shops.first.order_ids()[0], 5)
    assert shops.run(CONNECTION) == {CONNECTION: 0}
    assert shops.run(OTHER) == {OTHER: 0}
    assert shops.levels("MUG-1") == (12, 12, 12)


def told(name: str, check: str) -> list[str]:
    """What the last run of a connection warned of."""
    warehouse = open_warehouse(home() / "shop", "test", lambda _: None)
    try:
        sql = "SELECT summary FROM sync.runs WHERE connection = ? ORDER BY started_at DESC LIMIT 1"
        warnings = json.loads(warehouse.one(sql, [name]))["warnings"]
    finally:
        warehouse.close()
    return [line for one in warnings if one["check"] == check for line in one["says"]]


@pytest.mark.invariant("I-9")
def test_units_that_one_store_lost_without_an_order_are_not_offered_by_the_other(shops: Shops) -> None:
    shops.first.set_level("MUG-1", 5)
    shops.happen(CONNECTION, OTHER, full=True)
    shops.happen(OTHER)
    assert shops.levels("MUG-1") == (12, 5, 5)
    assert told(OTHER, "sold_more_than_there_is") == []


def ended(*_: Any) -> None:
    """What a run does at the moment it is ended."""
    raise KeyboardInterrupt


@pytest.mark.invariant("I-9")
def test_a_product_that_one_store_made_again_without_its_level_yet_is_not_sold_out_in_the_other(
    shops: Shops, merchants: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = merchants.parent / "merchants.yaml"
    file.write_text(file.read_text().replace("publish: all", "publish: all, recreate_missing: true", 1))
    shops.happen(CONNECTION, OTHER)
    shops.first.delete_sku("MUG-1")
    for step in ("store_calls", "write"):
        with monkeypatch.context() as patch:
            patch.setattr(write, step, ended)
            with pytest.raises(KeyboardInterrupt):
                shops.happen(CONNECTION, full=True)
    assert shops.levels("MUG-1") == (12, 0, 12)
    shops.happen(OTHER, full=True)
    assert shops.levels("MUG-1") == (12, 0, 12)
    shops.happen(CONNECTION, OTHER)
    assert shops.levels("MUG-1") == (12, 12, 12)


def test_a_last_unit_that_both_stores_sold_is_told_by_name(shops: Shops) -> None:
    shops.till.set_level("MUG-1", "Main Outlet", 1)
    shops.happen(CONNECTION, OTHER)
    shops.first.place_order([("MUG-1", 1)], status=1)
    shops.second.place_order([("MUG-1", 1)])
    shops.happen(CONNECTION, OTHER)
    said = [line for name in (CONNECTION, OTHER) for line in told(name, "sold_more_than_there_is")]
    assert any("MUG-1: 2 ordered online" in line and "1 sold that is not there" in line for line in said)
    shops.happen(CONNECTION, OTHER)
    for name in (CONNECTION, OTHER):
        (line,) = told(name, "sold_more_than_there_is")
        assert "MUG-1: 1 ordered online and not in the till's reading yet, which has 0" in line
        assert "Pending" in line


@pytest.mark.invariant("I-12")
def test_stores_with_shares_never_show_more_than_there_is_and_the_last_unit_is_shown_by_one(
    merchants: Path,
) -> None:
    shops = Shops(merchants, shares=("0.6", "0.4"))
    shops.happen(CONNECTION, OTHER)
    assert shops.levels("MUG-1") == (12, 8, 4)
    shops.first.place_order([("MUG-1", 3)], status=1)
    shops.happen(CONNECTION, OTHER)
    assert shops.levels("MUG-1") == (12, 6, 3)
    shops.till.set_level("MUG-1", "Main Outlet", 4)
    shops.happen(CONNECTION, OTHER)
    assert shops.levels("MUG-1") == (4, 1, 0)
    warehouse = open_warehouse(home() / "shop", "test", lambda _: None)
    try:
        found = explain_sku(warehouse, OTHER, "MUG-1", *OTHER.split("__"))
    finally:
        warehouse.close()
    assert "its share of 1 that are free" in str(found["stock"])


def test_shares_of_one_outlet_that_come_to_more_than_all_of_it_are_a_mistake(merchants: Path) -> None:
    Shops(merchants, shares=("0.6", "0.5"))
    with pytest.raises(MistakeInFiles, match="come to more than 1"):
        load_merchants()


def unexplained() -> list[str]:
    """Columns on the page of any asset of any connection that nobody says the meaning of."""
    silent = []
    with dg.DagsterInstance.from_config(str(prepare_dagster_home())) as instance:
        for key in build_definitions().resolve_asset_graph().get_all_asset_keys():
            made = instance.get_latest_materialization_event(key)
            assert made is not None, key
            schema = made.asset_materialization.metadata.get("dagster/column_schema")  # type: ignore[union-attr]
            columns = schema.schema.columns if schema else ()
            silent += [f"{key.path[-1]}.{column.name}" for column in columns if not column.description]
    return silent


def test_a_store_that_refuses_does_not_keep_the_other_from_its_changes(shops: Shops) -> None:
    shops.till.edit_product("MUG-1", price=11)
    shops.first.faults.script("F21", times=1000)
    with pytest.raises(CredentialsRefused):
        shops.run(CONNECTION, OTHER)
    assert shops.first.product_by_sku("MUG-1")["price"] == 9.5
    assert shops.second.product_by_sku("MUG-1")["price"] == 11
