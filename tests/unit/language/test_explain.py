"""Explanations come from tables alone: what was decided stays explainable after the YAML is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.language.canonical import canonical_columns, vocabulary
from pipelines.language.compile import Compiled
from pipelines.language.explain import explain_connection, explain_field, explain_sku
from pipelines.report.explained import as_table
from pipelines.report.values import Money
from pipelines.stages import three_way

CONNECTION = "lightspeed_x__bigcommerce"
FROM, TO = CONNECTION.split("__")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SQL = Path(__file__).resolve().parents[3] / "pipelines" / "stages" / "sql"


class Shop:
    """A warehouse as a run leaves it: one shirt that is linked, one mug that is not."""

    def __init__(self, house: Warehouse, compiled: Compiled) -> None:
        self.house, self.compiled = house, compiled
        for platform in (FROM, TO, CONNECTION):
            house.con.execute(f'CREATE SCHEMA "{platform}"')
        for side, platform in (("source", FROM), ("target", TO)):
            for entity in vocabulary().entities:
                names = ", ".join(f'"{name}" {kind}' for name, kind in canonical_columns(entity))
                table = f'"{platform}"."{platform}_{entity}"'
                own = "version BIGINT, seq BIGINT, deleted_at TIMESTAMP, defects VARCHAR[]"
                house.con.execute(f"CREATE TABLE {table} ({names}, {own})")
                house.con.execute(f"CREATE TEMP VIEW {side}_{entity} AS FROM {table}")
        house.con.execute("SET search_path = ?", [CONNECTION])
        house.con.execute("CREATE TEMP TABLE source_outlets AS SELECT 'main' AS location_id, '1' AS to_location_id")
        reserved = "(item_id VARCHAR, location_id VARCHAR, units DECIMAL(18, 4))"
        for held_back in ("source_reserved", "source_drift"):
            house.con.execute(f"CREATE TEMP TABLE {held_back} {reserved}")
        house.con.execute(
            "CREATE TEMP TABLE source_share AS SELECT 0::DECIMAL(9, 6) AS since, 1::DECIMAL(9, 6) AS upto"
        )
        house.con.execute("CREATE TEMP TABLE source_returning AS SELECT *, units AS shown FROM source_reserved")
        house.con.execute("CREATE TEMP TABLE source_bundles (variant_id VARCHAR)")
        house.run(_SQL / "connection_tables.sql")
        for level in ("products", "variants"):
            columns = "from_id VARCHAR, to_id VARCHAR, state VARCHAR, match_key VARCHAR, reason VARCHAR"
            house.con.execute(f"CREATE TABLE {level}_link ({columns})")
        house.run(_SQL / "macros.sql")
        house.con.execute(
            "CREATE TABLE end_states (run_id VARCHAR, entity VARCHAR, item_id VARCHAR, location_id VARCHAR,"
            " sku VARCHAR, name VARCHAR, state VARCHAR, reason VARCHAR, rule VARCHAR)"
        )

    def add(self, table: str, **row: Any) -> None:
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
        self.house.con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608

    def decide(self) -> None:
        """What the map stage leaves: desired rows, rules, decisions."""
        house = self.house
        for entity, select in self.compiled.desired.items():
            house.con.execute(f"CREATE TABLE {entity}_desired AS {select}")
        house.con.execute(
            "CREATE TABLE stock_in_flight (connection VARCHAR, order_id VARCHAR, number VARCHAR, status VARCHAR,"
            " item_id VARCHAR, units DECIMAL(18, 4))"
        )
        three_way.views(house, CONNECTION)
        house.con.register("_rules", pa.Table.from_pylist(self.compiled.field_rules()))
        house.con.execute("CREATE TABLE field_rules AS FROM _rules")
        house.run(_SQL / "field_decisions_table.sql")
        for entity, select in self.compiled.decisions.items():
            house.con.execute(f"CREATE OR REPLACE TEMP TABLE decided AS {select}")
            house.run(_SQL / "field_decisions.sql", entity=entity, run_id="run-1", now=NOW)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Compiled]) -> Iterator[Shop]:
    house = open_warehouse(tmp_path / "shop", "test", time.sleep)
    made = Shop(house, compiled())
    made.add(f"{FROM}.{FROM}_products", product_id="p", name="Shirt", weight=2, type="Shirts", supplier="Acme")
    made.add(f"{FROM}.{FROM}_products", product_id="q", name="Mug", description="<p>Clay</p>")
    made.add(f"{FROM}.{FROM}_variants", variant_id="v", product_id="p", sku="SH-S", price=2000)
    made.add(f"{FROM}.{FROM}_variants", variant_id="w", product_id="q", sku="MUG", price=950)
    made.add(f"{FROM}.{FROM}_stock", variant_id="v", location_id="main", on_hand=5, tracked=True)
    made.add(f"{FROM}.{FROM}_locations", location_id="main", name="Main Outlet")
    made.add(f"{TO}.{TO}_products", product_id="77", name="Old", weight=5, page_title="Buy me")
    made.add(f"{TO}.{TO}_variants", variant_id="78", product_id="77", sku="SH-S", price=1900)
    made.add(f"{TO}.{TO}_variants", variant_id="80", product_id="79", sku="ONLINE", price=1)
    made.add("products_link", from_id="p", to_id="77", state="linked", match_key="sku")
    made.add("variants_link", from_id="v", to_id="78", state="linked", match_key="sku")
    made.add("variants_link", from_id="w", state="none")
    made.decide()
    empty = tmp_path / "no mappings"
    empty.mkdir()
    monkeypatch.setenv("TILLSYNC_MAPPINGS", str(empty))
    yield made
    house.close()


def fields(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{row['entity']}.{row['field']}": row for row in found["fields"]}


def test_a_sku_shows_every_field_of_both_sides_with_its_decision(shop: Shop) -> None:
    found = explain_sku(shop.house, CONNECTION, "SH-S", FROM, TO)
    assert (found["items"][0]["to_id"], found["items"][0]["state"]) == ("78", "linked")
    shown = fields(found)
    every = {f"{e}.{f}" for e in ("products", "variants", "images", "stock") for f in vocabulary().entities[e].mappable}
    assert every <= set(shown)
    assert all(row["decision"] and row["reason"] for row in shown.values())
    price, weight = shown["variants.price"], shown["products.weight"]
    assert (price["from"], price["to"], price["decision"], price["unit"]) == (2000, 1900, "synced", "minor")
    assert (weight["from"], weight["to"], weight["decision"], weight["rules"]) == (2, 5, "withheld", ["S000-22"])
    assert shown["products.page_title"]["to"] == "Buy me"
    assert shown["products.supplier"]["decision"] == "no_counterpart"
    assert shown["products.description"]["decision"] == "blank_skipped"
    assert (shown["stock.location_id"]["from"], shown["stock.on_hand"]["from"]) == (["Main Outlet"], [Decimal(5)])


def test_a_sku_that_is_on_one_side_only_says_so(shop: Shop) -> None:
    mug = explain_sku(shop.house, CONNECTION, "MUG", FROM, TO)
    assert [item["state"] for item in mug["items"]] == ["none"]
    assert fields(mug)["products.description"]["to"] is None
    online = explain_sku(shop.house, CONNECTION, "ONLINE", FROM, TO)
    assert [item["state"] for item in online["items"]] == ["only in the store"]
    assert fields(online)["variants.price"]["to"] == 1


def test_a_record_created_in_this_run_shows_what_was_written(shop: Shop) -> None:
    shop.add("sync.links", connection=CONNECTION, level="products", from_id="q", to_id="90", state="linked")
    shop.add("sync.links", connection=CONNECTION, level="variants", from_id="w", to_id="91", state="linked")
    found = fields(explain_sku(shop.house, CONNECTION, "MUG", FROM, TO))
    assert (found["products.description"]["to"], found["products.description"]["seen"]) == ("<p>Clay</p>", "written")
    assert found["variants.price"]["to"] == 950


def test_what_waits_for_a_person_and_how_the_last_run_ended_are_shown(shop: Shop) -> None:
    shop.add("sync.quarantine", connection=CONNECTION, entity="products", sku="MUG", reason="no name", since=NOW)
    shop.add(
        "sync.holds", connection=CONNECTION, entity="stock", sku="MUG", reason="to 0", state="open", created_at=NOW
    )
    shop.add("sync.holds", connection=CONNECTION, entity="stock", sku="MUG", reason="old", state="rejected")
    for number, state in (("run-1", "created"), ("run-2", "quarantined")):
        at = NOW.replace(minute=int(number[-1]))
        shop.add("sync.runs", run_id=number, connection=CONNECTION, started_at=at)
        shop.add("end_states", run_id=number, entity="products", item_id="w", sku="MUG", state=state)
    found = explain_sku(shop.house, CONNECTION, "MUG", FROM, TO)
    assert [(row["kind"], row["reason"]) for row in found["waiting"]] == [("hold", "to 0"), ("quarantine", "no name")]
    assert [(row["run_id"], row["state"]) for row in found["ended"]] == [("run-2", "quarantined")]


def test_a_connection_shows_every_field_and_how_often_what_was_decided(shop: Shop) -> None:
    found = fields(explain_connection(shop.house, CONNECTION))
    assert found["products.description"]["decisions"] == {"blank_skipped": 1, "synced": 1}
    assert found["products.weight"]["reason"] == "set once at creation because the API requires it, never updated"
    assert not found["products.weight"]["syncs"]


def test_a_field_shows_its_reasons_with_examples(shop: Shop) -> None:
    found = explain_field(shop.house, CONNECTION, "description")
    assert [(row["decision"], row["records"], row["skus"]) for row in found["decided"]] == [
        ("blank_skipped", 1, ["SH-S"]),
        ("synced", 1, ["MUG"]),
    ]
    assert explain_field(shop.house, CONNECTION, "variants.weight")["fields"][0]["entity"] == "variants"


def test_an_explanation_prints_as_a_table(shop: Shop) -> None:
    title, columns, rows = as_table(explain_field(shop.house, CONNECTION, "description"))
    assert title == f"{CONNECTION}: description"
    assert dict(zip(columns, rows[1], strict=True))["skus"] == "MUG"
    title, columns, rows = as_table(explain_connection(shop.house, CONNECTION))
    assert dict(zip(columns, rows[0], strict=True))["syncs"] == "yes"
    title, columns, _ = as_table(explain_sku(shop.house, CONNECTION, "MUG", FROM, TO))
    assert columns[:4] == ["entity", "field", "from", "to"]


def test_a_price_reads_as_in_the_report(shop: Shop) -> None:
    found = explain_sku(shop.house, CONNECTION, "MUG", FROM, TO)
    _, columns, rows = as_table(found, Money("GBP", 2))
    price = next(row for row in (dict(zip(columns, cells, strict=True)) for cells in rows) if row["field"] == "price")
    assert (price["from"], price["unit"]) == ("9.50 GBP", "money")


@pytest.mark.parametrize(
    ("ask", "code", "do"),
    [
        (lambda house: explain_sku(house, CONNECTION, "SH-X", FROM, TO), "unknown_sku", "did you mean `SH-S`?"),
        (lambda house: explain_field(house, CONNECTION, "descripton"), "unknown_field", "did you mean `description`?"),
    ],
)
def test_a_word_that_names_nothing_is_answered_with_the_nearest(shop: Shop, ask: Any, code: str, do: str) -> None:
    with pytest.raises(MistakeInFiles) as caught:
        ask(shop.house)
    assert (caught.value.problems[0].code, caught.value.problems[0].do) == (code, do)


def test_before_the_first_plan_there_is_nothing_to_explain(tmp_path: Path) -> None:
    house = open_warehouse(tmp_path / "new", "test", time.sleep)
    with pytest.raises(MistakeInFiles) as caught:
        explain_connection(house, CONNECTION)
    house.close()
    assert caught.value.problems[0].do == f"run `{command('new', 'plan', CONNECTION)}` first"
