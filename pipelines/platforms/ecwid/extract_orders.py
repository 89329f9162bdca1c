"""What is read of orders: their list by when they changed last; a record holds its lines and refunds (fact sheet §4).

Only the fields named here are kept (I-36): no internet addresses, no shipping address, nothing of the payment
provider's. Unfinished orders are in no list unless asked for, and they are none. Types are given by ``harmonize/``;
products and stock are ``extract.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.paging import RAW_SCHEMA, tables
from pipelines.kit.platform import Reading, Resource
from pipelines.kit.shapes import fields, kept
from pipelines.platforms.ecwid.pages import OffsetPaginator
from pipelines.platforms.ecwid.refusals import is_gone

ORDERS = "/orders"
OVERLAP = 300
"""Seconds before the cursor that are read once more: search shows a change up to some minutes late (fact sheet §1)."""
LEEWAY = 300
"""Seconds a change may be ahead of our clock; beyond, it is no cursor (B45)."""


_TAX = fields("name", "value", "total", "includeInPrice")
ORDER = fields(
    "id", "internalId", "email", "customerId", "total", "tax", "giftCardRedemption", "paymentMethod", "paymentStatus",
    "fulfillmentStatus", "pricesIncludeTax", "createTimestamp", "updateTimestamp", "orderComments",
    "privateAdminNotes", "hidden", "externalOrderId", "refererId", "acceptMarketing",
    billingPerson=fields(
        "name", "firstName", "lastName", "companyName", "street", "city", "countryCode", "postalCode",
        "stateOrProvinceCode", "stateOrProvinceName", "phone",
    ),
    items=fields(
        "id", "productId", "combinationId", "sku", "name", "quantity", "price", "tax", "couponAmount", "giftCard",
        discounts=fields("total"), selectedOptions=fields("name", "value"),
    ),
    refunds=fields("date", "source", "reason", "amount"),
    shippingOption=fields("shippingMethodName", "shippingRate", "fulfillmentType"),
    taxesOnShipping=_TAX,
    handlingFee=fields("name", "value", taxes=_TAX),
    customSurcharges=fields("id", "description", "total", taxes=_TAX),
    discountCoupon=fields("code"),
)  # fmt: skip
"""What is kept of an order; the billing address is whose order it is, and what a new customer is made of."""


def read_orders(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Orders by when they changed last, from ``after`` or ``since`` on, or by id; one not there gives no row.

    The version is ``updateTimestamp``, unix seconds; None where that is in the future, so that no cursor stands on it.
    """
    if reading.keys is not None:
        rows = [row for key in reading.keys if (row := _one(session, key)) is not None]
        yield pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
        return
    since = None if reading.since is None else int(reading.since.timestamp())
    start = since if reading.after is None else reading.after - OVERLAP
    params: dict[str, Any] = {} if start is None else {"updatedFrom": max(start, 0)}
    pages = tables(session, ORDERS, OffsetPaginator(reading), params=params, rows="items", version=None, deleted=None)
    for page in pages:
        rows = [_row(session, exact_json.loads(text)) for text in page["record"].to_pylist()]
        yield pa.Table.from_pylist(rows, schema=RAW_SCHEMA)


def _one(session: Session, key: str) -> dict[str, Any] | None:
    try:
        return _row(session, session.call("GET", f"{ORDERS}/{key}").json())
    except CallFailed as failure:
        if not is_gone(failure):
            raise
        return None


def _row(session: Session, record: Mapping[str, Any]) -> dict[str, Any]:
    changed, latest = record.get("updateTimestamp"), int(session.context.now().timestamp()) + LEEWAY
    version = changed if isinstance(changed, int) and changed <= latest else None
    key = record.get("id")
    id_ = None if key is None or key == "" else str(key)
    return {"id": id_, "version": version, "deleted_at": None, "record": exact_json.dumps(kept(record, ORDER))}


PEOPLE = ("email", "billingPerson", "orderComments", "privateAdminNotes", "acceptMarketing", "items.selectedOptions")
RESOURCES = {
    "orders": Resource(
        "orders", read_orders, incremental=True, prove=read_orders, by_key=True, flow="orders", people=PEOPLE
    )
}
