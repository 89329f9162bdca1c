"""Operations on orders: search, get, create, change, delete (fact sheet §4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.ecwid.sandbox.answers import Refusal, answer, body_of, flag, numbers, wrong
from pipelines.platforms.ecwid.sandbox.base import API
from pipelines.platforms.ecwid.sandbox.orders.book import Order
from pipelines.platforms.ecwid.sandbox.orders.changes import OrderChanges
from pipelines.platforms.ecwid.sandbox.orders.fields import FULFILMENTS, PAYMENTS
from pipelines.platforms.ecwid.sandbox.orders.money import dec
from pipelines.platforms.ecwid.sandbox.search import amount, between

ORDERS = f"{API}/orders"
ORDER = f"{ORDERS}/{{order}}"
Keep = Callable[[Order], bool]


class OrderRoutes(OrderChanges):
    """Orders."""

    @route("GET", ORDERS)
    def list_orders(self, request: Request) -> Response:
        """Newest first; no order of the list is documented, and none can be asked for (§1)."""
        keep = self._order_conditions(request)
        rows = [one for one in self.book.indexed(self.unix()) if all(fits(one) for fits in keep)]
        rows.sort(key=lambda one: (one.created, one.number), reverse=self.switches["default_order"] == "newest_first")
        return self.paged(request, rows, self.order_record)

    @route("GET", ORDER)
    def get_order(self, request: Request, order: str) -> Response:
        return answer(request, self.order_record(self._found(order)))

    @route("POST", ORDERS)
    def post_order(self, request: Request) -> Response:
        made = self.order_sent(body_of(request, dict))
        if self.takes_now(made):
            self.take(made, refuse=False)
        self.put_in_book(made)
        self.buyer_of(made)
        return Response.json(200, {"id": made.number, str(self.switches["order_id_key"]): made.id})

    @route("PUT", ORDER)
    def put_order(self, request: Request, order: str) -> Response:
        found, body = self._found(order), body_of(request, dict)
        with self.changing_order(found):
            self.change_order(found, body)
            self.follow_status(found, through_api=True)
        return Response.json(200, {"updateCount": 1})

    @route("DELETE", ORDER)
    def delete_order(self, request: Request, order: str) -> Response:  # noqa: ARG002
        try:
            found = self._found(order)
        except Refusal:
            return Response.json(200, {"deleteCount": 0})
        self.remove_order(found)
        return Response.json(200, {"deleteCount": 1})

    def remove_order(self, order: Order) -> None:
        """Delete an order. Its stock stays taken; which of its ids the history shows is a switch."""
        del self.book.orders[order.id]
        self.book.remember(order.id, order, self.unix(), self.lag("order_lag"))
        named: Any = order.number if self.switches["deleted_orders_id"] == "number" else order.id
        self.shelves.deleted["orders"].append([named, int(self.unix())])
        self.shelves.moved["orders"] = int(self.unix())

    def _found(self, order: str) -> Order:
        return self.book.order(order, bool(self.switches["internal_order_id"]))

    # --- search --------------------------------------------------------------------------------------------

    def _order_conditions(self, request: Request) -> list[Keep]:
        inclusive = self.switches["updated_bounds"] == "inclusive"
        found: list[Keep] = [
            *between(request, "createdFrom", "createdTo", lambda one: int(one.created), inclusive),
            *between(request, "updatedFrom", "updatedTo", lambda one: int(one.updated), inclusive),
            *_statuses(request),
            *_whose(request),
            *_sums(request),
        ]
        return found


def _statuses(request: Request) -> list[Keep]:
    found: list[Keep] = []
    for name, known in (("paymentStatus", PAYMENTS), ("fulfillmentStatus", FULFILMENTS)):
        asked = [part.strip() for part in (request.param(name) or "").split(",") if part.strip()]
        if not set(asked) <= set(known):
            raise wrong(f"{name} must be one of {', '.join(known)}")
        if asked:
            found.append(lambda one, name=name, asked=asked: one.fields[name] in asked)  # type: ignore[misc]
    if "INCOMPLETE" not in (request.param("paymentStatus") or ""):
        found.append(lambda one: one.fields["paymentStatus"] != "INCOMPLETE")
    return found


def _whose(request: Request) -> list[Keep]:
    found: list[Keep] = []
    ids = [part for part in (request.param("ids") or "").split(",") if part]
    email, keywords = (request.param("email") or "").lower(), (request.param("keywords") or "").lower()
    customers, products = numbers(request, "customerId"), numbers(request, "productId")
    accepts = flag(request, "acceptMarketing")
    if ids:
        found.append(lambda one: one.id in ids)
    if email:
        found.append(lambda one: str(one.fields.get("email", "")).lower() == email)
    if keywords:
        found.append(lambda one: keywords in f"{one.id} {one.fields.get('email', '')}".lower())
    if customers is not None:
        found.append(lambda one: one.fields.get("customerId") in customers)
    if products is not None:
        found.append(lambda one: any(line.item.get("productId") in products for line in one.lines))
    if accepts is not None:
        found.append(lambda one: bool(one.fields.get("acceptMarketing")) is accepts)
    return found


def _sums(request: Request) -> list[Keep]:
    low, high = amount(request, "totalFrom"), amount(request, "totalTo")
    found: list[Keep] = []
    if low is not None:
        found.append(lambda one: dec(one.fields.get("total")) >= low)
    if high is not None:
        found.append(lambda one: dec(one.fields.get("total")) <= high)
    return found
