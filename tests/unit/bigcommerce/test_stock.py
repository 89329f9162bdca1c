"""Writing levels: the right address, whole batches, one bad level alone, and what is read back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.kit.sandbox.types import Request, Response
from pipelines.platforms.bigcommerce.write import read_levels

if TYPE_CHECKING:
    from conftest import Store

    from pipelines.kit.platform import PlanRow


def level(store: Store, ids: dict[str, int], name: str, product: str, on_hand: object, **how: object) -> PlanRow:
    return store.row(
        "stock",
        "set",
        ids[name],
        ids[product],
        sku=name.upper(),
        after={"on_hand": on_hand},
        **{"location": "1", "before": {"on_hand": 0}, **how},
    )


@pytest.mark.rule("S000-18")
def test_levels_reach_simple_products_and_variants_in_one_call(store: Store, ids: dict[str, int]) -> None:
    receipts = store.write(
        level(store, ids, "mug-1", "mug", Decimal("7.0000"), is_base=True),
        level(store, ids, "tee-s", "tee", 3),
        level(store, ids, "tee-m", "tee", 0),
    )
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    assert store.writes()[0].body["items"] == [
        {"location_id": 1, "product_id": ids["mug"], "quantity": 7},
        {"location_id": 1, "variant_id": ids["tee-s"], "quantity": 3},
        {"location_id": 1, "variant_id": ids["tee-m"], "quantity": 0},
    ]
    assert [store.level(sku) for sku in ("MUG-1", "TEE-S", "TEE-M")] == [7, 3, 0]
    assert len(store.wire.sent) == 1


@pytest.mark.parametrize("on_hand", [Decimal("2.5"), -1, 2_147_483_648])
def test_a_level_the_store_cannot_hold_is_not_altered_to_fit(
    store: Store, ids: dict[str, int], on_hand: object
) -> None:
    receipts = store.write(
        level(store, ids, "mug-1", "mug", on_hand, is_base=True), level(store, ids, "tee-s", "tee", 3)
    )
    assert [receipt.outcome for receipt in receipts] == ["rejected", "ok"]
    assert [store.level(sku) for sku in ("MUG-1", "TEE-S")] == [5, 3]


def test_a_product_that_came_without_its_id_keeps_no_other_level_back(store: Store, ids: dict[str, int]) -> None:
    store.machine.faults.script("F22", method="GET", path="/catalog/products", variant=1)
    receipts = store.write(
        level(store, ids, "mug-1", "mug", 7, is_base=True, before={"on_hand": None}),
        level(store, ids, "tee-s", "tee", 3),
    )
    assert {receipt.seq: receipt.outcome for receipt in receipts} == {1: "rejected", 2: "ok"}
    assert [store.level(sku) for sku in ("MUG-1", "TEE-S")] == [5, 3]


def test_a_simple_product_counted_by_variant_is_still_reached(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], inventory_tracking="variant")
    receipts = store.write(level(store, ids, "mug-1", "mug", 4, is_base=True), level(store, ids, "tee-s", "tee", 3))
    assert [receipt.outcome for receipt in receipts] == ["ok", "ok"]
    assert [store.level(sku) for sku in ("MUG-1", "TEE-S")] == [4, 3]
    assert len(store.writes()) == 2


def test_a_product_that_is_not_counted_keeps_no_other_back(store: Store, ids: dict[str, int]) -> None:
    rows = [level(store, ids, "card", "gift", 4, is_base=True), level(store, ids, "mug-1", "mug", 6, is_base=True)]
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["rejected", "ok"]
    assert "does not count" in (receipts[0].message or "")
    assert store.level("MUG-1") == 6


def test_levels_of_variants_do_not_overwrite_a_product_counted_as_a_whole(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["tee"], inventory_tracking="product")
    rows = [
        level(store, ids, "tee-s", "tee", 4),
        level(store, ids, "tee-m", "tee", 9),
        level(store, ids, "mug-1", "mug", 6, is_base=True),
    ]
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["rejected", "rejected", "ok"]
    assert "as a whole" in (receipts[0].message or "")


def test_one_bad_level_among_many_is_told_alone(store: Store, ids: dict[str, int]) -> None:
    made = [
        store.machine.make_product(name=f"P{n}", price=1, sku=f"P-{n}", inventory_tracking="product") for n in range(40)
    ]
    rows = [
        store.row(
            "stock",
            "set",
            p.variants[0].id,
            p.id,
            after={"on_hand": n},
            location="99" if n == 17 else "1",
            is_base=True,
        )
        for n, p in enumerate(made)
    ]
    receipts = store.write(*rows)
    assert [n for n, receipt in enumerate(receipts) if receipt.outcome != "ok"] == [17]
    assert [store.level(f"P-{n}") for n in (16, 18, 39)] == [16, 18, 39]


def test_two_thousand_levels_are_one_call(store: Store) -> None:
    product = store.machine.make_product(name="P", price=1, sku="P", inventory_tracking="product")
    rows = [
        store.row("stock", "set", product.variants[0].id, product.id, after={"on_hand": n}, location="1", is_base=True)
        for n in range(2001)
    ]
    store.write(*rows)
    assert [len(sent.body["items"]) for sent in store.writes()] == [2000, 1]


def test_a_level_goes_to_its_own_location(store: Store, ids: dict[str, int]) -> None:
    address = {
        "address1": "1 Road",
        "city": "X",
        "state": "Y",
        "zip": "1",
        "country_code": "US",
        "email": "a@b.example",
    }
    second = store.machine.add_location("Second", address=address)
    store.write(level(store, ids, "mug-1", "mug", 8, location=str(second), is_base=True))
    assert [store.level("MUG-1", place) for place in (1, second)] == [5, 8]


def test_an_adjustment_without_an_answer_is_unknown_and_not_sent_again(store: Store, ids: dict[str, int]) -> None:
    store.wire.trouble = lambda method, _path: "lost_after" if method == "PUT" else None
    (receipt,) = store.write(level(store, ids, "mug-1", "mug", 8, is_base=True))
    assert receipt.outcome == "unknown"
    assert len(store.wire.sent) == 1


def test_levels_taken_in_part_are_not_all_called_done(store: Store, ids: dict[str, int]) -> None:
    handle, answered = store.machine.handle, []

    def in_part(request: Request) -> Response:
        if request.method == "PUT" and not answered:
            answered.append(request.path)
            return Response.json(
                207, {"data": [], "errors": {"status": 207, "title": "some were not taken", "errors": {}}}
            )
        return handle(request)

    store.machine.handle = in_part  # type: ignore[method-assign]
    receipts = store.write(
        level(store, ids, "mug-1", "mug", 8, is_base=True), level(store, ids, "card", "gift", 3, is_base=True)
    )
    assert answered
    assert [receipt.outcome for receipt in receipts] == ["ok", "rejected"]
    assert store.level("MUG-1") == 8


def test_a_level_is_read_back_as_the_store_shows_it(store: Store, ids: dict[str, int]) -> None:
    store.write(level(store, ids, "mug-1", "mug", 8, is_base=True), level(store, ids, "tee-s", "tee", 3))
    keys = [(str(ids["mug-1"]), "1"), (str(ids["tee-s"]), "1")]
    assert [read_levels(store.session, keys)[key] for key in keys] == [5, 0]
    store.wait(1)
    assert [read_levels(store.session, keys)[key] for key in keys] == [8, 3]


def test_reading_back_many_levels_sends_no_address_that_is_too_long(store: Store) -> None:
    keys = [(str(10**9 + n), "1") for n in range(1000)]
    assert read_levels(store.session, keys) == {}
    assert max(len(sent.query) for sent in store.wire.sent) < 1700
    assert read_levels(store.session, []) == {}
