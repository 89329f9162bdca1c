"""A product without options gains variants at the till: the store's product stays and gets its first options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.moments import crossed

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,4006381333931,350"


def grow(world: Any) -> None:
    """The till makes the mug a family: the one there was is S, a new one is L."""
    world.till.edit_product("MUG-1", option_names=("Size",), values=("S",))
    world.till.add_variant("MUG-1", ["L"], sku="MUG-L", price=11, quantity=4)


def sizes(world: Any) -> dict[str, tuple[str, int]]:
    """SKU → size and level of the store's mug."""
    product = world.store_product("MUG-L")
    return {
        variant["sku"]: (variant["option_values"][0]["label"], world.store.level(variant["sku"]))
        for variant in product["variants"]
    }


@pytest.mark.rule("S000-20")
@pytest.mark.rule("S000-29")
@pytest.mark.parametrize("ends", ["first_variant", "first_option"])
def test_a_simple_product_that_becomes_a_family_keeps_its_place_in_the_store(
    make_world: Callable[..., Any], ends: str
) -> None:
    world = make_world(MUG)
    world.store.switches["base_variant_ends"] = ends
    world.begin()
    before = world.store_product("MUG-1")
    world.store.add_modifier(before["id"], "Engraving")
    world.store.edit_product(before["id"], retail_price=20, page_title="Theirs", upc="036000291452")
    world.store.edit_variant(before["base_variant_id"], sale_price=8)
    grow(world)
    world.forget()
    world.sync()
    after = world.store_product("MUG-1")
    assert sizes(world) == {"MUG-1": ("S", 12), "MUG-L": ("L", 4)}
    kept = ("id", "name", "custom_url", "retail_price", "page_title", "upc", "custom_fields")
    assert {name: after[name] for name in kept} == {
        name: {**before, "retail_price": 20, "page_title": "Theirs", "upc": "036000291452"}[name] for name in kept
    }
    assert (after["inventory_tracking"], after["base_variant_id"]) == ("variant", None)
    assert [image["id"] for image in after["images"]] == [image["id"] for image in before["images"]]
    assert [one["display_name"] for one in world.get(f"/v3/catalog/products/{after['id']}/modifiers")] == ["Engraving"]
    assert world.store.variant_by_sku("MUG-1")["sale_price"] == 8
    assert not [method for method, _ in world.sent() if method == "DELETE"]


@pytest.mark.rule("S000-20")
@pytest.mark.rule("S000-44")
def test_the_link_of_the_old_variant_follows_its_sku(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.begin()
    grow(world)
    world.sync()
    made = str(world.store.variant_by_sku("MUG-1")["id"])
    till = world.till.product("MUG-1").id
    links = "SELECT to_id, state FROM sync.links WHERE level = 'variants' AND from_id = ?"
    assert world.rows(links, [till]) == [{"to_id": made, "state": "linked"}]
    world.forget()
    assert world.sync(full=True)["entities"]["products"]["unchanged"] == 2
    assert world.writes() == []
    world.till.edit_product("MUG-1", price=12)
    world.till.set_level("MUG-1", "Main Outlet", 2)
    world.sync()
    assert world.store.variant_by_sku("MUG-1")["price"] == 12
    assert sizes(world)["MUG-1"] == ("S", 2)


@pytest.mark.rule("S000-20")
def test_a_family_that_the_store_refuses_leaves_the_product_for_sale_as_it_was(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.begin()
    product = world.store_product("MUG-1")["id"]
    world.store.use_option_set(product)
    grow(world)
    assert world.sync()["entities"]["products"]["failed"] == 2
    after = world.store_product("MUG-1")
    assert (after["sku"], after["inventory_tracking"], world.store.level("MUG-1")) == ("MUG-1", "product", 12)
    world.store.store.products[product].option_set_id = None
    world.sync()
    assert sizes(world) == {"MUG-1": ("S", 12), "MUG-L": ("L", 4)}


@pytest.mark.parametrize(("ends", "after"), crossed(["first_variant", "first_option"], range(1, 5)))
def test_a_store_that_goes_away_while_a_product_becomes_a_family_ends_with_the_family(
    make_world: Callable[..., Any], ends: str, after: int
) -> None:
    from pipelines.kit.errors import PlatformUnreachable
    from tests.flows.test_half_done import Breaking

    world = make_world(MUG)
    world.store.switches["base_variant_ends"] = ends
    world.begin()
    grow(world)
    real = world.adapters["bigcommerce"]
    world.adapters["bigcommerce"] = Breaking(real, "", after)
    with pytest.raises(PlatformUnreachable):
        world.sync()
    world.adapters["bigcommerce"] = real
    world.sync()
    assert sizes(world) == {"MUG-1": ("S", 12), "MUG-L": ("L", 4)}


@pytest.mark.rule("S000-20")
def test_a_product_the_store_had_before_is_given_options_only_when_a_person_agrees(
    make_world: Callable[..., Any],
) -> None:
    world = make_world("cap,Cap,,,,,true,Title,Default Title,CAP-1,1,5,,,,,")
    product = world.store.make_product(name="Mug", sku="MUG-1", price=8, inventory_tracking="product")
    world.store.set_level("MUG-1", 3)
    skus = (("S", "MUG-1"), ("L", "MUG-L"))
    variants = [{"values": (size,), "sku": sku, "price": 9, "quantity": 5} for size, sku in skus]
    world.till.add_product("Mug", options=("Size",), variants=variants)
    summary = world.sync()
    assert summary["entities"]["products"]["held"] == 2
    assert world.store_product("MUG-1")["base_variant_id"] == product.base.id
    assert world.store.level("MUG-1") == 3
    world.sync(yes=True)
    assert sizes(world) == {"MUG-1": ("S", 5), "MUG-L": ("L", 5)}
    assert world.store_product("MUG-1")["id"] == product.id
