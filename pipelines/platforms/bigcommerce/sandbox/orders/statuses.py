"""The fifteen statuses of an order (`O2`, order_statuses) and what each means for stock."""

from __future__ import annotations

from dataclasses import dataclass

INCOMPLETE, PENDING, SHIPPED, PARTIALLY_SHIPPED, REFUNDED, CANCELLED, DECLINED, AWAITING_PAYMENT = range(8)
AWAITING_PICKUP, AWAITING_SHIPMENT, COMPLETED, AWAITING_FULFILLMENT, VERIFICATION, DISPUTED, PARTIALLY_REFUNDED = range(
    8, 15
)


@dataclass(frozen=True)
class Status:
    """One status: its name, its place in the control panel's list, what it says."""

    name: str
    order: int
    text: str


STATUSES: dict[int, Status] = {
    0: Status("Incomplete", 0, "The shopper reached the payment page and did not pay."),
    1: Status("Pending", 1, "The shopper began the checkout and did not complete it."),
    2: Status("Shipped", 8, "The order was sent; its receipt is not confirmed."),
    3: Status("Partially Shipped", 6, "A part of the order was sent."),
    4: Status("Refunded", 11, "The order was refunded."),
    5: Status("Cancelled", 9, "The order was cancelled by the seller."),
    6: Status("Declined", 10, "The order was declined by the seller."),
    7: Status("Awaiting Payment", 2, "The checkout is complete, the payment is not confirmed."),
    8: Status("Awaiting Pickup", 5, "The order is packed and waits to be picked up."),
    9: Status("Awaiting Shipment", 4, "The order is packed and waits for the carrier."),
    10: Status("Completed", 7, "The order is paid for, and its files can be loaded."),
    11: Status("Awaiting Fulfillment", 3, "The checkout is complete and the payment confirmed."),
    12: Status("Manual Verification Required", 13, "The order is held until something is confirmed by hand."),
    13: Status("Disputed", 12, "The shopper disputes the payment."),
    14: Status("Partially Refunded", 14, "A part of the order was refunded."),
}
NEVER_PLACED = frozenset({INCOMPLETE})
CALLED_OFF = frozenset({CANCELLED, DECLINED})
SENT = frozenset({SHIPPED, COMPLETED})


def takes_stock(status: int, behaviour: str) -> bool:
    """Whether an order of a status takes its stock under ``update_stock_behavior`` (fact sheet §5)."""
    if status in NEVER_PLACED | CALLED_OFF:
        return False
    return behaviour == "order_placed" or status in SENT
