"""Which fields are pushed, and which are never touched (S000-14 … S000-31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG, SHIRT, World
from tests.flows.stories import Stories, Story, Told

stories = Stories()
TEE = SHIRT.replace("shirt,Shirt,", "tee,Tee,").replace("shirt,", "tee,").replace(",SH-", ",TE-")
JAR = 'jar,Jar,<p>Glass</p>,Acme,Kitchen,"a, b",true,Title,Default Title,JAR-1,4,5.00,,,,,'
POT = "pot,Pot,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,POT-1,2,7.00,,,,,"
THEIRS = {
    "weight": 5, "upc": "036000291452", "width": 1, "height": 2, "depth": 3, "product_tax_code": "X",
    "page_title": "Theirs", "meta_description": "Theirs",
}  # fmt: skip


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., World]) -> Told:
    """A shop after its first run, and what became of every story in the next one and in a full one.

    The last run overwrites with blanks.
    """

    def opened() -> World:
        world = make_lasting(MUG, JAR, CAP, POT, SHIRT, TEE)
        world.begin()
        return world

    return stories.told(opened, [{}, {"full": True, "on_blank": "overwrite"}])


@pytest.mark.rule("S000-14")
@stories.story
def test_tags_go_to_the_search_keywords_and_keep_the_words_of_others(world: Any) -> Story:
    product = world.store_product("JAR-1")
    assert set(product["search_keywords"].split(",")) == {"a", "b"}
    world.store.edit_product(product["id"], search_keywords="a,b,theirs")
    world.till.edit_product("JAR-1", tags=["b", "c"])
    for _ in range(2):
        yield
        assert set(world.store_product("JAR-1")["search_keywords"].split(",")) == {"b", "c", "theirs"}


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
@stories.story
def test_a_changed_type_changes_its_own_custom_field_and_no_category(world: Any) -> Story:
    product, shelf = world.store_product("MUG-1"), world.add_category("Shelf")
    fields = [*product["custom_fields"], {"name": "Care", "value": "by hand"}]
    world.store.edit_product(product["id"], categories=[shelf], custom_fields=fields)
    world.till.edit_product("MUG-1", category="Tableware")
    for _ in range(2):
        yield
        after = world.store_product("MUG-1")
        found = {field["name"]: field["value"] for field in after["custom_fields"]}
        assert found == {"Type": "Tableware", "Care": "by hand"}
        assert after["categories"] == [shelf]


@pytest.mark.rule("S000-16")
@stories.story
def test_an_empty_description_at_the_till_does_not_empty_the_stores_unless_it_is_to(world: Any) -> Story:
    world.till.edit_product("POT-1", description=None)
    yield
    assert world.store_product("POT-1")["description"] == "<p>Clay</p>"
    yield
    assert world.store_product("POT-1")["description"] == ""


@pytest.mark.rule("S000-22")
@pytest.mark.rule("S000-23")
@pytest.mark.rule("S000-25")
@pytest.mark.rule("S000-28")
@pytest.mark.rule("S000-30")
@stories.story
def test_the_stores_own_fields_survive_every_sync(world: Any) -> Story:
    product = world.store_product("CAP-1")
    world.store.edit_product(product["id"], **THEIRS)
    world.till.edit_product("CAP-1", name="Beret", grams=2000, barcode="5901234123457", price=11)
    for _ in range(2):
        yield
        after = world.store_product("CAP-1")
        assert (after["name"], after["price"]) == ("Beret", 11)
        assert {key: after[key] for key in THEIRS} == THEIRS
        assert after["custom_url"] == product["custom_url"]


@pytest.mark.rule("S000-29")
@stories.story
def test_a_modifier_survives_a_push_of_variants(world: Any) -> Story:
    product = world.store_product("SH-S")["id"]
    world.store.add_modifier(product, "Engraving")
    world.till.edit_product("SH-M", price=25)
    for _ in range(2):
        yield
        assert world.store.variant_by_sku("SH-M")["price"] == 25
        found = world.get(f"/v3/catalog/products/{product}/modifiers")
        assert [modifier["display_name"] for modifier in found] == ["Engraving"]


@pytest.mark.rule("S000-20")
@stories.story
def test_a_variant_added_at_the_till_is_added_to_the_same_product(world: Any) -> Story:
    product = world.store_product("TE-S")["id"]
    world.till.add_variant("TE-S", ["L"], sku="TE-L", price=21, quantity=4)
    yield
    assert world.store_product("TE-L")["id"] == product
    assert world.store.level("TE-L") == 4


@pytest.mark.rule("S000-19")
@stories.story
def test_every_field_of_the_till_has_a_row_that_says_what_happens_to_it(world: Any) -> Story:
    yield
    rows = world.rows("SELECT entity, field, syncs, reason FROM field_rules")
    assert all(row["reason"] for row in rows)
    assert {"sku", "price", "cost_price"} <= {row["field"] for row in rows if row["syncs"]}
