"""What is done to orders, whoever does it: shoppers, the merchant, the API. Every change moves ``date_modified``.

Bodies of calls are read in ``bodies``, refunds are in ``refunds``; nothing here knows a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal
from pipelines.platforms.bigcommerce.sandbox.orders.money import line_money, shares, totals
from pipelines.platforms.bigcommerce.sandbox.orders.records import NOTHING, Line, Order
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import (
    AWAITING_FULFILLMENT,
    AWAITING_PAYMENT,
    SENT,
    STATUSES,
)
from pipelines.platforms.bigcommerce.sandbox.orders.stock import OrderStock

PAYABLE = frozenset({"authorized", "pending", "capture pending"})
METHODS: Mapping[str, tuple[str, str]] = {
    "Credit Card": ("credit_card", "stripe"),
    "Test Payment Gateway": ("credit_card", "testgateway"),
    "PayPal": ("electronic_wallet", "paypalexpress"),
    "Bank Deposit": ("offline", "bankdeposit"),
    "Cash on Delivery": ("offline", "cod"),
    "Pay in Store": ("offline", "instore"),
    "Store Credit": ("store_credit", "storecredit"),
    "Gift Certificate": ("gift_certificate", "giftcertificate"),
}
"""Payment method as the order names it → method and gateway of its transactions; any other is ``CUSTOM``."""
CUSTOM = ("custom", "custom")
EVENTS = {"captured": "purchase", "authorized": "authorization", "pending": "pending"}


class OrderChanges(OrderStock):
    """Orders as a whole."""

    def seen_from(self) -> float:
        """The moment from which lists show what is done now."""
        return self.unix() + float(str(self.switches["order_lag"]))

    @contextmanager
    def changing(self, order_id: int | str, moves_date: bool = True) -> Iterator[Order]:
        """A copy of an order to change, taken up unless something is raised; ``moves_date`` off leaves its date."""
        with self.book.changing(order_id, self.seen_from()) as order:
            yield order
            if moves_date:
                order.modified = int(self.unix())

    @contextmanager
    def paying(self, order_id: int | str) -> Iterator[Order]:
        """``changing`` for a payment that comes in; a switch says whether that alone moves ``date_modified``."""
        moves = bool(self.switches["payment_moves_order"])
        with self.changing(order_id, moves or self.book.order(order_id).status == AWAITING_PAYMENT) as order:
            yield order

    @contextmanager
    def refunding(self, order_id: int | str) -> Iterator[Order]:
        """``changing`` for a refund; a switch says whether it moves ``date_modified``."""
        with self.changing(order_id, bool(self.switches["refund_moves_order"])) as order:
            yield order

    def take_up(self, order: Order, takes: bool = True) -> Order:
        """Take up a new order: its stock, its payments. Raises OutOfStock; then there is no order."""
        if takes and self.takes_now(order.status):
            self.take(order)
        self.book.put(order, self.seen_from())
        return order

    # --- lines ---------------------------------------------------------------------------------------------

    def spread(self, order: Order, amount: Decimal, how: Mapping[str, Any]) -> None:
        """Spread a discount of the whole order over its lines by price (`O2`, applied_discounts)."""
        weights = [line_money(order, line).before.ex for line in order.lines]
        for line, share in zip(order.lines, shares(amount, weights, order.places), strict=True):
            if share:
                line.discounts.append({**how, "amount": share, "target": "order"})

    def clear_discounts(self, order: Order, line: Line) -> None:
        """A changed line loses its discounts (`O2`, PUT); with the last of them goes what rounding left."""
        for one in line.discounts:
            if one["code"]:
                order.coupon_discount -= one["amount"]
            else:
                order.discount -= one["amount"]
        line.discounts = []
        left = [one for other in order.lines for one in other.discounts]
        if not any(one["code"] for one in left):
            order.coupon_discount = NOTHING
        if all(one["code"] for one in left):
            order.discount = NOTHING

    def remove_line(self, order: Order, line: Line) -> list[Line]:
        """Take a line off an order, with the lines that belong to it; what was taken off."""
        parts = [line, *(one for one in order.lines if one.parent == line.id)]
        for part in parts:
            self.clear_discounts(order, part)
            order.lines.remove(part)
        return parts

    # --- status and payment --------------------------------------------------------------------------------

    def change_status(self, order: Order, status: int) -> None:
        """Give an order another status; its stock follows. Raises Refusal on a status there is not."""
        if status not in STATUSES:
            raise Refusal(400, "The field 'status_id' is invalid.", {"status_id": "is not a status"})
        order.status = status
        if status in SENT:
            order.shipped_at = order.shipped_at or int(self.unix())
        self.follow_status(order)

    def pay(self, order: Order, method: str, state: str) -> None:
        """Note how an order is paid: store credit and gift certificates first, the method for the rest.

        ``state``: captured, authorized, pending, or none (no transaction, as with most offline methods).
        """
        order.payment_method = method
        order.payment_status = "" if state == "none" else state
        for name, amount in (("Store Credit", order.store_credit), ("Gift Certificate", order.gift_certificate)):
            if amount:
                self.transact(order, "purchase", name, amount)
        rest = totals(order).total.inc - order.store_credit - order.gift_certificate
        if state in EVENTS and rest > 0:
            self.transact(order, EVENTS[state], method, rest)

    def transact(self, order: Order, event: str, method: str, amount: Decimal) -> dict[str, Any]:
        """Add a transaction to an order."""
        kind, gateway = METHODS.get(method, CUSTOM)
        last = order.transactions[-1]["id"] if order.transactions and event in ("capture", "refund") else None
        made = {
            "id": self.store.next_id("transaction"),
            "event": event,
            "method": kind,
            "gateway": gateway,
            "shown_as": method,
            "amount": amount,
            "reference": last,
            "gateway_id": "" if kind in ("custom", "offline") else self.new_id(),
            "created": int(self.unix()),
        }
        order.transactions.append(made)
        return made

    def settle_payment(self, order: Order) -> None:
        """The money of an order comes in. Raises Refusal when it came in before or never was promised."""
        if order.payment_status not in PAYABLE:
            raise Refusal(422, f"The payment of order {order.id} is {order.payment_status or 'not known'}")
        event = "capture" if order.payment_status == "authorized" else "settled"
        paid = {"purchase", "capture", "settled"}
        due = totals(order).total.inc - sum((t["amount"] for t in order.transactions if t["event"] in paid), NOTHING)
        self.transact(order, event, order.payment_method, due)
        order.payment_status = "captured"
        if order.status == AWAITING_PAYMENT:
            self.change_status(order, AWAITING_FULFILLMENT)
