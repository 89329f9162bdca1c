"""Which orders a list shows, and in which order (fact sheet §3). The list follows ``order_lag``.

A filter there is not is a 400 (seen). A moment without its offset is refused (ours: the document asks for one).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

from pipelines.kit.sandbox import Request
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, flag_of, whole
from pipelines.platforms.bigcommerce.sandbox.orders.money import totals
from pipelines.platforms.bigcommerce.sandbox.orders.records import Order
from pipelines.platforms.bigcommerce.sandbox.orders.render import OrderRendering
from pipelines.platforms.bigcommerce.sandbox.orders.statuses import INCOMPLETE

Test = Callable[[Order], bool]
_RFC_2822 = re.compile(r"([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UT)")
_NUMBERS: Mapping[str, Callable[[Order], Any]] = {
    "id": lambda order: order.id,
    "total": lambda order: totals(order).total.inc,
}
_MOMENTS: Mapping[str, Callable[[Order], int]] = {
    "date_created": lambda order: order.created,
    "date_modified": lambda order: order.modified,
}
_WHOLE: Mapping[str, Callable[[Order], int]] = {
    "customer_id": lambda order: order.customer_id,
    "status_id": lambda order: order.status,
    "channel_id": lambda order: order.channel_id,
}
_TEXTS: Mapping[str, Callable[[Order], str]] = {
    "email": lambda order: str(order.billing.get("email", "")),
    "payment_method": lambda order: order.payment_method,
    "external_order_id": lambda order: str(order.plain.get("external_order_id") or ""),
    "cart_id": lambda order: str(order.plain.get("cart_id") or ""),
}
SORTS: Mapping[str, Callable[[Order], Any]] = {
    **_WHOLE,
    **_MOMENTS,
    "id": _NUMBERS["id"],
    "external_id": lambda order: str(order.plain.get("external_id") or ""),
}
_BOUNDS = frozenset(f"{how}_{name}" for name in (*_NUMBERS, *_MOMENTS) for how in ("min", "max"))
FILTERS = _BOUNDS | frozenset(_WHOLE) | frozenset(_TEXTS) | {"is_deleted"}
_OTHERS = frozenset({"page", "limit", "sort", "include", "consignment_structure"})


class OrderFilters(OrderRendering):
    """Finding the orders of a call."""

    def listed_orders(self, request: Request) -> list[Order]:
        """The orders a list call asks for, in its order. Raises Refusal."""
        strange = sorted({name for name, _ in request.query} - FILTERS - _OTHERS)
        if strange:
            raise Refusal(400, f"The field '{strange[0]}' is not supported by this resource.")
        tests = [self._usual(request), *(_test(name, value) for name, value in request.query if name in FILTERS)]
        chosen = [order for order in self.book.shown(self.unix()) if all(test(order) for test in tests)]
        return self._orders_sorted(chosen, request)

    def _usual(self, request: Request) -> Test:
        """What a list shows when nothing is said of it: two switches."""
        archived = flag_of(request, "is_deleted")
        asked = whole(request, "status_id", -1)

        def shows(order: Order) -> bool:
            if archived is None and order.archived and not self.switches["list_archived"]:
                return False
            return order.status != INCOMPLETE or asked == INCOMPLETE or bool(self.switches["list_incomplete"])

        return shows

    def _orders_sorted(self, chosen: list[Order], request: Request) -> list[Order]:
        sort, _, direction = str(request.param("sort", "id:asc")).partition(":")
        if sort not in SORTS or direction not in ("", "asc", "desc"):
            raise Refusal(400, "The field 'sort' is invalid.", {"sort": "is not a field to sort by"})
        return sorted(chosen, key=SORTS[sort], reverse=direction == "desc")


def _test(name: str, value: str) -> Test:
    if name == "is_deleted":
        return lambda order: order.archived == (value.lower() in ("true", "1"))
    if name in _BOUNDS:
        return _bound(name, value)
    if name in _TEXTS:
        text_of, folded = _TEXTS[name], value.casefold()
        return lambda order: text_of(order).casefold() == folded
    held, wanted = _WHOLE[name], _number(name, value)
    return lambda order: held(order) == wanted


def _bound(name: str, value: str) -> Test:
    how, _, field = name.partition("_")
    held = _MOMENTS.get(field) or _NUMBERS[field]
    bound = unix_of(value, name) if field in _MOMENTS else _number(name, value)
    return (lambda order: held(order) >= bound) if how == "min" else (lambda order: held(order) <= bound)


def _number(name: str, value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise Refusal(400, f"The field '{name}' is invalid.", {name: "must be a number"}) from error
    if not number.is_finite():
        raise Refusal(400, f"The field '{name}' is invalid.", {name: "must be a number"})
    return number


def unix_of(value: str, name: str) -> int:
    """A moment in RFC 2822 or ISO 8601 with its offset, as unix seconds. Raises Refusal 400."""
    try:
        if _RFC_2822.fullmatch(value):
            return int(parsedate_to_datetime(value).timestamp())
        when = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if when.tzinfo is not None:
            return int(when.timestamp())
    except (ValueError, TypeError):
        pass
    raise Refusal(400, f"The field '{name}' is invalid.", {name: "must be RFC 2822 or ISO 8601 with an offset"})
