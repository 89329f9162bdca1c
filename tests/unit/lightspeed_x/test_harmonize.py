"""Records of the till become the canonical tables: exact types, exact money, nothing unreadable passed on."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pipelines.language.canonical import canonical_columns
from pipelines.platforms.lightspeed_x import PLATFORM

if TYPE_CHECKING:
    from conftest import Till

ENTITIES = sorted(path.stem for path in Path(PLATFORM.folder / "harmonize").glob("*.sql"))
SYSTEM = [("version", "BIGINT"), ("deleted_at", "TIMESTAMP"), ("defects", "VARCHAR[]")]


def by(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, Any]]:
    """Rows by a column that must be unique."""
    found = {row[key]: row for row in rows}
    assert len(found) == len(rows)
    return found


def changed(tables: dict[str, pa.Table], name: str, key: str, /, **members: Any) -> dict[str, pa.Table]:
    """The same raw tables with members of one record (by id) replaced; ``...`` takes a member away."""
    rows = tables[name].to_pylist()
    for row in rows:
        if row["id"] == key:
            record = json.loads(row["record"], parse_float=str) | members
            row["record"] = json.dumps({name: value for name, value in record.items() if value is not ...})
    return tables | {name: pa.Table.from_pylist(rows, schema=tables[name].schema)}


def made_of(till: Till, **parts: Any) -> str:
    """A composite at the till, by the SKUs of what it is made of. Returns its id."""
    made: str = till.machine.add_product("Set", sku="SET", price=5, tracked=False)
    till.machine.product(made).components = {till.machine.product(sku).id: Decimal(n) for sku, n in parts.items()}
    return made


def test_there_is_a_select_for_every_entity() -> None:
    of_products = ["images", "products", "stock", "variants"]
    of_orders = ["payment_types", "registers", "sales", "taxes", "users"]
    assert sorted([*of_products, *of_orders, "account", "components", "locations"]) == ENTITIES


@pytest.mark.parametrize("entity", ENTITIES)
def test_columns_are_the_canonical_ones(till: Till, entity: str) -> None:
    made_of(till, M1=2)
    con = till.warehouse(till.tables())
    source = (PLATFORM.folder / "harmonize" / f"{entity}.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE TABLE made AS {source}")
    expected = canonical_columns(entity) + SYSTEM
    found = con.execute("SELECT column_name, column_type FROM (DESCRIBE made)").fetchall()
    assert found == expected
    assert con.execute("SELECT count(*) FROM made").fetchone() != (0,)
    for name, kind in expected:
        kinds = con.execute(f'SELECT DISTINCT typeof("{name}") FROM made').fetchall()  # noqa: S608
        assert kinds == [(kind,)], name


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_empty_till_is_no_error(till: Till, entity: str) -> None:
    empty = {name: table.slice(0, 0) for name, table in till.tables().items()}
    assert till.rows(entity, empty) == []


def test_a_family_is_one_product_with_its_variants_in_order(till: Till) -> None:
    products = by(till.rows("products"), "name")
    shirt = products["Shirt"]
    assert (shirt["brand"], shirt["type"], shirt["tags"]) == ("Acme", "Tops", ["blue", "summer"])
    assert (shirt["option_names"], shirt["has_variants"], shirt["is_active"]) == (["Size", "Color"], True, True)
    assert (products["Mug"]["option_names"], products["Mug"]["has_variants"]) == ([], False)
    assert products["Mug"]["stock_tracking"] is False
    variants = by(till.rows("variants"), "sku")
    assert {variants[sku]["product_id"] for sku in ("S1", "S2")} == {shirt["product_id"]}
    assert variants["S2"]["option_values"] == ["M", "Red"]
    assert variants["S1"]["upc"] == "036000291452"
    assert [variants[sku]["is_base"] for sku in ("S1", "M1")] == [False, True]


def test_a_family_known_only_by_its_parent_is_not_torn_apart(till: Till) -> None:
    tables = till.tables()
    for row in tables["products"].to_pylist():
        tables = changed(tables, "products", row["id"], family_id=...)
    variants = by(till.rows("variants", tables), "sku")
    assert variants["S1"]["product_id"] == variants["S2"]["product_id"]
    assert variants["M1"]["product_id"] == variants["M1"]["variant_id"]


def test_option_values_stand_under_their_own_names(till: Till) -> None:
    tables, key = till.tables(), till.machine.product("S2").id
    tables = changed(
        tables, "products", key, variant_options=[{"name": "Color", "value": "Red"}, {"name": "Size", "value": "M"}]
    )
    names = by(till.rows("products", tables), "name")["Shirt"]["option_names"]
    values = by(till.rows("variants", tables), "sku")["S2"]["option_values"]
    assert dict(zip(names, values, strict=True)) == {"Size": "M", "Color": "Red"}


def test_a_missing_option_value_is_a_defect(till: Till) -> None:
    tables = changed(
        till.tables(), "products", till.machine.product("S2").id, variant_options=[{"name": "Size", "value": "M"}]
    )
    variants = by(till.rows("variants", tables), "sku")
    assert variants["S2"]["option_values"] == ["M", None]
    assert variants["S2"]["defects"] == ["option_values: one is missing"]
    assert variants["S1"]["defects"] == []


@pytest.mark.parametrize(
    ("code", "places", "price"), [("USD", 2, "302.632"), ("JPY", 0, "3.0263"), ("KWD", 3, "3026.32")]
)
def test_money_is_in_the_minor_units_of_the_currency(till: Till, code: str, places: int, price: str) -> None:
    till.machine.set_retailer(currency={"code": code, "symbol": code})
    assert till.rows("account")[0]["decimal_places"] == places
    assert by(till.rows("variants"), "sku")["M1"]["price"] == Decimal(price)


def test_the_ruling_price_is_the_one_of_the_retailers_tax_mode(till: Till) -> None:
    till.machine.add_tax("GST", "0.15", is_default=True)
    excluded = by(till.rows("variants"), "sku")["S1"]
    assert (excluded["price"], excluded["price_including_tax"]) == (Decimal(1250), Decimal("1437.5"))
    till.machine.set_retailer(tax_exclusive=False)
    included = by(till.rows("variants"), "sku")["S1"]
    assert included["price"] == included["price_including_tax"] == Decimal(1250)
    assert included["price_excluding_tax"] == Decimal("1086.9570")


@pytest.mark.parametrize(
    ("member", "text", "defect"),
    [
        ("price_excluding_tax", "12,50", 'price: "12,50" is not a number'),
        ("price_excluding_tax", "99999999999999999999", 'price: "99999999999999999999" is not a number'),
        ("price_excluding_tax", None, "price: is missing"),
        ("supply_price", "n/a", 'cost_price: "n/a" is not a number'),
        ("weight", "1kg", 'weight: "1kg" is not a number'),
        ("name", " ", "name: is missing"),
    ],
)
def test_what_cannot_be_read_is_a_defect_and_not_a_zero(till: Till, member: str, text: Any, defect: str) -> None:
    tables = changed(till.tables(), "products", till.machine.product("M1").id, **{member: text})
    variants = by(till.rows("variants", tables), "sku")
    assert variants["M1"]["defects"] == [defect]
    assert variants["S1"]["defects"] == []
    if defect.startswith("price"):
        assert variants["M1"]["price"] is None


def test_a_product_without_a_name_is_a_defect(till: Till) -> None:
    tables = changed(till.tables(), "products", till.machine.product("M1").id, name="", weight="x")
    broken = [row["defects"] for row in till.rows("products", tables) if row["defects"]]
    assert broken == [["name: is missing", 'weight: "x" is not a number']]


def test_a_family_is_deleted_only_when_all_of_it_is(till: Till) -> None:
    till.machine.delete("S1")
    assert by(till.rows("products"), "name")["Shirt"]["deleted_at"] is None
    variants = by(till.rows("variants"), "sku")
    assert variants["S1"]["deleted_at"] is not None
    assert variants["S2"]["deleted_at"] is None
    till.machine.delete("S2")
    shirt = by(till.rows("products"), "name")["Shirt"]
    assert shirt["deleted_at"] is not None
    assert shirt["is_active"] is False


def test_a_product_sold_in_one_variant_is_still_active(till: Till) -> None:
    till.machine.edit_product("S1", active=False)
    assert by(till.rows("products"), "name")["Shirt"]["is_active"] is True
    till.machine.edit_product("S2", active=False)
    assert by(till.rows("products"), "name")["Shirt"]["is_active"] is False


def test_a_renamed_brand_or_tag_is_seen_though_no_product_changed(till: Till) -> None:
    till.machine.rename("brands", "Acme", "Acme Ltd")
    till.machine.rename("tags", "blue", "zebra")
    shirt = by(till.rows("products"), "name")["Shirt"]
    assert (shirt["brand"], shirt["tags"]) == ("Acme Ltd", ["summer", "zebra"])


def test_each_picture_is_there_once_in_order(till: Till) -> None:
    images = by(till.rows("images"), "image_id").values()
    shared = sorted((row["position"], row["url"]) for row in images if row["variant_id"] is None)
    own = [(row["variant_id"], row["url"]) for row in images if row["variant_id"] is not None]
    assert shared == [(1, "https://i.example/1.jpg"), (2, "https://i.example/2.jpg")]
    assert own == [(till.machine.product("S2").id, "https://i.example/m.jpg")]


def test_levels_below_zero_and_in_parts_are_kept(till: Till) -> None:
    stock = by(till.rows("stock"), "variant_id")
    low = stock[till.machine.product("S2").id]
    assert (low["on_hand"], low["tracked"]) == (Decimal("-2.5"), True)


def test_levels_of_a_closed_outlet_are_not_stock(till: Till) -> None:
    second = till.machine.add_outlet("Second")
    till.machine.set_level("S1", "Second", 5)
    assert second in {row["location_id"] for row in till.rows("stock")}
    till.machine.till.drop_entry("outlets", till.machine.till.outlets.items[second])
    assert second not in {row["location_id"] for row in till.rows("stock")}
    assert by(till.rows("locations"), "name")["Second"]["deleted_at"] is not None


def test_a_counted_product_without_a_record_of_stock_is_at_zero_at_every_outlet(till: Till) -> None:
    second = till.machine.add_outlet("Second")
    counted = till.machine.add_product("Cup", sku="C1", price=2, tracked=True)
    kept = {(row["variant_id"], row["location_id"]): row for row in till.rows("stock")}
    for outlet in (till.machine.outlet_id("Main Outlet"), second):
        row = kept[counted, outlet]
        assert (row["on_hand"], row["tracked"], row["defects"]) == (Decimal(0), True, [])
    assert kept[till.machine.product("S1").id, till.machine.outlet_id("Main Outlet")]["on_hand"] == 3
    assert kept[till.machine.product("S1").id, second]["on_hand"] == 0
    assert not [key for key in kept if key[0] == till.machine.product("M1").id]


def test_a_deleted_product_or_a_composite_is_given_no_level(till: Till) -> None:
    assert not [row for row in till.rows("stock") if row["deleted_at"] is None and row["on_hand"] == 0]
    made = made_of(till, M1=2)
    till.machine.set_level("SET", "Main Outlet", 3)
    tables = till.tables()
    assert [row for row in tables["inventory"].to_pylist() if row["id"].startswith(made)]
    assert made not in {row["variant_id"] for row in till.rows("stock", tables)}
    gone = till.machine.add_product("Gone", sku="GONE", price=5, tracked=True)
    till.machine.delete("GONE")
    assert gone not in {row["variant_id"] for row in till.rows("stock")}


def test_a_composite_is_what_it_is_made_of(till: Till) -> None:
    made = made_of(till, S1="2", M1="0.5")
    ids = {sku: till.machine.product(sku).id for sku in ("S1", "M1")}
    rows = {(row["variant_id"], row["component_id"]): row["quantity"] for row in till.rows("components")}
    assert rows == {(made, ids["S1"]): 2, (made, ids["M1"]): Decimal("0.5")}


@pytest.mark.parametrize(
    ("bom", "expected"),
    [
        ({"m": "two"}, [("m", None)]), ({"m": None}, [("m", None)]), ({"m": True}, [("m", None)]),
        ({"m": "1e40"}, [("m", None)]),
        ({"m": -1}, [("m", -1)]), ([{"m": 1}], []), ("m", []), (None, []), (..., []), ({}, []),
    ],
)  # fmt: skip
def test_what_a_composite_is_made_of_is_never_invented(till: Till, bom: Any, expected: list[Any]) -> None:
    made = made_of(till, M1=1)
    tables = changed(till.tables(), "products", made, composite_bom=bom)
    assert [(row["component_id"], row["quantity"]) for row in till.rows("components", tables)] == expected
    assert by(till.rows("products", tables), "name")["Set"]["is_composite"] is True


def test_a_composite_is_counted_unless_nothing_it_is_made_of_is(till: Till) -> None:
    def counted(**parts: int) -> bool:
        tables = changed(till.tables(), "products", made, composite_bom={key_of(sku): n for sku, n in parts.items()})
        found: bool = by(till.rows("products", tables), "name")["Set"]["stock_tracking"]
        return found

    def key_of(sku: str) -> str:
        return till.machine.product(sku).id if sku in {"S1", "M1"} else sku

    made = made_of(till, M1=1)
    assert by(till.rows("products"), "name")["Set"]["stock_tracking"] is False
    assert counted(M1=1, S1=1) is True
    assert counted(M1=1, unknown=1) is True
    assert counted() is True


def test_a_tracked_item_with_an_unreadable_level_is_a_defect_and_not_a_zero(till: Till) -> None:
    key = f"{till.machine.product('S1').id}:{till.machine.outlet_id('Main Outlet')}"
    for level, defect in ((None, "on_hand: is missing"), ("a few", 'on_hand: "a few" is not a number')):
        tables = changed(till.tables(), "inventory", key, current_inventory_level=level)
        row = by(till.rows("stock", tables), "variant_id")[till.machine.product("S1").id]
        assert (row["on_hand"], row["defects"]) == (None, [defect])


def test_only_a_single_outlet_is_the_default(till: Till) -> None:
    assert [row["is_default"] for row in till.rows("locations")] == [True]
    till.machine.add_outlet("Second")
    assert [row["is_default"] for row in till.rows("locations")] == [False, False]


def test_rates_of_one_tax_add_up_and_what_is_no_rate_is_none(till: Till) -> None:
    tables = till.tables()
    key = next(row["tax_id"] for row in till.rows("taxes", tables) if row["name"] == "Sales Tax")

    def rate(*rates: Any) -> tuple[Decimal | None, list[str]]:
        said = [{"id": "r", "name": "n", "rate": value} for value in rates]
        row = by(till.rows("taxes", changed(tables, "taxes", key, rates=said)), "tax_id")[key]
        return row["rate"], row["defects"]

    assert rate("0.05", "0.09975") == (Decimal("0.14975000"), [])
    assert rate() == (Decimal(0), [])
    assert rate("0.05", "much") == (None, ["rate: is not a number"])
    gone = changed(tables, "taxes", key, rates=...)
    assert by(till.rows("taxes", gone), "tax_id")[key]["defects"] == ["rate: is not a number"]
