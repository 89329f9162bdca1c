"""What is read from this till and how its lists are paged (fact sheet §3.2, §7). Types are given by ``harmonize/``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed, PlatformUnreachable, Problem
from pipelines.kit.http import Session
from pipelines.kit.paging import RAW_SCHEMA, split, tables
from pipelines.kit.platform import Read, Reading, Resource
from pipelines.kit.redaction import redact
from pipelines.platforms.lightspeed_x.client import TillSession

LEVELS_PER_PAGE = 5000
OVERLAP, LEVELS_OVERLAP = 150, 1000
"""Known records that may be read once more: fewer than a page has, so that what is new still fits into it."""
NOT_FOUND = 404
KEPT = {
    "retailer": ("id", "name", "currency", "timezone", "tax_exclusive", "country", "version"),
    "outlets": ("id", "name", "currency", "time_zone", "version", "deleted_at"),
    "registers": ("id", "name", "outlet_id", "is_open", "version", "deleted_at"),
    "taxes": ("id", "name", "rates", "is_default", "version", "deleted_at"),
    "payment_types": ("id", "name", "version", "deleted_at"),
    "user": ("id",),
}
"""What is kept of the records that also hold addresses, e-mails and phones of people, or how they are paid (I-36)."""
COMPOSITES = {"includes[]": "composite_products"}
"""What products are asked for beside themselves: what composites are made of (fact sheet §6.1)."""
OURS = "TILLSYNC"
"""How ``source.type`` of every sale recorded here begins."""
OWN_USER = "own"
"""The id of the one record of ``own_user``: with another token it is another user, and no second one."""


class VersionPaginator(BasePaginator):
    """Asks for what is newer than the highest version seen, until a page is empty (a short page is not the end).

    ``place`` puts the cursor into the request: a query parameter, or a member of the body. After a full page the
    last version is asked for again, so that records of one version on both sides of a page edge are all read;
    a record may therefore come twice. Where a page of fewer than ``size`` records turns out not to be the last,
    pages are smaller than asked for: the read goes on from that edge with the size it has seen.

    A reading with ``until`` re-reads what is known: a short page that ends exactly there ends it. A page without any
    usable version is the end too, and a doubt of the reading, unless it is full.
    """

    def __init__(self, reading: Reading, size: int, place: Callable[[Request, int], None]) -> None:
        super().__init__()
        self._after = reading.after or 0
        self._reading = reading
        self._size = size
        self._place = place
        self._short: tuple[int, int] | None = None

    def init_request(self, request: Request) -> None:
        self._place(request, self._after)

    def update_state(self, response: Response, data: Any = None) -> None:
        """``data``: the page as a table. Raises PlatformUnreachable where there is no list or the cursor stands."""
        if data is None or data.num_rows == 0:
            _require_list(response)
            self._has_next_page = False
            return
        highest = pc.max(data["version"]).as_py()
        if highest is None and data.num_rows < self._size:
            self._reading.doubts.append(f"{data.num_rows} records have no usable version")
            self._has_next_page = False
            return
        if highest is None or highest <= self._after:
            raise _stuck(response, f"version {highest} after {self._after}")
        if highest == self._reading.until and data.num_rows < self._size:
            self._has_next_page = False
        elif self._short:
            self._size, edge = self._short
            self._after, self._short = edge - 1, None
        elif data.num_rows < self._size:
            self._short, self._after = (data.num_rows, highest), highest
        else:
            self._after = max(highest - 1, self._after + 1)

    def update_request(self, request: Request) -> None:
        self._place(request, self._after)


class CategoryPaginator(BasePaginator):
    """Asks for what comes after the last id seen, while the answer says that there is more."""

    def __init__(self) -> None:
        super().__init__()
        self._after: str | None = None

    def update_state(self, response: Response, data: Any = None) -> None:  # noqa: ARG002
        """Raises PlatformUnreachable where the last id seen does not move."""
        info = _body(response).get("page_info") or {}
        self._has_next_page = bool(info.get("has_next"))
        if not self._has_next_page:
            return
        last = info.get("last_seen")
        if not last or last == self._after:
            raise _stuck(response, f"last_seen {last}")
        self._after = last

    def update_request(self, request: Request) -> None:
        request.params["after"] = self._after


def _body(response: Response) -> dict[str, Any]:
    body = exact_json.loads(response.text)
    if not isinstance(body, dict):
        raise _no_list(response)
    return body


def _require_list(response: Response) -> None:
    """An answer of another shape must not pass for an empty page (fact sheet §1)."""
    body = exact_json.loads(response.text)
    if not isinstance(body.get("data") if isinstance(body, dict) else body, list):
        raise _no_list(response)


def _no_list(response: Response) -> PlatformUnreachable:
    return PlatformUnreachable(
        Problem(
            "broken_answer",
            f"lightspeed_x: {response.url.partition('?')[0]} answered without a list",
            found=redact(response.text)[:40],
            expected="the shapes of the API version in the merchants file",
            do="run again; if it stays so, the API version is no longer served",
        )
    )


def _stuck(response: Response, found: str) -> PlatformUnreachable:
    return PlatformUnreachable(
        Problem(
            "cursor_stuck",
            f"lightspeed_x: the list {response.url.partition('?')[0]} does not move on",
            found=found,
            expected="a higher cursor with every page that has records",
            do="run again; if it stays so, the API version no longer answers as documented",
        )
    )


def _in_query(request: Request, after: int) -> None:
    request.params["after"] = after


def _in_body(request: Request, after: int) -> None:
    body: dict[str, Any] = request.json or {}
    request.json = body | {"after": after}


def _page_size(session: Session) -> int:
    return session.page_size if isinstance(session, TillSession) else 200


def _versioned(path: str, *, with_deleted: bool = True, also: Mapping[str, str] | None = None) -> Read:
    def read(session: Session, reading: Reading) -> Iterator[pa.Table]:
        size = _page_size(session)
        paginator = VersionPaginator(reading, size, _in_query)
        asked = {"page_size": size, **({"deleted": "true"} if with_deleted else {}), **(also or {})}
        yield from tables(session, path, paginator, params=asked, keep=KEPT.get(path.lstrip("/")))

    return read


def read_products(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """The feed of products with deleted ones, or the products of some ids; an id that is not there gives no row."""
    if reading.keys is None:
        yield from _versioned("/products", also=COMPOSITES)(session, reading)
        return
    yield from _by_ids(session, "/products", reading.keys)


def read_taxes(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """The taxes there are, or those of some ids: no list shows a deleted one (fact sheet §3.2)."""
    if reading.keys is None:
        yield from _versioned("/taxes", with_deleted=False)(session, reading)
    else:
        yield from _by_ids(session, "/taxes", reading.keys)


def _by_ids(session: Session, path: str, keys: Sequence[str]) -> Iterator[pa.Table]:
    for key in keys:
        try:
            yield _single(session, f"{path}/{key}", KEPT.get(path.lstrip("/")))
        except CallFailed as failure:
            if failure.status != NOT_FOUND:
                raise


def read_inventory(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """The feed of levels: a bare array, descending unless asked otherwise (fact sheet §3.2)."""
    body = {"size": LEVELS_PER_PAGE, "sort_direction": "asc", "include_deleted": True}
    paginator = VersionPaginator(reading, LEVELS_PER_PAGE, _in_body)
    yield from tables(
        session, "/inventory", paginator, method="POST", body=body, rows="", id=["product_id", "outlet_id"]
    )


def read_categories(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """Every product category; the list has no versions."""
    yield from tables(
        session, "/product_categories", CategoryPaginator(), rows="data.categories", version=None, deleted=None
    )


def read_retailer(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """The account: one record."""
    yield _single(session, "/retailer", KEPT["retailer"])


def read_own_user(session: Session, reading: Reading) -> Iterator[pa.Table]:  # noqa: ARG001
    """The user the token belongs to: one record, always of the same id here."""
    table = _single(session, "/user", KEPT["user"])
    yield table.set_column(0, RAW_SCHEMA.field("id"), pa.array([OWN_USER]))


def read_sales(session: Session, reading: Reading) -> Iterator[pa.Table]:
    """The feed of sales, as far as they are ours or give something back: of any other only that it is there.

    Ours say so in ``source.type``. Of each table the last row is kept, whosever it is, so that the cursor moves on.
    Nothing of a sale is kept that could name people (I-36).
    """
    size = _page_size(session)
    paginator = VersionPaginator(reading, size, _in_query)
    pages = tables(session, "/sales", paginator, params={"page_size": size}, version="_metadata.version", deleted=None)
    for table in pages:
        rows = table.to_pylist()
        newest = max(rows, key=lambda row: row["version"] or 0)
        told = [{**row, "record": _of_sale(exact_json.loads(row["record"]))} for row in rows]
        kept = [row for row in told if row["record"] is not None or row["id"] == newest["id"]]
        records = [{**row, "record": exact_json.dumps(row["record"] or {"id": row["id"]})} for row in kept]
        yield pa.Table.from_pylist(records, schema=RAW_SCHEMA)


def _of_sale(sale: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is kept of a sale: its state, what it gives back, and units by product; None where it is of no interest."""
    about, source = sale.get("return") or {}, sale.get("source") or {}
    if not str(source.get("type") or "").startswith(OURS) and not about.get("original_sale_id"):
        return None
    lines = [
        {"product_id": (line.get("product") or {}).get("id"), "quantity": line.get("quantity")}
        for line in sale.get("line_items") or []
    ]
    named = {name: sale.get(name) for name in ("id", "state", "invoice_number")}
    outlet = {name: source.get(name) for name in ("type", "register_id", "outlet_id")}
    return {**named, "source": outlet, "original_sale_id": about.get("original_sale_id"), "lines": lines}


def _single(session: Session, path: str, keep: Sequence[str] | None = None) -> pa.Table:
    table = split(session.call("GET", path).text, rows="data", keep=keep, one=True)
    if table.num_rows == 0:
        raise PlatformUnreachable(
            Problem("broken_answer", f"lightspeed_x: {path} has no record", expected='{"data": {…}}', do="run again")
        )
    return table


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        Resource("retailer", read_retailer, account=True),
        Resource("outlets", _versioned("/outlets"), incremental=True, overlap=OVERLAP),
        Resource("registers", _versioned("/registers"), incremental=True, overlap=OVERLAP),
        Resource("brands", _versioned("/brands"), incremental=True, overlap=OVERLAP),
        Resource("tags", _versioned("/tags"), incremental=True, overlap=OVERLAP),
        Resource("product_categories", read_categories),
        Resource("products", read_products, incremental=True, overlap=OVERLAP, prove=read_products, by_key=True),
        Resource("inventory", read_inventory, incremental=True, overlap=LEVELS_OVERLAP),
        Resource("taxes", read_taxes, incremental=True, prove=read_taxes, flow="orders", relisted=True),
        Resource("payment_types", _versioned("/payment_types"), incremental=True, overlap=OVERLAP, flow="orders"),
        Resource("own_user", read_own_user, flow="orders"),
        Resource("sales", read_sales, incremental=True, overlap=OVERLAP, flow="orders", of_documents=True),
    )
}
"""In reading order: levels after products, so that a product's level is never older than the product; sales after
levels, so that what a voided sale put back is not taken for free."""
