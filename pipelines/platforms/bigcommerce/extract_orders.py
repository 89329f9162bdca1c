"""What is read of orders: their list by the date of their last change, what hangs on one, refunds (fact sheet §6, §7).

Only the fields named here are kept (I-36): no internet addresses, no form fields, no shipping address, nothing of the
payment provider's. Types are given by ``harmonize/``; products and stock are ``extract.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.counted_list import list_broken
from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.paging import RAW_SCHEMA, tables
from pipelines.kit.platform import Reading, Resource
from pipelines.kit.shapes import Shape, fields, kept
from pipelines.platforms.bigcommerce.pages import NAME, PagePaginator

ORDERS = "/v2/orders"
REFUNDS = "/v3/orders/payment_actions/refunds"
PAGE = 250
USUAL_PAGE = 50
"""What the document says a page of V2 has; no limit asked for is cut below it, so a shorter page is the last."""
OVERLAP = 120
"""Seconds before the cursor that are read once more: dates are whole seconds, and a list may show a change late."""
REFUND_OVERLAP = 86_400
"""Refunds are read once more for a day: their payments run on their own and can be declined later."""
LEEWAY = 300
"""Seconds a date may be ahead of the answer's own ``Date``; beyond, it is no cursor (B45)."""
NOT_FOUND = 404
DETAILS_PER_TABLE = 500


_SIDES = [f"{what}_{side}" for what in ("shipping_cost", "handling_cost", "wrapping_cost")
          for side in ("ex_tax", "inc_tax", "tax")]  # fmt: skip
ORDER = fields(
    "id", "customer_id", "date_created", "date_modified", "status_id", "status", "custom_status", "total_inc_tax",
    "total_tax", "discount_amount", "coupon_discount", "store_credit_amount", "gift_certificate_amount", *_SIDES,
    "is_tax_inclusive_pricing", "default_currency_code", "payment_method", "payment_status", "order_source",
    "channel_id", "external_source", "external_order_id", "customer_message", "staff_notes", "is_deleted",
    billing_address=fields(
        "first_name", "last_name", "company", "street_1", "street_2", "city", "state", "zip", "country",
        "country_iso2", "phone", "email",
    ),
    fees=fields("id", "type", "display_name_customer", "cost_ex_tax", "cost_inc_tax", "cost_tax"),
)  # fmt: skip
"""What is kept of an order; the billing address is whose order it is, and what a new customer is made of (S000-07)."""
LINE = fields(
    "id", "product_id", "variant_id", "name", "name_customer", "sku", "type", "quantity", "quantity_refunded",
    "total_ex_tax", "total_inc_tax", "total_tax", "discounted_total_inc_tax", "wrapping_name", "wrapping_message",
    "wrapping_cost_ex_tax", "wrapping_cost_inc_tax", "wrapping_cost_tax", "parent_order_product_id",
    applied_discounts=fields("id", "amount", "name", "code", "target"),
    product_options=fields("display_name", "display_value"),
)  # fmt: skip
TRANSACTION = fields(
    "id", "event", "method", "amount", "currency", "status", "date_created",
    offline=fields("display_name"), custom=fields("payment_method"),
)  # fmt: skip
REFUND = fields(
    "id", "order_id", "created", "reason", "total_amount", "total_tax",
    items=fields("item_type", "item_id", "quantity", "requested_amount"),
    payments=fields("amount", "offline", "is_declined"),
)  # fmt: skip


def rfc_2822(text: object) -> int | None:
    """Unix seconds of a moment as V2 writes it; one without its zone is UTC. None where it is none."""
    return _seconds(parsedate_to_datetime, text)


def iso_8601(text: object) -> int | None:
    """Unix seconds of a moment as V3 writes it; one without its zone is UTC. None where it is none."""
    return _seconds(datetime.fromisoformat, text)


def _seconds(parse: Callable[[str], datetime], text: object) -> int | None:
    try:
        moment = parse(str(text))
        return int((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def moment(seconds: int) -> str:
    """A moment as filters take it; with ``Z``, because an offset's plus sign is lost on the way (fact sheet §3)."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(record: Mapping[str, Any], shape: Shape, version: int | None) -> dict[str, Any]:
    key = record.get("id")
    id_ = None if key is None or key == "" else str(key)
    return {"id": id_, "version": version, "deleted_at": None, "record": exact_json.dumps(kept(record, shape))}


def _table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=RAW_SCHEMA)


@dataclass(frozen=True)
class _Page:
    """One page of orders: its records, and when each changed."""

    records: list[dict[str, Any]]
    moments: list[int | None]

    @property
    def known(self) -> list[int]:
        return [one for one in self.moments if one is not None]


class _Feed:
    """The list of orders from some second on, by the date of their last change.

    It goes on from the last date seen, never by page number: an order that changes meanwhile moves to the end, and
    those behind it would slip through the page's edge. A second with more orders than a page holds is read by ids.
    ``clock``: the latest ``Date`` of the store's answers.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clock: int | None = None
        self._widest = 0

    def tables(self, start: int | None, since: int | None) -> Iterator[pa.Table]:
        """Every page; ``since`` stands in for a start that is in the store's future (B105)."""
        page = self._since(start)
        if start is not None and self._ahead(start + OVERLAP):
            start = since
            page = self._since(start)
        while page.records:
            yield self._rows(page)
            if self._is_last(page):
                return
            last = max(page.known, default=None)
            if last is None:
                raise list_broken(NAME, ORDERS, "a page of orders without one date")
            if last == start:
                yield from self._second(last)
                last += 1
            start = last
            page = self._since(start)

    def _since(self, start: int | None) -> _Page:
        bound = {} if start is None else {"min_date_modified": moment(start)}
        page = self._ask(sort="date_modified:asc", **bound)
        if start is not None and min(page.known, default=start) < start:
            raise list_broken(NAME, ORDERS, f"an order of before {moment(start)} came though none was asked for")
        return page

    def _second(self, second: int) -> Iterator[pa.Table]:
        after, bounds = 0, {"min_date_modified": moment(second), "max_date_modified": moment(second)}
        while (page := self._ask(sort="id:asc", min_id=after + 1, **bounds)).records:
            ids = [int(record["id"]) for record in page.records]
            if min(ids) <= after:
                raise list_broken(NAME, ORDERS, f"order {min(ids)} came though only what follows {after} was asked for")
            yield self._rows(page)
            after = max(ids)

    def _ask(self, **params: Any) -> _Page:
        answer = self.session.call("GET", ORDERS, params={"limit": PAGE, "include": "fees", **params})
        told = rfc_2822(answer.headers.get("Date"))
        self.clock = max(filter(None, (self.clock, told)), default=None)
        records = _list(answer)
        return _Page(records, [rfc_2822(record.get("date_modified")) for record in records])

    def _is_last(self, page: _Page) -> bool:
        rows = len(page.records)
        last, self._widest = rows < max(USUAL_PAGE, self._widest), max(rows, self._widest)
        return last

    def _ahead(self, second: int) -> bool:
        return self.clock is not None and second > self.clock + LEEWAY

    def _rows(self, page: _Page) -> pa.Table:
        dated = zip(page.records, page.moments, strict=True)
        return _table(_row(record, ORDER, None if at is None or self._ahead(at) else at) for record, at in dated)


def read_orders(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Orders by the date of their last change, from ``after`` or ``since`` on, or by id; one not there gives no row.

    The version is ``date_modified`` in unix seconds; None where that is in the store's future, so that no cursor stands
    on it. Raises PlatformUnreachable where the list does not keep to what was asked.
    """
    if reading.keys is not None:
        yield from _tables(_order(session, key) for key in reading.keys)
        return
    since = None if reading.since is None else int(reading.since.timestamp())
    start = since if reading.after is None else reading.after - OVERLAP
    yield from _Feed(session).tables(start, since)


def _order(session: Session, key: str) -> dict[str, Any] | None:
    record = _one(session, key)
    return None if record is None else _row(record, ORDER, rfc_2822(record.get("date_modified")))


def _one(session: Session, key: str) -> dict[str, Any] | None:
    try:
        record = session.call("GET", f"{ORDERS}/{key}", params={"include": "fees"}).json()
    except CallFailed as failure:
        if failure.status != NOT_FOUND:
            raise
        return None
    if not isinstance(record, dict):
        raise list_broken(NAME, ORDERS, f"order {key} is no record")
    return record


def read_details(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """What hangs on orders, asked for by their ids: lines and transactions; an order that is not there gives no row.

    ``date_modified`` beside them was read last: where it is that of the list, nothing changed in between. The id is the
    order's. Without ids nothing is read.
    """
    yield from _tables(_details(session, key) for key in reading.keys or ())


def _tables(rows: Iterable[dict[str, Any] | None]) -> Iterator[pa.Table]:
    waiting = []
    for row in rows:
        if row is not None:
            waiting.append(row)
        if len(waiting) >= DETAILS_PER_TABLE:
            yield _table(waiting)
            waiting = []
    if waiting:
        yield _table(waiting)


def _details(session: Session, key: str) -> dict[str, Any] | None:
    """Read once more where the lines hold another number of items than their order says (``items_total``)."""
    record = _read_details(session, key)
    if record is not None and record.pop("other_items"):
        record = _read_details(session, key)
    if record is None:
        return None
    record.pop("other_items", None)
    return {"id": key, "version": None, "deleted_at": None, "record": exact_json.dumps(record)}


def _read_details(session: Session, key: str) -> dict[str, Any] | None:
    try:
        lines = list(_lines(session, key))
    except CallFailed as failure:
        if failure.status != NOT_FOUND:
            raise
        return None
    transactions = list(_transactions(session, key))
    order = _one(session, key)
    if order is None:
        return None
    said, units = order.get("items_total"), [line.get("quantity") for line in lines]
    return {
        "order_id": key,
        "date_modified": order.get("date_modified"),
        "products": kept(lines, LINE),
        "transactions": kept(transactions, TRANSACTION),
        "other_items": isinstance(said, int) and said != sum(one for one in units if isinstance(one, int)),
    }


def _lines(session: Session, key: str) -> Iterator[dict[str, Any]]:
    """Every line of an order; a page has 50 of them unless more are asked for (fact sheet §2)."""
    seen: set[str] = set()
    page, widest = 1, USUAL_PAGE
    while True:
        came = _list(session.call("GET", f"{ORDERS}/{key}/products", params={"limit": PAGE, "page": page}))
        fresh = list(_unseen(came, seen))
        yield from fresh
        if len(came) < widest or not fresh:
            return
        page, widest = page + 1, max(widest, len(came))


def _unseen(records: Iterable[Any], seen: set[str]) -> Iterator[dict[str, Any]]:
    """Records whose id did not come yet: a list that shifts while it is read shows one twice (F13)."""
    for record in records:
        if isinstance(record, dict) and str(record.get("id")) not in seen:
            seen.add(str(record.get("id")))
            yield record


def _transactions(session: Session, key: str) -> Iterator[dict[str, Any]]:
    """Every transaction of an order; none where the answer is 204, or 404 though the order is there."""
    seen: set[str] = set()
    page = 1
    while True:
        params = {"page": page} if page > 1 else None
        try:
            answer = session.call("GET", f"/v3/orders/{key}/transactions", params=params)
        except CallFailed as failure:
            if failure.status != NOT_FOUND:
                raise
            return
        body = answer.json() if answer.text.strip() else {"data": []}
        found = body.get("data") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise list_broken(NAME, ORDERS, f"the transactions of order {key} are no list")
        yield from _unseen(found, seen)
        facts = (body.get("meta") or {}).get("pagination") or {}
        if facts.get("current_page", page) != page or facts.get("total_pages", 1) <= page:
            return
        page += 1


def read_refunds(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Refunds by when they were made; the version is that moment in unix seconds."""
    since = None if reading.since is None else int(reading.since.timestamp())
    start = since if reading.after is None else reading.after - REFUND_OVERLAP
    params = {"limit": PAGE} | ({} if start is None else {"created:min": moment(start)})
    pages = tables(session, REFUNDS, PagePaginator(PAGE, reading), params=params, version=None, deleted=None)
    for page in pages:
        records = [exact_json.loads(text) for text in page["record"].to_pylist()]
        yield _table(_row(record, REFUND, iso_8601(record.get("created"))) for record in records)


def _list(answer: Answer) -> list[dict[str, Any]]:
    """The records of a V2 list; an empty one is 204 without a body (fact sheet §2)."""
    found = answer.json() if answer.text.strip() else []
    if not isinstance(found, list):
        raise list_broken(NAME, ORDERS, "a list of orders came without its list")
    return [one for one in found if isinstance(one, dict)]


RESOURCES = {
    "orders": Resource("orders", read_orders, incremental=True, prove=read_orders, by_key=True, flow="orders",
                       people=("billing_address", "customer_message", "staff_notes")),
    "order_refunds": Resource("order_refunds", read_refunds, incremental=True, flow="orders"),
    "order_details": Resource("order_details", read_details, by_key=True, flow="orders", details_of="orders",
                              people=("products.wrapping_message", "products.product_options")),
}  # fmt: skip
"""Refunds after orders, so that no refund is of an order that is not known yet."""
