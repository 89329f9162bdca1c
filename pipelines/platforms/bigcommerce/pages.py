"""How this store's lists are paged, with totals that tell whether anything was missed (fact sheet §2).

Products go by their ids, so that nothing added or deleted meanwhile moves a record from page to page. Other lists have
page numbers only: ``kit.counted_list`` says what becomes of one that shrinks. Which lists there are is ``extract.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit.counted_list import CountedList, count, ids_of, list_broken, rows_of
from pipelines.kit.platform import Reading

NAME = "bigcommerce"


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
        ids = [int(key) for key in ids_of(data) if key.isdecimal()]
        if ids and min(ids) <= self._after:
            raise list_broken(
                NAME, response.url, f"{min(ids)} came though only what follows {self._after} was asked for"
            )
        facts = _pagination(response.content)
        total, pages = count(facts, "total"), count(facts, "total_pages")
        rows, more = rows_of(data), pages > 1 if pages is not None else rows_of(data) >= self._limit
        due = total if not more else min(count(facts, "per_page") or self._limit, self._limit)
        if total is not None and due is not None and rows < due:
            if not self._again:
                self._again, self._has_next_page = True, True
                return
            self._reading.doubts.append(f"a page of {due} records brought {rows}")
        self._again = False
        self._after = max(ids, default=self._after)
        self._has_next_page = more and bool(ids)


class PagePaginator(CountedList):
    """Page by page until ``meta.pagination`` says that this is the last; an answer without it ends on a short page.

    Raises PlatformUnreachable, naming the list, where another page came than was asked for, or one that has come
    already under another number.
    """

    first = 1

    def __init__(self, limit: int, reading: Reading) -> None:
        super().__init__(limit, reading)
        self._pages: dict[tuple[str, ...], int] = {}

    def asks(self) -> Mapping[str, Any]:
        return {"page": self.at}

    def facts(self, content: bytes) -> Mapping[str, Any]:
        return _pagination(content)

    def check(self, response: Response, facts: Mapping[str, Any], ids: list[str]) -> None:
        if facts.get("current_page", self.at) != self.at:
            raise list_broken(
                NAME, response.url, f"page {facts['current_page']} came when page {self.at} was asked for"
            )
        if ids and self._pages.setdefault(tuple(ids), self.at) != self.at:
            raise list_broken(NAME, response.url, f"page {self.at} is page {self._pages[tuple(ids)]} once more")

    def more(self, facts: Mapping[str, Any], rows: int, fresh: int) -> bool:  # noqa: ARG002
        return self.at < (count(facts, "total_pages") or 0) if facts else rows >= self.limit

    def step(self, rows: int) -> int:  # noqa: ARG002
        return 1

    def back(self, lost: int, facts: Mapping[str, Any]) -> int:
        """As many pages as the lost records fill."""
        return -(-lost // max(1, min(self.limit, count(facts, "per_page") or self.limit)))

    def go_to(self, position: int) -> None:
        super().go_to(position)
        self._pages.clear()


class ShortList(PagePaginator):
    """The whole list where it has at most ``most`` pages, else its first page alone."""

    def __init__(self, limit: int, most: int) -> None:
        super().__init__(limit, Reading())
        self._most = most

    def update_state(self, response: Response, data: Any = None) -> None:
        pages = count(self.facts(response.content), "total_pages")
        if pages is None or pages > self._most:
            self._has_next_page = False
        else:
            super().update_state(response, data)


def _pagination(content: bytes) -> Mapping[str, Any]:
    if not content:
        return {}
    try:
        meta = orjson.loads(content).get("meta")
    except (ValueError, AttributeError):
        return {}
    found = meta.get("pagination") if isinstance(meta, dict) else None
    return found if isinstance(found, dict) else {}
