"""Which products a list call asks for: filters, order, included parts (fact sheet §2, §3).

Look-ups by id, SKU and name go through the indexes; the other filters look at every product.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.kit.sandbox import Request
from pipelines.platforms.bigcommerce.sandbox.answers import invalid, listing, numbers, only_known, whole
from pipelines.platforms.bigcommerce.sandbox.base import StoreMachine
from pipelines.platforms.bigcommerce.sandbox.records import (
    PRODUCT,
    PRODUCT_APART,
    PRODUCT_READ_ONLY,
    Product,
    Variant,
)

INCLUDES = frozenset(
    {
        "bulk_pricing_rules",
        "channels",
        "custom_fields",
        "images",
        "modifiers",
        "options",
        "parent_relations",
        "primary_image",
        "reviews",
        "variants",
        "videos",
    }
)
NARROWING = frozenset({"options", "modifiers"})
"""Parts that cut a page to 10 products, whatever ``limit`` says."""
_SORTS = frozenset(
    {
        "id",
        "name",
        "sku",
        "price",
        "date_modified",
        "date_last_imported",
        "inventory_level",
        "is_visible",
        "total_sold",
        "calculated_price",
    }
)
_FIELDS = frozenset(
    {
        "id",
        "name",
        "sku",
        "mpn",
        "upc",
        "price",
        "weight",
        "condition",
        "brand_id",
        "date_modified",
        "date_last_imported",
        "is_visible",
        "is_featured",
        "is_free_shipping",
        "inventory_level",
        "total_sold",
        "type",
        "categories",
        "availability",
    }
)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "min": operator.ge,
    "max": operator.le,
    "greater": operator.gt,
    "less": operator.lt,
}
_LISTS = ("in", "not_in")
_RANGED = frozenset({"id", "date_modified", "date_last_imported", "inventory_level"})
_SHAPE = frozenset({"include", "include_fields", "exclude_fields", "sort", "direction"})
_FREE = frozenset({"keyword", "keyword_context", "inventory_low", "out_of_stock", "channel_id:in"})
FILTERS = (
    _FIELDS
    | _FREE
    | {f"{name}:{how}" for name in _RANGED for how in (*_OPERATORS, *_LISTS) if how}
    | {"categories:in", "sku:in", "date_last_imported:not"}
)
_NUMERIC = frozenset({"id", "price", "weight", "brand_id", "inventory_level", "total_sold"})
_FLAGS = frozenset({"is_visible", "is_featured", "is_free_shipping"})
Test = Callable[[Product], bool]


class ProductFilters(StoreMachine):
    """Finding the products of a call."""

    def chosen(self, request: Request) -> list[int]:
        """Ids of the products a list call asks for, in its order. Raises Refusal on unknown filters."""
        only_known(request, FILTERS | _SHAPE)
        tests = [self._test(name, value) for name, value in request.query if name in FILTERS and not _indexed(name)]
        ids = self._candidates(request)
        if tests:
            ids = [id_ for id_ in ids if all(test(self.store.products[id_]) for test in tests)]
        return self._ordered(ids, request)

    def _candidates(self, request: Request) -> list[int]:
        found: list[set[int]] = []
        for name in ("id", "id:in"):
            asked = numbers(request, name)
            if asked is not None:
                found.append({id_ for id_ in asked if id_ in self.store.products})
        for name in ("sku", "sku:in"):
            skus = listing(request, name) if name == "sku:in" else _single(request, name)
            if skus is not None:
                found.append(set(self._with_skus(skus)))
        named = request.param("name")
        if named is not None:
            found.append(set(self.store.named(named)))
        ids = sorted(set.intersection(*found)) if found else self.store.product_ids
        return ids[bisect_right(ids, whole(request, "id:greater", 0)) :]

    def _with_skus(self, skus: Iterable[str]) -> Iterable[int]:
        for sku in skus:
            owner = self.store.by_sku(sku)
            if isinstance(owner, Product):
                yield owner.id
            elif isinstance(owner, Variant) and self.switches["product_sku_finds_variants"]:
                yield owner.product_id

    def _ordered(self, ids: list[int], request: Request) -> list[int]:
        sort, direction = request.param("sort", "id"), request.param("direction", "asc")
        if sort not in _SORTS or direction not in ("asc", "desc"):
            raise invalid({"sort" if sort not in _SORTS else "direction": "is not allowed"})
        if sort == "id":
            return ids if direction == "asc" else ids[::-1]
        values = {id_: self._held(self.store.products[id_], str(sort)) for id_ in ids}
        return sorted(ids, key=lambda id_: (values[id_] is not None, values[id_]), reverse=direction == "desc")

    def _held(self, product: Product, name: str) -> Any:
        if name == "date_modified":
            return product.modified
        if name == "date_last_imported":
            return _unix(product.last_imported) if product.last_imported else None
        if name == "inventory_level":
            return self.catalogue_level(product, None)
        if name == "calculated_price":
            return product.fields["sale_price"] or product.fields["price"]
        return product.id if name == "id" else product.fields[name]

    def _test(self, name: str, text: str) -> Test:
        field, _, how = name.partition(":")
        if name in _FREE:
            return self._free_test(name, text)
        if field == "categories":
            wanted = {int(part) for part in text.split(",") if part.isdecimal()}
            return lambda product: bool(wanted & set(product.fields["categories"]))
        if how in _LISTS:
            values = {self._parsed(field, part) for part in text.split(",") if part}
            return lambda product: (self._held(product, field) in values) == (how == "in")
        return self._comparison(field, _OPERATORS.get(how, operator.ne), self._parsed(field, text))

    def _comparison(self, field: str, compare: Callable[[Any, Any], bool], value: object) -> Test:
        def holds(product: Product) -> bool:
            held = self._held(product, field)
            return held is not None and compare(held, value)

        return holds

    def _free_test(self, name: str, text: str) -> Test:
        if name == "keyword":
            word = text.casefold()
            return lambda p: any(word in str(p.fields[key]).casefold() for key in ("name", "sku", "description"))
        if name == "out_of_stock":
            return lambda p: p.fields["inventory_tracking"] != "none" and self.catalogue_level(p, None) == 0
        if name == "inventory_low":
            return lambda p: self.catalogue_level(p, None) <= p.fields["inventory_warning_level"]
        return lambda _: name != "channel_id:in" or "1" in text.split(",")

    def _parsed(self, field: str, text: str) -> Any:
        if field.startswith("date_"):
            return self._date(field, text)
        if field in _FLAGS:
            return text.lower() in ("1", "true")
        if field == "condition":
            return text.capitalize()
        if field not in _NUMERIC:
            return text
        try:
            return Decimal(text)
        except InvalidOperation as error:
            raise invalid({field: "must be a number"}) from error

    def _date(self, field: str, text: str) -> int:
        """A moment; a date without a time gets the present time of day (fact sheet §3)."""
        if text.isdecimal():
            return int(text)
        try:
            if len(text) == 10:
                text = f"{text}T{self.today():%H:%M:%S}"
            return _unix(text)
        except ValueError as error:
            raise invalid({field: "must be a date and time in ISO 8601"}) from error

    def shape(self, request: Request) -> tuple[tuple[str, ...], frozenset[str] | None]:
        """Parts to include and plain fields to keep (None: all). Raises Refusal on unknown parts."""
        include = tuple(dict.fromkeys(listing(request, "include") or []))
        strange = [part for part in include if part not in INCLUDES]
        if strange:
            raise invalid({"include": f"{', '.join(strange)} cannot be included"})
        keep, leave = listing(request, "include_fields"), listing(request, "exclude_fields")
        strange = sorted({*(keep or ()), *(leave or ())} - self._all_fields())
        if strange:
            raise invalid({"include_fields" if keep else "exclude_fields": f"{', '.join(strange)} are not fields"})
        if keep is not None:
            return include, frozenset(keep)
        if leave is not None:
            return include, self._all_fields() - frozenset(leave)
        return include, None

    def _all_fields(self) -> frozenset[str]:
        return frozenset(PRODUCT) | frozenset(PRODUCT_APART) | PRODUCT_READ_ONLY


def _indexed(name: str) -> bool:
    return name in ("id", "id:in", "id:greater", "sku", "sku:in", "name")


def _single(request: Request, name: str) -> list[str] | None:
    value = request.param(name)
    return None if value is None else [value]


def _unix(text: str) -> int:
    when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
