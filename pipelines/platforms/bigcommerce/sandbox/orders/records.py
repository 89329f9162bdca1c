"""The records of orders and customers, as the store keeps them. Money is Decimal, moments are unix seconds.

What an order comes to is in ``money``, how it looks as JSON in ``render``.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

Rates = list[list[Any]]
"""[name, per cent] of each tax that is laid on an amount."""
NOTHING = Decimal(0)


@dataclass
class Cost:
    """What is charged beside the lines. ``pair`` (without and with tax) is given from outside and not computed."""

    base: Decimal = NOTHING
    charged: Decimal = NOTHING
    """``base`` less what a coupon for shipping takes off."""
    pair: list[Decimal] | None = None

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Cost:
        """A cost from its ``dump``."""
        return cls(Decimal(saved["base"]), Decimal(saved["charged"]), pair_of(saved["pair"]))


@dataclass
class Line:
    """One line. ``price`` is for one unit, with or without tax as the order's prices are."""

    id: int
    name: str
    quantity: int
    price: Decimal
    product_id: int = 0
    variant_id: int = 0
    sku: str = ""
    upc: str = ""
    brand: str = ""
    kind: str = "physical"
    cost_price: Decimal = NOTHING
    weight: Decimal = NOTHING
    rates: Rates = field(default_factory=list)
    pair: list[Decimal] | None = None
    """Both prices of one unit when they were given; nothing is computed then."""
    discounts: list[dict[str, Any]] = field(default_factory=list)
    wrapping: dict[str, Any] | None = None
    """name, message, and ``cost`` of the whole line; ``pair`` as above."""
    options: list[dict[str, Any]] = field(default_factory=list)
    parent: int | None = None
    refunded: int = 0
    unwrapped: int = 0
    """Units whose wrapping was refunded."""
    restocked: int = 0
    shipped: int = 0
    taken: int = 0
    """Units the line holds of the store's stock, taken from ``place``: [location id, item]."""
    place: list[Any] | None = None
    stray: dict[str, str] = field(default_factory=dict)
    """Texts that replace the product's own in the answer, such as ``name_merchant``."""

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Line:
        """A line from its ``dump``."""
        line = cls(**saved)
        for name in ("price", "cost_price", "weight"):
            setattr(line, name, Decimal(getattr(line, name)))
        line.pair = pair_of(line.pair)
        if line.wrapping:
            line.wrapping["cost"] = Decimal(line.wrapping["cost"])
            line.wrapping["pair"] = pair_of(line.wrapping["pair"])
        for discount in line.discounts:
            discount["amount"] = Decimal(discount["amount"])
        return line


@dataclass
class Order:
    """One order with all that hangs on it; ``holds`` says that its lines have taken their stock."""

    id: int
    created: int
    modified: int
    status: int
    customer_id: int
    billing: dict[str, Any]
    currency: str
    places: int
    inclusive: bool
    rates: Rates
    lines: list[Line] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    shipping: Cost = field(default_factory=Cost)
    handling: Cost = field(default_factory=Cost)
    fees: list[dict[str, Any]] = field(default_factory=list)
    coupons: list[dict[str, Any]] = field(default_factory=list)
    discount: Decimal = NOTHING
    """Discounts without a code, of lines and of the whole order."""
    coupon_discount: Decimal = NOTHING
    store_credit: Decimal = NOTHING
    gift_certificate: Decimal = NOTHING
    tax_rounding: str = "line"
    overrides: dict[str, Decimal] = field(default_factory=dict)
    """Totals that were given from outside, by the name of the answer's member."""
    message: str = ""
    staff_notes: str = ""
    payment_method: str = ""
    payment_status: str = ""
    source: str = "www"
    channel_id: int = 1
    archived: bool = False
    holds: bool = False
    plain: dict[str, Any] = field(default_factory=dict)
    """Members that are kept as they were given: ``external_order_id``, ``ip_address`` and so on."""
    transactions: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    shipments: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    shipped_at: int | None = None

    def line(self, id_: int) -> Line | None:
        """The line of an id."""
        return next((line for line in self.lines if line.id == id_), None)

    def copy(self) -> Order:
        return deepcopy(self)

    def dump(self) -> dict[str, Any]:
        """JSON-able form; Decimal occurs."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        costs = {name: vars(getattr(self, name)) for name in _COSTS}
        return {**plain, **costs, "lines": [vars(line) for line in self.lines]}

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Order:
        """An order from its ``dump``."""
        order = cls(**saved)
        order.lines = [Line.read(line) for line in saved["lines"]]
        for name in _COSTS:
            setattr(order, name, Cost.read(saved[name]))
        for name in _AMOUNTS:
            setattr(order, name, Decimal(getattr(order, name)))
        order.overrides = {name: Decimal(value) for name, value in order.overrides.items()}
        return order


@dataclass
class Customer:
    """A customer; ``fields`` are those a call may write."""

    id: int
    created: int
    modified: int
    fields: dict[str, Any]
    addresses: list[dict[str, Any]] = field(default_factory=list)
    credit: Decimal = NOTHING

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Customer:
        """A customer from its ``dump``."""
        return cls(**{**saved, "credit": Decimal(saved["credit"])})


_COSTS = ("shipping", "handling")
_AMOUNTS = ("discount", "coupon_discount", "store_credit", "gift_certificate")


def pair_of(saved: Any) -> list[Decimal] | None:
    """Both prices of one thing, exact again after JSON."""
    return None if saved is None else [Decimal(value) for value in saved]
