"""What the till keeps: families, their products, stock levels, sales, and the small lists around them.

Only data and its saved form. How it is answered is in ``rendering``; how it changes is in ``till``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, TypeVar

R = TypeVar("R")


@dataclass(slots=True)
class Picture:
    """An image of a family or of one product. ``status``: processing, uploaded or error."""

    id: str
    url: str
    version: int
    status: str = "uploaded"


@dataclass(slots=True)
class Family:
    """What all members share. ``members``: live product ids, the parent first."""

    id: str
    name: str
    handle: str
    description: str | None = None
    brand_id: str | None = None
    category_id: str | None = None
    tag_ids: list[str] = field(default_factory=list)
    attribute_ids: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    images: list[Picture] = field(default_factory=list)
    account_code: str | None = None
    account_code_purchase: str | None = None


@dataclass(slots=True)
class Product:
    """One sellable product or variant. ``price`` is the ruling price of the retailer's tax mode."""

    id: str
    family_id: str
    sku: str
    version: int
    created_at: str
    updated_at: str
    price: Decimal = Decimal(0)
    supply_price: Decimal = Decimal(0)
    active: bool = True
    tracked: bool = True
    codes: list[dict[str, str]] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    suppliers: list[dict[str, Any]] = field(default_factory=list)
    supplier_code: str | None = None
    images: list[Picture] = field(default_factory=list)
    measures: dict[str, Any] = field(default_factory=dict)
    """weight, weight_unit, length, width, height, dimensions_unit; absent when unknown."""
    components: dict[str, Decimal] = field(default_factory=dict)
    outlet_taxes: list[dict[str, str]] = field(default_factory=list)
    loyalty_amount: Decimal | None = None
    source: str = "USER"
    source_id: str | None = None
    source_variant_id: str | None = None
    deleted_at: str | None = None


@dataclass(slots=True)
class Level:
    """Stock of one product at one outlet."""

    id: str
    product_id: str
    outlet_id: str
    amount: Decimal
    version: int
    reorder_point: Decimal | None = None
    reorder_amount: Decimal | None = None
    average_cost: Decimal | None = None
    deleted_at: str | None = None


@dataclass(slots=True)
class Entry:
    """A record of a small list (outlet, register, tax, brand, ...): its answer as it stands, by ``body``."""

    id: str
    version: int
    body: dict[str, Any]
    deleted_at: str | None = None

    def answer(self) -> dict[str, Any]:
        """The record as the API shows it."""
        return {"id": self.id, **self.body, "version": self.version, "deleted_at": self.deleted_at}


@dataclass(slots=True)
class Line:
    """A line of a sale. ``price`` (without tax), ``tax``, ``discount``, ``cost``, ``loyalty`` are per unit."""

    id: str
    product_id: str
    quantity: Decimal
    price: Decimal
    tax: Decimal
    tax_id: str
    discount: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    loyalty: Decimal = Decimal(0)
    adjustments: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    status: str = "CONFIRMED"
    sequence: int = 0
    overridden: bool = False
    is_return: bool = False
    outlet_id: str | None = None
    """Where the goods leave, when that is not the register's outlet."""
    method: str | None = None
    """DISPATCH or PICKUP, when the line says so itself."""


@dataclass(slots=True)
class Payment:
    """A payment of a sale; negative when money goes back. ``type_id``: id of the payment type."""

    id: str
    type_id: str
    amount: Decimal
    date: str
    register_id: str | None = None


@dataclass(slots=True)
class Sale:
    """A register sale or a return of one. ``taken``: what it took out of stock so far, by "outlet product"."""

    id: str
    state: str
    author_id: str
    created_at: str
    updated_at: str
    date: str
    version: int = 0
    attributes: list[str] = field(default_factory=list)
    register_id: str | None = None
    outlet_id: str | None = None
    source_id: str | None = None
    source_type: str | None = None
    customer_id: str | None = None
    note: str = ""
    invoice_number: str = ""
    short_code: str = ""
    lines: list[Line] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    adjustments: list[dict[str, Any]] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)
    """``fulfillment_details`` as sent."""
    return_for: str | None = None
    returned_by: list[str] = field(default_factory=list)
    taken: dict[str, Decimal] = field(default_factory=dict)
    deleted_at: str | None = None


@dataclass(slots=True)
class Part:
    """A line's share of a fulfilment: how much of it, and how far it has come. One past the other: a packed unit was
    picked, a fulfilled one was packed."""

    line_id: str
    product_id: str
    quantity: Decimal
    picked: Decimal = Decimal(0)
    packed: Decimal = Decimal(0)
    fulfilled: Decimal = Decimal(0)


@dataclass(slots=True)
class Fulfilment:
    """The goods of one sale that leave one outlet in one way (DISPATCH or PICKUP). ``version`` counts its changes."""

    id: str
    sale_id: str
    outlet_id: str
    type: str
    created_at: str
    updated_at: str
    version: int = 1
    note: str = ""
    address_id: str | None = None
    parts: list[Part] = field(default_factory=list)
    last: str = ""
    """The request that made this version, so that its repetition is known."""


def saved(record: Any) -> dict[str, Any]:
    """A record as JSON-able values."""
    return asdict(record)


_DECIMALS = {"price", "supply_price", "loyalty_amount", "amount", "reorder_point", "reorder_amount", "average_cost"}
_DECIMALS |= {"quantity", "tax", "discount", "cost", "loyalty", "picked", "packed", "fulfilled"}
_NESTED: dict[str, type] = {"images": Picture, "lines": Line, "payments": Payment, "parts": Part}


def restored(kind: type[R], values: dict[str, Any]) -> R:
    """A record from its saved form, whose numbers came back as int or Decimal."""
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    given = {name: _value(name, value) for name, value in values.items() if name in known}
    return kind(**given)


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DECIMALS:
        return Decimal(value)
    if name in _NESTED:
        return [restored(_NESTED[name], row) for row in value]
    if name in ("components", "taken"):
        return {key: Decimal(amount) for key, amount in value.items()}
    return value
