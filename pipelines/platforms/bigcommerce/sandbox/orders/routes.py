"""The V2 operations on orders (fact sheet §6). An empty list is 204 without a body; lists know no totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, body_of, flag_of, gone, paging
from pipelines.platforms.bigcommerce.sandbox.base import V2
from pipelines.platforms.bigcommerce.sandbox.orders.bodies import OrderBodies
from pipelines.platforms.bigcommerce.sandbox.orders.filters import OrderFilters
from pipelines.platforms.bigcommerce.sandbox.orders.records import Order
from pipelines.platforms.bigcommerce.sandbox.orders.render import rfc_2822
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import STATUSES

ORDERS = f"{V2}/orders"
ORDER = f"{ORDERS}/{{order_id}}"


class OrderRoutes(OrderFilters, OrderBodies):
    """Orders and what hangs on them."""

    @route("GET", ORDERS)
    def list_orders(self, request: Request) -> Response:
        fees = _included(request)
        asked = paging(request, clamp=self.switches["limit_too_high"] == "clamp")
        part = self.listed_orders(request)[asked.start : asked.start + asked.limit]
        return self._list([self._shown(order, fees) for order in part])

    @route("GET", f"{ORDERS}/count")
    def count_orders(self, request: Request) -> Response:
        chosen = self.listed_orders(request)
        counts = [
            {**_status(id_), "count": sum(order.status == id_ for order in chosen), "sort_order": status.order}
            for id_, status in sorted(STATUSES.items(), key=lambda item: item[1].order)
        ]
        return Response.json(200, {"statuses": counts, "count": len(chosen)})

    @route("GET", ORDER)
    def get_order(self, request: Request, order_id: str) -> Response:
        return Response.json(200, self._shown(self.book.order(order_id), _included(request)))

    @route("POST", ORDERS)
    def post_order(self, request: Request) -> Response:
        fees = _included(request)
        order = self.order_of_body(body_of(request, dict))
        return Response.json(int(str(self.switches["order_create_status"])), self._shown(order, fees))

    @route("PUT", ORDER)
    def put_order(self, request: Request, order_id: str) -> Response:
        with self.changing(order_id) as order:
            self.change_by_body(order, body_of(request, dict))
        return Response.json(200, self.order_record(self.book.order(order_id)))

    @route("DELETE", ORDER)
    def delete_order(self, request: Request, order_id: str) -> Response:  # noqa: ARG002
        with self.changing(order_id) as order:
            order.archived = True
        return Response.empty(204)

    def _shown(self, order: Order, fees: bool) -> dict[str, Any]:
        record = self.order_record(order)
        return {**record, "fees": self.fee_records(order)} if fees else record

    # --- what hangs on an order ----------------------------------------------------------------------------

    @route("GET", f"{ORDER}/products")
    def list_order_products(self, request: Request, order_id: str) -> Response:
        return self._part(self.line_records(self.book.order(order_id)), request)

    @route("GET", f"{ORDER}/products/{{id_}}")
    def get_order_product(self, request: Request, order_id: str, id_: str) -> Response:  # noqa: ARG002
        return _one(self.line_records(self.book.order(order_id)), id_, "order product")

    @route("GET", f"{ORDER}/shipping_addresses")
    def list_shipping_addresses(self, request: Request, order_id: str) -> Response:
        return self._part(self.address_records(self.book.order(order_id)), request)

    @route("GET", f"{ORDER}/shipping_addresses/{{id_}}")
    def get_shipping_address(self, request: Request, order_id: str, id_: str) -> Response:  # noqa: ARG002
        return _one(self.address_records(self.book.order(order_id)), id_, "shipping address")

    @route("GET", f"{ORDER}/coupons")
    def list_order_coupons(self, request: Request, order_id: str) -> Response:
        return self._part(self.coupon_records(self.book.order(order_id)), request)

    @route("GET", f"{ORDER}/taxes")
    def list_order_taxes(self, request: Request, order_id: str) -> Response:
        details = bool(flag_of(request, "details"))
        return self._part(self.tax_records(self.book.order(order_id), details), request)

    @route("GET", f"{ORDER}/fees")
    def list_order_fees(self, request: Request, order_id: str) -> Response:  # noqa: ARG002
        return Response.json(200, {"fees": self.fee_records(self.book.order(order_id))})

    @route("GET", f"{ORDER}/shipments")
    def list_shipments(self, request: Request, order_id: str) -> Response:
        order = self.book.order(order_id)
        return self._part([_shipment(order, one) for one in order.shipments], request)

    @route("GET", f"{ORDER}/messages")
    def list_messages(self, request: Request, order_id: str) -> Response:
        order = self.book.order(order_id)
        return self._part([_message(order, one) for one in order.messages], request)

    # --- statuses ------------------------------------------------------------------------------------------

    @route("GET", f"{V2}/order_statuses")
    def list_statuses(self, request: Request) -> Response:  # noqa: ARG002
        return Response.json(200, [{**_status(id_), "order": one.order} for id_, one in STATUSES.items()])

    @route("GET", f"{V2}/order_statuses/{{status_id}}")
    def get_status(self, request: Request, status_id: str) -> Response:  # noqa: ARG002
        if not status_id.isdecimal() or int(status_id) not in STATUSES:
            raise gone("order status", status_id)
        return Response.json(200, {**_status(int(status_id)), "order": STATUSES[int(status_id)].order})

    def _part(self, records: Sequence[Mapping[str, Any]], request: Request) -> Response:
        """A page of what hangs on an order; 50 where nothing is said, also of its products (fact sheet §2)."""
        asked = paging(request, clamp=self.switches["limit_too_high"] == "clamp")
        return self._list(records[asked.start : asked.start + asked.limit])

    def _list(self, records: Iterable[Mapping[str, Any]]) -> Response:
        shown = list(records)
        if not shown and self.switches["empty_v2_lists"] == 204:
            return Response.empty(204)
        return Response.json(200, shown)


def _included(request: Request) -> bool:
    """Whether the fees stand in the order. Consignments are not kept here."""
    include = request.param("include")
    if include not in (None, "fees"):
        raise Refusal(400, "The field 'include' is invalid.", {"include": "the sandbox includes fees only"})
    return include == "fees"


def _one(records: Sequence[Mapping[str, Any]], id_: str, what: str) -> Response:
    for record in records:
        if str(record["id"]) == id_:
            return Response.json(200, record)
    raise gone(what, id_)


def _status(id_: int) -> dict[str, Any]:
    status = STATUSES[id_]
    names = {"name": status.name, "system_label": status.name, "custom_label": status.name}
    return {"id": id_, **names, "system_description": status.text}


def _shipment(order: Order, shipment: Mapping[str, Any]) -> dict[str, Any]:
    address = order.addresses[0] if order.addresses else {}
    told = {name: value for name, value in address.items() if name not in ("id", "method", "form_fields")}
    products = {line.id: line.product_id for line in order.lines}
    return {
        "id": shipment["id"],
        "order_id": order.id,
        "customer_id": order.customer_id,
        "order_address_id": address.get("id", 0),
        "date_created": rfc_2822(shipment["created"]),
        "tracking_number": "",
        "merchant_shipping_cost": "0.0000",
        "shipping_method": address.get("method", ""),
        "comments": "",
        "shipping_provider": "",
        "tracking_carrier": "",
        "tracking_link": "",
        "billing_address": dict(order.billing),
        "shipping_address": told,
        "items": [
            {"order_product_id": line, "product_id": products.get(line, 0), "quantity": quantity}
            for line, quantity in shipment["items"]
        ],
    }


def _message(order: Order, message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": message["id"],
        "order_id": order.id,
        "staff_id": 1 if message["staff"] else 0,
        "customer_id": order.customer_id,
        "type": "admin" if message["staff"] else "customer",
        "subject": f"Order #{order.id}",
        "message": message["text"],
        "status": "unread",
        "is_flagged": False,
        "date_created": rfc_2822(message["created"]),
        "customer": {},
    }
