"""Operations on the store itself: what it is, its clock, its channels, its stock settings (fact sheet §1, §5, §12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import body_of, data, gone, invalid, listing, only_known, page_of
from pipelines.platforms.bigcommerce.sandbox.base import V2, V3, StoreMachine
from pipelines.platforms.bigcommerce.sandbox.fields import Field, choice, flag, text

CHANNELS = f"{V3}/channels"
SETTINGS = f"{V3}/settings/inventory"
_CHANNEL: Mapping[str, Field] = {
    "name": text(255, 1),
    "type": choice("pos", "marketplace", "storefront", "marketing"),
    "platform": text(255, 1),
    "external_id": text(),
    "is_listable_from_ui": flag(True),
    "is_visible": flag(True),
    "status": choice(
        "active", "prelaunch", "inactive", "connected", "disconnected", "archived", "deleted", "terminated"
    ),
    "config_meta": Field("object"),
}
_STOCK_SETTINGS: Mapping[str, Field] = {
    "product_out_of_stock_behavior": choice(
        "do_nothing", "hide_product", "hide_product_and_accessible", "hide_product_and_redirect"
    ),
    "option_out_of_stock_behavior": choice("do_nothing", "hide_option", "label_option"),
    "update_stock_behavior": choice("order_placed", "order_completed_or_shipped"),
    "edit_order_stock_adjustment": flag(True),
    "refund_order_stock_adjustment": flag(True),
    "stock_level_display": choice("dont_show", "show", "show_when_low"),
    "default_out_of_stock_message": text(),
    "hide_in_product_filtering": flag(),
    "show_pre_order_stock_levels": flag(),
    "show_out_of_stock_message": flag(),
}
STORE_FACTS: Mapping[str, Any] = {
    "name": "Sandbox store",
    "domain": "sandbox.store.example",
    "secure_url": "https://sandbox.store.example",
    "status": "live",
    "first_name": "Sam",
    "last_name": "Keeper",
    "admin_email": "owner@store.example",
    "order_email": "orders@store.example",
    "address": "1 High Street",
    "country": "United States",
    "country_code": "US",
    "phone": "",
    "language": "en",
    "currency": "USD",
    "currency_symbol": "$",
    "currency_symbol_location": "left",
    "decimal_separator": ".",
    "thousands_separator": ",",
    "decimal_places": 2,
    "weight_units": "KGS",
    "dimension_units": "Centimeters",
    "dimension_decimal_places": 2,
    "dimension_decimal_token": ".",
    "dimension_thousands_token": ",",
    "plan_name": "Standard",
    "plan_level": "Standard",
    "plan_is_trial": False,
    "industry": "",
    "logo": [],
    "is_price_entered_with_tax": False,
    "store_id": 1000,
    "default_channel_id": 1,
    "default_site_id": 1000,
    "active_comparison_modules": [],
    "timezone": {
        "name": "Etc/UTC",
        "raw_offset": 0,
        "dst_offset": 0,
        "dst_correction": False,
        "date_format": {"display": "M jS Y", "export": "M jS Y", "extended_display": "M jS Y @ g:i A"},
    },
    "features": {"stencil_enabled": True, "multi_storefront_enabled": False},
}


class AccountRoutes(StoreMachine):
    """The store, its channels and settings."""

    @route("GET", f"{V2}/store")
    def get_store(self, request: Request) -> Response:  # noqa: ARG002
        return Response.json(200, {"id": self.store_hash, **self.store_facts()})

    def store_facts(self) -> dict[str, Any]:
        """What ``GET /v2/store`` says, without the id."""
        return {**STORE_FACTS, **self.facts.get("store", {})}

    @route("GET", f"{V2}/time")
    def get_time(self, request: Request) -> Response:  # noqa: ARG002
        return Response.json(200, {"time": int(self.unix())})

    def _channels(self) -> list[dict[str, Any]]:
        created = "2024-01-01T00:00:00Z"
        first = {"id": 1, "name": "Storefront", "type": "storefront", "platform": "bigcommerce", "status": "active"}
        dates = {"date_created": created, "date_modified": created}
        shown = {"external_id": "", "is_enabled": True, "is_listable_from_ui": True, "is_visible": True}
        known: list[dict[str, Any]] = self.facts.setdefault("channels", [{**first, **shown, **dates}])
        return known

    @route("GET", CHANNELS)
    def list_channels(self, request: Request) -> Response:
        asked = {name: listing(request, f"{name}:in") for name in ("status", "type", "platform")}
        only_known(request, [f"{name}:in" for name in asked])
        chosen = [
            channel
            for channel in self._channels()
            if all(wanted is None or channel[name] in wanted for name, wanted in asked.items())
        ]
        return page_of(chosen, request)

    @route("GET", f"{CHANNELS}/{{channel_id}}")
    def get_channel(self, request: Request, channel_id: str) -> Response:
        only_known(request, ())
        for channel in self._channels():
            if str(channel["id"]) == channel_id:
                return data(channel)
        raise gone("channel", channel_id)

    @route("POST", CHANNELS)
    def post_channel(self, request: Request) -> Response:
        body = body_of(request, dict)
        missing = {name: "is required" for name in ("name", "type", "platform") if name not in body}
        if missing:
            raise invalid(missing)
        self.check_fields(body, _CHANNEL, frozenset())
        first = self._channels()[0]
        id_ = self.store.next_id("channel") + 1
        now = self.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        channel = {**first, "status": "connected", **body, "id": id_, "date_created": now, "date_modified": now}
        self._channels().append(channel)
        return data(channel)

    def stock_settings(self) -> dict[str, Any]:
        """The settings of ``/settings/inventory``, kept as they stand."""
        fresh = {name: field.default for name, field in _STOCK_SETTINGS.items()}
        kept: dict[str, Any] = self.facts.setdefault("stock_settings", fresh)
        return kept

    @route("GET", SETTINGS)
    def get_stock_settings(self, request: Request) -> Response:
        only_known(request, ("channel_id",))
        return data(self.stock_settings())

    @route("PUT", SETTINGS)
    def put_stock_settings(self, request: Request) -> Response:
        only_known(request, ("channel_id",))
        body = body_of(request, dict)
        self.check_fields(body, _STOCK_SETTINGS, frozenset())
        settings = self.stock_settings()
        settings |= body
        return data(settings)
