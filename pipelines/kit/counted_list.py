"""A list that is read by position and says its total: pages or offsets, whatever a platform calls them.

What is deleted while such a list is read moves all that follows towards its start; a total that falls is the sign of
it, and the read goes back by as much. A list that ends before its total is asked for once more; then the reading is in
doubt, and nothing is concluded from what did not come. What is asked and what an answer says of itself is the
platform's; how pages become tables is ``paging``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.kit.errors import PlatformUnreachable, Problem
from pipelines.kit.platform import Reading


class CountedList(BasePaginator, ABC):
    """The paginator of one such list. ``at`` is the position that is asked for, ``first`` the one it begins with."""

    first: int

    def __init__(self, limit: int, reading: Reading) -> None:
        super().__init__()
        self.limit = limit
        self.at = self.first
        self._reading = reading
        self._total: int | None = None
        self._again = False
        self._seen: set[str] = set()

    @abstractmethod
    def asks(self) -> Mapping[str, Any]:
        """The query parameters of what is read next."""

    @abstractmethod
    def facts(self, content: bytes) -> Mapping[str, Any]:
        """What an answer says of its list: ``total`` and what else the platform tells; empty where it says nothing."""

    @abstractmethod
    def more(self, facts: Mapping[str, Any], rows: int, fresh: int) -> bool:
        """Whether the list goes on behind an answer of ``rows`` records, ``fresh`` of them new."""

    @abstractmethod
    def step(self, rows: int) -> int:
        """How far the next position is from one that brought ``rows`` records."""

    @abstractmethod
    def back(self, lost: int, facts: Mapping[str, Any]) -> int:
        """How far ``lost`` records move what follows them."""

    def check(self, response: Response, facts: Mapping[str, Any], ids: list[str]) -> None:
        """Raises PlatformUnreachable (``list_broken``) where the answer is not what was asked for."""

    def init_request(self, request: Request) -> None:
        request.params |= self.asks()

    def update_request(self, request: Request) -> None:
        request.params |= self.asks()

    def update_state(self, response: Response, data: Any = None) -> None:
        rows, ids, facts = rows_of(data), ids_of(data), self.facts(response.content)
        self.check(response, facts, ids)
        fresh = len(set(ids) - self._seen)
        self._seen.update(ids)
        total = count(facts, "total")
        lost = 0 if self._total is None or total is None else self._total - total
        self._total = total
        if lost > 0 and self.at > self.first:
            self.go_to(max(self.first, self.at - self.back(lost, facts)))
            return
        self._has_next_page = self.more(facts, rows, fresh)
        if self._has_next_page:
            self.at += self.step(rows)
        elif total is not None and len(self._seen) + rows - len(ids) < total:
            self._ended_early(total)

    def _ended_early(self, total: int) -> None:
        if self._again:
            self._reading.doubts.append(f"the list ended after {len(self._seen)} of {total} records")
            return
        self._again = True
        self.go_to(self.first)

    def go_to(self, position: int) -> None:
        """Read on from there, though it was read before."""
        self.at, self._has_next_page = position, True


def ids_of(data: Any) -> list[str]:
    """The ids of a page's records, those that have one."""
    return [key for key in data["id"].to_pylist() if key] if isinstance(data, pa.Table) else []


def rows_of(data: Any) -> int:
    """How many records a page brought."""
    return data.num_rows if isinstance(data, pa.Table) else 0


def count(facts: Mapping[str, Any], name: str) -> int | None:
    """A whole number that an answer says of its list; None where it says none."""
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def list_broken(platform: str, url: str, what: str) -> PlatformUnreachable:
    """The error of a list that did not answer as asked."""
    about = f"{platform}: {url.partition('?')[0]}: {what}"
    return PlatformUnreachable(Problem("list_broken", about, do="run again; nothing of this reading is kept"))
