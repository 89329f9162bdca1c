"""What a write touches and what it leaves alone: the shop's own fields, variations, attributes and images."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .shop import Shop


def test_a_write_changes_what_it_names_and_nothing_else(shop: Shop) -> None:
    shop.machine.edit_product(shop.mug.id, subtitle="Enamel", compareToPrice=15, warningLimit=2)
    before = shop.read(f"/products/{shop.mug.id}")
    shop.wait(5)
    assert shop.done("PUT", f"/products/{shop.mug.id}", {"price": 13, "description": None}) == {"updateCount": 1}
    after = shop.read(f"/products/{shop.mug.id}")
    changed = {name for name in before if before[name] != after[name]}
    price = {"price", "priceInProductList", "defaultDisplayedPrice", "defaultDisplayedPriceFormatted"}
    assert changed == {*price, "updated", "updateTimestamp"}


def test_what_the_server_makes_itself_cannot_be_written(shop: Shop) -> None:
    sent = {"id": 1, "inStock": False, "created": "2000-01-01", "defaultCombinationId": 9, "combinations": []}
    shop.done("PUT", f"/products/{shop.tee.id}", {**sent, "galleryImages": [], "isGiftCard": True, "name": "Shirt"})
    shown = shop.read(f"/products/{shop.tee.id}")
    assert (shown["id"], shown["inStock"], shown["isGiftCard"], len(shown["combinations"])) == (
        shop.tee.id, True, False, 3,
    )  # fmt: skip
    assert shown["created"].startswith("2026-03-02")
    assert shown["name"] == "Shirt"


@pytest.mark.parametrize(("clears", "left"), [(False, True), (True, False)])
def test_null_is_not_sent_unless_the_store_takes_it_as_nothing(shop: Shop, clears: bool, left: bool) -> None:
    shop.machine.switches["null_clears"] = clears
    shop.done("PUT", f"/products/{shop.mug.id}", {"weight": None})
    assert ("weight" in shop.read(f"/products/{shop.mug.id}")) is left


@pytest.mark.parametrize(("how", "brand"), [("merge", {"BRAND": "Acme"}), ("replace", {})])
def test_an_attribute_that_is_not_sent_stays_or_goes_as_switched(shop: Shop, how: str, brand: dict[str, str]) -> None:
    shop.machine.switches["attributes_on_put"] = how
    shop.done("PUT", f"/products/{shop.tee.id}", {"attributes": [{"alias": "UPC", "value": "0360"}]})
    shown = {one["type"]: one["value"] for one in shop.read(f"/products/{shop.tee.id}")["attributes"]}
    assert shown == {"UPC": "0360", **brand}
    shop.done("PUT", f"/products/{shop.tee.id}", {"attributes": [{"alias": "UPC", "value": ""}]})
    assert "UPC" not in {one["type"] for one in shop.read(f"/products/{shop.tee.id}")["attributes"]}


def test_variations_of_a_body_are_dropped_in_silence_without_the_flag(shop: Shop) -> None:
    body = {"name": "Cap", "price": 9, "sku": "CAP", "combinations": [{"options": [{"name": "Size", "value": "S"}]}]}
    made = shop.done("POST", "/products", body)["id"]
    assert shop.read(f"/products/{made}/combinations") == []
    saved = shop.done("POST", "/products?saveCombinations=true", {**body, "sku": "CAP-2"})["id"]
    assert len(shop.read(f"/products/{saved}/combinations")) == 1


@pytest.mark.parametrize(
    ("how", "left"), [("replace", ["TEE-S", "TEE-XL"]), ("merge", ["TEE-S", "TEE-M", "", "TEE-XL"])]
)
def test_variations_that_are_not_sent_go_or_stay_as_switched(shop: Shop, how: str, left: list[str]) -> None:
    shop.machine.switches["save_combinations"] = how
    rows = [
        {"options": [{"name": "Size", "value": "S"}], "price": 21},
        {"options": [{"name": "Size", "value": "XL"}], "sku": "TEE-XL"},
    ]
    shop.done("PUT", f"/products/{shop.tee.id}?saveCombinations=true", {"combinations": rows})
    shown = shop.read(f"/products/{shop.tee.id}")
    assert [one.get("sku", "") for one in shown["combinations"]] == left
    assert (shown["combinations"][0]["price"], shown["combinations"][0]["quantity"]) == (21, 3)
    assert [one["text"] for one in shown["options"][0]["choices"]] == ["S", "M", "L", "XL"]


def test_a_refused_body_of_many_parts_changes_none_of_them(shop: Shop) -> None:
    rows = [{"options": [{"name": "Size", "value": "S"}], "price": 99}, {"options": [{"name": "Size", "value": "M"}],
                                                                      "sku": "MUG-1"}]  # fmt: skip
    before = shop.read(f"/products/{shop.tee.id}")
    status, _ = shop.call("PUT", f"/products/{shop.tee.id}?saveCombinations=true", {"name": "X", "combinations": rows})
    assert (status, shop.read(f"/products/{shop.tee.id}")) == (409, before)
    assert shop.machine.find_sku("TEE-S")[0] is shop.tee


def test_a_variation_shows_only_what_is_its_own(shop: Shop) -> None:
    small, _, large = shop.read(f"/products/{shop.tee.id}/combinations")
    assert ("price" in small, "sku" in large, "quantity" in large) == (False, False, False)
    shop.done("PUT", f"/products/{shop.tee.id}/combinations/{small['id']}", {"sku": ""})
    assert "sku" not in shop.read(f"/products/{shop.tee.id}/combinations/{small['id']}")
    shop.done(
        "PUT", f"/products/{shop.tee.id}/combinations/{large['id']}", {"price": 22, "sku": "TEE-L", "quantity": 1}
    )
    shown = shop.read(f"/products/{shop.tee.id}/combinations/{large['id']}")
    assert (shown["price"], shown["sku"], shown["quantity"]) == (22, "TEE-L", 1)


def test_the_same_sku_is_legal_where_the_store_allows_it_and_finds_both(shop: Shop) -> None:
    shop.machine.set_store("toggles", ALLOW_EMPTY_AND_NON_UNIQUE_SKU=True)
    shop.done("PUT", f"/products/{shop.card.id}", {"sku": "TEE-S"})
    found = [one["id"] for one in shop.read("/products?sku=TEE-S&sortBy=ADDED_TIME_ASC")["items"]]
    assert found == [shop.tee.id, shop.card.id]


def test_every_upload_is_a_new_image_and_a_main_one_takes_the_place_of_the_last(shop: Shop) -> None:
    path = f"/products/{shop.mug.id}"
    first, second = (
        shop.done("POST", f"{path}/image?externalUrl=https://img.example.test/{name}.jpg")["id"] for name in "ab"
    )
    gallery = [shop.done("POST", f"{path}/gallery?externalUrl=https://img.example.test/c.jpg")["id"] for _ in "12"]
    assert len({first, second, *gallery}) == 4
    shown = shop.read(path)["media"]["images"]
    assert [one["id"] for one in shown] == ["0", str(gallery[0]), str(gallery[1])]
    assert shop.machine.image_sources(shop.mug.id)[0].endswith("/b.jpg")
    shop.done("PUT", path, {"media": {"images": [{"id": str(gallery[0]), "orderBy": 9}]}})
    assert [one["id"] for one in shop.read(path)["media"]["images"]][-1] == str(gallery[0])
    shop.done("DELETE", f"{path}/image")
    assert [one["isMain"] for one in shop.read(path)["media"]["images"]] == [False, False]


def test_a_picture_the_store_fetches_later_shows_later(shop: Shop) -> None:
    shop.machine.switches["image_lag"] = 30.0
    sent = {"url": "https://img.example.test/a.jpg", "width": 8, "height": 8, "externalId": "till-1"}
    shop.done("POST", f"/products/{shop.mug.id}/image/async", sent)
    assert shop.read(f"/products/{shop.mug.id}")["media"]["images"] == []
    shop.wait(31)
    (shown,) = shop.read("/products?sku=MUG-1")["items"][0]["media"]["images"]
    assert shown["externalId"] == "till-1"


def test_a_renamed_category_shows_in_its_products_and_a_deleted_one_leaves_them(shop: Shop) -> None:
    shop.read("/products")
    shop.done("PUT", f"/categories/{shop.category}", {"name": "Cooking"})
    (mug,) = (one for one in shop.read("/products")["items"] if one["id"] == shop.mug.id)
    assert [one["name"] for one in mug["categories"]] == ["Cooking"]
    below = shop.done("POST", "/categories", {"name": "Pots", "parentId": shop.category})["id"]
    assert shop.read("/categoriesByPath?path=Cooking/Pots&delimeter=/")["items"][0]["id"] == below
    assert shop.done("DELETE", f"/categories/{shop.category}") == {"deleteCount": 2}
    assert shop.read(f"/products/{shop.mug.id}")["categoryIds"] == []


def test_money_keeps_its_digits_and_has_one_form(shop: Shop) -> None:
    shop.done("PUT", f"/products/{shop.mug.id}", {"price": Decimal("19.90"), "weight": Decimal("0.350")})
    shown = shop.read(f"/products/{shop.mug.id}")
    assert (str(shown["price"]), str(shown["weight"]), shown["defaultDisplayedPriceFormatted"]) == (
        "19.9", "0.35", "$19.90",
    )  # fmt: skip


def test_a_state_that_is_saved_and_loaded_is_the_same_store(shop: Shop) -> None:
    from pipelines.kit.sandbox import from_json, to_json
    from pipelines.platforms.ecwid.sandbox import create

    shop.machine.switches |= {"stock_lag": 30.0, "order_lag": 30.0, "batch_lag": 60.0}
    shop.done("PUT", f"/products/{shop.mug.id}", {"price": 14})
    shop.machine.place_order([("MUG-1", 1)], "ann@buyer.example", accepts_marketing=True)
    shop.done("POST", "/batch", [{"path": f"/products/{shop.mug.id}", "method": "PUT", "body": {"price": 15}}])
    saved = to_json(shop.machine.dump())
    other = create(clock=shop.machine.clock)
    other.load(from_json(saved))
    assert to_json(other.dump()) == saved
    shop.machine = other
    assert shop.read("/products?sku=MUG-1")["items"][0]["price"] == Decimal("12.5")
    assert shop.read("/orders")["items"] == []
    for _ in range(2):
        shop.wait(61)
        shop.read("/profile")
    assert shop.read("/products?sku=MUG-1")["items"][0]["price"] == 15
    assert len(shop.read("/orders")["items"]) == 1


def test_a_catalogue_file_fills_the_store(shop: Shop) -> None:
    from pipelines.kit import catalogue_csv

    lines = """Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,\
Variant Price,Image Src,Image Position,Variant Barcode,Variant Grams
cap,Cap,<p>Wool</p>,Acme,Hats,Size,S,CAP-S,5,15.00,https://img.example.test/c.jpg,1,036000291452,80
cap,,,,,,M,CAP-M,,15.00,,,,"""
    shop.machine.seed(catalogue_csv.read(lines.encode()))
    cap = shop.machine.product_by_sku("CAP-S")
    small, medium = cap["combinations"]
    assert (cap["price"], cap["categories"][0]["name"], cap["attributes"][0]["value"]) == (15, "Hats", "Acme")
    assert (small["quantity"], small["weight"], small["attributes"][0]["value"]) == (
        5, Decimal("0.08"), "036000291452",
    )  # fmt: skip
    assert ("quantity" in medium, medium["unlimited"], len(cap["media"]["images"])) == (False, True, 1)
