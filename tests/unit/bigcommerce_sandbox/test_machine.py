"""Quota, saved state, seeding, the cost of a page."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.kit import catalogue_csv
from pipelines.kit.sandbox import Clock, Request, from_json, to_json
from pipelines.kit.sandbox.faults import KNOWN, fits
from pipelines.platforms.bigcommerce.sandbox import create
from pipelines.platforms.bigcommerce.sandbox.base import STANDARD_QUOTA

from .shop import HEADERS, START, Shop, adjust


def test_the_quota_is_told_on_every_answer_and_enforced_when_on(shop: Shop) -> None:
    request = Request("GET", "/stores/abc123/v2/time", (), HEADERS)
    assert shop.machine.handle(request).headers["x-rate-limit-requests-left"] == "150"
    shop.machine.quota = STANDARD_QUOTA
    answers = [shop.machine.handle(request) for _ in range(151)]
    assert [answer.status for answer in answers].count(429) == 1
    assert answers[-2].headers["x-rate-limit-requests-left"] == "0"
    assert int(answers[-1].headers["x-rate-limit-time-reset-ms"]) == 30000
    shop.wait(30)
    assert shop.machine.handle(request).status == 200


def test_a_saved_store_goes_on_where_it_stood(shop: Shop) -> None:
    adjust(shop, "absolute", sku="TEE-M", quantity=9)
    saved = from_json(to_json(shop.machine.dump()))
    again = Shop()
    again.machine = create(clock=Clock(START, frozen=True))
    again.machine.load(saved)
    for path in ("/v3/catalog/products", "/v3/catalog/variants", "/v3/catalog/brands", "/v3/inventory/locations"):
        assert again.read(path) == shop.read(path)
    assert again.levels("TEE-M") == [2]
    again.wait(1)
    assert again.levels("TEE-M") == [9]
    assert again.machine.make_product(name="Next", price=1).id == shop.machine.make_product(name="Next", price=1).id


CATALOGUE = b"""Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
Variant Inventory Qty,Variant Price,Cost per item,Variant Barcode,Image Src,Image Position
lamp,Lamp,Lumen,Lights,"desk, led",true,Title,Default Title,L-1,1500,4,39.90,20,4006381333931,https://i.example/l.png,1
scarf,Scarf,Wool & Co,Clothing,,false,Colour,Red,SC-R,200,-2,15,,,https://i.example/r.png,1
scarf,,,,,,,Blue,SC-B,200,,16,,,https://i.example/b.png,2
"""


def test_a_catalogue_becomes_products_that_were_there_before(shop: Shop) -> None:
    machine = create(clock=Clock(START, frozen=True))
    machine.seed(catalogue_csv.read(CATALOGUE))
    lamp, scarf = machine.product_by_sku("L-1"), machine.product_by_sku("SC-B")
    assert (lamp["name"], lamp["price"], lamp["weight"], lamp["inventory_level"]) == (
        "Lamp",
        Decimal("39.9"),
        Decimal("1.5"),
        4,
    )
    assert (lamp["upc"], lamp["search_keywords"], len(lamp["images"])) == ("4006381333931", "desk, led", 1)
    assert (scarf["is_visible"], scarf["inventory_tracking"]) == (False, "variant")
    assert [(v["sku"], v["calculated_price"], v["inventory_level"]) for v in scarf["variants"]] == [
        ("SC-R", 15, 0),
        ("SC-B", 16, 0),
    ]
    assert machine.facts["not_seeded"] == []


def test_a_page_costs_its_own_products_and_none_of_the_others() -> None:
    machine = create()
    looked_at: list[int] = []
    for number in range(1000):
        machine.make_product(name=f"Product {number}", price=1)
    seen = machine.renderer.product
    machine.renderer.product = lambda product, *rest: (looked_at.append(product.id), seen(product, *rest))[1]  # type: ignore[method-assign]
    path = "/stores/abc123/v3/catalog/products"
    machine.handle(Request("GET", path, (("page", "7"), ("limit", "10")), HEADERS))
    assert len(looked_at) == 10


@pytest.mark.parametrize("code", [code for code in KNOWN if fits(code, "write")])
def test_a_fault_on_a_write_has_the_effect_its_name_says(shop: Shop, code: str) -> None:
    shop.machine.faults.script(code, method="PUT", variant=0)
    path = f"/stores/abc123/v3/catalog/products/{shop.mug.id}"
    shop.machine.handle(Request("PUT", path, (), HEADERS, b'{"price": 77}'))
    applied = shop.read(f"/v3/catalog/products/{shop.mug.id}")["price"] == 77
    assert applied == (code in {"F3", "F6", "F8", "F9", "F24"})
    if code == "F4":
        shop.wait(60)
        assert shop.read(f"/v3/catalog/products/{shop.mug.id}")["price"] == 77


def test_a_throttled_stock_call_is_refused_in_the_form_of_the_stock_calls(shop: Shop) -> None:
    shop.call("GET", "/v2/time")
    shop.machine.faults.script("F7", variant=0)
    request = Request("PUT", "/stores/abc123/v3/inventory/adjustments/absolute", (), HEADERS, b"{}")
    answer = shop.machine.handle(request)
    assert (answer.status, answer.headers["content-type"]) == (429, "application/problem+json")
    assert answer.headers["x-retry-after"] == "2"
