"""A small store for the tests of the sandbox, and the calls of the case files made for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.kit.sandbox import Clock, Request, from_json, to_json
from pipelines.platforms.bigcommerce.sandbox import BigCommerceSandbox, create

ROOT = Path(__file__).parents[3]
CASES = ROOT / "pipelines/platforms/bigcommerce/cases"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HEADERS = {"x-auth-token": "t", "accept": "application/json", "content-type": "application/json"}


def cases(name: str) -> list[dict[str, Any]]:
    """The calls of a case file."""
    found: list[dict[str, Any]] = json.loads((CASES / f"{name}.json").read_text("utf-8"), parse_float=Decimal)
    return found


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


def adjust(shop: Shop, how: str, **item: Any) -> int:
    """Status of an adjustment of one item at the default location."""
    method = "PUT" if how == "absolute" else "POST"
    return shop.call(method, f"/v3/inventory/adjustments/{how}", {"items": [{"location_id": 1, **item}]})[0]


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """A case with ``{name}`` replaced; a text that is nothing but a name becomes the value itself."""
    if isinstance(value, str):
        return _filled_text(value, names)
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, dict) and "repeat" in value:
        return [filled(value["item"], {**names, "n": n}) for n in range(value["repeat"])]
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
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


def request_of(case: Mapping[str, Any], names: Mapping[str, Any]) -> Request:
    headers = {name: value for name, value in {**HEADERS, **case.get("headers", {})}.items() if value is not None}
    query = filled(case.get("query", {}), names)
    pairs = tuple((name.replace("__", ":"), str(value)) for name, value in query.items())
    body = to_json(filled(case["body"], names)) if "body" in case else b""
    return Request(case["method"], f"/stores/abc123{filled(case['path'], names)}", pairs, headers, body)


def prepared(shop: Shop, case: Mapping[str, Any]) -> Request:
    """Bring the store where the case starts, and make its request."""
    shop.machine.switches |= case.get("switches", {})
    for step in case.get("before", []):
        getattr(shop.machine, step["do"])(**filled(step["with"], shop.names))
    return request_of(case, shop.names)
