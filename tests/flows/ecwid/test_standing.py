"""Products that stood in the store before: nothing of them changes before a person says so, then the till holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.conftest import MUG, SHIRT
from tests.flows.ecwid.conftest import attribute, skus

SIZES = [{"type": "SELECT", "name": "size", "choices": [{"text": "S"}, {"text": "M"}]}]


@pytest.mark.rule("S003-03")
@pytest.mark.rule("S003-35")
def test_what_stands_in_the_store_is_linked_and_waits_until_a_person_looks(make_shop: Callable[..., Any]) -> None:
    world = make_shop(SHIRT, MUG)
    mug = world.store.make_product(name="Old mug", sku="MUG-1", price=1, quantity=3, unlimited=False, enabled=False).id
    world.store.add_image_to(mug, "https://img.example.test/old.jpg", True)
    shirt = world.store.make_product(
        name="Shirt", sku="SHIRT", price=19, options=SIZES,
        combinations=[
            {"sku": "SH-S", "quantity": 1, "unlimited": False, "options": [{"name": "size", "value": "S"}]},
            {"sku": "SH-M", "unlimited": True, "options": [{"name": "size", "value": "M"}]},
        ],
    ).id  # fmt: skip
    world.store.calls.clear()
    first = world.sync()
    assert first["entities"]["products"]["held"] > 0
    assert world.sent() == []
    world.sync(yes=True)
    old, new = world.store_product("MUG-1"), world.store_product("SH-S")
    assert (old["id"], old["name"], old["price"], old["quantity"], old["enabled"]) == (
        mug, "Mug", Decimal("9.5"), 12, False,
    )  # fmt: skip
    assert attribute(old, "UPC") == "4006381333931"
    assert world.store.image_sources(mug) == ["https://img.example.test/m.jpg"]
    assert new["id"] == shirt
    assert {one["sku"]: (one["price"], one["quantity"]) for one in new["combinations"]} == {
        "SH-S": (20, 5),
        "SH-M": (20, 7),
    }
    assert skus(world) == {"MUG-1", "SH-S", "SH-M"}
    world.store.calls.clear()
    world.sync(full=True)
    assert world.sent() == []
