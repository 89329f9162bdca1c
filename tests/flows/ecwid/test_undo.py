"""A run taken back in an eCom store: fields, images, levels and what was deleted; what cannot go back is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import CAP, MUG, SHIRT
from tests.flows.ecwid.conftest import attribute, paths, skus


def shown(world: Any, sku: str) -> dict[str, Any]:
    """What a shopper sees of a SKU's product."""
    found = world.store_product(sku)
    variations = sorted((one["sku"], one.get("price"), one.get("quantity")) for one in found["combinations"])
    names = ("name", "price", "description", "enabled", "quantity", "weight")
    kinds = [attribute(found, kind) for kind in ("BRAND", "UPC")]
    pictures = world.store.image_sources(found["id"])
    return {name: found.get(name) for name in names} | {"rest": (kinds, paths(world, found), pictures, variations)}


@pytest.mark.invariant("I-25")
def test_a_run_is_taken_back_and_a_variant_the_store_cannot_hide_is_left_and_named(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(SHIRT, MUG, CAP)
    world.begin()
    before = {sku: shown(world, sku) for sku in ("MUG-1", "SH-S", "CAP-1")}
    world.till.edit_product("MUG-1", name="Beaker", brand="Other", price=8, images=["https://img.example.test/b.jpg"])
    world.till.edit_product("SH-S", category="Tops")
    world.till.set_level("SH-M", "Main Outlet", 1)
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=21, quantity=4)
    world.till.delete("CAP-1")
    world.sync()
    assert skus(world) == {"MUG-1", "SH-S", "SH-M", "SH-L"}

    summary = world.sync(undo="run-2", yes=True)
    assert summary["entities"]["products"]["failed"] == 0
    left = world.rows("SELECT sku, reason FROM plan WHERE state <> 'planned'")
    assert [(row["sku"], "whole products alone" in row["reason"]) for row in left] == [("SH-L", True)]
    after = {sku: shown(world, sku) for sku in ("MUG-1", "SH-S", "CAP-1")}
    *_, there = after["SH-S"]["rest"]
    there.remove(("SH-L", 21, 4))
    assert after == before
