"""Which key links two records is the mapping's word: the first one links, later ones propose, others do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,4006381333931,350"
CUP = "cup,Cup,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,CUP-1,12,9.50,3.00,,,,350"
BARCODE = "4006381333931"


def standing(world: Any) -> dict[str, tuple[str, str | None]]:
    """SKU → state of its link, and the key."""
    rows = world.rows("SELECT sku, state, match_key FROM variants_link")
    return {row["sku"]: (row["state"], row["match_key"]) for row in rows}


@pytest.mark.parametrize(
    ("match", "theirs", "expected"),
    [
        (["sku", "upc", "name"], {"sku": "OTHER", "upc": BARCODE}, ("proposed", "upc")),
        (["sku", "name"], {"sku": "OTHER", "upc": BARCODE}, ("linked", "created")),
        (["sku", "name"], {"sku": "OTHER", "name": "mug "}, ("proposed", "name")),
        (["sku", "upc", "name"], {"sku": "OTHER", "name": "Mug", "upc": BARCODE}, ("proposed", "upc")),
        (["sku", "name", "upc"], {"sku": "OTHER", "name": "Mug", "upc": BARCODE}, ("proposed", "name")),
        (["upc", "sku"], {"sku": "OTHER", "upc": BARCODE}, ("linked", "upc")),
        (["upc", "sku"], {"sku": "MUG-1"}, ("proposed", "sku")),
        (["upc"], {"sku": "MUG-1"}, ("none", None)),
        (["name", "sku"], {"sku": "OTHER", "name": "mug"}, ("linked", "name")),
        (["name", "sku"], {"sku": "MUG-1"}, ("proposed", "sku")),
    ],
)
@pytest.mark.rule("S000-10")
def test_a_record_is_taken_for_another_only_by_the_keys_that_were_chosen(
    make_world: Callable[..., Any], match: list[str], theirs: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    world = make_world(MUG)
    world.match = match
    world.store.make_product(**{"name": "Theirs", "price": 1, **theirs})
    world.sync()
    assert standing(world) == {"MUG-1": expected}
    assert len(world.store.store.products) == (2 if expected[1] == "created" else 1)


def test_what_lacks_the_first_key_is_listed_and_never_created(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CUP)
    world.match = ["upc"]
    world.sync()
    assert standing(world) == {"MUG-1": ("linked", "created"), "CUP-1": ("conflict", None)}
    reason = world.rows("SELECT reason FROM variants_link WHERE sku = 'CUP-1'")
    assert reason == [{"reason": "it has no barcode to be found by"}]
    assert len(world.store.store.products) == 1


def test_a_record_the_store_got_since_the_last_full_read_is_found_by_its_barcode(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(CUP)
    world.match = ["upc", "sku"]
    world.till.edit_product("CUP-1", barcode="036000291452")
    world.sync()
    world.store.make_product(name="Theirs", sku="OTHER", price=1, upc=BARCODE)
    world.till.add_product("Mug", sku="MUG-1", price=9, barcode=BARCODE)
    world.sync()
    assert standing(world)["MUG-1"] == ("linked", "upc")
    assert len(world.store.store.products) == 2
