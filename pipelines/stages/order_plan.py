"""Which documents the orders of this run need: the difference between what is recorded at the till and what is ordered.

Each order for itself, from ``orders_desired`` and ``sale_documents`` alone (I-5). Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.documents import (
    Document,
    Kind,
    Line,
    Payment,
    Refund,
    delta,
    document_id,
    less,
    net,
    plain,
    reference,
    refunded,
)
from pipelines.run import Connection, Run
from pipelines.stages import order_feed, order_gone, order_money, order_taxes
from pipelines.stages.order_desk import Desk, desk
from pipelines.stages.order_documents import documents
from pipelines.stages.order_known import Order, Told, known_orders
from pipelines.stages.order_parties import account_key, customer_key, parties

_SCHEMA = pa.schema([(name, pa.string()) for name in (
    "phase", "entity", "level", "action", "item_id", "name", "target_id", "changes", "state", "class", "reason", "rule",
    "parent_target_id", "parent_item_id", "location_id",
)])  # fmt: skip
_INSERT = """
INSERT INTO plan BY NAME
SELECT CAST(row_number() OVER () + (SELECT coalesce(max(seq), 0) FROM plan) AS INTEGER) AS seq,
       * REPLACE (CAST(changes AS JSON) AS changes), false AS is_base
FROM _order_rows
"""
Step = tuple[Kind, Sequence[Line]]
"""What one document of an order gives back or sells."""


def plan_orders(run: Run, connection: Connection) -> int:
    """Add the rows of orders to ``plan``; how many. Raises MistakeInFiles where no register takes them."""
    if not order_feed.flows(run, connection):
        return 0
    documents(run, connection)
    found = known_orders(run.warehouse)
    counter = desk(run, connection, found) if found else None
    rows = [row for order in found if counter for row in _Planner(run, connection, counter, order).rows()]
    rows = [*parties(run, connection, rows), *rows]
    if rows:
        table = pa.Table.from_pylist([{name: row.get(name) for name in _SCHEMA.names} for row in rows], schema=_SCHEMA)
        run.warehouse.con.register("_order_rows", table)
        run.warehouse.con.execute(_INSERT)
        run.warehouse.con.unregister("_order_rows")
    return len(rows)


def _worth(kind: Kind, lines: Iterable[Line]) -> Decimal:
    whole = sum((line.total for line in lines), Decimal(0))
    return whole if kind == "sale" else -whole


@dataclass(frozen=True)
class _Planner:
    """The rows of one order."""

    run: Run
    connection: Connection
    counter: Desk
    order: Order

    def rows(self) -> list[dict[str, Any]]:
        """In the order they are sent: what is unknown alone; else voids, or returns, sales and payments.

        What may be voided is voided for certain before anything follows, also of an order that is alive again (I-1).
        """
        unknown = [one for one in self.order.told if one.outcome == "unknown"]
        if unknown:
            return [self._again(unknown[-1])]
        owed = list(self._put_back())
        if owed:
            return owed
        if self.order.row["stays_voided"]:
            return []
        if self.order.row["becomes"] == "voided":
            return self._looked_for() or [self._void(one) for one in reversed(self.order.told) if one.stands]
        if any(one.half_voided for one in self.order.told):
            return [self._void(one) for one in reversed(self.order.told) if one.half_voided]
        standing = [one for one in self.order.told if one.stands]
        recorded = net((one.document.kind, one.document.lines) for one in standing)
        steps = [step for step in self._steps(recorded, first=not standing) if step[1]]
        arrears = self._arrears(standing, steps)
        rows = [self._create(made, first=not standing) for made in self._documents(steps, standing, arrears)]
        return [*rows, *self._payments(standing, arrears)] if standing else rows

    def _steps(self, recorded: Sequence[Line], *, first: bool) -> Iterator[Step]:
        """What leads from what is recorded to what is due. An order is sold as it was before anything is given back."""
        ordered = self.order.lines
        due = self._refunded()
        if first and due != ordered:
            yield "sale", ordered
            recorded = ordered
        gone, place = self.counter.gone, self.counter.placeholder
        recorded, due = order_taxes.kept(recorded, order_gone.kept(recorded, due), self.counter.taxes)
        returned, sold = delta(recorded, due)
        yield "return", order_gone.replaced(less(returned, self.order.returned), gone, place)
        yield "sale", order_gone.replaced(sold, gone, place)

    def _refunded(self) -> list[Line]:
        found = self.order.refunds
        if not found:
            return self.order.lines
        parts = [Refund(one["key"], one["line_key"], one["units"], one["amount"]) for one in found]
        return refunded(self.order.lines, parts, found[0]["item_id"], found[0]["tax_id"] or "")

    def _documents(
        self, steps: Iterable[Step], standing: Sequence[Told], arrears: Iterable[Payment]
    ) -> Iterator[Document]:
        number = 1 + sum(1 for one in self.order.told if one.outcome in {"ok", "exists"})
        known = [one.document for one in standing]
        later = {**self.counter.paid_later, **{payment.key: payment.amount for payment in arrears}}
        for kind, lines in steps:
            made = self._document(number, kind, lines, first=not known)
            if known:
                made = replace(made, payments=self._settling(made, order_money.owed(known, later)))
            yield made
            known.append(made)
            number += 1

    def _document(self, number: int, kind: Kind, lines: Sequence[Line], *, first: bool) -> Document:
        row, order = self.order.row, self.order.id
        state = self._state(kind)
        made = Document(
            id=document_id(self.connection.name, order, number, kind, lines),
            reference=reference(order, number), order_id=order, order_number=row["number"], number=number, kind=kind,
            state=state, way=row["way"] if state == "pending" else "", register_id=self.counter.register_id,
            user_id=self.counter.user_id, customer_id=self._customer(), sold_at=row["ordered_at"].isoformat() + "Z",
            note="", lines=tuple(lines), payments=(),
            may_exist=self._may_exist(first), history=row["stays"],
            refunds=row["takes_refunds"], store=self.connection.target,
        )  # fmt: skip
        return replace(made, payments=tuple(order_money.within(self._due_payments(), made.total))) if first else made

    def _state(self, kind: Kind) -> str:
        """``pending`` while goods that are paid for are to leave the shop (S001-15): the till takes them then."""
        row = self.order.row
        if self.counter.parked and not row["paid"]:
            return "parked"
        return "pending" if self.counter.fulfils and row["paid"] and row["is_open"] and kind == "sale" else "closed"

    def _may_exist(self, first: bool) -> bool:
        """Whether the till may have it from before what is remembered: of an order that was found there, all may."""
        since = self.counter.since
        if self.counter.lost is not None or any(one.outcome == "exists" for one in self.order.told):
            return True
        return first and (since is None or self.order.row["ordered_at"] <= since)

    def _customer(self) -> str | None:
        account, email, known = self.order.row["customer_id"], self.order.row["email"], self.counter.customers
        if known is None:
            return None
        if account is not None and account_key(account) in known:
            return known[account_key(account)]
        return None if email is None else known.get(customer_key(email)) or f"created:{customer_key(email)}"

    # --- money ---------------------------------------------------------------------------------------------

    def _due_payments(self) -> list[Payment]:
        """What was paid so far: what was captured; all, where the status says so and nothing else tells of it."""
        row, found = self.order.row, self.order.payments
        paid = [one for one in found if one["kind"] in {"captured", "credit"}]
        payments = [self._payment(one["key"], one["method"], one["amount"], one["paid_at"]) for one in paid]
        rest = row["total"] - sum((one.amount for one in payments), Decimal(0))
        told = any(one["kind"] in {"captured", "authorized"} for one in found)
        if row["paid"] and not told and rest > 0:
            payments.append(self._payment("order", row["payment_method"], rest, row["ordered_at"]))
        return payments

    def _payment(self, key: str, method: str | None, amount: Decimal, at: datetime | None) -> Payment:
        moment = at or self.order.row["ordered_at"]
        return Payment(f"{self.order.id}/{key}", self.counter.tender(method), amount, moment.isoformat() + "Z")

    def _settling(self, document: Document, owed: Decimal) -> tuple[Payment, ...]:
        """An edit of a paid order is settled by itself: what is given back is paid back, what is added is paid."""
        amount = order_money.settling(document, owed)
        if not self.order.row["paid"] or not amount:
            return ()
        return (self._payment(f"edit-{document.number}", self.order.row["payment_method"], amount, None),)

    def _arrears(self, standing: Sequence[Told], steps: Iterable[Step]) -> list[Payment]:
        """Payments captured since the sale was recorded (C-07), as far as ``steps`` leave anything to be paid."""
        later = self.counter.paid_later
        known = {payment.key for one in standing for payment in one.document.payments} | later.keys()
        if not standing or f"{self.order.id}/order" in known:
            return []
        due = [payment for payment in self._due_payments() if payment.key not in known]
        owed = order_money.owed((one.document for one in standing), later)
        return order_money.within(due, owed + sum(_worth(*step) for step in steps))

    def _payments(self, standing: Sequence[Told], due: Sequence[Payment]) -> list[dict[str, Any]]:
        """What was captured since goes to the first sale; what stands open is closed when it is to be."""
        first = standing[0]
        ended = [one for one in standing if self._ends(one)]
        rows = [self._later(one, due if one is first else []) for one in ended]
        return rows if first in ended or not due else [*rows, self._later(first, due)]

    def _ends(self, one: Told) -> bool:
        """Whether a document that stands open is to be closed: parked once paid, pending once all has left."""
        row = self.order.row
        return bool(row["paid"] and (one.state == "parked" or (one.state == "pending" and not row["is_open"])))

    def _later(self, one: Told, payments: Sequence[Payment]) -> dict[str, Any]:
        """What follows a sale: its payments, and where it stands open, that it is closed."""
        closes = self._ends(one)
        after = {
            **({"state": "closed"} if closes else {}),
            "payments": [{**vars(payment), "amount": plain(payment.amount)} for payment in payments],
            "document": self._in_our_name(one.document),
        }
        rule = "S001-15" if one.state == "pending" else "S001-20"
        return self._row("update" if closes else "pay", one.sale_id, after, rule)

    def _in_our_name(self, document: Document) -> dict[str, Any]:
        """A recorded document that is changed: whoever recorded it may not be a user of the till any more."""
        return replace(document, user_id=self.counter.user_id).as_json()

    # --- rows ----------------------------------------------------------------------------------------------

    def _create(self, document: Document, *, first: bool) -> dict[str, Any]:
        """The first document of an order of before the connection says so: a person decides on it (S001-49).

        So does what would be recorded again of a sale that staff voided at the till.
        """
        history = {"history": True} if first and self.order.row["is_history"] else {}
        rule = "S001-47 S001-49" if history else "S000-06"
        voided = ", ".join(self.order.voided_by_hand)
        asks = {"by_hand": f"staff voided {voided} at the till"} if voided and not self._again_recorded() else {}
        made = self._row("create", None, {**history, **asks, "document": document.as_json()}, rule)
        return made if self.counter.lost is None else self._waiting(made, self.counter.lost)

    def _again_recorded(self) -> bool:
        """Whether a document followed the last one that staff voided: then a person has said that it goes on."""
        voided = set(self.order.voided_by_hand)
        last = max((at for at, one in enumerate(self.order.told) if one.document.reference in voided), default=-1)
        return any(one.stands for one in self.order.told[last + 1 :])

    def _void(self, one: Told) -> dict[str, Any]:
        lines = [line.said() for line in one.document.lines]
        after = {"state": "voided", "lines": lines, "document": self._in_our_name(one.document)}
        return self._row("void", one.sale_id, after, "S001-43 S001-44")

    def _looked_for(self) -> list[dict[str, Any]]:
        """The next document of a cancelled order, where the till may have it from before what is remembered (I-37).

        It is looked for, and never sent; nothing is voided before the last one was found.
        """
        told = [one for one in self.order.told if one.outcome in {"ok", "exists", "absent"}]
        recorded = [one for one in told if one.outcome != "absent"]
        if (told and told[-1].outcome == "absent") or not self._may_exist(not recorded):
            return []
        lines = [line for line in self.order.lines if not line.item_id.startswith("created:")]
        made = self._document(len(recorded) + 1, "return" if recorded else "sale", lines, first=not recorded)
        row = self._row("find", None, {"document": replace(made, customer_id=None).as_json()}, "S000-06")
        return [row if self.counter.lost is None else self._waiting(row, self.counter.lost)]

    def _put_back(self) -> Iterator[dict[str, Any]]:
        """Stock that voiding left where it was, one row a product (C-09); it goes before anything else of the order."""
        for one in self.order.told:
            if not one.owes:
                continue
            sign = 1 if one.document.kind == "sale" else -1
            units: dict[str, Decimal] = {}
            for line in one.document.lines:
                units[line.item_id] = units.get(line.item_id, Decimal(0)) + sign * line.quantity
            for item in sorted(units.keys() & self.counter.counted):
                row = self._row("set", item, {"adjust": plain(units[item])}, "S001-43 S001-44")
                place = {
                    "parent_target_id": one.sale_id,
                    "parent_item_id": one.sale_id,
                    "location_id": self.counter.outlet,
                }
                yield {**row, **place, "level": "stock"}

    def _again(self, one: Told) -> dict[str, Any]:
        """A document nobody answered: searched for and sent under the same id, once it can no longer arrive (I-18)."""
        document = replace(one.document, may_exist=True)
        row = self._row("create", None, {"document": document.as_json()}, "S000-06")
        return self._waiting(row, one.planned_at)

    def _waiting(self, row: dict[str, Any], sent: datetime) -> dict[str, Any]:
        """The row, waiting while what may have been sent at a moment can still arrive."""
        seconds = timedelta(seconds=self.run.platform(self.connection.source).request_seconds)
        if sent <= self.run.began - seconds:
            return row
        reason = f"whether it was recorded at {sent:%H:%M} UTC is not known yet; a later run looks again"
        return {**row, "state": "waiting", "class": "unknown_document", "reason": reason}

    def _row(self, action: str, target: str | None, after: dict[str, Any], rule: str) -> dict[str, Any]:
        changes = {name: {"before": None, "after": value} for name, value in after.items()}
        return {
            "phase": "orders", "entity": "orders", "level": "sale", "action": action, "item_id": self.order.id,
            "name": f"order {self.order.row['number']}", "target_id": target, "changes": exact_json.dumps(changes),
            "state": "planned", "rule": rule,
        }  # fmt: skip
