"""A small eCom store for the tests of the sandbox, and the calls of the case files made for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pipelines.kit.sandbox import Clock, Request, from_json, to_json
from pipelines.platforms.ecwid.sandbox import EcwidSandbox, create

ROOT = Path(__file__).parents[3]
CASES = ROOT / "pipelines/platforms/ecwid/cases"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HEADERS = {"authorization": "Bearer secret_t", "content-type": "application/json"}


def cases(name: str) -> list[dict[str, Any]]:
    """The calls of a case file."""
    found: list[dict[str, Any]] = json.loads((CASES / f"{name}.json").read_text("utf-8"), parse_float=Decimal)
    return found


class Shop:
    """A store of three products, and a way to call it. Searches do not lag unless a test lets them."""

    def __init__(self) -> None:
        self.machine: EcwidSandbox = create(clock=Clock(START, frozen=True))
        machine = self.machine
        machine.switches["stock_lag"] = 0.0
        self.category = machine.new_category({"name": "Kitchen"})["id"]
        foreign = machine.new_category({"name": "From the till"})
        foreign["origin"] = "X-SERIES"
        self.foreign = foreign["id"]
        self.mug = machine.make_product(
            name="Mug", price=Decimal("12.50"), sku="MUG-1", quantity=5, weight=Decimal("0.35"),
            categoryIds=[self.category], externalReferenceId="till-mug",
        )  # fmt: skip
        sizes = [
            {"options": [{"name": "Size", "value": size}], "sku": f"TEE-{size}", "quantity": 3} for size in ("S", "M")
        ]
        plain = {"options": [{"name": "Size", "value": "L"}]}
        self.tee = machine.make_product(
            name="Tee",
            price=20,
            sku="TEE",
            combinations=[*sizes, plain],
            attributes=[{"alias": "BRAND", "value": "Acme"}],
        )
        self.card = machine.make_product(name="Gift card", price=25, sku="CARD")

    @property
    def names(self) -> dict[str, Any]:
        """What a path or body of a case may name in braces."""
        small, medium, large = (one.id for one in self.tee.variations)
        return {
            "mug": self.mug.id, "tee": self.tee.id, "card": self.card.id, "tee_s": small, "tee_m": medium,
            "tee_l": large, "category": self.category, "foreign": self.foreign,
        }  # fmt: skip

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and body of one call; ``path`` with its query, from below the store on."""
        answer = self.machine.handle(request(method, path, body, headers))
        return answer.status, from_json(answer.body) if answer.body else None

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of a call that succeeds."""
        status, answer = self.call(method, path, body)
        assert status == 200, answer
        return answer

    def read(self, path: str) -> Any:
        """The answer of a read that succeeds."""
        return self.done("GET", path)

    def wait(self, seconds: float) -> None:
        self.machine.clock.advance(seconds)


def request(method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Request:
    """A request of a path with its query, from below the store on."""
    path, _, query = path.partition("?")
    sent = b"" if body is None else body if isinstance(body, bytes) else to_json(body)
    pairs = tuple(parse_qsl(query, keep_blank_values=True))
    return Request(method, f"/api/v3/1003{path}", pairs, {**HEADERS, **(headers or {})}, sent)


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """A case with ``{name}`` replaced; a text that is nothing but a name becomes the value itself."""
    if isinstance(value, str):
        alone = re.fullmatch(r"\{(\w+)\}", value)
        return names[alone[1]] if alone else re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), value)
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, dict) and "repeat" in value:
        return [filled(value["item"], {**names, "n": n}) for n in range(value["repeat"])]
    return {key: filled(item, names) for key, item in value.items()} if isinstance(value, dict) else value


def prepared(shop: Shop, case: Mapping[str, Any]) -> Request:
    """Bring the store where the case starts, and make its request."""
    shop.machine.switches |= case.get("switches", {})
    for step in case.get("before", []):
        getattr(shop.machine, step["do"])(**filled(step["with"], shop.names))
    if "scopes" in case:
        shop.machine.scopes = frozenset(case["scopes"])
    if "token" in case:
        shop.machine.token = case["token"]
    body = b"x" * case["bytes"] if "bytes" in case else filled(case.get("body"), shop.names)
    made = request(case["method"], filled(case["path"], shop.names), body)
    headers = {name: value for name, value in {**made.headers, **case.get("headers", {})}.items() if value is not None}
    path = made.path.replace("1003", str(case.get("store", 1003)), 1)
    return Request(made.method, path, made.query, headers, made.body)
