"""What shoppers and the merchant do to orders by hand: place, edit, ship, cancel, refund.

These are not part of the API. Money is given as Decimal, int or text, without tax unless the prices hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import from_json, locked, to_json
from pipelines.platforms.ecwid.sandbox.answers import moment, number, wrong
from pipelines.platforms.ecwid.sandbox.orders.book import Line, Order
from pipelines.platforms.ecwid.sandbox.orders.money import CENT, HUNDRED, cents, dec, gross, net, reckon
from pipelines.platforms.ecwid.sandbox.orders.routes import OrderRoutes

Said = tuple[str, int] | Mapping[str, Any]
"""A line: (SKU, quantity), or ``sku`` and ``quantity`` with a ``price``, or a ``name`` with a ``price``."""
Money = Decimal | int | str
ADDRESS: Mapping[str, str] = {
    "name": "Jane Doe", "companyName": "", "street": "1 High Street", "city": "Austin", "countryCode": "US",
    "postalCode": "78751", "stateOrProvinceCode": "TX", "phone": "",
}  # fmt: skip
BUYER = frozenset({*ADDRESS, "email"})


@dataclass(frozen=True)
class Checkout:
    """How an order is placed, beside its lines and its buyer."""

    status: str = "PAID"
    """The payment status."""
    fulfilment: str = "AWAITING_PROCESSING"
    payment: str = "Credit or debit card"
    shipping: Money = 0
    method: str = "Flat rate"
    kind: str = "SHIPPING"
    """SHIPPING, PICKUP or DELIVERY."""
    handling: Money = 0
    fees: Sequence[tuple[str, Money]] = ()
    """Surcharges: description and amount."""
    discount: Money = 0
    """Off the whole order."""
    coupon: tuple[str, str, Money] | None = None
    """Code, ABS or PERCENT, and amount."""
    tax_rates: Sequence[tuple[str, Money]] = ()
    tax_inclusive: bool | None = None
    """None: as the store's prices are."""
    gift_card: Money = 0
    message: str = ""
    staff_notes: str = ""
    accepts_marketing: bool | None = None
    created: datetime | None = None
    takes_stock: bool = True
    """False: an order of times past, whose stock is gone already; it never takes any."""
    plain: Mapping[str, Any] = field(default_factory=dict)
    """Members kept as they are: ``refererId``, ``ipAddress`` …"""


class OrderControl(OrderRoutes):
    """The hands of shoppers and of the merchant on orders. Orders are named by their id; unknown ones raise Refusal."""

    @locked
    def place_order(
        self, lines: Iterable[Said], customer: Mapping[str, Any] | str = "guest@buyer.example", **how: Any
    ) -> str:
        """A shopper's order; its id. Raises OutOfStock where a tracked item has not enough: then there is no order.

        ``customer`` is an e-mail, or ``email`` and members of the address; ``how`` are fields of ``Checkout``.
        """
        checkout = Checkout(**how)
        buyer = {"email": customer} if isinstance(customer, str) else dict(customer)
        order = self._begun(checkout, buyer)
        order.lines = [self._line(said) for said in lines]
        self._reckon(order, checkout)
        if checkout.takes_stock and self.takes_now(order):
            self.take(order, refuse=True)
        order.holds = order.holds or not checkout.takes_stock
        self.put_in_book(order)
        self.buyer_of(order)
        return order.id

    def _begun(self, checkout: Checkout, buyer: Mapping[str, Any]) -> Order:
        person = {**ADDRESS, **{name: str(value) for name, value in buyer.items() if name in ADDRESS}}
        inclusive = checkout.tax_inclusive
        if inclusive is None:
            inclusive = bool(self.facts.get("taxSettings", {}).get("pricesIncludeTax", False))
        known: dict[str, Any] = {
            "email": str(buyer.get("email", "")),
            "paymentStatus": checkout.status,
            "fulfillmentStatus": checkout.fulfilment,
            "paymentMethod": checkout.payment,
            "billingPerson": person,
            "shippingPerson": dict(person),
            "pricesIncludeTax": inclusive,
            "orderComments": checkout.message,
            "privateAdminNotes": checkout.staff_notes,
            **checkout.plain,
        }
        if checkout.accepts_marketing is not None:
            known["acceptMarketing"] = checkout.accepts_marketing
        created = None if checkout.created is None else int(checkout.created.timestamp())
        return self.blank_order(created, **known)

    def _line(self, said: Said) -> Line:
        line: Mapping[str, Any] = {"sku": said[0], "quantity": said[1]} if isinstance(said, tuple) else said
        quantity, price = int(line.get("quantity", 1)), line.get("price")
        if "sku" in line and line["sku"] in self.shelves.skus:
            return self.line_of(*self.find_sku(line["sku"]), quantity, price)
        if "name" not in line:
            raise KeyError(line.get("sku"))
        plain = {"sku": line.get("sku", ""), "name": line["name"], "quantity": quantity}
        return self.line_sent({**plain, "price": number(Decimal(str(price or 0)))})

    def _reckon(self, order: Order, checkout: Checkout) -> None:
        order.fields["shippingOption"] = {
            "shippingMethodName": checkout.method, "shippingRate": number(dec(checkout.shipping)),
            "isPickup": checkout.kind == "PICKUP", "fulfillmentType": checkout.kind,
        }  # fmt: skip
        if dec(checkout.handling):
            fee = {"name": "Handling", "value": number(dec(checkout.handling)), "description": ""}
            order.fields["handlingFee"] = fee
        order.fields["customSurcharges"] = [
            {"id": name, "value": number(dec(cost)), "type": "ABSOLUTE", "total": number(dec(cost)),
             "totalWithoutTax": number(dec(cost)), "description": name, "taxable": False, "taxes": []}
            for name, cost in checkout.fees
        ]  # fmt: skip
        if dec(checkout.gift_card):
            order.fields["giftCardRedemption"] = dec(checkout.gift_card)
        rates = [(name, dec(rate)) for name, rate in checkout.tax_rates]
        reckon(order, rates, self._coupon(order, checkout), dec(checkout.discount))

    @staticmethod
    def _coupon(order: Order, checkout: Checkout) -> Decimal:
        if checkout.coupon is None:
            return Decimal(0)
        code, kind, amount = checkout.coupon
        subtotal = sum((gross(line.item) for line in order.lines), Decimal(0))
        order.fields["discountCoupon"] = {
            "id": 215189589, "name": code, "code": code, "discountType": kind, "status": "ACTIVE",
            "discount": number(dec(amount)), "usesLimit": "UNLIMITED", "applicationLimit": "UNLIMITED",
        }  # fmt: skip
        return cents(subtotal * dec(amount) / HUNDRED) if kind == "PERCENT" else dec(amount).quantize(CENT)

    @locked
    def edit_order(self, order_id: str, lines: Iterable[Mapping[str, Any]]) -> None:
        """The merchant edits lines. With ``id`` (or ``line``, its place from 0): ``quantity`` (0 takes it off),
        ``price``; without either: a line to add. Taxes stay as they were (§4.3), and so do discounts of the lines that
        stay. Raises OutOfStock."""
        order = self.book.order(order_id)
        with self.changing_order(order):
            before, removed = list(order.lines), []
            worth = _worth(order)
            for change in lines:
                named = change.get("id", before[change["line"]].item["id"] if "line" in change else None)
                line = next((one for one in order.lines if one.item["id"] == named), None)
                if line is None:
                    order.lines.append(self._line(change))
                elif change.get("quantity") == 0:
                    order.lines.remove(line)
                    removed.append(line)
                else:
                    line.item |= {name: number(dec(change[name])) for name in ("quantity", "price") if name in change}
            _sum_up(order, worth)
            if order.holds:
                self.follow_quantities(order, removed)

    @locked
    def set_status(self, order_id: str, payment: str | None = None, fulfilment: str | None = None) -> None:
        """Give an order another payment or fulfilment status; its stock follows the first."""
        order = self.book.order(order_id)
        with self.changing_order(order):
            sent = {"paymentStatus": payment, "fulfillmentStatus": fulfilment}
            self.change_order(order, sent)
            self.follow_status(order, through_api=False)

    @locked
    def cancel(self, order_id: str) -> None:
        """Cancel an order; its stock goes back."""
        self.set_status(order_id, "CANCELLED")

    @locked
    def capture(self, order_id: str) -> None:
        """The money comes in."""
        self.set_status(order_id, "PAID")

    @locked
    def ship(self, order_id: str) -> None:
        """Send an order."""
        self.set_status(order_id, fulfilment="SHIPPED")

    @locked
    def refund(self, order_id: str, amount: Money | None = None, reason: str = "") -> None:
        """Give money back, or (no amount) all that is left. A refund names no line. When nothing is left the order is
        REFUNDED and its stock goes back, else PARTIALLY_REFUNDED. Raises Refusal for more than was paid."""
        order = self.book.order(order_id)
        paid = dec(order.fields["total"])
        left = paid - sum((dec(one["amount"]) for one in order.refunds), Decimal(0))
        back = left if amount is None else dec(amount)
        if not 0 < back <= left:
            raise wrong(f"{back} cannot be refunded of {left}")
        with self.changing_order(order):
            row = {"date": moment(self.unix()), "source": "CP", "reason": reason, "amount": number(back)}
            order.refunds.append(row)
            order.fields["paymentStatus"] = "REFUNDED" if back == left else "PARTIALLY_REFUNDED"
            self.follow_status(order, through_api=False)

    @locked
    def delete_order_by_hand(self, order_id: str) -> None:
        """Delete an order in the store's admin."""
        self.remove_order(self.book.order(order_id))

    @locked
    def touch_order(self, order_id: str) -> None:
        """Move the order's ``updateDate`` without changing anything, as a save without changes does."""
        with self.changing_order(self.book.order(order_id)):
            pass

    @locked
    def order(self, order_id: str) -> dict[str, Any]:
        """An order as the API shows it, as it is now."""
        record: dict[str, Any] = from_json(to_json(self.order_record(self.book.order(order_id))))
        return record

    @locked
    def order_ids(self) -> list[str]:
        """Every order there is, also those lists do not show, in the order they were made."""
        return list(self.book.orders)


def _worth(order: Order) -> Decimal:
    """What the lines of an order come to, discounts off."""
    return sum((net(line.item) for line in order.lines), Decimal(0))


def _sum_up(order: Order, before: Decimal) -> None:
    """Sums after an edit: a line that went took its share of the discounts with it."""
    items, fields = [line.item for line in order.lines], order.fields
    discounts = [each for one in items for each in one.get("discounts", ())]
    sums = {
        "couponDiscount": sum((dec(one.get("couponAmount")) for one in items), Decimal(0)),
        "discount": sum((dec(each["total"]) for each in discounts), Decimal(0)),
        "subtotal": sum(map(gross, items), Decimal(0)),
        "total": dec(fields["total"]) + _worth(order) - before,
    }
    fields |= {name: number(amount) for name, amount in sums.items()}
