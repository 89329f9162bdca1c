"""Which fields are pushed, and which are never touched (S000-14 … S000-31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,4006381333931,350"
THEIRS = {
    "weight": 5, "upc": "036000291452", "width": 1, "height": 2, "depth": 3, "product_tax_code": "X",
    "page_title": "Theirs", "meta_description": "Theirs", "custom_fields": [{"name": "Care", "value": "by hand"}],
}  # fmt: skip


@pytest.mark.rule("S000-14")
def test_tags_go_to_the_search_keywords_and_keep_the_words_of_others(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG.replace(",clay,", ',"a, b",'))
    world.begin()
    assert set(world.store_product("MUG-1")["search_keywords"].split(",")) == {"a", "b"}
    world.store.edit_product(world.store_product("MUG-1")["id"], search_keywords="a,b,theirs")
    world.till.edit_product("MUG-1", tags=["b", "c"])
    world.sync()
    assert set(world.store_product("MUG-1")["search_keywords"].split(",")) == {"b", "c", "theirs"}


@pytest.mark.rule("S000-14")
@pytest.mark.rule("S000-15")
def test_switched_off_tags_and_type_write_nothing(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, tags_to="off", type_to="off")
    world.begin()
    product = world.store_product("MUG-1")
    assert product["search_keywords"] == ""
    assert product.get("custom_fields", []) == []


@pytest.mark.rule("S000-15")
@pytest.mark.rule("S000-24")
@pytest.mark.rule("S000-31")
def test_a_changed_type_changes_its_own_custom_field_and_no_category(world: Any) -> None:
    world.begin()
    product = world.store_product("MUG-1")
    shelf = world.add_category("Shelf")
    world.store.edit_product(
        product["id"],
        **THEIRS
        | {"categories": [shelf], "custom_fields": [*product["custom_fields"], {"name": "Care", "value": "by hand"}]},
    )
    world.till.edit_product("MUG-1", category="Tableware")
    world.sync()
    after = world.store_product("MUG-1")
    fields = {field["name"]: field["value"] for field in after["custom_fields"]}
    assert fields == {"Type": "Tableware", "Care": "by hand"}
    assert after["categories"] == [shelf]


@pytest.mark.rule("S000-16")
def test_an_empty_description_at_the_till_does_not_empty_the_stores(world: Any) -> None:
    world.begin()
    world.till.edit_product("MUG-1", description=None)
    world.sync()
    assert world.store_product("MUG-1")["description"] == "<p>Clay</p>"
    world.sync(on_blank="overwrite")
    assert world.store_product("MUG-1")["description"] == ""


@pytest.mark.rule("S000-22")
@pytest.mark.rule("S000-23")
@pytest.mark.rule("S000-25")
@pytest.mark.rule("S000-28")
@pytest.mark.rule("S000-30")
def test_the_stores_own_fields_survive_every_sync(world: Any) -> None:
    world.begin()
    product = world.store_product("MUG-1")
    theirs = {key: value for key, value in THEIRS.items() if key != "custom_fields"}
    world.store.edit_product(product["id"], **theirs)
    url = world.store_product("MUG-1")["custom_url"]
    world.till.edit_product("MUG-1", name="Beaker", grams=2000, barcode="5901234123457", price=11)
    world.sync()
    world.sync(full=True)
    after = world.store_product("MUG-1")
    assert after["name"] == "Beaker"
    assert {key: after[key] for key in theirs} == theirs
    assert after["custom_url"] == url


@pytest.mark.rule("S000-29")
def test_a_modifier_survives_a_push_of_variants(world: Any) -> None:
    world.begin()
    product = world.store_product("SH-S")
    world.store.add_modifier(product["id"], "Engraving")
    world.till.edit_product("SH-M", price=25)
    world.sync()
    assert [modifier["display_name"] for modifier in world.get(f"/v3/catalog/products/{product['id']}/modifiers")] == [
        "Engraving"
    ]


@pytest.mark.rule("S000-20")
def test_a_variant_added_at_the_till_is_added_to_the_same_product(world: Any) -> None:
    world.begin()
    product = world.store_product("SH-S")["id"]
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=21, quantity=4)
    world.sync()
    assert world.store_product("SH-L")["id"] == product
    assert world.store.level("SH-L") == 4


@pytest.mark.rule("S000-19")
def test_every_field_of_the_till_has_a_row_that_says_what_happens_to_it(world: Any) -> None:
    world.begin()
    rows = world.rows("SELECT entity, field, syncs, reason FROM field_rules")
    assert all(row["reason"] for row in rows)
    assert {"sku", "price", "cost_price"} <= {row["field"] for row in rows if row["syncs"]}


@pytest.mark.rule("S000-32")
@pytest.mark.rule("S000-33")
@pytest.mark.rule("S000-17")
@pytest.mark.parametrize(("connected_on", "images"), [("2021-05-20", 1), ("2021-05-19", 0)])
def test_images_are_managed_from_the_connection_date_on(
    make_world: Callable[..., Any], connected_on: str, images: int
) -> None:
    world = make_world(MUG, connected_on=connected_on)
    world.begin()
    assert len(world.store_product("MUG-1")["images"]) == images
    world.till.add_image("MUG-1", "https://img.example.test/m2.jpg")
    world.forget()
    world.sync()
    assert len(world.store_product("MUG-1")["images"]) == images * 2
    assert len([path for _, path in world.sent() if path.endswith("/images")]) == images
