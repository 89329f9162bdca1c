"""What the store holds of orders and customers, with what a search sees of them yet. Rules are elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import Refusal, digits, gone


@dataclass
class Line:
    """One line: ``item`` as the API shows it, and how many units it holds of whose stock."""

    item: dict[str, Any]
    taken: int = 0
    variation: int = 0
    """The variation whose stock it holds; 0: the product's own."""


@dataclass
class Order:
    """An order. ``fields`` are the members that may be written; moments are unix seconds."""

    id: str
    number: int
    created: int
    updated: int
    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    by_api: bool = False
    holds: bool = False
    """Whether it has taken its stock."""

    def dump(self) -> dict[str, Any]:
        """JSON-able; see ``read``."""
        return {**self.__dict__, "lines": [dict(line.__dict__) for line in self.lines]}

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Order:
        """An order out of its ``dump``."""
        return cls(**{**saved, "lines": [Line(**line) for line in saved["lines"]]})


@dataclass
class Customer:
    """A customer. Who has no word on marketing has no ``acceptMarketing``."""

    id: int
    registered: int
    updated: int
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return str(self.fields.get("email", ""))


class Book:
    """Orders and customers of one store."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.customers: dict[int, Customer] = {}
        self._earlier: dict[str, list[tuple[float, Order | None]]] = {}

    def order(self, id_: object, by_number: bool = True) -> Order:
        """The order of an id, or of an internal number. Raises Refusal."""
        text = str(id_)
        found = self.orders.get(text)
        if found is None and by_number and digits(text):
            found = next((one for one in self.orders.values() if one.number == int(text)), None)
        if found is None:
            raise gone("Order", id_)
        return found

    def customer(self, id_: object) -> Customer:
        """Raises Refusal when it is not there."""
        found = self.customers.get(int(str(id_))) if digits(str(id_)) else None
        if found is None:
            raise Refusal(None, f"Customer #{id_} not found", 404)
        return found

    def by_email(self, email: str) -> Customer | None:
        """The customer of an e-mail, whatever its case."""
        return next((one for one in self.customers.values() if one.email.lower() == email.lower()), None)

    def orders_of(self, customer: Customer) -> list[Order]:
        """The orders of a customer."""
        return [one for one in self.orders.values() if one.fields.get("customerId") == customer.id]

    def remember(self, id_: str, before: Order | None, now: float, lag: float) -> None:
        """Let searches show an order as it was ``before`` (None: not at all) for so many seconds."""
        if lag > 0:
            ahead = [step for step in self._earlier.get(id_, ()) if step[0] > now]
            self._earlier[id_] = [*ahead, (now + lag, copy.deepcopy(before))]

    def indexed(self, now: float) -> list[Order]:
        """Every order as a search shows it now."""
        seen = dict(self.orders)
        for id_, steps in list(self._earlier.items()):
            ahead = [step for step in steps if step[0] > now]
            self._earlier[id_] = ahead
            if not ahead:
                del self._earlier[id_]
            elif ahead[0][1] is None:
                seen.pop(id_, None)
            else:
                seen[id_] = ahead[0][1]
        return list(seen.values())

    def dump(self) -> dict[str, Any]:
        """JSON-able; searches that lag go on lagging."""
        return {
            "orders": [one.dump() for one in self.orders.values()],
            "customers": [dict(one.__dict__) for one in self.customers.values()],
            "orders_earlier": [
                [id_, [[until, before.dump() if before else None] for until, before in steps]]
                for id_, steps in self._earlier.items()
            ],
        }

    def read(self, saved: Mapping[str, Any]) -> None:
        """Take a ``dump`` back."""
        self.orders = {one["id"]: Order.read(one) for one in saved["orders"]}
        self.customers = {one["id"]: Customer(**one) for one in saved["customers"]}
        self._earlier = {
            id_: [(float(until), Order.read(one) if one else None) for until, one in steps]
            for id_, steps in saved["orders_earlier"]
        }
