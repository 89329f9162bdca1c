"""What all routes of the sandbox share: path prefix, errors, rate limit, cursor pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar, TypeVar

from pipelines.kit.sandbox import Clock, Faults, Machine, QuotaState, Request, Response, to_json
from pipelines.kit.sandbox.machine import Route
from pipelines.platforms.lightspeed_x.sandbox.feed import Feed, Versioned, Window
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, error, flag, integer
from pipelines.platforms.lightspeed_x.sandbox.till import Surroundings, Till

API = "/api/2026-07"
WINDOW_SECONDS = 300.0
T = TypeVar("T", bound=Versioned)


class Base(Machine):
    """The retailer behind the routes; error bodies and limits of the platform (fact sheet §2, §3)."""

    name: ClassVar[str] = "lightspeed_x"
    default_switches: ClassVar[Mapping[str, object]] = {
        "page_size_default": 200,
        "page_size_max": 5000,
        "code_types_lower_case": False,
        "delete_parent_deletes_family": False,
        "rename_touches_products": False,
        "family_id_is_parent_id": False,
        "repeated_sale_id": "update",
        "sent_lists": "replace",
        "void_restocks": True,
        "void_with_returns": False,
        "closed_sale_takes_payments": True,
        "closed_register_takes_sales": True,
        "pending_moves_stock": False,
        "layby_moves_stock": False,
        "line_discount": "shown",
        "search_lag": 0.0,
        "stock_lag": 0.0,
    }

    def __init__(
        self, seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
    ) -> None:
        super().__init__(seed, clock, token, faults)
        self.till = Till(Surroundings(self.new_id, self._now, self.switches))

    def _now(self) -> datetime:
        return self.clock.now()

    def account(self) -> dict[str, object]:
        """Keys of the merchants file."""
        return {"api_version": "2026-07"}

    # --- errors and limits ---------------------------------------------------------------------------------

    def problem(self, status: int, message: str) -> Response:
        return error(status, message)

    def _dispatch(self, entry: Route, request: Request, arguments: dict[str, str]) -> Response:
        try:
            return super()._dispatch(entry, request, arguments)
        except Refusal as refusal:
            return error(refusal.status, refusal.message)

    def budget(self) -> int:
        """Calls per five minutes: 300 for each register and 50 (fact sheet §3.1)."""
        registers = sum(1 for entry in self.till.registers.items.values() if entry.deleted_at is None)
        return 300 * registers + 50

    def limit_calls(self) -> None:
        """Switch the vendor's rate limit on."""
        self.quota = (self.budget(), WINDOW_SECONDS)

    def quota_headers(self, state: QuotaState | None) -> Mapping[str, str]:
        limit = state.limit if state else self.budget()
        return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(state.left if state else limit)}

    def too_many(self, retry_after: float | None) -> Response:
        """``Retry-After`` is an HTTP date, not seconds (fact sheet §3.1)."""
        refused = Response.json(429, {"error": "Too Many Requests", "message": "Rate limiting enforced"})
        if retry_after is None:
            return refused
        moment = self.clock.now()
        due = moment.replace(microsecond=0) + timedelta(seconds=math.ceil(retry_after + moment.microsecond / 1e6))
        return replace(refused, headers={**refused.headers, "retry-after": format_datetime(due, usegmt=True)})

    # --- pages ---------------------------------------------------------------------------------------------

    def window(self, request: Request) -> Window:
        """``after``, ``before``, ``page_size``, ``deleted`` of a cursor list. Raises Refusal 400."""
        default, largest = self.switches["page_size_default"], self.switches["page_size_max"]
        size = integer(request, "page_size") or int(str(default))
        if largest is not None:
            size = min(size, int(str(largest)))
        return Window(
            size=max(1, size),
            after=integer(request, "after") or 0,
            before=integer(request, "before"),
            deleted=flag(request, "deleted"),
        )

    def page(self, feed: Feed[T], window: Window, text: Callable[[T], bytes]) -> Response:
        """``{data, version: {min, max}}``; both null when the page is empty (fact sheet §3.2)."""
        return envelope(feed.page(window), text)

    def dump_state(self) -> dict[str, Any]:
        return self.till.dump()

    def load_state(self, state: dict[str, Any]) -> None:
        self.till.load(state)


def envelope(records: list[T], text: Callable[[T], bytes]) -> Response:
    """A list answer from records in hand."""
    versions = [record.version for record in records]
    ends = {"min": min(versions, default=None), "max": max(versions, default=None)}
    body = b"".join([b'{"data":[', b",".join(map(text, records)), b'],"version":', to_json(ends), b"}"])
    return Response.raw_json(200, body)
