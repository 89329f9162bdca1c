"""A merchant between two sandboxes served in process, run through Dagster's own jobs.

What is read lands, and rows are judged, by the simulator's equals of dlt and Great Expectations (held to them by
``tests/sim/test_seams``); tests marked ``libraries`` use the libraries themselves, as users do.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from assets.invoke import run_job
from assets.runtime.engine import open_connections
from pipelines import flow
from pipelines import run as opening
from pipelines.kit import catalogue_csv
from pipelines.kit.calls import Context
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.sandbox.types import from_json, to_json
from pipelines.language.merchants import load_merchants
from pipelines.platforms import discover
from pipelines.run import Run, Wanted, open_run
from tests.sim import seams

CONNECTION = "lightspeed_x__bigcommerce"
MERCHANTS = f"""
merchants:
  shop:
    accounts:
      lightspeed_x: {{base_url: "http://127.0.0.1:1", api_version: "2026-07", token: {{env: TILL_TOKEN}}}}
      bigcommerce: {{base_url: "http://127.0.0.1:2", store_hash: abc123, token: {{env: STORE_TOKEN}}}}
    connections:
      {CONNECTION}:
        settings: {{publish: all, connected_on: 2024-01-01}}
  empty_shop:
    accounts: {{}}
"""
CATALOGUE = """Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price
shirt,Shirt,Acme,Size,S,SH-S,5,20.00
shirt,,,,M,SH-M,7,20.00
mug,Mug,Acme,Title,Default Title,MUG-1,12,9.50
"""


@dataclass
class Shop:
    """A till and a store; ``run`` goes through Dagster."""

    home: Path
    till: Any
    store: Any
    adapters: dict[str, Any]
    exit_code: int | None = None

    def run(
        self, *, full: bool = False, write: bool = True, only: tuple[str, ...] = ("products", "stock")
    ) -> dict[str, Any]:
        """One run of the connection; its summary."""
        wanted = Wanted((CONNECTION,), full=full, only=only, write=write)
        self.exit_code, summary = run_job(load_merchants()["shop"], wanted, adapters=self.adapters)[CONNECTION]
        return summary

    def happen(self, *, write: bool = True) -> dict[str, Any]:
        """The same run without Dagster, for a test of what is there afterwards; its summary."""
        merchant = load_merchants()["shop"]
        connections = open_connections(merchant)
        wanted = Wanted((CONNECTION,), only=("products", "stock"), write=write)
        run = open_run(merchant, connections, wanted, self.home, Context(str(uuid4())), adapters=self.adapters)
        run.land, run.evaluate = seams.land, seams.evaluate
        try:
            return flow.sync(run, connections[0])
        finally:
            run.close()

    def writes(self) -> list[Any]:
        """Calls that could have changed the store."""
        return [call for call in self.store.calls if call.kind == "write"]


@dataclass(frozen=True)
class FirstRun:
    """What the first run of a shop left: the home's folder, both platforms, and its summary."""

    home: Path
    till: bytes
    store: bytes
    summary: dict[str, Any]


@pytest.fixture(autouse=True)
def seamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in this process land and judge by the equals of the libraries, but for tests marked ``libraries``."""
    if request.node.get_closest_marker("libraries"):
        return

    def opened(*args: Any, **given: Any) -> Run:
        run = open_run(*args, **given)
        run.land, run.evaluate = seams.land, seams.evaluate
        return run

    monkeypatch.setattr(opening, "open_run", opened)


@pytest.fixture
def merchants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own and a merchants file with one shop that syncs and one that does not."""
    return made_home(tmp_path, monkeypatch)


@pytest.fixture
def make_shop(merchants: Path) -> Callable[[], Shop]:
    """A maker of shops with a shirt in two sizes and a mug at the till."""
    return lambda: _shop(merchants)


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    """A first run, made once for all tests that begin after it."""
    with pytest.MonkeyPatch.context() as patched:
        shop = _shop(made_home(tmp_path_factory.mktemp("first"), patched))
        summary = shop.run()
        return FirstRun(shop.home, to_json(shop.till.dump()), to_json(shop.store.dump()), summary)


@pytest.fixture
def synced_shop(merchants: Path, first_run: FirstRun) -> Shop:
    """A shop of this test's own, after its first run."""
    shutil.copytree(first_run.home, merchants, dirs_exist_ok=True)
    shop = _shop(merchants)
    shop.till.load(from_json(first_run.till))
    shop.store.load(from_json(first_run.store))
    return shop


def made_home(folder: Path, patched: pytest.MonkeyPatch) -> Path:
    """A home and a merchants file in a folder, which the environment names from now on."""
    home = folder / "home"
    home.mkdir()
    (folder / "merchants.yaml").write_text(MERCHANTS, encoding="utf-8")
    patched.setenv("TILLSYNC_HOME", str(home))
    patched.setenv("TILLSYNC_MERCHANTS", str(folder / "merchants.yaml"))
    patched.setenv("DAGSTER_HOME", str(home / "dagster"))
    patched.setenv("TILL_TOKEN", "till-token")
    patched.setenv("STORE_TOKEN", "store-token")
    return home


def served(*names: str) -> tuple[list[Any], dict[str, InProcessAdapter]]:
    """A till with the catalogue and its stores, in this order at ports 1, 2, …, and the way to each."""
    machines = [discover()[name].load("sandbox")() for name in names]
    machines[0].seed(catalogue_csv.read(CATALOGUE.encode()))
    ways = (InProcessAdapter(machine, f"http://127.0.0.1:{port}") for port, machine in enumerate(machines, start=1))
    return machines, dict(zip(names, ways, strict=True))


def _shop(home: Path) -> Shop:
    (till, store), adapters = served("lightspeed_x", "bigcommerce")
    return Shop(home, till, store, adapters)
