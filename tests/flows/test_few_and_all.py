"""A run that looks at a few products plans for them exactly what a run that looks at all of them plans."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.stages import link

FAMILY = """f{n},Family {n},<p>Cotton</p>,Acme,Shirts,"blue, cotton",true,Size,S,F{n}-S,5,20.00,8.00,https://img.example.test/{n}.jpg,1,,200
f{n},,,,,,,,M,F{n}-M,7,20.00,8.00,https://img.example.test/{n}-m.jpg,2,,200"""
PLAIN = "p{n},Plain {n},<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,P{n},9,5.00,2.00,https://img.example.test/p{n}.jpg,1,,"


def rows(families: int, plains: int) -> list[str]:
    """A catalogue of families of two SKUs (F0-S, F0-M, …) and products without options (P0, …)."""
    return [*(FAMILY.format(n=n) for n in range(families)), *(PLAIN.format(n=n) for n in range(plains))]


SKUS = [*(f"F{n}-{size}" for n in range(2) for size in "SM"), *(f"P{n}" for n in range(8))]

Edit = Callable[[Any, str], object]
AT_THE_TILL: dict[str, Edit] = {
    "price": lambda world, sku: world.till.edit_product(sku, price=7),
    "name": lambda world, sku: world.till.edit_product(sku, name=f"Renamed {sku}"),
    "brand": lambda world, sku: world.till.edit_product(sku, brand="Newcomer"),
    "images": lambda world, sku: world.till.edit_product(sku, images=["https://img.example.test/new.jpg"]),
    "no image": lambda world, sku: world.till.edit_product(sku, images=[]),
    "sku": lambda world, sku: world.till.edit_product(sku, sku=f"{sku}-NEW"),
    "no more counted": lambda world, sku: world.till.edit_product(sku, tracked=False),
    "sold": lambda world, sku: world.till.sell(sku, 2),
    "sold out": lambda world, sku: world.till.set_level(sku, "Main Outlet", 0),
    "received": lambda world, sku: world.till.set_level(sku, "Main Outlet", 40),
    "no more sold": lambda world, sku: world.till.deactivate(sku),
    "deleted": lambda world, sku: world.till.delete(sku),
    "a new one": lambda world, sku: world.till.add_product(f"New {sku}", sku=f"{sku}-2", price=3, quantity=1),
    "the same SKU": lambda world, sku: world.till.add_product(f"Twin {sku}", sku=f"{sku.lower()}", price=3),
}
IN_THE_STORE: dict[str, Edit] = {
    "store price": lambda world, sku: world.store.edit_variant(world.store.variant_by_sku(sku)["id"], price=99),
    "store name": lambda world, sku: world.store.edit_product(world.store_product(sku)["id"], name=f"Theirs {sku}"),
    "hidden": lambda world, sku: world.store.edit_product(world.store_product(sku)["id"], is_visible=False),
    "store level": lambda world, sku: world.store.set_level(sku, 77),
}
EDITS = AT_THE_TILL | IN_THE_STORE


def planned(world: Any, **asked: Any) -> list[dict[str, Any]]:
    """The plan of a run that writes nothing."""
    world.sync(write=False, **asked)
    rows: list[dict[str, Any]] = world.rows("SELECT * EXCLUDE (seq) FROM plan ORDER BY seq")
    return rows


def agree(world: Any, full: bool) -> None:
    """What is planned looking at few is planned looking at all; written, nothing is left to do."""
    few = planned(world, full=full)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(link, "_FEW", "SELECT false")
        assert planned(world, full=full) == few
    world.sync(full=True, yes=True)
    assert [row for row in planned(world, full=True) if row["state"] == "planned"] == []


@pytest.mark.invariant("I-8")
def test_every_change_at_once_is_planned_among_many_as_among_all(make_world: Callable[..., Any]) -> None:
    count = len(EDITS)
    world = make_world(*rows(count, count * 4))
    world.sync()
    for n, name in enumerate(sorted(EDITS)):
        EDITS[name](world, f"F{n}-M")
        EDITS[name](world, f"P{n}")
    agree(world, full=False)


@pytest.mark.invariant("I-8")
@settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    edits=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from(SKUS)), min_size=1, max_size=4),
    full=st.booleans(),
)
def test_few_products_are_planned_as_all_are(
    make_world: Callable[..., Any], edits: list[tuple[str, str]], full: bool
) -> None:
    world = make_world(*rows(2, 8))
    world.begin()
    for name, sku in edits:
        with contextlib.suppress(LookupError):
            EDITS[name](world, sku)
    agree(world, full)


def test_what_a_run_was_not_about_is_not_taken_for_done(world: Any) -> None:
    world.begin()
    world.till.set_level("MUG-1", "Main Outlet", 5)
    world.till.edit_product("MUG-1", name="Beaker")
    world.sync(only=("orders",), type_field="Kind")
    world.sync(only=("products",), type_field="Kind")
    assert (world.store_product("MUG-1")["name"], world.store.level("MUG-1")) == ("Beaker", 12)
    world.sync(type_field="Kind")
    product = world.store_product("MUG-1")
    assert (product["name"], world.store.level("MUG-1")) == ("Beaker", 5)
    assert "Kind" in str(world.get(f"/v3/catalog/products/{product['id']}/custom-fields"))
