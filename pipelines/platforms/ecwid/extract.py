"""What is read from this store (fact sheet §1 to §3). Types are given by ``harmonize/``, paging is ``pages.py``;
orders are ``extract_orders.py``.

A whole read lists products, which search may show late; a narrowed one asks for each by its id, which never is late
(fact sheet §1). A product's record carries its variations and their levels, so there is no list of levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.http import Answer, Session
from pipelines.kit.paging import split, tables
from pipelines.kit.platform import Reading, Resource
from pipelines.platforms.ecwid.batch import by_path
from pipelines.platforms.ecwid.extract_customers import RESOURCES as CUSTOMER_RESOURCES
from pipelines.platforms.ecwid.extract_deleted import RESOURCES as DELETED_RESOURCES
from pipelines.platforms.ecwid.extract_orders import RESOURCES as ORDER_RESOURCES
from pipelines.platforms.ecwid.pages import OffsetPaginator

PRODUCTS = "/products"
IN_ORDER = {"sortBy": "ADDED_TIME_ASC"}
"""The order that no update moves; without it a list is in an order that is not documented."""
STORE_FIELDS = {
    "generalInfo": ("storeId",),
    "settings": ("storeName",),
    "formatsAndUnits": ("currency", "currencyPrecision", "timezone", "weightUnit", "dimensionsUnit"),
    "taxSettings": ("pricesIncludeTax",),
    "company": ("countryCode",),
    "payment": ("paymentOptions",),
}
"""What is kept of the store's profile, which also names its owner with address, phone and e-mail (I-36)."""
PAYMENT_FIELDS = ("id", "enabled", "configured", "paymentProcessorId")


def read_profile(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """The store's own facts: currency, decimals, units, time zone, which ways to pay are switched on."""
    asked = ",".join(f"{part}({','.join(names)})" for part, names in STORE_FIELDS.items())
    profile = session.call("GET", "/profile", params={"responseFields": asked}).json()
    kept = {part: _only(profile.get(part), names) for part, names in STORE_FIELDS.items()}
    options = kept["payment"].get("paymentOptions") or []
    kept["payment"] = {"paymentOptions": [_only(option, PAYMENT_FIELDS) for option in options]}
    record = {"id": kept["generalInfo"].get("storeId"), **kept}
    yield split(exact_json.dumps({"data": [record]}), version=None, deleted=None)


def _only(part: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: part[name] for name in names if name in part} if isinstance(part, dict) else {}


def read_products(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Products with their variations, images and levels: all, or those with the given ids or SKUs."""
    if reading.complete:
        yield from _listed(session, reading)
        return
    yield from prove_products(session, reading)
    seen = set(reading.keys or ())
    for sku in dict.fromkeys(reading.skus or ()):
        for table in _listed(session, reading, sku=sku):
            fresh = [key not in seen for key in table["id"].to_pylist()]
            seen.update(table["id"].to_pylist())
            yield table.filter(pa.array(fresh))


def prove_products(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Products by their ids, as they are now; an id that is not there gives no row."""
    for came in by_id(session, list(dict.fromkeys(reading.keys or ()))).values():
        if came is not None:
            yield split(came.text, rows="", version=None, deleted=None, one=True)


def by_id(session: Session, keys: Sequence[str], fields: str | None = None) -> dict[str, Answer | None]:
    """Each product as it is now, with the given ``responseFields`` alone; None: it is not there.

    Raises CallFailed where one was refused, PlatformUnreachable where one of a batch came to no usable answer.
    """
    found = by_path(session, [f"{PRODUCTS}/{key}" for key in keys], {"responseFields": fields} if fields else None)
    return {key: found[f"{PRODUCTS}/{key}"] for key in keys}


def _listed(session: Session, reading: Reading, **filters: Any) -> Iterator[pa.Table]:
    return tables(
        session,
        PRODUCTS,
        OffsetPaginator(reading),
        params={**IN_ORDER, **filters},
        rows="items",
        version=None,
        deleted=None,
    )


def read_categories(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """All categories, also those that are switched off, for their names and what is above them."""
    params = {"hidden_categories": "true", "withSubcategories": "true"}
    return tables(
        session, "/categories", OffsetPaginator(reading), params=params, rows="items", version=None, deleted=None
    )


RESOURCES = {
    "profile": Resource("profile", read_profile, account=True),
    "products": Resource("products", read_products, prove=prove_products, by_key=True, by_sku=True),
    "categories": Resource("categories", read_categories, follows="products"),
    **ORDER_RESOURCES,
    **CUSTOMER_RESOURCES,
    **DELETED_RESOURCES,
}
