"""What was read earlier is not taken for what is: records made again arrive, and take nobody's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SHIRT = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,"blue, cotton",true,Size,S,SH-S,5,20.00,8.00,,,,200
shirt,,,,,,,,M,SH-M,7,20.00,8.00,,,,200"""
PLAIN = "p{n},Plain {n},,,,,true,Title,Default Title,PL-{n},9,5.00,,,,,"


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shirt in two sizes among many products, so that a run looks at few; all of it synced."""
    world = make_world(SHIRT, *(PLAIN.format(n=n) for n in range(6)))
    world.begin()
    world.forget()
    return world


def skus(world: Any, sku: str) -> dict[str, float]:
    """SKU → price of the variants of a product."""
    return {variant["sku"]: variant["price"] for variant in world.store_product(sku)["variants"]}


@pytest.mark.rule("S000-50")
def test_a_variant_deleted_at_the_till_is_not_left_on_sale_when_few_products_changed(shop: Any) -> None:
    shop.till.delete("SH-M")
    assert shop.sync()["entities"]["products"]["deleted"] == 1
    assert skus(shop, "SH-S") == {"SH-S": 20}
    shop.forget()
    shop.sync(full=True)
    assert shop.writes() == []


def test_a_variant_made_again_under_its_old_sku_has_its_new_price_and_level(shop: Any) -> None:
    shop.till.delete("SH-M")
    shop.till.add_variant("SH-S", ["M"], sku="SH-M", price=22, quantity=4)
    shop.sync()
    shop.sync()
    assert skus(shop, "SH-S") == {"SH-S": 20, "SH-M": 22}
    assert shop.store.level("SH-M") == 4


@pytest.mark.parametrize("seen_between", [True, False])
def test_a_product_made_again_under_its_old_sku_arrives(shop: Any, seen_between: bool) -> None:
    shop.till.delete("PL-1")
    if seen_between:
        shop.sync()
    shop.till.add_product("Again", sku="PL-1", price=7, quantity=2)
    shop.sync()
    shop.sync()
    again = shop.store_product("PL-1")
    assert (again["name"], again["price"], shop.store.level("PL-1")) == ("Again", 7, 2)
    assert shop.decide("holds") == []


def test_a_record_the_store_no_longer_has_keeps_no_new_product_away(shop: Any) -> None:
    product = shop.store.make_product(name="Own", sku="OWN-1", price=50)
    shop.sync(full=True)
    shop.store.delete_product(product.id)
    shop.till.add_product("Brandnew", sku="OWN-1", price=3, quantity=1)
    shop.sync()
    assert shop.store_product("OWN-1")["name"] == "Brandnew"


def test_a_record_that_has_another_sku_by_now_is_nobodys_place(shop: Any) -> None:
    product = shop.store.make_product(name="Own", sku="OWN-1", price=50)
    shop.sync(full=True)
    shop.store.edit_product(product.id, sku="OWN-2", price=60)
    shop.till.add_product("Brandnew", sku="OWN-1", price=3, quantity=1)
    shop.sync(yes=True)
    assert (shop.store_product("OWN-2")["name"], shop.store_product("OWN-2")["price"]) == ("Own", 60)
    assert shop.store_product("OWN-1")["name"] == "Brandnew"


@pytest.mark.rule("S000-18")
def test_a_deleted_outlet_among_several_counts_nothing_and_stops_nobody(make_world: Callable[..., Any]) -> None:
    world = make_world(PLAIN.format(n=1), outlets=["Main Outlet", "Second"], stock_scope="combined")
    second = world.till.add_outlet("Second")
    world.till.set_level("PL-1", "Second", 10)
    world.sync()
    assert world.store.level("PL-1") == 19
    world.till.delete_outlet(second)
    world.sync()
    assert world.store.level("PL-1") == 9
