"""A catalogue of 10,000 products between two sandboxes: calls and seconds of a first sync, of 100 changes, of none.

Sandboxes answer in this process, with no quota and no delay: the seconds are the product's own. Beside them stand the
hours the calls would take at the store's own quotas.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.measuring import keep, peak_megabytes, rounded
from pipelines import flow
from pipelines.kit import catalogue_csv
from pipelines.kit.calls import Context
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import Account, ConnectionEntry, Merchant
from pipelines.language.settings import Settings
from pipelines.platforms import discover
from pipelines.run import Connection, Run, Wanted, open_run

NAME = "lightspeed_x__bigcommerce"
TILL, STORE = "http://127.0.0.1:1", "http://127.0.0.1:2"
HEAD = (
    "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price"
)
LEAST_UPDATES = 10
"""Products per updating call of the store: 100 changes need at least ten of them."""
QUOTAS = {"150 in 30 s": 5.0, "450 in 30 s": 15.0}


class Shop:
    """Both sandboxes of a connection with their merchant; products of one variant, or of so many sizes."""

    def __init__(self, folder: Path, products: int, connection: str = NAME, sizes: int = 0) -> None:
        self.folder, self.connection = folder, connection
        till, store = connection.split("__")
        self.till: Any = discover()[till].load("sandbox")()
        self.store: Any = discover()[store].load("sandbox")()
        rows = [row for n in range(products) for row in (_of_sizes(n, sizes) if sizes else [_single(n)])]
        file = folder / "catalogue.csv"
        file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
        self.till.seed(catalogue_csv.read(file))
        sides = ((till, TILL, self.till), (store, STORE, self.store))
        self.accounts = {
            name: Account(
                discover()[name].account.model_validate({"base_url": url, **machine.account()}), "BENCH_TOKEN"
            )
            for name, url, machine in sides
        }
        self.adapters = {name: InProcessAdapter(machine, url) for name, url, machine in sides}
        self.number = 0
        self.watch: Callable[[Run], None] = lambda _run: None
        """Called with every run before it begins."""

    def sync(self, *, full: bool = False) -> dict[str, Any]:
        """One run: its seconds, calls and records; the sandboxes' clocks move where the product waits."""
        self.number += 1
        mapping, _ = load_mapping(self.connection)
        chosen = {**mapping.settings, "publish": "all", "connected_on": date(2024, 1, 1)}
        wired = Connection(
            self.connection, mapping, compile_mapping(mapping, Settings.model_validate(chosen), date(2026, 1, 2))
        )
        context = Context(run_id=f"run-{self.number}", wait=self._wait, now=lambda: datetime(2026, 1, 2, tzinfo=UTC))
        merchant = Merchant("bench", self.accounts, {self.connection: ConnectionEntry()})
        for machine in (self.till, self.store):
            machine.calls.clear()
        began = time.perf_counter()
        run = open_run(
            merchant, [wired], Wanted((self.connection,), full=full), self.folder, context, adapters=self.adapters
        )
        self.watch(run)
        try:
            summary = flow.sync(run, wired)
        finally:
            run.close()
        seconds = time.perf_counter() - began
        return {"seconds": rounded(seconds), **self._calls(), "products": summary["entities"]["products"],
                "stock": summary["entities"]["stock"]}  # fmt: skip

    def _wait(self, seconds: float) -> None:
        for machine in (self.till, self.store):
            machine.clock.advance(seconds)

    def _calls(self) -> dict[str, Any]:
        kinds = [call.kind for call in self.store.calls]
        writes = kinds.count("write")
        hours = {quota: round(len(kinds) / rate / 3600, 2) for quota, rate in QUOTAS.items()}
        return {"till_reads": len(self.till.calls), "store_reads": len(kinds) - writes, "store_writes": writes,
                "hours_at_quota": hours}  # fmt: skip


def _single(n: int) -> str:
    return (
        f"p{n},Product {n},Brand {n % 50},Type {n % 20},tag{n % 30},true,Title,Default Title,"
        f"SKU-{n:06d},{n % 40},{5 + n % 90}.50"
    )


def _of_sizes(n: int, sizes: int) -> list[str]:
    first = f"p{n},Product {n},Brand {n % 50},Type {n % 20},tag{n % 30},true,Size"
    heads = [first, *[f"p{n},,,,,,"] * (sizes - 1)]
    return [f"{head},Size {k},SKU-{n:06d}-{k},{n % 40},{5 + n % 90}.50" for k, head in enumerate(heads)]


def main() -> None:
    """Print and keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--products", type=int, default=10_000)
    given = asked.parse_args()
    os.environ.setdefault("BENCH_TOKEN", "bench")
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), given.products)
        first = shop.sync()
        for n in range(0, given.products, given.products // 100):
            shop.till.edit_product(f"SKU-{n:06d}", price=Decimal(5 + n % 90) + Decimal("0.60"))
        hundred = shop.sync()
        none = shop.sync()
        full = shop.sync(full=True)
    keep("catalogue", {"products": given.products, "first": first, "hundred_changes": hundred,
                       "least_writes_for_them": 100 // LEAST_UPDATES, "no_change": none, "full_no_change": full,
                       "peak_megabytes": peak_megabytes()})  # fmt: skip


if __name__ == "__main__":
    main()
