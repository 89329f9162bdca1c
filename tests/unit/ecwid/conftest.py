"""An eCom store reached in-process: its session with a wire that can break, its canonical rows, plan rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.kit.calls import Context
from pipelines.kit.http import Session, mount
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import Reading, StoreFacts
from pipelines.kit.sandbox import Clock
from pipelines.kit.secret import Secret
from pipelines.platforms.ecwid import PLATFORM
from pipelines.platforms.ecwid.account import Account
from pipelines.platforms.ecwid.client import connect
from pipelines.platforms.ecwid.extract import RESOURCES
from pipelines.platforms.ecwid.sandbox import create
from pipelines.platforms.ecwid.write import WRITERS
from tests.unit.in_process import BASE, START, Sending, Wire


@dataclass
class Store(Sending):
    """A sandbox and what is done with it."""

    writers = WRITERS
    location = "1003"

    machine: Any = field(default_factory=lambda: create(clock=Clock(START, frozen=True)))
    facts: StoreFacts = field(default_factory=lambda: StoreFacts(2, "KILOGRAM"))
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.machine.switches["stock_lag"] = 0.0
        self.wire = Wire(self.machine, "/api/v3/1003")
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
