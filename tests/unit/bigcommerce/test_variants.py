"""Writing variants: siblings and modifiers stay, a SKU is added once, simple products are written as products."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Store


def labels(store: Store, sku: str) -> list[str]:
    return [value["label"] for value in store.machine.variant_by_sku(sku)["option_values"]]


def new(store: Store, product: int, sku: str, *values: str, **after: Any) -> Any:
    return store.row(
        "variant",
        "create",
        f"created:{sku}",
        product,
        sku=sku,
        after={"sku": sku, "option_values": list(values), **after},
    )


def test_a_variant_is_changed_in_the_fields_that_changed(store: Store, ids: dict[str, int]) -> None:
    (receipt,) = store.write(
        store.row("variant", "update", ids["tee-s"], ids["tee"], after={"price": Decimal("2250.0000")})
    )
    assert receipt.outcome == "ok"
    assert [(sent.path, sent.body) for sent in store.wire.sent] == [
        ("/v3/catalog/variants", [{"id": ids["tee-s"], "price": Decimal("22.5")}])
    ]
    assert store.machine.variant_by_sku("TEE-S")["price"] == Decimal("22.5")


@pytest.mark.rule("S000-04")
def test_a_new_price_leaves_sale_price_and_msrp_alone(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], sale_price=8, retail_price=30)
    store.write(store.row("variant", "update", ids["mug-1"], ids["mug"], after={"price": 1000}, is_base=True))
    mug = store.machine.product_by_sku("MUG-1")
    assert (mug["price"], mug["sale_price"], mug["retail_price"]) == (10, 8, 30)


def test_the_variant_of_a_simple_product_is_written_as_the_product(store: Store, ids: dict[str, int]) -> None:
    store.write(
        store.row(
            "variant",
            "update",
            ids["mug-1"],
            ids["mug"],
            after={"sku": "MUG-2", "price": 1300, "cost_price": None},
            is_base=True,
        )
    )
    assert [(sent.path, sent.body) for sent in store.wire.sent] == [
        ("/v3/catalog/products", [{"id": ids["mug"], "sku": "MUG-2", "price": 13, "cost_price": 0}])
    ]
    assert store.machine.product_by_sku("MUG-2")["price"] == 13


def test_a_price_hidden_behind_the_base_variants_own_is_shown(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_variant(ids["mug-1"], price=15)
    (receipt,) = store.write(
        store.row("variant", "update", ids["mug-1"], ids["mug"], after={"price": 1300}, is_base=True)
    )
    assert receipt.outcome == "ok"
    assert store.writes()[1].body == [{"id": ids["mug-1"], "price": 13}]
    assert store.machine.product_by_sku("MUG-1")["variants"][0]["calculated_price"] == 13


def test_simple_products_and_variants_go_in_two_kinds_of_call(store: Store, ids: dict[str, int]) -> None:
    made = [store.machine.make_product(name=f"P{n}", price=1, sku=f"P-{n}") for n in range(12)]
    rows = [store.row("variant", "update", p.variants[0].id, p.id, after={"price": 200}, is_base=True) for p in made]
    rows += [store.row("variant", "update", ids[name], ids["tee"], after={"price": 200}) for name in ("tee-s", "tee-m")]
    receipts = store.write(*rows)
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    assert [(sent.path.rsplit("/", 1)[1], len(sent.body)) for sent in store.writes()] == [
        ("products", 10),
        ("products", 2),
        ("variants", 2),
    ]


@pytest.mark.parametrize("batch", ["all_or_nothing", "keep_good"])
def test_one_bad_variant_keeps_no_other_back(store: Store, batch: str) -> None:
    store.machine.switches["variant_batch"] = batch
    sizes = [store.variant(f"V-{n}", str(n), price=1) for n in range(20)]
    product = store.machine.make_product(name="Many", price=1, variants=sizes)
    rows = [
        store.row("variant", "update", v.id, product.id, after={"price": 300, **({"sku": "MUG-1"} if n == 13 else {})})
        for n, v in enumerate(product.variants)
    ]
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["ok"] * 13 + ["rejected"] + ["ok"] * 6
    assert "SKU" in (receipts[13].message or "")
    assert {store.machine.variant_by_sku(f"V-{n}")["price"] for n in range(20) if n != 13} == {3}


def test_a_field_a_variant_has_no_place_for_is_refused_before_it_is_sent(store: Store, ids: dict[str, int]) -> None:
    (receipt,) = store.write(
        store.row("variant", "update", ids["tee-s"], ids["tee"], after={"option_values": ["XL"], "price": 1})
    )
    assert (receipt.outcome, store.wire.sent) == ("rejected", [])
    assert "option_values" in (receipt.message or "")


@pytest.mark.rule("S000-20")
def test_a_new_size_is_added_to_its_product(store: Store, ids: dict[str, int]) -> None:
    store.machine.add_modifier(ids["tee"], "Engraving")
    (receipt,) = store.write(new(store, ids["tee"], "TEE-L", "L", price=2200, cost_price=900))
    made = store.machine.variant_by_sku("TEE-L")
    assert (receipt.outcome, receipt.target_id) == ("ok", str(made["id"]))
    assert (made["product_id"], made["price"], made["cost_price"], labels(store, "TEE-L")) == (ids["tee"], 22, 9, ["L"])
    tee = store.machine.product_by_sku("TEE-S")
    assert [variant["sku"] for variant in tee["variants"]] == ["TEE-S", "TEE-M", "TEE-L"]
    assert [m["display_name"] for m in store.machine.store.products[ids["tee"]].modifiers] == ["Engraving"]
    assert store.level("TEE-M") == 2


def test_several_new_sizes_are_added_in_one_call(store: Store, ids: dict[str, int]) -> None:
    receipts = store.write(*(new(store, ids["tee"], f"TEE-{size}", size, price=100) for size in ("L", "XL", "XXL")))
    assert [receipt.target_id for receipt in receipts] == [
        str(store.machine.variant_by_sku(f"TEE-{s}")["id"]) for s in ("L", "XL", "XXL")
    ]
    assert [sent.path for sent in store.writes()].count("/v3/catalog/variants") == 1
    assert len([sent for sent in store.wire.sent if sent.method == "GET"]) == 1


def test_a_value_that_is_there_is_used_and_not_made_again(store: Store, ids: dict[str, int]) -> None:
    two = store.machine.make_product(
        name="Two", price=1, variants=[store.variant("A", "S", "Red"), store.variant("B", "M", "Blue")]
    )
    store.write(new(store, two.id, "C", "S", "blue", price=100))
    assert labels(store, "C") == ["S", "Blue"]
    assert [sent.method for sent in store.writes()] == ["POST"]


def test_values_go_to_the_option_of_their_name_whatever_the_order(store: Store) -> None:
    two = store.machine.make_product(name="Two", price=1, variants=[store.variant("A", "S", "Red")])
    row = new(store, two.id, "C", "Blue", "M", option_names=["colour", "Size"])
    assert store.write(row)[0].outcome == "ok"
    assert labels(store, "C") == ["M", "Blue"]


@pytest.mark.parametrize(
    "after",
    [
        {"option_values": ["L"]},
        {"option_values": ["L", "Red", "x"]},
        {"option_values": []},
        {"option_values": ["L", "Red"], "option_names": ["Size", "Finish"]},
        {"option_values": ["L", "Red"], "option_names": ["Size", "Size"]},
    ],
)
def test_a_product_with_other_options_is_left_as_it_is(store: Store, after: dict[str, Any]) -> None:
    two = store.machine.make_product(name="Two", price=1, variants=[store.variant("A", "S", "Red")])
    (receipt,) = store.write(store.row("variant", "create", None, two.id, sku="C", after={"sku": "C", **after}))
    assert (receipt.outcome, store.writes()) == ("rejected", [])
    assert "option" in (receipt.message or "")
    assert receipt.do


def test_a_simple_product_does_not_lose_its_only_variant_to_a_new_one(store: Store, ids: dict[str, int]) -> None:
    (receipt,) = store.write(new(store, ids["mug"], "MUG-XL", "XL", price=100))
    assert (receipt.outcome, store.writes()) == ("rejected", [])
    assert store.machine.product_by_sku("MUG-1")["base_variant_id"] == ids["mug-1"]


@pytest.mark.parametrize("many", [1, 3])
def test_a_variant_whose_creation_got_no_answer_is_found_and_not_made_twice(
    store: Store, ids: dict[str, int], many: int
) -> None:
    rows = [new(store, ids["tee"], f"TEE-{n}", f"X{n}", price=100) for n in range(many)]
    store.wire.trouble = lambda method, path: "lost_after" if method != "GET" and path.endswith("variants") else None
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["exists"] * many
    assert [receipt.target_id for receipt in receipts] == [
        str(store.machine.variant_by_sku(f"TEE-{n}")["id"]) for n in range(many)
    ]
    assert len([sent for sent in store.writes() if sent.path.endswith("variants")]) == 1


@pytest.mark.parametrize("batch", ["all_or_nothing", "keep_good"])
def test_a_taken_sku_keeps_no_other_new_variant_back(store: Store, ids: dict[str, int], batch: str) -> None:
    store.machine.switches["variant_batch"] = batch
    rows = [
        new(store, ids["tee"], sku, size, price=100)
        for sku, size in (("TEE-L", "L"), ("MUG-1", "XL"), ("TEE-XXL", "XXL"))
    ]
    receipts = store.write(*rows)
    assert [receipt.outcome in ("ok", "exists") for receipt in receipts] == [True, False, True]
    assert "has this SKU" in (receipts[1].message or "")
    assert receipts[2].target_id == str(store.machine.variant_by_sku("TEE-XXL")["id"])


def test_a_creation_that_never_arrived_is_not_called_done(store: Store, ids: dict[str, int]) -> None:
    store.wire.trouble = lambda method, path: "lost_before" if method == "POST" and path.endswith("variants") else None
    (receipt,) = store.write(new(store, ids["tee"], "TEE-L", "L", price=100))
    assert (receipt.outcome, receipt.target_id) == ("unknown", "created:TEE-L")


@pytest.mark.rule("S000-50")
def test_a_deleted_variant_leaves_its_siblings(store: Store, ids: dict[str, int]) -> None:
    (receipt,) = store.write(store.row("variant", "delete", ids["tee-s"], ids["tee"], after={"deleted": True}))
    assert receipt.outcome == "ok"
    assert [variant["sku"] for variant in store.machine.product_by_sku("TEE-M")["variants"]] == ["TEE-M"]
    assert store.level("TEE-M") == 2


def test_a_variant_that_is_gone_already_is_no_failure(store: Store, ids: dict[str, int]) -> None:
    store.machine.delete_sku("TEE-S")
    (receipt,) = store.write(store.row("variant", "delete", ids["tee-s"], ids["tee"], after={"deleted": True}))
    assert receipt.outcome == "exists"
