"""What the compiled SELECTs give on small tables: the desired value of every field, and where there is no opinion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.language.compile import Compiled

Make = Callable[..., Compiled]


def one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


def product(house: Any, compiled: Compiled, **values: Any) -> dict[str, Any]:
    house.add("source_products", product_id="p", **values)
    return one(house.rows(compiled.desired["products"]))


def variant(house: Any, compiled: Compiled, **values: Any) -> dict[str, Any]:
    house.add("source_variants", variant_id="v", product_id="p", **values)
    return one(house.rows(compiled.desired["variants"]))


def level(house: Any, compiled: Compiled, *levels: Any, sku: str = "S", tracked: bool = True) -> dict[str, Any]:
    house.add("source_variants", variant_id="v", product_id="p", sku=sku)
    for number, on_hand in enumerate(levels):
        outlet = "main" if number == 0 else f"outlet-{number}"
        if number:
            house.add("source_outlets", location_id=outlet, to_location_id="1")
        house.add("source_stock", variant_id="v", location_id=outlet, on_hand=on_hand, tracked=tracked)
    return one(house.rows(compiled.desired["stock"]))


@pytest.mark.rule("S000-13")
@pytest.mark.parametrize(("prices", "expected"), [("store", 2200), ("tax_inclusive", 2530), ("tax_exclusive", 2200)])
def test_a_retail_price_of_22_is_sent_as_22_00_under_the_chosen_tax_mode(
    house: Any, compiled: Make, prices: str, expected: int
) -> None:
    given = {"price": 2200, "price_including_tax": 2530, "price_excluding_tax": 2200}
    assert variant(house, compiled(prices=prices), **given)["price"] == expected


@pytest.mark.parametrize(
    ("minor", "expected"),
    [("2199.5", 2200), ("2200.5", 2200), ("2200.5001", 2201), ("0.4999", 0), ("0", 0), ("1.5", 2)],
)
def test_a_price_between_two_cents_goes_to_the_even_one_and_is_never_cut(
    house: Any, compiled: Make, minor: str, expected: int
) -> None:
    assert variant(house, compiled(), price=Decimal(minor))["price"] == expected


def test_a_price_no_one_entered_is_no_opinion_and_never_0(house: Any, compiled: Make) -> None:
    assert variant(house, compiled(), price=None, cost_price=0)["price"] is None
    assert one(house.rows(compiled().desired["variants"]))["cost_price"] is None


@pytest.mark.rule("S000-14")
def test_tags_become_search_keywords_or_stay_at_the_till(house: Any, compiled: Make) -> None:
    assert product(house, compiled(), tags=["a", "b"])["search_keywords"] == ["a", "b"]
    assert one(house.rows(compiled(tags_to="off").desired["products"]))["search_keywords"] is None


@pytest.mark.rule("S000-15")
def test_the_type_becomes_one_owned_custom_field_and_never_a_category(house: Any, compiled: Make) -> None:
    row = product(house, compiled(), type="Shoes")
    assert row["custom_fields"] == [{"name": "Type", "value": "Shoes"}]
    assert "categories" not in row
    assert one(house.rows(compiled(type_to="off").desired["products"]))["custom_fields"] is None
    named = one(house.rows(compiled(type_field="Kind").desired["products"]))
    assert named["custom_fields"] == [{"name": "Kind", "value": "Shoes"}]


def test_a_product_without_a_type_gives_up_its_custom_field(house: Any, compiled: Make) -> None:
    assert product(house, compiled(), type=None)["custom_fields"] == []


@pytest.mark.rule("S000-16")
def test_an_empty_description_is_no_opinion_unless_it_is_to_overwrite(house: Any, compiled: Make) -> None:
    assert product(house, compiled(on_blank="skip"), description=None)["description"] is None
    assert one(house.rows(compiled(on_blank="overwrite").desired["products"]))["description"] == ""


def test_a_blank_sku_or_name_never_empties_the_stores(house: Any, compiled: Make) -> None:
    assert product(house, compiled(on_blank="overwrite"), name=None)["name"] is None
    assert variant(house, compiled(on_blank="overwrite"), sku=None)["sku"] is None


@pytest.mark.parametrize(
    ("weight", "unit", "store", "expected"),
    [
        ("200", "G", "KGS", "0.2000"),
        ("2", "KG", "LBS", "4.4092"),
        ("16", "OZ", "lbs", "1.0000"),
        ("1", "LB", "Ounces", "16.0000"),
        ("5", "CT", "KGS", "0.0010"),
        (None, "G", "KGS", "0.0000"),
        ("99999999999999.9999", "KG", "Ounces", "0.0000"),
    ],
)
def test_the_weight_a_new_product_needs_is_in_the_stores_unit(
    house: Any, compiled: Make, weight: str | None, unit: str, store: str, expected: str
) -> None:
    house.con.execute("UPDATE target_account SET weight_unit = ?", [store])
    row = product(house, compiled(), weight=None if weight is None else Decimal(weight), weight_unit=unit)
    assert row["weight"] == Decimal(expected)


@pytest.mark.rule("S000-18")
def test_the_level_of_the_linked_outlet_is_the_level_to_show(house: Any, compiled: Make) -> None:
    row = level(house, compiled(), 5)
    assert (row["location_id"], row["on_hand"], row["till_on_hand"]) == ("1", 5, 5)


@pytest.mark.parametrize(
    ("levels", "settings", "expected"),
    [
        pytest.param([3, 4], {}, 7, id="outlets are added up"),
        pytest.param([-1, 5], {}, 4, id="a negative outlet lowers the sum"),
        pytest.param([-1, 5], {"negative_stock": "as_zero"}, 5, id="a negative outlet counts as nothing"),
        pytest.param([-3], {}, 0, id="below nothing is nothing"),
        pytest.param([5], {"buffer": Decimal(2)}, 3, id="units held back"),
        pytest.param([1], {"buffer": Decimal(2)}, 0, id="more held back than there is"),
        pytest.param([5], {"buffer": {"S": Decimal(4)}}, 1, id="units held back of this SKU"),
        pytest.param([5], {"buffer": {"T": Decimal(4)}}, 5, id="units held back of another SKU"),
        pytest.param([Decimal("2.7")], {}, 2, id="a part of a unit is not sold"),
        pytest.param([None], {}, None, id="unknown is never 0"),
        pytest.param([None, 5], {}, None, id="half unknown is unknown"),
        pytest.param([None], {"negative_stock": "as_zero"}, None, id="unknown is not negative"),
        pytest.param([10**14 - 1, 10**14 - 1], {}, 10**14 - 1, id="too large for the store, not for us"),
    ],
)
def test_a_level_is_summed_lowered_and_never_invented(
    house: Any, compiled: Make, levels: list[Any], settings: dict[str, Any], expected: int | None
) -> None:
    assert level(house, compiled(**settings), *levels)["on_hand"] == expected


def test_stock_that_is_not_counted_has_no_level(house: Any, compiled: Make) -> None:
    assert level(house, compiled(), 5, tracked=False)["on_hand"] is None


def test_negative_and_fractional_levels_are_marked_for_the_report(house: Any, compiled: Make) -> None:
    row = level(house, compiled(), Decimal("-1.5"), 4)
    assert (row["negative"], row["fractional"], row["till_on_hand"]) == (True, True, Decimal("2.5"))


def test_an_outlet_named_twice_is_counted_once(house: Any, compiled: Make) -> None:
    house.add("source_outlets", location_id="main", to_location_id="1")
    assert level(house, compiled(), 5)["on_hand"] == 5


def test_each_outlet_keeps_to_its_own_store_location(house: Any, compiled: Make) -> None:
    house.add("source_outlets", location_id="second", to_location_id="2")
    house.add("source_variants", variant_id="v", product_id="p")
    for outlet, on_hand in (("main", 3), ("second", 4), ("not chosen", 50)):
        house.add("source_stock", variant_id="v", location_id=outlet, on_hand=on_hand, tracked=True)
    rows = house.rows(compiled().desired["stock"])
    assert sorted((row["location_id"], row["on_hand"]) for row in rows) == [("1", 3), ("2", 4)]


def test_a_variant_deleted_at_the_till_shows_no_level(house: Any, compiled: Make) -> None:
    house.add("source_variants", variant_id="v", product_id="p", deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    house.add("source_stock", variant_id="v", location_id="main", on_hand=3, tracked=True)
    assert house.rows(compiled().desired["stock"]) == []


@pytest.mark.parametrize(
    ("settings", "pushed"),
    [
        pytest.param({"connected_on": "2021-05-20"}, True, id="the day itself", marks=pytest.mark.rule("S000-32")),
        pytest.param({"connected_on": "2021-05-19"}, False, id="the day before", marks=pytest.mark.rule("S000-33")),
        pytest.param({}, True, id="connected today"),
        pytest.param({"images": "always", "connected_on": "2019-01-01"}, True, id="always"),
        pytest.param({"images": "never"}, False, id="never"),
    ],
)
def test_images_are_pushed_for_connections_made_since_20_may_2021(
    house: Any, compiled: Make, settings: dict[str, Any], pushed: bool
) -> None:
    house.add("source_products", product_id="p")
    house.add("source_images", image_id="i", product_id="p", url="https://x.example/1.jpg", position=1)
    rows = house.rows(compiled(**settings).desired["images"])
    assert [len(row["images"]) for row in rows] == ([1] if pushed else [])


@pytest.mark.rule("S000-17")
def test_the_images_of_a_product_keep_their_order(house: Any, compiled: Make) -> None:
    house.add("source_products", product_id="p")
    for number in (2, 10, 1):
        house.add(
            "source_images",
            image_id=f"i{number}",
            product_id="p",
            url=f"https://x.example/{number}.jpg",
            position=number,
        )
    images = one(house.rows(compiled(connected_on="2022-01-01").desired["images"]))["images"]
    assert [image["image_id"] for image in images] == ["i1", "i2", "i10"]


@pytest.mark.parametrize("on_blank", ["skip", "overwrite"])
def test_images_the_till_took_away_are_not_left_as_no_opinion(house: Any, compiled: Make, on_blank: str) -> None:
    house.add("source_products", product_id="p")
    assert one(house.rows(compiled(on_blank=on_blank).desired["images"]))["images"] == []


@pytest.mark.rule("S000-17")
def test_the_product_is_shown_by_its_own_first_image_and_not_by_a_variants(house: Any, compiled: Make) -> None:
    house.add("source_products", product_id="p")
    shown = (("a", "v1", "v.jpg", 1), ("b", None, "front.jpg", 1), ("c", None, "v.jpg", 2), ("d", "v2", "w.jpg", 1))
    for image, variant, file, position in shown:
        url = f"https://x.example/{file}"
        house.add("source_images", image_id=image, product_id="p", variant_id=variant, url=url, position=position)
    images = one(house.rows(compiled(connected_on="2022-01-01").desired["images"]))["images"]
    assert [(image["image_id"], image["position"]) for image in images] == [("b", 1), ("c", 2), ("d", 3)]


def test_the_row_hash_changes_with_every_desired_value_and_with_nothing_else(house: Any, compiled: Make) -> None:
    before = product(house, compiled(), name="A", tags=["x"], supplier="S", msrp=1)["row_hash"]
    house.con.execute("UPDATE source_products SET supplier = 'T', msrp = 2, changed_at = now()")
    assert one(house.rows(compiled().desired["products"]))["row_hash"] == before
    house.con.execute("UPDATE source_products SET tags = ['x', 'y']")
    assert one(house.rows(compiled().desired["products"]))["row_hash"] != before


@pytest.mark.parametrize(
    ("rule", "entity", "field"),
    [
        pytest.param(rule, entity, field, marks=pytest.mark.rule(rule), id=f"{rule} {field}")
        for rule, entity, field in [
            ("S000-22", "products", "weight"),
            ("S000-23", "variants", "upc"),
            ("S000-24", "products", "categories"),
            ("S000-25", "products", "width"),
            ("S000-25", "products", "height"),
            ("S000-25", "products", "depth"),
            ("S000-26", "products", "msrp"),
            ("S000-27", "products", "sale_price"),
            ("S000-28", "products", "tax_code"),
            ("S000-29", "products", "customizations"),
            ("S000-30", "products", "page_title"),
            ("S000-30", "products", "custom_url"),
        ]
    ],
)
def test_a_field_of_the_store_is_never_updated(house: Any, compiled: Make, rule: str, entity: str, field: str) -> None:
    every = {name: value for name, value in _filled(entity).items() if name not in {"product_id", "variant_id"}}
    row = (product if entity == "products" else variant)(house, compiled(), **every)
    found = next(r for r in compiled().field_rules() if (r["entity"], r["field"]) == (entity, field))
    assert rule in found["rules"]
    assert not found["syncs"]
    assert not found["on_update"]
    assert field not in row or found["on_create"]


def _filled(entity: str) -> dict[str, Any]:
    """A value for every column, so that a leak would show."""
    samples: dict[str, Any] = {
        "VARCHAR": "text", "VARCHAR[]": ["text"], "BOOLEAN": True, "INTEGER": 1, "DECIMAL(18,4)": Decimal(2),
        "TIMESTAMP": datetime(2026, 1, 1, tzinfo=UTC),
        'STRUCT("name" VARCHAR, "value" VARCHAR)[]': [{"name": "n", "value": "v"}],
    }  # fmt: skip
    from pipelines.language.canonical import canonical_columns

    return {name: samples[kind] for name, kind in canonical_columns(entity)}


def test_a_setting_that_changes_no_value_puts_nothing_in_the_work_set(compiled: Make) -> None:
    plain = compiled().fingerprint
    assert compiled(schedule="0 * * * *", freshness_minutes=5).fingerprint == plain
    assert compiled(on_blank="overwrite").fingerprint != plain
    assert compiled(connected_on="2019-01-01").fingerprint != plain
    assert compiled(connected_on=date(2019, 1, 1)).fingerprint == compiled(connected_on="2019-01-01").fingerprint
