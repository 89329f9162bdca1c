"""Records of the store become the canonical tables: exact types, exact money, nothing unreadable passed on."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pipelines.kit.paging import RAW_SCHEMA
from pipelines.language.canonical import canonical_columns
from pipelines.platforms.bigcommerce import PLATFORM

if TYPE_CHECKING:
    from conftest import Store

ENTITIES = sorted(path.stem for path in Path(PLATFORM.folder / "harmonize").glob("*.sql"))
SYSTEM = [("version", "BIGINT"), ("deleted_at", "TIMESTAMP"), ("defects", "VARCHAR[]")]
CASES = PLATFORM.folder / "cases"


def hostile(name: str) -> list[dict[str, Any]]:
    """Records with one thing odd in each; numbers keep their text."""
    found: list[dict[str, Any]] = json.loads(
        (CASES / f"{name}_hostile.json").read_text(encoding="utf-8"), parse_float=_Exact
    )
    return found


class _Exact(float):
    """A number that is written as it was read."""

    def __new__(cls, text: str) -> _Exact:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def raw(*records: dict[str, Any], key: str = "id") -> pa.Table:
    """Records as a raw table."""
    rows = [
        {"id": str(_at(record, key)), "version": None, "deleted_at": None, "record": json.dumps(record)}
        for record in records
    ]
    return pa.Table.from_pylist(rows, schema=RAW_SCHEMA)


def _at(record: Any, key: str) -> Any:
    for part in key.split("."):
        record = (record or {}).get(part)
    return record


def by(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, Any]]:
    """Rows by a column that must be unique."""
    found = {row[key]: row for row in rows}
    assert len(found) == len(rows)
    return found


def made_of(store: Store, *records: dict[str, Any]) -> dict[str, pa.Table]:
    """The store's tables with these products instead of its own."""
    return {**store.tables(), "products": raw(*records)}


def case(name: str) -> dict[str, Any]:
    """The product of one hostile case."""
    found: dict[str, Any] = next(entry["record"] for entry in hostile("products") if entry["name"] == name)
    return found


def test_there_is_a_select_for_every_entity() -> None:
    of_orders = ["order_lines", "order_payments", "order_refunds", "orders"]
    assert ["account", "images", "locations", *of_orders, "products", "stock", "variants"] == ENTITIES


@pytest.mark.parametrize("entity", ENTITIES)
def test_columns_are_the_canonical_ones(store: Store, ids: dict[str, int], entity: str) -> None:
    store.machine.add_image_to(ids["mug"], "https://i.example/1.jpg")
    store.machine.refund(store.machine.place_order([("MUG-1", 2)]), {"MUG-1": 1})
    con = store.warehouse(store.tables())
    con.execute(f"CREATE TABLE made AS {(PLATFORM.folder / 'harmonize' / f'{entity}.sql').read_text(encoding='utf-8')}")
    found = con.execute("SELECT column_name, column_type FROM (DESCRIBE made)").fetchall()
    assert found == canonical_columns(entity) + SYSTEM
    assert con.execute("SELECT count(*) FROM made").fetchone() != (0,)


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_empty_store_is_no_error(store: Store, entity: str) -> None:
    empty = {name: table.slice(0, 0) for name, table in store.tables().items()}
    assert store.rows(entity, empty) == []


def test_an_ordinary_store_has_no_defects(store: Store) -> None:
    for entity in ENTITIES:
        assert [row["defects"] for row in store.rows(entity) if row["defects"]] == [], entity


def test_money_is_exact_in_minor_units_of_the_stores_currency(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(
        ids["mug"], price=Decimal("0.1"), cost_price=Decimal("1.1005"), retail_price=Decimal("19.99")
    )
    mug = by(store.rows("variants"), "sku")["MUG-1"]
    assert (mug["price"], mug["cost_price"], mug["msrp"]) == (
        Decimal("10.0000"),
        Decimal("110.0500"),
        Decimal("1999.0000"),
    )
    for places, price in ((0, "0.1000"), (3, "100.0000")):
        store.machine.set_store(decimal_places=places)
        assert by(store.rows("variants"), "sku")["MUG-1"]["price"] == Decimal(price)


def test_a_zero_that_means_nothing_is_not_a_price_of_nothing(store: Store) -> None:
    card = by(store.rows("variants"), "sku")["CARD"]
    assert (card["cost_price"], card["msrp"], card["sale_price"]) == (None, None, None)
    products = by(store.rows("products"), "name")
    assert (products["Gift card"]["msrp"], products["Gift card"]["sale_price"]) == (None, None)


def test_a_price_of_zero_stays_a_price(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["gift"], price=0)
    assert by(store.rows("variants"), "sku")["CARD"]["price"] == 0


def test_a_simple_product_shows_by_its_base_variant(store: Store, ids: dict[str, int]) -> None:
    mug = by(store.rows("variants"), "sku")["MUG-1"]
    assert (mug["variant_id"], mug["product_id"]) == (str(ids["mug-1"]), str(ids["mug"]))
    assert (mug["is_base"], mug["option_values"], mug["weight"]) == (True, [], Decimal("0.3500"))


def test_what_a_variant_leaves_open_is_its_products(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["tee"], weight=Decimal("0.2"), cost_price=7, retail_price=30)
    store.machine.edit_variant(ids["tee-s"], price=None, cost_price=8)
    small = by(store.rows("variants"), "sku")["TEE-S"]
    assert (small["price"], small["cost_price"], small["msrp"]) == (2000, 800, 3000)
    assert (small["weight"], small["is_base"]) == (Decimal("0.2000"), False)


def test_a_base_variant_with_a_price_of_its_own_shows_what_a_shopper_pays(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_variant(ids["mug-1"], price=15)
    assert by(store.rows("variants"), "sku")["MUG-1"]["price"] == 1500


def test_option_values_stand_under_their_own_options(store: Store) -> None:
    variants = [store.variant("A", "S", "Red"), store.variant("B", "M", "Blue")]
    product = store.machine.make_product(name="Two", price=1, variants=variants)
    tables = store.tables()
    rows = tables["products"].to_pylist()
    for row in rows:
        if row["id"] == str(product.id):
            record = json.loads(row["record"])
            record["variants"][1]["option_values"].reverse()
            row["record"] = json.dumps(record)
    tables["products"] = pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
    two = by(store.rows("products", tables), "name")["Two"]
    assert (two["option_names"], two["has_variants"]) == (["Size", "Colour"], True)
    assert by(store.rows("variants", tables), "sku")["B"]["option_values"] == ["M", "Blue"]


def test_options_of_the_same_name_keep_their_own_values(store: Store) -> None:
    tables = made_of(store, case("two options of the same name"))
    values = [row["option_values"] for row in store.rows("variants", tables)]
    assert all(len(set(one)) == len(one) or None not in one for one in values)
    assert [row["defects"] for row in store.rows("variants", tables)] == [[] for _ in values]


def test_brands_are_told_by_name(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], brand_name="Acme")
    products = by(store.rows("products"), "name")
    assert (products["Mug"]["brand"], products["Tee"]["brand"]) == ("Acme", None)


def test_keywords_are_words_without_repeats(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], search_keywords="tea , mug,, tea,  ")
    assert by(store.rows("products"), "name")["Mug"]["search_keywords"] == ["mug", "tea"]


def test_visibility_and_counting_follow_the_product(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], is_visible=False)
    products = by(store.rows("products"), "name")
    assert [products[name]["is_active"] for name in ("Mug", "Tee")] == [False, True]
    assert [products[name]["stock_tracking"] for name in ("Mug", "Tee", "Gift card")] == [True, True, False]


def test_levels_are_those_an_adjustment_sets_for_each_location(store: Store, ids: dict[str, int]) -> None:
    second = store.machine.add_location(
        "Second",
        address={
            "address1": "1 Road",
            "city": "X",
            "state": "Y",
            "zip": "1",
            "country_code": "US",
            "email": "a@b.example",
        },
    )
    store.machine.set_level("MUG-1", 9, second)
    levels = {(row["variant_id"], row["location_id"]): (row["on_hand"], row["tracked"]) for row in store.rows("stock")}
    mug = str(ids["mug-1"])
    assert levels[(mug, "1")] == (5, True)
    assert levels[(mug, str(second))] == (9, True)
    assert levels[(str(ids["card"]), "1")] == (0, False)


def test_images_stand_in_the_order_they_are_shown(store: Store, ids: dict[str, int]) -> None:
    for url, place in (("https://i.example/b.jpg", 1), ("https://i.example/a.jpg", 0), ("https://i.example/c.jpg", 1)):
        store.machine.add_image_to(ids["mug"], url, sort_order=place)
    images = store.rows("images")
    by_place = [row["image_id"] for row in sorted(images, key=lambda row: row["position"])]
    assert by_place == ["2", "1", "3"]
    assert {row["variant_id"] for row in images} == {None}


def test_a_store_that_enters_prices_with_tax_says_so(store: Store) -> None:
    assert store.rows("account")[0]["tax_exclusive"] is True
    store.machine.set_store(is_price_entered_with_tax=True)
    assert store.rows("account")[0]["tax_exclusive"] is False


def test_a_store_that_does_not_say_is_not_guessed_at(store: Store) -> None:
    tables = store.tables() | {"store": raw({"id": "x", "currency": "", "decimal_places": "two"})}
    row = store.rows("account", tables)[0]
    assert (row["tax_exclusive"], row["currency"], len(row["defects"])) == (None, None, 3)


@pytest.mark.parametrize("entry", hostile("products"), ids=lambda entry: entry["name"])
def test_no_product_breaks_the_reading_of_the_others(store: Store, entry: dict[str, Any]) -> None:
    sound = json.loads(store.read("products")["record"][0].as_py())
    tables = made_of(
        store, entry["record"], {**sound, "id": 999_999, "variants": [{**v, "id": 888_888} for v in sound["variants"]]}
    )
    for entity in ("products", "variants", "images", "stock"):
        rows = store.rows(entity, tables)
        columns = [name for name, _ in canonical_columns(entity)] + ["version", "deleted_at", "defects"]
        assert all(list(row) == columns for row in rows)
    assert {row["product_id"] for row in store.rows("products", tables)} == {str(entry["record"]["id"]), "999999"}
    assert "888888" in {row["variant_id"] for row in store.rows("variants", tables)}


@pytest.mark.parametrize(
    ("name", "entity", "field", "said"),
    [
        ("price with a comma", "variants", "price", "price:"),
        ("price null", "variants", "price", "price: is missing"),
        ("name null", "products", "name", "name: is missing"),
        ("name blank", "products", "name", "name: is missing"),
        ("tracking of an unknown kind", "products", None, "stock_tracking:"),
        ("tracking null", "products", None, "stock_tracking:"),
        ("variant without option values", "variants", None, "option_values: one is missing"),
        ("variant that lacks one option", "variants", None, "option_values: one is missing"),
        ("image without an address", "images", "url", "url: is missing"),
    ],
)
def test_what_cannot_be_read_is_blank_and_said(
    store: Store, name: str, entity: str, field: str | None, said: str
) -> None:
    rows = [
        row for row in store.rows(entity, made_of(store, case(name))) if any(d.startswith(said) for d in row["defects"])
    ]
    assert rows
    assert all(row[field] is None for row in rows if field)


def test_a_number_as_text_is_read_for_what_it_says(store: Store) -> None:
    assert {row["price"] for row in store.rows("variants", made_of(store, case("price as text")))} == {1250}


def test_a_product_whose_answer_lists_no_variant_still_has_one(store: Store) -> None:
    record = case("no variants in the answer")
    rows = store.rows("variants", made_of(store, record))
    assert [(row["variant_id"], row["sku"], row["is_base"]) for row in rows] == [
        (str(record["base_variant_id"]), record["sku"], True)
    ]


@pytest.mark.parametrize("entry", hostile("stock"), ids=lambda entry: entry["name"])
def test_no_level_is_made_up(store: Store, entry: dict[str, Any]) -> None:
    identity = entry["record"].get("identity") or {}
    tables = store.tables()
    tables["inventory"] = raw(entry["record"], key="identity.variant_id")
    tables["products"] = raw(
        {"id": identity.get("product_id"), "inventory_tracking": "product", "base_variant_id": 4242}
    )
    rows = store.rows("stock", tables)
    by(rows, "location_id")
    for row in rows:
        assert (row["on_hand"] is None) == any("not a number" in d or "missing" in d for d in row["defects"])
    if entry["name"] == "no variant id":
        assert {row["variant_id"] for row in rows} == {"4242"}
