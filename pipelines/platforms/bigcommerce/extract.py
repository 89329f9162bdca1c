"""What is read from this store (fact sheet §2, §4, §5). Types are given by ``harmonize/``, paging is ``pages.py``;
orders are ``extract_orders.py``.

A whole read asks for full pages; a narrowed one asks for the given ids, and for the records that carry the given SKUs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.paging import RAW_SCHEMA, split, tables
from pipelines.kit.platform import Reading, Resource
from pipelines.platforms.bigcommerce.extract_orders import RESOURCES as ORDER_RESOURCES
from pipelines.platforms.bigcommerce.pages import IdPaginator, PagePaginator, ShortList

PAGE = 250
STOCK_PAGE = 1000
IDS_PER_CALL = 100
QUERY_LENGTH = 1500
WITH = "images,variants,custom_fields"
PRODUCTS = "/v3/catalog/products"
ITEMS = "/v3/inventory/items"
STORE_FIELDS = (
    "id", "name", "currency", "decimal_places", "timezone", "is_price_entered_with_tax", "weight_units",
    "dimension_units", "country_code",
)  # fmt: skip
"""What is kept of the store's record, which also names its owner with address, phone and e-mail (I-36)."""
LOCATION_FIELDS = ("id", "code", "label", "time_zone", "enabled", "type_id")
"""What is kept of a location, whose record also has an address with e-mail and phone (I-36)."""
NOT_FOUND = 404
MANY_CALLS = 10
"""From so many narrowed calls on the list is asked whether it is shorter as a whole; the question may cost one call."""
OF_PRODUCT = "product:"
"""Begins the id of an item that is counted as a whole product and names no variant."""


@dataclass(frozen=True)
class _List:
    """One list of the store, read for one reading."""

    session: Session
    reading: Reading
    path: str
    limit: int
    id_name: str = "id"
    keep: Sequence[str] | None = None

    def pages(self, **params: Any) -> Iterator[pa.Table]:
        """The list by page number, narrowed by filters."""
        return self._tables(PagePaginator(self.limit, self.reading), params)

    def short(self, most: int) -> Iterator[pa.Table]:
        """The list, if it has at most so many pages; its first page otherwise."""
        return self._tables(ShortList(self.limit, most), {})

    def by_id(self, **params: Any) -> Iterator[pa.Table]:
        """The whole list by rising ids."""
        return self._tables(IdPaginator(self.limit, self.reading), params)

    def _tables(self, paginator: BasePaginator, params: dict[str, Any]) -> Iterator[pa.Table]:
        asked = {"limit": self.limit, **params}
        return tables(
            self.session,
            self.path,
            paginator,
            params=asked,
            id=self.id_name,
            version=None,
            deleted=None,
            keep=self.keep,
        )


def grouped(values: Sequence[str]) -> Iterator[str]:
    """Comma-separated lists of at most ``IDS_PER_CALL`` values and ``QUERY_LENGTH`` characters as sent."""
    group: list[str] = []
    length = 0
    for value in values:
        size = len(quote(value, safe="")) + 3
        if group and (len(group) >= IDS_PER_CALL or length + size > QUERY_LENGTH):
            yield ",".join(group)
            group, length = [], 0
        group.append(value)
        length += size
    if group:
        yield ",".join(group)


def read_store(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """The store's own facts: currency, decimals, units, time zone."""
    answer = session.call("GET", "/v2/store")
    yield split(f'{{"data": [{answer.text}]}}', version=None, deleted=None, keep=STORE_FIELDS)


def read_products(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Products with their images, variants and custom fields: all, or those with the given ids or SKUs."""
    products = _List(session, reading, PRODUCTS, PAGE)
    if reading.complete:
        yield from products.by_id(include=WITH)
        return
    seen: set[str] = set()
    for filters in _narrowed(reading):
        for table in products.pages(include=WITH, **filters):
            seen.update(name for name in table["id"].to_pylist() if name)
            yield table
    owners = [product for product in _owners(session, reading) if product not in seen]
    for group in grouped(owners):
        yield from products.pages(include=WITH, **{"id:in": group})


def prove_products(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Products one by one; an id that is not there gives no row."""
    for key in reading.keys or ():
        try:
            text = session.call("GET", f"{PRODUCTS}/{key}", params={"include": WITH}).text
        except CallFailed as failure:
            if failure.status != NOT_FOUND:
                raise
        else:
            yield split(text, version=None, deleted=None, one=True)


def _narrowed(reading: Reading) -> Iterator[dict[str, str]]:
    for group in grouped(list(reading.keys or ())):
        yield {"id:in": group}
    whole, apart = _by_comma(reading.skus or ())
    for group in grouped(whole):
        yield {"sku:in": group}
    for sku in apart:
        yield {"sku": sku}


def _by_comma(skus: Iterable[str]) -> tuple[list[str], list[str]]:
    """SKUs that fit into a comma-separated list, and those that hold a comma themselves."""
    chosen = list(dict.fromkeys(skus))
    return [sku for sku in chosen if "," not in sku], [sku for sku in chosen if "," in sku]


def _owners(session: Session, reading: Reading) -> Iterator[str]:
    """Ids of the products one of whose variants has one of the SKUs.

    ``sku:in`` on products need not find variants and ``GET /catalog/variants`` takes one SKU a call, so the inventory
    list answers for many at once.
    """
    whole, apart = _by_comma(reading.skus or ())
    found: dict[str, None] = {}
    items = _List(session, reading, ITEMS, STOCK_PAGE, "identity.product_id")
    for group in grouped(whole):
        for table in items.pages(**{"sku:in": group}):
            found.update(dict.fromkeys(name for name in table["id"].to_pylist() if name))
    variants = _List(session, reading, "/v3/catalog/variants", PAGE, "product_id")
    for sku in apart:
        for table in variants.pages(sku=sku):
            found.update(dict.fromkeys(name for name in table["id"].to_pylist() if name))
    yield from found


def read_inventory(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Levels per item and location, one record per item (``identity``, ``locations``).

    The id is the variant's; an item that is counted as a whole product may name none and is ``product:<id>``. Of many
    ids those on the pages of the whole list are taken from there where that is fewer calls, the rest asked for by id.
    """
    items = _List(session, reading, ITEMS, STOCK_PAGE, "identity.variant_id")
    if reading.complete:
        yield from map(_named, items.pages())
        return
    keys = dict.fromkeys(reading.keys or ())
    calls = sum(1 for _ in _items_asked(keys))
    if calls >= MANY_CALLS:
        for table in map(_named, items.short(calls - 1)):
            asked = table.filter(pc.is_in(table["id"], pa.array(keys, pa.string())))
            for key in asked["id"].to_pylist():
                keys.pop(key, None)
            yield asked
    yield from _by_key(items, keys)


def prove_inventory(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """The same of items by their ids alone; one that is not there gives no row."""
    items = _List(session, reading, ITEMS, STOCK_PAGE, "identity.variant_id")
    yield from _by_key(items, reading.keys or ())


def _by_key(items: _List, keys: Iterable[str]) -> Iterator[pa.Table]:
    for asked in _items_asked(keys):
        yield from map(_named, items.pages(**asked))


def _items_asked(keys: Iterable[str]) -> Iterator[dict[str, str]]:
    for group in grouped([key for key in keys if not key.startswith(OF_PRODUCT)]):
        yield {"variant_id:in": group}
    for group in grouped([key.removeprefix(OF_PRODUCT) for key in keys if key.startswith(OF_PRODUCT)]):
        yield {"product_id:in": group}


def _named(table: pa.Table) -> pa.Table:
    if not table["id"].null_count:
        return table
    rows = table.to_pylist()
    for row in rows:
        if row["id"] is None:
            identity = exact_json.loads(row["record"]).get("identity") or {}
            row["id"] = f"{OF_PRODUCT}{identity['product_id']}" if identity.get("product_id") else None
    return pa.Table.from_pylist(rows, schema=RAW_SCHEMA)


def read_brands(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """All brands, for their names."""
    return _List(session, reading, "/v3/catalog/brands", PAGE).pages()


def read_locations(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """All locations."""
    return _List(session, reading, "/v3/inventory/locations", STOCK_PAGE, keep=LOCATION_FIELDS).pages()


RESOURCES = {
    "store": Resource("store", read_store, account=True),
    "products": Resource("products", read_products, prove=prove_products, by_key=True, by_sku=True),
    "brands": Resource("brands", read_brands, follows="products"),
    "inventory": Resource("inventory", read_inventory, prove=prove_inventory, by_key=True),
    "locations": Resource("locations", read_locations),
    **ORDER_RESOURCES,
}
