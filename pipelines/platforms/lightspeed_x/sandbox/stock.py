"""Routes of stock: levels and adjustments (fact sheet §7)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from pipelines.kit.sandbox import Request, Response, route, to_json
from pipelines.platforms.lightspeed_x.sandbox import rendering
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base
from pipelines.platforms.lightspeed_x.sandbox.feed import Window
from pipelines.platforms.lightspeed_x.sandbox.records import Entry, Level
from pipelines.platforms.lightspeed_x.sandbox.refusal import (
    Refusal,
    body_of,
    boolean,
    check,
    integer,
    number,
    text,
    unprocessable,
)

_NEGATIVE = ("DAMAGE", "EXPIRY", "INTERNAL_USE", "THEFT", "DONATION")
_POSITIVE = ("STOCK_FOUND", "SAMPLE_FOR_SALE")
_MEMBERS = {"custom_inventory_adjustment_reason_id", "outlet_id", "product_id", "quantity", "reason"}
_REQUEST = {
    "after": number,
    "before": number,
    "size": number,
    "product_id": text,
    "sort_direction": text,
    "variants": boolean,
    "include_deleted": boolean,
}
_MAX_SIZE = 5000
_MAX_ADJUSTMENTS = 1000


class StockRoutes(Base):
    """Reading levels and adjusting them by deltas."""

    level_field: ClassVar[str] = "current_inventory_level"

    def counts(self, record: Mapping[str, Any]) -> bool:
        """Whether the till counts this product."""
        product = self.till.products.items.get(str(record.get("product_id")))
        return product is None or product.tracked

    @route("POST", f"{API}/inventory", kind="read")
    def read_inventory(self, request: Request) -> Response:
        """A read. A bare array, DESCENDING unless told otherwise (O7)."""
        body = body_of(request)
        check(body, _REQUEST, "")
        window = Window(
            size=_size(body.get("size", 1000)),
            after=int(body.get("after", 0)),
            before=int(body["before"]) if "before" in body else None,
            deleted=body.get("include_deleted", False),
            descending=_descending(body.get("sort_direction", "desc")),
        )
        key = body.get("product_id")
        return self._levels(window, key, body.get("variants", False))

    @route("GET", f"{API}/inventory/{{key}}")
    def read_product_inventory(self, request: Request, key: str) -> Response:
        """Ascending by default, unlike the list above (O7)."""
        size = integer(request, "page_size")
        window = Window(
            size=_size(1000 if size is None else size),
            after=integer(request, "after") or 0,
            before=integer(request, "before"),
            deleted=request.param("include_deleted") == "true",
            descending=_descending(request.param("order_direction") or "asc"),
        )
        return self._levels(window, key, request.param("variants") == "true")

    def _levels(self, window: Window, key: str | None, variants: bool) -> Response:
        if key is not None:
            rows = self._of_product(window, key, variants)
        else:
            seen = self.till.late.seen(self.till.levels.items.values())
            rows = self.till.levels.page(window) if seen is None else _window(seen, window)
        return Response.raw_json(200, b"[" + b",".join(to_json(rendering.level(row)) for row in rows) + b"]")

    def _of_product(self, window: Window, key: str, variants: bool) -> list[Level]:
        record = self.till.products.items.get(key)
        keys = [key]
        if variants and record is not None:
            keys = self.till.families[record.family_id].members or [key]
        rows = [level for one in keys for level in self.till.levels_of.get(one, {}).values()]
        seen = self.till.late.seen(rows)
        return _window(rows if seen is None else seen, window)

    # --- adjustments ---------------------------------------------------------------------------------------

    @route("GET", f"{API}/stock_adjustments")
    def list_adjustments(self, request: Request) -> Response:
        """100 at a time, at most 1,000 (O7)."""
        size = integer(request, "page_size") or 100
        if size > _MAX_ADJUSTMENTS:
            raise Refusal(400, f"page_size is at most {_MAX_ADJUSTMENTS}")
        window = Window(size, integer(request, "after") or 0, integer(request, "before"))
        return self.page(self.till.adjustments, window, lambda entry: to_json(_shown(entry)))

    @route("POST", f"{API}/stock_adjustments")
    def create_adjustments(self, request: Request) -> Response:
        """All or nothing; each row is a signed delta (fact sheet §7). 422 when a row is wrong."""
        body = body_of(request)
        rows = body.get("stock_adjustments")
        if set(body) != {"stock_adjustments"} or not isinstance(rows, list):
            raise unprocessable("stock_adjustments, and nothing else, must be a list")
        if not 1 <= len(rows) <= _MAX_ADJUSTMENTS:
            raise unprocessable(f"stock_adjustments takes 1 to {_MAX_ADJUSTMENTS} rows")
        amounts = [self._checked(row) for row in rows]
        made = [self._adjust(row, amount) for row, amount in zip(rows, amounts, strict=True)]
        return Response.json(201, {"data": [_shown(entry) for entry in made]})

    def _checked(self, row: Any) -> Decimal:
        if not isinstance(row, dict) or set(row) - _MEMBERS or not all(text(value) for value in row.values()):
            raise unprocessable("a row has unknown members or values that are not text")
        record = self.till.products.live(row.get("product_id", ""))
        if record is None or self.till.outlets.live(row.get("outlet_id", "")) is None:
            raise unprocessable("a row names an unknown product or outlet")
        try:
            amount = Decimal(row.get("quantity", ""))
        except InvalidOperation as fault:
            raise unprocessable("quantity must be a number written as text") from fault
        if not amount.is_finite() or not number(amount):
            raise unprocessable("quantity is no amount of anything")
        if not self._sign_fits(row, amount):
            raise unprocessable("the reason is unknown or does not fit the sign of the quantity")
        return amount

    def _sign_fits(self, row: dict[str, str], amount: Decimal) -> bool:
        reason = row.get("reason", "")
        if reason == "CUSTOM":
            custom = self.till.reasons.live(row.get("custom_inventory_adjustment_reason_id", ""))
            return custom is not None and custom.body["enabled"] and (amount > 0) == (custom.body["type"] == "POSITIVE")
        if "custom_inventory_adjustment_reason_id" in row:
            return False
        return (reason in _NEGATIVE and amount < 0) or (reason in _POSITIVE and amount > 0)

    def _adjust(self, row: dict[str, str], amount: Decimal) -> Entry:
        level = self.till.level(row["product_id"], row["outlet_id"])
        self.till.set_level(row["product_id"], row["outlet_id"], amount=level.amount + amount)
        stamp = self.till.stamp()
        user = next(iter(self.till.users.items))
        return self.till.add_entry("adjustments", {**row, "user_id": user, "created_at": stamp, "updated_at": stamp})

    @route("GET", f"{API}/custom_inventory_adjustment_reasons")
    def list_reasons(self, request: Request) -> Response:
        return self.page(self.till.reasons, self.window(request), lambda entry: to_json(_shown(entry)))

    @route("POST", f"{API}/custom_inventory_adjustment_reasons")
    def create_reason(self, request: Request) -> Response:
        body = body_of(request)
        check(body, {"name": text, "enabled": boolean, "type": text}, "")
        name = body.get("name", "")
        if not 1 <= len(name) <= 30 or "enabled" not in body or body.get("type") not in ("POSITIVE", "NEGATIVE"):
            raise unprocessable("name (at most 30), enabled and type are required")
        if any(entry.body["name"] == name for entry in self.till.reasons.items.values()):
            raise Refusal(409, "there is a reason with this name already")
        stamp = self.till.stamp()
        kept = {key: body[key] for key in ("name", "enabled", "type")}
        stamps = {"is_from_external_source": True, "created_at": stamp, "updated_at": stamp}
        return Response.json(200, {"data": _shown(self.till.add_entry("reasons", {**kept, **stamps}))})


def _window(rows: list[Level], window: Window) -> list[Level]:
    """The rows of a window, by version."""
    rows = [row for row in rows if row.version > window.after and (window.deleted or row.deleted_at is None)]
    if window.before is not None:
        rows = [row for row in rows if row.version < window.before]
    return sorted(rows, key=lambda row: row.version, reverse=window.descending)[: window.size]


def _shown(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in entry.answer().items() if key != "deleted_at"}


def _size(size: Any) -> int:
    if not 1 <= int(size) <= _MAX_SIZE:
        raise Refusal(400, f"size is at most {_MAX_SIZE}")
    return int(size)


def _descending(direction: str) -> bool:
    if direction not in ("asc", "desc"):
        raise Refusal(400, "the direction is asc or desc")
    return direction == "desc"
