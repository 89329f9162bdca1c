"""A store that fails half-way: what landed is remembered, nothing is made twice, the next run finishes the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.platform import Writer
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.platforms.bigcommerce.write import WRITERS

FRAME = """frame,Frame,<p>Oak</p>,Acme,Home,oak,true,Title,Default Title,FR-1,1,9.50,3.00,https://img.example.test/1.jpg,1,,
frame,,,,,,,,,,,,,https://img.example.test/2.jpg,2,,"""
SHIRT = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,cotton,true,Size,S,SH-S,5,20.00,8.00,,,,200
shirt,,,,,,,,M,SH-M,7,20.00,8.00,,,,200"""
PLAIN = "p{n},Plain {n},,,,,true,Title,Default Title,PL-{n},1,5.00,,,,,"


def images(world: Any, sku: str) -> list[str]:
    """Addresses of a product's images in the order they are shown."""
    product, _ = world.store.find_sku(sku)
    ordered = sorted(product.images, key=lambda image: (image["sort_order"], image["id"]))
    return [image["image_url"].rsplit("/", 1)[1] for image in ordered]


def give(world: Any, sku: str, *names: str) -> None:
    """The till's product has exactly these images."""
    world.till.edit_product(sku, images=[f"https://img.example.test/{name}" for name in names])


def test_an_image_that_was_refused_does_not_double_those_that_arrived(make_world: Callable[..., Any]) -> None:
    world = make_world(FRAME)
    world.begin()
    world.store.switches["unreachable_images"] = ["/bad.jpg"]
    give(world, "FR-1", "1.jpg", "2.jpg", "3.jpg", "bad.jpg", "4.jpg")
    assert world.sync()["entities"]["products"]["failed"] == 1
    world.store.switches["unreachable_images"] = []
    world.sync()
    assert images(world, "FR-1") == ["1.jpg", "2.jpg", "3.jpg", "bad.jpg", "4.jpg"]


class Breaking:
    """Lets writing calls of one kind through until ``left`` are done, then nobody is there."""

    def __init__(self, real: InProcessAdapter, path: str, left: int) -> None:
        self.real, self.path, self.left = real, path, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        """Pass a call on, or raise what a refused connection raises."""
        if request.method != "GET" and (request.path_url or "").partition("?")[0].endswith(self.path):
            if self.left == 0:
                raise requests.ConnectTimeout("nobody there", request=request)
            self.left -= 1
        return self.real.send(request, *rest, **kwargs)


def test_what_landed_before_the_store_went_away_counts_as_landed(make_world: Callable[..., Any]) -> None:
    world = make_world(*(PLAIN.format(n=n) for n in range(12)))
    world.begin()
    for n in range(12):
        world.till.edit_product(f"PL-{n}", price=7)
    real = world.adapters["bigcommerce"]
    world.adapters["bigcommerce"] = Breaking(real, "/v3/catalog/products", 1)
    with pytest.raises(PlatformUnreachable):
        world.sync()
    landed = "SELECT count(*) AS n FROM receipts WHERE outcome = 'ok' AND run_id = 'run-2'"
    assert world.rows(landed) == [{"n": 10}]
    world.adapters["bigcommerce"] = real
    world.sync()
    assert [world.store_product(f"PL-{n}")["price"] for n in range(12)] == [7] * 12


def test_an_image_that_arrived_before_the_store_went_away_is_not_sent_again(make_world: Callable[..., Any]) -> None:
    world = make_world(FRAME)
    world.begin()
    give(world, "FR-1", "1.jpg", "2.jpg", "3.jpg", "4.jpg")
    real = world.adapters["bigcommerce"]
    world.adapters["bigcommerce"] = Breaking(real, "/images", 1)
    with pytest.raises(PlatformUnreachable):
        world.sync()
    world.adapters["bigcommerce"] = real
    world.sync()
    assert images(world, "FR-1") == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


@pytest.mark.invariant("I-17")
def test_a_row_cut_off_after_its_first_call_is_not_told_as_never_sent(make_world: Callable[..., Any]) -> None:
    world = make_world(SHIRT)
    world.begin()
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=21, quantity=4)
    real = world.adapters["bigcommerce"]
    world.adapters["bigcommerce"] = Breaking(real, "/variants", 0)
    world.forget()
    with pytest.raises(PlatformUnreachable):
        world.sync()
    assert [path.rsplit("/", 1)[1] for _, path in world.sent()] == ["values"]
    assert world.rows("SELECT level, action, sku FROM sync.unknown") == [
        {"level": "variant", "action": "create", "sku": "SH-L"}
    ]
    world.adapters["bigcommerce"] = real
    world.sync()
    assert world.store.level("SH-L") == 4
    assert world.rows("SELECT * FROM sync.unknown") == []


def test_a_new_brand_is_not_written_again_and_again(make_world: Callable[..., Any]) -> None:
    world = make_world(PLAIN.format(n=1))
    world.begin()
    world.till.edit_product("PL-1", brand="Newcomer")
    world.sync()
    assert world.store_product("PL-1")["brand_id"]
    world.till.edit_product("PL-1", price=8)
    world.forget()
    world.sync()
    assert len(world.writes()) == 1
    assert world.rows("SELECT changes FROM plan WHERE changes ->> '$.brand.after' IS NOT NULL") == []


@pytest.mark.rule("S000-20")
def test_a_new_variant_gets_its_values_under_the_right_options(make_world: Callable[..., Any]) -> None:
    world = make_world(PLAIN.format(n=1))
    pairs = (("Colour", "Red"), ("Size", "S"))
    values = [{"option_display_name": name, "label": label} for name, label in pairs]
    world.store.make_product(name="Scarf", price=20, variants=[{"sku": "SC-1", "price": 20, "option_values": values}])
    variants = [{"values": ("S", "Red"), "sku": "SC-1", "price": 20}]
    world.till.add_product("Scarf", options=("Size", "Colour"), variants=variants)
    world.sync(yes=True)
    world.till.add_variant("SC-1", ["M", "Blue"], sku="SC-2", price=21)
    world.sync(yes=True)
    made = world.store.variant_by_sku("SC-2")["option_values"]
    assert {value["option_display_name"]: value["label"] for value in made} == {"Colour": "Blue", "Size": "M"}


@pytest.mark.rule("S000-20")
@pytest.mark.invariant("I-7")
def test_a_variant_does_not_get_the_value_of_another_when_the_store_said_it_made_its_own_and_did_not(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(SHIRT)
    world.begin()
    for label in ("L", "XL", "XXL"):
        world.till.add_variant("SH-S", [label], sku=f"SH-{label}", price=21, quantity=4)
    world.store.faults.script("F23", method="POST", path="/values", skip=1)
    assert world.sync()["entities"]["products"]["failed"] == 1
    world.sync()
    made = {sku: world.store.variant_by_sku(sku)["option_values"][0]["label"] for sku in ("SH-L", "SH-XL", "SH-XXL")}
    assert made == {"SH-L": "L", "SH-XL": "XL", "SH-XXL": "XXL"}
    world.forget()
    assert (world.sync(full=True)["verdict"], world.sent()) == ("empty", [])


@pytest.mark.invariant("I-17")
def test_an_error_of_our_own_before_anything_was_sent_leaves_nothing_unknown(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(FRAME)
    world.begin()
    world.till.edit_product("FR-1", price=11)

    def broken(*_: Any) -> Any:
        raise IndexError

    with monkeypatch.context() as wrong:
        wrong.setitem(WRITERS, ("variant", "update"), Writer(broken))
        with pytest.raises(IndexError):
            world.sync()
    world.sync()
    assert world.store_product("FR-1")["price"] == 11
    came = (
        "SELECT outcome, run_id FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n WHERE level = 'variant'"
    )
    outcomes = [(row["run_id"], row["outcome"]) for row in world.rows(f"{came} AND action = 'update' ORDER BY n")]
    assert outcomes == [("run-2", "not_sent"), ("run-3", "ok")]
