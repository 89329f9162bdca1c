"""An eCom store reached in-process: its session with a wire that can break, its canonical rows, plan rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import requests

from pipelines.kit import exact_json
from pipelines.kit.calls import Context
from pipelines.kit.http import Session, mount
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import PlanRow, Reading, Receipt, StoreFacts
from pipelines.kit.sandbox import Clock
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.secret import Secret
from pipelines.platforms.ecwid import PLATFORM
from pipelines.platforms.ecwid.account import Account
from pipelines.platforms.ecwid.client import connect
from pipelines.platforms.ecwid.extract import RESOURCES
from pipelines.platforms.ecwid.sandbox import create
from pipelines.platforms.ecwid.write import WRITERS

BASE = "http://127.0.0.1"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Trouble = Callable[[str, str], str | None]
"""Method and path of a call → ``lost_after`` (done, answer lost), ``lost_before`` (not done), or None."""


@dataclass(frozen=True)
class Sent:
    """One call as it was sent."""

    method: str
    path: str
    query: str
    body: Any


class Wire(InProcessAdapter):
    """The way to the store; keeps what was sent and breaks where it is told to."""

    def __init__(self, machine: Any) -> None:
        super().__init__(machine, BASE)
        self.sent: list[Sent] = []
        self.trouble: Trouble = lambda _method, _path: None

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        path, _, query = (request.path_url or "").removeprefix("/api/v3/1003").partition("?")
        sent = Sent(request.method or "", path, query, exact_json.loads(request.body) if request.body else None)
        self.sent.append(sent)
        how = self.trouble(sent.method, path)
        if how == "lost_before":
            raise requests.ReadTimeout("no answer", request=request)
        answer = super().send(request, *rest, **kwargs)
        if how == "lost_after":
            raise requests.ReadTimeout("no answer", request=request)
        return answer


@dataclass
class Store:
    """A sandbox and what is done with it."""

    machine: Any = field(default_factory=lambda: create(clock=Clock(START, frozen=True)))
    facts: StoreFacts = field(default_factory=lambda: StoreFacts(2, "KILOGRAM"))
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.machine.switches["stock_lag"] = 0.0
        self.wire = Wire(self.machine)
        self.session = self.connect()

    def connect(self) -> Session:
        """A new session whose calls go over the wire; waiting moves the store's clock."""
        clock = self.machine.clock
        context = Context(wait=clock.advance, now=clock.now, monotonic=lambda: clock.now().timestamp())
        session = connect(Account(store_id=1003, base_url=BASE), Secret("secret_token", "STORE_TOKEN"), context)
        return mount(session, self.wire)

    def read(self, name: str, reading: Reading | None = None) -> pa.Table:
        """One resource as one table."""
        pages = list(RESOURCES[name].read(self.session, reading or Reading()))
        return pa.concat_tables([RAW_SCHEMA.empty_table(), *pages])

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """The canonical rows of an entity, from everything read whole."""
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        for name in RESOURCES:
            con.register("page", self.read(name))
            con.execute(
                f"CREATE TABLE ecwid_{name}_raw AS SELECT * EXCLUDE (record),"  # noqa: S608
                " CAST(record AS JSON) AS record, CAST(1 AS BIGINT) AS seq FROM page"
            )
        text = (PLATFORM.folder / "harmonize" / f"{entity}.sql").read_text(encoding="utf-8")
        found: list[dict[str, Any]] = con.execute(text).to_arrow_table().to_pylist()
        return found

    def row(self, level: str, action: str, target: object = None, parent: object = None, **how: Any) -> PlanRow:
        """A plan row; ``after`` and ``before`` are its changed fields."""
        after, before, number = how.get("after", {}), how.get("before", {}), next(self.numbers)
        changes = {name: {"before": before.get(name), "after": value} for name, value in after.items()}
        return PlanRow(
            number, level, action, how.get("item", f"till-{number:04d}"), how.get("sku"), how.get("name"),  # type: ignore[arg-type]
            None if target is None else str(target), None if parent is None else str(parent), "1003", changes,
            how.get("is_base", False),
        )  # fmt: skip

    def write(self, *rows: PlanRow) -> list[Receipt]:
        """Send rows of one kind as the write stage does; one receipt for each, in the order of the rows."""
        self.wire.sent.clear()
        writer = WRITERS[(rows[0].level, rows[0].action)]
        receipts: list[Receipt] = []
        for start in range(0, len(rows), writer.batch):
            receipts += writer.write(self.session, rows[start : start + writer.batch], self.facts)
        assert sorted(receipt.seq for receipt in receipts) == sorted(row.seq for row in rows)
        return sorted(receipts, key=lambda receipt: receipt.seq)

    def calls(self, *methods: str) -> list[tuple[str, str]]:
        """Method and path of what was sent."""
        return [(sent.method, sent.path) for sent in self.wire.sent if not methods or sent.method in methods]


@pytest.fixture
def store() -> Store:
    """A store with nothing in it."""
    return Store()


@pytest.fixture
def mugs(store: Store) -> list[int]:
    """Twelve counted mugs in that store: their ids."""
    return [
        store.machine.make_product(name=f"Mug {n}", sku=f"MUG-{n}", price=Decimal(10), quantity=n, unlimited=False).id
        for n in range(1, 13)
    ]
