"""Customers: found by e-mail or made with an order, and the operations on them (fact sheet §5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import Request, Response, locked, route
from pipelines.platforms.ecwid.sandbox.answers import (
    Refusal,
    answer,
    body_of,
    digits,
    flag,
    moment,
    number,
    wrong,
)
from pipelines.platforms.ecwid.sandbox.base import API, StoreMachine
from pipelines.platforms.ecwid.sandbox.fields import checked
from pipelines.platforms.ecwid.sandbox.orders.book import Book, Customer
from pipelines.platforms.ecwid.sandbox.orders.fields import CUSTOMER
from pipelines.platforms.ecwid.sandbox.product_changes import merged
from pipelines.platforms.ecwid.sandbox.search import between

CUSTOMERS = f"{API}/customers"
CUSTOMER_ONE = f"{CUSTOMERS}/{{customer}}"
ORDERS_OF_LIST = {
    "REGISTERED_DATE_ASC": (lambda one: (one.registered, one.id), False),
    "REGISTERED_DATE_DESC": (lambda one: (one.registered, one.id), True),
    "UPDATED_DATE_ASC": (lambda one: (one.updated, one.id), False),
    "UPDATED_DATE_DESC": (lambda one: (one.updated, one.id), True),
}
BLANK: Mapping[str, Any] = {
    "customerGroupId": 0, "taxExempt": False, "taxId": "", "taxIdValid": True, "b2b_b2c": "b2c",
    "privateAdminNotes": "", "shippingAddresses": [], "contacts": [],
}  # fmt: skip
COUNTRIES = {"US": "United States", "NZ": "New Zealand", "GB": "United Kingdom", "ES": "Spain", "CA": "Canada"}


class CustomerRoutes(StoreMachine):
    """Customers."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.book = Book()

    @route("GET", CUSTOMERS)
    def list_customers(self, request: Request) -> Response:
        name = request.param("sortBy") or "REGISTERED_DATE_DESC"
        if name not in ORDERS_OF_LIST:
            raise wrong(f"sortBy must be one of {', '.join(ORDERS_OF_LIST)}")
        key, backwards = ORDERS_OF_LIST[name]
        rows = sorted(self._asked_for(request), key=key, reverse=backwards)
        return self.paged(request, rows, self.customer_record, allCustomerCount=len(self.book.customers))

    @route("GET", CUSTOMER_ONE)
    def get_customer(self, request: Request, customer: str) -> Response:
        return answer(request, self.customer_record(self.book.customer(customer)))

    @route("POST", CUSTOMERS)
    def post_customer(self, request: Request) -> Response:
        return Response.json(200, {"id": self.make_customer(**body_of(request, dict)).id})

    @route("PUT", CUSTOMER_ONE)
    def put_customer(self, request: Request, customer: str) -> Response:
        self.change_customer(self.book.customer(customer), body_of(request, dict))
        return Response.json(200, {"updateCount": 1})

    @route("DELETE", CUSTOMER_ONE)
    def delete_customer(self, request: Request, customer: str) -> Response:  # noqa: ARG002
        found = self.book.customers.pop(int(customer), None) if digits(customer) else None
        if found is not None:
            self.shelves.deleted["customers"].append([found.id, int(self.unix())])
            self.shelves.moved["customers"] = int(self.unix())
        return Response.json(200, {"deleteCount": int(found is not None)})

    # --- changes -------------------------------------------------------------------------------------------

    @locked
    def make_customer(self, **fields: Any) -> Customer:
        """A customer. Raises Refusal without an e-mail, or with one that another has."""
        if not fields.get("email"):
            raise wrong("email is required")
        now = int(self.unix())
        made = Customer(self.shelves.next_id("customer"), now, now, {name: merged({}, v) for name, v in BLANK.items()})
        self.change_customer(made, fields)
        self.book.customers[made.id] = made
        return made

    @locked
    def change_customer(self, customer: Customer, body: Mapping[str, Any]) -> None:
        """Change the named fields. Raises Refusal; nothing is changed then."""
        sent = {name: value for name, value in checked(body, CUSTOMER).items() if value is not None}
        email = sent.get("email")
        if email is not None:
            other = self.book.by_email(email)
            if not email or (other is not None and other is not customer):
                raise Refusal("CONSTRAINT_VIOLATION", "Another customer has this e-mail")
        for name in ("shippingAddresses", "contacts"):
            sent[name] = [{**one, "id": one.get("id") or self.shelves.next_id("contact")} for one in sent[name]
                          ] if name in sent else customer.fields[name]  # fmt: skip
        kept = {name: merged(customer.fields.get(name), value) for name, value in sent.items() if name in CUSTOMER}
        kept.pop("password", None)
        customer.fields |= kept
        customer.updated = int(self.unix())
        self.shelves.moved["customers"] = customer.updated

    def dump_state(self) -> dict[str, Any]:
        return {**super().dump_state(), **self.book.dump()}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.book.read(state)

    # --- reading -------------------------------------------------------------------------------------------

    def _asked_for(self, request: Request) -> list[Customer]:
        inclusive = self.switches["updated_bounds"] == "inclusive"
        keep = [
            *between(request, "createdFrom", "createdTo", lambda one: one.registered, inclusive),
            *between(request, "updatedFrom", "updatedTo", lambda one: one.updated, inclusive),
        ]
        email, exact = (request.param("email") or "").lower(), flag(request, "useExactEmailMatch", False)
        accepts, keyword = flag(request, "acceptMarketing"), (request.param("keyword") or "").lower()
        if email:
            keep.append(lambda one: one.email.lower() == email if exact else email in one.email.lower())
        if accepts is not None:
            keep.append(lambda one: bool(one.fields.get("acceptMarketing")) is accepts)
        if keyword:
            keep.append(lambda one: keyword in f"{one.email} {_name(one)}".lower())
        return [one for one in self.book.customers.values() if all(fits(one) for fits in keep)]

    def customer_record(self, customer: Customer) -> dict[str, Any]:
        """A customer as the API shows it."""
        fields, orders = customer.fields, self.book.orders_of(customer)
        value = sum((Decimal(str(one.fields.get("total", 0))) for one in orders), Decimal(0))
        stats: dict[str, Any] = {"numberOfOrders": len(orders), "salesValue": number(value)}
        average = value / len(orders) if orders else Decimal(0)
        stats["averageOrderValue"] = number(average.quantize(Decimal("0.01")))
        if orders:
            stats["firstOrderDate"] = moment(min(one.created for one in orders))
            stats["lastOrderDate"] = moment(max(one.created for one in orders))
        record = {
            "id": customer.id,
            "name": _name(customer),
            **{name: value for name, value in fields.items() if name != "billingPerson"},
            "registered": moment(customer.registered),
            "updated": moment(customer.updated),
            "totalOrderCount": len(orders),
            "customerGroupName": "General",
            "shippingAddresses": [person_record(one) for one in fields["shippingAddresses"]],
            "stats": stats,
            "fiscalCode": "",
            "electronicInvoicePecEmail": "",
            "electronicInvoiceSdiCode": "",
            "favorites": [],
        }
        if fields.get("billingPerson"):
            record["billingPerson"] = {**person_record(fields["billingPerson"]), **_names(fields["billingPerson"])}
        return record


def _name(customer: Customer) -> str:
    return str((customer.fields.get("billingPerson") or {}).get("name", ""))


def _names(person: Mapping[str, Any]) -> dict[str, str]:
    """First and last name, which the API makes of the whole one."""
    first, _, last = str(person.get("name", "")).partition(" ")
    return {"firstName": first, "lastName": last} if first else {}


def person_record(person: Mapping[str, Any]) -> dict[str, Any]:
    """A person or an address with the names of its country and state, which cannot be written."""
    shown = dict(person)
    if person.get("countryCode"):
        shown["countryName"] = COUNTRIES.get(person["countryCode"], person["countryCode"])
    if person.get("stateOrProvinceCode"):
        shown["stateOrProvinceName"] = person["stateOrProvinceCode"]
    return shown


def buyer_record(person: Mapping[str, Any]) -> dict[str, Any]:
    """A person of an order, with first and last name."""
    return {**person_record(person), **_names(person)}
