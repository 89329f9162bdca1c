"""Routes of fulfilments (fact sheet §9). 400, 404 and 409 are the document's own statuses here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import Request, Response, route, to_json
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base
from pipelines.platforms.lightspeed_x.sandbox.records import Fulfilment
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, body_of, integer, missing
from pipelines.platforms.lightspeed_x.sandbox.shapes import IDENTIFIER, NUMBER, WHOLE, Members, Rows, demand
from pipelines.platforms.lightspeed_x.sandbox.shipping import advance, fulfil_all, shown, state_of

_TYPES = ("PICKUP", "DISPATCH", "SERVICE")
_STATES = ("OPEN", "STARTED", "PICKED", "PACKED", "FULFILLED")
_MAX_SIZE = 100
_SALE = Members({"sale_id": IDENTIFIER}, ("sale_id",))
_SOURCES = {
    "picked": (),
    "packed": ("quantity_from_not_started", "quantity_from_picked"),
    "fulfilled": ("quantity_from_not_started", "quantity_from_packed", "quantity_from_picked"),
}


def _shape(step: str) -> Members:
    names = _SOURCES[step]
    breakdown = {"source_breakdown": Members(dict.fromkeys(names, NUMBER), names)} if names else {}
    row = Members({"quantity": NUMBER, "sale_line_item_id": IDENTIFIER, **breakdown}, ("quantity", "sale_line_item_id"))
    return Members({"version": WHOLE, "line_items": Rows(row)}, ("line_items", "version"))


_SHAPES: Mapping[str, Members] = {step: _shape(step) for step in _SOURCES}


class FulfilmentRoutes(Base):
    """What of a sale has left the shop."""

    @route("GET", f"{API}/fulfillments")
    def list_fulfilments(self, request: Request) -> Response:
        """Every filter may be repeated; pages by number."""
        number, size = integer(request, "page_number"), integer(request, "page_size")
        number, size = 1 if number is None else number, 10 if size is None else size
        if number < 1 or not 1 <= size <= _MAX_SIZE:
            raise Refusal(400, f"page_number is at least 1, page_size 1 to {_MAX_SIZE}")
        types, states = _chosen(request, "fulfillment_type", _TYPES), _chosen(request, "fulfillment_state", _STATES)
        sales, outlets = request.params("sale_id"), request.params("outlet_id")
        found = [
            one
            for one in self.till.books.fulfilments.values()
            if one.sale_id in (sales or (one.sale_id,)) and one.outlet_id in (outlets or (one.outlet_id,))
        ]
        found = [one for one in found if one.type in (types or (one.type,)) and (not states or state_of(one) in states)]
        return Response.json(200, {"data": [shown(one) for one in found[(number - 1) * size : number * size]]})

    @route("POST", f"{API}/fulfillments/fulfill")
    def fulfil_sale(self, request: Request) -> Response:
        """All of a sale; again is no mistake (O7: idempotent). 409 when the sale is not one to be fulfilled."""
        body = body_of(request)
        demand(_SALE, body, 400)
        sale = self.till.books.sales.items.get(body["sale_id"].lower())
        if sale is None:
            raise missing("Sale", body["sale_id"])
        if not self.till.books.of_sale.get(sale.id):
            raise Refusal(409, "nothing of this sale is to be fulfilled")
        done = fulfil_all(self.till, sale)
        return Response.json(200, {"data": [{"id": one.id, "version": one.version} for one in done]})

    @route("POST", f"{API}/fulfillments/{{key}}/pick")
    def pick(self, request: Request, key: str) -> Response:
        return self._step(request, key, "picked")

    @route("POST", f"{API}/fulfillments/{{key}}/pack")
    def pack(self, request: Request, key: str) -> Response:
        return self._step(request, key, "packed")

    @route("POST", f"{API}/fulfillments/{{key}}/fulfill")
    def fulfil(self, request: Request, key: str) -> Response:
        return self._step(request, key, "fulfilled")

    def _step(self, request: Request, key: str, step: str) -> Response:
        """The same request again, on the version that it made, changes nothing (O7: idempotent); else 409."""
        one = self.till.books.fulfilments.get(key)
        if one is None:
            raise missing("Fulfillment", key)
        body = body_of(request)
        demand(_SHAPES[step], body, 400)
        amounts = _amounts(body["line_items"])
        told = to_json([step, body["version"], sorted(amounts.items())]).decode()
        if told != one.last:
            self._advance(one, step, body["version"], amounts)
            one.last = told
        return Response.json(200, {"data": {"id": one.id, "version": one.version}})

    def _advance(self, one: Fulfilment, step: str, version: int, amounts: Mapping[str, Decimal]) -> None:
        if version != one.version:
            raise Refusal(409, f"the fulfilment has version {one.version}")
        advance(self.till, one, step, amounts)


def _amounts(rows: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Line id → quantity. Raises Refusal 400 for a breakdown that does not add up and for a line named twice."""
    for row in rows:
        parts = row.get("source_breakdown")
        if parts is not None and sum(parts.values()) != row["quantity"]:
            raise Refusal(400, "source_breakdown must add up to the quantity")
    found = {row["sale_line_item_id"].lower(): Decimal(row["quantity"]) for row in rows}
    if len(found) < len(rows):
        raise Refusal(400, "a line stands twice")
    return found


def _chosen(request: Request, name: str, known: tuple[str, ...]) -> list[str]:
    values = request.params(name)
    if not set(values) <= set(known):
        raise Refusal(400, f"{name} is one of {', '.join(known)}")
    return values
