"""Refunds: what each kind of item comes to, what may still be given back, what it does to the order (fact sheet §7).

``refunded_amount`` of orders and lines stays 0, as documented; ``quantity_refunded`` follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.orders.changes import CUSTOM, METHODS, OrderChanges
from pipelines.platforms.bigcommerce.sandbox.orders.money import (
    HUNDRED,
    Amount,
    added,
    cost_money,
    line_money,
    rate_of,
    rounded,
    totals,
)
from pipelines.platforms.bigcommerce.sandbox.orders.records import NOTHING, Line, Order
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import PARTIALLY_REFUNDED, REFUNDED

UNITS = ("PRODUCT", "GIFT_WRAPPING")
AMOUNTS = ("SHIPPING", "HANDLING", "ORDER", "FEE", "TAX")
SETTLED = frozenset({"captured", "paid", "partially refunded"})


class Refunds(OrderChanges):
    """Giving money back."""

    def worth(self, order: Order, items: list[dict[str, Any]]) -> list[Amount]:
        """What each item comes to. Raises Refusal 422 for more than is left."""
        found = [self._worth(order, item) for item in items]
        if added(found).inc > self.left(order):
            raise Refusal(422, "The refund is more than is left of the order", {"items": "exceed what was paid"})
        return found

    def left(self, order: Order) -> Decimal:
        """What can still be given back."""
        return totals(order).total.inc - self.refunded(order)

    def refunded(self, order: Order) -> Decimal:
        """What was given back."""
        return sum((one["total_amount"] for one in order.refunds if not one["declined"]), NOTHING)

    def _worth(self, order: Order, item: Mapping[str, Any]) -> Amount:
        kind = item["item_type"]
        if kind in UNITS:
            return self._units(order, item)
        if kind == "ORDER":
            return Amount(item["amount"], item["amount"])
        if kind == "TAX":
            return Amount(NOTHING, item["amount"])
        money, rate = self._beside(order, item), rate_of(order.rates)
        before = sum((one["amount"] for refund in order.refunds for one in refund["items"]
                      if one["item_type"] == kind and one["item_id"] == item["item_id"]), NOTHING)  # fmt: skip
        if before + item["amount"] > money.inc:
            raise Refusal(422, f"The {kind.lower()} was {money.inc}", {"amount": "exceeds what was paid"})
        return Amount(item["amount"] - rounded(item["amount"] * rate / (HUNDRED + rate), order.places), item["amount"])

    def _beside(self, order: Order, item: Mapping[str, Any]) -> Amount:
        kind, id_ = item["item_type"], item["item_id"]
        if kind == "FEE":
            fees = {fee["id"]: amount for fee, amount in zip(order.fees, totals(order).fees, strict=True)}
            if id_ in fees:
                return fees[id_]
        elif id_ in [address["id"] for address in order.addresses]:
            return cost_money(order, order.shipping if kind == "SHIPPING" else order.handling)
        raise Refusal(422, f"There is no {id_} of {kind} in order {order.id}", {"item_id": "is not there"})

    def _units(self, order: Order, item: Mapping[str, Any]) -> Amount:
        line = order.line(item["item_id"])
        if line is None:
            raise Refusal(422, f"Order {order.id} has no product {item['item_id']}", {"item_id": "is not there"})
        wrapped = item["item_type"] == "GIFT_WRAPPING"
        done = line.unwrapped if wrapped else line.refunded
        if done + item["quantity"] > line.quantity:
            raise Refusal(422, f"Of product {line.id} {line.quantity - done} are left", {"quantity": "exceeds that"})
        money = line_money(order, line)
        return _part(money.wrapping if wrapped else money.paid, line, done, item["quantity"], order.places)

    def items_to_refund(
        self, order: Order, lines: Mapping[Any, int] | None, amount: Decimal | None
    ) -> list[dict[str, Any]]:
        """Items of a refund by hand: units of lines, an amount, or all that is left of the order."""
        items: list[dict[str, Any]] = []
        if lines is None and amount is None:
            lines = {line.id: line.quantity - line.refunded for line in order.lines if line.quantity > line.refunded}
            units = [{"item_type": "PRODUCT", "item_id": id_, "quantity": n} for id_, n in lines.items()]
            amount = self.left(order) - added(self.worth(order, units)).inc
        for id_, units_of in (lines or {}).items():
            items.append({"item_type": "PRODUCT", "item_id": id_, "quantity": units_of})
        if amount:
            items.append({"item_type": "ORDER", "item_id": order.id, "amount": amount})
        return items

    def refund_items(
        self, order: Order, items: list[dict[str, Any]], restock: bool, override: Amount | None = None, **how: Any
    ) -> int:
        """Give items back; the refund's id. ``how``: payments (provider_id, amount, offline), reason."""
        amounts = self.worth(order, items)
        whole = override or added(amounts)
        usual = {"provider_id": METHODS.get(order.payment_method, CUSTOM)[1], "amount": whole.inc, "offline": False}
        payments = how.get("payments") or [usual]
        made = {
            "id": self.store.next_id("refund"),
            "created": int(self.unix()),
            "reason": how.get("reason", ""),
            "total_amount": whole.inc,
            "total_tax": whole.tax,
            "override": override is not None,
            "declined": bool(self.switches["refund_declined"]),
            "items": [{**item, "amount": amount.inc} for item, amount in zip(items, amounts, strict=True)],
            "payments": [{**one, "id": self.store.next_id("refund_payment")} for one in payments],
        }
        order.refunds.append(made)
        if not made["declined"]:
            self._take_effect(order, items, restock, made)
        return int(made["id"])

    def _take_effect(self, order: Order, items: list[dict[str, Any]], restock: bool, made: Mapping[str, Any]) -> None:
        for item in items:
            line = order.line(item["item_id"]) if item["item_type"] in UNITS else None
            if line is None:
                continue
            if item["item_type"] == "GIFT_WRAPPING":
                line.unwrapped += item["quantity"]
                continue
            line.refunded += item["quantity"]
            if restock:
                self.give_back(line, item["quantity"])
                line.restocked += item["quantity"]
        if order.transactions:
            paid = self.transact(order, "refund", order.payment_method, made["total_amount"])
            made["payments"][0]["transaction_id"] = str(paid["id"])
        whole = self.left(order) <= 0
        order.payment_status = "refunded" if whole else "partially refunded"
        if self.switches["refund_moves_order"]:
            order.status = REFUNDED if whole else PARTIALLY_REFUNDED


def _part(whole: Amount, line: Line, done: int, quantity: int, places: int) -> Amount:
    """What some units of a line are worth: parts that follow each other add up to the whole."""
    if line.quantity <= 0:
        return Amount()

    def upto(units: int, side: Decimal) -> Decimal:
        return rounded(side * units / line.quantity, places)

    ex, inc = (upto(done + quantity, side) - upto(done, side) for side in (whole.ex, whole.inc))
    return Amount(ex, inc)
