"""What is read of customers: what each said to being written to about offers, and nothing else (fact sheet §5, I-36).

Who they are stands on their orders, which name their account. Types are given by ``harmonize/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipelines.kit import exact_json
from pipelines.kit.http import Session
from pipelines.kit.paging import RAW_SCHEMA, tables
from pipelines.kit.platform import Reading, Resource
from pipelines.platforms.ecwid.batch import by_path
from pipelines.platforms.ecwid.extract_orders import LEEWAY, OVERLAP
from pipelines.platforms.ecwid.pages import OffsetPaginator

CUSTOMERS = "/customers"
FIELDS = ("id", "acceptMarketing", "updated")
ASKED = f"total,count,offset,limit,items({','.join(FIELDS)})"
IN_ORDER = {"sortBy": "REGISTERED_DATE_ASC"}
"""The order that no change of a customer moves."""


def read_customers(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """Customers by when they changed last, from ``after`` or ``since`` on, or by id; one not there gives no row.

    The version is ``updated`` in unix seconds; None where that is no moment or in the future.
    """
    if reading.keys is not None:
        paths = {key: f"{CUSTOMERS}/{key}" for key in dict.fromkeys(reading.keys)}
        found = by_path(session, list(paths.values()), {"responseFields": ",".join(FIELDS)})
        rows = [_row(session, exact_json.loads(came.text)) for path in paths.values() if (came := found[path])]
        yield pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
        return
    since = None if reading.since is None else int(reading.since.timestamp())
    start = since if reading.after is None else reading.after - OVERLAP
    params: dict[str, Any] = {**IN_ORDER, "responseFields": ASKED}
    params |= {} if start is None else {"updatedFrom": max(start, 0)}
    pages = tables(
        session, CUSTOMERS, OffsetPaginator(reading), params=params, rows="items", version=None, deleted=None
    )
    for page in pages:
        rows = [_row(session, exact_json.loads(text)) for text in page["record"].to_pylist()]
        yield pa.Table.from_pylist(rows, schema=RAW_SCHEMA)


def _row(session: Session, record: Mapping[str, Any]) -> dict[str, Any]:
    latest = int(session.context.now().timestamp()) + LEEWAY
    changed = _moment(record.get("updated"))
    version = changed if changed is not None and changed <= latest else None
    id_ = None if record.get("id") is None else str(record["id"])
    kept = {name: record[name] for name in FIELDS if name in record}
    return {"id": id_, "version": version, "deleted_at": None, "record": exact_json.dumps(kept)}


def _moment(text: object) -> int | None:
    try:
        return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").timestamp()) if isinstance(text, str) else None
    except ValueError:
        return None


RESOURCES = {
    "customers": Resource(
        "customers",
        read_customers,
        incremental=True,
        prove=read_customers,
        by_key=True,
        flow="orders",
        named_by=("orders", "customerId"),
    )
}
