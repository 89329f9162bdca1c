"""Orders are read once for every change, whatever ends a run, and only along connections that carry them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from pipelines import flow
from pipelines.kit.platform import Reading
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.language.mapping import Flow
from pipelines.run import Connection, Run, Wanted
from pipelines.stages import order_feed

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"
CONNECTION = "lightspeed_x__bigcommerce"
EVERYTHING = ("products", "stock", "orders", "customers")
OF_ORDERS = ("/orders", "/taxes", "/payment_types", "/user")


@dataclass
class Reader:
    """A world whose platforms are read and not written to."""

    world: Any
    flows: list[Flow] = field(default_factory=lambda: [Flow(entity="orders", direction="to_from")])

    @property
    def store(self) -> Any:
        """The store's sandbox."""
        return self.world.store

    def read(self, *, full: bool = False, only: tuple[str, ...] = EVERYTHING, **settings: Any) -> list[str]:
        """One run as far as both sides are read; the reads it sent for orders, platform by platform."""
        self.world.forget()
        with self.opened(full, only, **settings) as (run, connection):
            flow.read_source(run, connection.source)
            flow.read_target(run, connection)
        return self.sent()

    @contextmanager
    def opened(
        self, full: bool = False, only: tuple[str, ...] = EVERYTHING, **settings: Any
    ) -> Iterator[tuple[Run, Connection]]:
        """A run of the connection with these flows of orders."""
        run, connection = self.world.open(Wanted((CONNECTION,), full=full, only=only, write=False), **settings)
        kept = [one for one in connection.mapping.flows if one.entity != "orders"]
        connection.mapping = connection.mapping.model_copy(update={"flows": [*kept, *self.flows]})
        try:
            yield run, connection
        finally:
            run.close()

    def sent(self) -> list[str]:
        """Paths of calls about orders since the last run began, from the version on."""
        paths = [call.path.partition("?")[0] for machine in (self.world.till, self.store) for call in machine.calls]
        ends = ["/" + path.split("/", 4)[-1] for path in paths]
        return [end for end in ends if any(word in end for word in OF_ORDERS)]

    def canonical(self, entity: str) -> dict[str, dict[str, Any]]:
        """The store's canonical rows of an entity by their first column."""
        rows = self.world.rows(f"SELECT * FROM bigcommerce.bigcommerce_{entity}")  # noqa: S608
        return {next(iter(row.values())): row for row in rows}

    def made(self) -> set[str]:
        """The canonical tables there are of orders, and of what a sale names."""
        rows = self.world.rows(
            "SELECT table_name AS name FROM duckdb_tables() WHERE schema_name IN ('bigcommerce', 'lightspeed_x')"
        )
        words = ("order", "taxes", "payment_types", "users")
        return {row["name"] for row in rows if any(word in row["name"] for word in words)}

    def wait(self, minutes: float) -> None:
        """Let time pass for everybody."""
        self.world.wait(minutes * 60)


@pytest.fixture
def reader(make_world: Callable[..., Any]) -> Reader:
    """A till with a mug, and a store that sells it too."""
    world = make_world(MUG)
    world.store.make_product(name="Mug", price=Decimal("9.50"), sku="MUG-1")
    return Reader(world)


@pytest.mark.parametrize(
    ("flows", "how"),
    [(False, {}), (True, {"order_sync": False}), (True, {"only": ("products", "stock")})],
    ids=["no flow", "switched off", "not asked for"],
)
def test_nothing_of_orders_is_asked_for_where_none_flow(reader: Reader, flows: bool, how: dict[str, Any]) -> None:
    reader.flows = reader.flows if flows else []
    reader.store.place_order([("MUG-1", 1)])
    assert reader.read(**how) == []
    assert reader.read(full=True, **how) == []
    assert reader.made() == set()


def test_an_order_arrives_with_all_that_hangs_on_it(reader: Reader) -> None:
    placed = reader.store.place_order(
        [{"sku": "MUG-1", "quantity": 2, "wrapping": {"cost": "1.50", "message": "With love"}}],
        customer={"email": "Ann@Buyer.example", "first_name": "Ann", "last_name": "Lee"},
        shipping=9, handling=2, discount=4, tax_rates=[("GST", 10)], message="Ring twice", store_credit=5,
        plain={"ip_address": "203.0.113.9"},
    )  # fmt: skip
    reader.store.refund(placed, {"MUG-1": 1})
    reader.read()
    order = reader.canonical("orders")[str(placed)]
    assert order["defects"] == []
    assert (order["status"], order["email"], order["first_name"]) == ("14", "Ann@Buyer.example", "Ann")
    assert (order["total"], order["total_tax"], order["currency"]) == (Decimal(3025), Decimal(275), "USD")
    lines = reader.canonical("order_lines")
    assert {name: (row["kind"], row["total"], row["tax"]) for name, row in lines.items()} == {
        "1": ("item", Decimal(1650), Decimal(150)),
        "shipping": ("shipping", Decimal(990), Decimal(90)),
        "handling": ("handling", Decimal(220), Decimal(20)),
        "wrapping:1": ("wrapping", Decimal(165), Decimal(15)),
    }
    assert (lines["1"]["quantity"], lines["1"]["refunded"], lines["1"]["discount"]) == (2, 1, Decimal(440))
    assert lines["1"]["note"] == "gift message: With love"
    paid = Counter((row["kind"], row["amount"]) for row in reader.canonical("order_payments").values())
    assert paid == Counter([("credit", Decimal(500)), ("captured", Decimal(2525)), ("refunded", Decimal(825))])
    (refund,) = reader.canonical("order_refunds").values()
    assert (refund["line_id"], refund["quantity"], refund["amount"]) == ("1", 1, Decimal(825))
    everything = str(reader.world.rows("SELECT record FROM raw_bigcommerce.bigcommerce_orders_raw"))
    assert "203.0.113.9" not in everything


def test_what_a_sale_at_the_till_needs_to_name_is_read_there(reader: Reader) -> None:
    reader.read()
    rows = {
        name: reader.world.rows(f"FROM lightspeed_x.lightspeed_x_{name}")
        for name in ("taxes", "payment_types", "users")
    }
    assert {row["name"]: (row["rate"], row["is_default"]) for row in rows["taxes"]} == {
        "No Tax": (0, True),
        "Sales Tax": (Decimal("0.1"), False),
    }
    assert sorted(row["name"] for row in rows["payment_types"]) == ["Card", "Cash", "Online", "Other"]
    assert [(row["user_id"], row["is_own"]) for row in rows["users"]] == [
        (next(iter(reader.world.till.till.users.items)), True)
    ]


def test_what_hangs_on_an_order_is_read_once_for_every_change(reader: Reader) -> None:
    one, other = (reader.store.place_order([("MUG-1", 1)]) for _ in range(2))
    assert Counter(reader.read())[f"/orders/{one}/products"] == 1
    assert [path for path in reader.read() if str(one) in path or str(other) in path] == []
    reader.wait(10)
    reader.store.edit_order(other, [{"line": 0, "quantity": 3}])
    assert f"/orders/{one}/products" not in (sent := reader.read())
    assert sent.count(f"/orders/{other}/products") == 1
    assert reader.read(full=True).count(f"/orders/{other}/products") == 0
    assert {row["quantity"] for row in reader.canonical("order_lines").values()} == {1, 3}


def test_an_order_that_is_asked_for_is_read_again_though_its_list_record_is_the_same(reader: Reader) -> None:
    """A payment that comes in need not move the order."""
    reader.store.switches["payment_moves_order"] = False
    before = {"payment": ("PayPal", "authorized"), "created": reader.store.clock.now() - timedelta(minutes=20)}
    one, other = (reader.store.place_order([("MUG-1", 1)], **before) for _ in range(2))
    later = reader.store.place_order([("MUG-1", 1)])
    reader.read()
    reader.store.capture(one)
    assert not any(path.endswith("/transactions") for path in reader.read())
    with reader.opened() as (run, connection):
        assert order_feed.details(run, connection) == {}
        assert order_feed.details(run, connection, also=[str(one), "999"])["order_details"].keys == [str(one)]
    assert set(reader.canonical("orders")) == {str(one), str(other), str(later)}


def test_two_connections_of_one_store_read_what_either_wants() -> None:
    early, late = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2))
    assert order_feed.both(Reading(after=9, since=late), Reading(after=7, since=early)) == Reading(after=7, since=early)
    assert order_feed.both(Reading(after=9, since=late), Reading(since=early)) == Reading(since=early)
    assert order_feed.both(Reading(after=9, since=late), Reading()) == Reading()
    assert order_feed.both(Reading(keys=["2", "1"]), Reading(keys=["2", "3"])) == Reading(keys=["1", "2", "3"])


def test_a_run_killed_before_the_lines_were_read_loses_no_order(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = reader.store.place_order([("MUG-1", 1)])

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(order_feed, "details", killed)
        with pytest.raises(KeyboardInterrupt):
            reader.read()
    reader.wait(60)
    assert str(placed) not in "".join(reader.sent())
    assert reader.read().count(f"/orders/{placed}/products") == 1
    assert reader.canonical("orders")[str(placed)]["defects"] == []


class Meddling:
    """Does something right before a call whose path ends so, once."""

    def __init__(self, real: InProcessAdapter, path: str, what: Callable[[], None]) -> None:
        self.real, self.path, self.what = real, path, what

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        """Pass a call on."""
        if (request.path_url or "").partition("?")[0].endswith(self.path) and self.what is not None:
            what, self.what = self.what, None  # type: ignore[assignment]
            what()
        return self.real.send(request, *rest, **kwargs)


def test_an_order_changed_while_it_is_read_waits_and_the_others_do_not(reader: Reader) -> None:
    one, other = (reader.store.place_order([("MUG-1", 1)]) for _ in range(2))

    def edit() -> None:
        reader.wait(1)
        reader.store.edit_order(one, [{"line": 0, "quantity": 2}])

    reader.world.adapters["bigcommerce"] = Meddling(
        reader.world.adapters["bigcommerce"], f"/orders/{one}/transactions", edit
    )
    reader.read()
    found = reader.canonical("orders")
    assert found[str(one)]["defects"] == ["lines: the order was changed while it was read"]
    assert found[str(other)]["defects"] == []
    reader.read()
    assert reader.canonical("orders")[str(one)]["defects"] == []
    assert reader.canonical("order_lines")["1"]["quantity"] == 2


def test_an_order_that_no_list_shows_any_more_stays_known(reader: Reader) -> None:
    placed = reader.store.place_order([("MUG-1", 1)])
    reader.read(import_all_orders=True)
    reader.store.archive(placed)
    for _ in range(3):
        reader.wait(70)
        reader.world.now += timedelta(hours=1)
        reader.read(full=True, import_all_orders=True)
    assert reader.canonical("orders")[str(placed)]["total"] == Decimal(950)
    assert reader.world.rows("SELECT * FROM sync.absent") == []


def test_an_earlier_start_date_reads_the_orders_of_before(reader: Reader) -> None:
    now = reader.store.clock.now()
    old = reader.store.place_order([("MUG-1", 1)], created=now - timedelta(days=90))
    new = reader.store.place_order([("MUG-1", 1)])
    recent, long_ago = (str((now - timedelta(days=days)).astimezone(UTC).date()) for days in (30, 120))
    reader.read(order_sync_start_date=recent)
    assert set(reader.canonical("orders")) == {str(new)}
    reader.read(order_sync_start_date=long_ago)
    assert set(reader.canonical("orders")) == {str(old), str(new)}
    assert Counter(reader.read(order_sync_start_date=recent))["/orders"] == 1
    assert set(reader.canonical("orders")) == {str(old), str(new)}


def test_history_is_read_where_it_is_asked_for_and_only_there(reader: Reader) -> None:
    old = reader.store.place_order([("MUG-1", 1)], created=datetime(2020, 5, 1, tzinfo=UTC))
    reader.read()
    assert reader.canonical("orders") == {}
    reader.read(import_all_orders=True)
    assert set(reader.canonical("orders")) == {str(old)}
