"""A till with two products and two outlets, and someone who calls its API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests
from requests.adapters import BaseAdapter

from pipelines.kit.sandbox import Clock, from_json, to_json
from pipelines.platforms.lightspeed_x.sandbox import LightspeedX, create

BASE = "http://127.0.0.1:5"
HEADERS = {"Authorization": "Bearer t", "Accept": "application/json", "Content-Type": "application/json"}
ID = "0000000f-1111-5111-8111-{:012d}"


class Booth:
    """``call`` must succeed, ``ask`` may be refused; both are held to the vendor's document."""

    def __init__(self, validated: Callable[..., BaseAdapter], start: datetime | None = None) -> None:
        self.clock = Clock(start or datetime(2026, 7, 1, 9, tzinfo=UTC), frozen=True)
        self.machine: LightspeedX = create(seed=7, clock=self.clock)
        self.machine.add_product("Mug", sku="MUG", price="12.50", cost="4", quantity=10)
        self.machine.add_product("Tee", sku="TEE", price="20", quantity=1)
        self.machine.add_outlet("Harbour")
        self.machine.add_register("Harbour 1", "Harbour")
        self._strict, self._lenient = requests.Session(), requests.Session()
        self._strict.mount(BASE, validated(self.machine, BASE))
        self._lenient.mount(BASE, validated(self.machine, BASE, hostile=True))

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the body of an answer to a request that may be wrong."""
        return self._send(self._lenient, method, path, body)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What a right request is answered: the ``data``."""
        status, answer = self._send(self._strict, method, path, body)
        assert status < 300, (path, answer)
        return answer["data"] if isinstance(answer, dict) else answer

    def get(self, path: str) -> Any:
        """The ``data`` of a list or record."""
        return self.call("GET", path)

    def _send(self, session: requests.Session, method: str, path: str, body: Any) -> tuple[int, Any]:
        content = None if body is None else to_json(body)
        answer = session.request(method, f"{BASE}/api/2026-07{path}", data=content, headers=HEADERS)
        return answer.status_code, from_json(answer.content) if answer.content else None

    # --- what a sale needs ---------------------------------------------------------------------------------

    @property
    def user(self) -> str:
        return next(iter(self.machine.till.users.items))

    def register(self, name: str = "Main Register") -> str:
        return self.machine._place("registers", name).id

    def payment_type(self, name: str = "Online") -> str:
        return self.machine._place("payment_types", name).id

    def tax(self, name: str = "No Tax") -> str:
        return self.machine._place("taxes", name).id

    def line(self, sku: str = "MUG", quantity: Any = 2, price: Any = "12.5", **more: Any) -> dict[str, Any]:
        """A line of a sale; ``tax`` per unit, ``tax_name``."""
        tax = {"id": self.tax(more.pop("tax_name", "No Tax")), "amount": Decimal(more.pop("tax", 0))}
        product = more.pop("product", None) or self.machine.product(sku).id
        pricing = {"price": Decimal(price), **more.pop("pricing", {})}
        return {"product": {"id": product}, "quantity": Decimal(quantity), "pricing": pricing, "tax": tax, **more}

    def body(self, *lines: dict[str, Any], state: str = "closed", **more: Any) -> dict[str, Any]:
        """A sale of two mugs on the main register, unless told otherwise."""
        source = {"author_id": self.user, "register_id": self.register(), "id": "100", "type": "BIGCOMMERCE"}
        rows = list(lines) or [self.line()]
        return {"source": {**source, **more.pop("source", {})}, "state": state, "line_items": rows, **more}

    def book(self, *lines: dict[str, Any], **more: Any) -> Any:
        """``POST /sales``; the sale."""
        return self.call("POST", "/sales", self.body(*lines, **more))

    def put(self, key: str, state: str, **more: Any) -> Any:
        """``PUT /sales/{id}`` without lines unless given; the sale."""
        return self.call("PUT", f"/sales/{key}", {"source": {"author_id": self.user}, "state": state, **more})

    def paid(self, amount: Any, name: str = "Online") -> dict[str, Any]:
        return {"amount": Decimal(amount), "type": {"config_id": self.payment_type(name)}}

    def levels(self, sku: str = "MUG") -> tuple[Decimal, Decimal]:
        """The levels at Main Outlet and at Harbour."""
        return self.machine.level(sku), self.machine.level(sku, "Harbour")
