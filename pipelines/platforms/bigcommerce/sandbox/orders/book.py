"""The book of orders and the file of customers: who is there, and which version of an order the feed shows yet.

A change works on a copy that takes the order's place when nothing was refused. Lists show an order as it was
``order_lag`` seconds ago (a switch); a reading by id shows it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import gone
from pipelines.platforms.bigcommerce.sandbox.orders.records import Customer, Order


class Book:
    """Every order in its versions, by rising id; every customer."""

    def __init__(self) -> None:
        self._versions: dict[int, list[tuple[float, Order]]] = {}
        self.customers: dict[int, Customer] = {}
        self._emails: dict[str, int] = {}

    def order(self, id_: int | str) -> Order:
        """An order as it is. Raises Refusal 404."""
        versions = self._versions.get(_number(id_))
        if versions is None:
            raise gone("order", id_)
        return versions[-1][1]

    def ids(self) -> list[int]:
        """The ids of all orders."""
        return list(self._versions)

    def put(self, order: Order, seen_from: float) -> None:
        """Take an order up, or another version of it, which lists show from ``seen_from`` (unix seconds) on."""
        versions = self._versions.setdefault(order.id, [])
        versions.append((max(seen_from, versions[-1][0]) if versions else seen_from, order))

    @contextmanager
    def changing(self, id_: int | str, seen_from: float) -> Iterator[Order]:
        """A copy of an order to change; it is taken up unless something is raised. Raises Refusal 404."""
        copy = self.order(id_).copy()
        yield copy
        self.put(copy, seen_from)

    def shown(self, now: float) -> Iterator[Order]:
        """Every order a list shows at ``now``, by id."""
        for versions in self._versions.values():
            while len(versions) > 1 and versions[1][0] <= now:
                del versions[0]
            if versions[0][0] <= now:
                yield versions[0][1]

    def customer(self, id_: int | str) -> Customer:
        """A customer. Raises Refusal 404."""
        found = self.customers.get(_number(id_))
        if found is None:
            raise gone("customer", id_)
        return found

    def by_email(self, email: str) -> Customer | None:
        """The customer of an address, ignoring case."""
        return self.customers.get(self._emails.get(email.strip().casefold(), 0))

    def put_customer(self, customer: Customer, former_email: str = "") -> None:
        """Take a customer up, or note that the e-mail is another now."""
        self._emails.pop(former_email.casefold(), None)
        self.customers[customer.id] = customer
        self._emails[customer.fields["email"].casefold()] = customer.id

    def drop_customer(self, id_: int) -> None:
        """Forget a customer, if there is one."""
        customer = self.customers.pop(id_, None)
        if customer is not None:
            self._emails.pop(customer.fields["email"].casefold(), None)

    def dump(self) -> dict[str, Any]:
        """JSON-able; versions that lists do not show yet stay so."""
        return {
            "orders": [[[seen_from, order.dump()] for seen_from, order in one] for one in self._versions.values()],
            "customers": [asdict(customer) for customer in self.customers.values()],
        }

    def read(self, saved: dict[str, Any]) -> None:
        """Take a ``dump`` back, in place of all there is. A state from before there were orders has none."""
        self.__init__()  # type: ignore[misc]
        for versions in saved.get("orders", []):
            for seen_from, order in versions:
                self.put(Order.read(order), float(seen_from))
        for one in saved.get("customers", []):
            self.put_customer(Customer.read(one))


def _number(id_: int | str) -> int:
    return int(id_) if str(id_).isdecimal() and len(str(id_)) < 12 else -1
