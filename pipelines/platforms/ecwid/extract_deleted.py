"""What the store says was deleted: ids and moments of products, orders and customers (fact sheet §1).

The lists are late, and lack some: what they name is evidence, what they do not name is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from pipelines.kit.http import Session
from pipelines.kit.paging import tables
from pipelines.kit.platform import Reading, Resource
from pipelines.platforms.ecwid.pages import OffsetPaginator

OVERLAP = 86_400
"""Seconds before the last reading that are read once more: how late a deletion is listed is not documented.

Up to a hundred deletions a day cost no call more."""


def read_deleted(kind: str, session: Session, reading: Reading) -> Iterator[pa.Table]:
    """What was deleted of one kind from ``since`` less a day on, that moment included."""
    since = reading.since
    params = {} if since is None else {"from_date": max(int(since.timestamp()) - OVERLAP, 0)}
    path = f"/{kind}/deleted"
    return tables(session, path, OffsetPaginator(reading), params=params, rows="items", version=None, deleted=None)


def _list(kind: str, flow: str | None, also: str | None = None) -> Resource:
    read = partial(read_deleted, kind)
    return Resource(f"deleted_{kind}", read, flow=flow, deletions_of=kind, also_named=also)


RESOURCES = {
    one.name: one
    for one in (_list("products", None), _list("orders", "orders", "internalId"), _list("customers", "orders"))
}
