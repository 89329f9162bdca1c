"""The sandbox store keeps the platform's promises: limits, uniqueness, side effects, error bodies, form of answers.

Refused calls are a table in ``pipelines/platforms/bigcommerce/cases/calls_refused.json``. Answers are checked
against the vendor's documents where these are at hand (``../shared``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipelines.kit import catalogue_csv
from pipelines.kit.sandbox import Clock, InProcessAdapter, Request, Response, from_json, to_json
from pipelines.platforms.bigcommerce.sandbox import BigCommerceSandbox, create
from pipelines.platforms.bigcommerce.sandbox.base import STANDARD_QUOTA

ROOT = Path(__file__).parents[2]
CASES = ROOT / "pipelines/platforms/bigcommerce/cases"
SPECS = ROOT.parent / "shared/specs/bigcommerce"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HEADERS = {"x-auth-token": "t", "accept": "application/json", "content-type": "application/json"}
REFUSED = json.loads((CASES / "calls_refused.json").read_text("utf-8"), parse_float=Decimal)


class Shop:
    """A store of a few products, and a way to call it."""

    def __init__(self) -> None:
        self.machine: BigCommerceSandbox = create(clock=Clock(START, frozen=True))
        machine = self.machine
        self.mug = machine.make_product(name="Mug", price=Decimal("12.50"), sku="MUG-1", inventory_tracking="product")
        sizes = [_variant(f"TEE-{size}", size) for size in ("S", "M", "L")]
        self.tee = machine.make_product(name="Tee", price=20, variants=sizes, inventory_tracking="variant")
        self.card = machine.make_product(name="Gift card", price=25, sku="CARD", type="digital")
        self.category = machine.new_category({"name": "Kitchen", "tree_id": 1})
        machine.brand_by_name("Acme")
        machine.set_level("MUG-1", 5)
        machine.set_level("TEE-M", 2)

    @property
    def names(self) -> dict[str, Any]:
        """What a path or body of a case may name in braces."""
        option = self.tee.options[0]
        return {
            "mug": self.mug.id,
            "tee": self.tee.id,
            "card": self.card.id,
            "mug_variant": self.mug.variants[0].id,
            "tee_s": self.tee.variants[0].id,
            "tee_m": self.tee.variants[1].id,
            "size": option["id"],
            "size_s": option["option_values"][0]["id"],
            "category": self.category["category_id"],
        }

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Status and body of one call; ``path`` from ``/v3/…`` on; ``id_in`` in the query is ``id:in``."""
        pairs = tuple((name.replace("__", ":"), str(value)) for name, value in query.items())
        sent = b"" if body is None else to_json(body)
        answer = self.machine.handle(Request(method, f"/stores/abc123{path}", pairs, HEADERS, sent))
        return answer.status, from_json(answer.body) if answer.body else None

    def read(self, path: str, **query: Any) -> Any:
        status, body = self.call("GET", path, **query)
        assert status == 200, body
        return body["data"]

    def levels(self, sku: str) -> list[int]:
        """What a reader sees of an item, per location."""
        found = self.read("/v3/inventory/items", sku__in=sku)
        return [place["total_inventory_onhand"] for item in found for place in item["locations"]]

    def wait(self, seconds: float) -> None:
        self.machine.clock.advance(seconds)


def _variant(sku: str, size: str, **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "option_values": [{"option_display_name": "Size", "label": size}], **fields}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def _filled(value: Any, names: Mapping[str, Any]) -> Any:
    """A case with ``{name}`` replaced; a text that is nothing but a name becomes the value itself."""
    if isinstance(value, str):
        return _filled_text(value, names)
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if isinstance(value, dict) and "repeat" in value:
        return [_filled(value["item"], {**names, "n": n}) for n in range(value["repeat"])]
    if isinstance(value, dict):
        return {key: _filled(item, names) for key, item in value.items()}
    return value


def _filled_text(text: str, names: Mapping[str, Any]) -> Any:
    if text[:1] == "{" and text[1:-1] in names:
        return names[text[1:-1]]
    if text.startswith("repeat:"):
        _, part, times = text.split(":")
        return part * int(times)
    for name, held in names.items():
        text = text.replace(f"{{{name}}}", str(held))
    return text


def _request(case: Mapping[str, Any], names: Mapping[str, Any]) -> Request:
    headers = {name: value for name, value in {**HEADERS, **case.get("headers", {})}.items() if value is not None}
    query = _filled(case.get("query", {}), names)
    pairs = tuple((name.replace("__", ":"), str(value)) for name, value in query.items())
    body = to_json(_filled(case["body"], names)) if "body" in case else b""
    return Request(case["method"], f"/stores/abc123{_filled(case['path'], names)}", pairs, headers, body)


def _prepare(shop: Shop, case: Mapping[str, Any]) -> Request:
    """Bring the store where the case starts, and make its request."""
    shop.machine.switches |= case.get("switches", {})
    for step in case.get("before", []):
        getattr(shop.machine, step["do"])(**_filled(step["with"], shop.names))
    return _request(case, shop.names)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_call_the_platform_refuses_is_refused_and_changes_nothing(shop: Shop, case: dict[str, Any]) -> None:
    request = _prepare(shop, case)
    before = to_json(shop.machine.dump()["state"]["products"])
    response = shop.machine.handle(request)
    answer = from_json(response.body)
    assert response.status == case["status"], answer
    assert set(case.get("fields", [])) <= set(answer["errors"] if case.get("fields") else [])
    assert case.get("says", "") in json.dumps(answer, default=str)
    if not case.get("saves"):
        assert to_json(shop.machine.dump()["state"]["products"]) == before


def test_every_error_status_the_fact_sheet_names_can_be_reached() -> None:
    assert {400, 401, 404, 405, 406, 409, 413, 415, 422, 207} <= {case["status"] for case in REFUSED}


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


# --- stock --------------------------------------------------------------------------------------------------


def _adjust(shop: Shop, how: str, **item: Any) -> int:
    method = "PUT" if how == "absolute" else "POST"
    return shop.call(method, f"/v3/inventory/adjustments/{how}", {"items": [{"location_id": 1, **item}]})[0]


def test_an_adjustment_is_seen_only_after_the_lag(shop: Shop) -> None:
    assert _adjust(shop, "absolute", sku="TEE-M", quantity=9) == 200
    assert shop.levels("TEE-M") == [2]
    shop.wait(0.25)
    assert shop.levels("TEE-M") == [9]
    assert shop.read("/v3/catalog/variants", sku="TEE-M")[0]["inventory_level"] == 9


def test_a_relative_adjustment_counts_from_the_true_level_not_the_seen_one(shop: Shop) -> None:
    _adjust(shop, "absolute", sku="TEE-M", quantity=9)
    assert _adjust(shop, "relative", sku="TEE-M", quantity=-9) == 200
    assert _adjust(shop, "relative", sku="TEE-M", quantity=-1) == 422
    shop.wait(1)
    assert shop.levels("TEE-M") == [0]


def test_safety_stock_is_not_sold_by_a_relative_adjustment(shop: Shop) -> None:
    settings = {"settings": [{"identity": {"sku": "TEE-M"}, "safety_stock": 1}]}
    assert shop.call("PUT", "/v3/inventory/locations/1/items", settings)[0] == 200
    assert _adjust(shop, "relative", sku="TEE-M", quantity=-2) == 422
    assert _adjust(shop, "absolute", sku="TEE-M", quantity=0) == 200
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


# --- quota, state, catalogue --------------------------------------------------------------------------------


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
    _adjust(shop, "absolute", sku="TEE-M", quantity=9)
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


# --- the vendor's documents ---------------------------------------------------------------------------------

DOCUMENTS = {
    "catalog/products_catalog.v3.yml": "/v3",
    "catalog/product-variants_catalog.v3.yml": "/v3",
    "catalog/product-variant-options_catalog.v3.yml": "/v3",
    "catalog/product-modifiers_catalog.v3.yml": "/v3",
    "catalog/brands_catalog.v3.yml": "/v3",
    "catalog/category-trees_catalog.v3.yml": "/v3",
    "inventory.v3.yml": "/v3",
    "locations.v3.yml": "/v3",
    "settings.v3.yml": "/v3",
    "channels.v3.yml": "/v3",
    "store_information.v2.yml": "/v2",
}


def _nullable(node: Any) -> None:
    """Corrections 3 and 4 of the fact sheet's §13: nulls that the documents describe but do not declare."""
    if isinstance(node, dict):
        if node.pop("x-nullable", False):
            node["nullable"] = True
        for name in ("base_variant_id", "sku_id"):
            if isinstance(node.get("properties"), dict) and name in node["properties"]:
                node["properties"][name]["nullable"] = True
        for part in node.values():
            _nullable(part)
    elif isinstance(node, list):
        for part in node:
            _nullable(part)


def _corrected(file: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    document: dict[str, Any] = yaml.load((SPECS / file).read_text("utf-8"), Loader=yaml.CSafeLoader)
    _nullable(document)
    document["servers"] = [{"url": f"http://sandbox/stores/abc123{DOCUMENTS[file]}"}]
    images = document["paths"].get("/catalog/products/{product_id}/images")
    if images:
        content = images["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        content["properties"]["data"]["anyOf"] = content["properties"]["data"].pop("oneOf")
    return document


class Documents:
    """The vendor's documents, and which operation of which of them a call is."""

    def __init__(self) -> None:
        core = pytest.importorskip("openapi_core")
        config = core.Config(
            spec_validator_cls=None, extra_media_type_deserializers={"application/problem+json": json.loads}
        )
        self.all = [core.OpenAPI.from_dict(_corrected(file), config=config) for file in DOCUMENTS]

    def check(self, request: Request, response: Response) -> None:
        """Raise what the document of this operation has against the answer."""
        from openapi_core.templating.paths.exceptions import PathNotFound, ServerNotFound
        from openapi_core.testing import MockRequest, MockResponse
        from openapi_core.validation.response.exceptions import MissingData

        asked = MockRequest("http://sandbox", request.method.lower(), request.path)
        kind = response.headers.get("content-type", "application/json")
        answer = MockResponse(response.body, response.status, dict(response.headers), kind)
        for document in self.all:
            try:
                document.validate_response(asked, answer)
            except (PathNotFound, ServerNotFound):
                continue
            except MissingData:
                assert response.status == 204
            return
        raise AssertionError(f"{request.method} {request.path} is in no document")


@pytest.fixture(scope="module")
def documents() -> Documents:
    if not SPECS.is_dir():
        pytest.skip("the vendor's documents are not at hand (../shared/specs/bigcommerce)")
    return Documents()


def test_answers_have_the_form_the_vendor_s_documents_give_them(shop: Shop, documents: Documents) -> None:
    names = shop.names
    for case in json.loads((CASES / "calls_accepted.json").read_text("utf-8"), parse_float=Decimal):
        request = _request(case, names)
        response = shop.machine.handle(request)
        assert response.status == case["status"], (case["name"], response.body)
        documents.check(request, response)


UNDECLARED = {
    ("DELETE", "/v3/catalog/products", 413),
    ("DELETE", "/v3/catalog/products", 422),
    ("DELETE", "/v3/catalog/products/{mug}/variants/{mug_variant}", 422),
    ("GET", "/v3/catalog/products", 422),
    ("GET", "/v3/catalog/variants", 422),
    ("POST", "/v3/catalog/products/{tee}/variants", 409),
    ("POST", "/v3/catalog/products/{tee}/variants", 422),
    ("PUT", "/v3/catalog/products/{tee}/variants/{tee_s}", 422),
    ("PUT", "/v3/settings/inventory", 422),
}
"""Refusals of operations for which the documents declare no such status; the status is our reading."""


def test_refusals_have_the_form_the_vendor_s_documents_give_them(documents: Documents) -> None:
    from openapi_core.templating.responses.exceptions import ResponseNotFound

    undeclared = set()
    for case in REFUSED:
        shop = Shop()
        request = _prepare(shop, case)
        response = shop.machine.handle(request)
        if response.status in {400, 401, 405, 406, 415} or "/nothing" in case["path"]:
            continue
        try:
            documents.check(request, response)
        except ResponseNotFound:
            undeclared.add((case["method"], case["path"], case["status"]))
    assert undeclared == UNDECLARED


def test_the_documents_would_notice_a_price_that_is_text(shop: Shop, documents: Documents) -> None:
    request = _request({"method": "GET", "path": "/v3/catalog/products/{mug}"}, shop.names)
    response = shop.machine.handle(request)
    documents.check(request, response)
    with pytest.raises(Exception, match="InvalidData"):
        documents.check(request, replace(response, body=response.body.replace(b'"price":12.5', b'"price":"12.5"')))


# --- other people's clients, and people who mean no good -----------------------------------------------------


def test_an_independent_client_lists_reads_and_updates(shop: Shop) -> None:
    connection = pytest.importorskip("bigcommerce.connection")
    client = connection.OAuthConnection("client", "abc123", "t", api_path="/stores/{}/v3/{}")
    client._session.mount("https://api.bigcommerce.com", InProcessAdapter(shop.machine, "https://api.bigcommerce.com"))
    assert [product["name"] for product in client.get("catalog/products", limit=2)["data"]] == ["Mug", "Tee"]
    client.update("catalog/products", shop.mug.id, {"price": 11.5})
    assert client.get("catalog/products", shop.mug.id)["data"]["price"] == 11.5
    made = client.create("catalog/products", {"name": "Jug", "type": "physical", "weight": 1, "price": 30})
    assert client.get("catalog/variants", **{"product_id:in": made["data"]["id"]})["meta"]["pagination"]["total"] == 1
    assert client.rate_limit["requests_quota"] == 150


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b'{"price": 1e999999999}',
        b'{"price": 123456789012345678901234567890}',
        b'{"custom_url": ["/a/"], "categories": {"a": 1}, "variants": [1], "images": "x"}',
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_a_hostile_body_is_refused_and_never_breaks_the_store(shop: Shop, body: bytes) -> None:
    for path in (f"/v3/catalog/products/{shop.mug.id}", "/v3/catalog/products", "/v3/inventory/adjustments/absolute"):
        answer = shop.machine.handle(Request("PUT", f"/stores/abc123{path}", (), HEADERS, body))
        assert answer.status in (400, 422)


def test_any_call_gets_an_answer_and_leaves_the_shelves_straight(shop: Shop) -> None:
    rng = Random(7)  # noqa: S311
    shop.machine.switches["unknown_fields"] = "ignore"
    operations = [entry for entries in shop.machine._table.values() for entry in entries]
    for _ in range(3000):
        operation = rng.choice(operations)
        path = re.sub(
            r"\{(?!store)\w+\}", lambda _: str(rng.choice([1, 77, 78, 79, 95, 108, "x", "²"])), operation.template
        )
        body = {rng.choice(WORDS): _anything(rng, 0) for _ in range(4)}
        sent = to_json(
            rng.choice(
                [body, [body], {"items": [body]}, {"name": "N", "type": "physical", "weight": 1, "price": 1, **body}]
            )
        )
        query = tuple(
            (rng.choice(QUERIES), rng.choice(["1", "-1", "x", "", "77,78", "name", "2026-01-01", "9" * 40]))
            for _ in range(2)
        )
        request = Request(
            operation.method, path.replace("{store}", "abc123"), query if rng.random() < 0.5 else (), HEADERS, sent
        )
        answer = shop.machine.handle(request)
        assert answer.status < 500
        assert answer.body == b"" or from_json(answer.body)
    store = shop.machine.store
    assert store.variant_ids == sorted(
        variant.id for product in store.products.values() for variant in product.variants
    )
    assert set(store.names.values()) == set(store.products)


WORDS = (
    "id",
    "name",
    "sku",
    "price",
    "variants",
    "images",
    "custom_fields",
    "option_values",
    "label",
    "sort_order",
    "type",
)
WORDS += (
    "items",
    "location_id",
    "quantity",
    "variant_id",
    "product_id",
    "settings",
    "identity",
    "tree_id",
    "parent_id",
)
WORDS += (
    "inventory_tracking",
    "inventory_level",
    "categories",
    "brand_name",
    "custom_url",
    "image_url",
    "display_name",
)
QUERIES = (
    "page",
    "limit",
    "include",
    "id:in",
    "sku:in",
    "date_modified:min",
    "name",
    "categories:in",
    "sort",
    "keyword",
)
VALUES = (
    None,
    True,
    0,
    1,
    -5,
    78,
    79,
    Decimal("12.5"),
    "",
    "Mug",
    "TEE-S",
    "variant",
    "https://x.example/a",
    "x" * 300,
    2**40,
)


def _anything(rng: Random, depth: int) -> Any:
    kind = rng.randrange(12)
    if kind < 9 or depth > 3:
        return rng.choice(VALUES)
    inside = {rng.choice(WORDS): _anything(rng, depth + 1) for _ in range(rng.randrange(6))}
    return inside if kind == 9 else [inside, *([_anything(rng, depth + 1)] if kind == 10 else [])]
