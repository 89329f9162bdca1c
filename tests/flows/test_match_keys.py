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


BARCODES = (BARCODE, "5901234123457")
OTHER = {"sku": "OTHER-{n}"}
CASES: dict[tuple[str, ...], list[tuple[dict[str, str], tuple[str, str | None]]]] = {
    ("sku", "upc", "name"): [
        ({**OTHER, "upc": "{barcode}"}, ("proposed", "upc")),
        ({**OTHER, "name": "Mug {n}", "upc": "{barcode}"}, ("proposed", "upc")),
    ],
    ("sku", "name"): [
        ({**OTHER, "upc": "{barcode}"}, ("linked", "created")),
        ({**OTHER, "name": "mug {n} "}, ("proposed", "name")),
    ],
    ("sku", "name", "upc"): [({**OTHER, "name": "Mug {n}", "upc": "{barcode}"}, ("proposed", "name"))],
    ("upc", "sku"): [
        ({**OTHER, "upc": "{barcode}"}, ("linked", "upc")),
        ({"sku": "MUG-{n}"}, ("proposed", "sku")),
    ],
    ("upc",): [({"sku": "MUG-{n}"}, ("none", None))],
    ("name", "sku"): [
        ({**OTHER, "name": "mug {n}"}, ("linked", "name")),
        ({"sku": "MUG-{n}"}, ("proposed", "sku")),
    ],
}
"""Keys of a mapping → products of the store, each with what becomes of the till's mug of the same number."""


@pytest.mark.parametrize("match", CASES, ids=" ".join)
@pytest.mark.rule("S000-10")
def test_a_record_is_taken_for_another_only_by_the_keys_that_were_chosen(
    make_world: Callable[..., Any], match: tuple[str, ...]
) -> None:
    cases = CASES[match]
    numbers = range(len(cases))
    world = make_world(*(
        MUG.replace("mug,Mug", f"mug-{n},Mug {n}").replace("MUG-1", f"MUG-{n}").replace(BARCODE, BARCODES[n])
        for n in numbers
    ))  # fmt: skip
    world.match = list(match)
    for n, (theirs, _) in enumerate(cases):
        fields = {name: text.format(n=n, barcode=BARCODES[n]) for name, text in theirs.items()}
        world.store.make_product(**{"name": f"Theirs {n}", "price": 1, **fields})
    world.sync()
    assert standing(world) == {f"MUG-{n}": expected for n, (_, expected) in enumerate(cases)}
    made = sum(expected == ("linked", "created") for _, expected in cases)
    assert len(world.store.store.products) == len(cases) + made


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
