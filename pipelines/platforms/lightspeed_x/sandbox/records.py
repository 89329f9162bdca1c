"""What the till keeps: families, their products, stock levels, and the small lists around them.

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


def saved(record: Any) -> dict[str, Any]:
    """A record as JSON-able values."""
    return asdict(record)


_DECIMALS = {"price", "supply_price", "loyalty_amount", "amount", "reorder_point", "reorder_amount", "average_cost"}


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
    if name == "images":
        return [Picture(**picture) for picture in value]
    if name == "components":
        return {key: Decimal(amount) for key, amount in value.items()}
    return value
