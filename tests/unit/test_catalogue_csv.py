"""Reading product CSVs: a damaged file loads nothing, a good one loads everything."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.kit.catalogue_csv import Catalogue, read
from pipelines.kit.errors import MistakeInFiles, Problem

SAMPLE = Path(__file__).parents[2] / "pipelines" / "kit" / "sample_catalogue.csv"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "catalogues"
HEADER = (
    "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,"
    "Image Position,Variant Image,Cost per item,Status"
)


def row(**cells: str) -> str:
    """One CSV line; names are the header's, with '_' for ' '."""
    columns = HEADER.split(",")
    given = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(given) <= set(columns)
    return ",".join('"' + given.get(column, "").replace('"', '""') + '"' for column in columns)


def simple(handle: str, **cells: str) -> str:
    defaults = {"Title": handle.title(), "Option1_Name": "Title", "Option1_Value": "Default Title"}
    return row(Handle=handle, **{**defaults, "Variant_Price": "5.00", **cells})


def text(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def catalogue(*rows: str) -> Catalogue:
    return read(text(*rows))


def mistakes(source: str | bytes | Path) -> list[Problem]:
    with pytest.raises(MistakeInFiles) as caught:
        read(source)
    return list(caught.value.problems)


def codes(found: Catalogue) -> list[tuple[str, int | None]]:
    return [(note.code, note.line) for note in found.notes]


def test_price_keeps_its_cents_exactly() -> None:
    (variant,) = catalogue(simple("mug", Variant_Price="0.10", Cost_per_item="0.03")).variants
    assert (variant.price, variant.cost) == (Decimal("0.10"), Decimal("0.03"))


def test_rows_of_one_handle_are_one_family_even_when_apart() -> None:
    found = catalogue(
        row(Handle="tee", Title="Tee", Option1_Name="Size", Option1_Value="S", Variant_Price="9"),
        simple("mug"),
        row(Handle="tee", Option1_Value="M", Variant_Price="10"),
    )
    tee, mug = found.families
    assert (tee.option_names, [v.option_values for v in tee.variants]) == (("Size",), [("S",), ("M",)])
    assert (mug.option_names, [v.option_values for v in mug.variants]) == ((), [()])


def test_row_without_price_and_option_adds_an_image_and_no_variant() -> None:
    found = catalogue(
        simple("mug", Image_Src="https://x.example/2.jpg", Image_Position="2"),
        row(Handle="mug", Image_Src="https://x.example/1.jpg", Image_Position="1"),
        row(Handle="mug", Image_Src="https://x.example/last.jpg"),
    )
    (mug,) = found.families
    assert len(mug.variants) == 1
    assert [(image.position, image.url[-8:]) for image in mug.images] == [
        (1, "le/1.jpg"),
        (2, "le/2.jpg"),
        (3, "last.jpg"),
    ]


def test_blank_skus_get_the_sequence_in_file_order() -> None:
    found = catalogue(simple("a"), simple("b", Variant_SKU="B-1"), simple("c"))
    assert [variant.sku for variant in found.variants] == ["10001", "B-1", "10002"]
    assert found.next_number == 10003


def test_sequence_skips_a_number_the_file_uses_itself() -> None:
    found = catalogue(simple("a"), simple("b", Variant_SKU="10001"), simple("c"))
    assert [variant.sku for variant in found.variants] == ["10002", "10001", "10003"]
    assert found.notes == ()


def test_second_use_of_a_sku_gets_a_number_and_is_listed() -> None:
    found = catalogue(simple("a", Variant_SKU="X"), simple("b", Variant_SKU="X"))
    assert [variant.sku for variant in found.variants] == ["X", "10001"]
    assert codes(found) == [("sku_repeated", 3)]


def test_second_use_of_a_title_is_renamed_and_listed() -> None:
    found = catalogue(simple("a", Title="Mug"), simple("b", Title="Mug"), simple("c", Title="Mug"))
    assert [family.name for family in found.families] == ["Mug", "Mug (2)", "Mug (3)"]
    assert codes(found) == [("title_repeated", 3), ("title_repeated", 4)]


@pytest.mark.parametrize(
    ("quantity", "tracker", "expected"),
    [("5", "", Decimal(5)), ("0", "", Decimal(0)), ("-2", "shop", Decimal(-2)), ("", "shop", None)],
    ids=["number", "zero", "negative", "blank with tracker"],
)
def test_quantity_alone_decides_whether_stock_is_tracked(quantity: str, tracker: str, expected: Decimal | None) -> None:
    found = catalogue(simple("mug", Variant_Inventory_Qty=quantity, Variant_Inventory_Tracker=tracker))
    assert next(found.variants).quantity == expected


@pytest.mark.parametrize(
    ("published", "status", "active"),
    [
        ("true", "active", True),
        ("", "", True),
        ("FALSE", "", False),
        ("true", "draft", False),
        ("true", "archived", False),
    ],
)
def test_hidden_products_do_not_become_visible(published: str, status: str, active: bool) -> None:
    assert catalogue(simple("mug", Published=published, Status=status)).families[0].active is active


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("036000291452", "UPC"),
        ("4006381333931", "EAN"),
        ("96385074", "EAN"),
        ("10012345678902", "ITF"),
        ("A-77", "CUSTOM"),
        ("123", "CUSTOM"),
    ],
)
def test_barcode_type_is_told_by_length(code: str, kind: str) -> None:
    variant = next(catalogue(simple("mug", Variant_Barcode=code)).variants)
    assert (variant.barcode, variant.barcode_type) == (code, kind)


@pytest.mark.parametrize("code", ["1.23457E+12", "36000291452"], ids=["rounded", "leading zero lost"])
def test_barcode_damaged_by_a_spreadsheet_is_listed_and_kept_as_it_stands(code: str) -> None:
    found = catalogue(simple("mug", Variant_Barcode=code))
    assert codes(found) == [("barcode_damaged", 2)]
    assert next(found.variants).barcode == code


def test_sku_turned_into_a_date_is_listed() -> None:
    assert codes(catalogue(simple("mug", Variant_SKU="2-Jan"))) == [("sku_damaged", 2)]


def test_columns_without_a_place_are_counted() -> None:
    found = catalogue(simple("a", Variant_Inventory_Tracker="x"), simple("b"))
    assert found.not_carried == {"Variant Inventory Tracker": 1}


def test_header_in_another_order_and_case_loads_the_same() -> None:
    swapped = "variant price,TITLE,handle\n5.00,Mug,mug\n"
    (family,) = read(swapped).families
    assert (family.handle, family.name, family.variants[0].price) == ("mug", "Mug", Decimal("5.00"))


def test_byte_order_mark_is_not_part_of_the_first_column() -> None:
    assert read(b"\xef\xbb\xbf" + text(simple("mug")).encode()).families[0].handle == "mug"


def test_line_break_inside_quotes_is_text_and_later_lines_keep_their_numbers() -> None:
    found = mistakes(text(simple("a", Title="two\nlines"), simple("b", Variant_Price="x")))
    assert [(problem.code, problem.line) for problem in found] == [("not_a_number", 4)]


@pytest.mark.parametrize(
    ("broken", "code", "line", "found"),
    [
        (text(simple("café")).encode("cp1252"), "csv_encoding", 2, "bytes that look like Windows-1252"),
        (text(simple("mug")).encode("utf-16"), "csv_encoding", 1, "bytes that look like UTF-16"),
        (text(simple("mug")).encode("utf-16-le"), "csv_encoding", 1, "bytes that look like UTF-16"),
        (text(simple("mug"), simple("a\0b")).encode(), "csv_nul", 3, None),
        (text(simple("mug"), "mug,too,short").encode(), "csv_ragged", 3, "3 cells"),
        (text(simple("mug") + ',"more"').encode(), "csv_ragged", 2, "22 cells"),
        (text(simple("mug")).replace(",", ";").encode(), "csv_delimiter", 1, "columns separated by semicolons"),
        (text(simple("mug")).replace(",", "\t").encode(), "csv_delimiter", 1, "columns separated by tabs"),
        (text(simple("a"), simple("b").replace('","', ";")).encode(), "csv_delimiter", 3, "1 cells"),
        (text(simple("mug"), HEADER).encode(), "csv_header_again", 3, None),
        (b"Handle,Title\nmug,Mug\n", "csv_column_missing", 1, "Handle,Title"),
        (b"Handle,Title,title,Variant Price\nmug,Mug,Mug,1\n", "csv_column_twice", 1, "title"),
        (b"", "csv_empty", None, None),
        (text(row(Title="x", Variant_Price="1")).encode(), "handle_missing", 2, None),
        (text(row(Handle="x", Variant_Price="1")).encode(), "title_missing", 2, None),
        (text(simple("mug", Variant_Price="12,50")).encode(), "not_a_number", 2, "12,50"),
        (text(simple("mug", Variant_Inventory_Qty="1,000")).encode(), "not_a_number", 2, "1,000"),
        (text(simple("mug", Cost_per_item="$3")).encode(), "not_a_number", 2, "$3"),
        (text(simple("mug", Variant_Price="1e3")).encode(), "not_a_number", 2, "1e3"),
        (text(simple("mug", Option2_Value="Red")).encode(), "option_name_missing", 2, None),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith(("csv", "not", "title", "hand")) else "",
)
def test_damaged_file_loads_nothing_and_names_the_line(
    broken: bytes, code: str, line: int | None, found: str | None
) -> None:
    problem = mistakes(broken)[0]
    assert (problem.code, problem.line) == (code, line)
    assert found is None or problem.found == found


@pytest.mark.parametrize(
    ("before", "broken", "line"),
    [
        ([], 'mug,"Mug\nno end', 2),
        ([simple("a", Title="two\nlines")], 'mug,"Mug,5\nb,B,6', 4),
        ([], 'mug,"Mug" x,5', 2),
        ([], 'mug,"He said ""no"" and', 2),
    ],
    ids=["to the end", "after a quoted line break", "text after the quote", "doubled quotes"],
)
def test_unclosed_quote_names_the_line_where_it_opened(before: list[str], broken: str, line: int) -> None:
    (problem,) = mistakes("\n".join([HEADER, *before, broken]))
    assert (problem.code, problem.line) == ("csv_quote", line)


def test_every_mistake_of_the_rows_is_listed_at_once() -> None:
    found = mistakes(text(simple("a", Variant_Price="x"), simple("b", Variant_Grams="y")))
    assert [(problem.line, problem.found) for problem in found] == [(2, "x"), (3, "y")]


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = mistakes(tmp_path / "none.csv")
    assert problem.code == "csv_missing"
    assert problem.file == str(tmp_path / "none.csv")


def test_file_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    assert [problem.code for problem in mistakes(path)] == ["csv_size"]


def test_sample_catalogue_has_every_shape_a_shop_has() -> None:
    found = read(SAMPLE)
    variants = list(found.variants)
    assert (len(found.families), len(variants), found.notes) == (40, 90, ())
    assert {len(family.option_names) for family in found.families} == {0, 1, 2, 3}
    assert len({variant.sku for variant in variants}) == len(variants)
    assert sum(variant.quantity is None for variant in variants) == 2
    assert any(variant.quantity == 0 for variant in variants)
    assert sum(not family.active for family in found.families) == 2
    assert all(image.url.startswith("https://") for family in found.families for image in family.images)


@pytest.mark.parametrize(
    ("name", "families", "variants"), [("apparel", 20, 22), ("home-and-garden", 20, 21), ("jewelery", 20, 23)]
)
def test_public_exports_load_whole(name: str, families: int, variants: int) -> None:
    path = SHARED / f"{name}.csv"
    if not path.exists():
        pytest.skip("the shared folder with the public sample exports is not here")
    found = read(path)
    assert (len(found.families), len(list(found.variants))) == (families, variants)
