"""A store reached in-process: its session with a wire that can break, its raw tables, its canonical rows, plan rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.http import Session, mount
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import PlanRow, Reading, Receipt, StoreFacts, Writer
from pipelines.kit.sandbox import Clock
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.secret import Secret
from pipelines.platforms.bigcommerce import PLATFORM
from pipelines.platforms.bigcommerce.account import Account
from pipelines.platforms.bigcommerce.client import connect
from pipelines.platforms.bigcommerce.extract import RESOURCES
from pipelines.platforms.bigcommerce.sandbox import BigCommerceSandbox, create
from pipelines.platforms.bigcommerce.write import WRITERS

BASE = "http://127.0.0.1"
TOKEN = "s3cr3t-token-value"
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
    """The way to the store; keeps what was sent and breaks where it is told to."""

    def __init__(self, machine: BigCommerceSandbox) -> None:
        super().__init__(machine, BASE)
        self.sent: list[Sent] = []
        self.trouble: Trouble = lambda _method, _path: None
        self.before: Callable[[Sent], None] = lambda _sent: None

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        path, _, query = (request.path_url or "").removeprefix("/stores/abc123").partition("?")
        body = exact_json.loads(request.body) if request.body else None
        sent = Sent(request.method or "", path, query, body)
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


@dataclass
class Store:
    """A sandbox and what is done with it. ``waited``: the pauses that were asked for, in seconds."""

    machine: BigCommerceSandbox = field(default_factory=lambda: create(clock=Clock(START, frozen=True)))
    waited: list[float] = field(default_factory=list)
    facts: StoreFacts = field(default_factory=lambda: StoreFacts(2, "Ounces"))
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.wire = Wire(self.machine)
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

    def row(self, level: str, action: str, target: object = None, parent: object = None, **how: Any) -> PlanRow:
        """A plan row; ``after`` and ``before`` are its changed fields, ``location`` and ``is_base`` its address."""
        after, before = how.get("after", {}), how.get("before", {})
        number = next(self.numbers)
        return PlanRow(
            number,
            level,  # type: ignore[arg-type]
            action,  # type: ignore[arg-type]
            how.get("item", f"till-{number}"),
            how.get("sku"),
            how.get("name"),
            None if target is None else str(target),
            None if parent is None else str(parent),
            how.get("location"),
            {name: {"before": before.get(name), "after": value} for name, value in after.items()},
            how.get("is_base", False),
        )

    def write(self, *rows: PlanRow) -> list[Receipt]:
        """Send rows of one kind as the write stage does; one receipt for each, in the order of the rows."""
        self.wire.sent.clear()
        writer = WRITERS[(rows[0].level, rows[0].action)]
        receipts: list[Receipt] = []
        for start in range(0, len(rows), writer.batch):
            receipts += writer.write(self.session, rows[start : start + writer.batch], self.facts)
        assert sorted(receipt.seq for receipt in receipts) == sorted(row.seq for row in rows)
        by_seq = {receipt.seq: receipt for receipt in receipts}
        return [by_seq[row.seq] for row in rows]

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
