"""Which products a search finds, in which order (fact sheet §1). A search sees the store as it was a while ago."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.kit.sandbox import Request
from pipelines.platforms.ecwid.sandbox.answers import flag, numbers, seconds_of, wrong
from pipelines.platforms.ecwid.sandbox.records import Product
from pipelines.platforms.ecwid.sandbox.render import Rendering

Keep = Callable[[Product], bool]
ORDERS: Mapping[str, tuple[Callable[[Product], Any], bool]] = {
    "RELEVANCE": (lambda one: one.id, True),
    "DEFINED_BY_STORE_OWNER": (lambda one: (one.fields["showOnFrontpage"], one.id), False),
    "ADDED_TIME_ASC": (lambda one: (one.created, one.id), False),
    "ADDED_TIME_DESC": (lambda one: (one.created, one.id), True),
    "UPDATED_TIME_ASC": (lambda one: (one.updated, one.id), False),
    "UPDATED_TIME_DESC": (lambda one: (one.updated, one.id), True),
    "NAME_ASC": (lambda one: (one.fields["name"], one.id), False),
    "NAME_DESC": (lambda one: (one.fields["name"], one.id), True),
    "PRICE_ASC": (lambda one: (one.fields["price"], one.id), False),
    "PRICE_DESC": (lambda one: (one.fields["price"], one.id), True),
}


SHOWN_BY = frozenset({"offset", "limit", "responseFields"})
"""Parameters that do not choose products."""


def between(
    request: Request, low: str, high: str, of: Callable[[Any], int], inclusive: bool
) -> list[Callable[[Any], bool]]:
    """Conditions for a moment of a record between two query parameters. Raises Refusal."""
    found: list[Callable[[Any], bool]] = []
    if request.param(low):
        least = seconds_of(str(request.param(low)), low)
        found.append(lambda one: of(one) >= least if inclusive else of(one) > least)
    if request.param(high):
        most = seconds_of(str(request.param(high)), high)
        found.append(lambda one: of(one) <= most if inclusive else of(one) < most)
    return found


def amount(request: Request, name: str) -> Decimal | None:
    """A query parameter that is an amount of money. Raises Refusal."""
    text = request.param(name)
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise wrong(f"{name} must be a number") from error


class ProductSearch(Rendering):
    """The search of products. Pages of one list are cut from one finding while nothing changes."""

    _page_source: tuple[tuple[Any, ...], list[Product]] | None = None

    def chosen(self, request: Request) -> list[Product]:
        """The products a request asks for, in its order. Raises Refusal."""
        rows = self.shelves.indexed(self.unix())
        if self.shelves.lagging:
            self._page_source = None
            return self._looked_for(request, rows)
        asked = tuple(pair for pair in request.query if pair[0] not in SHOWN_BY)
        key = (asked, self._public, self.shelves.version, str(self.switches))
        if self._page_source is None or self._page_source[0] != key:
            self._page_source = (key, self._looked_for(request, rows))
        return self._page_source[1]

    def _looked_for(self, request: Request, rows: list[Product]) -> list[Product]:
        rows = [one for one in rows if one.fields["enabled"]] if self._public else rows
        ids, sku = numbers(request, "productId"), request.param("sku")
        if ids is not None:
            rows = [one for one in rows if one.id in set(ids)]
        elif sku:
            rows = [one for one in rows if sku in one.skus()]
        else:
            keep = self._product_conditions(request)
            rows = [one for one in rows if all(condition(one) for condition in keep)]
        key, backwards = ORDERS[self._order(request)]
        return sorted(rows, key=key, reverse=backwards)

    def _order(self, request: Request) -> str:
        usual = "ADDED_TIME_DESC" if self.switches["default_order"] == "newest_first" else "ADDED_TIME_ASC"
        name = request.param("sortBy") or usual
        if name not in ORDERS:
            raise wrong(f"sortBy must be one of {', '.join(ORDERS)}")
        return name

    def _product_conditions(self, request: Request) -> list[Keep]:
        inclusive = self.switches["updated_bounds"] == "inclusive"
        found: list[Keep] = [
            *between(request, "updatedFrom", "updatedTo", lambda one: one.updated, inclusive),
            *between(request, "createdFrom", "createdTo", lambda one: one.created, inclusive),
        ]
        reference, keyword = request.param("externalReferenceId"), (request.param("keyword") or "").lower()
        if reference:
            found.append(lambda one: reference in one.references())
        if keyword:
            found.append(lambda one: any(keyword in text.lower() for text in (one.fields["name"], *one.skus())))
        found += [*self._flags(request), *self._prices(request), *self._categories(request)]
        return found

    def _flags(self, request: Request) -> list[Keep]:
        enabled, in_stock = flag(request, "enabled"), flag(request, "inStock")
        found: list[Keep] = []
        if enabled is not None:
            found.append(lambda one: one.fields["enabled"] is enabled)
        if in_stock is not None:
            found.append(lambda one: self.in_stock(one) is in_stock)
        return found

    @staticmethod
    def _prices(request: Request) -> list[Keep]:
        low, high = amount(request, "priceFrom"), amount(request, "priceTo")
        found: list[Keep] = []
        if low is not None:
            found.append(lambda one: one.fields["price"] >= low)
        if high is not None:
            found.append(lambda one: one.fields["price"] <= high)
        return found

    def _categories(self, request: Request) -> list[Keep]:
        asked = numbers(request, "categories") or numbers(request, "category")
        if asked is None:
            return []
        wanted = set(asked)
        if flag(request, "includeProductsFromSubcategories"):
            more = wanted
            while more:
                more = {
                    id_ for id_, one in self.shelves.categories.items() if one.get("parentId") in more
                } - wanted  # fmt: skip
                wanted = wanted | more
        return [lambda one: bool(wanted.intersection(one.categories))]
