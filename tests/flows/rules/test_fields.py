"""Which fields are pushed, and which are never touched (S000-14 … S000-31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG, SHIRT, World

TEE = SHIRT.replace("shirt,Shirt,", "tee,Tee,").replace("shirt,", "tee,").replace(",SH-", ",TE-")
JAR = 'jar,Jar,<p>Glass</p>,Acme,Kitchen,"a, b",true,Title,Default Title,JAR-1,4,5.00,,,,,'
POT = "pot,Pot,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,POT-1,2,7.00,,,,,"
THEIRS = {
    "weight": 5, "upc": "036000291452", "width": 1, "height": 2, "depth": 3, "product_tax_code": "X",
    "page_title": "Theirs", "meta_description": "Theirs",
}  # fmt: skip
CARE = {"name": "Care", "value": "by hand"}
SKUS = ("MUG-1", "JAR-1", "CAP-1", "POT-1", "SH-S", "TE-S")


class Edited:
    """A shop after its first run, after a run that followed edits on both sides, and after a full one.

    Each product had something of its own happen to it. The last run overwrites with blanks.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        world.begin()
        self.first = self._products()
        self.shelf = world.add_category("Shelf")
        self._in_the_store()
        self._at_the_till()
        world.sync()
        self.next = self._products()
        world.sync(full=True, on_blank="overwrite")
        self.last = self._products()

    def _products(self) -> dict[str, dict[str, Any]]:
        return {sku: self.world.store_product(sku) for sku in SKUS}

    def _in_the_store(self) -> None:
        store, ids = self.world.store, {sku: product["id"] for sku, product in self.first.items()}
        fields = [*self.first["MUG-1"]["custom_fields"], CARE]
        store.edit_product(ids["MUG-1"], categories=[self.shelf], custom_fields=fields)
        store.edit_product(ids["JAR-1"], search_keywords="a,b,theirs")
        store.edit_product(ids["CAP-1"], **THEIRS)
        store.add_modifier(ids["SH-S"], "Engraving")

    def _at_the_till(self) -> None:
        till = self.world.till
        till.edit_product("MUG-1", category="Tableware")
        till.edit_product("JAR-1", tags=["b", "c"])
        till.edit_product("CAP-1", name="Beret", grams=2000, barcode="5901234123457", price=11)
        till.edit_product("POT-1", description=None)
        till.edit_product("SH-M", price=25)
        till.add_variant("TE-S", ["L"], sku="TE-L", price=21, quantity=4)


@pytest.fixture(scope="module")
def edited(make_lasting: Callable[..., World]) -> Edited:
    """A shop to whose products all this happened."""
    return Edited(make_lasting(MUG, JAR, CAP, POT, SHIRT, TEE))


@pytest.mark.rule("S000-14")
def test_tags_go_to_the_search_keywords_and_keep_the_words_of_others(edited: Edited) -> None:
    found = [set(shop["JAR-1"]["search_keywords"].split(",")) for shop in (edited.first, edited.next, edited.last)]
    assert found == [{"a", "b"}, {"b", "c", "theirs"}, {"b", "c", "theirs"}]


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
def test_a_changed_type_changes_its_own_custom_field_and_no_category(edited: Edited) -> None:
    for shop in (edited.next, edited.last):
        fields = {field["name"]: field["value"] for field in shop["MUG-1"]["custom_fields"]}
        assert fields == {"Type": "Tableware", "Care": "by hand"}
        assert shop["MUG-1"]["categories"] == [edited.shelf]


@pytest.mark.rule("S000-16")
def test_an_empty_description_at_the_till_does_not_empty_the_stores_unless_it_is_to(edited: Edited) -> None:
    found = [shop["POT-1"]["description"] for shop in (edited.first, edited.next, edited.last)]
    assert found == ["<p>Clay</p>", "<p>Clay</p>", ""]


@pytest.mark.rule("S000-22")
@pytest.mark.rule("S000-23")
@pytest.mark.rule("S000-25")
@pytest.mark.rule("S000-28")
@pytest.mark.rule("S000-30")
def test_the_stores_own_fields_survive_every_sync(edited: Edited) -> None:
    for shop in (edited.next, edited.last):
        after = shop["CAP-1"]
        assert (after["name"], after["price"]) == ("Beret", 11)
        assert {key: after[key] for key in THEIRS} == THEIRS
        assert after["custom_url"] == edited.first["CAP-1"]["custom_url"]


@pytest.mark.rule("S000-29")
def test_a_modifier_survives_a_push_of_variants(edited: Edited) -> None:
    product = edited.last["SH-S"]["id"]
    assert edited.world.store.variant_by_sku("SH-M")["price"] == 25
    found = edited.world.get(f"/v3/catalog/products/{product}/modifiers")
    assert [modifier["display_name"] for modifier in found] == ["Engraving"]


@pytest.mark.rule("S000-20")
def test_a_variant_added_at_the_till_is_added_to_the_same_product(edited: Edited) -> None:
    assert edited.world.store_product("TE-L")["id"] == edited.first["TE-S"]["id"]
    assert edited.world.store.level("TE-L") == 4


@pytest.mark.rule("S000-19")
def test_every_field_of_the_till_has_a_row_that_says_what_happens_to_it(edited: Edited) -> None:
    rows = edited.world.rows("SELECT entity, field, syncs, reason FROM field_rules")
    assert all(row["reason"] for row in rows)
    assert {"sku", "price", "cost_price"} <= {row["field"] for row in rows if row["syncs"]}
