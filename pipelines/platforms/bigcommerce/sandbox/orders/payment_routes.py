"""The V3 operations on payments and refunds (fact sheet §7). There is none that records a payment made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    Refusal,
    body_of,
    data,
    gone,
    invalid,
    numbers,
    only_known,
    page_of,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3
from pipelines.platforms.bigcommerce.sandbox.fields import is_integer, is_number
from pipelines.platforms.bigcommerce.sandbox.orders.changes import CUSTOM, METHODS
from pipelines.platforms.bigcommerce.sandbox.orders.filters import unix_of
from pipelines.platforms.bigcommerce.sandbox.orders.money import Amount, added
from pipelines.platforms.bigcommerce.sandbox.orders.records import Order
from pipelines.platforms.bigcommerce.sandbox.orders.refunds import AMOUNTS, SETTLED, UNITS, Refunds
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects
from pipelines.platforms.bigcommerce.sandbox.render import moment

ACTIONS = f"{V3}/orders/{{order_id}}/payment_actions"
ALL_REFUNDS = f"{V3}/orders/payment_actions/refunds"
_FILTERS = ("order_id:in", "id:in", "created:min", "created:max", "transaction_id")


class PaymentRoutes(Refunds):
    """Transactions and refunds."""

    @route("GET", f"{V3}/orders/{{order_id}}/transactions")
    def list_transactions(self, request: Request, order_id: str) -> Response:
        only_known(request, ())
        order = self.book.order(order_id)
        if not order.transactions:
            return Response.empty(204)
        return page_of([_transaction(order, one) for one in order.transactions], request)

    @route("POST", f"{ACTIONS}/capture")
    def post_capture(self, request: Request, order_id: str) -> Response:  # noqa: ARG002
        with self.paying(order_id) as order:
            if order.payment_status != "authorized":
                raise Refusal(422, f"The payment of order {order.id} cannot be captured")
            self.settle_payment(order)
        return Response.json(201, {})

    @route("GET", ALL_REFUNDS)
    def list_refunds(self, request: Request) -> Response:
        only_known(request, _FILTERS)
        orders, ids = numbers(request, "order_id:in"), numbers(request, "id:in")
        first, last = (_moment(request, f"created:{side}") for side in ("min", "max"))
        found = [
            _refund(order, one)
            for order in self.book.shown(self.unix())
            for one in order.refunds
            if (orders is None or order.id in orders)
            and (ids is None or one["id"] in ids)
            and (first is None or one["created"] >= first)
            and (last is None or one["created"] <= last)
        ]
        return page_of(sorted(_paid_by(found, request), key=lambda one: int(one["id"])), request)

    @route("GET", f"{ALL_REFUNDS}/{{refund_id}}")
    def get_refund(self, request: Request, refund_id: str) -> Response:
        only_known(request, ())
        for id_ in self.book.ids():
            order = self.book.order(id_)
            for one in order.refunds:
                if str(one["id"]) == refund_id:
                    return data(_refund(order, one))
        raise gone("refund", refund_id)

    @route("GET", f"{ACTIONS}/refunds")
    def list_order_refunds(self, request: Request, order_id: str) -> Response:
        only_known(request, ("transaction_id",))
        order = self.book.order(order_id)
        return page_of(_paid_by([_refund(order, one) for one in order.refunds], request), request)

    @route("POST", f"{ACTIONS}/refund_quotes", kind="read")
    def post_refund_quote(self, request: Request, order_id: str) -> Response:
        order = self.book.order(order_id)
        items = _items(order, body_of(request, dict))
        whole = added(self.worth(order, items))
        offline = order.payment_status not in SETTLED
        quote = {
            "order_id": order.id,
            "total_refund_amount": whole.inc,
            "total_refund_tax_amount": whole.tax,
            "order_level_refund_amount": sum(i["amount"] for i in items if i["item_type"] == "ORDER"),
            "rounding": 0,
            "adjustment": 0,
            "tax_inclusive": order.inclusive,
            "refund_methods": [[_option(order, whole, offline)]],
        }
        return data(quote, 201)

    @route("POST", f"{ACTIONS}/refunds")
    def post_refund(self, request: Request, order_id: str) -> Response:
        try:
            with self.refunding(order_id) as order:
                id_ = self._refund_by_body(order, body_of(request, dict))
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            return Response.json(422, {"data": [refusal.body()]})
        order = self.book.order(order_id)
        return data(next(_refund(order, one) for one in order.refunds if one["id"] == id_), 201)

    def _refund_by_body(self, order: Order, body: Mapping[str, Any]) -> int:
        items, override = _items(order, body), _override(body)
        payments = _payments(body, override or added(self.worth(order, items)))
        if order.payment_status not in SETTLED and not all(one["offline"] for one in payments):
            raise Refusal(422, f"Order {order.id} has no settled payment; the refund must be offline")
        restock = bool(self.switches["api_refund_restocks"])
        return self.refund_items(order, items, restock, override, payments=payments, reason=_reason(body))


def _items(order: Order, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "tax_adjustment_amount" in body:
        amount = body["tax_adjustment_amount"]
        if not is_number(amount) or amount <= 0:
            raise invalid({"tax_adjustment_amount": "must be a number above 0"})
        return [{"item_type": "TAX", "item_id": order.id, "amount": Decimal(amount)}]
    items = objects(body.get("items"), "items")
    if not items:
        raise invalid({"items": "must name what is refunded"})
    return [_item(item, f"items.{at}") for at, item in enumerate(items)]


def _item(item: Mapping[str, Any], place: str) -> dict[str, Any]:
    kind = item.get("item_type")
    if kind not in (*UNITS, *AMOUNTS):
        raise invalid({f"{place}.item_type": "is not a kind of item"})
    if not is_integer(item.get("item_id")):
        raise invalid({f"{place}.item_id": "must be a whole number"})
    reason = item.get("reason", "")
    if not isinstance(reason, str) or len(reason) > 1000:
        raise invalid({f"{place}.reason": "must be a text of at most 1000"})
    known = {"item_type": kind, "item_id": int(item["item_id"]), "reason": reason}
    name = "quantity" if kind in UNITS else "amount"
    value = item.get(name)
    if not is_number(value) or value <= 0 or (name == "quantity" and not is_integer(value)):  # type: ignore[operator]
        raise invalid({f"{place}.{name}": "must be a number above 0"})
    return {**known, name: int(value) if name == "quantity" else Decimal(value)}  # type: ignore[arg-type]


def _payments(body: Mapping[str, Any], whole: Amount) -> list[dict[str, Any]]:
    payments = objects(body.get("payments", [] if "tax_adjustment_amount" in body else None), "payments")
    for one in payments:
        if not isinstance(one.get("provider_id"), str) or not is_number(one.get("amount")):
            raise invalid({"payments": "need provider_id and amount"})
        if not isinstance(one.get("offline", False), bool):
            raise invalid({"payments.offline": "must be true or false"})
    if not payments and "tax_adjustment_amount" in body:
        return [{"provider_id": "custom", "amount": whole.inc, "offline": True}]
    if sum((Decimal(one["amount"]) for one in payments), Decimal(0)) != whole.inc:
        raise Refusal(422, f"The payments must come to {whole.inc}", {"payments": "differ from the quote"})
    return [{"provider_id": one["provider_id"], "amount": Decimal(one["amount"]), "offline": one.get("offline", False)}
            for one in payments]  # fmt: skip


def _override(body: Mapping[str, Any]) -> Amount | None:
    told = body.get("merchant_calculated_override")
    if "merchant_calculated_override" not in body:
        return None
    if not isinstance(told, dict) or not all(is_number(told.get(name)) for name in ("total_amount", "total_tax")):
        raise invalid({"merchant_calculated_override": "needs total_amount and total_tax"})
    inc = Decimal(told["total_amount"])
    return Amount(inc - Decimal(told["total_tax"]), inc)


def _reason(body: Mapping[str, Any]) -> str:
    return str(next((item["reason"] for item in body.get("items", []) if item.get("reason")), ""))


def _option(order: Order, whole: Amount, offline: bool) -> dict[str, Any]:
    return {
        "provider_id": METHODS.get(order.payment_method, CUSTOM)[1],
        "provider_description": order.payment_method,
        "amount": whole.inc,
        "offline": offline,
        "offline_provider": offline,
        "offline_reason": "There is no settled payment" if offline else "",
    }


def _moment(request: Request, name: str) -> int | None:
    value = request.param(name)
    if value is None:
        return None
    try:
        return unix_of(value, name)
    except Refusal as refusal:
        raise invalid(refusal.errors) from refusal


def _paid_by(refunds: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    wanted = request.param("transaction_id")
    if wanted is None:
        return refunds
    return [one for one in refunds if any(paid["transaction_id"] == wanted for paid in one["payments"])]


def _refund(order: Order, refund: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": refund["id"],
        "order_id": order.id,
        "user_id": 0,
        "created": moment(refund["created"]),
        "reason": refund["reason"],
        "total_amount": refund["total_amount"],
        "total_tax": refund["total_tax"],
        "uses_merchant_override_values": refund["override"],
        "items": [_refunded_item(item) for item in refund["items"] if item["item_type"] != "TAX"],
        "payments": [
            {
                "id": paid["id"],
                "provider_id": paid["provider_id"],
                "amount": paid["amount"],
                "offline": paid["offline"],
                "is_declined": refund["declined"],
                "declined_message": "The provider declined" if refund["declined"] else "",
                "transaction_id": paid.get("transaction_id", ""),
            }
            for paid in refund["payments"]
        ],
    }


def _refunded_item(item: Mapping[str, Any]) -> dict[str, Any]:
    known = {"item_type": item["item_type"], "item_id": item["item_id"], "reason": item.get("reason", "")}
    if item["item_type"] in UNITS:
        counted = {"quantity": item["quantity"]} if item["item_type"] == "PRODUCT" else {}
        return {**known, **counted, "requested_amount": None, "adjustments": []}
    return {**known, "requested_amount": item["amount"], "adjustments": []}


def _transaction(order: Order, one: Mapping[str, Any]) -> dict[str, Any]:
    kind = one["method"]
    return {
        "id": one["id"],
        "order_id": str(order.id),
        "date_created": moment(one["created"]),
        "event": one["event"],
        "method": kind,
        "amount": one["amount"],
        "currency": order.currency,
        "gateway": one["gateway"],
        "gateway_transaction_id": one["gateway_id"],
        "payment_method_id": f"{one['gateway']}.{kind}",
        "status": "ok",
        "test": one["gateway"] == "testgateway",
        "fraud_review": False,
        "offline": {"display_name": one["shown_as"]} if kind == "offline" else None,
        "custom": {"payment_method": one["shown_as"]} if kind == "custom" else None,
        "payment_instrument_token": None,
        **({} if one["reference"] is None else {"reference_transaction_id": one["reference"]}),
    }
