"""A till with two products, a tax and two outlets, and rows written to it as the write stage does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import requests
from requests.adapters import BaseAdapter

from pipelines.kit import exact_json
from pipelines.kit.calls import Context
from pipelines.kit.documents import Document, Line, Payment, document_id, reference
from pipelines.kit.http import mount
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.sandbox import Clock
from pipelines.kit.secret import Secret
from pipelines.platforms.lightspeed_x.account import Account
from pipelines.platforms.lightspeed_x.client import connect
from pipelines.platforms.lightspeed_x.sandbox import LightspeedX, create
from pipelines.platforms.lightspeed_x.write import WRITERS

BASE = "http://127.0.0.1:5"
PAID_AT = "2026-07-01T09:00:00+00:00"


@dataclass(frozen=True)
class Sent:
    """One call as it was sent."""

    method: str
    path: str
    body: Any


class Wire(BaseAdapter):
    """The way to the till, through the validator; keeps what was sent."""

    def __init__(self, over: BaseAdapter) -> None:
        super().__init__()
        self.over = over
        self.sent: list[Sent] = []

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        body = exact_json.loads(request.body) if request.body else None
        path = (request.path_url or "").removeprefix("/api/2026-07")
        self.sent.append(Sent(request.method or "", path, body))
        return self.over.send(request, *rest, **kwargs)

    def close(self) -> None:
        self.over.close()


class Desk:
    """``waited``: the pauses that were asked for, in seconds; they move the till's clock."""

    def __init__(self, validated: Callable[..., BaseAdapter]) -> None:
        self.clock = Clock(datetime(2026, 7, 1, 9, tzinfo=UTC), frozen=True)
        self.machine: LightspeedX = create(seed=7, clock=self.clock)
        self.machine.add_product("Mug", sku="MUG", price="12.50", cost="4", quantity=10)
        self.machine.add_product("Tee", sku="TEE", price="20", quantity=5)
        self.machine.add_outlet("Harbour")
        self.machine.add_register("Harbour 1", "Harbour")
        self.machine.add_tax("VAT", "0.15")
        self.facts = StoreFacts(2)
        self.waited: list[float] = []
        self.numbers = count(1)
        self.wire = Wire(validated(self.machine, BASE))
        self.lenient = Wire(validated(self.machine, BASE, hostile=True))
        context = Context(wait=self.wait, now=self.clock.now, monotonic=lambda: self.clock.now().timestamp())
        self.session = mount(connect(Account(base_url=BASE), Secret("t0ken", "TILL_TOKEN"), context), self.wire)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.advance(seconds)

    def be_wrong(self) -> None:
        """From here on a request may break the vendor's document, and must then be refused."""
        mount(self.session, self.lenient)

    def found(self, name: str, key: str) -> str:
        """The id of a register, tax, payment type by its name."""
        return self.machine._place(name, key).id

    # --- documents -------------------------------------------------------------------------------------------

    def line(self, key: str = "1", sku: str = "MUG", quantity: Any = 2, total: Any = 2500, **more: Any) -> Line:
        """A line without tax unless told otherwise."""
        tax_id = self.found("taxes", more.pop("tax_name", "No Tax"))
        item, tax = more.pop("item_id", None) or self.machine.product(sku).id, Decimal(more.pop("tax", 0))
        return Line(key, item, Decimal(quantity), Decimal(total), tax, tax_id, **more)

    def paid(self, amount: Any, key: str = "p1", name: str = "Online", at: str = PAID_AT) -> Payment:
        return Payment(key, self.found("payment_types", name), Decimal(amount), at)

    def document(self, *lines: Line, number: int = 1, **more: Any) -> Document:
        """A closed sale of two mugs for order 100, unless told otherwise."""
        rows = tuple(lines) or (self.line(),)
        kind = more.pop("kind", "sale")
        key = document_id("till__store", "100", number, kind, rows)
        made = Document(
            id=key, reference=reference("100", number), order_id="100", order_number="100", number=number,
            kind=kind, state="closed", register_id=self.found("registers", "Main Register"),
            user_id=next(iter(self.machine.till.users.items)), customer_id=None, sold_at="2026-07-01T08:59:00+00:00",
            note="", lines=rows, payments=(),
        )  # fmt: skip
        return replace(made, **more)

    # --- writing ---------------------------------------------------------------------------------------------

    def row(self, level: Any, action: Any, after: dict[str, Any], **how: Any) -> PlanRow:
        changes = {name: {"before": None, "after": value} for name, value in after.items()}
        item = how.get("item_id", "order-100")
        return PlanRow(
            next(self.numbers), level, action, item, None, how.get("name"), how.get("target"), how.get("parent"),
            how.get("location"), changes,
        )  # fmt: skip

    def rows(self, *rows: PlanRow) -> list[Receipt]:
        """Rows of one level and action, each in its own call of the writer."""
        self.wire.sent.clear()
        writer = WRITERS[(rows[0].level, rows[0].action)]
        receipts = [one for row in rows for one in writer.write(self.session, [row], self.facts)]
        assert [one.seq for one in receipts] == [row.seq for row in rows]
        return receipts

    def do(self, level: Any, action: Any, after: dict[str, Any], **how: Any) -> Receipt:
        return self.rows(self.row(level, action, after, **how))[0]

    def record(self, document: Document, *, may_exist: bool = False) -> Receipt:
        """Write a document as its plan row has it: through JSON."""
        carried = exact_json.loads(exact_json.dumps(replace(document, may_exist=may_exist).as_json()))
        return self.do("sale", "create", {"document": carried}, name=document.reference)

    def pay(self, document: Document, *payments: Payment, target: str | None = None) -> Receipt:
        """Add payments to a document's sale."""
        paid = replace(document, payments=tuple(payments)).as_json()
        after = {"payments": paid["payments"], "document": document.as_json()}
        return self.do("sale", "pay", after, target=target or document.id, name=document.reference)

    def void(self, document: Document, /, **more: Any) -> Receipt:
        """Void a document's sale; ``levels`` as an earlier receipt told them."""
        lines = [
            {"item_id": line.item_id, "quantity": str(line.quantity), "kind": document.kind} for line in document.lines
        ]
        return self.do("sale", "void", {"lines": lines, **more}, target=document.id, name=document.reference)

    def writes(self) -> list[Sent]:
        """What was sent and may change something."""
        return [one for one in (*self.wire.sent, *self.lenient.sent) if one.method != "GET"]

    def sale(self) -> dict[str, Any]:
        """The only sale there is."""
        (only,) = self.machine.sales()
        return only

    def levels(self, sku: str = "MUG") -> tuple[Decimal, Decimal]:
        """The levels at Main Outlet and at Harbour."""
        return self.machine.level(sku), self.machine.level(sku, "Harbour")
