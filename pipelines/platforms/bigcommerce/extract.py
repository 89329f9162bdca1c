"""What is read from this store and how its lists are paged (fact sheet §2, §4, §5). Types are given by ``harmonize/``.

A whole read asks for full pages; a narrowed one asks for the given ids, and for the records that carry the given SKUs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit import exact_json
from pipelines.kit.http import Session
from pipelines.kit.paging import split, tables
from pipelines.kit.platform import Reading, Resource

PAGE = 250
STOCK_PAGE = 1000
IDS_PER_CALL = 100
WITH = "images,variants,custom_fields"


class PagePaginator(BasePaginator):
    """Page by number until ``meta.pagination`` says that this is the last; its total is not trusted, its pages are."""

    def __init__(self) -> None:
        super().__init__()
        self._page = 1

    def init_request(self, request: Request) -> None:
        request.params["page"] = self._page

    def update_state(self, response: Response, data: Any = None) -> None:
        if data is None or data.num_rows == 0 or not response.content:
            self._has_next_page = False
            return
        pages = exact_json.loads(response.text).get("meta", {}).get("pagination", {})
        self._has_next_page = int(pages.get("current_page", 1)) < int(pages.get("total_pages", 1))
        self._page += 1

    def update_request(self, request: Request) -> None:
        request.params["page"] = self._page


def _pages(session: Session, path: str, params: dict[str, Any], id_name: str = "id") -> Iterator[pa.Table]:
    return tables(session, path, PagePaginator(), params=params, id=id_name, version=None, deleted=None)


def _groups(values: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(values), IDS_PER_CALL):
        yield ",".join(values[start : start + IDS_PER_CALL])


def read_store(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """The store's own facts: currency, decimals, units, time zone."""
    answer = session.call("GET", "/v2/store")
    yield split(f'{{"data": [{answer.text}]}}', version=None, deleted=None)


def read_products(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Products with their images, variants and custom fields: all, or those with the given ids or SKUs."""
    if reading.complete:
        yield from _pages(session, "/v3/catalog/products", {"limit": PAGE, "include": WITH})
        return
    skus, ids = list(reading.skus or []), list(reading.keys or [])
    for group in _groups(skus):
        yield from _pages(session, "/v3/catalog/products", {"limit": PAGE, "include": WITH, "sku:in": group})
    ids += [found for found in _products_of(session, skus) if found not in set(ids)]
    for group in _groups(ids):
        yield from _pages(session, "/v3/catalog/products", {"limit": PAGE, "include": WITH, "id:in": group})


def _products_of(session: Session, skus: Sequence[str]) -> list[str]:
    """Ids of the products that have one of these SKUs, found through the inventory list (the documented bulk look-up)."""
    found: dict[str, None] = {}
    for start in range(0, len(skus), IDS_PER_CALL):
        group = ",".join(skus[start : start + IDS_PER_CALL])
        for table in _pages(session, "/v3/inventory/items", {"limit": STOCK_PAGE, "sku:in": group}, "identity.product_id"):
            found.update(dict.fromkeys(table["id"].to_pylist()))
    return [product for product in found if product]


def read_inventory(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Levels per item and location, one record per item (``identity``, ``locations``)."""
    if reading.complete:
        yield from _pages(session, "/v3/inventory/items", {"limit": STOCK_PAGE}, "identity.variant_id")
        return
    for group in _groups(list(reading.keys or [])):
        yield from _pages(session, "/v3/inventory/items", {"limit": STOCK_PAGE, "variant_id:in": group}, "identity.variant_id")


def read_brands(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """All brands, for their names."""
    return _pages(session, "/v3/catalog/brands", {"limit": PAGE})


def read_locations(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """All locations."""
    return _pages(session, "/v3/inventory/locations", {"limit": STOCK_PAGE})


RESOURCES = {
    "store": Resource("store", read_store),
    "products": Resource("products", read_products, by_key=True, by_sku=True),
    "brands": Resource("brands", read_brands),
    "inventory": Resource("inventory", read_inventory, by_key=True),
    "locations": Resource("locations", read_locations),
}
