"""The ordinary cases of orders are what the sandbox answers today; they are written by nobody's hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.kit.sandbox import from_json
from tests.fidelity.order_journeys import furnish_store

from .shop import CASES, Shop

ORDER = "/v2/orders/{order}"
PATHS = {
    "orders": "/v2/orders",
    "order_products": f"{ORDER}/products",
    "order_coupons": f"{ORDER}/coupons",
    "order_shipping_addresses": f"{ORDER}/shipping_addresses",
    "order_shipments": f"{ORDER}/shipments",
    "order_messages": f"{ORDER}/messages",
    "order_taxes": f"{ORDER}/taxes",
    "order_fees": f"{ORDER}/fees",
    "order_statuses": "/v2/order_statuses",
    "transactions": "/v3/orders/{order}/transactions",
    "refunds": "/v3/orders/payment_actions/refunds",
    "customers": "/v3/customers",
}


def _records(body: Any) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = body if isinstance(body, list) else body.get("data", body.get("fees"))
    return records


@pytest.mark.parametrize("name", PATHS)
def test_an_ordinary_case_is_what_the_store_answers(shop: Shop, name: str) -> None:
    names = furnish_store(shop.machine)
    shop.machine.refund(names["order"], {names["line"]: 1})
    query = {"order_taxes": {"details": "true"}, "orders": {"sort": "date_modified:asc"}}.get(name, {})
    query = {"include": "addresses"} if name == "customers" else query
    status, shown = shop.call("GET", PATHS[name].format(**names), **query)
    held = from_json((CASES / f"{name}_ordinary.json").read_text("utf-8"))
    assert (status, _records(held)) == (200, _records(shown))
    assert _records(held)
