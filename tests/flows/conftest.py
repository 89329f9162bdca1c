"""A world in a test: a till, a store, a merchant between them, and runs of the real stages over in-process HTTP.

Waiting is a virtual clock; nothing sleeps. Requests are checked against the vendors' documents where those are at hand.
What is read lands, and rows are judged, by the simulator's equals of dlt and Great Expectations (held to them by
``tests/sim/test_seams``); tests marked ``libraries`` use the libraries themselves, as users do.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines import flow
from pipelines.kit import catalogue_csv
from pipelines.kit.calls import Context
from pipelines.kit.sandbox import Clock
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import Account, ConnectionEntry, Merchant
from pipelines.language.settings import Settings
from pipelines.platforms import discover
from pipelines.run import Connection, Run, Wanted, open_run
from tests.flows.selling import ALL
from tests.sim import seams

CONNECTION = "lightspeed_x__bigcommerce"
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    "Variant Price,Cost per item,Image Src,Image Position,Variant Barcode,Variant Grams"
)
SHIRT = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,"blue, cotton",true,Size,S,SH-S,5,20.00,8.00,https://img.example.test/s1.jpg,1,,200
shirt,,,,,,,,M,SH-M,7,20.00,8.00,https://img.example.test/s2.jpg,2,,200"""
MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,4006381333931,350"
CAP = "cap,Cap,<p>Wool</p>,Acme,Hats,wool,true,Title,Default Title,CAP-1,3,15.00,5.00,,,,80"


@dataclass
class World:
    """A till and a store with their merchant; ``sync`` runs the product between them."""

    home: Path
    till: Any
    store: Any
    adapters: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = CONNECTION
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the merchants file says of each account, but for its token."""
    match: list[Any] | None = None
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    libraries: bool = False
    last: Run | None = None
    runs: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    shared: Path = field(kw_only=True)
    """Where shops are kept for the other processes that test."""

    def connection(self, **settings: Any) -> tuple[Merchant, Connection]:
        """The merchant and the compiled connection under these settings."""
        accounts = {
            platform: Account(discover()[platform].account.model_validate(keys), token)
            for (platform, keys), token in zip(self.keys.items(), ("TILL_TOKEN", "STORE_TOKEN"), strict=True)
        }
        base = {"publish": "all", "connected_on": "2024-01-01"}
        merchant = Merchant(
            "shop", accounts, {self.name: ConnectionEntry(settings={**base, **self.settings, **settings})}
        )
        mapping, _ = load_mapping(self.name)
        mapping = mapping.model_copy(update={"match": self.match}) if self.match else mapping
        chosen = Settings.model_validate(merchant.settings(self.name, mapping.settings))
        return merchant, Connection(self.name, mapping, compile_mapping(mapping, chosen, date(2026, 3, 2)))

    def wait(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.now += timedelta(seconds=seconds)
        for machine in (self.till, self.store):
            machine.clock.advance(seconds)

    def sync(
        self,
        *,
        full: bool = False,
        yes: bool = False,
        write: bool = True,
        only: tuple[str, ...] = ("products", "stock"),
        undo: str | None = None,
        retry: tuple[str, ...] | None = None,
        **settings: Any,
    ) -> dict[str, Any]:
        """One run; its summary. The warehouse stays on disk for ``rows``."""
        wanted = Wanted((self.name,), full=full, only=only, yes=yes, write=write, undo=undo, retry=retry)
        run, connection = self.open(wanted, **settings)
        try:
            return flow.sync(run, connection)
        finally:
            run.close()

    def open(self, wanted: Wanted, **settings: Any) -> tuple[Run, Connection]:
        """A run a quarter of an hour after the last one; whoever opens it closes it."""
        self.start_clocks()
        self.now += timedelta(minutes=15)
        merchant, connection = self.connection(**settings)
        started = self.now
        context = Context(run_id=f"run-{next(self.runs)}", wait=self.wait, now=lambda: self.now,
                          monotonic=lambda: (self.now - started) / timedelta(seconds=1))  # fmt: skip
        run = open_run(merchant, [connection], wanted, self.home, context, adapters=self.adapters)
        if not self.libraries:
            run.land, run.evaluate = seams.land, seams.evaluate
        return run, connection

    def start_clocks(self) -> None:
        """From the first run on time passes at the platforms; until then nothing dates two same shops differently."""
        for machine in (self.till, self.store):
            if machine.clock.frozen:
                moment = machine.clock.now()
                machine.clock.frozen = False
                machine.clock.set(moment)

    def begin(
        self, only: tuple[str, ...] = ("products", "stock"), then: Callable[[World], Any] | None = None
    ) -> dict[str, Any]:
        """The first run of a shop in which nothing happened yet; the same shop's is run once and copied.

        ``then``: what comes next, runs among it, made once as well and copied with it; it leaves the settings alone.
        Returns the first run's summary.
        """

        def first(world: World, *_: Any) -> dict[str, Any]:
            if then is None:
                return world.sync(only=only)
            summary = world.begin(only)
            then(world)
            return summary

        summary: dict[str, Any] = self.once(first, only, then and f"{then.__module__}.{then.__qualname__}")
        return summary

    def once(self, make: Callable[..., Any], *about: Any) -> Any:
        """What ``make(world, *about)`` returns (JSON), called for each shop once and copied to the others.

        Processes that test side by side share what they made. Of one function and the same arguments the same must
        come; the shop is one in which nothing happened yet.
        """
        assert not self.store.calls, "the store was used already"
        assert not self.till.calls, "the till was used already"
        before = [
            self.name,
            self.till.dump(),
            self.store.dump(),
            self.settings,
            self.match,
            self.now,
            f"{make.__module__}.{make.__qualname__}",
            about,
        ]
        key = hashlib.sha256(json.dumps(before, default=str, sort_keys=True).encode()).hexdigest()
        if self.libraries:
            return make(self, *about)
        if key not in _BEGUN:
            shared = self.shared / key
            if not shared.exists():
                _BEGUN[key] = _Begun.of(self, make(self, *about))
                _BEGUN[key].keep(shared)
                return json.loads(_BEGUN[key].told)
            _BEGUN[key] = pickle.loads(shared.read_bytes())  # noqa: S301
        return _BEGUN[key].lend(self)

    def rows(self, sql: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Rows of the merchant's warehouse after a run."""
        from pipelines.kit.warehouse import open_warehouse

        warehouse = open_warehouse(self.home / "shop", "test", lambda _: None)
        try:
            warehouse.con.execute("SET search_path = ?", [self.name])
            return warehouse.query(sql, values or [])
        finally:
            warehouse.close()

    def store_product(self, sku: str) -> Any:
        """The store's product that has this SKU, on itself or on a variant."""
        return self.store.product_by_sku(sku)

    def decide(self, what: str, **more: Any) -> list[dict[str, Any]]:
        """A person's command: ``links unpublish``, ``holds approve``, …; its rows."""
        from pipelines.kit.warehouse import open_warehouse
        from pipelines.stages.requests import act

        warehouse = open_warehouse(self.home / "shop", "test", lambda _: None)
        try:
            return act(warehouse, what, self.name, now=self.now, **more)
        finally:
            warehouse.close()

    def get(self, path: str) -> list[dict[str, Any]]:
        """A list of the store by a plain GET."""
        session = requests.Session()
        session.mount("http://", InProcessAdapter(self.store, "http://127.0.0.1:2"))
        headers = {"X-Auth-Token": "anyone", "Accept": "application/json"}
        found: list[dict[str, Any]] = session.get(f"http://127.0.0.1:2/stores/abc123{path}", headers=headers).json()[
            "data"
        ]
        return found

    def add_category(self, name: str) -> int:
        """A category of the store, made through its own API."""
        session = requests.Session()
        session.mount("http://", InProcessAdapter(self.store, "http://127.0.0.1:2"))
        headers = {"X-Auth-Token": "anyone", "Accept": "application/json"}
        url = "http://127.0.0.1:2/stores/abc123/v3/catalog/trees/categories"
        made = session.post(url, json=[{"name": name, "tree_id": 1}], headers=headers).json()
        return int(made["data"][0]["category_id"])

    def lose(self, *names: str) -> None:
        """Files of the merchant's memory are gone: the warehouse and the journal, where none are named."""
        for name in names or ("warehouse.duckdb", "journal.jsonl"):
            for file in (self.home / "shop").glob(f"{name}*"):
                file.unlink()

    def sent(self) -> list[tuple[str, str]]:
        """Method and path of every writing call since the last ``forget``."""
        return [(call.method, call.path.partition("?")[0]) for call in self.writes()]

    def writes(self) -> list[Any]:
        """Every call the store received that could change it, since the last ``forget``."""
        return [call for call in self.store.calls if call.kind == "write"]

    def forget(self) -> None:
        """Start counting calls anew."""
        self.store.calls.clear()
        self.till.calls.clear()


@dataclass(frozen=True)
class _Begun:
    """A shop after what came first: both platforms, what the merchant keeps, what was told of it."""

    machines: dict[str, Any]
    clocks: dict[str, datetime]
    calls: dict[str, list[Any]]
    now: datetime
    runs: int
    told: str
    files: dict[str, bytes]

    @classmethod
    def of(cls, world: World, told: Any) -> _Begun:
        """What there is now."""
        machines = {"till": world.till, "store": world.store}
        files = {
            str(file.relative_to(world.home)): file.read_bytes() for file in world.home.rglob("*") if file.is_file()
        }
        calls = {name: list(machine.calls) for name, machine in machines.items()}
        dumps = {name: copy.deepcopy(machine.dump()) for name, machine in machines.items()}
        clocks = {name: machine.clock.now() for name, machine in machines.items()}
        runs = next(world.runs)
        world.runs = itertools.count(runs)
        return cls(dumps, clocks, calls, world.now, runs, json.dumps(told), files)

    def lend(self, world: World) -> Any:
        """Make another world the same."""
        world.start_clocks()
        for name, machine in (("till", world.till), ("store", world.store)):
            machine.load(copy.deepcopy(self.machines[name]))
            machine.clock.set(self.clocks[name])
            machine.calls.extend(self.calls[name])
        for name, content in self.files.items():
            (world.home / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (world.home / name).touch(mode=0o600)
            (world.home / name).write_bytes(content)
        world.now, world.runs = self.now, itertools.count(self.runs)
        return json.loads(self.told)

    def keep(self, file: Path) -> None:
        """Put it where other processes find it, whole or not at all."""
        unfinished = file.with_name(f"{file.name}.{os.getpid()}")
        unfinished.write_bytes(pickle.dumps(self))
        unfinished.replace(file)


_BEGUN: dict[str, _Begun] = {}
_STARTED = datetime.fromisoformat(os.environ["TILLSYNC_TESTS_BEGAN"])
"""When every world begins, in whichever process, so that the same shop is the same to the second."""


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """One folder for all processes of this test run."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if hasattr(pytestconfig, "workerinput") else own) / "shops"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def make_world(
    request: pytest.FixtureRequest, tmp_path: Path, validated: Callable[..., Any], shared_folder: Path
) -> Iterator[Callable[..., World]]:
    """A maker of worlds from CSV rows, between the platforms of a connection; further arguments are its settings."""
    libraries = request.node.get_closest_marker("libraries") is not None
    with _worlds(tmp_path, validated, shared_folder, libraries=libraries) as make:
        yield make


@pytest.fixture(scope="module")
def make_lasting(
    tmp_path_factory: pytest.TempPathFactory, validated_for_all: Callable[..., Any], shared_folder: Path
) -> Iterator[Callable[..., World]]:
    """The same, of worlds that all tests of a module look at and none changes."""
    with _worlds(tmp_path_factory.mktemp("worlds"), validated_for_all, shared_folder, libraries=False) as make:
        yield make


@contextmanager
def _worlds(
    folder: Path, validated: Callable[..., Any], shared: Path, *, libraries: bool
) -> Iterator[Callable[..., World]]:
    numbers = itertools.count(1)

    def make(*rows: str, catalogue: Path | None = None, connection: str = CONNECTION, **settings: Any) -> World:
        source, target = connection.split("__")
        till = discover()[source].load("sandbox")(clock=Clock(_STARTED, frozen=True))
        store = discover()[target].load("sandbox")(clock=Clock(_STARTED, frozen=True))
        file = folder / f"catalogue-{next(numbers)}.csv"
        file.write_text("\n".join([HEADER, *(rows or (SHIRT, MUG))]) + "\n", encoding="utf-8")
        till.seed(catalogue_csv.read(catalogue or file))
        urls = {source: "http://127.0.0.1:1", target: "http://127.0.0.1:2"}
        machines = {source: till, target: store}
        adapters = {name: validated(machine, urls[name]) for name, machine in machines.items()}
        keys = {name: {"base_url": urls[name], **machine.account()} for name, machine in machines.items()}
        home = folder / f"home-{next(numbers)}"
        return World(home, till, store, adapters, settings, connection, keys, libraries=libraries, shared=shared)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TILL_TOKEN", "till-token")
        patch.setenv("STORE_TOKEN", "store-token")
        yield make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A shirt in two sizes and a mug."""
    return make_world(SHIRT, MUG)


@pytest.fixture
def shop(make_world: Callable[..., World]) -> World:
    """A till and a store in step, with three products, and orders that flow."""
    world = make_world(SHIRT, MUG, CAP, connected_on="2026-03-01")
    world.begin(ALL)
    return world
