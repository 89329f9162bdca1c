"""How this store's lists are paged: by offset, with a total that tells whether anything was missed (fact sheet §1).

What becomes of a list that shrinks while it is read is ``kit.counted_list``. Which lists there are is ``extract.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from requests import Response

from pipelines.kit.counted_list import CountedList, count, list_broken
from pipelines.kit.platform import Reading

PAGE = 100


class OffsetPaginator(CountedList):
    """By ``offset`` until the total is reached; an answer without a total ends on a short page.

    The next offset follows what came, not what was asked for: a page may be shorter than its limit (fact sheet §1).
    Raises PlatformUnreachable, naming the list, where the answer is of another offset than was asked for.
    """

    first = 0

    def __init__(self, reading: Reading) -> None:
        super().__init__(PAGE, reading)

    def asks(self) -> Mapping[str, Any]:
        return {"limit": self.limit, "offset": self.at}

    def facts(self, content: bytes) -> Mapping[str, Any]:
        try:
            found = orjson.loads(content) if content else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def check(self, response: Response, facts: Mapping[str, Any], ids: list[str]) -> None:  # noqa: ARG002
        if facts.get("offset", self.at) != self.at:
            what = f"offset {facts['offset']} came when {self.at} was asked for"
            raise list_broken("ecwid", response.url, what)

    def more(self, facts: Mapping[str, Any], rows: int, fresh: int) -> bool:
        total = count(facts, "total")
        return rows >= self.limit and fresh > 0 if total is None else rows > 0 and self.at + rows < total

    def step(self, rows: int) -> int:
        return rows

    def back(self, lost: int, facts: Mapping[str, Any]) -> int:  # noqa: ARG002
        return lost
