"""``explain`` answers from the tables what syncs, what does not, and why, for a connection, a field or one SKU."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.warehouse import Warehouse
from pipelines.language.explain import explain_connection, explain_field, explain_sku
from pipelines.report.explained import as_table

CONNECTION = "tilly__shoppy"


def test_every_field_of_the_connection_is_there_with_its_reason(small_house: Warehouse) -> None:
    fields = {(row["entity"], row["field"]): row for row in explain_connection(small_house, CONNECTION)["fields"]}
    assert len(fields) == 5
    weight = fields["products", "weight"]
    assert (weight["syncs"], weight["owner"], weight["rules"]) == (False, "to", ["S000-22"])
    assert weight["reason"] == "weight belongs to the store"
    assert fields["variants", "price"]["decisions"] == {"synced": 1}


def test_a_sku_shows_both_sides_the_newest_decision_and_the_rule(small_house: Warehouse) -> None:
    found = explain_sku(small_house, CONNECTION, "MUG-1", "tilly", "shoppy")
    fields = {(row["entity"], row["field"]): row for row in found["fields"]}
    price = fields["variants", "price"]
    assert (price["from"], price["to"], price["unit"]) == (Decimal(1250), Decimal(1000), "minor")
    assert (price["decision"], price["reason"], price["rules"]) == ("synced", "owned by the till", ["S000-13"])
    weight = fields["products", "weight"]
    assert (weight["from"], weight["to"], weight["decision"]) == (Decimal(350), Decimal(410), "withheld")
    assert fields["products", "supplier"]["decision"] == "no_counterpart"
    assert [(row["entity"], row["state"]) for row in found["ended"]] == [
        ("products", "updated"),
        ("stock", "unchanged"),
    ]


@pytest.mark.rule("S000-46")
def test_a_sku_says_that_it_is_linked_where_to_and_that_the_store_hides_it(small_house: Warehouse) -> None:
    found = explain_sku(small_house, CONNECTION, "MUG-1", "tilly", "shoppy")
    (item,) = found["items"]
    assert (item["state"], item["to_product_id"], item["to_id"]) == ("linked", "sp", "sv")
    (visible,) = [row for row in found["fields"] if (row["entity"], row["field"]) == ("products", "is_active")]
    assert visible["to"] is False


def test_a_sku_that_is_set_aside_says_so_with_the_reason(small_house: Warehouse) -> None:
    found = explain_sku(small_house, CONNECTION, "CAP 'x; rm", "tilly", "shoppy")
    assert [(item["state"], item["to_id"]) for item in found["items"]] == [("none", None)]
    assert "the price -0.01 is below 0" in [row["reason"] for row in found["waiting"]]


def test_a_misspelt_sku_or_field_is_answered_with_the_nearest(small_house: Warehouse) -> None:
    with pytest.raises(MistakeInFiles, match="MUG-1"):
        explain_sku(small_house, CONNECTION, "MUG-2", "tilly", "shoppy")
    with pytest.raises(MistakeInFiles, match="weight"):
        explain_field(small_house, CONNECTION, "wieght")


def test_a_field_is_answered_for_every_entity_that_has_it_and_as_a_table(small_house: Warehouse) -> None:
    found = explain_field(small_house, CONNECTION, "price")
    assert [(row["entity"], row["to_field"]) for row in found["fields"]] == [("variants", "price")]
    title, columns, rows = as_table(explain_connection(small_house, CONNECTION))
    assert title == "tilly__shoppy: every field"
    assert dict(zip(columns, rows[1], strict=True))["syncs"] == "no"


def test_a_connection_that_was_never_planned_says_what_to_run(small_house: Warehouse) -> None:
    small_house.con.execute("DROP TABLE tilly__shoppy.field_decisions")
    with pytest.raises(MistakeInFiles, match=r"tillsync --merchant \S+ plan tilly__shoppy"):
        explain_connection(small_house, CONNECTION)
