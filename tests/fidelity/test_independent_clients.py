"""A client that somebody else wrote lists, reads and updates through the BigCommerce sandbox, over a real socket.

It shares no belief with ours. Its host is fixed, so its session's calls are turned to the loopback server, under the
validator. For X-Series there is no such client: the published ones speak other versions of the API to another host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from bigcommerce.api import BigcommerceApi
from bigcommerce.connection import OAuthConnection
from bigcommerce.exception import ClientRequestException, RateLimitingException
from requests.adapters import BaseAdapter, HTTPAdapter

from pipelines.kit.sandbox import serve
from pipelines.platforms.bigcommerce.sandbox import BigCommerceSandbox, create

VENDOR = "https://api.bigcommerce.com"


class Turned(BaseAdapter):
    """Sends what is meant for the vendor's host to another address, over ``transport``."""

    def __init__(self, address: str, transport: BaseAdapter) -> None:
        super().__init__()
        self.address, self.transport = address, transport

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        turned = request.copy()
        parts = urlsplit(str(request.url))
        assert f"{parts.scheme}://{parts.netloc}" == VENDOR
        turned.url = str(request.url).replace(VENDOR, self.address, 1)
        return self.transport.send(turned, *args, **kwargs)

    def close(self) -> None:
        self.transport.close()


@pytest.fixture
def store() -> BigCommerceSandbox:
    made = create()
    made.switches["stock_lag"] = 0.0
    sizes = [
        {"sku": f"TEE-{size}", "option_values": [{"option_display_name": "Size", "label": size}]}
        for size in ("S", "M", "L")
    ]
    made.make_product(name="Tee", price=20, variants=sizes, inventory_tracking="variant")
    made.make_product(name="Mug", price=Decimal("12.5"), sku="MUG-1", inventory_tracking="product")
    made.set_level("TEE-M", 4)
    return made


@pytest.fixture
def address(store: BigCommerceSandbox, validated: Callable[..., BaseAdapter]) -> Iterator[Turned]:
    with serve(store) as running:
        yield Turned(running.url, validated(store, running.url, over=HTTPAdapter()))


@pytest.fixture
def v3(address: Turned) -> OAuthConnection:
    made = OAuthConnection("client", "abc123", "token", api_path="/stores/{}/v3/{}")
    made._session.mount("https://", address)
    return made


@pytest.fixture
def v2(address: Turned) -> BigcommerceApi:
    made = BigcommerceApi(client_id="client", store_hash="abc123", access_token="token")
    made.connection._session.mount("https://", address)
    return made


def test_it_lists_every_product_page_by_page(v3: OAuthConnection) -> None:
    names: list[str] = []
    page, pages = 1, 2
    while page <= pages:
        answer = v3.get("catalog/products", page=page, limit=1, include="variants", sort="id")
        names += [f"{one['name']} {one['price']} {len(one['variants'])}" for one in answer["data"]]
        pages = answer["meta"]["pagination"]["total_pages"]
        page += 1
    assert names == ["Tee 20 3", "Mug 12.5 1"]


def test_its_update_of_a_product_is_kept_and_nothing_else_changes(
    v3: OAuthConnection, store: BigCommerceSandbox
) -> None:
    (before,) = v3.get("catalog/products", sku="MUG-1")["data"]
    answered = v3.update("catalog/products", before["id"], {"price": 13.25, "description": "<p>Holds tea.</p>"})["data"]
    after = v3.get("catalog/products", before["id"])["data"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"date_modified"} == {"price", "calculated_price", "description"}
    assert (answered["price"], after["price"], store.product_by_sku("MUG-1")["description"]) == (
        13.25,
        13.25,
        "<p>Holds tea.</p>",
    )


def test_it_makes_a_product_with_options_and_removes_it(v3: OAuthConnection, store: BigCommerceSandbox) -> None:
    rows = [{"sku": f"CAP-{size}", "option_values": [{"option_display_name": "Size", "label": size}]} for size in "SM"]
    body = {"name": "Cap", "type": "physical", "weight": 0.1, "price": 15, "variants": rows}
    made = v3.create("catalog/products", body)["data"]
    options = v3.get(f"catalog/products/{made['id']}/options")["data"]
    assert [value["label"] for value in options[0]["option_values"]] == ["S", "M"]
    assert v3.delete("catalog/products", made["id"]) == {}
    assert store.store.by_sku("CAP-S") is None


def test_it_reads_and_updates_variants(v3: OAuthConnection) -> None:
    (tee,) = v3.get("catalog/products", name="Tee")["data"]
    variants = {one["sku"]: one for one in v3.get(f"catalog/products/{tee['id']}/variants")["data"]}
    assert {sku: one["option_values"][0]["label"] for sku, one in variants.items()} == {
        "TEE-S": "S",
        "TEE-M": "M",
        "TEE-L": "L",
    }
    assert variants["TEE-M"]["price"] is None
    v3.put("catalog/variants", [{"id": variants["TEE-M"]["id"], "price": 21.5}])
    (read,) = v3.get("catalog/variants", sku="TEE-M")["data"]
    assert (read["price"], read["calculated_price"]) == (21.5, 21.5)


def test_it_reads_the_level_it_has_set(v3: OAuthConnection) -> None:
    items = [{"location_id": 1, "sku": "TEE-M", "quantity": 9}]
    assert v3.put("inventory/adjustments/absolute", {"reason": "count", "items": items})["transaction_id"]
    (item,) = v3.get("inventory/items", **{"sku:in": "TEE-M"})["data"]
    assert (item["identity"]["sku"], item["locations"][0]["total_inventory_onhand"]) == ("TEE-M", 9)


def test_an_answer_without_a_body_is_an_empty_list_to_it(v3: OAuthConnection) -> None:
    (mug,) = v3.get("catalog/products", sku="MUG-1")["data"]
    assert v3.get(f"catalog/products/{mug['id']}/images") == {}


def test_it_reads_the_store_s_facts_and_clock(v2: BigcommerceApi) -> None:
    shown = v2.Store.all()
    assert (shown.currency, shown.decimal_places, shown.timezone["name"]) == ("USD", 2, "Etc/UTC")
    assert v2.Time.all().time > 1_700_000_000


def test_it_lists_reads_and_updates_orders_with_all_that_hangs_on_them(
    v2: BigcommerceApi, store: BigCommerceSandbox
) -> None:
    first = store.place_order([("TEE-M", 1)], coupon=("SAVE", 2, 1), shipping=5, tax_rates=(("State", 6),))
    second = store.place_order([{"name": "Note", "price": 2}], status=7, payment=("Bank Deposit", "pending"))
    assert [one.id for one in v2.Orders.all(min_id=first, sort="id:asc")] == [first, second]
    assert [one.id for page in (1, 2) for one in v2.Orders.all(page=page, limit=1)] == [first, second]
    order = v2.Orders.get(first)
    assert (order.status, order.total_inc_tax) == ("Awaiting Fulfillment", "25.4400")
    assert [line.sku for line in order.products()] == ["TEE-M"]
    assert [one.code for one in order.coupons()] == ["SAVE"]
    assert [one.city for one in order.shipping_addresses()] == ["Austin"]
    updated = order.update(status_id=2, staff_notes="sent")
    assert (updated.status, v2.Orders.get(first).staff_notes) == ("Shipped", "sent")
    assert {one.id: one.name for one in v2.OrderStatuses.all()}[14] == "Partially Refunded"


def test_a_list_of_orders_without_any_is_empty_to_it(v2: BigcommerceApi) -> None:
    assert "id" not in v2.Orders.all(email="nobody@buyer.example")


def test_it_makes_an_order_and_is_told_when_there_is_not_enough(v2: BigcommerceApi, store: BigCommerceSandbox) -> None:
    tee = store.product_by_sku("TEE-M")
    address = {"first_name": "Kim", "last_name": "Lee", "zip": "78751", "email": "kim@buyer.example"}
    line = {"product_id": tee["id"], "variant_id": tee["variants"][1]["id"], "quantity": 3}
    made = v2.Orders.create(billing_address=address, products=[line], external_order_id="T-1")
    assert (made.order_source, store.level("TEE-M")) == ("external", 1)
    with pytest.raises(ClientRequestException) as caught:
        v2.Orders.create(billing_address=address, products=[line])
    assert (caught.value.status_code, b"out of stock" in caught.value.content) == (400, True)


def test_it_finds_a_customer_by_email_and_changes_the_company(v3: OAuthConnection, store: BigCommerceSandbox) -> None:
    store.place_order([("TEE-M", 1)], customer={"email": "kim@buyer.example", "first_name": "Kim", "last_name": "Lee"})
    (kim,) = v3.get("customers", **{"email:in": "kim@buyer.example"})["data"]
    v3.put("customers", [{"id": kim["id"], "company": "Lee Ltd"}])
    assert v3.get("customers", **{"id:in": kim["id"]})["data"][0]["company"] == "Lee Ltd"


def test_it_understands_a_refusal(v3: OAuthConnection) -> None:
    for resource, status in ((4711, 404), ("0", 404)):
        with pytest.raises(ClientRequestException) as caught:
            v3.get("catalog/products", resource)
        assert caught.value.status_code == status
    with pytest.raises(ClientRequestException) as caught:
        v3.create("catalog/products", {"name": "Mug", "type": "physical", "weight": 1, "price": 1})
    assert (caught.value.status_code, b"duplicate" in caught.value.content) == (409, True)


def test_it_reads_the_quota_and_is_told_when_it_is_used_up(v3: OAuthConnection, store: BigCommerceSandbox) -> None:
    store.quota = (3, 30.0)
    left = []
    for _ in range(3):
        v3.get("catalog/summary")
        left.append(v3.rate_limit["requests_remaining"])
    assert (left, v3.rate_limit["requests_quota"], v3.rate_limit["window_size_ms"]) == ([2, 1, 0], 3, 30000)
    with pytest.raises(RateLimitingException) as caught:
        v3.get("catalog/summary")
    assert 0 < int(caught.value.retry_after) <= 30000
