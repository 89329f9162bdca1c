"""A till read in-process: its session, its raw tables, its canonical rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.kit.calls import Call, Context
from pipelines.kit.http import mount
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import Reading
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.secret import Secret
from pipelines.platforms.lightspeed_x import PLATFORM
from pipelines.platforms.lightspeed_x.account import Account
from pipelines.platforms.lightspeed_x.client import TillSession, connect
from pipelines.platforms.lightspeed_x.extract import RESOURCES
from pipelines.platforms.lightspeed_x.sandbox import LightspeedX, create

BASE = "http://127.0.0.1"


@dataclass
class Till:
    """A sandbox and what is read from it. ``waited``: the pauses that were asked for, in seconds."""

    machine: LightspeedX = field(default_factory=create)
    waited: list[float] = field(default_factory=list)

    def session(self, page_size: int = 200, token: str = "t0ken") -> TillSession:  # noqa: S107
        """A new session whose calls go to the machine; waiting moves its clock."""
        clock = self.machine.clock
        context = Context(wait=self._wait, now=clock.now, monotonic=lambda: clock.now().timestamp())
        session = connect(Account(base_url=BASE, page_size=page_size), Secret(token, "TILL_TOKEN"), context)
        mount(session, InProcessAdapter(self.machine, BASE))
        return session

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.machine.clock.advance(seconds)

    def read(self, session: TillSession, name: str, reading: Reading | None = None) -> pa.Table:
        """One resource as one table."""
        pages = list(RESOURCES[name].read(session, reading or Reading()))
        return pa.concat_tables(pages) if pages else RAW_SCHEMA.empty_table()

    def tables(self, page_size: int = 200) -> dict[str, pa.Table]:
        """Every resource, read whole."""
        session = self.session(page_size)
        return {name: self.read(session, name) for name in RESOURCES}

    def rows(self, entity: str, tables: dict[str, pa.Table] | None = None) -> list[dict[str, Any]]:
        """The canonical rows of an entity."""
        found: list[dict[str, Any]] = self.canonical(entity, tables or self.tables()).to_pylist()
        return found

    def canonical(self, entity: str, tables: dict[str, pa.Table]) -> pa.Table:
        """The result of one ``.sql`` over raw tables."""
        return self.warehouse(tables).execute(select(entity)).to_arrow_table()

    def warehouse(self, tables: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
        """Raw tables as the harmonize stage shows them."""
        con = duckdb.connect(config={"threads": 1})
        for name, table in tables.items():
            con.register("page", table)
            con.execute(
                f"CREATE TABLE lightspeed_x_{name}_raw AS"  # noqa: S608
                " SELECT * EXCLUDE (record), CAST(record AS JSON) AS record, CAST(NULL AS VARCHAR) AS defect FROM page"
            )
            con.unregister("page")
        return con

    def calls(self, session: TillSession) -> list[Call]:
        """The calls since they were last asked for."""
        return session.context.drain()


def select(entity: str) -> str:
    """The harmonize SELECT of an entity."""
    return (PLATFORM.folder / "harmonize" / f"{entity}.sql").read_text(encoding="utf-8")


@pytest.fixture
def till() -> Till:
    """A till with a family of two, a simple product that is not tracked, and a deleted one; a sale of ours, part of it
    taken back."""
    made = Till()
    made.machine.add_product(
        "Shirt",
        options=("Size", "Color"),
        variants=[
            {"values": ("S", "Red"), "sku": "S1", "price": "12.50", "quantity": 3, "barcode": "036000291452"},
            {
                "values": ("M", "Red"),
                "sku": "S2",
                "price": "13",
                "quantity": "-2.5",
                "image": "https://i.example/m.jpg",
            },
        ],
        brand="Acme",
        category="Tops",
        tags=("summer", "blue"),
        images=["https://i.example/1.jpg", "https://i.example/2.jpg"],
    )
    made.machine.add_product("Mug", sku="M1", price="3.02632", cost="1.1")
    made.machine.add_product("Old", sku="OLD", price="1", quantity=1)
    made.machine.delete("OLD")
    sale = made.machine.ring_up([("M1", 2)])
    made.machine.till.books.sales.items[sale].source_type = "TILLSYNC-SHOP"
    made.machine.take_back(sale, {"M1": 1})
    return made
