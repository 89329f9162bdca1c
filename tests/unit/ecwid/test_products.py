"""Products made and changed: never twice, nothing of the store's own lost, and a part that fails says so."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.kit.sandbox import Response
from tests.unit.ecwid.conftest import Store

IMAGES = [
    {"image_id": "i1", "url": "https://img.example.test/1.jpg", "position": 1},
    {"image_id": "i2", "url": "https://img.example.test/2.jpg", "position": 2},
]


def creation(store: Store, skus: list[str], **fields: Any) -> Any:
    """The row of a new product, with options where it has several SKUs."""
    several = len(skus) > 1
    variants = [
        {"item_id": f"v-{sku}", "sku": sku, "price": 1000 + n, "option_values": [sku] if several else []}
        for n, sku in enumerate(skus)
    ]
    after = {"name": "Tee", "is_active": True, "stock_tracking": True, "option_names": ["Size"] if several else [],
             "variants": variants, "images": [], **fields}  # fmt: skip
    return store.row("product", "create", item="11111111-2222", name="Tee", after=after)


def products(store: Store) -> list[dict[str, Any]]:
    """Every product of the store."""
    return [store.machine.product_record(one) for one in store.machine.shelves.products.values()]


def test_a_creation_whose_answer_is_lost_is_found_and_never_sent_again(store: Store) -> None:
    store.machine.switches["stock_lag"] = 20.0
    lost = iter(["lost_after"])
    store.wire.trouble = lambda method, path: next(lost, None) if (method, path) == ("POST", "/products") else None
    (receipt,) = store.write(creation(store, ["S", "M"]))
    (made,) = products(store)
    assert (receipt.outcome, receipt.target_id) == ("exists", str(made["id"]))
    assert receipt.created["variant"] == {
        f"v-{one['sku']}": f"{made['id']}:{one['id']}" for one in made["combinations"]
    }
    assert [path for _, path in store.calls("POST")] == ["/products"]


def test_a_creation_that_never_arrived_is_unknown_and_not_sent_again(store: Store) -> None:
    store.wire.trouble = lambda method, _path: "lost_before" if method == "POST" else None
    (receipt,) = store.write(creation(store, ["S"]))
    assert receipt.outcome == "unknown"
    assert len(store.calls("POST")) == 1
    assert products(store) == []


def test_a_product_with_variants_has_another_sku_than_each_of_them(store: Store) -> None:
    store.write(creation(store, ["S", "M"]))
    (made,) = products(store)
    assert made["sku"] not in {"S", "M"}
    made_of = [(one["sku"], str(one["price"]), one["quantity"]) for one in made["combinations"]]
    assert made_of == [("S", "10", 0), ("M", "10.01", 0)]


def test_variations_the_store_dropped_are_made_one_by_one(store: Store) -> None:
    (receipt,) = store.write(creation(store, [f"S{n}" for n in range(203)]))
    (made,) = products(store)
    assert receipt.outcome == "ok"
    assert len(made["combinations"]) == len(receipt.created["variant"]) == 203


def test_a_variation_whose_id_the_store_does_not_name_is_linked_to_nothing(store: Store) -> None:
    handle = store.machine.handle
    store.machine.handle = lambda request: (
        Response(200, {"content-type": "application/json"}, b"{}")
        if request.method == "POST" and request.path.endswith("/combinations")
        else handle(request)
    )
    (receipt,) = store.write(creation(store, [f"S{n}" for n in range(201)]))
    assert len(receipt.created["variant"]) == 200


def test_an_image_the_store_cannot_fetch_is_told_and_the_product_stays_made(store: Store) -> None:
    store.machine.switches["unreachable_images"] = [IMAGES[0]["url"]]
    (receipt,) = store.write(creation(store, ["S"], images=IMAGES))
    assert receipt.outcome == "ok"
    assert list(receipt.created["images"]) == ["i2"]
    assert "could not" in str(receipt.message)


@pytest.mark.parametrize("how", ["merge", "replace"])
def test_a_new_brand_leaves_the_other_attributes_whatever_a_list_means_to_the_store(store: Store, how: str) -> None:
    key = store.machine.make_product(name="Mug", sku="MUG-1", price=10).id
    store.machine.edit_product(key, attributes=[{"alias": "UPC", "value": "036000291452"}])
    store.machine.switches["attributes_on_put"] = how
    store.write(store.row("product", "update", key, after={"brand": "Acme"}))
    store.write(store.row("product", "update", key, after={"brand": "Other"}))
    (mug,) = products(store)
    assert {one["type"]: one["value"] for one in mug["attributes"] if one["value"]} == {
        "BRAND": "Other",
        "UPC": "036000291452",
    }


def test_an_update_carries_what_changed_and_nothing_else(store: Store) -> None:
    key = store.machine.make_product(name="Mug", sku="MUG-1", price=10).id
    store.write(store.row("product", "update", key, after={"name": "Cup"}))
    store.write(store.row("variant", "update", key, key, after={"price": 1250}, is_base=True))
    store.write(row := store.row("stock", "set", key, key, after={"on_hand": 3}))
    assert [sent.body for sent in store.wire.sent] == [{"quantity": 3, "unlimited": False}]
    assert row.location_id == "1003"
    store.write(store.row("stock", "set", key, key, after={"on_hand": 4}, before={"on_hand": 3}))
    assert [sent.body for sent in store.wire.sent] == [{"quantity": 4}]
    store.write(store.row("product", "update", key, after={"name": "Mug", "is_active": False}))
    assert [(sent.path, sent.body) for sent in store.wire.sent] == [
        (f"/products/{key}", {"name": "Mug", "enabled": False})
    ]


def test_a_new_variant_whose_answer_is_lost_is_found_by_its_sku(store: Store) -> None:
    store.write(creation(store, ["S", "M"]))
    key = products(store)[0]["id"]
    lost = iter(["lost_after"])
    store.wire.trouble = lambda method, path: (
        next(lost, None) if method == "POST" and path.endswith("/combinations") else None
    )
    after = {"sku": "L", "price": 1200, "option_names": ["Size"], "option_values": ["L"]}
    (receipt,) = store.write(store.row("variant", "create", None, key, after=after, sku="L"))
    there = products(store)[0]["combinations"]
    assert (receipt.outcome, receipt.target_id) == ("exists", f"{key}:{there[-1]['id']}")
    assert [one["sku"] for one in there] == ["S", "M", "L"]


def test_a_variant_of_other_options_is_refused_before_anything_is_sent(store: Store) -> None:
    store.write(creation(store, ["S", "M"]))
    key = products(store)[0]["id"]
    after = {"sku": "L", "price": 1200, "option_names": ["Colour"], "option_values": ["Red"]}
    (receipt,) = store.write(store.row("variant", "create", None, key, after=after, sku="L"))
    assert receipt.outcome == "rejected"
    assert "Size" in str(receipt.message)
    assert store.calls("POST", "PUT") == []


def test_a_delete_names_its_product_and_one_that_is_gone_is_done(store: Store, mugs: list[int]) -> None:
    first = store.write(*(store.row("product", "delete", key) for key in mugs[:2]))
    again = store.write(store.row("product", "delete", mugs[0]), store.row("product", "delete", None))
    assert [one.outcome for one in (*first, *again)] == ["ok", "ok", "exists", "rejected"]
    assert len(products(store)) == 10
