"""Every expectation of ``quality/`` is broken by one row made for it, names that row, and lets its neighbour pass.

An expectation without an example here fails, and so does an example whose columns are not those of the view.
Whether a broken row's record stays unwritten is in ``tests/flows``.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import sqlglot

from pipelines.kit.expectations import evaluate
from pipelines.language.quality import Suite, suites, view
from pipelines.stages.validate import Judged, judge

MAXIMA = {
    "product_name_length": 250, "sku_length": 255, "brand_name_length": 255, "custom_field_length": 250,
    "search_keywords_length": 65_535, "stock_max": 2_147_483_647,
}  # fmt: skip
"""Of no platform in particular; the passing rows below lie exactly on them."""

GOOD: dict[str, dict[str, Any]] = {
    "links": {"state": "linked", "reason": ""},
    "products": {
        "defects": 0, "defect_text": "", "name_length": 5, "name_has_nul": False, "brand_length": 0,
        "keywords_length": 0, "custom_field_length": 0,
    },
    "variants": {
        "defects": 0, "defect_text": "", "price": 950, "price_text": "950 (minor units)", "cost_price": 300,
        "cost_text": "300 (minor units)", "sku_length": 5, "options_missing": False,
    },
    "stock": {
        "location_id": "1", "level": 7, "fractional": False, "till_text": "7", "untracked_as_level": False,
        "defects": 0, "defect_text": "",
    },
    "sets": {
        "program": "tillsync",
        "merchant": "shop", "connection": "till__store", "platform": "till", "resource": "products", "rows": 40,
        "rows_before": 40, "lost": 0, "emptied": False, "shrunk": False, "without_id": 0,
    },
    "sale_prices": {"above": False, "sale_text": "800", "price_text": "900"},
    "shown_again": {"shown_again": False},
    "cleaned": {"is_whole": True, "field": "products.description", "reason": "owned by the till"},
    "payments": {"takes_none": False},
    "orders": {
        "defects": 0, "defect_text": "", "status_known": True, "status_text": "11 (Awaiting Fulfillment)",
        "currency": "GBP", "till_currency": "GBP", "other_currency": False, "lines": 2, "off_total": 0, "off_tax": 0,
        "lines_text": "25.00 GBP", "lines_tax_text": "4.00 GBP", "total_text": "25.00 GBP",
        "total_tax_text": "4.00 GBP",
    },
    "order_lines": {"line": "MUG-1", "product": "p1", "above_zero": True, "quantity_text": "2.0000"},
    "sales": {
        "reference": "WEB-100-1", "same_reference": 1, "same_id": 1, "off_total": 0, "sales_text": "25.00 GBP",
        "total_text": "25.00 GBP",
    },
}  # fmt: skip

UNREADABLE = {"defects": 1, "defect_text": 'weight: "heavy" is not a number'}
EXAMPLES: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any], str]] = {
    ("links", "link_unambiguous"): (
        {"state": "none"}, {"state": "conflict", "reason": "two store products carry it"}, "two store products",
    ),
    ("products", "product_readable"): ({}, UNREADABLE, "heavy"),
    ("products", "product_has_a_name"): ({"name_length": 1}, {"name_length": 0}, "no name"),
    ("products", "product_name_fits"): ({"name_length": 250}, {"name_length": 251}, "has 251 characters"),
    ("products", "product_name_is_text"): ({}, {"name_has_nul": True}, "no text"),
    ("products", "product_brand_fits"): ({"brand_length": 255}, {"brand_length": 256}, "256 characters"),
    ("products", "product_keywords_fit"): ({"keywords_length": 65_535}, {"keywords_length": 65_536}, "65536"),
    ("products", "product_custom_fields_fit"): (
        {"custom_field_length": 250}, {"custom_field_length": 251}, "251 characters",
    ),
    ("variants", "variant_readable"): ({}, UNREADABLE, "heavy"),
    ("variants", "price_not_negative"): ({"price": 0}, {"price": -1, "price_text": "-1 (minor units)"}, "-1 (minor"),
    ("variants", "price_there"): ({"price": 0}, {"price": None, "price_text": None}, "no price"),
    ("variants", "cost_not_negative"): ({"cost_price": None}, {"cost_price": -1, "cost_text": "-1"}, "-1"),
    ("variants", "sku_fits"): ({"sku_length": 255}, {"sku_length": 256}, "256 characters, the store takes 255"),
    ("variants", "options_complete"): ({}, {"options_missing": True}, "lacks a value"),
    ("stock", "level_readable"): ({}, UNREADABLE, "heavy"),
    ("stock", "level_not_below_zero"): ({"level": 0}, {"level": -1}, "-1"),
    ("stock", "level_fits"): ({"level": 2_147_483_647}, {"level": 2_147_483_648}, "maximum 2147483647"),
    ("stock", "level_whole"): ({"till_text": "1.0000"}, {"fractional": True, "till_text": "1.5000"}, "1.5000 units"),
    ("stock", "untracked_not_zero"): ({"level": None}, {"untracked_as_level": True}, "does not count"),
    ("sets", "catalogue_not_emptied"): ({"rows": 1}, {"rows": 0, "lost": 40, "emptied": True}, "40 before"),
    ("sets", "catalogue_not_shrunk"): ({"rows": 32}, {"rows": 31, "lost": 9, "shrunk": True}, "9 of the 40"),
    ("sets", "every_record_has_an_id"): ({"rows": 39}, {"without_id": 1}, "1 products of till came without an id"),
    ("sale_prices", "sale_price_not_above_price"): ({}, {"above": True}, "800"),
    ("shown_again", "hidden_stays_hidden"): ({}, {"shown_again": True}, "shown again"),
    ("cleaned", "value_sent_whole"): ({}, {"is_whole": False, "reason": "sent without <script>"}, "without <script>"),
    ("payments", "store_takes_payments"): ({}, {"takes_none": True}, "no way to pay"),
    ("orders", "order_readable"): ({}, {"defects": 1, "defect_text": 'total: "much"'}, "much"),
    ("orders", "order_status_known"): ({}, {"status_known": False, "status_text": "77 (Odd)"}, "status 77 (Odd)"),
    ("orders", "order_in_the_tills_currency"): ({}, {"other_currency": True, "currency": "EUR"}, "in EUR"),
    ("orders", "order_has_lines"): ({"lines": 1}, {"lines": 0}, "no lines"),
    ("orders", "order_total_ties"): ({"off_total": None}, {"off_total": 1, "total_text": "25.03 GBP"}, "to 25.03 GBP"),
    ("orders", "order_tax_ties"): ({"off_tax": None}, {"off_tax": 1, "total_tax_text": "9.00 GBP"}, "tax 9.00 GBP"),
    ("order_lines", "line_has_a_product"): ({}, {"product": None}, "does not have MUG-1"),
    ("order_lines", "line_quantity_above_zero"): ({}, {"above_zero": False, "quantity_text": "0"}, "quantity of 0"),
    ("sales", "reference_of_one_sale"): ({"same_reference": 0}, {"same_reference": 2}, "2 sales would have the ref"),
    ("sales", "id_of_one_sale"): ({"same_id": 0}, {"same_id": 2}, "2 sales would have the id of WEB-100-1"),
    ("sales", "sales_come_to_the_order"): ({"off_total": None}, {"off_total": 1}, "would come to 25.00 GBP"),
}  # fmt: skip
"""A row that just passes, a row that just does not, and words of what is said about it."""
ALL = [(name, entry.id) for name, suite in suites().items() for entry in suite.expectations]


def rows(suite: Suite, *changes: dict[str, Any]) -> pa.Table:
    """Rows of a suite's view: good ones with these changes, each with an id and a SKU of its own."""
    made = [
        {"item_id": f"i{n}", "sku": f"SKU-{n}", "name": f"Thing {n}", **GOOD[suite.view], **change}
        for n, change in enumerate(changes)
    ]
    return pa.Table.from_pylist(made)


def broken(judged: list[Judged]) -> dict[str, list[tuple[str, str]]]:
    return {one.check.expectation: list(one.broken) for one in judged if one.broken or not one.check.passed}


def test_every_expectation_has_a_row_that_breaks_it() -> None:
    assert sorted(EXAMPLES) == sorted(ALL)


@pytest.mark.parametrize("name", suites())
def test_the_examples_have_the_columns_of_the_view(name: str) -> None:
    suite = suites()[name]
    select = sqlglot.parse_one(view(suite.view).read_text(encoding="utf-8"), dialect="duckdb")
    assert sorted(select.named_selects) == sorted(rows(suite, {}).column_names)


@pytest.mark.parametrize(("name", "expectation"), ALL, ids=lambda part: part)
def test_a_broken_row_breaks_its_expectation_alone_and_is_named(name: str, expectation: str) -> None:
    suite = suites()[name]
    just_right, just_wrong, words = EXAMPLES[name, expectation]
    judged = judge(name, suite, rows(suite, {}, just_right, just_wrong, {}), MAXIMA)
    found = broken(judged)
    assert list(found) == [expectation]
    (item, reason), *others = found[expectation]
    assert (item, others) == ("i2", [])
    assert words in reason
    check = next(one.check for one in judged if one.check.expectation == expectation)
    assert (check.kind, check.passed, check.evaluated, check.broken, check.error) == (suite.kind, False, 4, 1, None)
    assert check.examples == [f"SKU-2: {reason}"]


@pytest.mark.parametrize("name", suites())
def test_no_row_at_all_breaks_nothing(name: str) -> None:
    suite = suites()[name]
    assert broken(judge(name, suite, rows(suite, {}).slice(0, 0), MAXIMA)) == {}


def test_an_expectation_that_cannot_be_evaluated_stops_the_write_instead_of_passing() -> None:
    suite = suites()["variants"]
    table = rows(suite, {}).drop_columns(["price"])
    stopped = {
        one.check.expectation: one.check for one in judge("variants", suite, table, MAXIMA) if not one.check.passed
    }
    assert set(stopped) == {"price_not_negative", "price_there"}
    assert {check.kind for check in stopped.values()} == {"set"}
    assert all("could not be evaluated" in str(check.error) for check in stopped.values())


def test_a_store_without_a_documented_maximum_holds_nothing_against_a_long_name() -> None:
    suite = suites()["products"]
    assert broken(judge("products", suite, rows(suite, {"name_length": 9999}), {})) == {}


def test_a_broken_row_is_found_at_its_place_among_many() -> None:
    table = rows(suites()["stock"], *({"level": n} for n in range(500)), {"level": -2})
    entry = {"id": "x", "type": "expect_column_values_to_be_between", "kwargs": {"column": "level", "min_value": 0}}
    assert [list(one.rows) for one in evaluate(table, [entry])] == [[500]]
