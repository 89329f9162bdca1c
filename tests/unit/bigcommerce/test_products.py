"""Writing products: only what changed is sent, nothing is made twice, one bad product keeps no other back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.errors import CredentialsRefused
from pipelines.kit.platform import PlanRow
from pipelines.platforms.bigcommerce.write.custom_fields import field_change

if TYPE_CHECKING:
    from conftest import Store

JUG = {
    "name": "Jug",
    "description": "<p>Blue</p>",
    "brand": "Acme",
    "is_active": True,
    "stock_tracking": True,
    "search_keywords": ["blue", "jug"],
    "custom_fields": [{"name": "Type", "value": "Kitchen"}],
    "weight": Decimal("12.5000"),
    "option_names": [],
    "variants": [
        {"item_id": "v1", "sku": "JUG-1", "price": Decimal("1999.0000"), "cost_price": 800, "option_values": []}
    ],
    "images": [
        {"image_id": "i1", "url": "https://i.example/1.jpg", "position": 1, "variant_id": None},
        {"image_id": "i2", "url": "https://i.example/2.jpg", "position": 2, "variant_id": None},
    ],
}
SCARF = {
    "name": "Scarf",
    "option_names": ["Size", "Colour"],
    "stock_tracking": True,
    "variants": [
        {"item_id": "a", "sku": "SC-1", "price": 1500, "cost_price": None, "option_values": ["S", "Red"]},
        {"item_id": "b", "sku": "SC-2", "price": 1450, "cost_price": 700, "option_values": ["M", "Red"]},
    ],
}


def create(store: Store, after: dict[str, Any]) -> PlanRow:
    return store.row("product", "create", item="family", name=after.get("name"), after=after)


def test_a_simple_product_is_made_with_everything_in_one_call(store: Store) -> None:
    (receipt,) = store.write(create(store, JUG))
    assert receipt.outcome == "ok"
    assert len(store.writes()) == len(store.wire.sent) == 1
    jug = store.machine.product_by_sku("JUG-1")
    assert (jug["price"], jug["cost_price"], jug["weight"], jug["inventory_tracking"]) == (
        Decimal("19.99"),
        8,
        Decimal("12.5"),
        "product",
    )
    assert (jug["search_keywords"], jug["is_visible"], jug["type"]) == ("blue,jug", True, "physical")
    assert [(field["name"], field["value"]) for field in jug["custom_fields"]] == [("Type", "Kitchen")]
    assert receipt.target_id == str(jug["id"])
    assert receipt.created == {
        "product": {"family": str(jug["id"])},
        "made": {"at": jug["date_created"]},
        "variant": {"v1": str(jug["base_variant_id"])},
        "images": {"i1": str(jug["images"][0]["id"]), "i2": str(jug["images"][1]["id"])},
        "base": {"family": str(jug["base_variant_id"])},
    }


def test_a_family_is_made_with_its_options_and_each_sku_is_told(store: Store) -> None:
    (receipt,) = store.write(create(store, SCARF))
    scarf = store.machine.product_by_sku("SC-1")
    assert [(v["sku"], v["price"], [o["label"] for o in v["option_values"]]) for v in scarf["variants"]] == [
        ("SC-1", 15, ["S", "Red"]),
        ("SC-2", Decimal("14.5"), ["M", "Red"]),
    ]
    assert (scarf["inventory_tracking"], scarf["price"], scarf["base_variant_id"]) == ("variant", Decimal("14.5"), None)
    assert receipt.created["variant"] == {"a": str(scarf["variants"][0]["id"]), "b": str(scarf["variants"][1]["id"])}
    assert "base" not in receipt.created


def test_an_answer_without_its_lists_still_binds_every_sku_and_image(store: Store) -> None:
    store.machine.switches["nested_in_write_answers"] = False
    (simple,) = store.write(create(store, JUG))
    assert len(simple.created["variant"]) == 1
    assert len(simple.created["images"]) == 2
    assert len(store.writes()) == 1
    (family,) = store.write(create(store, SCARF))
    assert sorted(family.created["variant"]) == ["a", "b"]


@pytest.mark.parametrize("after", [JUG, SCARF], ids=["simple", "family"])
def test_a_product_whose_creation_got_no_answer_is_found_and_not_made_twice(
    store: Store, after: dict[str, Any]
) -> None:
    store.wire.trouble = lambda method, _path: "lost_after" if method == "POST" else None
    (receipt,) = store.write(create(store, after))
    assert receipt.outcome == "exists"
    assert len(store.writes()) == 1
    assert receipt.target_id
    assert set(receipt.created["variant"]) == {variant["item_id"] for variant in after["variants"]}


def test_a_creation_that_never_arrived_is_not_sent_again_and_not_called_done(store: Store) -> None:
    store.wire.trouble = lambda method, _path: "lost_before" if method == "POST" else None
    (receipt,) = store.write(create(store, JUG))
    assert (receipt.outcome, receipt.created) == ("unknown", {})
    assert len(store.writes()) == 1


def test_a_creation_stays_unknown_when_it_cannot_be_looked_for(store: Store) -> None:
    store.wire.trouble = lambda _method, _path: "lost_before"
    (receipt,) = store.write(create(store, JUG))
    assert receipt.outcome == "unknown"


def test_another_product_of_the_same_name_is_not_taken_for_ours(store: Store) -> None:
    store.machine.make_product(name="Jug", price=1, sku="OTHER")
    store.wire.trouble = lambda method, _path: "lost_before" if method == "POST" else None
    (receipt,) = store.write(create(store, JUG))
    assert receipt.outcome == "unknown"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Mug"}, "another product of the store has this name"),
        ({"variants": [{**JUG["variants"][0], "sku": "tee-s"}]}, "has this SKU"),  # type: ignore[index]
        ({"images": [{"image_id": "i", "url": "ftp://x", "position": 1}]}, "does not accept images"),
    ],
)
def test_a_refused_creation_names_what_is_wrong(store: Store, change: dict[str, Any], words: str) -> None:
    (receipt,) = store.write(create(store, {**JUG, **change}))
    assert receipt.outcome == "rejected"
    assert words in (receipt.message or "")
    assert receipt.status in (409, 422)


def test_a_blank_field_is_not_sent_at_creation(store: Store) -> None:
    store.write(create(store, {**JUG, "brand": None, "description": None, "weight": None, "search_keywords": None}))
    body = store.writes()[0].body
    assert not {"brand_name", "brand_id", "description", "search_keywords"} & set(body)
    assert body["weight"] == 0


def test_categories_are_sent_where_the_store_demands_them(store: Store) -> None:
    store.machine.switches["v2_product_experience"] = True
    category = store.machine.new_category({"name": "Kitchen", "tree_id": 1})["category_id"]
    (receipt,) = store.write(create(store, {**JUG, "categories": [str(category)]}))
    assert receipt.outcome == "ok"


def test_a_created_product_saved_in_part_is_bound_all_the_same(store: Store) -> None:
    answered = store.machine.handle

    def in_part(request: Any) -> Any:
        answer = answered(request)
        if request.method != "POST":
            return answer
        body = answer.body[:-1] + b',"errors":{"status":422,"title":"URL","errors":{"custom_url":"taken"}}}'
        return type(answer)(207, answer.headers, body)

    store.machine.handle = in_part  # type: ignore[method-assign]
    (receipt,) = store.write(create(store, JUG))
    assert receipt.outcome == "ok"
    assert receipt.target_id
    assert "custom_url" in (receipt.message or "")


# --- changing ------------------------------------------------------------------------------------------------


def test_an_update_carries_the_changed_fields_and_the_id_and_nothing_else(store: Store, ids: dict[str, int]) -> None:
    (receipt,) = store.write(store.row("product", "update", ids["mug"], after={"name": "Big mug", "brand": "Acme"}))
    assert receipt.outcome == "ok"
    assert [(sent.method, sent.path, sent.body) for sent in store.wire.sent] == [
        ("PUT", "/v3/catalog/products", [{"id": ids["mug"], "name": "Big mug", "brand_name": "Acme"}])
    ]


def test_ten_products_are_changed_in_one_call(store: Store) -> None:
    made = [store.machine.make_product(name=f"P{n}", price=1) for n in range(25)]
    receipts = store.write(*(store.row("product", "update", p.id, after={"description": "new"}) for p in made))
    assert [len(sent.body) for sent in store.writes()] == [10, 10, 5]
    assert {receipt.outcome for receipt in receipts} == {"ok"}


def test_emptied_fields_become_empty_in_the_store(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], brand_name="Acme", description="x", search_keywords="a,b", page_title="t")
    after = {"brand": "", "description": "", "search_keywords": [], "page_title": ""}
    store.write(store.row("product", "update", ids["mug"], after=after))
    mug = store.machine.product_by_sku("MUG-1")
    assert (mug["brand_id"], mug["description"], mug["search_keywords"], mug["page_title"]) == (0, "", "", "")


@pytest.mark.parametrize("batch", ["all_or_nothing", "keep_good"])
def test_one_bad_product_keeps_no_other_back(store: Store, ids: dict[str, int], batch: str) -> None:
    store.machine.switches["product_batch"] = batch
    made = [store.machine.make_product(name=f"P{n}", price=1, sku=f"P-{n}") for n in range(10)]
    rows = [
        store.row("product", "update", p.id, after={"name": "Mug" if n == 6 else f"New {n}"})
        for n, p in enumerate(made)
    ]
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["ok"] * 6 + ["rejected"] + ["ok"] * 3
    assert "another product of the store has this name" in (receipts[6].message or "")
    assert [store.machine.product_by_sku(f"P-{n}")["name"] for n in (5, 6, 7)] == ["New 5", "P6", "New 7"]


def test_a_product_that_is_gone_keeps_no_other_back(store: Store, ids: dict[str, int]) -> None:
    rows = [store.row("product", "update", id_, after={"description": "x"}) for id_ in (ids["mug"], 4711, ids["tee"])]
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["ok", "rejected", "ok"]
    assert "does not have it any more" in (receipts[1].message or "")


def test_a_change_saved_in_part_fails_alone_and_names_the_part(store: Store, ids: dict[str, int]) -> None:
    rows = [
        store.row("product", "update", ids["mug"], after={"custom_url": "/übel/", "description": "x"}),
        store.row("product", "update", ids["tee"], after={"description": "y"}),
    ]
    receipts = store.write(*rows)
    assert [receipt.outcome for receipt in receipts] == ["rejected", "ok"]
    assert "without custom_url" in (receipts[0].message or "")


def test_a_change_whose_answer_was_lost_is_unknown_and_not_sent_again(store: Store, ids: dict[str, int]) -> None:
    store.wire.trouble = lambda method, _path: "lost_after" if method == "PUT" else None
    receipts = store.write(
        *(store.row("product", "update", ids[name], after={"description": "x"}) for name in ("mug", "tee"))
    )
    assert [receipt.outcome for receipt in receipts] == ["unknown", "unknown"]
    assert len(store.writes()) == 1


def test_hiding_and_showing_touch_visibility_only(store: Store, ids: dict[str, int]) -> None:
    for action, shown in (("hide", False), ("publish", True)):
        store.write(store.row("product", action, ids["mug"], after={"is_active": shown}))
        assert store.writes()[0].body == [{"id": ids["mug"], "is_visible": shown}]
        assert store.machine.product_by_sku("MUG-1")["is_visible"] is shown


def test_stock_is_counted_where_its_level_will_be_written(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["tee"], inventory_tracking="none")
    rows = [store.row("product", "update", ids[name], after={"stock_tracking": True}) for name in ("gift", "tee")]
    store.write(*rows)
    assert store.machine.product_by_sku("CARD")["inventory_tracking"] == "product"
    assert store.machine.product_by_sku("TEE-S")["inventory_tracking"] == "variant"
    store.write(store.row("product", "update", ids["gift"], after={"stock_tracking": False}))
    assert store.machine.product_by_sku("CARD")["inventory_tracking"] == "none"


def test_a_field_the_store_has_no_place_for_is_refused_before_it_is_sent(store: Store, ids: dict[str, int]) -> None:
    receipts = store.write(
        store.row("product", "update", ids["mug"], after={"supplier": "X", "name": "New"}),
        store.row("product", "update", ids["tee"], after={"description": "y"}),
    )
    assert [receipt.outcome for receipt in receipts] == ["rejected", "ok"]
    assert "no place for supplier" in (receipts[0].message or "")
    assert len(store.writes()) == 1


def test_what_landed_is_told_before_the_store_goes_away(store: Store, ids: dict[str, int]) -> None:
    made = [store.machine.make_product(name=f"P{n}", price=1) for n in range(4)]
    rows = [
        store.row("product", "update", p.id, after={"name": "Mug" if n == 3 else f"N{n}"}) for n, p in enumerate(made)
    ]
    store.wire.trouble = lambda _m, _p: "down" if len(store.wire.sent) > 2 else None
    told = store.write_until_it_breaks(*rows)
    assert [(receipt.seq, receipt.outcome) for receipt in told] == [(rows[0].seq, "ok"), (rows[1].seq, "ok")]


# --- custom fields -------------------------------------------------------------------------------------------


def fields_of(store: Store, sku: str) -> list[tuple[str, str]]:
    return [(field["name"], field["value"]) for field in store.machine.product_by_sku(sku)["custom_fields"]]


@pytest.mark.rule("S000-31")
@pytest.mark.parametrize("how", ["merge", "replace"])
def test_the_stores_own_custom_fields_survive_a_change_of_ours(store: Store, ids: dict[str, int], how: str) -> None:
    store.machine.switches["custom_fields_on_put"] = how
    own = [{"name": "ISBN", "value": "1"}, {"name": "Type", "value": "Old"}, {"name": "ISBN", "value": "2"}]
    store.machine.edit_product(ids["mug"], custom_fields=own)
    change = {
        "before": {"custom_fields": own},
        "after": {"custom_fields": [own[0], own[2], {"name": "Type", "value": "New"}]},
    }
    (receipt,) = store.write(store.row("product", "update", ids["mug"], **change))
    assert receipt.outcome == "ok"
    assert sorted(fields_of(store, "MUG-1")) == [("ISBN", "1"), ("ISBN", "2"), ("Type", "New")]
    assert len(store.writes()) == 1


def test_three_products_of_another_type_cost_one_writing_call(store: Store) -> None:
    made = [
        store.machine.make_product(
            name=f"P{n}", price=1, sku=f"P-{n}", custom_fields=[{"name": "Type", "value": "Old"}]
        )
        for n in range(3)
    ]
    before, after = [{"name": "Type", "value": "Old"}], [{"name": "Type", "value": "New"}]
    store.write(
        *(
            store.row(
                "product",
                "update",
                p.id,
                before={"custom_fields": before},
                after={"custom_fields": after, "name": f"N{p.id}"},
            )
            for p in made
        )
    )
    assert len(store.writes()) == 1
    assert [fields_of(store, f"P-{n}") for n in range(3)] == [[("Type", "New")]] * 3


@pytest.mark.parametrize("how", ["merge", "replace"])
def test_a_custom_field_that_is_no_longer_wanted_goes(store: Store, ids: dict[str, int], how: str) -> None:
    store.machine.switches["custom_fields_on_put"] = how
    own = [{"name": "ISBN", "value": "1"}, {"name": "Type", "value": "Old"}]
    store.machine.edit_product(ids["mug"], custom_fields=own)
    row = store.row(
        "product", "update", ids["mug"], before={"custom_fields": own}, after={"custom_fields": own[:1], "name": "N"}
    )
    assert store.write(row)[0].outcome == "ok"
    assert fields_of(store, "MUG-1") == [("ISBN", "1")]


def test_custom_fields_that_stand_already_cost_no_writing_call(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["mug"], custom_fields=[{"name": "Type", "value": "New"}])
    row = store.row("product", "update", ids["mug"], after={"custom_fields": [{"name": "Type", "value": "New"}]})
    assert store.write(row)[0].outcome == "exists"
    assert store.writes() == []


NAMES, VALUES = st.sampled_from(["A", "B", "Type"]), st.sampled_from(["1", "2", "3"])
LISTS = st.lists(st.builds(lambda n, v: (n, v), NAMES, VALUES), unique=True, max_size=6)


@given(others=LISTS, had=LISTS, wants=LISTS, gone=st.sets(st.integers(0, 5)))
def test_whatever_stands_ours_become_what_is_wanted_and_others_stay(
    others: list[tuple[str, str]], had: list[tuple[str, str]], wants: list[tuple[str, str]], gone: set[int]
) -> None:
    others = [(f"other {name}", value) for name, value in others]
    standing = [pair for place, pair in enumerate([*others, *had]) if pair[0].startswith("other") or place not in gone]
    live = [{"id": place + 1, "name": name, "value": value} for place, (name, value) in enumerate(standing)]
    change = field_change(live, _entries([*others, *had]), _entries([*others, *wants]))
    stands = (
        change.listed if change.listed is not None else [entry for entry in live if entry["id"] not in change.removed]
    )
    pairs = [(entry["name"], entry["value"]) for entry in stands]
    missing = {pair for place, pair in enumerate([*others, *had]) if pair not in standing and pair in wants}
    assert sorted(pairs) == sorted({*others, *wants} - missing)
    assert {entry["id"] for entry in stands if "id" in entry} | set(change.removed) == {entry["id"] for entry in live}


def _entries(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


# --- deleting ------------------------------------------------------------------------------------------------


def test_products_are_deleted_by_id_in_one_call(store: Store, ids: dict[str, int]) -> None:
    receipts = store.write(
        *(store.row("product", "delete", ids[name], after={"deleted": True}) for name in ("mug", "tee"))
    )
    assert [receipt.outcome for receipt in receipts] == ["ok", "ok"]
    assert len(store.wire.sent) == 1
    assert list(store.machine.store.products) == [ids["gift"]]


@pytest.mark.parametrize("target", [None, "", "1,2", "x", "*"])
def test_a_deletion_without_one_plain_id_deletes_nothing(store: Store, target: str | None) -> None:
    (receipt,) = store.write(store.row("product", "delete", target, after={"deleted": True}))
    assert receipt.outcome == "rejected"
    assert store.wire.sent == []


def test_a_refused_token_stops_the_sending_at_once(store: Store, ids: dict[str, int]) -> None:
    store.machine.token = "another"
    with pytest.raises(CredentialsRefused):
        store.write(*(store.row("product", "update", ids[name], after={"name": "N"}) for name in ("mug", "tee")))
    assert len(store.wire.sent) == 1
