"""What a body of ``POST`` or ``PUT /sales`` must look like and refer to (fact sheet §8.2; schema SaleRequest).

Everything is refused here, before anything changes. Statuses are assumed: the document names 200 alone.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.refusal import unprocessable
from pipelines.platforms.lightspeed_x.sandbox.shapes import (
    FLAG,
    IDENTIFIER,
    LARGEST,
    NUMBER,
    TEXT,
    WHOLE,
    Kind,
    Maybe,
    Members,
    Rows,
    demand,
    one_of,
)
from pipelines.platforms.lightspeed_x.sandbox.wording import moment

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.records import Sale
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

_AMOUNT = Members({"type": one_of("FIXED", "PERCENT"), "value": TEXT}, ("type", "value"))
_ADJUSTMENT: dict[str, Kind] = {
    "amount": _AMOUNT,
    "name": TEXT,
    "source": Members({"id": IDENTIFIER}),
    "type": one_of("NON_CASH_FEE", "DISCOUNT", "TIP"),
}
_TARGET = Members({"ids": Rows(IDENTIFIER), "method": one_of("PROPORTIONED", "EACH", "SINGLE")}, ("method",))
_PRICING = Members(
    {
        **dict.fromkeys(("price", "discount", "cost", "loyalty_amount"), NUMBER),
        "adjustments": Rows(Members({**_ADJUSTMENT, "target": _TARGET}, ("target", "type"))),
    },
    ("price",),
)
_LINE = Members(
    {
        "id": IDENTIFIER,
        "product": Members({"id": IDENTIFIER}, ("id",)),
        "quantity": NUMBER,
        "pricing": _PRICING,
        "tax": Members({"id": IDENTIFIER, "amount": NUMBER}, ("amount", "id")),
        "attributes": Rows(Members({"name": TEXT, "value": TEXT}, ("name", "value"))),
        "fulfilment_outlet_id": IDENTIFIER,
        "source": Members({"author_id": IDENTIFIER, "register_id": IDENTIFIER}),
        "status": TEXT,
        "_metadata": Members(
            {"fulfillment_method": one_of("DISPATCH", "PICKUP"), "is_price_override": FLAG, "sequence": WHOLE}
        ),
    },
    ("pricing", "product", "quantity", "tax"),
)
_PAYMENT = Members(
    {
        "id": IDENTIFIER,
        "amount": NUMBER,
        "billing_address_id": Maybe(TEXT),
        "billing_address_token": Maybe(TEXT),
        "date": TEXT,
        "source": Members({"register_id": IDENTIFIER}),
        "type": Members({"config_id": IDENTIFIER}, ("config_id",)),
    },
    ("amount", "type"),
)
_DETAIL = Members(
    {
        "note": TEXT,
        "shipping_address_id": Maybe(TEXT),
        "shipping_address_token": Maybe(TEXT),
        "type": one_of("DISPATCH", "PICKUP"),
    }
)
_SOURCE = Members({"author_id": IDENTIFIER, "register_id": IDENTIFIER, "id": TEXT, "type": TEXT}, ("author_id",))
_PLAIN: dict[str, Kind] = {
    **dict.fromkeys(("accounts_transaction_id", "date", "invoice_number", "note", "short_code"), TEXT),
    **dict.fromkeys(("id", "customer_id", "fulfillment_outlet_id"), IDENTIFIER),
}
SALE = Members(
    {
        **_PLAIN,
        "source": _SOURCE,
        "state": one_of("parked", "pending", "voided", "closed"),
        "attributes": Rows(TEXT),
        "line_items": Rows(_LINE),
        "payments": Rows(_PAYMENT),
        "pricing": Members({"adjustments": Rows(Members(_ADJUSTMENT, ("type",)))}),
        "fulfillment_details": Rows(_DETAIL),
        "service_fields": Members({}),
    },
    ("source", "state"),
)
ATTRIBUTES = ("onaccount", "layby", "delivery", "pickup", "service")
_EXCLUDING = ({"onaccount", "layby"}, {"pickup", "delivery"})


def check_sale(till: Till, body: dict[str, Any], sale: Sale | None = None) -> None:
    """Shape, references, combinations; what ``sale`` has already is not refused. Raises Refusal 422."""
    demand(SALE, body)
    if till.users.live(body["source"]["author_id"]) is None:
        raise unprocessable("source.author_id is not a user")
    if sale is not None and body["state"] == "voided":
        return
    lines, payments = body.get("line_items", []), body.get("payments", [])
    named = [body["source"], *(row.get("source", {}) for row in (*lines, *payments))]
    for key in dict.fromkeys(one["register_id"] for one in named if "register_id" in one):
        if sale is None or key != sale.register_id:
            _check_register(till, key)
    _check_header(till, body)
    known = {line.product_id for line in sale.lines} if sale else set()
    for line in lines:
        _check_line(till, line, known)
    for payment in payments:
        _check_payment(till, payment)


def _check_header(till: Till, body: dict[str, Any]) -> None:
    _check_attributes(body.get("attributes", []))
    _check_date(body.get("date"))
    _check_outlet(till, body.get("fulfillment_outlet_id"))
    _check_amounts(body.get("pricing", {}))
    if "customer_id" in body and till.books.customers.live(body["customer_id"]) is None:
        raise unprocessable("customer_id is not a customer")
    for detail in body.get("fulfillment_details", []):
        if detail.get("type") == "DISPATCH" and address_of(till, detail) is None:
            raise unprocessable("a DISPATCH needs shipping_address_id or shipping_address_token of an address")


def _check_date(given: str | None) -> None:
    if given is not None and moment(given) is None:
        raise unprocessable(f"date {given} is not RFC 3339")


def _check_payment(till: Till, payment: dict[str, Any]) -> None:
    _check_date(payment.get("date"))
    if till.payment_types.live(payment["type"]["config_id"]) is None:
        raise unprocessable("payments[].type.config_id is not a payment type")


def _check_register(till: Till, key: str) -> None:
    register = till.registers.live(key)
    if register is None:
        raise unprocessable("register_id is not a register")
    if not register.body["is_open"] and not till.switch("closed_register_takes_sales"):
        raise unprocessable("the register is closed")


def _check_outlet(till: Till, key: str | None) -> None:
    if key is not None and till.outlets.live(key) is None:
        raise unprocessable("the outlet of a fulfilment is not an outlet")


def _check_attributes(attributes: list[str]) -> None:
    unknown = set(attributes) - set(ATTRIBUTES)
    if unknown:
        raise unprocessable(f"attributes are not {', '.join(sorted(unknown))}")
    if any(pair <= set(attributes) for pair in _EXCLUDING):
        raise unprocessable("the attributes exclude each other")


def _check_line(till: Till, line: dict[str, Any], known: set[str]) -> None:
    if line["product"]["id"] not in known and till.sellable(line["product"]["id"]) is None:
        raise unprocessable("line_items[].product.id is not a product")
    if till.taxes.live(line["tax"]["id"]) is None:
        raise unprocessable("line_items[].tax.id is not a tax")
    _check_outlet(till, line.get("fulfilment_outlet_id"))
    _check_amounts(line["pricing"])


def _check_amounts(pricing: dict[str, Any]) -> None:
    for adjustment in pricing.get("adjustments", []):
        if amount_of(adjustment) is None:
            raise unprocessable("adjustments[].amount.value must be a number written as text")


def amount_of(adjustment: dict[str, Any]) -> Decimal | None:
    """The number of an adjustment, 0 when it has none; None when its text is no number."""
    try:
        value = Decimal(adjustment.get("amount", {}).get("value", "0"))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < LARGEST else None


def address_of(till: Till, detail: dict[str, Any]) -> str | None:
    """The id of the address that a fulfilment detail names."""
    key, token = detail.get("shipping_address_id"), detail.get("shipping_address_token")
    for address in till.books.addresses.values():
        if str(address["id"]) == key or (token is not None and address["id_token"] == token):
            return str(address["id"])
    return None
