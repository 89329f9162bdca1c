"""Routes of customers (fact sheet §5). Their separate addresses are in ``addresses``."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid5

from pipelines.kit.sandbox import Request, Response, route, to_json
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base
from pipelines.platforms.lightspeed_x.sandbox.records import Entry
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, body_of, missing, unprocessable
from pipelines.platforms.lightspeed_x.sandbox.shapes import FLAG, NUMBER, TEXT, Maybe, Members, demand
from pipelines.platforms.lightspeed_x.sandbox.till import Till
from pipelines.platforms.lightspeed_x.sandbox.wording import blanked, fits_country

_PARTS = ("address_1", "address_2", "suburb", "city", "postcode", "state", "country_id")
_PLACES = tuple(f"{kind}_{part}" for kind in ("physical", "postal") for part in _PARTS)
_NAMES = ("first_name", "last_name", "company_name")
_CUSTOM = tuple(f"custom_field_{number}" for number in range(1, 5))
_OTHERS = ("email", "fax", "gender", "mobile", "note", "phone", "tax_id", "twitter", "website")
_TEXTS = (*_NAMES, *_OTHERS, *_CUSTOM, *_PLACES)
_CENSORED = (*_NAMES, "note", *_PLACES)
_SHAPE = Members(
    {
        **dict.fromkeys(_TEXTS, Maybe(TEXT)),
        **dict.fromkeys(("customer_code", "customer_group_id", "date_of_birth"), TEXT),
        **dict.fromkeys(("do_not_email", "enable_loyalty", "enable_promotional_sms"), FLAG),
        "on_account_limit": Maybe(NUMBER),
    },
    ("first_name", "last_name"),
)
_WRITTEN = tuple(_SHAPE.known)


class CustomerRoutes(Base):
    """Customers by id; e-mail is not unique, the code is."""

    def customer(self, key: str) -> Entry:
        """A customer, a deleted one too. Raises Refusal 404."""
        entry = self.till.books.customers.items.get(key)
        if entry is None:
            raise missing("Customer", key)
        return entry

    def live_customer(self, key: str) -> Entry:
        """A customer that is not deleted. Raises Refusal 404."""
        entry = self.till.books.customers.live(key)
        if entry is None:
            raise missing("Customer", key)
        return entry

    @route("GET", f"{API}/customers")
    def list_customers(self, request: Request) -> Response:
        return self.page(self.till.books.customers, self.window(request), lambda entry: to_json(shown_customer(entry)))

    @route("POST", f"{API}/customers")
    def create_customer(self, request: Request) -> Response:
        body = body_of(request)
        self._check(body, None)
        return Response.json(201, {"data": shown_customer(enrol(self.till, _kept(body)))})

    @route("GET", f"{API}/customers/{{key}}")
    def get_customer(self, _request: Request, key: str) -> Response:
        """A deleted customer is still answered, with ``deleted_at``."""
        return Response.json(200, {"data": shown_customer(self.customer(key))})

    @route("PUT", f"{API}/customers/{{key}}")
    def update_customer(self, request: Request, key: str) -> Response:
        """Members that are not sent stay as they are."""
        entry = self.live_customer(key)
        body = body_of(request)
        self._check(body, entry)
        self.till.books.enter_customer(entry, _kept(body))
        return Response.json(200, {"data": shown_customer(entry)})

    @route("DELETE", f"{API}/customers/{{key}}")
    def delete_customer(self, _request: Request, key: str) -> Response:
        self.till.books.drop_customer(self.live_customer(key))
        return Response.empty(204)

    def _check(self, body: dict[str, Any], entry: Entry | None) -> None:
        """Raises Refusal 422, and 400 for a postal code that does not fit its country."""
        demand(_SHAPE, body)
        if body.get("gender") not in (None, "M", "F"):
            raise unprocessable("gender is M, F or null")
        if body.get("customer_group_id", usual_group(self.till)) != usual_group(self.till):
            raise unprocessable("customer_group_id is not a customer group")
        holder = self.till.books.by_code.get(body.get("customer_code", ""))
        if holder not in (None, entry.id if entry else None):
            raise unprocessable("customer_code belongs to another customer")
        have = {**(entry.body if entry else {}), **body}
        for kind in ("physical", "postal"):
            code, country = have.get(f"{kind}_postcode"), have.get(f"{kind}_country_id")
            if country and not re.fullmatch("[A-Z]{2}", country):
                raise Refusal(400, f"{kind}_country_id must be two letters")
            if code and country and not fits_country(code, country):
                raise Refusal(400, f"{kind}_postcode is none of {country}")


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    values = {name: body[name] for name in _WRITTEN if name in body}
    return values | {name: blanked(values[name]) for name in _CENSORED if values.get(name)}


def enrol(till: Till, values: dict[str, Any]) -> Entry:
    """A new customer; without a code it gets one from the name."""
    key = till.around.new_id()
    code = f"{values.get('first_name') or values.get('last_name') or 'Customer'}-{key[:4].upper()}"
    body = {
        **dict.fromkeys(_TEXTS),
        "customer_code": code,
        "customer_group_id": usual_group(till),
        "date_of_birth": None,
        **dict.fromkeys(("do_not_email", "enable_promotional_sms"), False),
        "enable_loyalty": till.retailer["loyalty"]["enabled"],
        "on_account_limit": None,
        **dict.fromkeys(("balance", "loyalty_balance", "year_to_date"), 0),
        "created_at": till.stamp(),
    }
    entry = Entry(key, 0, body)
    till.books.enter_customer(entry, values)
    return entry


def usual_group(till: Till) -> str:
    """The id of the only customer group there is."""
    return str(uuid5(UUID(till.retailer["id"]), "All customers"))


def shown_customer(entry: Entry) -> dict[str, Any]:
    """A customer as the API shows it."""
    name = " ".join(filter(None, (entry.body["first_name"], entry.body["last_name"])))
    return {**entry.answer(), "name": name or None}
