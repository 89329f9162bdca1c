"""The X-Series sandbox: its answers are the vendor's shapes, and its feed loses no change."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from pipelines.kit.catalogue_csv import read
from pipelines.kit.sandbox import Clock, InProcessAdapter, Request, Response, from_json, serve, to_json
from pipelines.platforms.lightspeed_x.sandbox import LightspeedX, create
from pipelines.platforms.lightspeed_x.sandbox.feed import Feed, Window

ROOT = Path(__file__).parents[2]
CASES = ROOT / "pipelines" / "platforms" / "lightspeed_x" / "cases"
SPECS = ROOT.parent / "shared" / "specs" / "lightspeed_x"
BASE = "https://till.example/api/2026-07"
REFUSED = json.loads((CASES / "refused_requests.json").read_text())
HOSTILE = json.loads((CASES / "hostile_products.json").read_text())
SKU_TEXT = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item\n"


class Client:
    """Calls a sandbox, and holds every call to the vendor's document when it is there."""

    def __init__(self, machine: LightspeedX) -> None:
        self.machine = machine

    def send(self, method: str, path: str, body: Any = None, text: str | None = None) -> Response:
        path, _, query = path.partition("?")
        content = text.encode() if text is not None else b"" if body is None else to_json(body)
        headers = {"authorization": "Bearer t", "content-type": "application/json"}
        request = Request(method, f"/api/2026-07{path}", tuple(parse_qsl(query)), headers, content)
        return self.machine.handle(request)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = self.send(method, path, body)
        assert response.status < 300, response.body
        conform(method, path, body, response)
        return from_json(response.body) if response.body else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def product(self, sku: str) -> dict[str, Any]:
        (found,) = self.get(f"/products?sku={sku}")["data"]
        return dict(found)

    def walk(self, path: str) -> list[dict[str, Any]]:
        """Every page until an empty one, as the vendor says."""
        rows: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}after={after}")
            if not page["data"]:
                assert page["version"] == {"min": None, "max": None}
                return rows
            rows += page["data"]
            after = page["version"]["max"]


@cache
def document() -> Any:
    path = SPECS / "api-2026-07.openapi.yaml"
    if not path.exists():
        return None
    openapi_core = pytest.importorskip("openapi_core")
    yaml = pytest.importorskip("yaml")
    loaded = yaml.safe_load(path.read_text())
    loaded["servers"] = [{"url": BASE}]
    create = loaded["components"]["schemas"]
    create["ProductCode"]["required"] = ["code"]  # a client cannot know the id it is to send (cases: vendor_slips)
    return openapi_core.OpenAPI.from_dict(loaded)


def conform(method: str, path: str, body: Any, response: Response) -> None:
    openapi = document()
    if openapi is None:
        return
    from openapi_core.testing import MockRequest, MockResponse

    path, _, query = path.partition("?")
    request = MockRequest(
        "https://till.example",
        method.lower(),
        f"/api/2026-07{path}",
        args=dict(parse_qsl(query)),
        headers={"Authorization": "Bearer t"},
        data=None if body is None else to_json(body),
    )
    openapi.validate_request(request)
    answer = MockResponse(response.body, response.status, content_type="application/json")
    openapi.validate_response(request, answer)


@pytest.fixture
def machine() -> LightspeedX:
    made = create()
    made.add_product("Mug", sku="MUG", price="12.50", cost="4.20", quantity=10, barcode="036000291452", tags=("a", "b"))
    made.add_product(
        "Tee",
        options=("Size", "Colour"),
        brand="Acme",
        category="Shirts",
        images=("https://images.example/1.jpg", "https://images.example/2.jpg"),
        variants=[
            {"values": ("S", "Red"), "sku": "TEE-S", "price": "20", "quantity": 3},
            {"values": ("M", "Red"), "sku": "TEE-M", "price": "21", "quantity": 0},
            {"values": ("L", "Red"), "sku": "TEE-L", "price": "22"},
        ],
    )
    return made


@pytest.fixture
def client(machine: LightspeedX) -> Client:
    return Client(machine)


@pytest.fixture
def ids(machine: LightspeedX) -> dict[str, str]:
    return {
        "{mug}": machine.product("MUG").id,
        "{outlet}": machine.outlet_id("Main Outlet"),
        "{size}": machine.till.named["attributes"]["Size"],
        "{user}": next(iter(machine.till.users.items)),
        "{register}": next(iter(machine.till.registers.items)),
        "{tax}": machine.till.retailer["no_tax_group_id"],
    }


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    text = json.dumps(value)
    for name, key in ids.items():
        text = text.replace(name, key)
    return json.loads(text)


# --- the vendor's shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/retailer",
        "/outlets",
        "/registers",
        "/taxes",
        "/outlet_taxes",
        "/payment_types",
        "/users",
        "/user",
        "/brands",
        "/suppliers",
        "/tags",
        "/product_categories",
        "/variant_attributes",
        "/products",
        "/products?include_images=false",
        "/stock_adjustments",
        "/custom_inventory_adjustment_reasons",
        "/customers",
        "/sales",
        "/fulfillments",
        "/search?type=products",
    ],
)
def test_every_list_has_the_documented_shape(client: Client, path: str) -> None:
    if document() is None:
        pytest.skip("the vendor's document is not here")
    assert client.get(path)


def test_no_operation_of_the_sandbox_is_missing_from_the_document(machine: LightspeedX) -> None:
    openapi = document()
    if openapi is None:
        pytest.skip("the vendor's document is not here")
    named = {f"{m.upper()} {p}" for p, item in openapi.spec.read_value()["paths"].items() for m in item}
    plain = {_without_names(operation) for operation in named}
    ours = {f"{r.method} {r.template.removeprefix('/api/2026-07')}" for rs in machine._table.values() for r in rs}
    assert {_without_names(operation) for operation in ours} <= plain


def _without_names(operation: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in operation.split("/"))


def test_product_answer_carries_what_a_sync_needs(client: Client) -> None:
    mug = client.product("MUG")
    assert (mug["price_excluding_tax"], mug["supply_price"]) == (Decimal("12.5"), Decimal("4.2"))
    assert [(code["type"], code["code"]) for code in mug["product_codes"]] == [
        ("CUSTOM", "MUG"),
        ("UPC", "036000291452"),
    ]
    assert [tag["name"] for tag in mug["categories"]] == ["a", "b"]
    assert (mug["has_variants"], mug["variant_parent_id"], mug["has_inventory"]) == (False, None, True)


def test_parent_of_a_family_is_a_sellable_variant_itself(client: Client) -> None:
    small, medium = client.product("TEE-S"), client.product("TEE-M")
    assert (small["variant_parent_id"], small["has_variants"], small["variant_name"]) == (None, True, "Tee / S / Red")
    assert (medium["variant_parent_id"], medium["has_variants"]) == (small["id"], True)
    assert small["family_id"] == medium["family_id"]
    assert [option["value"] for option in medium["variant_options"]] == ["M", "Red"]
    assert [image["url"][-5:] for image in medium["images"]] == ["1.jpg", "2.jpg"]
    assert client.product("TEE-L")["has_inventory"] is False


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_wrong_request_is_refused_and_changes_nothing(
    client: Client, machine: LightspeedX, ids: dict[str, str], case: dict[str, Any]
) -> None:
    case = with_ids(case, ids)
    before = machine.till.version, to_json(machine.till.dump())
    response = client.send(case["method"], case["path"], case.get("body"), case.get("text"))
    assert response.status == case["status"]
    assert set(from_json(response.body)) == {"error", "message"}
    assert _data(before[1]) == _data(to_json(machine.till.dump()))


def _data(dump: bytes) -> dict[str, Any]:
    return {name: value for name, value in from_json(dump).items() if name not in ("version", "next_number")}


# --- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4, 200])
def test_walk_until_the_empty_page_sees_every_product_once(client: Client, size: int) -> None:
    skus = [row["sku"] for row in client.walk(f"/products?page_size={size}")]
    assert sorted(skus) == ["MUG", "TEE-L", "TEE-M", "TEE-S"]


def test_change_between_pages_is_seen_again_and_nothing_is_skipped(client: Client, machine: LightspeedX) -> None:
    first = client.get("/products?page_size=2")
    machine.edit_product("MUG", price="13")
    rest = client.get(f"/products?after={first['version']['max']}")["data"]
    assert {row["sku"] for row in [*first["data"], *rest]} == {"MUG", "TEE-L", "TEE-M", "TEE-S"}
    assert [row["price_excluding_tax"] for row in rest if row["sku"] == "MUG"] == [13]


def test_the_sku_of_a_deleted_product_is_nobodys(machine: LightspeedX) -> None:
    product = machine.add_product("Loose", sku="LOOSE-1", price=1)
    machine.delete("LOOSE-1")
    with pytest.raises(KeyError):
        machine.product("LOOSE-1")
    assert machine.product(product).sku == "LOOSE-1"


def test_deleted_product_is_announced_only_when_asked_for(client: Client, machine: LightspeedX) -> None:
    cursor = client.get("/products")["version"]["max"]
    machine.delete("MUG")
    assert client.get(f"/products?after={cursor}")["data"] == []
    (gone,) = client.get(f"/products?after={cursor}&deleted=true")["data"]
    assert gone["sku"] == "MUG"
    assert gone["deleted_at"] is not None


def test_page_size_is_two_hundred_by_default_and_has_a_maximum(client: Client, machine: LightspeedX) -> None:
    for number in range(210):
        machine.add_product(f"P{number}", price="1")
    assert len(client.get("/products")["data"]) == 200
    machine.switches["page_size_max"] = 50
    assert len(client.get("/products?page_size=1000")["data"]) == 50


def test_sku_filter_ignores_the_other_parameters(client: Client) -> None:
    assert [row["sku"] for row in client.get(f"/products?sku=MUG&after={10**12}")["data"]] == ["MUG"]
    assert client.get("/products?sku=mug")["data"] == []
    assert len(client.get("/products?name=Tee&page_size=1")["data"]) == 3


def test_categories_page_by_the_last_seen_id(client: Client, machine: LightspeedX) -> None:
    for name in "ABC":
        machine.add_product(name, price="1", category=name)
    first = client.get("/product_categories?page_size=3")
    last = client.get(f"/product_categories?page_size=3&after={first['page_info']['last_seen']}")
    names = [row["name"] for page in (first, last) for row in page["data"]["categories"]]
    assert names == ["Shirts", "A", "B", "C"]
    assert (first["page_info"]["has_next"], last["page_info"]["has_next"]) == (True, False)


def test_page_costs_the_same_in_a_feed_of_any_length() -> None:
    class Row:
        def __init__(self, number: int) -> None:
            self.id, self.version, self.deleted_at = str(number), number, None

    feed: Feed[Any] = Feed()
    looked_at = 0
    for number in range(1, 5001):
        feed.put(Row(number))
    walk = feed._walk

    def counting(window: Window) -> Any:
        nonlocal looked_at
        for record in walk(window):
            looked_at += 1
            yield record

    feed._walk = counting  # type: ignore[method-assign]
    assert [row.version for row in feed.page(Window(10, after=4000))] == list(range(4001, 4011))
    assert looked_at == 10


# --- stock ---------------------------------------------------------------------------------------------------


def test_inventory_comes_newest_first_unless_told_otherwise(client: Client, machine: LightspeedX) -> None:
    machine.set_level("MUG", "Main Outlet", 4)
    newest = client.call("POST", "/inventory", {"size": 1})
    oldest = client.call("POST", "/inventory", {"size": 1, "sort_direction": "asc"})
    assert (newest[0]["product_id"], newest[0]["current_inventory_level"]) == (machine.product("MUG").id, 4)
    assert oldest[0]["product_id"] == machine.product("TEE-S").id
    after = client.call("POST", "/inventory", {"after": oldest[0]["version"], "sort_direction": "asc"})
    assert [row["current_inventory_level"] for row in after] == [0, 4]


def test_inventory_of_one_product_and_of_its_family(client: Client, machine: LightspeedX) -> None:
    small = machine.product("TEE-S").id
    assert len(client.get(f"/inventory/{small}")) == 1
    assert [row["current_inventory_level"] for row in client.get(f"/inventory/{small}?variants=true")] == [3, 0]
    both = client.call("POST", "/inventory", {"product_id": small, "variants": True, "sort_direction": "asc"})
    assert [row["current_inventory_level"] for row in both] == [3, 0]


def test_untracked_product_has_no_level_and_a_sale_makes_none(client: Client, machine: LightspeedX) -> None:
    machine.sell("TEE-L", 2)
    assert client.get(f"/inventory/{machine.product('TEE-L').id}") == []


def test_sale_and_return_move_the_level_and_the_cursor(client: Client, machine: LightspeedX) -> None:
    cursor = client.call("POST", "/inventory", {"size": 1})[0]["version"]
    machine.sell("MUG", 3)
    machine.sell("MUG", -1)
    (row,) = client.call("POST", "/inventory", {"after": cursor, "sort_direction": "asc"})
    assert row["current_inventory_level"] == 8


def test_second_outlet_has_its_own_level(client: Client, machine: LightspeedX) -> None:
    machine.add_outlet("Harbour")
    machine.set_level("MUG", "Harbour", "2.5")
    levels = {
        row["outlet_id"]: row["current_inventory_level"] for row in client.get(f"/inventory/{_id(machine, 'MUG')}")
    }
    assert levels == {machine.outlet_id("Main Outlet"): 10, machine.outlet_id("Harbour"): Decimal("2.5")}


def test_adjustments_are_deltas_and_all_or_nothing(client: Client, machine: LightspeedX, ids: dict[str, str]) -> None:
    good = {"product_id": ids["{mug}"], "outlet_id": ids["{outlet}"], "quantity": "-2", "reason": "DAMAGE"}
    client.call("POST", "/stock_adjustments", {"stock_adjustments": [good, good]})
    assert machine.level("MUG") == 6
    wrong = {**good, "quantity": "2"}
    assert client.send("POST", "/stock_adjustments", {"stock_adjustments": [good, wrong]}).status == 422
    assert machine.level("MUG") == 6
    assert [row["quantity"] for row in client.walk("/stock_adjustments")] == ["-2", "-2"]


def test_selling_a_bundle_takes_its_parts(client: Client, machine: LightspeedX) -> None:
    parts = [{"product_id": _id(machine, "MUG"), "quantity": 2}, {"product_id": _id(machine, "TEE-S"), "quantity": 1}]
    body = {"name": "Set", "sku": "SET", "price_excluding_tax": 40, "composite": parts}
    client.call("POST", "/products", body)
    machine.sell("SET", 1)
    assert (machine.level("MUG"), machine.level("TEE-S"), machine.level("SET")) == (8, 2, 0)
    assert client.product("SET")["composite_bom"] == {_id(machine, "MUG"): 2, _id(machine, "TEE-S"): 1}
    assert client.send("DELETE", f"/products/{_id(machine, 'MUG')}").status == 422


# --- create, update, delete ----------------------------------------------------------------------------------


def test_family_is_created_in_one_call_with_one_id_per_variant(client: Client, machine: LightspeedX) -> None:
    size = client.call("POST", "/variant_attributes", {"name": "Length"})["data"]["id"]
    variants = [
        {
            "sku": f"R-{value}",
            "price_excluding_tax": Decimal("7.25"),
            "variant_definitions": [{"attribute_id": size, "value": value}],
            "product_codes": [{"code": code, "type": "EAN"}],
            "inventory": [{"outlet_id": machine.outlet_id("Main Outlet"), "current_amount": 5, "reorder_point": 2}],
        }
        for value, code in (("1 m", "4006381333931"), ("2 m", "4006381333948"))
    ]
    images = [{"type": "url", "location": "https://images.example/r.jpg", "index": 0}]
    made = client.call("POST", "/products", {"name": "Ribbon", "variants": variants, "images": images})["data"]
    assert [client.get(f"/products/{key}")["data"]["sku"] for key in made] == ["R-1 m", "R-2 m"]
    first = client.product("R-1 m")
    assert [code["code"] for code in first["product_codes"]] == ["R-1 m", "4006381333931"]
    assert (first["price_excluding_tax"], machine.level("R-2 m")) == (Decimal("7.25"), 5)


def test_product_without_a_sku_gets_the_next_number(client: Client) -> None:
    (first,) = client.call("POST", "/products", {"name": "One"})["data"]
    (second,) = client.call("POST", "/products", {"name": "Two"})["data"]
    skus = [client.get(f"/products/{key}")["data"]["sku"] for key in (first, second)]
    assert skus == ["10001", "10002"]


def test_common_changes_the_family_and_details_one_product(client: Client, machine: LightspeedX) -> None:
    key = _id(machine, "TEE-M")
    cursor = client.get("/products")["version"]["max"]
    client.call("PUT", f"/products/{key}", {"details": {"is_active": False, "price_excluding_tax": 19}})
    changed = client.get(f"/products?after={cursor}")
    assert [(row["sku"], row["is_active"], row["price_excluding_tax"]) for row in changed["data"]] == [
        ("TEE-M", False, 19)
    ]
    client.call("PUT", f"/products/{key}", {"common": {"name": "Shirt", "description": "<p>New</p>"}})
    changed = client.get(f"/products?after={changed['version']['max']}")
    assert {row["sku"]: row["name"] for row in changed["data"]} == dict.fromkeys(("TEE-S", "TEE-M", "TEE-L"), "Shirt")


def test_sent_lists_replace_what_was_there(client: Client, machine: LightspeedX) -> None:
    key = _id(machine, "MUG")
    tag = client.call("POST", "/tags", {"name": "new"})["data"]
    client.call("PUT", f"/products/{key}", {"common": {"tag_ids": [tag]}})
    codes = [{"code": "MUG-2", "type": "CUSTOM"}, {"code": "4006381333931", "type": "EAN"}]
    client.call("PUT", f"/products/{key}", {"details": {"product_codes": codes}})
    mug = client.product("MUG-2")
    assert mug["tag_ids"] == [tag]
    assert [code["code"] for code in mug["product_codes"]] == ["MUG-2", "4006381333931"]
    assert client.get("/products?sku=MUG")["data"] == []
    client.call("PUT", f"/products/{key}", {"common": {"tag_ids": []}})
    assert client.product("MUG-2")["tag_ids"] == []


def test_empty_text_removes_brand_and_category(client: Client, machine: LightspeedX) -> None:
    client.call("PUT", f"/products/{_id(machine, 'TEE-S')}", {"common": {"brand_id": "", "product_category_id": ""}})
    tee = client.product("TEE-S")
    assert (tee["brand"], tee["brand_id"], tee["product_type_id"]) == (None, None, None)


def test_direct_stock_set_is_absolute_and_leaves_the_product_version(client: Client, machine: LightspeedX) -> None:
    version = client.product("MUG")["version"]
    row = {"outlet_id": machine.outlet_id("Main Outlet"), "current_amount": 2, "reorder_point": -1}
    client.call("PUT", f"/products/{_id(machine, 'MUG')}", {"details": {"inventory": [row]}})
    assert machine.level("MUG") == 2
    assert client.product("MUG")["version"] == version


def test_update_that_fails_in_one_part_changes_nothing(client: Client, machine: LightspeedX) -> None:
    body = {"common": {"name": "Other"}, "details": {"weight": 1}}
    assert client.send("PUT", f"/products/{_id(machine, 'MUG')}", body).status == 422
    assert client.product("MUG")["name"] == "Mug"


def test_deleting_the_parent_makes_the_next_variant_the_parent(client: Client, machine: LightspeedX) -> None:
    client.call("DELETE", f"/products/{_id(machine, 'TEE-S')}")
    medium, large = client.product("TEE-M"), client.product("TEE-L")
    assert (medium["variant_parent_id"], large["variant_parent_id"]) == (None, medium["id"])


def test_deleting_the_parent_can_take_the_family_along(client: Client, machine: LightspeedX) -> None:
    machine.switches["delete_parent_deletes_family"] = True
    client.call("DELETE", f"/products/{_id(machine, 'TEE-S')}")
    assert [row["sku"] for row in client.get("/products")["data"]] == ["MUG"]


def test_deleted_family_frees_its_name_and_codes(client: Client, machine: LightspeedX) -> None:
    old = _id(machine, "TEE-S")
    client.call("DELETE", f"/products/{old}/all")
    assert client.get("/products?name=Tee")["data"] == []
    assert client.call("POST", "/products", {"name": "Tee", "sku": "TEE-S"})["data"]
    assert client.get(f"/inventory/{old}") == []
    (row,) = client.get(f"/inventory/{old}?include_deleted=true")
    assert row["deleted_at"] is not None


def test_rename_of_a_brand_shows_at_once_and_moves_no_product_version(client: Client, machine: LightspeedX) -> None:
    before = client.product("TEE-S")["version"]
    machine.rename("brands", "Acme", "Acme Ltd")
    tee = client.product("TEE-S")
    assert (tee["brand"]["name"], tee["version"]) == ("Acme Ltd", before)
    machine.switches["rename_touches_products"] = True
    machine.rename("brands", "Acme Ltd", "Acme")
    assert client.product("TEE-S")["version"] > before
    assert client.product("MUG")["version"] < client.product("TEE-S")["version"]


def test_image_is_processing_first_and_uploaded_then(client: Client, machine: LightspeedX) -> None:
    session, base = _session(machine)
    files = {"image": ("a.png", b"\x89PNG\r\n\x1a\nrest", "image/png")}
    url = f"{base}/products/{_id(machine, 'MUG')}/actions/image_upload"
    made = session.post(url, files=files)
    assert (made.status_code, made.json()["data"]["status"]) == (201, "processing")
    key = made.json()["data"]["id"]
    assert client.get(f"/product_images/{key}")["data"]["status"] == "uploaded"
    assert len(client.product("MUG")["images"]) == 1
    assert client.send("DELETE", f"/product_images/{key}").status == 204
    assert client.product("MUG")["images"] == []


def test_image_position_changes_the_order_of_the_family(client: Client, machine: LightspeedX) -> None:
    second = client.product("TEE-S")["images"][1]["id"]
    client.call("PUT", f"/product_images/{second}", {"position": 0})
    assert [image["url"][-5:] for image in client.product("TEE-M")["images"]] == ["2.jpg", "1.jpg"]


def test_upload_that_is_no_picture_ends_in_error_and_shows_nowhere(client: Client, machine: LightspeedX) -> None:
    session, base = _session(machine)
    url = f"{base}/products/{_id(machine, 'MUG')}/actions/image_upload"
    key = session.post(url, files={"image": ("a.png", b"hello", "image/png")}).json()["data"]["id"]
    assert client.get(f"/product_images/{key}")["data"]["status"] == "error"
    assert client.product("MUG")["images"] == []


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["name"])
def test_hostile_record_still_has_the_documented_shape(
    client: Client, machine: LightspeedX, case: dict[str, Any]
) -> None:
    key = machine.add_product(**case)
    shown = client.get(f"/products/{key}")["data"]
    assert shown["name"] == case["name"]
    assert Decimal(shown["price_excluding_tax"]) == Decimal(case.get("price", "5"))


def test_prices_follow_the_tax_mode(client: Client, machine: LightspeedX) -> None:
    machine.add_tax("VAT", "0.15", is_default=True)
    mug = client.product("MUG")
    assert (mug["price_excluding_tax"], mug["price_including_tax"]) == (Decimal("12.5"), Decimal("14.375"))
    machine.set_retailer(tax_exclusive=False)
    mug = client.product("MUG")
    assert (mug["price_excluding_tax"], mug["price_including_tax"]) == (Decimal("10.86957"), Decimal("12.5"))


# --- control methods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "skus"),
    [
        (lambda m: m.edit_product("MUG", price="1", tags=("x",), brand="B", category="C", grams=5), {"MUG"}),
        (lambda m: m.edit_product("TEE-M", price="1", values=("M", "Blue"), sku="TEE-X"), {"TEE-X"}),
        (lambda m: m.edit_product("TEE-M", name="Shirt"), {"TEE-S", "TEE-M", "TEE-L"}),
        (lambda m: m.deactivate("TEE-M"), {"TEE-S", "TEE-M", "TEE-L"}),
        (
            lambda m: m.add_variant("TEE-S", ("XL", "Red"), sku="TEE-XL", price="23"),
            {"TEE-S", "TEE-M", "TEE-L", "TEE-XL"},
        ),
        (lambda m: m.add_image("TEE-S", "https://images.example/3.jpg", own=True), {"TEE-S"}),
        (lambda m: m.add_image("TEE-S", "https://images.example/3.jpg"), {"TEE-S", "TEE-M", "TEE-L"}),
        (lambda m: m.set_level("MUG", "Main Outlet", 1), set()),
    ],
    ids=["edit", "edit variant", "rename", "deactivate", "add variant", "own image", "family image", "level"],
)
def test_what_a_person_does_shows_in_the_feed(
    client: Client, machine: LightspeedX, change: Callable[[LightspeedX], object], skus: set[str]
) -> None:
    cursor = client.get("/products")["version"]["max"]
    change(machine)
    assert {row["sku"] for row in client.get(f"/products?after={cursor}")["data"]} == skus


# --- catalogue, state, limits, token -------------------------------------------------------------------------


def test_catalogue_file_becomes_the_tills_own_products() -> None:
    lines = (
        "tee,Tee,Size,S,,4,20.00,8",
        "tee,,,M,TEE-M,,21.00,",
        "mug,Mug,Title,Default Title,,0,9.90,",
    )
    machine = create()
    machine.seed(read(SKU_TEXT + "\n".join(lines) + "\n"))
    client = Client(machine)
    shown = {row["sku"]: row for row in client.walk("/products")}
    assert sorted(shown) == ["10001", "10002", "TEE-M"]
    assert (shown["10001"]["supply_price"], shown["TEE-M"]["has_inventory"]) == (8, False)
    assert (machine.level("10001"), machine.level("10002")) == (4, 0)
    assert client.get("/retailer")["data"]["sku_sequence"]["value"] == 10003


def test_saved_state_is_the_same_till_again(client: Client, machine: LightspeedX) -> None:
    machine.delete("TEE-S")
    saved = to_json(machine.dump())
    other = create(seed=9)
    other.load(from_json(saved))
    assert to_json(other.dump()) == saved
    again = Client(other)
    assert again.walk("/products?deleted=true") == client.walk("/products?deleted=true")
    body = {"size": 5000, "include_deleted": True}
    assert again.call("POST", "/inventory", body) == client.call("POST", "/inventory", body)
    assert other.new_id() == machine.new_id()
    other.edit_product("MUG", price="1")
    assert again.product("MUG")["price_excluding_tax"] == 1


def test_same_seed_gives_the_same_till() -> None:
    moment = Clock(datetime(2026, 1, 1, tzinfo=UTC), frozen=True)
    dumps = [to_json(create(seed=3, clock=moment).dump()) for _ in range(2)]
    assert dumps[0] == dumps[1]


@pytest.mark.parametrize(
    ("header", "status"),
    [({}, 401), ({"authorization": "Bearer wrong"}, 401), ({"authorization": "Bearer right"}, 200)],
    ids=["none", "wrong", "right"],
)
def test_wrong_token_reads_nothing(header: dict[str, str], status: int) -> None:
    machine = create(token="right")
    response = machine.handle(Request("GET", "/api/2026-07/outlets", headers=header))
    assert response.status == status
    assert (b"Main Outlet" in response.body) is (status == 200)


def test_over_the_budget_the_answer_names_a_date_and_then_it_goes_on() -> None:
    clock = Clock(datetime(2026, 7, 1, 10, tzinfo=UTC), frozen=True)
    machine = create(clock=clock)
    machine.add_register("Second")
    machine.limit_calls()
    client = Client(machine)
    answers = [client.send("GET", "/outlets") for _ in range(651)]
    assert [answer.status for answer in answers] == [200] * 650 + [429]
    assert answers[0].headers["x-ratelimit-limit"] == "650"
    assert answers[649].headers["x-ratelimit-remaining"] == "0"
    assert from_json(answers[650].body) == {"error": "Too Many Requests", "message": "Rate limiting enforced"}
    due = parsedate_to_datetime(answers[650].headers["retry-after"])
    assert (due - clock.now()).total_seconds() == 300
    clock.advance(300)
    assert client.send("GET", "/outlets").status == 200


def test_same_calls_over_a_socket_give_the_same_answers(client: Client, machine: LightspeedX) -> None:
    with serve(machine) as running:
        headers = {"Authorization": "Bearer t"}
        listed = requests.get(f"{running.url}/api/2026-07/products", headers=headers, timeout=5)
        assert from_json(listed.content) == client.get("/products")
        body = {"details": {"price_excluding_tax": 3}}
        url = f"{running.url}/api/2026-07/products/{_id(machine, 'MUG')}"
        assert requests.put(url, json=body, headers=headers, timeout=5).status_code == 200
    assert client.product("MUG")["price_excluding_tax"] == 3
    assert [call.kind for call in machine.calls if call.method == "PUT"] == ["write"]


def test_inventory_by_post_counts_as_a_read(client: Client, machine: LightspeedX) -> None:
    client.call("POST", "/inventory", {})
    assert machine.calls[-1].kind == "read"


def _id(machine: LightspeedX, sku: str) -> str:
    return machine.product(sku).id


def _session(machine: LightspeedX) -> tuple[requests.Session, str]:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer t"
    session.mount("https://till.example", InProcessAdapter(machine, "https://till.example"))
    return session, BASE
