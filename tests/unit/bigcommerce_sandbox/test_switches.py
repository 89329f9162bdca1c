"""Every switch of an unconfirmed behaviour really changes it; one that does nothing would hide a wrong belief."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from .order_switches import PROBES as ORDER_PROBES
from .shop import Shop, adjust

Probe = Callable[[Shop], Any]


def _new(shop: Shop, **fields: Any) -> tuple[int, Any]:
    return shop.call(
        "POST", "/v3/catalog/products", {"name": "New", "type": "physical", "weight": 1, "price": 9, **fields}
    )


def _price_of_mug(shop: Shop) -> Any:
    shop.call("PUT", "/v3/catalog/variants", [{"id": shop.mug.variants[0].id, "price": 15}])
    return shop.read(f"/v3/catalog/products/{shop.mug.id}")["price"]


def _fields_after_put(shop: Shop) -> list[str]:
    for name in ("Type", "Material"):
        shop.call("PUT", f"/v3/catalog/products/{shop.mug.id}", {"custom_fields": [{"name": name, "value": "x"}]})
    return [field["name"] for field in shop.read(f"/v3/catalog/products/{shop.mug.id}/custom-fields")]


def _batch(shop: Shop) -> tuple[int, Any]:
    body = [{"id": shop.mug.id, "price": 99}, {"id": shop.tee.id, "name": "Mug"}]
    status, _ = shop.call("PUT", "/v3/catalog/products", body)
    return status, shop.read(f"/v3/catalog/products/{shop.mug.id}")["price"]


def _date_after(shop: Shop, change: Callable[[], Any]) -> str:
    shop.wait(60)
    change()
    return str(shop.read(f"/v3/catalog/products/{shop.tee.id}")["date_modified"])[14:16]


def _date_after_stock(shop: Shop) -> str:
    return _date_after(shop, lambda: adjust(shop, "absolute", sku="TEE-S", quantity=1))


def _date_after_variant(shop: Shop) -> str:
    change = [{"id": shop.tee.variants[0].id, "price": 5}]
    return _date_after(shop, lambda: shop.call("PUT", "/v3/catalog/variants", change))


def _option_id_after_edit(shop: Shop) -> bool:
    path, former = f"/v3/catalog/products/{shop.tee.id}/options", shop.tee.options[0]["id"]
    shop.call("PUT", f"{path}/{former}", {"display_name": "Fit"})
    return bool(shop.read(path)[0]["id"] == former)


def _base_after_an_option(shop: Shop) -> bool:
    values = [{"label": "S", "sort_order": 0}]
    option = {"display_name": "Size", "type": "rectangles", "option_values": values}
    shop.call("POST", f"/v3/catalog/products/{shop.mug.id}/options", option)
    return shop.read(f"/v3/catalog/products/{shop.mug.id}")["base_variant_id"] is not None


def _image_url(shop: Shop) -> int:
    return shop.call("POST", f"/v3/catalog/products/{shop.mug.id}/images", {"image_url": "https://gone.example/a.png"})[
        0
    ]


def _level_at_once(shop: Shop) -> list[int]:
    adjust(shop, "absolute", sku="TEE-M", quantity=8)
    return shop.levels("TEE-M")


def _total(shop: Shop) -> int:
    shop.machine.add_location("Back room")
    shop.machine.set_level("MUG-1", 10, location_id=2)
    return int(shop.read(f"/v3/catalog/products/{shop.mug.id}")["inventory_level"])


def _variant_lookup(shop: Shop) -> int:
    return shop.call("GET", "/v3/catalog/variants", sku__in="TEE-S")[0]


PROBES: list[tuple[str, object, object, Probe, Any, Any]] = [
    ("stock_lag", 0.2, 0, _level_at_once, [2], [8]),
    ("adjust_untracked", "refuse", "accept", lambda shop: adjust(shop, "absolute", sku="CARD", quantity=1), 422, 200),
    ("base_variant_ends", "first_variant", "first_option", _base_after_an_option, True, False),
    ("base_variant_price", "own", "product", _price_of_mug, Decimal("12.5"), 15),
    ("catalogue_level", "default_location", "total", _total, 5, 15),
    ("create_status", 200, 201, lambda shop: _new(shop)[0], 200, 201),
    ("custom_fields_on_put", "merge", "replace", _fields_after_put, ["Type", "Material"], ["Material"]),
    (
        "empty_images",
        204,
        200,
        lambda shop: shop.call("GET", f"/v3/catalog/products/{shop.mug.id}/images")[0],
        204,
        200,
    ),
    (
        "limit_too_high",
        "clamp",
        "refuse",
        lambda shop: shop.call("GET", "/v3/catalog/products", limit=251)[0],
        200,
        413,
    ),
    ("list_wrong", "", "unfiltered", lambda shop: len(shop.read("/v3/catalog/products", sku="MUG-1")), 1, 3),
    ("name_ignores_case", False, True, lambda shop: _new(shop, name="MUG")[0], 200, 409),
    ("nested_in_write_answers", True, False, lambda shop: "variants" in _new(shop)[1]["data"], True, False),
    ("option_edit_new_ids", False, True, _option_id_after_edit, True, False),
    ("product_batch", "all_or_nothing", "keep_good", _batch, (409, Decimal("12.5")), (207, 99)),
    (
        "product_sku_finds_variants",
        False,
        True,
        lambda shop: len(shop.read("/v3/catalog/products", sku="TEE-S")),
        0,
        1,
    ),
    ("stock_moves_date_modified", False, True, _date_after_stock, "30", "31"),
    ("unknown_fields", "refuse", "ignore", lambda shop: _new(shop, colour="red")[0], 422, 200),
    ("unreachable_images", [], ["gone.example"], _image_url, 200, 422),
    ("v2_product_experience", False, True, lambda shop: _new(shop)[0], 200, 422),
    ("variant_list_filters", True, False, _variant_lookup, 200, 422),
    ("variant_moves_date_modified", False, True, _date_after_variant, "30", "31"),
]


PROBES += ORDER_PROBES


@pytest.mark.parametrize("row", PROBES, ids=[row[0] for row in PROBES])
def test_a_switch_changes_what_it_says(shop: Shop, row: tuple[str, object, object, Probe, Any, Any]) -> None:
    name, usual, other, probe, seen, seen_otherwise = row
    assert shop.machine.switches[name] == usual
    assert probe(shop) == seen
    switched = Shop()
    switched.machine.switches[name] = other
    assert probe(switched) == seen_otherwise


def test_every_switch_is_tried() -> None:
    elsewhere = {"variant_batch"}
    assert {probe[0] for probe in PROBES} | elsewhere == set(Shop().machine.default_switches)
