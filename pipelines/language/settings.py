"""The settings of a connection: flat names, checked values, defaults (`design.md` §6).

A mapping sets them, a merchant's connection overrides them. What each does is also in ``mappings/README.md``.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pipelines.language.canonical import Strict

FIRST_DAY_OF_MANAGED_IMAGES = date(2021, 5, 20)
"""Connections made from this day on have their images managed (S000-32)."""
NO_EFFECT_ON_DATA = frozenset(
    {"schedule", "full_schedule", "freshness_minutes", "deadline_minutes", "people_days", "plan"}
)
"""Settings that change no desired value: changing them puts no record in the work set."""
_CRON = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def _iso_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("a date written as YYYY-MM-DD")


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _cron(value: str) -> str:
    parts = value.split()
    if len(parts) != len(_CRON) or not all(_cron_part(part, *span) for part, span in zip(parts, _CRON, strict=True)):
        raise ValueError("five fields of cron: minute hour day month weekday")
    return value


def _cron_part(text: str, lowest: int, highest: int) -> bool:
    for piece in text.split(","):
        found = re.fullmatch(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", piece)
        if found is None or (found[3] is not None and int(found[3]) == 0):
            return False
        bounds = [int(number) for number in found.groups()[:2] if number is not None]
        if any(not lowest <= number <= highest for number in bounds) or bounds != sorted(bounds):
            return False
    return True


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Number = Annotated[Decimal, BeforeValidator(_decimal)]
Units = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0)]
Share = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=1)]
Part = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0, le=1)]
Cron = Annotated[str, AfterValidator(_cron)]


class Limit(Strict):
    """How much of one class may change in a run before a person must look; the larger of the two holds."""

    count: int = Field(ge=0)
    share: Share = Decimal(0)


class Settings(Strict):
    """Every setting there is; each is known to every connection."""

    publish: Literal["linked", "all", "listed"] = Field(
        "all", description="which unlinked till products are created in the store (S000-10)"
    )
    publish_list: list[str] = Field(default_factory=list, description="the SKUs of `publish: listed`")
    product_sync: bool = Field(True, description="products, prices and images are pushed")
    stock_sync: bool = Field(True, description="levels are pushed")
    order_sync: bool = Field(True, description="orders become sales at the till")
    customer_sync: bool = Field(True, description="customers of orders are carried along")
    on_blank: Literal["skip", "overwrite"] = Field(
        "skip", description="what a blank at the till does to the store's value (S000-16)"
    )
    prices: Literal["store", "tax_inclusive", "tax_exclusive"] = Field(
        "store",
        description="which retail price is sent; store: the one that rules in the till's tax mode (S000-13)",
    )
    tags_to: Literal["search_keywords", "off"] = Field("search_keywords", description="where tags go (S000-14)")
    type_to: Literal["custom_field", "off"] = Field("custom_field", description="where the type goes (S000-15)")
    type_field: str = Field("Type", min_length=1, description="the name of the custom field that holds the type")
    connected_on: IsoDate | None = Field(None, description="when the two were connected; default: the first run's day")
    images: Literal["by_connection_date", "always", "never"] = Field(
        "always", description="whether images are pushed; by date: connections since 2021-05-20 (S000-32, S000-33)"
    )
    on_hidden_update: Literal["republish", "keep_hidden"] = Field(
        "republish", description="what a change of a hidden product does to its visibility (C-01)"
    )
    unpublish_mode: Literal["hide", "leave"] = Field("hide", description="what unpublishing leaves in the store (C-03)")
    on_delete: Literal["delete", "hide"] = Field("delete", description="what a delete at the till does (S000-58)")
    recreate_missing: bool = Field(False, description="linked products deleted in the store are created again (C-25)")
    on_create: Literal["all", "six_fields"] = Field("all", description="which fields a new product gets (C-16)")
    on_update: Literal["all", "six_fields"] = Field("all", description="which fields an update touches (C-16)")
    initial_state: Literal["enabled", "disabled"] = Field(
        "enabled", description="how a new product starts; disabled: a person shows it in the store (C-15)"
    )
    on_store_hidden: Literal["show", "keep"] = Field(
        "show", description="what becomes of a product that was hidden in the store alone (S003-45)"
    )
    not_online: list[str] = Field(
        default_factory=list, description="SKUs the till sells and the store hides, with their products (C-17)"
    )
    item_sync_enforcement: bool = Field(False, description="only items marked at the till are synced")
    register_name: str | None = Field(
        None, alias="register", description="the register of imported sales; its outlet is `register_outlet` (S001-21)"
    )
    outlets: Annotated[list[str], Field(min_length=1)] | Literal["register_outlet"] = Field(
        "register_outlet", description="whose stock the store shows: names or ids (C-23)"
    )
    exclude_outlets: list[str] = Field(
        default_factory=list, description="outlets that are never counted: names or ids; not the register's (S003-53)"
    )
    stock_scope: Literal["single", "combined", "per_location"] = Field(
        "single", description="one outlet, several added up, or each to its own location (C-23)"
    )
    share: Part = Field(
        Decimal(1), description="this store's part of what is free, where several stores show one outlet (§2.5.4)"
    )
    buffer: Units | Literal["auto"] | dict[str, Units] = Field(
        Decimal(0), description="units never shown: a number, a number per SKU, or by how fast each item sells"
    )
    buffer_oversold: Part = Field(
        Decimal("0.01"), description="`buffer: auto`: fewer units than this may be oversold between two runs"
    )
    buffer_refused: Part = Field(
        Decimal("0.25"), description="`buffer: auto`: fewer buyers than this may be turned away for it between two runs"
    )
    negative_stock: Literal["as_debt", "as_zero"] = Field(
        "as_debt", description="whether a negative outlet lowers the sum of several"
    )
    on_shop_drift: Literal["till_wins", "hold", "adopt"] = Field(
        "till_wins", description="what becomes of a level changed in the store alone; adopt: it is taken to the till"
    )
    order_sync_start_date: IsoDate | None = Field(None, description="orders before it stay where they are")
    start_date_basis: Literal["created", "created_or_updated"] = Field(
        "created", description="what the start date means (C-13)"
    )
    import_all_orders: bool = Field(False, description="history too (S001-46)")
    historical_stock_effect: Literal["none", "deduct"] = Field(
        "none", description="whether sales of before the connection take stock (S001-49)"
    )
    confirm_history: str | None = Field(None, description="what is confirmed in writing of history (S001-50)")
    awaiting_payment: Literal["closed", "parked", "skip"] = Field("closed", description="unpaid orders (C-07)")
    order_state_profile: Literal["closed", "fulfilment"] = Field("closed", description="how paid orders stand (C-11)")
    refund_documents: Literal["off", "on"] = Field("off", description="refunds become documents at the till (C-08)")
    unknown_item: Literal["create", "placeholder", "hold"] = Field(
        "create", description="an ordered item the till does not have (S001-16)"
    )
    customer_update: Literal["fill_blanks", "store_wins", "till_wins", "none"] = Field(
        "fill_blanks", description="which side's customer data holds (S000-08)"
    )
    pos_orders_to_store: bool = Field(False, description="till sales become store orders (C-22)")
    limits: dict[str, Limit] = Field(default_factory=dict, description="per class: how much a run may change (S000-59)")
    freshness_minutes: int = Field(60, gt=0, description="a change older than this that is not in the store is a fault")
    deadline_minutes: int | None = Field(
        None, gt=0, description="how long a run may take before it puts off what is left; none: until all is done"
    )
    people_days: int = Field(
        90, gt=0, description="buyers of orders that did not change for so many days are let go (I-36)"
    )
    schedule: Cron = Field("*/15 * * * *", description="incremental runs, cron, UTC")
    full_schedule: Cron = Field("30 3 * * *", description="full runs, cron, UTC")
    plan: str | None = Field(None, description="the till's subscription plan; informational (S000-01)")

    def images_managed(self, today: date) -> bool:
        """Whether images are pushed (S000-32, S000-33); ``today`` stands in for a connection made just now."""
        if self.images == "by_connection_date":
            return (self.connected_on or today) >= FIRST_DAY_OF_MANAGED_IMAGES
        return self.images == "always"


HISTORY_CONFIRMED = {"none": "import all orders", "deduct": "import all orders and take their stock"}
"""What `confirm_history` must say, by `historical_stock_effect` (S001-50)."""


def setting_names() -> list[str]:
    """The settings as a file writes them, sorted."""
    return sorted(info.alias or name for name, info in Settings.model_fields.items())


def merged(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """The mapping's settings with a merchant's over them; ``limits`` are merged by class."""
    limits = {**base.get("limits", {}), **override.get("limits", {})}
    return {**base, **override, **({"limits": limits} if limits else {})}


def one_shelf(outlets: list[str] | str, others: list[str] | str) -> bool:
    """Whether two stores may show the same outlet; by a name and by an id it is not known to be one."""
    return not (isinstance(outlets, list) and isinstance(others, list) and not set(outlets) & set(others))
