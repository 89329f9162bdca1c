"""Products that change SKUs or names at the till get each other's in the store, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import World
from tests.flows.moments import crossed
from tests.flows.test_killed import killed

STORES = {"bigcommerce": "lightspeed_x__bigcommerce", "ecwid": "lightspeed_x__ecwid"}
ITEM = "{name},{name},<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,{name},12,9.50,3.00,,,,350"
SIZES = """SHIRT,SHIRT,<p>Cotton</p>,Acme,Shirts,blue,true,Size,S,SH-S,5,20.00,8.00,,,,200
SHIRT,,,,,,,,M,SH-M,7,20.00,8.00,,,,200"""


@pytest.fixture(params=list(STORES))
def world(request: pytest.FixtureRequest, make_world: Callable[..., World]) -> World:
    """A shirt in two sizes and four simple products, after the first run."""
    names = ("ONE", "TWO", "THREE", "FOUR")
    made = make_world(SIZES, *(ITEM.format(name=name) for name in names), connection=STORES[request.param])
    made.begin()
    return made


def relabel(world: World, **wanted: str) -> None:
    """Give products of the till these SKUs, by way of others: no two have the same at any moment."""
    keys = {old: world.till.product(old.replace("_", "-")).id for old in wanted}
    for key in keys.values():
        world.till.edit_product(key, sku=f"way-{key[:8]}")
    for old, new in wanted.items():
        world.till.edit_product(keys[old], sku=new)


def skus(world: World) -> dict[str, str]:
    """By the store's own id of a record the SKU it has."""
    if world.name.endswith("ecwid"):
        found = map(world.store.product_record, world.store.shelves.products.values())
        records = [one for product in found for one in product["combinations"] or [product]]
    else:
        records = [variant for one in world.get("/v3/catalog/products?include=variants") for variant in one["variants"]]
    return {str(one["id"]): one["sku"] for one in records}


def price(world: World, sku: str) -> Any:
    """What the store asks for a SKU."""
    product = world.store_product(sku)
    parts = [*(product.get("combinations") or []), *(one for one in product.get("variants", []) if one["sku_id"])]
    return next((one for one in parts if one["sku"] == sku), product)["price"]


def moved(before: dict[str, str], **wanted: str) -> dict[str, str]:
    """The SKUs of before with these given anew."""
    news = {old.replace("_", "-"): new for old, new in wanted.items()}
    return {key: news.get(sku, sku) for key, sku in before.items()}


SWAPS: dict[str, dict[str, str]] = {
    "two": {"ONE": "TWO", "TWO": "ONE"},
    "two more": {"THREE": "FOUR", "FOUR": "THREE"},
    "three": {"FIVE": "SIX", "SIX": "SEVEN", "SEVEN": "FIVE"},
    "variants": {"SH_S": "SH-M", "SH_M": "SH-S"},
    "across": {"VEST_S": "EIGHT", "EIGHT": "VEST-S"},
    "queue": {"NINE": "TEN", "TEN": "ELEVEN", "ELEVEN": "NEW"},
}


@pytest.mark.rule("S000-11", "S003-10")
@pytest.mark.parametrize("store", STORES)
def test_products_that_change_places_arrive_in_one_run_with_all_that_changed(
    make_world: Callable[..., World], store: str
) -> None:
    names = {old for circle in SWAPS.values() for old in circle if "_" not in old}
    vest = SIZES.replace("SHIRT", "VEST").replace("SH-", "VEST-")
    world = make_world(SIZES, vest, *(ITEM.format(name=name) for name in sorted(names)), connection=STORES[store])
    world.begin()
    before = skus(world)
    wanted = {old: new for circle in SWAPS.values() for old, new in circle.items()}
    relabel(world, **wanted)
    dear = [next(iter(circle.values())) for circle in SWAPS.values()]
    for sku in dear:
        world.till.edit_product(sku, price=7)
    summary = world.sync()
    assert summary["entities"]["products"]["failed"] == 0
    assert skus(world) == moved(before, **wanted)
    assert {price(world, sku) for sku in dear} == {7}
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def test_a_swap_costs_one_call_more_than_its_products(world: World) -> None:
    relabel(world, ONE="TWO", TWO="ONE")
    world.forget()
    summary = world.sync()
    assert len(world.sent()) == 3
    assert summary["api"][world.name.partition("__")[2]]["writes"] == 3


@pytest.mark.rule("S000-11")
def test_what_else_changed_of_a_product_does_not_wait_for_a_sku_that_somebody_holds(world: World) -> None:
    before = skus(world)
    world.store.make_product(name="Theirs", sku="HELD", price=1)
    relabel(world, ONE="TWO", TWO="HELD")
    for sku in ("TWO", "HELD"):
        world.till.edit_product(sku, price=7)
    for _ in range(2):
        summary = world.sync()
        assert summary["entities"]["products"]["failed"] == 2
        assert {key: sku for key, sku in skus(world).items() if key in before} == before
    assert [price(world, sku) for sku in ("ONE", "TWO")] == [7, 7]
    told = "SELECT message FROM receipts WHERE run_id = 'run-2' AND sku = 'TWO'"
    assert "sku TWO is still that of HELD" in world.rows(told)[0]["message"]


@pytest.mark.rule("S000-12")
def test_names_that_change_places_arrive_in_one_run_with_all_that_changed(make_world: Callable[..., World]) -> None:
    world = make_world(*(ITEM.format(name=name) for name in ("ONE", "TWO", "THREE")))
    world.begin()
    for sku, name in (("ONE", "way 1"), ("TWO", "THREE 2"), ("THREE", "ONE"), ("ONE", "TWO"), ("TWO", "THREE")):
        world.till.edit_product(sku, name=name)
    world.till.edit_product("ONE", description="<p>New</p>")
    assert world.sync()["entities"]["products"]["failed"] == 0
    assert [world.store_product(sku)["name"] for sku in ("ONE", "TWO", "THREE")] == ["TWO", "THREE", "ONE"]
    assert world.store_product("ONE")["description"] == "<p>New</p>"


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize(
    ("world", "moment"),
    crossed(list(STORES), [(1, True), (2, False), (2, True), (3, True)]),
    ids=lambda one: one if isinstance(one, str) else f"{'after' if one[1] else 'before'} {one[0]}",
    indirect=["world"],
)
def test_a_swap_that_was_cut_off_is_ended_by_the_next_run_and_no_passing_sku_stays(
    world: World, tmp_path: Path, moment: tuple[int, bool]
) -> None:
    at, after = moment
    before = skus(world)
    relabel(world, ONE="TWO", TWO="ONE")
    assert killed(world, at, after, tmp_path, world.name.partition("__")[2])
    world.sync()
    assert skus(world) == moved(before, ONE="TWO", TWO="ONE")
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
    assert world.rows("SELECT * FROM sync.unknown") == []
    ways = [one for one in journal(world) if one.get("by_way_of")]
    assert {one["by_way_of"].partition("~")[0] for one in ways} <= {"ONE", "TWO"}
    assert ways


def journal(world: World) -> list[dict[str, Any]]:
    """Every intent of the merchant."""
    import json

    lines = (world.home / "shop" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if '"intent"' in line]
