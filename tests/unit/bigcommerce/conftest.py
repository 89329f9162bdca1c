"""A store reached in-process: its session with a wire that can break, its raw tables, its canonical rows, plan rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.kit.calls import Context
from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.http import Session, mount
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import PlanRow, Reading, Receipt, StoreFacts, Writer
from pipelines.kit.sandbox import Clock
from pipelines.kit.secret import Secret
from pipelines.platforms.bigcommerce import PLATFORM
from pipelines.platforms.bigcommerce.account import Account
from pipelines.platforms.bigcommerce.client import connect
from pipelines.platforms.bigcommerce.extract import RESOURCES
from pipelines.platforms.bigcommerce.sandbox import BigCommerceSandbox, create
from pipelines.platforms.bigcommerce.write import WRITERS
from tests.unit.in_process import BASE, START, Sending, Sent, Wire

TOKEN = "s3cr3t-token-value"


@dataclass
class Store(Sending):
    """A sandbox and what is done with it. ``waited``: the pauses that were asked for, in seconds."""

    writers = WRITERS
    machine: BigCommerceSandbox = field(default_factory=lambda: create(clock=Clock(START, frozen=True)))
    waited: list[float] = field(default_factory=list)
    facts: StoreFacts = field(default_factory=lambda: StoreFacts(2, "Ounces"))
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.wire = Wire(self.machine, "/stores/abc123")
        self.session = self.connect()
        self._shown: tuple[Mapping[str, pa.Table], duckdb.DuckDBPyConnection] | None = None

    def connect(self) -> Session:
        """A new session whose calls go over the wire; waiting moves the store's clock."""
        clock = self.machine.clock
        context = Context(wait=self.wait, now=clock.now, monotonic=lambda: clock.now().timestamp())
        session = connect(Account(store_hash="abc123", base_url=BASE), Secret(TOKEN, "STORE_TOKEN"), context)
        return mount(session, self.wire)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.machine.clock.advance(seconds)

    # --- reading ---------------------------------------------------------------------------------------------

    def read(self, name: str, reading: Reading | None = None) -> pa.Table:
        """One resource as one table."""
        pages = list(RESOURCES[name].read(self.session, reading or Reading()))
        return pa.concat_tables(pages) if pages else RAW_SCHEMA.empty_table()

    def tables(self) -> dict[str, pa.Table]:
        """Every resource, read whole; what hangs on orders, of every order the list shows."""
        found = {name: self.read(name) for name in RESOURCES}
        orders = sorted(set(found["orders"]["id"].to_pylist()))
        return {**found, "order_details": self.read("order_details", Reading(keys=orders))}

    def rows(self, entity: str, tables: Mapping[str, pa.Table] | None = None) -> list[dict[str, Any]]:
        """The canonical rows of an entity."""
        tables = tables if tables is not None else self.tables()
        if self._shown is None or self._shown[0] is not tables:
            self._shown = tables, self.warehouse(tables)
        return self._shown[1].execute(select(entity)).to_arrow_table().to_pylist()

    def warehouse(self, tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
        """Raw tables as the harmonize stage shows them: of one id, the newest record."""
        con = duckdb.connect(config={"threads": 1})
        con.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            con.register("page", table)
            con.execute(
                f"CREATE TABLE bigcommerce_{name}_raw AS"  # noqa: S608
                " SELECT * EXCLUDE (record), CAST(record AS JSON) AS record, CAST(1 AS BIGINT) AS seq FROM page"
                " QUALIFY id IS NULL OR row_number() OVER (PARTITION BY id ORDER BY version DESC NULLS LAST) = 1"
            )
            con.unregister("page")
        return con

    @staticmethod
    def variant(sku: str, *values: str, names: tuple[str, ...] = ("Size", "Colour"), **fields: Any) -> dict[str, Any]:
        """A variant as the store's API takes it."""
        pairs = [{"option_display_name": name, "label": value} for name, value in zip(names, values, strict=False)]
        return {"sku": sku, "option_values": pairs, **fields}

    # --- writing ---------------------------------------------------------------------------------------------

    def write_until_it_breaks(self, *rows: PlanRow) -> list[Receipt]:
        """Send rows of one kind to a store that goes away; the receipts that came before."""
        told: list[Receipt] = []
        writer = WRITERS[(rows[0].level, rows[0].action)]
        with pytest.raises(PlatformUnreachable):
            told.extend(self._each(writer, rows, told))
        return told

    def _each(self, writer: Writer, rows: Sequence[PlanRow], told: list[Receipt]) -> Iterator[Receipt]:
        for receipt in writer.write(self.session, rows, self.facts):
            told.append(receipt)
        yield from ()

    def writes(self) -> list[Sent]:
        """What was sent and may change something."""
        return [sent for sent in self.wire.sent if sent.method != "GET"]

    def level(self, sku: str, location_id: int = 1) -> int:
        """The level as the store truly has it."""
        return self.machine.level(sku, location_id)


def select(entity: str) -> str:
    """The harmonize SELECT of an entity."""
    return (PLATFORM.folder / "harmonize" / f"{entity}.sql").read_text(encoding="utf-8")


@pytest.fixture
def store() -> Store:
    """A store with a simple product that is counted, one of two sizes, and one that is not counted."""
    made = Store()
    machine = made.machine
    machine.make_product(
        name="Mug",
        price=Decimal("12.50"),
        cost_price=4,
        sku="MUG-1",
        inventory_tracking="product",
        weight=Decimal("0.35"),
    )
    sizes = [made.variant("TEE-S", "S", price=20), made.variant("TEE-M", "M", price=21)]
    machine.make_product(name="Tee", price=20, variants=sizes, inventory_tracking="variant")
    machine.make_product(name="Gift card", price=25, sku="CARD")
    machine.set_level("MUG-1", 5)
    machine.set_level("TEE-M", 2)
    return made


@pytest.fixture
def ids(store: Store) -> dict[str, int]:
    """Ids by name: products, and variants by SKU in lower case."""
    found = {}
    for sku in ("MUG-1", "TEE-S", "TEE-M", "CARD"):
        product, held = store.machine.find_sku(sku)
        found[product.fields["name"].lower().split()[0]] = product.id
        found[sku.lower()] = held.id if held else 0
    return found
