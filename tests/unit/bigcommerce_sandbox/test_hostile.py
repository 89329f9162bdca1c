"""Other people's clients, and bodies that mean no good."""

from __future__ import annotations

import re
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from pipelines.kit.sandbox import InProcessAdapter, Request, from_json, to_json

from .shop import HEADERS, Shop


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
    rng = Random(7)
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
