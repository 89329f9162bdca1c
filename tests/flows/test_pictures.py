"""Pictures of variants, and pictures the till takes away (S000-11, S000-17, S000-32, S000-33)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

IMG = "https://img.example.test/"
MUG = f"mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,{IMG}m.jpg,1,,350"


def shirt(world: Any, **more: Any) -> None:
    """A shirt in two sizes: S has a picture of its own, M the product's first one."""
    variants = [
        {"values": ("S",), "sku": "SH-S", "price": 20, "quantity": 5, "image": f"{IMG}s.jpg"},
        {"values": ("M",), "sku": "SH-M", "price": 20, "quantity": 7, "image": f"{IMG}front.jpg"},
    ]
    images = [f"{IMG}front.jpg", f"{IMG}back.jpg"]
    world.till.add_product("Shirt", options=("Size",), variants=variants, images=images, **more)


def shown(world: Any, *skus: str) -> list[str]:
    """The file each variant's own picture came from; '' for none."""
    return [world.store.variant_image(sku).rpartition("/")[2] for sku in skus]


def gallery(world: Any, sku: str) -> list[str]:
    """Files of a product's images in the order they are shown."""
    product, _ = world.store.find_sku(sku)
    ordered = sorted(product.images, key=lambda image: (image["sort_order"], image["id"]))
    return [image["image_url"].rsplit("/", 1)[1] for image in ordered]


@pytest.mark.rule("S000-17")
def test_a_variant_shows_its_own_picture_and_is_sent_it_once(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    shirt(world)
    world.sync()
    assert shown(world, "SH-S", "SH-M") == ["s.jpg", ""]
    assert gallery(world, "SH-S") == ["front.jpg", "back.jpg", "s.jpg"]
    address = world.store.variant_by_sku("SH-S")["image_url"]
    assert address
    assert IMG not in address
    world.forget()
    world.sync(full=True)
    assert world.writes() == []
    world.till.edit_product("SH-S", price=21)
    world.sync()
    assert [path for _, path in world.sent() if "image" in path] == []


@pytest.mark.rule("S000-17")
@pytest.mark.rule("S000-11")
def test_a_changed_picture_of_a_variant_takes_the_place_of_the_old_one(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    shirt(world)
    world.sync()
    world.till.edit_product("SH-S", own_images=[f"{IMG}s2.jpg"])
    world.sync()
    assert shown(world, "SH-S", "SH-M") == ["s2.jpg", ""]
    row = world.rows("SELECT changes -> 'image' AS image, rule FROM plan WHERE level = 'variant' AND sku = 'SH-S'")
    assert row == [{"image": f'{{"before":"{IMG}s.jpg","after":"{IMG}s2.jpg"}}', "rule": "S000-17 S000-32 S000-33"}]
    said = "SELECT decision, source_value FROM field_decisions WHERE entity = 'variants' AND field = 'image'"
    assert {"decision": "synced", "source_value": f"{IMG}s2.jpg"} in world.rows(said)


@pytest.mark.rule("S000-17")
@pytest.mark.rule("S000-11")
def test_a_picture_of_a_variant_that_the_till_took_away_is_taken_away(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    shirt(world)
    world.sync()
    world.till.edit_product("SH-S", own_images=[])
    world.sync()
    assert shown(world, "SH-S") == [""]
    world.forget()
    world.sync(full=True)
    assert world.writes() == []


@pytest.mark.rule("S000-17")
def test_a_picture_the_merchant_gave_a_variant_stays_while_the_till_has_none(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    shirt(world)
    world.sync()
    world.store.edit_variant(world.store.variant_by_sku("SH-M")["id"], image_url=f"{IMG}theirs.jpg")
    world.till.edit_product("SH-M", price=23)
    world.sync(full=True)
    assert shown(world, "SH-M") == ["theirs.jpg"]


@pytest.mark.rule("S000-17")
@pytest.mark.rule("S000-20")
def test_a_variant_added_later_shows_its_own_picture(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    shirt(world)
    world.sync()
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=21, quantity=4, image=f"{IMG}l.jpg")
    world.till.add_variant("SH-S", ["XL"], sku="SH-XL", price=21, quantity=4, image=f"{IMG}xl.jpg")
    world.sync()
    assert shown(world, "SH-L", "SH-XL", "SH-S") == ["l.jpg", "xl.jpg", "s.jpg"]
    world.forget()
    world.sync(full=True)
    assert world.writes() == []


def test_a_picture_the_store_cannot_fetch_keeps_no_price_back(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    shirt(world)
    world.sync()
    world.store.switches["unreachable_images"] = ["/bad.jpg"]
    world.till.edit_product("SH-S", own_images=[f"{IMG}bad.jpg"], price=25)
    assert world.sync()["entities"]["products"]["failed"] >= 1
    assert world.store.variant_by_sku("SH-S")["price"] == 25
    world.store.switches["unreachable_images"] = []
    world.sync()
    assert shown(world, "SH-S") == ["bad.jpg"]


@pytest.mark.rule("S000-32")
@pytest.mark.rule("S000-33")
@pytest.mark.parametrize(("connected_on", "picture"), [("2021-05-20", "s.jpg"), ("2021-05-19", "")])
def test_pictures_of_variants_are_managed_from_the_connection_date_on(
    make_world: Callable[..., Any], connected_on: str, picture: str
) -> None:
    world = make_world(MUG, connected_on=connected_on)
    shirt(world)
    world.sync()
    assert shown(world, "SH-S") == [picture]


@pytest.mark.rule("S000-11")
@pytest.mark.rule("S000-17")
@pytest.mark.parametrize("on_blank", ["skip", "overwrite"])
def test_the_last_image_the_till_took_away_goes_and_the_merchants_own_stays(
    make_world: Callable[..., Any], on_blank: str
) -> None:
    world = make_world(MUG, on_blank=on_blank)
    world.begin()
    world.store.add_image_to(world.store_product("MUG-1")["id"], f"{IMG}theirs.jpg", sort_order=5)
    world.till.edit_product("MUG-1", images=[])
    world.sync()
    assert gallery(world, "MUG-1") == ["theirs.jpg"]
    world.forget()
    world.sync(full=True)
    assert world.writes() == []


@pytest.mark.rule("S000-17")
@pytest.mark.parametrize("on_blank", ["skip", "overwrite"])
def test_a_till_without_images_takes_none_of_the_stores(make_world: Callable[..., Any], on_blank: str) -> None:
    world = make_world("cap,Cap,,,,,true,Title,Default Title,CAP-1,1,5,,,,,", on_blank=on_blank)
    product = world.store.make_product(name="Cap", sku="CAP-1", price=4)
    world.store.add_image_to(product.id, f"{IMG}theirs.jpg")
    world.sync(yes=True)
    assert gallery(world, "CAP-1") == ["theirs.jpg"]
