"""How this store's lists are paged: by offset, with a total that tells whether anything was missed (fact sheet §1).

What is deleted while a list is read moves all that follows; then the list goes back by as much as its total fell. A
list that ends before its total is asked for once more; then the reading is in doubt, and nothing is concluded from what
did not come. Which lists there are is ``extract.py``.
"""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit.errors import PlatformUnreachable, Problem
from pipelines.kit.platform import Reading

PAGE = 100


class OffsetPaginator(BasePaginator):
    """By ``offset`` until the total is reached; an answer without a total ends on a short page.

    The next offset follows what came, not what was asked for: a page may be shorter than its limit (fact sheet §1).
    Raises PlatformUnreachable, naming the list, where the answer is of another offset than was asked for.
    """

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._reading = reading
        self._offset = 0
        self._total: int | None = None
        self._again = False
        self._seen: set[str] = set()

    def init_request(self, request: Request) -> None:
        request.params |= {"limit": PAGE, "offset": self._offset}

    def update_request(self, request: Request) -> None:
        request.params |= {"limit": PAGE, "offset": self._offset}

    def update_state(self, response: Response, data: Any = None) -> None:
        rows = data.num_rows if isinstance(data, pa.Table) else 0
        ids = [key for key in data["id"].to_pylist() if key] if isinstance(data, pa.Table) else []
        facts = _facts(response.content)
        if facts.get("offset", self._offset) != self._offset:
            raise _broken(response, f"offset {facts['offset']} came when {self._offset} was asked for")
        fresh = set(ids) - self._seen
        self._seen.update(ids)
        total = _count(facts, "total")
        lost = 0 if self._total is None or total is None else self._total - total
        self._total = total
        if lost > 0 and self._offset > 0:
            self._go_to(max(0, self._offset - lost))
        elif total is None:
            self._next(rows, more=rows >= PAGE and bool(fresh))
        elif rows and self._offset + rows < total:
            self._next(rows, more=True)
        else:
            self._end(total, rows - len(ids))

    def _next(self, rows: int, *, more: bool) -> None:
        self._offset += rows
        self._has_next_page = more

    def _end(self, total: int, nameless: int) -> None:
        self._has_next_page = False
        if len(self._seen) + nameless >= total:
            return
        if self._again:
            self._reading.doubts.append(f"the list ended after {len(self._seen)} of {total} records")
            return
        self._again = True
        self._go_to(0)

    def _go_to(self, offset: int) -> None:
        self._offset, self._has_next_page = offset, True


def _facts(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content) if content else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _count(facts: dict[str, Any], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _broken(response: Response, what: str) -> PlatformUnreachable:
    path = response.url.partition("?")[0]
    return PlatformUnreachable(
        Problem("list_broken", f"ecwid: {path}: {what}", do="run again; nothing of this reading is kept")
    )
