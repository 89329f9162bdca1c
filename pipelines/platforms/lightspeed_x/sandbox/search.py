"""``GET /search``: sales, products and customers by what they hold (fact sheet §3.3).

The index shows a new record ``search_lag`` seconds after it was made. Rows are those of the lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.kit.sandbox import Request, Response, from_json, route
from pipelines.platforms.lightspeed_x.sandbox import receipts
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base
from pipelines.platforms.lightspeed_x.sandbox.customers import shown_customer
from pipelines.platforms.lightspeed_x.sandbox.records import Entry, Product, Sale
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, flag, integer
from pipelines.platforms.lightspeed_x.sandbox.shapes import is_uuid
from pipelines.platforms.lightspeed_x.sandbox.till import Till
from pipelines.platforms.lightspeed_x.sandbox.wording import moment

_MAX_SIZE = 1000
_IDS = ("supplier_id", "brand_id", "tag_id", "product_type_id", "variant_parent_id")
_STATUS = {
    "SAVED": ("parked", set[str]()),
    "OPEN": ("pending", set[str]()),
    "CLOSED": ("closed", set[str]()),
    "VOIDED": ("voided", set[str]()),
    "ONACCOUNT": ("pending", {"onaccount"}),
    "ONACCOUNT_CLOSED": ("closed", {"onaccount"}),
    "LAYBY": ("pending", {"layby"}),
    "LAYBY_CLOSED": ("closed", {"layby"}),
    "AWAITING_DISPATCH": ("pending", {"delivery"}),
    "DISPATCHED_CLOSED": ("closed", {"delivery"}),
    "AWAITING_PICKUP": ("pending", {"pickup"}),
    "PICKED_UP_CLOSED": ("closed", {"pickup"}),
}
Values = set[str]
"""What a record holds under a filter's name, as texts."""


def _status(sale: Sale) -> Values:
    return {name for name, (state, held) in _STATUS.items() if state == sale.state and held == set(sale.attributes)}


def _text(*values: object) -> Values:
    return {str(value) for value in values if value is not None}


_SALES: Mapping[str, Callable[[Sale], Values]] = {
    "_id": lambda sale: _text(sale.id),
    "status": _status,
    "state": lambda sale: _text(sale.state),
    "attributes": lambda sale: set(sale.attributes),
    "invoice_number": lambda sale: _text(sale.invoice_number),
    "customer_id": lambda sale: _text(sale.customer_id),
    "user_id": lambda sale: _text(sale.author_id),
    "outlet_id": lambda sale: _text(sale.outlet_id),
    "register_id": lambda sale: _text(sale.register_id),
    "payment_type_id": lambda sale: _text(*(payment.type_id for payment in sale.payments)),
    "product_id": lambda sale: _text(*(line.product_id for line in sale.lines)),
}


def _of_entry(name: str) -> Callable[[Entry], Values]:
    return lambda entry: _text((entry.body[name] or "").lower())


_CUSTOMERS: Mapping[str, Callable[[Entry], Values]] = {
    "_id": lambda entry: _text(entry.id),
    **{
        name: _of_entry(name)
        for name in ("customer_code", "email", "first_name", "last_name", "company_name", "mobile", "phone")
    },
}


class SearchRoutes(Base):
    """The one place with filters, dates and offsets."""

    @route("GET", f"{API}/search")
    def search(self, request: Request) -> Response:
        kinds = {"sales": self._sales, "products": self._products, "customers": self._customers}
        kind = kinds.get(request.param("type") or "")
        if kind is None:
            raise Refusal(400, "type is sales, products or customers")
        _check_types(request)
        deleted = flag(request, "deleted")
        now = self.clock.now()
        seen = now - timedelta(seconds=float(str(self.switches["search_lag"])))
        rows = [row for row in kind(request) if _indexed(row, seen, now) and (deleted or not row["deleted_at"])]
        rows = _ordered(request, rows)
        size, offset = integer(request, "page_size"), integer(request, "offset") or 0
        size = _MAX_SIZE if size is None or size > _MAX_SIZE else max(1, size)
        return Response.json(200, {"data": [_told(row) for row in rows[max(0, offset) : max(0, offset) + size]]})

    def _sales(self, request: Request) -> Iterable[dict[str, Any]]:
        numbers, books = request.params("invoice_number"), self.till.books
        keys = [key for n in dict.fromkeys(numbers) for key in books.by_invoice.get(n, ())] if numbers else None
        sales = [books.sales.items[key] for key in keys] if keys is not None else list(books.sales.items.values())
        tests = [*_tests(request, _SALES, False), *_sale_tests(self.till, request)]
        return [
            {"deleted_at": None, **receipts.sale(self.till, sale)}
            for sale in sales
            if all(test(sale) for test in tests)
        ]

    def _customers(self, request: Request) -> Iterable[dict[str, Any]]:
        books, emails = self.till.books, request.params("email")
        keys = (
            [key for one in emails for key in books.by_email.get(one.lower(), ())] if emails else books.customers.items
        )
        tests = _tests(request, _CUSTOMERS, True)
        found = (books.customers.items[key] for key in dict.fromkeys(keys))
        return [shown_customer(entry) for entry in found if all(test(entry) for test in tests)]

    def _products(self, request: Request) -> Iterable[dict[str, Any]]:
        tests = _tests(request, _product_values(self.till), False)
        found = (record for record in self.till.products.items.values() if all(test(record) for test in tests))
        return [from_json(self.till.product_json(record)) for record in found]


def _product_values(till: Till) -> Mapping[str, Callable[[Product], Values]]:
    """A product's values; the SKU in lower case, so that a value with a capital finds nothing."""

    def parent(record: Product) -> Values:
        members = till.families[record.family_id].members
        return _text(members[0]) if members and members[0] != record.id else set()

    return {
        "_id": lambda record: _text(record.id),
        "sku": lambda record: _text(record.sku.lower()),
        "supplier_id": lambda record: _text(*(row["supplier_id"] for row in record.suppliers)),
        "brand_id": lambda record: _text(till.families[record.family_id].brand_id),
        "tag_id": lambda record: set(till.families[record.family_id].tag_ids),
        "product_type_id": lambda record: _text(till.families[record.family_id].category_id),
        "variant_parent_id": parent,
    }


def _tests(request: Request, known: Mapping[str, Callable[[Any], Values]], fold: bool) -> list[Callable[[Any], bool]]:
    """A test for every filter: any of its values, or none of them with a leading ``-``."""
    tests: list[Callable[[Any], bool]] = []
    for name, values in known.items():
        wanted = {value.lower() if fold else value for value in request.params(name)}
        excluded = set(request.params(f"-{name}")) if name == "_id" or name in (*_IDS, "sku") else set()
        if wanted:
            tests.append(lambda record, values=values, wanted=wanted: bool(values(record) & wanted))  # type: ignore[misc]
        if excluded:
            tests.append(lambda record, values=values, excluded=excluded: not values(record) & excluded)  # type: ignore[misc]
    return tests


def _sale_tests(till: Till, request: Request) -> list[Callable[[Sale], bool]]:
    """Filters of sales that are more than a value: dates, times of day, total, the customer's name."""
    tests: list[Callable[[Sale], bool]] = []
    begin, end = _date(request, "date_from"), _date(request, "date_to")
    if begin is not None:
        tests.append(lambda sale: datetime.fromisoformat(sale.date) >= begin)
    if end is not None:
        tests.append(lambda sale: datetime.fromisoformat(sale.date) <= end)
    zone, early, late = _zone(request), _time(request, "time_from"), _time(request, "time_to")
    if early is not None or late is not None:
        low, high = early or "00:00", late or "23:59"
        tests.append(lambda sale: low <= datetime.fromisoformat(sale.date).astimezone(zone).strftime("%H:%M") <= high)
    total = _number(request, "sale_total")
    if total is not None:
        tests.append(lambda sale: sum(receipts.totals(till, sale)) == total)
    prefix = request.param("customer_name")
    if prefix:
        tests.append(lambda sale: _name(till, sale).lower().startswith(prefix.lower()))
    return tests


def _name(till: Till, sale: Sale) -> str:
    entry = till.books.customers.items.get(sale.customer_id or "")
    return shown_customer(entry)["name"] or "" if entry else ""


def _date(request: Request, name: str) -> datetime | None:
    given = request.param(name)
    found = moment(given) if given else None
    if given and found is None:
        raise Refusal(400, f"{name} must be a moment such as 2016-08-08T12:00:00Z")
    return found


def _time(request: Request, name: str) -> str | None:
    given = request.param(name)
    if given is not None and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", given):
        raise Refusal(400, f"{name} must be a time of day")
    return given.zfill(5) if given else None


def _zone(request: Request) -> ZoneInfo:
    try:
        return ZoneInfo(request.param("timezone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise Refusal(400, "timezone is not known") from fault


def _number(request: Request, name: str) -> Decimal | None:
    given = request.param(name)
    try:
        return Decimal(given) if given else None
    except InvalidOperation as fault:
        raise Refusal(400, f"{name} must be a number") from fault


def _check_types(request: Request) -> None:
    for name, value in request.query:
        plain = name.removeprefix("-")
        if (plain == "_id" or plain.endswith("_id")) and not is_uuid(value):
            raise Refusal(400, f"{name} must be a UUID")
    if request.param("order_direction") not in (None, "asc", "desc"):
        raise Refusal(400, "order_direction is asc or desc")


def _indexed(row: dict[str, Any], seen: datetime, now: datetime) -> bool:
    """Whether the index has the row: creation is kept to the second, so a lag is rounded up to the next one."""
    lag = timedelta(seconds=1) if seen < now else timedelta(0)
    return datetime.fromisoformat(row["created_at"]) + lag <= seen


def _ordered(request: Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By ``order_by`` as far as all rows have it, else as found; ``desc`` turns either around."""
    name = request.param("order_by") or ""
    if all(isinstance(row.get(name), str) for row in rows):
        rows = sorted(rows, key=lambda row: str(row[name]))
    return rows[::-1] if request.param("order_direction") == "desc" else rows


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Sales have no ``deleted_at`` of null."""
    return {name: value for name, value in row.items() if not (name == "deleted_at" and "line_items" in row)}
