"""A store reached in-process, whichever it is: a wire that keeps what was sent and can break, plan rows, receipts.

What a store's records are, and its session, is each platform's own ``conftest.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import requests

from pipelines.kit import exact_json
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts, Writer
from pipelines.kit.sandbox.transport import InProcessAdapter

BASE = "http://127.0.0.1"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Trouble = Callable[[str, str], str | None]
"""Method and path of a call → ``lost_after`` (done, answer lost), ``lost_before`` (not done), ``down``, or None."""


@dataclass(frozen=True)
class Sent:
    """One call as it was sent."""

    method: str
    path: str
    query: str
    body: Any


class Wire(InProcessAdapter):
    """The way to a store, below ``prefix``; keeps what was sent and breaks where it is told to."""

    def __init__(self, machine: Any, prefix: str) -> None:
        super().__init__(machine, BASE)
        self.prefix = prefix
        self.sent: list[Sent] = []
        self.trouble: Trouble = lambda _method, _path: None
        self.before: Callable[[Sent], None] = lambda _sent: None

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        path, _, query = (request.path_url or "").removeprefix(self.prefix).partition("?")
        sent = Sent(request.method or "", path, query, exact_json.loads(request.body) if request.body else None)
        self.sent.append(sent)
        self.before(sent)
        how = self.trouble(sent.method, path)
        if how == "down":
            raise requests.ConnectTimeout("nothing there", request=request)
        if how == "lost_before":
            raise requests.ReadTimeout("no answer", request=request)
        answer = super().send(request, *rest, **kwargs)
        if how == "lost_after":
            raise requests.ReadTimeout("no answer", request=request)
        return answer


class Sending:
    """Rows of a plan sent to a store as the write stage does; the store says what its writers are, and where it is."""

    wire: Wire
    session: Session
    facts: StoreFacts
    numbers: Any
    writers: ClassVar[Mapping[Any, Writer]]
    location: ClassVar[str | None] = None

    def row(self, level: str, action: str, target: object = None, parent: object = None, **how: Any) -> PlanRow:
        """A plan row; ``after`` and ``before`` are its changed fields, ``location`` and ``is_base`` its address."""
        after, before, number = how.get("after", {}), how.get("before", {}), next(self.numbers)
        return PlanRow(
            number,
            level,  # type: ignore[arg-type]
            action,  # type: ignore[arg-type]
            how.get("item", f"till-{number:04d}"),
            how.get("sku"),
            how.get("name"),
            None if target is None else str(target),
            None if parent is None else str(parent),
            how.get("location", self.location),
            {name: {"before": before.get(name), "after": value} for name, value in after.items()},
            how.get("is_base", False),
        )

    def write(self, *rows: PlanRow) -> list[Receipt]:
        """Send rows of one kind; one receipt for each, in the order of the rows."""
        self.wire.sent.clear()
        writer = self.writers[(rows[0].level, rows[0].action)]
        receipts: list[Receipt] = []
        for start in range(0, len(rows), writer.batch):
            receipts += writer.write(self.session, rows[start : start + writer.batch], self.facts)
        assert sorted(receipt.seq for receipt in receipts) == sorted(row.seq for row in rows)
        by_seq = {receipt.seq: receipt for receipt in receipts}
        return [by_seq[row.seq] for row in rows]
