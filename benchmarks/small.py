"""A sync of ten products between two sandboxes, a first one, one change, none, full: seconds and SQL statements.

What a run costs whatever the catalogue. ``theirs`` is the part of it spent in dlt and in Great Expectations.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.catalogue import Shop
from benchmarks.measuring import keep, rounded
from pipelines.run import Run

PRODUCTS = 10
OURS = f"{os.sep}pipelines{os.sep}"


class Theirs:
    """Seconds spent in what a run can be given in place of, since the last ``taken``."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def watch(self, run: Run) -> None:
        """Time what this run loads its readings with and what judges its rows."""
        run.land, run.evaluate = self._timed(run.land), self._timed(run.evaluate)

    def taken(self) -> float:
        """The seconds, and begin anew."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def _timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*values: Any, **more: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*values, **more)
            finally:
                self._seconds += time.perf_counter() - began

        return timed


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """Count the SQL statements sent to DuckDB, by our own files and by others."""
    counts = {"ours": 0, "theirs": 0}

    def count(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ == "execute":
            counts["ours" if OURS in frame.f_code.co_filename else "theirs"] += 1

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        yield counts
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def syncs(folder: Path, turn: Callable[[Shop, str, bool], None]) -> None:
    """A new shop and its four syncs, each handed to ``turn``."""
    folder.mkdir()
    shop = Shop(folder, PRODUCTS)
    turn(shop, "first", False)
    shop.sync()
    shop.till.edit_product("SKU-000003", price=Decimal("99.95"))
    turn(shop, "one_change", False)
    turn(shop, "no_change", False)
    turn(shop, "full", True)


def main() -> None:
    """Print and keep the best of several turns; statements are counted in a turn of their own."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--turns", type=int, default=5)
    given = asked.parse_args()
    os.environ.setdefault("BENCH_TOKEN", "bench")
    theirs, figures = Theirs(), dict[str, dict[str, Any]]()

    def count(shop: Shop, kind: str, full: bool) -> None:
        with counting() as counts:
            shop.sync(full=full)
        figures[kind] = {"seconds": float("inf"), "statements": counts}

    def clock(shop: Shop, kind: str, full: bool) -> None:
        theirs.taken()
        shop.watch = theirs.watch
        began = time.perf_counter()
        shop.sync(full=full)
        seconds = time.perf_counter() - began
        if seconds < figures[kind]["seconds"]:
            spent = theirs.taken()
            figures[kind] |= {"seconds": rounded(seconds), "theirs": rounded(spent), "ours": rounded(seconds - spent)}

    with tempfile.TemporaryDirectory() as folder:
        syncs(Path(folder) / "counted", count)
        for turn in range(given.turns):
            syncs(Path(folder) / f"turn-{turn}", clock)
    keep("small", {"products": PRODUCTS, **figures})


if __name__ == "__main__":
    main()
