"""Bodies and queries that mean no good get an answer and leave the shelves straight."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from pipelines.kit.sandbox import from_json, to_json

from .shop import Shop, request

WORDS = [
    "name",
    "price",
    "sku",
    "quantity",
    "unlimited",
    "options",
    "combinations",
    "attributes",
    "categoryIds",
    "media",
    "dimensions",
    "email",
    "items",
    "externalReferenceId",
    "productIds",
    "parentId",
    "paymentStatus",
    "createDate",
    "billingPerson",
    "quantityDelta",
    "path",
    "method",
    "url",
    "mainMedia",
    "customSurcharges",
]
QUERIES = [
    "offset",
    "limit",
    "sku",
    "productId",
    "updatedFrom",
    "sortBy",
    "responseFields",
    "enabled",
    "parent",
    "ids",
    "saveCombinations",
    "email",
    "ticket",
    "deduplicationKey",
    "externalUrl",
    "categories",
]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"name": NaN}', b'{"name": "\\ud800"}',
                                  b'{"price": 1e999999999}', b"[" * 100_000 + b"]" * 100_000])  # fmt: skip
def test_a_hostile_body_is_refused_and_never_breaks_the_store(shop: Shop, body: bytes) -> None:
    for method, path in (("PUT", f"/products/{shop.mug.id}"), ("POST", "/products"), ("POST", "/batch")):
        assert shop.machine.handle(request(method, path, body)).status == 400


def test_any_call_gets_an_answer_and_leaves_the_shelves_straight(shop: Shop) -> None:
    rng = Random(11)
    ids = [str(one) for one in (*shop.names.values(), 77, "x", "²", "9" * 40)]
    operations = [entry for entries in shop.machine._table.values() for entry in entries]
    for _ in range(2500):
        operation = rng.choice(operations)
        path = re.sub(r"\{\w+\}", lambda _: rng.choice(ids), operation.template.replace("/api/v3/{store}", ""))
        query = "&".join(
            f"{rng.choice(QUERIES)}={rng.choice(('1', '-1', 'x', '', 'true', 'a(b', '9' * 20))}" for _ in "12"
        )
        body = {rng.choice(WORDS): _anything(rng, 0) for _ in range(4)}
        sent = rng.choice([body, [body], {"name": "N", "price": 1, **body}, {**ORDER, **body}])
        answer = shop.machine.handle(request(operation.method, f"{path}?{query}" if rng.random() < 0.5 else path, sent))
        assert answer.status < 500
        assert from_json(answer.body) is not None
    shelves = shop.machine.shelves
    wanted = {sku for product in shelves.products.values() for sku in product.skus() if sku}
    assert set(shelves.skus) == wanted
    before = to_json(shop.machine.dump())
    shop.machine.load(from_json(before))
    assert to_json(shop.machine.dump()) == before


ORDER = {"subtotal": 1, "total": 1, "email": "a@b.example", "paymentStatus": "PAID", "fulfillmentStatus": "SHIPPED"}


def _anything(rng: Random, depth: int) -> Any:
    plain = [None, True, 0, -1, 7, 2**31, "", "x", "MUG-1", "²", "https://img.example.test/a.jpg", "PAID"]
    if depth < 2 and rng.random() < 0.4:
        return [_anything(rng, depth + 1)] if rng.random() < 0.5 else {rng.choice(WORDS): _anything(rng, depth + 1)}
    return rng.choice(plain)
