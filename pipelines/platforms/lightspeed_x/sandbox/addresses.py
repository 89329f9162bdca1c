"""Routes of the separate addresses of a customer, new in 2026-07 (fact sheet §5). Their ids are whole numbers."""

from __future__ import annotations

import re
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.lightspeed_x.sandbox.base import API
from pipelines.platforms.lightspeed_x.sandbox.customers import CustomerRoutes
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, body_of, missing
from pipelines.platforms.lightspeed_x.sandbox.shapes import TEXT, Maybe, Members, at_most, demand, one_of
from pipelines.platforms.lightspeed_x.sandbox.wording import blanked, fits_country

_SHAPE = Members(
    {
        "address_line_1": at_most(50),
        "address_line_2": Maybe(at_most(50)),
        "city": at_most(28),
        "country_code": TEXT,
        "postcode": TEXT,
        "state": Maybe(at_most(35)),
        "state_code": Maybe(TEXT),
        "suburb": Maybe(TEXT),
        "type": one_of("BILLING", "SHIPPING"),
    },
    ("address_line_1", "city", "country_code", "postcode", "type"),
)


class AddressRoutes(CustomerRoutes):
    """Addresses, which a fulfilment names by id or by the token of their creation."""

    def _address(self, customer: str, key: str) -> dict[str, Any]:
        self.live_customer(customer)
        address = self.till.books.addresses.get(int(key)) if key.isdecimal() else None
        if address is None or address["customer_id"] != customer:
            raise missing("Address", key)
        return address

    @route("GET", f"{API}/customers/{{customer}}/addresses")
    def list_addresses(self, _request: Request, customer: str) -> Response:
        """Not paged (O7)."""
        self.live_customer(customer)
        found = [_shown(one) for one in self.till.books.addresses.values() if one["customer_id"] == customer]
        return Response.json(200, {"data": found})

    @route("POST", f"{API}/customers/{{customer}}/addresses")
    def create_address(self, request: Request, customer: str) -> Response:
        """Also answers ``id_token``."""
        self.live_customer(customer)
        values = _checked(request)
        stamp = self.till.stamp()
        key = max(self.till.books.addresses, default=0) + 1
        made = {"id": key, "customer_id": customer, "created_at": stamp, "updated_at": stamp, **values}
        self.till.books.addresses[key] = {**made, "id_token": self.new_id()}
        return Response.json(201, {"data": self.till.books.addresses[key]})

    @route("GET", f"{API}/customers/{{customer}}/addresses/{{key}}")
    def get_address(self, _request: Request, customer: str, key: str) -> Response:
        return Response.json(200, {"data": _shown(self._address(customer, key))})

    @route("PUT", f"{API}/customers/{{customer}}/addresses/{{key}}")
    def update_address(self, request: Request, customer: str, key: str) -> Response:
        address = self._address(customer, key)
        address.update(_checked(request), updated_at=self.till.stamp())
        return Response.json(200, {"data": _shown(address)})

    @route("DELETE", f"{API}/customers/{{customer}}/addresses/{{key}}")
    def delete_address(self, _request: Request, customer: str, key: str) -> Response:
        del self.till.books.addresses[self._address(customer, key)["id"]]
        return Response.empty(204)


def _shown(address: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in address.items() if name != "id_token"}


def _checked(request: Request) -> dict[str, Any]:
    """The members of an address. Raises Refusal 400, the status the document names."""
    body = body_of(request)
    demand(_SHAPE, body, 400)
    country = body["country_code"]
    if not re.fullmatch("[A-Z]{2}", country):
        raise Refusal(400, "country_code must be two letters")
    if country in ("US", "CA") and not body.get("state_code"):
        raise Refusal(400, "state_code is required here")
    if not fits_country(body["postcode"], country):
        raise Refusal(400, f"postcode is none of {country}")
    values = {name: body[name] for name in _SHAPE.known if name in body}
    return {name: blanked(value) if value else value for name, value in values.items()}
