"""A merchant between two sandboxes served in process, run through Dagster's own jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assets.invoke import run_job
from pipelines.kit import catalogue_csv
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.language.merchants import load_merchants
from pipelines.platforms import discover
from pipelines.run import Wanted

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

    def run(self, *, full: bool = False, write: bool = True) -> dict[str, Any]:
        """One run of the connection; its summary."""
        wanted = Wanted((CONNECTION,), full=full, only=("products", "stock"), write=write)
        self.exit_code, summary = run_job(load_merchants()["shop"], wanted, adapters=self.adapters)[CONNECTION]
        return summary

    def writes(self) -> list[Any]:
        """Calls that could have changed the store."""
        return [call for call in self.store.calls if call.kind == "write"]


@pytest.fixture
def merchants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own and a merchants file with one shop that syncs and one that does not."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "merchants.yaml").write_text(MERCHANTS, encoding="utf-8")
    monkeypatch.setenv("TILLSYNC_HOME", str(home))
    monkeypatch.setenv("TILLSYNC_MERCHANTS", str(tmp_path / "merchants.yaml"))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    monkeypatch.setenv("TILL_TOKEN", "till-token")
    monkeypatch.setenv("STORE_TOKEN", "store-token")
    return home


@pytest.fixture
def make_shop(merchants: Path, tmp_path: Path) -> Callable[[], Shop]:
    """A maker of shops with a shirt in two sizes and a mug at the till."""

    def make() -> Shop:
        till, store = (discover()[name].load("sandbox")() for name in ("lightspeed_x", "bigcommerce"))
        file = tmp_path / "catalogue.csv"
        file.write_text(CATALOGUE, encoding="utf-8")
        till.seed(catalogue_csv.read(file))
        adapters = {
            "lightspeed_x": InProcessAdapter(till, "http://127.0.0.1:1"),
            "bigcommerce": InProcessAdapter(store, "http://127.0.0.1:2"),
        }
        return Shop(merchants, till, store, adapters)

    return make
