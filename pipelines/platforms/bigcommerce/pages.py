"""How this store's lists are paged: by number, with totals that tell whether anything was missed (fact sheet §2).

Which lists there are is ``extract.py``.
"""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit.errors import PlatformUnreachable, Problem


class PagePaginator(BasePaginator):
    """Page by page until ``meta.pagination`` says that this is the last; an answer without it ends on a short page.

    Records that are deleted while a list is read move those behind them to earlier pages. A total that falls is that
    sign: the read then goes back as many pages as were lost. Raises PlatformUnreachable where another page came than
    was asked for, or where the list ended before its total: what is not read whole must not pass for whole.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._page = 1
        self._total: int | None = None
        self._rows: dict[int, int] = {}

    def init_request(self, request: Request) -> None:
        request.params["page"] = self._page

    def update_request(self, request: Request) -> None:
        request.params["page"] = self._page

    def update_state(self, response: Response, data: Any = None) -> None:
        rows = data.num_rows if isinstance(data, pa.Table) else 0
        self._rows[self._page] = rows
        facts = _pagination(response.content)
        if facts is None:
            self._has_next_page = rows >= self._limit
            self._page += 1
            return
        if facts.get("current_page", self._page) != self._page:
            raise _broken(f"page {facts['current_page']} came when page {self._page} was asked for")
        self._move(facts)

    def _move(self, facts: dict[str, Any]) -> None:
        total, pages = _count(facts, "total"), _count(facts, "total_pages")
        lost = 0 if self._total is None or total is None else self._total - total
        self._total = total
        if lost > 0 and self._page > 1:
            size = max(1, min(self._limit, _count(facts, "per_page") or self._limit))
            self._page = max(1, self._page - -(-lost // size))
            self._has_next_page = True
            return
        self._has_next_page = self._page < (pages or 0)
        self._page += 1
        got = sum(self._rows.values())
        if not self._has_next_page and total is not None and got < total:
            raise _broken(f"the list ended after {got} of {total} records")


def _count(facts: dict[str, Any], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _pagination(content: bytes) -> dict[str, Any] | None:
    if not content:
        return None
    try:
        meta = orjson.loads(content).get("meta")
    except (ValueError, AttributeError):
        return None
    found = meta.get("pagination") if isinstance(meta, dict) else None
    return found if isinstance(found, dict) else None


def _broken(what: str) -> PlatformUnreachable:
    return PlatformUnreachable(
        Problem("list_broken", f"bigcommerce: {what}", do="run again; nothing of this reading is kept")
    )
