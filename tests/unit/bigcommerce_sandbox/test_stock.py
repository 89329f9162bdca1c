"""Stock: what an adjustment does, when it is seen, where it lies, what an order takes."""

from __future__ import annotations

from typing import Any

import pytest

from .shop import Shop, adjust


def test_an_adjustment_is_seen_only_after_the_lag(shop: Shop) -> None:
    assert adjust(shop, "absolute", sku="TEE-M", quantity=9) == 200
    assert shop.levels("TEE-M") == [2]
    shop.wait(0.25)
    assert shop.levels("TEE-M") == [9]
    assert shop.read("/v3/catalog/variants", sku="TEE-M")[0]["inventory_level"] == 9


def test_a_relative_adjustment_counts_from_the_true_level_not_the_seen_one(shop: Shop) -> None:
    adjust(shop, "absolute", sku="TEE-M", quantity=9)
    assert adjust(shop, "relative", sku="TEE-M", quantity=-9) == 200
    assert adjust(shop, "relative", sku="TEE-M", quantity=-1) == 422
    shop.wait(1)
    assert shop.levels("TEE-M") == [0]


def test_safety_stock_is_not_sold_by_a_relative_adjustment(shop: Shop) -> None:
    settings = {"settings": [{"identity": {"sku": "TEE-M"}, "safety_stock": 1}]}
    assert shop.call("PUT", "/v3/inventory/locations/1/items", settings)[0] == 200
    assert adjust(shop, "relative", sku="TEE-M", quantity=-2) == 422
    assert adjust(shop, "absolute", sku="TEE-M", quantity=0) == 200
    shop.wait(1)
    (item,) = shop.read("/v3/inventory/locations/1/items", sku__in="tee-m")
    assert (item["total_inventory_onhand"], item["available_to_sell"]) == (0, -1)


def test_stock_lies_at_each_location_for_itself(shop: Shop) -> None:
    back_room = shop.machine.add_location("Back room", address={"city": "Oslo"})
    items = [{"location_id": back_room, "product_id": shop.mug.id, "quantity": 40}]
    assert shop.call("PUT", "/v3/inventory/adjustments/absolute", {"reason": "count", "items": items})[0] == 200
    shop.wait(1)
    assert shop.levels("MUG-1") == [5, 40]
    assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["inventory_level"] == 5
    shop.machine.switches["catalogue_level"] = "total"
    shop.machine.touch(shop.mug)
    assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["inventory_level"] == 45


def test_a_shopper_s_order_takes_stock_and_stops_at_none(shop: Shop) -> None:
    assert shop.machine.sell("TEE-M", 2) == 0
    assert shop.levels("TEE-M") == [0]
    with pytest.raises(Exception, match="out of stock"):
        shop.machine.sell("TEE-M")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"is_default": "true"}, ["BC-LOCATION-1"]),
        ({"location_id__in": "2"}, ["LOCATION-2"]),
        ({"location_code__in": "LOCATION-2,NONE"}, ["LOCATION-2"]),
        ({"type_id__in": "VIRTUAL"}, []),
        ({"is_active": "false"}, ["LOCATION-2"]),
    ],
)
def test_a_filter_on_locations_gives_what_it_names(shop: Shop, query: dict[str, Any], found: list[str]) -> None:
    shop.machine.add_location("Back room", enabled=False)
    assert [place["code"] for place in shop.read("/v3/inventory/locations", **query)] == found
