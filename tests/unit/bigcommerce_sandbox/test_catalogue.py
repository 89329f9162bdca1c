"""Products, variants, options, images, custom fields and brands behave as the platform says they do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .shop import Shop


def test_pages_end_and_hold_every_product_once(shop: Shop) -> None:
    for number in range(30):
        shop.machine.make_product(name=f"Product {number}", price=1)
    seen: list[int] = []
    for page in range(1, 6):
        _, body = shop.call("GET", "/v3/catalog/products", page=page, limit=8)
        seen += [record["id"] for record in body["data"]]
        assert body["meta"]["pagination"]["total_pages"] == 5
        assert ("next" in body["meta"]["pagination"]["links"]) == (page < 5)
    assert seen == sorted(set(seen))
    assert len(seen) == 33


def test_a_page_with_options_is_short_whatever_the_limit_says(shop: Shop) -> None:
    for number in range(12):
        shop.machine.make_product(name=f"Product {number}", price=1)
    for part in ("options", "modifiers"):
        assert len(shop.read("/v3/catalog/products", include=part, limit=250)) == 10
    assert len(shop.read("/v3/catalog/products", include="variants", limit=250)) == 15


def test_a_limit_over_the_maximum_is_clamped_or_refused_as_switched(shop: Shop) -> None:
    _, body = shop.call("GET", "/v3/catalog/variants", limit=1000)
    assert body["meta"]["pagination"]["per_page"] == 250
    shop.machine.switches["limit_too_high"] = "refuse"
    assert shop.call("GET", "/v3/catalog/variants", limit=1000)[0] == 413


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"sku": "mug-1"}, ["Mug"]),
        ({"sku__in": "MUG-1,CARD,NONE"}, ["Mug", "Gift card"]),
        ({"sku": "TEE-M"}, []),
        ({"name": "Tee"}, ["Tee"]),
        ({"type": "digital"}, ["Gift card"]),
        ({"price": "12.50"}, ["Mug"]),
        ({"keyword": "card"}, ["Gift card"]),
        ({"is_visible": "false"}, []),
        ({"id__min": 78}, ["Tee", "Gift card"]),
        ({"sort": "name", "direction": "desc"}, ["Tee", "Mug", "Gift card"]),
    ],
)
def test_a_filter_gives_what_it_names_and_nothing_else(shop: Shop, query: dict[str, Any], found: list[str]) -> None:
    assert [record["name"] for record in shop.read("/v3/catalog/products", **query)] == found


@pytest.mark.parametrize(
    "path", ["products", "variants", "products/{tee}/options", "brands", "products/{tee}/variants"]
)
def test_fields_that_are_not_asked_for_do_not_come(shop: Shop, path: str) -> None:
    path = f"/v3/catalog/{path.format(**shop.names)}"
    asked, left = shop.read(path, include_fields="sku,name"), shop.read(path, exclude_fields="sku,name")
    assert set(asked[0]) <= {"id", "sku", "name"}
    assert not {"sku", "name"} & set(left[0])
    assert set(asked[0]) | set(left[0]) == set(shop.read(path)[0])


def test_a_date_without_a_time_means_the_present_time_of_day(shop: Shop) -> None:
    shop.wait(3600)
    shop.machine.edit_product(shop.tee.id, price=21)
    assert [p["name"] for p in shop.read("/v3/catalog/products", date_modified__min="2026-03-02")] == ["Tee"]
    assert len(shop.read("/v3/catalog/products", date_modified__min="2026-03-02T00:00:00Z")) == 3


def test_every_change_of_a_product_moves_its_date(shop: Shop) -> None:
    shop.wait(60)
    shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"description": "new"})
    assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["date_modified"] == "2026-03-02T09:31:00+00:00"
    assert shop.read(f"/v3/catalog/products/{shop.tee.id}")["date_modified"] == "2026-03-02T09:30:00+00:00"


def test_a_simple_product_is_sold_as_its_base_variant(shop: Shop) -> None:
    (base,) = shop.read("/v3/catalog/variants", sku="mug-1")
    assert (base["sku_id"], base["option_values"], base["price"]) == (None, [], None)
    assert base["calculated_price"] == Decimal("12.5")
    assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["base_variant_id"] == base["id"]
    assert shop.read(f"/v3/catalog/products/{shop.tee.id}")["base_variant_id"] is None


def test_the_base_variant_ends_with_the_first_variant_of_an_option(shop: Shop) -> None:
    path = f"/v3/catalog/products/{shop.mug.id}"
    values = [{"label": "Red", "sort_order": 0}, {"label": "Blue", "sort_order": 1}]
    _, option = shop.call(
        "POST", f"{path}/options", {"display_name": "Colour", "type": "swatch", "option_values": values}
    )
    assert [variant["sku_id"] for variant in shop.read(f"{path}/variants")] == [None]
    red = {"option_id": option["data"]["id"], "id": option["data"]["option_values"][0]["id"]}
    status, made = shop.call("POST", f"{path}/variants", {"sku": "MUG-RED", "option_values": [red]})
    assert status == 200
    assert made["data"]["option_values"][0] | {"label": "Red", "option_display_name": "Colour"} == {
        **red,
        "label": "Red",
        "option_display_name": "Colour",
    }
    assert [variant["sku"] for variant in shop.read(f"{path}/variants")] == ["MUG-RED"]


def test_null_in_a_variant_means_the_product_s_value(shop: Shop) -> None:
    one = f"/v3/catalog/products/{shop.tee.id}/variants/{shop.tee.variants[0].id}"
    shop.call("PUT", one, {"price": Decimal("22.95")})
    assert shop.read(one)["calculated_price"] == Decimal("22.95")
    shop.call("PUT", one, {"price": None})
    shop.call("PUT", f"/v3/catalog/products/{shop.tee.id}", {"price": 30})
    assert (shop.read(one)["price"], shop.read(one)["calculated_price"]) == (None, 30)


def test_a_variant_without_sku_gets_one_from_the_store(shop: Shop) -> None:
    variants = [{"option_values": [{"option_display_name": "Size", "label": "One"}]}]
    product = shop.machine.make_product(name="Long Wool Sock", price=4, variants=variants)
    sku = shop.read(f"/v3/catalog/products/{product.id}/variants")[0]["sku"]
    assert sku.startswith("LWS-")
    assert shop.read("/v3/catalog/variants", sku=sku)[0]["product_id"] == product.id


def test_prices_are_kept_to_four_decimals(shop: Shop) -> None:
    shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"price": Decimal("9.123450000000000001")})
    assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["price"] == Decimal("9.1235")


def test_a_batch_of_products_changes_only_what_it_names(shop: Shop) -> None:
    body = [{"id": shop.mug.id, "price": 13}, {"id": shop.tee.id, "name": "T-shirt"}]
    status, answer = shop.call("PUT", "/v3/catalog/products", body)
    assert (status, len(answer["data"])) == (200, 2)
    mug, tee = shop.read("/v3/catalog/products", id__in=f"{shop.mug.id},{shop.tee.id}")
    assert (mug["name"], mug["price"], tee["name"], tee["price"]) == ("Mug", 13, "T-shirt", 20)


def test_two_products_may_swap_names_and_skus_only_through_a_third_value(shop: Shop) -> None:
    for sku in ("CARD-2", "CARD-3"):
        assert shop.call("PUT", f"/v3/catalog/products/{shop.card.id}", {"sku": sku})[0] == 200
    assert shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"sku": "card", "name": "Mug"})[0] == 200
    assert shop.call("PUT", f"/v3/catalog/products/{shop.card.id}", {"sku": "CARD"})[0] == 409


@pytest.mark.parametrize(("policy", "kept"), [("all_or_nothing", 20), ("keep_good", 21)])
def test_the_good_items_of_a_failed_batch_are_kept_as_switched(shop: Shop, policy: str, kept: int) -> None:
    shop.machine.switches["variant_batch"] = policy
    good, bad = {"id": shop.tee.variants[0].id, "price": 21}, {"id": shop.tee.variants[1].id, "sku": "mug-1"}
    status, answer = shop.call("PUT", "/v3/catalog/variants", [good, bad])
    assert (status, [part["status"] for part in answer["batch_errors"]]) == (422, [409])
    assert shop.read("/v3/catalog/variants", sku="TEE-S")[0]["calculated_price"] == kept
    assert shop.read("/v3/catalog/variants", sku="TEE-M")


def test_a_batch_of_variants_can_create(shop: Shop) -> None:
    option = shop.tee.options[0]
    shop.call(
        "POST", f"/v3/catalog/products/{shop.tee.id}/options/{option['id']}/values", {"label": "XL", "sort_order": 9}
    )
    value = {"option_id": option["id"], "id": shop.tee.options[0]["option_values"][-1]["id"]}
    body = [{"product_id": shop.tee.id, "sku": "TEE-XL", "option_values": [value]}]
    assert shop.call("PUT", "/v3/catalog/variants", body)[0] == 200
    assert [v["sku"] for v in shop.read(f"/v3/catalog/products/{shop.tee.id}/variants")][-1] == "TEE-XL"


def test_an_option_edit_keeps_variants_by_label_and_may_change_every_id(shop: Shop) -> None:
    shop.machine.switches["option_edit_new_ids"] = True
    option = dict(shop.tee.options[0])
    labels = [{"label": label, "sort_order": at} for at, label in enumerate(("s", "M", "XL"))]
    shop.call("PUT", f"/v3/catalog/products/{shop.tee.id}/options/{option['id']}", {"option_values": labels})
    (edited,) = shop.read(f"/v3/catalog/products/{shop.tee.id}/options")
    assert edited["id"] != option["id"]
    variants = shop.read(f"/v3/catalog/products/{shop.tee.id}/variants")
    assert [variant["sku"] for variant in variants] == ["TEE-S", "TEE-M"]
    assert {value["option_id"] for variant in variants for value in variant["option_values"]} == {edited["id"]}


def test_a_deleted_product_frees_its_name_and_its_skus(shop: Shop) -> None:
    assert shop.call("DELETE", "/v3/catalog/products", id__in=f"{shop.tee.id},{shop.mug.id}")[0] == 204
    assert shop.call("GET", f"/v3/catalog/products/{shop.tee.id}")[0] == 404
    assert shop.read("/v3/catalog/variants", sku="TEE-M") == []
    again = shop.machine.make_product(name="Tee", price=1, sku="tee-m", inventory_tracking="product")
    assert shop.levels("tee-m") == [0]
    assert again.id > shop.card.id


def test_a_partly_saved_product_says_so_and_keeps_the_rest(shop: Shop) -> None:
    status, answer = shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"inventory_level": -1, "price": 14})
    assert (status, answer["errors"]["status"]) == (207, 422)
    assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["price"] == 14
    status, answer = shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"custom_url": {"url": "/tee/"}})
    assert (status, answer["errors"]["status"]) == (207, 409)


# --- images, custom fields, brands --------------------------------------------------------------------------


def test_one_image_is_the_thumbnail_and_the_store_gives_its_own_addresses(shop: Shop) -> None:
    path = f"/v3/catalog/products/{shop.mug.id}/images"
    assert shop.call("GET", path) == (204, None)
    for name in ("a", "b"):
        status, made = shop.call("POST", path, {"image_url": f"https://till.example/{name}.png", "sort_order": 1})
        assert status == 200
    shop.call("PUT", f"{path}/{made['data']['id']}", {"is_thumbnail": True, "sort_order": 0})
    images = shop.read(path)
    assert [image["is_thumbnail"] for image in images] == [True, False]
    assert not any("till.example" in image["url_zoom"] for image in images)
    assert len({image["url_zoom"] for image in images}) == 2
    shop.call("DELETE", f"{path}/{images[0]['id']}")
    assert [image["is_thumbnail"] for image in shop.read(path)] == [True]


def test_custom_fields_of_others_stay_when_one_is_written(shop: Shop) -> None:
    path = f"/v3/catalog/products/{shop.mug.id}/custom-fields"
    _, theirs = shop.call("POST", path, {"name": "Material", "value": "Clay"})
    _, ours = shop.call("POST", path, {"name": "Type", "value": "Kitchen"})
    shop.call("PUT", f"{path}/{ours['data']['id']}", {"value": "Home"})
    assert [(field["name"], field["value"]) for field in shop.read(path)] == [("Material", "Clay"), ("Type", "Home")]
    shop.call("DELETE", f"{path}/{theirs['data']['id']}")
    assert [field["name"] for field in shop.read(path)] == ["Type"]


def test_a_brand_is_found_whatever_its_case_and_made_when_new(shop: Shop) -> None:
    for name in ("ACME", "Bolt", "bolt"):
        shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"brand_name": name})
    brands = shop.read("/v3/catalog/brands")
    assert [brand["name"] for brand in brands] == ["Acme", "Bolt"]
    product = shop.read(f"/v3/catalog/products/{shop.mug.id}")
    assert (product["brand_id"], "brand_name" in product) == (brands[1]["id"], False)
