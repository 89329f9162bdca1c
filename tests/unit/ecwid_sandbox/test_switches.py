"""Every behaviour that no source confirms has both outcomes, and is said to be unconfirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.platforms.ecwid.sandbox import EcwidSandbox

from .shop import ROOT, Shop


def location(shop: Shop) -> Any:
    return shop.call("PUT", f"/products/{shop.mug.id}", {"locationInventory": {"1": 3}})[0]


def token(shop: Shop) -> Any:
    return shop.call("GET", "/profile?token=secret_t", authorization="")[0]


def cancelled(shop: Shop) -> Any:
    order = shop.machine.place_order([("MUG-1", 2)])
    shop.done("PUT", f"/orders/{order}", {"paymentStatus": "CANCELLED"})
    return shop.machine.level("MUG-1")


def deleted(shop: Shop) -> Any:
    order = shop.machine.place_order([("MUG-1", 2)])
    shop.machine.delete_order_by_hand(order)
    return type(shop.read("/orders/deleted?limit=100")["items"][0]["id"])


def gallery(shop: Shop) -> Any:
    for where in ("image", "gallery"):
        shop.done("POST", f"/products/{shop.mug.id}/{where}?externalUrl=https://img.example.test/a.jpg")
    shop.done("DELETE", f"/products/{shop.mug.id}/image")
    return [one["isMain"] for one in shop.read(f"/products/{shop.mug.id}")["media"]["images"]]


def counted(shop: Shop) -> Any:
    shop.done("PUT", f"/products/{shop.card.id}", {"quantity": 4})
    return shop.read(f"/products/{shop.card.id}")["unlimited"]


def refunded(shop: Shop) -> Any:
    order = shop.machine.place_order([("MUG-1", 2)])
    shop.machine.refund(order, 1)
    return shop.machine.level("MUG-1")


def made(shop: Shop) -> Any:
    body = {"subtotal": 1, "total": 1, "email": "a@b.example", "paymentStatus": "PAID", "fulfillmentStatus": "SHIPPED"}
    return set(shop.done("POST", "/orders", body))


def bodies(shop: Shop) -> Any:
    ticket = shop.done("POST", "/batch", [{"path": "/classes", "method": "GET"}])["ticket"]
    shop.wait(1)
    return sorted(shop.read(f"/batch?ticket={ticket}")["responses"][0])


def newest(shop: Shop) -> Any:
    return shop.read("/products?limit=1")["items"][0]["sku"]


def offset(shop: Shop) -> Any:
    return shop.call("GET", "/products?offset=200")[0]


def categories(shop: Shop) -> Any:
    shop.done("PUT", f"/products/{shop.mug.id}", {"categoryIds": [shop.foreign]})
    return len(shop.read(f"/products/{shop.mug.id}")["categoryIds"])


def twin(shop: Shop) -> Any:
    return shop.call("POST", "/categories", {"name": "Kitchen"})[0]


def late(shop: Shop) -> Any:
    ticket = shop.done("POST", "/batch", [{"path": "/classes", "method": "GET"}])["ticket"]
    shop.wait(100)
    return shop.call("GET", f"/batch?ticket={ticket}&escapedJson=true")[0]


TOLD = ["httpStatusCode", "httpStatusLine", "id", "status"]
OUTCOMES: dict[str, tuple[Callable[[Shop], Any], Any, object, Any]] = {
    "location_inventory": (location, 409, True, 200),
    "token_in_query": (token, 200, False, 403),
    "cancel_by_api_restocks": (cancelled, 5, False, 3),
    "deleted_orders_id": (deleted, int, "text", str),
    "gallery_follows_main": (gallery, [False], True, [True]),
    "quantity_tracks": (counted, False, False, True),
    "partial_refund_restocks": (refunded, 3, True, 5),
    "order_id_key": (made, {"id", "orderid"}, "orderId", {"id", "orderId"}),
    "batch_bodies": (bodies, TOLD, "objects", sorted([*TOLD, "httpBody"])),
    "largest_offset": (offset, 200, 100, 400),
    "categories_on_put": (categories, 1, "merge", 2),
    "category_names_unique": (twin, 200, True, 409),
    "ticket_seconds": (late, 200, 60.0, 404),
    "default_order": (newest, "CARD", "oldest_first", "MUG-1"),
}


@pytest.mark.parametrize("switch", OUTCOMES)
def test_what_no_source_confirms_goes_either_way(shop: Shop, switch: str) -> None:
    act, usual, other, otherwise = OUTCOMES[switch]
    assert act(Shop()) == usual
    shop.machine.switches[switch] = other
    assert act(shop) == otherwise


def test_every_switch_is_named_where_the_sandbox_is_described() -> None:
    text = (ROOT / "pipelines/platforms/ecwid/sandbox/README.md").read_text("utf-8")
    assert [name for name in EcwidSandbox.default_switches if f"`{name}`" not in text] == []
