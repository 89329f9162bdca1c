"""What a till may answer beyond the ordinary: nothing is guessed, lost, or rounded on the way to canonical rows."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kit.paging import RAW_SCHEMA
from pipelines.platforms.lightspeed_x import PLATFORM

if TYPE_CHECKING:
    from conftest import Till

RETAILER = '{"id":"r","name":"Shop","currency":{"code":"USD"},"tax_exclusive":true}'
LISTS = ("retailer", "outlets", "brands", "tags", "product_categories", "products", "inventory")


def row(text: str) -> dict[str, Any]:
    """A raw row from a record's text."""
    record = json.loads(text)
    return {
        "id": record["id"],
        "version": record.get("version"),
        "deleted_at": record.get("deleted_at"),
        "record": text,
    }


def canonical(entity: str, **records: list[str]) -> list[dict[str, Any]]:
    """Canonical rows from the texts of records by resource."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for name in LISTS:
        rows = [row(text) for text in records.get(name, [RETAILER] if name == "retailer" else [])]
        con.register("page", pa.Table.from_pylist(rows, schema=RAW_SCHEMA))
        con.execute(
            f"CREATE TABLE lightspeed_x_{name}_raw AS"  # noqa: S608
            " SELECT * REPLACE (CAST(record AS JSON) AS record), CAST(NULL AS VARCHAR) AS defect FROM page"
        )
        con.unregister("page")
    source = PLATFORM.folder / "harmonize" / f"{entity}.sql"
    found: list[dict[str, Any]] = con.execute(source.read_text(encoding="utf-8")).to_arrow_table().to_pylist()
    return found


def product(key: str = "a", **members: Any) -> str:
    """The text of a product's record."""
    base = {
        "id": key,
        "family_id": "f",
        "variant_parent_id": None,
        "has_variants": False,
        "name": "Mug",
        "sku": key,
        "active": True,
        "has_inventory": True,
        "price_excluding_tax": 1,
        "price_including_tax": 1,
        "supply_price": 0,
        "variant_options": [],
        "product_codes": [],
        "version": 1,
        "created_at": "2026-07-01T00:00:00+00:00",
    }
    return json.dumps(base | members)


def priced(text: str) -> dict[str, Any]:
    """The variant of a product whose ruling price is this JSON text."""
    whole = json.loads(product())
    del whole["price_excluding_tax"]
    (found,) = canonical("variants", products=[json.dumps(whole)[:-1] + f', "price_excluding_tax": {text}}}'])
    return found


def options(**values: str) -> list[dict[str, str]]:
    """Options as a record shows them."""
    return [{"id": name, "name": name, "value": value} for name, value in values.items()]


@settings(max_examples=60, deadline=None)
@given(price=st.decimals(min_value=0, max_value=99_999_999, places=5))
def test_money_is_never_rounded_on_the_way(price: Decimal) -> None:
    found = priced(f"{price:f}")
    assert found["price"] == price * 100
    assert found["defects"] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1e400", "1e400"),
        ('"12,50"', "12,50"),
        ('"1.234,56"', "1.234,56"),
        ("true", "true"),
        ("[1]", "[1]"),
        ('{"amount":1}', '{"amount":1}'),
        ('"NaN"', "NaN"),
    ],
)
def test_a_price_that_is_no_number_is_told_and_not_guessed(text: str, shown: str) -> None:
    found = priced(text)
    assert found["price"] is None
    assert found["defects"] == [f'price: "{shown}" is not a number']


@pytest.mark.parametrize(("text", "price"), [('"12.50"', "1250"), ("1e2", "10000"), ("0", "0"), ("-1", "-100")])
def test_a_number_is_read_in_every_form_json_has(text: str, price: str) -> None:
    assert priced(text)["price"] == Decimal(price)


def test_a_retailer_without_a_currency_has_no_readable_price() -> None:
    (found,) = canonical("variants", products=[product()], retailer=['{"id":"r","tax_exclusive":true}'])
    assert found["defects"] == ["price: the retailer names no currency"]


def test_without_a_tax_mode_no_price_rules() -> None:
    retailer = '{"id":"r","currency":{"code":"USD"}}'
    (found,) = canonical("variants", products=[product()], retailer=[retailer])
    assert found["price"] is None
    assert found["defects"] == ["price: the retailer does not say whether prices include tax"]


def family(*rows: list[dict[str, str]]) -> list[str]:
    """A family whose first record is the parent."""
    return [
        product(f"m{nth}", has_variants=nth == 0, variant_parent_id="m0" if nth else None, variant_options=row)
        for nth, row in enumerate(rows)
    ]


@pytest.mark.parametrize(
    "other", [options(Color="Red"), options(Size="M", Color="Red"), [], options(size="M")], ids=str
)
def test_a_family_whose_options_differ_is_told_of(other: list[dict[str, str]]) -> None:
    (found,) = canonical("products", products=family(options(Size="S"), other))
    assert found["defects"] == ["option_names: the option names differ between the variants"]


def test_another_order_of_options_is_no_difference() -> None:
    products = family(options(Size="S", Color="Red"), options(Color="Blue", Size="M"))
    (found,) = canonical("products", products=products)
    assert (found["option_names"], found["defects"]) == (["Size", "Color"], [])
    values = {entry["variant_id"]: entry["option_values"] for entry in canonical("variants", products=products)}
    assert values == {"m0": ["S", "Red"], "m1": ["M", "Blue"]}


def test_a_deleted_variant_has_no_say_in_the_options() -> None:
    gone = product("m1", variant_parent_id="m0", variant_options=options(Old="x"), deleted_at="2026-07-02T00:00:00Z")
    (found,) = canonical("products", products=[*family(options(Size="S")), gone])
    assert (found["option_names"], found["defects"]) == (["Size"], [])


def test_an_option_named_twice_is_told_of() -> None:
    twice = [{"id": "1", "name": "Size", "value": "S"}, {"id": "2", "name": "Size", "value": "M"}]
    (found,) = canonical("products", products=family(twice))
    assert found["defects"] == ["option_names: a variant names an option twice"]


def test_times_with_an_offset_become_utc() -> None:
    gone = product(deleted_at="2026-07-01T12:00:00+05:00", updated_at="2026-07-01T00:30:00-02:00")
    (found,) = canonical("products", products=[gone])
    assert found["deleted_at"] == datetime(2026, 7, 1, 7)  # noqa: DTZ001
    assert found["changed_at"] == datetime(2026, 7, 1, 2, 30)  # noqa: DTZ001


def test_a_deletion_whose_time_cannot_be_read_is_still_a_deletion() -> None:
    gone = product(deleted_at="yesterday")
    assert canonical("products", products=[gone])[0]["deleted_at"] is not None
    assert canonical("variants", products=[gone])[0]["deleted_at"] is not None


@pytest.mark.parametrize(
    ("codes", "upc"),
    [
        ([("custom", "1"), ("upc", "036000291452")], "036000291452"),
        ([("EAN", "4006381333931"), ("UPC", "036000291452")], "036000291452"),
        ([("Isbn", "9783161484100")], "9783161484100"),
        ([("CUSTOM", "036000291452")], None),
        ([("UPC", " ")], None),
        ([], None),
    ],
)
def test_a_barcode_is_found_by_its_type_however_it_is_spelled(codes: list[tuple[str, str]], upc: str | None) -> None:
    members = [{"id": "c", "type": kind, "code": code} for kind, code in codes]
    (found,) = canonical("variants", products=[product(product_codes=members)])
    assert found["upc"] == upc


@pytest.mark.parametrize(
    ("members", "active"),
    [
        ({"active": False, "is_active": True}, False),
        ({"active": None, "is_active": True}, True),
        ({"active": "no"}, False),
    ],
)
def test_the_flag_of_the_till_is_read_under_both_names(members: dict[str, Any], active: bool) -> None:
    assert canonical("variants", products=[product(**members)])[0]["is_active"] is active


def test_without_a_readable_flag_nothing_is_shown_or_hidden_by_guess() -> None:
    (found,) = canonical("variants", products=[product(active=None)])
    assert found["is_active"] is None
    assert found["defects"] == ['is_active: "" is not true or false']


def test_pictures_without_an_id_are_known_by_their_address() -> None:
    images = [{"url": "https://i.example/1.jpg"}, {"id": "", "sizes": {"original": "https://i.example/2.jpg"}}, {}]
    found = canonical("images", products=[product(images=images), product("b", variant_parent_id="a", images=images)])
    assert [(entry["image_id"], entry["url"], entry["position"]) for entry in found] == [
        ("https://i.example/1.jpg", "https://i.example/1.jpg", 1),
        ("https://i.example/2.jpg", "https://i.example/2.jpg", 2),
    ]


def test_lists_of_another_type_are_empty_and_no_error() -> None:
    odd = product(images="none", skuImages=3, product_codes={}, tag_ids="x", brand="Acme", type=[], supplier=1)
    (found,) = canonical("products", products=[odd])
    assert (found["tags"], found["brand"], found["defects"]) == ([], None, [])
    assert canonical("images", products=[odd]) == []
    assert canonical("variants", products=[odd])[0]["upc"] is None


def test_the_same_sku_twice_stays_twice() -> None:
    found = canonical("variants", products=[product("a", sku="X"), product("b", sku="X", family_id="g")])
    assert [entry["sku"] for entry in found] == ["X", "X"]


def test_a_level_whose_product_was_never_seen_is_no_stock_of_anything() -> None:
    level = '{"id":"l","product_id":"zz","outlet_id":"o","current_inventory_level":3,"version":5}'
    assert canonical("stock", products=[product()], inventory=[level]) == []


@pytest.mark.parametrize("entity", ["products", "variants", "images", "stock", "locations", "registers", "account"])
def test_members_nobody_knows_change_nothing(till: Till, entity: str) -> None:
    tables = till.tables()
    more = {
        name: table.set_column(
            table.schema.get_field_index("record"),
            "record",
            pa.array([text[:-1] + ',"brand_new":{"deep":[1,{"x":null}]}}' for text in table["record"].to_pylist()]),
        )
        for name, table in tables.items()
    }
    assert sorted(map(str, till.rows(entity, more))) == sorted(map(str, till.rows(entity, tables)))
