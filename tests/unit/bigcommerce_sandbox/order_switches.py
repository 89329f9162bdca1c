"""What the switches about orders change, as rows of the table of switches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal

from .shop import Shop

Row = tuple[str, object, object, Callable[[Shop], Any], Any, Any]
ADDRESS = {"zip": "78751", "email": "kim@buyer.example"}


def post(shop: Shop, **fields: Any) -> tuple[int, Any]:
    """An order by the API: two mugs, unless ``fields`` say otherwise."""
    lines = [{"product_id": shop.mug.id, "quantity": 2}]
    return shop.call("POST", "/v2/orders", {"billing_address": ADDRESS, "products": lines, **fields})


def listed(shop: Shop, **query: Any) -> list[int]:
    """The ids a list of orders shows."""
    _, body = shop.call("GET", "/v2/orders", **query)
    return [order["id"] for order in body or []]


def _stock_after_post(shop: Shop) -> int:
    post(shop)
    return shop.machine.level("MUG-1")


def _stock_after_refund(shop: Shop) -> int:
    id_ = shop.machine.place_order([("MUG-1", 2)])
    line = shop.machine.order(id_)["lines"][0]["id"]
    paid = {"provider_id": "stripe", "amount": 25, "offline": False}
    body = {"items": [{"item_type": "PRODUCT", "item_id": line, "quantity": 2}], "payments": [paid]}
    assert shop.call("POST", f"/v3/orders/{id_}/payment_actions/refunds", body)[0] == 201
    return shop.machine.level("MUG-1")


def _after_refund(shop: Shop) -> tuple[str, Any]:
    id_ = shop.machine.place_order([("MUG-1", 1)])
    shop.machine.refund(id_)
    shown = shop.machine.order(id_)
    return shown["status"], shown["lines"][0]["quantity_refunded"]


def _moved_by_refund(shop: Shop) -> tuple[str, bool]:
    id_ = shop.machine.place_order([("MUG-1", 1)])
    shop.wait(9)
    shop.machine.refund(id_)
    shown = shop.machine.order(id_)
    return shown["status"], shown["date_modified"] != shown["date_created"]


def _moved_by_capture(shop: Shop) -> bool:
    id_ = shop.machine.place_order([("MUG-1", 1)], payment=("PayPal", "authorized"))
    shop.wait(9)
    shop.machine.capture(id_)
    shown = shop.machine.order(id_)
    return bool(shown["date_modified"] != shown["date_created"])


def _incomplete(shop: Shop) -> int:
    shop.machine.place_order([("MUG-1", 1)], status=0, payment=("PayPal", "none"))
    return len(listed(shop))


def _archived(shop: Shop) -> int:
    shop.machine.archive(shop.machine.place_order([("MUG-1", 1)]))
    return len(listed(shop))


def _second_reference(shop: Shop) -> int:
    post(shop, external_order_id="X")
    return post(shop, external_order_id="X")[0]


def _after_lag(shop: Shop) -> int:
    shop.machine.place_order([("MUG-1", 1)])
    shop.wait(29)
    return len(listed(shop))


def _elsewhere(shop: Shop) -> list[int]:
    shop.machine.add_location("Back room")
    shop.machine.set_level("MUG-1", 9, location_id=2)
    with suppress(Refusal):
        shop.machine.place_order([("MUG-1", 1)])
    return [shop.machine.level("MUG-1", location_id=place) for place in (1, 2)]


def _tax(shop: Shop) -> str:
    lines = [{"name": name, "price": "1.05"} for name in "abc"]
    return str(shop.machine.order(shop.machine.place_order(lines, tax_rates=[("VAT", 10)]))["total_tax"])


PROBES: list[Row] = [
    ("api_order_stock", "take", "leave", _stock_after_post, 3, 5),
    ("api_refund_restocks", False, True, _stock_after_refund, 3, 5),
    ("empty_v2_lists", 204, 200, lambda shop: shop.call("GET", "/v2/orders"), (204, None), (200, [])),
    ("external_order_id_unique", False, True, _second_reference, 200, 409),
    ("list_archived", False, True, _archived, 0, 1),
    ("list_incomplete", True, False, _incomplete, 1, 0),
    ("order_create_status", 200, 201, lambda shop: post(shop)[0], 200, 201),
    ("order_lag", 0.0, 30.0, _after_lag, 1, 0),
    ("order_location", 1, 2, _elsewhere, [4, 9], [5, 8]),
    ("refund_declined", False, True, _after_refund, ("Refunded", 1), ("Awaiting Fulfillment", 0)),
    ("refund_moves_order", True, False, _moved_by_refund, ("Refunded", True), ("Awaiting Fulfillment", False)),
    ("payment_moves_order", True, False, _moved_by_capture, True, False),
    ("tax_rounding", "line", "order", _tax, "0.3300", "0.3200"),
]
