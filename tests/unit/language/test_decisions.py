# ruff: noqa: E501 (one decision a line)
"""Every field of every record gets a decision and a reason: what did not sync is never a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.language.canonical import vocabulary
from pipelines.language.compile import Compiled
from pipelines.language.mapping import ENTITIES

Make = Callable[..., Compiled]


@pytest.fixture
def decided(house: Any, compiled: Make) -> Callable[..., dict[str, dict[str, Any]]]:
    """The decisions for one product with a variant, an image and a level, by field."""
    house.add(
        "source_products", product_id="p", name="Shirt", description=None, weight=2, supplier="S", msrp=5, tags=[]
    )
    house.add("target_products", product_id="77", name="Old", description="<p>x</p>", weight=5, msrp=9)
    house.add("source_variants", variant_id="v", product_id="p", sku="SH", price=2000, price_including_tax=2300)
    house.add("target_variants", variant_id="78", product_id="77", sku="SH", price=1900)
    house.add("source_stock", variant_id="v", location_id="main", on_hand=5, tracked=True, reorder_point=2)
    house.add("target_stock", variant_id="78", location_id="1", on_hand=9)
    house.add("source_images", image_id="i", product_id="p", url="https://x.example/1.jpg", position=1)
    house.add("products_link", from_id="p", to_id="77", state="linked")
    house.add("variants_link", from_id="v", to_id="78", state="linked")

    def decisions(entity: str, **settings: Any) -> dict[str, dict[str, Any]]:
        return {row["field"]: row for row in house.rows(compiled(**settings).decisions[entity])}

    return decisions


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_field_of_the_vocabulary_has_a_decision(decided: Any, entity: str) -> None:
    assert sorted(decided(entity)) == sorted(vocabulary().entities[entity].mappable)
    assert all(row["reason"] for row in decided(entity).values())


@pytest.mark.parametrize(
    ("entity", "field", "decision", "reason", "values"),
    [
        ("products", "name", "synced", "owned by the till", ("Shirt", "Old")),
        ("products", "description", "blank_skipped", "blank at the till; `on_blank: skip` keeps what the store has", (None, "<p>x</p>")),
        ("products", "tags", "synced", "owned by the till", ("[]", None)),
        ("products", "weight", "withheld", "set once at creation because the API requires it, never updated", ("2.0000", "5.0000")),
        ("products", "msrp", "withheld", "the recommended price belongs to the store", ("5.0000", "9.0000")),
        ("products", "supplier", "no_counterpart", "the store has no supplier", ("S", None)),
        ("variants", "price", "synced", "owned by the till", ("2000.0000", "1900.0000")),
        ("images", "url", "synced", "owned by the till", ("['https://x.example/1.jpg']", None)),
        ("stock", "on_hand", "synced", "owned by the till", ("5.0000", "9.0000")),
        ("stock", "reorder_point", "no_counterpart", "reordering happens at the till", ("2.0000", None)),
    ],
)  # fmt: skip
def test_a_decision_carries_its_reason_and_both_values(
    decided: Any, entity: str, field: str, decision: str, reason: str, values: tuple[str | None, str | None]
) -> None:
    row = decided(entity)[field]
    assert (row["decision"], row["reason"]) == (decision, reason)
    assert (row["source_value"], row["target_value"]) == values


def test_the_settings_change_the_decision_and_its_reason(decided: Any) -> None:
    assert decided("products", on_blank="overwrite")["description"]["decision"] == "emptied"
    off = decided("products", tags_to="off")["tags"]
    assert (off["decision"], off["reason"]) == ("withheld", "switched off by the setting `tags_to`")
    assert decided("variants", prices="tax_inclusive")["price"]["source_value"] == "2300.0000"
    assert decided("images", images="never")["url"]["decision"] == "withheld"


def test_outlets_that_feed_one_location_give_one_decision(decided: Any, house: Any) -> None:
    house.add("source_outlets", location_id="second", to_location_id="1")
    house.add("source_stock", variant_id="v", location_id="second", on_hand=4, tracked=True)
    assert decided("stock")["on_hand"]["source_value"] == "9.0000"


@pytest.mark.rule("S000-19")
def test_a_field_of_the_till_without_a_row_is_reported_and_not_guessed(spoil: Any) -> None:
    spoilt = spoil(("  loyalty_amount: {sync: never, owner: none, reason: loyalty has no counterpart}\n", ""))
    assert [line.partition(";")[0].partition(": ")[2] for line in spoilt.mistakes] == [
        "`products.loyalty_amount` is not mapped"
    ]


def test_every_rule_row_says_where_it_is_written(compiled: Make) -> None:
    from pipelines.language.mapping import connections

    lines = connections()["lightspeed_x__bigcommerce"].read_text(encoding="utf-8").splitlines()
    for rule in compiled().field_rules():
        assert lines[rule["line"] - 1].strip().startswith(f"{rule['field']}:")
