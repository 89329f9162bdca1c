"""What shoppers and the merchant do to orders by hand: place, edit, ship, cancel, take the money, refund.

These are not part of the API. Money is given as Decimal, int or text, without tax unless the store's prices hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import locked
from pipelines.platforms.bigcommerce.sandbox.orders.customers import CustomerChanges
from pipelines.platforms.bigcommerce.sandbox.orders.making import OrderMaking
from pipelines.platforms.bigcommerce.sandbox.orders.records import Cost, Order
from pipelines.platforms.bigcommerce.sandbox.orders.refunds import Refunds
from pipelines.platforms.bigcommerce.sandbox.orders.render import OrderRendering
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import (
    AWAITING_FULFILLMENT,
    CANCELLED,
    COMPLETED,
    INCOMPLETE,
    PARTIALLY_SHIPPED,
    SHIPPED,
)

Said = tuple[str, int] | Mapping[str, Any]
"""A line: (SKU, quantity), or what ``making`` says a line may be."""
Money = Decimal | int | str
ADDRESS: Mapping[str, str] = {
    "first_name": "Jane", "last_name": "Doe", "company": "", "street_1": "1 High Street", "street_2": "",
    "city": "Austin", "state": "Texas", "zip": "78751", "country": "United States", "country_iso2": "US", "phone": "",
    "email": "",
}  # fmt: skip


@dataclass(frozen=True)
class Checkout:
    """How an order is placed, beside its lines and its buyer."""

    status: int = AWAITING_FULFILLMENT
    payment: tuple[str, str] = ("Test Payment Gateway", "captured")
    """Method, and captured, authorized, pending or none; an incomplete order has none whatever stands here."""
    shipping: Money = 0
    handling: Money = 0
    fees: Sequence[tuple[str, Money]] = ()
    discount: Money = 0
    """Off the whole order."""
    coupon: tuple[str, int, Money] | None = None
    """Code, type (0 off each unit, 1 per cent, 2 off the whole, 4 free shipping) and amount."""
    tax_rates: Sequence[tuple[str, Money]] | None = None
    """[name, per cent]; None: the store's own (``set_tax_rates``)."""
    tax_inclusive: bool | None = None
    currency: str | None = None
    message: str = ""
    staff_notes: str = ""
    store_credit: Money = 0
    gift_certificate: Money = 0
    created: datetime | None = None
    takes_stock: bool = True
    """False: an order of times past, whose stock is gone already; it never takes any."""
    channel_id: int = 1
    source: str = "www"
    plain: Mapping[str, Any] = field(default_factory=dict)
    """Members kept as they are: ``external_order_id``, ``external_source``, ``ip_address`` …"""


class OrderControl(OrderRendering, OrderMaking, Refunds, CustomerChanges):
    """The hands of shoppers and of the merchant on orders. Orders are named by their id; unknown ones raise Refusal."""

    @locked
    def place_order(
        self, lines: Iterable[Said], customer: Mapping[str, Any] | str = "guest@buyer.example", **how: Any
    ) -> int:
        """A shopper's order; its id. Raises OutOfStock where a tracked item has not enough: then there is no order.

        ``customer`` is a guest's e-mail, or the fields of a customer, who is found by e-mail or made (without one: a
        guest); ``how`` are fields of ``Checkout``.
        """
        checkout = Checkout(**how)
        buyer = {"email": customer} if isinstance(customer, str) else dict(customer)
        order = self._begun(checkout, buyer)
        for said in lines:
            line = {"sku": said[0], "quantity": said[1]} if isinstance(said, tuple) else said
            order.lines += self.lines_of(order, line)
        self._reckon(order, checkout)
        order.addresses = [{**order.billing, "id": self.store.next_id("order_address"), "method": "Flat Rate"}]
        self.pay(order, checkout.payment[0], "none" if checkout.status == INCOMPLETE else checkout.payment[1])
        order.holds = not checkout.takes_stock
        self.take_up(order, takes=checkout.takes_stock)
        if buyer.get("email") and not isinstance(customer, str):
            order.customer_id = self._account(order, buyer)
        return order.id

    def _begun(self, checkout: Checkout, buyer: Mapping[str, Any]) -> Order:
        texts = {name: str(buyer[name]) for name in ADDRESS if name in buyer}
        known: dict[str, Any] = {
            "status": checkout.status,
            "billing": {**ADDRESS, **texts},
            "message": checkout.message,
            "staff_notes": checkout.staff_notes,
            "channel_id": checkout.channel_id,
            "source": checkout.source,
            "plain": dict(checkout.plain),
            "currency": checkout.currency,
        }
        if checkout.tax_rates is not None:
            known["rates"] = [[name, Decimal(str(rate))] for name, rate in checkout.tax_rates]
        if checkout.tax_inclusive is not None:
            known["inclusive"] = checkout.tax_inclusive
        if checkout.created is not None:
            known["created"] = known["modified"] = int(checkout.created.timestamp())
        return self.blank_order(**known)

    def _reckon(self, order: Order, checkout: Checkout) -> None:
        shipping, handling = (Decimal(str(cost)) for cost in (checkout.shipping, checkout.handling))
        order.shipping, order.handling = Cost(shipping, shipping), Cost(handling, handling)
        order.fees = [{"id": self.store.next_id("order_fee"), "name": name, "cost": Decimal(str(cost))}
                      for name, cost in checkout.fees]  # fmt: skip
        off = Decimal(str(checkout.discount))
        if off:
            self.spread(order, off, {"id": "manual-discount", "name": "Manual Discount", "code": None})
            order.discount += off
        if checkout.coupon is not None:
            code, kind, amount = checkout.coupon
            self.use_coupon(order, code, kind, Decimal(str(amount)))
        order.store_credit = Decimal(str(checkout.store_credit))
        order.gift_certificate = Decimal(str(checkout.gift_certificate))

    def _account(self, order: Order, buyer: Mapping[str, Any]) -> int:
        """The id of the buyer's account: it is found by e-mail, or made."""
        found = self.book.by_email(str(buyer["email"]))
        if found is None:
            names = {"first_name": order.billing["first_name"], "last_name": order.billing["last_name"]}
            fields = {name: buyer[name] for name in ("email", "company", "phone", "notes") if name in buyer}
            found = self.make_customer({**names, **fields})
        return found.id

    @locked
    def edit_order(self, order_id: int, lines: Iterable[Mapping[str, Any]]) -> None:
        """The merchant edits lines. With ``id`` (or ``line``, its place from 0): ``quantity`` (0 takes it off),
        ``price``; without either: a line to add. Changed lines lose their discounts. Raises OutOfStock."""
        with self.changing(order_id) as order:
            removed = []
            before = list(order.lines)
            for change in lines:
                named = change.get("id", before[change["line"]].id if "line" in change else None)
                line = None if named is None else order.line(int(named))
                if line is None:
                    order.lines += self.lines_of(order, change)
                elif change.get("quantity") == 0:
                    removed += self.remove_line(order, line)
                else:
                    self.clear_discounts(order, line)
                    line.quantity = int(change.get("quantity", line.quantity))
                    if "price" in change:
                        line.price, line.pair = Decimal(str(change["price"])), None
            self.follow_quantities(order, removed)

    @locked
    def set_status(self, order_id: int, status: int) -> None:
        """Give an order another status; its stock follows the store's settings."""
        with self.changing(order_id) as order:
            self.change_status(order, status)

    @locked
    def cancel(self, order_id: int) -> None:
        """Cancel an order; its stock goes back where ``refund_order_stock_adjustment`` says so."""
        self.set_status(order_id, CANCELLED)

    @locked
    def capture(self, order_id: int) -> None:
        """The money comes in; an order that awaited it goes on to fulfilment. Raises Refusal if none is awaited."""
        with self.paying(order_id) as order:
            self.settle_payment(order)

    @locked
    def pay_order(self, order_id: int, method: str, state: str = "captured") -> None:
        """A payment for an order that had none, as when a shopper comes back to an incomplete one."""
        with self.changing(order_id) as order:
            self.pay(order, method, state)

    @locked
    def ship(self, order_id: int, lines: Mapping[int, int] | None = None) -> None:
        """Send an order, or so many units of lines (by id); it becomes Shipped, or Partially Shipped."""
        with self.changing(order_id) as order:
            sent = {line.id: line.quantity - line.shipped for line in order.lines} if lines is None else lines
            for line in order.lines:
                line.shipped += sent.get(line.id, 0)
            made = {"id": self.store.next_id("shipment"), "created": int(self.unix())}
            order.shipments.append({**made, "items": [list(item) for item in sent.items()]})
            whole = all(line.shipped >= line.quantity for line in order.lines)
            if order.status != COMPLETED:
                self.change_status(order, SHIPPED if whole else PARTIALLY_SHIPPED)

    @locked
    def refund(
        self,
        order_id: int,
        lines: Mapping[int | str, int] | None = None,
        amount: Money | None = None,
        restock: bool | None = None,
    ) -> int:
        """Refund units of lines (by id or SKU), an amount, or (neither) all that is left; the refund's id.

        ``restock`` None: as ``refund_order_stock_adjustment`` says. Raises Refusal for more than was paid.
        """
        with self.refunding(order_id) as order:
            ids = {line.sku: line.id for line in reversed(order.lines)}
            units = None if lines is None else {ids.get(str(key), key): count for key, count in lines.items()}
            items = self.items_to_refund(order, units, None if amount is None else Decimal(str(amount)))
            if restock is None:
                restock = bool(self.stock_settings()["refund_order_stock_adjustment"])
            return self.refund_items(order, items, restock)

    @locked
    def say(self, order_id: int, text: str, by_staff: bool = False) -> None:
        """A message about an order, from the shopper or from staff."""
        with self.changing(order_id) as order:
            id_ = self.store.next_id("order_message")
            order.messages.append({"id": id_, "text": text, "staff": by_staff, "created": int(self.unix())})

    @locked
    def archive(self, order_id: int) -> None:
        """Archive an order; nothing else happens to it."""
        with self.changing(order_id) as order:
            order.archived = True

    @locked
    def touch_order(self, order_id: int) -> None:
        """Move the order's ``date_modified`` without changing anything, as a save without changes does."""
        with self.changing(order_id):
            pass

    @locked
    def set_tax_rates(self, *rates: tuple[str, Money]) -> None:
        """The taxes of the store: name and per cent of each; they add up."""
        self.facts["tax_rates"] = [[name, Decimal(str(rate))] for name, rate in rates]

    @locked
    def order(self, order_id: int) -> dict[str, Any]:
        """An order as the API shows it, as it is now, with ``lines`` (the records of its products) beside."""
        order = self.book.order(order_id)
        return {**self.order_record(order), "lines": self.line_records(order)}

    @locked
    def order_ids(self) -> list[int]:
        """Every order there is, also those lists do not show."""
        return self.book.ids()
