"""A till and a store on sockets, and syncs in processes that can be killed at any moment."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
import requests

from pipelines.kit import catalogue_csv
from pipelines.kit.sandbox.server import serve
from pipelines.platforms import discover

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import one_sync  # noqa: E402

AWAITING_FULFILLMENT = 11
STEP = timedelta(minutes=15)
COLUMNS = "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price"
CATALOGUE = f"""{COLUMNS},Image Src,Image Position
shirt,Shirt,Acme,Size,S,SH-S,5,20.00,https://img.example.test/s.jpg,1
shirt,,,,M,SH-M,7,20.00,https://img.example.test/m.jpg,2
mug,Mug,Acme,Title,Default Title,MUG-1,12,9.50,https://img.example.test/mug.jpg,1
cap,Cap,Acme,Title,Default Title,CAP-1,3,15.00,,
"""
MERCHANTS = """
merchants:
  shop:
    accounts:
      lightspeed_x: {{base_url: "{till}", api_version: "2026-07", token: {{env: TILL_TOKEN}}}}
      bigcommerce: {{base_url: "{store}", store_hash: abc123, token: {{env: STORE_TOKEN}}}}
    connections:
      {connection}: {{settings: {settings}}}
"""


@dataclass
class Shop:
    """A till, a store and a merchant between them; every sync is a process of its own."""

    folder: Path
    till: Any
    store: Any
    urls: dict[str, str]
    later: timedelta = timedelta(0)
    libraries: bool = True
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def environment(self) -> dict[str, str]:
        """Where the processes find their merchant and its state."""
        file = self.folder / "merchants.yaml"
        about = {"connection": one_sync.CONNECTION, "settings": json.dumps(one_sync.SETTINGS)}
        file.write_text(MERCHANTS.format(**self.urls, **about), encoding="utf-8")
        home = {"TILLSYNC_HOME": str(self.folder / "home"), "TILLSYNC_MERCHANTS": str(file)}
        return {**home, "TILL_TOKEN": "till", "STORE_TOKEN": "store"}

    def sync(self, kill_after: float | None = None, full: bool = False) -> tuple[int, float]:
        """One run, a quarter of an hour after the last one; its exit code (negative: the signal) and its seconds."""
        self.later += STEP
        for machine in (self.till, self.store):
            machine.clock.advance(STEP.total_seconds())
        words = (self.environment, f"run-{next(self.numbers)}", self.later, full, self.libraries)
        return _ended(_processes().Process(target=one_sync.sync, args=words), kill_after)

    def command(self, *words: str, kill_after: float | None = None) -> tuple[int, float]:
        """A whole ``tillsync`` command; its exit code (negative: the signal) and its seconds."""
        return _ended(_processes().Process(target=one_sync.command, args=(self.environment, words)), kill_after)

    def shown(self) -> list[Any]:
        """What a shopper sees, without the store's own numbers, by plain GETs."""
        url = f"{self.urls['store']}/stores/abc123/v3/catalog/products?include=variants,images&limit=250"
        found = requests.get(url, headers={"X-Auth-Token": "anyone"}, timeout=10).json()["data"]
        return sorted(
            (
                one["name"],
                one["description"],
                one["is_visible"],
                len(one["images"]),
                sorted(map(self._variant, one["variants"])),
            )
            for one in found
        )

    def _variant(self, one: dict[str, Any]) -> tuple[Any, ...]:
        return one["sku"], str(one["calculated_price"]), self.store.level(one["sku"])

    def change(self, chance: Random, create: bool = True) -> None:
        """Something new at the till."""
        kinds: list[Callable[[], Any]] = [
            lambda: self.till.edit_product("MUG-1", price=chance.randint(1, 90)),
            lambda: self.till.edit_product("SH-S", price=chance.randint(1, 90)),
            lambda: self.till.edit_product("CAP-1", description=f"<p>{chance.randint(1, 9999)}</p>"),
            lambda: self.till.set_level("SH-M", "Main Outlet", chance.randint(0, 9)),
            lambda: self.till.set_level("MUG-1", "Main Outlet", chance.randint(0, 9)),
        ]
        if create:
            number = next(self.numbers)
            picture = f"https://img.example.test/{number}.jpg"
            kinds += [
                lambda: self.till.add_product(f"New {number}", sku=f"N-{number}", price=5, quantity=2),
                lambda: self.till.edit_product("MUG-1", images=[picture, "https://img.example.test/mug.jpg"]),
            ]
        for kind in chance.sample(kinds, 3):
            kind()
        self.orders(chance)

    def orders(self, chance: Random) -> None:
        """Shoppers buy what is there, and think again."""
        placed = [n for n in self.store.order_ids() if self.store.order(n)["status_id"] == AWAITING_FULFILLMENT]
        if placed and chance.random() < 0.5:
            number = chance.choice(placed)
            chance.choice((lambda: self.store.cancel(number), lambda: self.more(number)))()
        there = [sku for sku in ("SH-S", "SH-M", "MUG-1") if self.store.store.by_sku(sku) and self.store.level(sku)]
        if there:
            self.store.place_order([(chance.choice(there), 1)], chance.choice(("jane@buyer.example", "")), shipping=5)

    def more(self, number: int) -> None:
        """One unit more of an order, where the store has it."""
        line = self.store.order(number)["lines"][0]
        if self.store.level(line["sku"]):
            self.store.edit_order(number, [{"line": 0, "quantity": line["quantity"] + 1}])

    def sold(self) -> dict[str, tuple[Decimal, Decimal]]:
        """By order: units of goods and money of its documents that stand at the till; none for one called off."""
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for sale in self.till.sales():
            if (sale["invoice_number"] or "").startswith("WEB-") and sale["state"] != "voided":
                units, money = found.get(sale["source_id"], (Decimal(0), Decimal(0)))
                goods = [line["quantity"] for line in sale["lines"] if not line["sku"].startswith("TILLSYNC-")]
                found[sale["source_id"]] = (units + sum(goods), money + sale["total"] + sale["tax"])
        return found

    def ordered(self) -> dict[str, tuple[Decimal, Decimal]]:
        """The same, as the store has it."""
        orders = [self.store.order(number) for number in self.store.order_ids()]
        placed = [order for order in orders if order["status_id"] == AWAITING_FULFILLMENT]
        units = {order["id"]: Decimal(sum(line["quantity"] for line in order["lines"])) for order in placed}
        return {str(order["id"]): (units[order["id"]], Decimal(order["total_inc_tax"])) for order in placed}


@cache
def _processes() -> Any:
    """Processes forked from one that has no thread and has everything imported.

    That one looks for what it imports beforehand where ``PYTHONPATH`` says, not where this process does; what it does
    not find it passes over, and every process would import it for itself.
    """
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["kept_warm"])
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join([str(HERE), str(HERE.parents[1])])):
        forkserver.ensure_running()
    return found


def _ended(process: Any, kill_after: float | None) -> tuple[int, float]:
    """The exit code of a process (negative: the signal) and its seconds."""
    timer = threading.Timer(kill_after, process.kill) if kill_after is not None else None
    began = time.monotonic()
    process.start()
    if timer:
        timer.start()
    process.join()
    seconds = time.monotonic() - began
    if timer:
        timer.cancel()
    return process.exitcode, seconds


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """A maker of shops; ``beside``: with the till of another one and a store and a state of its own.

    ``libraries``: its syncs read through dlt and judge by Great Expectations.
    """
    numbers = itertools.count(1)
    with ExitStack() as open_sandboxes:

        def make(beside: Shop | None = None, libraries: bool = True) -> Shop:
            folder = tmp_path / f"shop-{next(numbers)}"
            folder.mkdir()
            store = discover()["bigcommerce"].load("sandbox")()
            urls = {"store": open_sandboxes.enter_context(serve(store)).url}
            if beside is not None:
                return Shop(folder, beside.till, store, {**urls, "till": beside.urls["till"]}, beside.later, libraries)
            till = discover()["lightspeed_x"].load("sandbox")()
            file = folder / "catalogue.csv"
            file.write_text(CATALOGUE, encoding="utf-8")
            till.seed(catalogue_csv.read(file))
            urls["till"] = open_sandboxes.enter_context(serve(till)).url
            return Shop(folder, till, store, urls, libraries=libraries)

        yield make
