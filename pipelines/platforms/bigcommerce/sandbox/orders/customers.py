"""Customers: making, changing, finding them; and their operations (fact sheet §8). There is no upsert."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import Request, Response, locked, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    Refusal,
    body_of,
    invalid,
    listing,
    numbers,
    only_known,
    paging,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3, StoreMachine
from pipelines.platforms.bigcommerce.sandbox.fields import Field, defaults, flag, integer, taken, text
from pipelines.platforms.bigcommerce.sandbox.orders.records import Customer
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects
from pipelines.platforms.bigcommerce.sandbox.render import moment

CUSTOMERS = f"{V3}/customers"
MOST = 10
FIELDS: Mapping[str, Field] = {
    "email": text(250, 3),
    "first_name": text(100, 1),
    "last_name": text(100, 1),
    "company": text(255),
    "phone": text(50),
    "notes": text(),
    "tax_exempt_category": text(255),
    "customer_group_id": integer(),
    "accepts_product_review_abandoned_cart_emails": flag(),
    "origin_channel_id": integer(default=1),
    "channel_ids": Field("integers", default=()),
}
ADDRESS: Mapping[str, Field] = {
    "first_name": text(255, 1),
    "last_name": text(255, 1),
    "company": text(255),
    "address1": text(),
    "address2": text(),
    "city": text(100),
    "state_or_province": text(100),
    "postal_code": text(30),
    "country_code": text(2, 2),
    "phone": text(50),
    "address_type": Field("choice", choices=("residential", "commercial"), default="residential"),
}
_NEEDED = ("email", "first_name", "last_name")
_ADDRESS_NEEDED = ("first_name", "last_name", "address1", "city", "country_code")
_NOT_KEPT = frozenset({"trigger_account_created_notification"})
_READ_ONLY = ("registration_ip_address", "date_created", "date_modified", "origin_channel_id")
INCLUDES = frozenset({"addresses", "storecredit", "attributes", "formfields", "shopper_profile_id", "segment_ids"})
SORTS: Mapping[str, Callable[[Customer], Any]] = {
    "date_created": lambda one: one.created,
    "date_modified": lambda one: one.modified,
    "last_name": lambda one: one.fields["last_name"].casefold(),
}
_LISTS = ("id", "company", "customer_group_id", "email", "name", "phone")
_MOMENTS = ("date_created", "date_modified")
FILTERS = frozenset(
    {f"{name}:in" for name in _LISTS}
    | {f"{name}{how}" for name in _MOMENTS for how in ("", ":min", ":max")}
    | {"name:like", "include", "sort", "after", "before"}
)


class CustomerChanges(StoreMachine):
    """Customers as records."""

    @locked
    def make_customer(self, body: Mapping[str, Any]) -> Customer:
        """Make a customer. Raises Refusal 422, also where the e-mail is another's."""
        missing = {name: "is required" for name in _NEEDED if name not in body}
        if missing:
            raise invalid(missing)
        self._check_customer(body)
        addresses = [self._customer_address(one) for one in objects(body.get("addresses", []), "addresses")]
        if len(addresses) > MOST:
            raise invalid({"addresses": f"must hold at most {MOST}"})
        now = int(self.unix())
        made = Customer(
            self.store.next_id("customer"), now, now, {**defaults(FIELDS), **taken(body, FIELDS)}, addresses
        )
        self.book.put_customer(made)
        return made

    @locked
    def change_customer(self, customer_id: int, **fields: Any) -> Customer:
        """Change a customer. Raises Refusal."""
        customer = self.book.customer(customer_id)
        self._check_customer(fields, customer)
        former = customer.fields["email"]
        customer.fields |= taken(fields, FIELDS)
        customer.modified = int(self.unix())
        self.book.put_customer(customer, former)
        return customer

    @locked
    def delete_customer(self, customer_id: int) -> None:
        """Delete a customer; the orders stay."""
        self.book.drop_customer(self.book.customer(customer_id).id)

    def _check_customer(self, body: Mapping[str, Any], customer: Customer | None = None) -> None:
        self.check_fields(body, FIELDS, _NOT_KEPT | {"id", "addresses"})
        other = self.book.by_email(str(body["email"])) if "email" in body else None
        if other is not None and other is not customer:
            name = ".customer_create" if customer is None else ".customer_update"
            raise Refusal(422, "The customer was not valid", {name: f"email {body['email']} already in use"})

    def _customer_address(self, body: Mapping[str, Any]) -> dict[str, Any]:
        missing = {f"addresses.{name}": "is required" for name in _ADDRESS_NEEDED if name not in body}
        if missing:
            raise invalid(missing)
        self.check_fields(body, ADDRESS, frozenset())
        return {"id": self.store.next_id("address"), **defaults(ADDRESS), **taken(body, ADDRESS)}


class CustomerRoutes(CustomerChanges):
    """The operations."""

    @route("GET", CUSTOMERS)
    def list_customers(self, request: Request) -> Response:
        only_known(request, FILTERS)
        include = listing(request, "include") or []
        strange = [name for name in include if name not in INCLUDES]
        if strange:
            raise invalid({"include": f"{', '.join(strange)} cannot be included"})
        chosen = self._customers_sorted(self._customers_of(request), request)
        if request.param("after") is not None or request.param("before") is not None:
            return self._by_cursor(chosen, request, include)
        asked = paging(request)
        part = chosen[asked.start : asked.start + asked.limit]
        meta = asked.meta(len(chosen), len(part))
        if request.param("page") is None:
            meta["cursor_pagination"] = _cursors(part, asked.limit)
        return Response.json(200, {"data": [customer_record(one, include) for one in part], "meta": meta})

    def _by_cursor(self, chosen: list[Customer], request: Request, include: list[str]) -> Response:
        limit = paging(request).limit
        ids = [one.id for one in chosen]
        after, before = request.param("after"), request.param("before")
        if after is not None:
            start = _place(ids, after, "after") + 1
        else:
            start = max(0, _place(ids, str(before), "before") - limit)
        part = chosen[start : start + limit]
        meta = {"cursor_pagination": _cursors(part, limit)}
        return Response.json(200, {"data": [customer_record(one, include) for one in part], "meta": meta})

    def _customers_of(self, request: Request) -> list[Customer]:
        numbers(request, "id:in")
        tests = [_test(name, value) for name, value in request.query if name in FILTERS - {"include", "sort"}]
        return [one for one in self.book.customers.values() if all(test(one) for test in tests)]

    def _customers_sorted(self, chosen: list[Customer], request: Request) -> list[Customer]:
        sort, _, direction = str(request.param("sort", "")).partition(":")
        if not sort:
            return chosen
        if sort not in SORTS or direction not in ("asc", "desc"):
            raise invalid({"sort": "is not allowed"})
        return sorted(chosen, key=SORTS[sort], reverse=direction == "desc")

    @route("POST", CUSTOMERS)
    def post_customers(self, request: Request) -> Response:
        bodies = _batch(request)
        emails = [str(body.get("email", "")).casefold() for body in bodies]
        if len(set(emails)) < len(emails):
            raise Refusal(422, "The customer was not valid", {".customer_create": "an email stands twice"})
        made: list[Customer] = []
        try:
            for body in bodies:
                made.append(self.make_customer(body))
        except Refusal:
            for one in made:
                self.book.drop_customer(one.id)
            raise
        return _shown(made)

    @route("PUT", CUSTOMERS)
    def put_customers(self, request: Request) -> Response:
        bodies = _batch(request)
        for body in bodies:
            known = self.book.customers.get(body["id"]) if type(body.get("id")) is int else None
            if known is None:
                raise Refusal(422, "The customer was not valid", {".customer_update": "id is not a customer"})
            if any(name in body for name in (*_READ_ONLY, "addresses")):
                raise invalid({".customer_update": "holds fields that cannot be changed"})
            self._check_customer(body, known)
        return _shown([self.change_customer(**_named(body)) for body in bodies])

    @route("DELETE", CUSTOMERS)
    def delete_customers(self, request: Request) -> Response:
        only_known(request, ("id:in",))
        for id_ in numbers(request, "id:in") or []:
            self.book.drop_customer(id_)
        return Response.empty(204)


def customer_record(customer: Customer, include: list[str]) -> dict[str, Any]:
    """A customer as the API shows it, with the parts that are asked for."""
    record = {
        "id": customer.id,
        **{name: value for name, value in customer.fields.items() if name != "channel_ids"},
        "registration_ip_address": "",
        "date_created": moment(customer.created).replace("+00:00", "Z"),
        "date_modified": moment(customer.modified).replace("+00:00", "Z"),
        "address_count": len(customer.addresses),
        "attribute_count": 0,
        "authentication": {"force_password_reset": False},
        "channel_ids": list(customer.fields["channel_ids"]),
    }
    if "addresses" in include:
        record["addresses"] = [{**one, "customer_id": customer.id, "country": ""} for one in customer.addresses]
    if "storecredit" in include:
        record["store_credit_amounts"] = [{"amount": customer.credit}]
    if "attributes" in include:
        record["attributes"] = []
    if "formfields" in include:
        record["form_fields"] = []
    return record


def _shown(customers: list[Customer]) -> Response:
    return Response.json(200, {"data": [customer_record(one, ["addresses"]) for one in customers], "meta": {}})


def _batch(request: Request) -> list[dict[str, Any]]:
    body = body_of(request, list)
    if len(body) > MOST:
        raise Refusal(413, f"The request payload is too large. The maximum items allowed in the array is {MOST}.")
    return objects(body, "customers")


def _named(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"customer_id": body["id"], **{name: value for name, value in body.items() if name != "id"}}


def _test(name: str, value: str) -> Callable[[Customer], bool]:
    field, _, how = name.partition(":")
    if field in _MOMENTS:
        return _since(field, how, value)
    if name in ("after", "before"):
        return lambda _: True
    wanted = {part.strip().casefold() for part in value.split(",") if part.strip()}
    if how == "like":
        return lambda one: any(part in _held(one, "name") for part in wanted)
    return lambda one: _held(one, field) in wanted


def _held(customer: Customer, field: str) -> str:
    if field == "id":
        return str(customer.id)
    if field == "name":
        return f"{customer.fields['first_name']} {customer.fields['last_name']}".casefold()
    return str(customer.fields[field]).casefold()


def _since(field: str, how: str, value: str) -> Callable[[Customer], bool]:
    try:
        when = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise invalid({field: "must be a date and time in ISO 8601"}) from error
    asked = Decimal(str((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()))
    moment_of = SORTS[field]
    if how == "min":
        return lambda one: moment_of(one) >= asked
    if how == "max":
        return lambda one: moment_of(one) <= asked
    return lambda one: moment_of(one) == int(asked)


def _cursors(part: list[Customer], limit: int) -> dict[str, Any]:
    ends = {"start_cursor": _cursor(part[0].id), "end_cursor": _cursor(part[-1].id)} if part else {}
    links = {"next": f"?after={ends['end_cursor']}&limit={limit}"} if part else {}
    return {"count": len(part), "per_page": limit, **ends, "links": links}


def _cursor(id_: int) -> str:
    return base64.urlsafe_b64encode(f"id:{id_}".encode()).decode().rstrip("=")


def _place(ids: list[int], cursor: str, name: str) -> int:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return ids.index(int(base64.urlsafe_b64decode(padded).decode().removeprefix("id:")))
    except (ValueError, UnicodeDecodeError) as error:
        raise invalid({name: "is not a cursor of this list"}) from error
