"""Calls within a call: what a batch carries is judged as if each of its calls had been made alone.

Which call of a platform is a batch, and where its calls and answers stand, is said here, one entry a platform.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.fidelity import documents
from tests.fidelity.documents import Asked, Operation

Within = tuple[Operation | None, Asked]
"""The operation, None where no document has it, and the call."""


@dataclass
class Batches:
    """The batches that went through one adapter, by ticket, and which of their answers were judged."""

    platform: str
    made: dict[str, dict[str, Within]] = field(default_factory=dict)
    judged: set[tuple[str, str]] = field(default_factory=set)

    def calls(self, asked: Asked) -> list[Within]:
        """The calls that a call carries; none of any other."""
        if self.platform not in PATHS or (asked.method, asked.path) != ("POST", PATHS[self.platform]):
            return []
        rows = asked.json if isinstance(asked.json, list) else []
        return [self._within(row, asked) for row in rows if isinstance(row, dict)]

    def _within(self, row: dict[str, Any], asked: Asked) -> Within:
        path, _, query = str(row.get("path")).partition("?")
        body = json.dumps(row["body"]).encode() if row.get("body") else b""
        inner = Asked(str(row.get("method")), unquote(path), query, asked.headers, body)
        return documents.operation_below(self.platform, inner.method, inner.path), inner

    def taken(self, asked: Asked, content: bytes) -> None:
        """A batch was taken in: remember what it carries under its ticket."""
        carried = self.calls(asked)
        if carried:
            ids = [str(row.get("id") or place) for place, row in enumerate(asked.json)]
            self.made[str(json.loads(content).get("ticket"))] = dict(zip(ids, carried, strict=True))

    def answers(self, asked: Asked, content: bytes) -> Iterator[tuple[Operation, Asked, int, bytes]]:
        """The answers a batch's status tells of its calls, each of them once."""
        if self.platform not in PATHS or (asked.method, asked.path) != ("GET", PATHS[self.platform]):
            return
        ticket = dict(asked.pairs).get("ticket", "")
        carried = self.made.get(ticket, {})
        for row in json.loads(content).get("responses") or ():
            place = str(row.get("id"))
            operation, inner = carried.get(place, (None, asked))
            if operation is not None and "escapedHttpBody" in row and (ticket, place) not in self.judged:
                self.judged.add((ticket, place))
                yield operation, inner, int(row["httpStatusCode"]), row["escapedHttpBody"].encode()


PATHS = {"ecwid": "/batch"}
