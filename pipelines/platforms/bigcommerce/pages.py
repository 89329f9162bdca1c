"""How this store's lists are paged, with totals that tell whether anything was missed (fact sheet §2).

Products go by their ids, so that nothing added or deleted meanwhile moves a record from page to page. Other lists have
page numbers only. A list that ends before its total is asked for once more; then the reading is in doubt, and nothing
is concluded from what did not come. Which lists there are is ``extract.py``.
"""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit.errors import PlatformUnreachable, Problem
from pipelines.kit.platform import Reading


class IdPaginator(BasePaginator):
    """Asks for what comes after the highest id seen, until the answer says that this page is the last.

    A page with fewer records than it says is asked for once more. Raises PlatformUnreachable, naming the list, where a
    page brings an id that was passed already: the filter is not followed, and the list would never end.
    """

    def __init__(self, limit: int, reading: Reading) -> None:
        super().__init__()
        self._limit = limit
        self._reading = reading
        self._after = 0
        self._again = False

    def init_request(self, request: Request) -> None:
        request.params |= {"sort": "id", "direction": "asc"}

    def update_request(self, request: Request) -> None:
        request.params["id:greater"] = self._after

    def update_state(self, response: Response, data: Any = None) -> None:
        ids = [int(key) for key in _ids(data) if key.isdecimal()]
        if ids and min(ids) <= self._after:
            raise _broken(response, f"{min(ids)} came though only what follows {self._after} was asked for")
        facts = _pagination(response.content) or {}
        total, pages = _count(facts, "total"), _count(facts, "total_pages")
        rows, more = _rows(data), pages > 1 if pages is not None else _rows(data) >= self._limit
        due = total if not more else min(_count(facts, "per_page") or self._limit, self._limit)
        if total is not None and due is not None and rows < due:
            if not self._again:
                self._again, self._has_next_page = True, True
                return
            self._reading.doubts.append(f"a page of {due} records brought {rows}")
        self._again = False
        self._after = max(ids, default=self._after)
        self._has_next_page = more and bool(ids)


class PagePaginator(BasePaginator):
    """Page by page until ``meta.pagination`` says that this is the last; an answer without it ends on a short page.

    Records that are deleted while a list is read move those behind them to earlier pages. A total that falls is that
    sign: the read then goes back as many pages as were lost. Raises PlatformUnreachable, naming the list, where another
    page came than was asked for, or one that has come already under another number.
    """

    def __init__(self, limit: int, reading: Reading) -> None:
        super().__init__()
        self._limit = limit
        self._reading = reading
        self._page = 1
        self._again = False
        self._total: int | None = None
        self._seen: set[str] = set()
        self._pages: dict[tuple[str, ...], int] = {}

    def init_request(self, request: Request) -> None:
        request.params["page"] = self._page

    def update_request(self, request: Request) -> None:
        request.params["page"] = self._page

    def update_state(self, response: Response, data: Any = None) -> None:
        ids, facts = _ids(data), _pagination(response.content)
        if facts is not None and facts.get("current_page", self._page) != self._page:
            raise _broken(response, f"page {facts['current_page']} came when page {self._page} was asked for")
        if ids and self._pages.setdefault(tuple(ids), self._page) != self._page:
            raise _broken(response, f"page {self._page} is page {self._pages[tuple(ids)]} once more")
        self._seen.update(ids)
        if facts is None:
            self._has_next_page = _rows(data) >= self._limit
            self._page += 1
            return
        self._move(facts, _rows(data) - len(ids))

    def _move(self, facts: dict[str, Any], nameless: int) -> None:
        total, pages = _count(facts, "total"), _count(facts, "total_pages")
        lost = 0 if self._total is None or total is None else self._total - total
        self._total = total
        if lost > 0 and self._page > 1:
            size = max(1, min(self._limit, _count(facts, "per_page") or self._limit))
            self._go_back(max(1, self._page - -(-lost // size)))
            return
        self._has_next_page = self._page < (pages or 0)
        self._page += 1
        if self._has_next_page or total is None or len(self._seen) + nameless >= total:
            return
        if self._again:
            self._reading.doubts.append(f"the list ended after {len(self._seen)} of {total} records")
            return
        self._again = True
        self._go_back(1)

    def _go_back(self, page: int) -> None:
        self._page, self._has_next_page = page, True
        self._pages.clear()


def _ids(data: Any) -> list[str]:
    return [key for key in data["id"].to_pylist() if key] if isinstance(data, pa.Table) else []


def _rows(data: Any) -> int:
    return data.num_rows if isinstance(data, pa.Table) else 0


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


def _broken(response: Response, what: str) -> PlatformUnreachable:
    path = response.url.partition("?")[0]
    return PlatformUnreachable(
        Problem("list_broken", f"bigcommerce: {path}: {what}", do="run again; nothing of this reading is kept")
    )
