"""Pictures of variants, and pictures the till takes away (S000-11, S000-17, S000-32, S000-33)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import MUG, World
from tests.flows.stories import Stories, Story, Told

IMG = "https://img.example.test/"
CAP = "cap,Cap,,,,,true,Title,Default Title,CAP-1,1,5,,,,,"
stories = Stories()


def shirt(world: Any, sku: str = "SH") -> None:
    """A shirt in two sizes: S has a picture of its own, M the product's first one."""
    variants = [
        {"values": ("S",), "sku": f"{sku}-S", "price": 20, "quantity": 5, "image": f"{IMG}s.jpg"},
        {"values": ("M",), "sku": f"{sku}-M", "price": 20, "quantity": 7, "image": f"{IMG}front.jpg"},
    ]
    images = [f"{IMG}front.jpg", f"{IMG}back.jpg"]
    world.till.add_product(f"Shirt {sku}", options=("Size",), variants=variants, images=images)


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., World]) -> Told:
    """A shop with a shirt for every story after its first run, and what became of them in the next two."""

    def opened() -> World:
        world = make_lasting(MUG)
        for sku in ("OWN", "NEW", "NONE", "THEIRS", "MORE", "BAD", "LATE", "SAID"):
            shirt(world, sku)
        world.begin()
        world.forget()
        return world

    return stories.told(opened, [{}, {"full": True}])


def shown(world: Any, *skus: str) -> list[str]:
    """The file each variant's own picture came from; '' for none."""
    return [world.store.variant_image(sku).rpartition("/")[2] for sku in skus]


def gallery(world: Any, sku: str) -> list[str]:
    """Files of a product's images in the order they are shown."""
    product, _ = world.store.find_sku(sku)
    ordered = sorted(product.images, key=lambda image: (image["sort_order"], image["id"]))
    return [image["image_url"].rsplit("/", 1)[1] for image in ordered]


def as_it_is(world: Any, sku: str) -> Any:
    """A product with its variants and images; a picture that is sent again has another id."""
    number = world.store_product(sku)["id"]
    (whole,) = world.get(f"/v3/catalog/products?id={number}&include=variants,images")
    return whole["images"], [(one["sku"], one["image_url"]) for one in whole["variants"]]


@pytest.mark.rule("S000-17")
@stories.story
def test_a_variant_shows_its_own_picture_and_is_sent_it_once(world: Any) -> Story:
    assert shown(world, "OWN-S", "OWN-M") == ["s.jpg", ""]
    assert gallery(world, "OWN-S") == ["front.jpg", "back.jpg", "s.jpg"]
    address = world.store.variant_by_sku("OWN-S")["image_url"]
    assert address
    assert IMG not in address
    before = as_it_is(world, "OWN-S")
    world.till.edit_product("OWN-S", price=21)
    for _ in range(2):
        yield
        assert as_it_is(world, "OWN-S") == before
    product = f"/products/{world.store_product('OWN-S')['id']}/"
    assert [path for _, path in world.sent() if "image" in path and product in path] == []


@pytest.mark.rule("S000-17")
@pytest.mark.rule("S000-11")
@stories.story
def test_a_changed_picture_of_a_variant_takes_the_place_of_the_old_one(world: Any) -> Story:
    world.till.edit_product("NEW-S", own_images=[f"{IMG}s2.jpg"])
    yield
    assert shown(world, "NEW-S", "NEW-M") == ["s2.jpg", ""]
    row = world.rows("SELECT changes -> 'image' AS image, rule FROM plan WHERE level = 'variant' AND sku = 'NEW-S'")
    assert row == [{"image": f'{{"before":"{IMG}s.jpg","after":"{IMG}s2.jpg"}}', "rule": "S000-17 S000-32 S000-33"}]
    said = "SELECT decision, source_value FROM field_decisions WHERE entity = 'variants' AND field = 'image'"
    assert {"decision": "synced", "source_value": f"{IMG}s2.jpg"} in world.rows(said)


@pytest.mark.rule("S000-17")
@pytest.mark.rule("S000-11")
@stories.story
def test_a_picture_of_a_variant_that_the_till_took_away_is_taken_away(world: Any) -> Story:
    world.till.edit_product("NONE-S", own_images=[])
    yield
    assert shown(world, "NONE-S") == [""]
    before = as_it_is(world, "NONE-S")
    yield
    assert as_it_is(world, "NONE-S") == before


@pytest.mark.rule("S000-17")
@stories.story
def test_a_picture_the_merchant_gave_a_variant_stays_while_the_till_has_none(world: Any) -> Story:
    yield
    world.store.edit_variant(world.store.variant_by_sku("THEIRS-M")["id"], image_url=f"{IMG}theirs.jpg")
    world.till.edit_product("THEIRS-M", price=23)
    yield
    assert world.store.variant_by_sku("THEIRS-M")["price"] == 23
    assert shown(world, "THEIRS-M") == ["theirs.jpg"]


@pytest.mark.rule("S000-17")
@stories.story
def test_a_picture_the_store_would_not_let_go_is_taken_away_by_the_next_run(world: Any) -> Story:
    product = f"/products/{world.store_product('LATE-S')['id']}/"
    world.till.edit_product("LATE-S", images=[f"{IMG}side.jpg"], own_images=[])
    world.store.faults.script("F11", method="DELETE", path=product)
    yield
    assert sorted(gallery(world, "LATE-S")) == ["front.jpg", "front.jpg", "side.jpg"]
    yield
    assert gallery(world, "LATE-S") == ["side.jpg", "front.jpg"]


@pytest.mark.rule("S000-17")
@stories.story
def test_a_picture_the_store_said_it_took_away_and_did_not_is_taken_away_by_the_next_run(world: Any) -> Story:
    world.till.edit_product("SAID-S", images=[f"{IMG}front.jpg"])
    world.store.faults.script("F23", method="DELETE", path=f"/products/{world.store_product('SAID-S')['id']}/")
    yield
    assert sorted(gallery(world, "SAID-S")) == ["back.jpg", "front.jpg", "s.jpg"]
    rows = world.rows("SELECT reason FROM end_states WHERE state = 'failed' AND sku = 'SAID-S'")
    assert [("still shows it" in row["reason"]) for row in rows] == [True]
    yield
    assert gallery(world, "SAID-S") == ["front.jpg", "s.jpg"]


@pytest.mark.rule("S000-17")
@pytest.mark.rule("S000-20")
@stories.story
def test_a_variant_added_later_shows_its_own_picture(world: Any) -> Story:
    world.till.add_variant("MORE-S", ["L"], sku="MORE-L", price=21, quantity=4, image=f"{IMG}l.jpg")
    world.till.add_variant("MORE-S", ["XL"], sku="MORE-XL", price=21, quantity=4, image=f"{IMG}xl.jpg")
    yield
    assert shown(world, "MORE-L", "MORE-XL", "MORE-S") == ["l.jpg", "xl.jpg", "s.jpg"]
    before = as_it_is(world, "MORE-S")
    yield
    assert as_it_is(world, "MORE-S") == before


@stories.story
def test_a_picture_the_store_cannot_fetch_keeps_no_price_back(world: Any) -> Story:
    world.store.switches["unreachable_images"] = ["/bad.jpg"]
    world.till.edit_product("BAD-S", own_images=[f"{IMG}bad.jpg"], price=25)
    summary = yield
    assert summary["entities"]["products"]["failed"] >= 1
    assert world.store.variant_by_sku("BAD-S")["price"] == 25
    world.store.switches["unreachable_images"] = []
    yield
    assert shown(world, "BAD-S") == ["bad.jpg"]


@pytest.mark.rule("S000-32")
@pytest.mark.rule("S000-33")
@pytest.mark.rule("S000-17")
@pytest.mark.parametrize(
    ("connected_on", "images", "own"), [("2021-05-20", 1, "s.jpg"), ("2021-05-19", 0, "")], ids=["on", "before"]
)
def test_pictures_are_managed_from_the_connection_date_on(
    make_world: Callable[..., Any], connected_on: str, images: int, own: str
) -> None:
    world = make_world(MUG, connected_on=connected_on)
    shirt(world)
    world.sync()
    assert shown(world, "SH-S") == [own]
    assert len(world.store_product("MUG-1")["images"]) == images
    world.till.add_image("MUG-1", f"{IMG}m2.jpg")
    world.forget()
    world.sync()
    assert len(world.store_product("MUG-1")["images"]) == images * 2
    assert len([path for _, path in world.sent() if path.endswith("/images")]) == images


@pytest.mark.rule("S000-11")
@pytest.mark.rule("S000-17")
@pytest.mark.parametrize("on_blank", ["skip", "overwrite"])
def test_the_last_image_the_till_took_away_goes_and_the_merchants_own_stays(
    make_world: Callable[..., Any], on_blank: str
) -> None:
    """Whether the till once had one (the mug) or never (the cap)."""
    world = make_world(MUG, CAP, on_blank=on_blank)
    cap = world.store.make_product(name="Cap", sku="CAP-1", price=4)
    world.store.add_image_to(cap.id, f"{IMG}theirs.jpg")
    world.sync(yes=True)
    assert gallery(world, "CAP-1") == ["theirs.jpg"]
    world.store.add_image_to(world.store_product("MUG-1")["id"], f"{IMG}theirs.jpg", sort_order=5)
    world.till.edit_product("MUG-1", images=[])
    world.sync()
    assert gallery(world, "MUG-1") == ["theirs.jpg"]
    world.forget()
    world.sync(full=True)
    assert world.writes() == []
    assert gallery(world, "CAP-1") == ["theirs.jpg"]


@pytest.mark.rule("S000-17")
@pytest.mark.invariant("I-7")
@pytest.mark.parametrize(
    "order", [(1, 3, 2), (3, 1, 2), (1, 4, 2, 3)], ids=["moved", "a new first one", "added between"]
)
def test_an_order_of_pictures_the_store_said_it_took_and_did_not_is_put_right_by_the_next_run(
    make_world: Callable[..., Any], order: tuple[int, ...]
) -> None:
    world = make_world(MUG)
    world.till.edit_product("MUG-1", images=[f"{IMG}{n}.jpg" for n in (1, 2, 3)])
    world.begin()
    number = world.store_product("MUG-1")["id"]
    world.store.add_image_to(number, f"{IMG}theirs.jpg", sort_order=9)
    world.till.edit_product("MUG-1", images=[f"{IMG}{n}.jpg" for n in order])
    world.store.faults.script("F23", method="PUT", path=f"/products/{number}/images/")
    world.sync()
    assert world.store.faults.shown == {"F23": 1}
    world.sync()
    assert gallery(world, "MUG-1") == [*(f"{n}.jpg" for n in order), "theirs.jpg"]
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
