"""One shop and its eCom store: what arrives there, what follows, what either side keeps (S003-03 … S003-56)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import MUG, SHIRT
from tests.flows.ecwid.conftest import CONNECTION, attribute, named, paths, skus, till_writes
from tests.flows.stories import Stories, Story, Told

stories = Stories()
ITEM = "{name},{name},<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,{name},12,9.50,3.00,https://img.example.test/m.jpg,1,,350"
SIZES = """{name},{name},<p>Cotton</p>,Acme,Shirts,blue,true,Size,S,{name}-S,5,20.00,8.00,https://img.example.test/s1.jpg,1,,200
{name},,,,,,,,M,{name}-M,7,20.00,8.00,https://img.example.test/s2.jpg,2,,200"""
THEIRS = {"subtitle": "Theirs", "compareToPrice": 99, "warningLimit": 4, "seoTitle": "Theirs", "customSlug": "theirs"}
MEASURES = {
    "weight": Decimal("1"), "weight_unit": "LB", "length": Decimal("10"), "width": Decimal("2"), "height": Decimal("1"),
    "dimensions_unit": "IN",
}  # fmt: skip


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., Any]) -> Told:
    """A shop after its first run, and what became of every story in the runs after it.

    So many others that a product a person deletes is no catalogue that shrank.
    """
    names = ("HIDDEN", "EDITED", "ALONE", "PLAIN", "GONE", "TILLS", "STORES", *(f"OTHER-{n}" for n in range(6)))
    families = (SIZES.format(name=name) for name in ("SHOWN", "GROWN", "DRAWN", "LOST"))
    rows = [SHIRT, MUG, *(ITEM.format(name=name) for name in names), *families]

    def opened() -> Any:
        world = make_lasting(*rows, connection=CONNECTION)
        world.begin()
        return world

    last = {"on_store_hidden": "show", "recreate_missing": True, "yes": True}
    return stories.told(opened, [{"yes": True}, {"full": True}, {"not_online": ["ALONE"]}, last])


@pytest.mark.rule("S003-03")
@pytest.mark.rule("S003-06")
@pytest.mark.rule("S003-08")
@pytest.mark.rule("S003-09")
@pytest.mark.rule("S003-10")
@pytest.mark.rule("S003-11")
@pytest.mark.rule("S003-12")
@pytest.mark.rule("S003-13")
@pytest.mark.rule("S003-14")
@pytest.mark.rule("S003-15")
@pytest.mark.rule("S003-16")
@pytest.mark.rule("S003-17")
@stories.story
def test_a_new_product_arrives_whole_and_ready_to_be_sold(world: Any) -> Story:
    mug, shirt = named(world, "Mug"), named(world, "Shirt")
    said = {name: mug[name] for name in ("name", "sku", "description", "price", "weight", "quantity", "enabled")}
    assert said == {
        "name": "Mug", "sku": "MUG-1", "description": "<p>Clay</p>", "price": Decimal("9.5"), "weight": Decimal("0.35"),
        "quantity": 12, "enabled": True,
    }  # fmt: skip
    assert (attribute(mug, "BRAND"), attribute(mug, "UPC")) == ("Acme", "4006381333931")
    assert [(one["name"], [c["text"] for c in one["choices"]]) for one in shirt["options"]] == [("Size", ["S", "M"])]
    assert [(one["sku"], one["price"], one["quantity"]) for one in shirt["combinations"]] == [
        ("SH-S", 20, 5),
        ("SH-M", 20, 7),
    ]
    images = [f"https://img.example.test/{name}.jpg" for name in ("s1", "s2")]
    assert world.store.image_sources(shirt["id"]) == images
    yield


@pytest.mark.rule("S003-07")
@pytest.mark.rule("S003-18")
@pytest.mark.rule("S003-19")
@stories.story
def test_category_weight_and_sizes_arrive_in_the_stores_own_terms(world: Any) -> Story:
    world.till.till.add_category("Jars", world.till.till.add_category("Tableware"))
    world.till.add_product("Jar", sku="JAR-1", price=5, quantity=1, category="Jars")
    world.till.edit_product("JAR-1", measures=MEASURES)
    yield
    jar = named(world, "Jar")
    assert paths(world, jar) == ["Tableware / Jars"]
    assert jar["weight"] == Decimal("0.4536")
    assert jar["dimensions"] == {"length": Decimal("25.4"), "width": Decimal("5.08"), "height": Decimal("2.54")}
    sale = world.store.new_category({"name": "Sale"})["id"]
    world.store.edit_product(jar["id"], categoryIds=[*jar["categoryIds"], sale])
    world.till.edit_product("JAR-1", category="Plates", measures={**MEASURES, "height": Decimal("3")})
    yield
    after = named(world, "Jar")
    assert paths(world, after) == ["Plates", "Sale"]
    assert after["dimensions"] == {"length": Decimal("25.4"), "width": Decimal("5.08"), "height": Decimal("7.62")}


@pytest.mark.rule("S003-20")
@pytest.mark.rule("S003-21")
@pytest.mark.rule("S003-22")
@pytest.mark.rule("S003-23")
@pytest.mark.rule("S003-24")
@pytest.mark.rule("S003-25")
@pytest.mark.rule("S003-27")
@stories.story
def test_what_only_the_till_has_a_place_for_changes_nothing_in_the_store(world: Any) -> Story:
    before, till = world.store_product("TILLS"), world.till.till
    record, supplier = world.till.product("TILLS"), till.add_entry("suppliers", {"name": "Kiln"})
    till.families[record.family_id].handle = "beaker"
    record.suppliers = [{"id": world.till.new_id(), "supplier_id": supplier.id, "code": "K-1"}]
    record.supplier_code = "K-1"
    world.till.edit_product("TILLS", cost=4, tags=["new"])
    reorder = {"reorder_point": Decimal(3), "reorder_amount": Decimal(30)}
    till.set_level(record.id, world.till.outlet_id("Main Outlet"), **reorder)
    yield
    assert world.store_product("TILLS") == before
    known = "SELECT handle, supplier, supplier_code, tags FROM lightspeed_x.lightspeed_x_products WHERE name = 'TILLS'"
    assert world.rows(known) == [{"handle": "beaker", "supplier": "Kiln", "supplier_code": "K-1", "tags": ["new"]}]


@pytest.mark.rule("S003-26")
@pytest.mark.rule("S003-28")
@pytest.mark.rule("S003-29")
@pytest.mark.rule("S003-30")
@stories.story
def test_what_belongs_to_the_store_survives_every_change(world: Any) -> Story:
    world.store.edit_product(world.store_product("STORES")["id"], **THEIRS, tax={"taxable": False})
    world.till.edit_product("STORES", name="Beaker", brand="Other", barcode="5901234123457")
    yield
    after = world.store_product("STORES")
    assert (after["name"], attribute(after, "BRAND"), attribute(after, "UPC")) == ("Beaker", "Other", "5901234123457")
    assert {name: after.get(name) for name in THEIRS} == THEIRS
    assert after["tax"]["taxable"] is False


def uploads(world: Any, key: Any) -> int:
    """How many images the store was told to fetch for a product."""
    return sum(1 for method, path in world.sent() if method == "POST" and f"/products/{key}/" in path)


@pytest.mark.rule("S003-36")
@pytest.mark.rule("S003-37")
@pytest.mark.rule("S003-38")
@stories.story
def test_images_follow_the_till_once_and_those_of_the_store_stay_there(world: Any) -> Story:
    key = world.store_product("DRAWN-S")["id"]
    first, second, third, fourth, theirs = (
        f"https://img.example.test/{name}.jpg" for name in ("s1", "s2", "s3", "s4", "theirs")
    )
    world.store.add_image_to(key, theirs)
    before = uploads(world, key)
    for images, sent in (([third, first], 2), ([third, first, fourth], 1)):
        world.till.edit_product("DRAWN-S", images=images)
        yield
        shown = world.store.image_sources(key)
        assert [one for one in shown if one != theirs] == images
        assert theirs in shown
        assert second not in shown
        assert uploads(world, key) - before == sent
        before = uploads(world, key)
    assert till_writes(world) == []


@pytest.mark.rule("S003-04")
@pytest.mark.rule("S003-05")
@pytest.mark.rule("S003-14")
@pytest.mark.rule("S003-42")
@pytest.mark.rule("S003-44")
@stories.story
def test_what_the_till_stops_selling_is_hidden_and_comes_back_as_the_same_product(world: Any) -> Story:
    key = world.store_product("HIDDEN")["id"]
    world.till.deactivate("HIDDEN")
    world.till.edit_product("HIDDEN", price=11)
    yield
    hidden = world.store_product("HIDDEN")
    assert (hidden["id"], hidden["enabled"], hidden["price"]) == (key, False, 11)
    world.till.activate("HIDDEN")
    yield
    assert (world.store_product("HIDDEN")["id"], world.store_product("HIDDEN")["enabled"]) == (key, True)


@pytest.mark.rule("S003-34")
@pytest.mark.rule("S003-35")
@pytest.mark.rule("S003-43")
@pytest.mark.rule("S003-45")
@stories.story
def test_what_is_done_in_the_store_alone_never_reaches_the_till(world: Any) -> Story:
    world.store.edit_product(world.store_product("EDITED")["id"], enabled=False, name="Theirs", price=1)
    world.till.deactivate("SHOWN-S")
    yield
    world.store.edit_product(world.store_product("SHOWN-S")["id"], enabled=True)
    world.till.edit_product("EDITED", price=11)
    yield
    after = world.store_product("EDITED")
    assert (after["enabled"], after["price"]) == (False, 11)
    assert not world.till.product("SHOWN-S").active
    yield
    assert (world.store_product("EDITED")["enabled"], till_writes(world)) == (False, [])
    yield
    assert world.store_product("EDITED")["enabled"] is True


@pytest.mark.rule("S003-47")
@stories.story
def test_what_is_sold_in_the_shop_alone_is_hidden_online_and_the_till_still_sells_it(world: Any) -> Story:
    yield
    yield
    assert world.store_product("ALONE")["enabled"] is True
    world.till.edit_product("ALONE", price=11)
    yield
    assert (world.store_product("ALONE")["enabled"], world.store_product("ALONE")["price"]) == (False, 11)
    assert world.till.product("ALONE").active
    yield
    assert world.store_product("ALONE")["enabled"] is True


@pytest.mark.rule("S003-39")
@pytest.mark.rule("S003-40")
@pytest.mark.rule("S003-41")
@stories.story
def test_a_variant_of_the_till_appears_and_one_of_the_store_does_not_come_back(world: Any) -> Story:
    key = world.store_product("GROWN-S")["id"]
    world.store.add_variation_to(key, options=[{"name": "Size", "value": "XS"}], sku="GROWN-XS", price=20)
    world.till.add_variant("GROWN-S", ["L"], sku="GROWN-L", price=22, quantity=4)
    yield
    grown = world.store_product("GROWN-S")
    assert {one["sku"]: one.get("quantity") for one in grown["combinations"] if one["sku"] != "GROWN-XS"} == {
        "GROWN-S": 5, "GROWN-M": 7, "GROWN-L": 4,
    }  # fmt: skip
    assert [choice["text"] for choice in grown["options"][0]["choices"]][-1] == "L"
    summary = yield
    told = {one["check"]: one["says"] for one in summary["warnings"]}
    assert told.get("variants_of_the_store") == ["GROWN-XS of GROWN: the till does not know this variant"]
    assert till_writes(world) == []


@pytest.mark.rule("S003-39")
@stories.story
def test_a_product_without_variants_gets_its_first_ones_and_stays_the_same_product(world: Any) -> Story:
    key = world.store_product("PLAIN")["id"]
    world.till.edit_product("PLAIN", option_names=["Colour"], values=["Red"])
    world.till.add_variant("PLAIN", ["Blue"], sku="PLAIN-2", price=10, quantity=3)
    yield
    plain = named(world, "PLAIN")
    assert plain["id"] == key
    assert {one["sku"]: one["quantity"] for one in plain["combinations"]} == {"PLAIN": 12, "PLAIN-2": 3}


@pytest.mark.rule("S003-46")
@pytest.mark.rule("S003-48")
@stories.story
def test_deletes_go_one_way(world: Any) -> Story:
    world.till.delete("GONE")
    world.store.delete_product(world.store_product("LOST-S")["id"])
    for sku in ("LOST-S", "LOST-M"):
        world.till.edit_product(sku, price=25)
    for _ in range(3):
        yield
        assert {"GONE", "LOST-S", "LOST-M"} & skus(world) == set()
    assert not world.till.product("LOST-S").deleted_at
    assert till_writes(world) == []
    yield
    assert {one["sku"]: one["price"] for one in named(world, "LOST")["combinations"]} == {"LOST-S": 25, "LOST-M": 25}


@pytest.mark.rule("S003-33")
def test_an_update_of_six_fields_leaves_the_others_as_they_were_made(make_shop: Callable[..., Any]) -> None:
    world = make_shop(MUG, on_update="six_fields")
    world.begin()
    changed = {"name": "Beaker", "brand": "Other", "price": 11, "grams": 900}
    world.till.edit_product("MUG-1", **changed, images=["https://img.example.test/other.jpg"])
    world.sync()
    mug = world.store_product("MUG-1")
    assert (mug["name"], mug["price"]) == ("Beaker", 11)
    assert (attribute(mug, "BRAND"), mug["weight"]) == ("Acme", Decimal("0.35"))
    assert world.store.image_sources(mug["id"]) == ["https://img.example.test/m.jpg"]


@pytest.mark.rule("S003-56")
def test_products_that_start_hidden_are_there_and_wait_for_a_person(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT, MUG, initial_state="disabled")
    world.begin()
    assert [world.store_product(sku)["enabled"] for sku in ("MUG-1", "SH-S")] == [False, False]
    world.store.edit_product(world.store_product("MUG-1")["id"], enabled=True)
    for sku in ("MUG-1", "SH-S"):
        world.till.edit_product(sku, price=11)
    world.sync()
    assert [world.store_product(sku)["enabled"] for sku in ("MUG-1", "SH-S")] == [True, False]
