"""An expression in a mapping computes over its own row and nothing else: no file, no other row, no floating point."""

from __future__ import annotations

import pytest

from pipelines.language.canonical import canonical_columns
from pipelines.language.document import Document, Spot
from pipelines.language.transform import check_transform

ROW = dict(canonical_columns("products"))


def refused(text: str, wanted: str = "VARCHAR") -> list[str]:
    document = Document("m.yaml", lines=[text], spots={("t",): Spot(1, 1)})
    check_transform(text, ROW, wanted, document, ("t",))
    return [problem.code for problem in document.problems]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("upper(name)", "VARCHAR"),
        ("coalesce(brand, supplier, 'unknown')", "VARCHAR"),
        ("name || ' ' || brand", "VARCHAR"),
        ("CASE WHEN brand IS NULL THEN name ELSE concat_ws(' ', brand, name) END", "VARCHAR"),
        ("regexp_replace(name, '\\s+', ' ')", "VARCHAR"),
        ("left(trim(name), 250)", "VARCHAR"),
        ("weight * 1000", "DECIMAL(18,4)"),
        ("CAST(weight AS DECIMAL(12, 2))", "DECIMAL(18,4)"),
        ("NOT is_active", "BOOLEAN"),
        ("list_sort(list_distinct(list_concat(tags, [lower(brand)])))", "VARCHAR[]"),
        ("list_filter(tags, tag -> tag <> 'hidden' AND NOT starts_with(tag, '_'))", "VARCHAR[]"),
        ("list_transform(custom_fields, entry -> entry.value)", "VARCHAR[]"),
        ("[]", "VARCHAR[]"),
        ("NULL", "DECIMAL(18,4)"),
        ("[struct_pack(name := type_field, value := type)]", 'STRUCT("name" VARCHAR, "value" VARCHAR)[]'),
        ("CASE WHEN weight > 0 AND lower(store_weight_unit) IN ('kgs') THEN weight ELSE 0 END", "DECIMAL(18,4)"),
    ],
)
def test_an_expression_over_the_row_is_accepted(text: str, wanted: str) -> None:
    assert refused(text, wanted) == []


@pytest.mark.parametrize(
    "text",
    [
        "read_csv('/etc/passwd')",
        "read_text('x')",
        "getenv('HOME')",
        "now()",
        "random()",
        "nextval('s')",
        "current_setting('secret')",
        "(SELECT name FROM source_products)",
        "name IN (SELECT name FROM source_products)",
        "EXISTS (SELECT 1)",
        "count(*)",
        "sum(weight)",
        "row_number() OVER ()",
        "first(name)",
        "*",
        "COLUMNS('a.*')",
        "$1",
        "?",
        "name; DROP TABLE source_products",
        "ATTACH 'x.db'",
        "COPY source_products TO 'x'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "name COLLATE nocase",
        "weight / 3",
        "CAST(weight AS DOUBLE)",
        "CAST(weight * 1e3 AS DECIMAL(18, 4))",
        "[letter FOR letter IN tags]",
        "system.main.upper(name)",
        "name -> '$.x'",
        "unnest(tags)",
        "list_aggregate(tags, 'sum')",
        "repeat(name, 1000000000)",
        "x.read_csv('y')",
    ],
)
def test_everything_else_is_refused_before_it_reaches_the_database(text: str) -> None:
    assert refused(text)[:1] in (["not_allowed"], ["not_sql"])


@pytest.mark.parametrize("text", ["nme", "source_products.name", "upper(target_products.name)", "entry.value"])
def test_only_columns_of_the_row_are_known(text: str) -> None:
    assert refused(text) == ["unknown_column"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nme || brnd", [("nme", 1), ("brnd", 8)]),
        ("uper(brnd)", [("UPER(brnd)", 1), ("brnd", 6)]),
        ("lowr(uper(brnd))", [("LOWR(UPER(brnd))", 1), ("UPER(brnd)", 6), ("brnd", 11)]),
        ("name || repeat(brnd, 3)", [("REPEAT(brnd, 3)", 9), ("brnd", 16)]),
        ("4 * (2 / wieght)", [("2 / wieght", 6), ("wieght", 10)]),
        ("read_csv(x, (SELECT y FROM z))", [("READ_CSV(x, (SELECT y FROM z))", 1)]),
        ("count(*)", [("COUNT(*)", 1)]),
    ],
)
def test_several_mistakes_of_one_expression_do_not_hide_each_other(text: str, told: list[tuple[str, int]]) -> None:
    document = Document("m.yaml", lines=[text], spots={("t",): Spot(1, 1)})
    check_transform(text, ROW, "VARCHAR", document, ("t",))
    assert [(problem.found, problem.column) for problem in document.problems] == told
