"""Calls for 10,000 changed levels and for 1,000 changed products, by what the API's batch sizes allow (`design.md` §9).

Counted by the sandboxes, reads and writes alike. ``least`` is what the documented maxima allow for the change set
itself: reading what is to be changed, changing it, and, where a batch is done later, asking once what came of each.
Beside it stand what a run asks a store for though nothing changed (``quiet``) and what reading levels back after
writing adds; ``ratio`` is without these two, ``ratio_of_all`` with them.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.catalogue import Shop
from benchmarks.measuring import keep
from pipelines.run import Connection, Run
from pipelines.stages import write

SIZES = 100
"""Variants of a product whose levels change: a hundred such products have 10,000 levels."""


@dataclass(frozen=True)
class Least:
    """The documented maxima of a store: records per call. ``levels_read`` None: levels come with their products;
    ``asked``: a batch is asked for once more, when it is done."""

    products_read: int
    levels_read: int | None
    levels_set: int
    products_changed: int
    asked: bool = False

    def of(self, products: int, levels: int) -> int:
        """The fewest calls that read these records and change them."""
        by_level = levels and self.levels_read is not None
        read = ceil(levels / self.levels_read) if by_level and self.levels_read else ceil(products / self.products_read)
        changed = ceil(levels / self.levels_set) if levels else ceil(products / self.products_changed)
        return (read + changed) * (2 if self.asked else 1)


LEAST = {
    "lightspeed_x__bigcommerce": Least(products_read=250, levels_read=1000, levels_set=2000, products_changed=10),
    "lightspeed_x__ecwid": Least(products_read=500, levels_read=None, levels_set=500, products_changed=500, asked=True),
}


@contextmanager
def read_back_counted(shop: Shop) -> Iterator[list[int]]:
    """How many calls each reading back of levels makes, while this lasts."""
    real, found = write.read_back, list[int]()

    def counted(run: Run, connection: Connection) -> int:
        before = len(shop.store.calls)
        lost = real(run, connection)
        found.append(len(shop.store.calls) - before)
        return lost

    write.read_back = counted
    try:
        yield found
    finally:
        write.read_back = real


def measured(shop: Shop, least: int, quiet: int) -> dict[str, Any]:
    """One run's calls to the store, by what they are, against the least; ``quiet``: those of a run without changes."""
    with read_back_counted(shop) as back:
        told = shop.sync()
    kinds = Counter(_kind(call) for call in shop.store.calls)
    calls, read_back = sum(kinds.values()), sum(back)
    return {
        "updated": {name: told[name]["updated"] for name in ("products", "stock")},
        "waiting": {name: told[name]["held"] + told[name]["failed"] for name in ("products", "stock")},
        "calls": calls,
        "least": least,
        "quiet": quiet,
        "read_back": read_back,
        "ratio": round((calls - read_back - quiet) / least, 3),
        "ratio_of_all": round(calls / least, 3),
        "till_calls": told["till_reads"],
        "by_kind": dict(sorted(kinds.items())),
    }


def _kind(call: Any) -> str:
    path = re.sub(r"^/(api/v3/[^/]+|stores/[^/]+)", "", call.path.partition("?")[0])
    return f"{call.kind} {call.method} {re.sub(r'/[0-9]+', '/…', path)}"


def levels(name: str, least: Least, products: int, folder: Path) -> dict[str, Any]:
    """A shop whose every level changed, after a run in which nothing did."""
    shop, quiet = _settled(name, products, folder, SIZES)
    skus = [f"SKU-{n:06d}-{k}" for n in range(products) for k in range(SIZES)]
    for sku in skus:
        shop.till.set_level(sku, "Main Outlet", shop.till.level(sku) + 1)
    return {"changed": len(skus), **measured(shop, least.of(products, len(skus)), quiet)}


def descriptions(name: str, least: Least, products: int, folder: Path) -> dict[str, Any]:
    """A shop whose every product changed, after a run in which nothing did."""
    shop, quiet = _settled(name, products, folder, 0)
    for n in range(products):
        shop.till.edit_product(f"SKU-{n:06d}", description=f"<p>Changed {n}</p>")
    return {"changed": products, **measured(shop, least.of(products, 0), quiet)}


def _settled(name: str, products: int, folder: Path, sizes: int) -> tuple[Shop, int]:
    folder.mkdir()
    shop = Shop(folder, products, name, sizes)
    shop.sync()
    shop.sync()
    return shop, measured(shop, 1, 0)["calls"]


def main() -> None:
    """Print and keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--products", type=int, default=1000, help="changed products, and ten levels for each")
    asked.add_argument("--connection", choices=sorted(LEAST), action="append")
    given = asked.parse_args()
    os.environ.setdefault("BENCH_TOKEN", "bench")
    with tempfile.TemporaryDirectory() as folder:
        figures: dict[str, Any] = {"goal_ratio": 1.05}
        for name in given.connection or sorted(LEAST):
            least, place = LEAST[name], Path(folder) / name
            figures[name] = {
                "levels": levels(name, least, given.products * 10 // SIZES, place.with_suffix(".levels")),
                "descriptions": descriptions(name, least, given.products, place),
            }
            keep("calls", figures)


if __name__ == "__main__":
    main()
