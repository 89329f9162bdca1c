"""The settings of a connection: flat names, checked values, defaults (`design.md` §6).

A mapping sets them, a merchant's connection may override them. What each does is ``mappings/README.md``.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from pipelines.language.canonical import Strict

FIRST_DAY_OF_MANAGED_IMAGES = date(2021, 5, 20)
"""Connections made from this day on have their images managed (S000-32)."""


def _iso_date(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a date written as YYYY-MM-DD") from None
    return value


def _decimal(value: object) -> object:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Number = Annotated[Decimal, BeforeValidator(_decimal)]


class Limit(Strict):
    """How much of one class may change in a run before a person must look; the larger of the two holds."""

    count: int = Field(ge=0)
    share: Number = Field(default=Decimal(0), ge=0, le=1)


class Settings(Strict):
    """Every setting; all but ``connections``' own are known to every connection."""

    publish: Literal["linked", "all", "listed"] = "all"
    publish_list: list[str] = []
    product_sync: bool = True
    stock_sync: bool = True
    order_sync: bool = True
    customer_sync: bool = True
    on_blank: Literal["skip", "overwrite"] = "skip"
    prices: Literal["store", "tax_inclusive", "tax_exclusive"] = "store"
    tags_to: Literal["search_keywords", "off"] = "search_keywords"
    type_to: Literal["custom_field", "off"] = "custom_field"
    type_field: str = "Type"
    connected_on: IsoDate | None = None
    images: Literal["by_connection_date", "always", "never"] = "always"
    on_hidden_update: Literal["republish", "keep_hidden"] = "republish"
    unpublish_mode: Literal["hide", "leave"] = "hide"
    on_delete: Literal["delete", "hide"] = "delete"
    recreate_missing: bool = False
    on_create: Literal["all", "six_fields"] = "all"
    on_update: Literal["all", "six_fields"] = "all"
    initial_state: Literal["enabled", "disabled"] = "enabled"
    item_sync_enforcement: bool = False
    register_name: str | None = Field(default=None, alias="register")
    outlets: list[str] | Literal["register_outlet"] = "register_outlet"
    stock_scope: Literal["single", "combined", "per_location"] = "single"
    buffer: Number | Literal["auto"] | dict[str, Number] = Decimal(0)
    negative_stock: Literal["as_debt", "as_zero"] = "as_debt"
    on_shop_drift: Literal["till_wins", "hold", "adopt"] = "till_wins"
    order_sync_start_date: IsoDate | None = None
    start_date_basis: Literal["created", "created_or_updated"] = "created"
    import_all_orders: bool = False
    awaiting_payment: Literal["closed", "parked", "skip"] = "closed"
    order_state_profile: Literal["closed", "fulfilment"] = "closed"
    refund_documents: Literal["off", "on"] = "off"
    unknown_item: Literal["create", "placeholder", "hold"] = "create"
    customer_update: Literal["fill_blanks", "store_wins", "till_wins", "none"] = "fill_blanks"
    pos_orders_to_store: bool = False
    limits: dict[str, Limit] = {}
    freshness_minutes: int = Field(default=60, gt=0)
    schedule: str = "*/15 * * * *"
    full_schedule: str = "30 3 * * *"
    plan: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_aliases(cls, value: Any) -> Any:
        return value

    def images_managed(self, today: date) -> bool:
        """Whether images are pushed (S000-32, S000-33); ``today`` stands in for a connection made just now."""
        if self.images == "by_connection_date":
            return (self.connected_on or today) >= FIRST_DAY_OF_MANAGED_IMAGES
        return self.images == "always"


def merged(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """The mapping's settings with a merchant's over them; ``limits`` are merged by class."""
    limits = {**base.get("limits", {}), **override.get("limits", {})}
    return {**base, **override, **({"limits": limits} if limits else {})}
