"""What a killed process runs, a sync by the engine's own entry or a whole command.

Light to import: whoever only names these functions need not have what they run. ``kept_warm`` has it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

CONNECTION = "lightspeed_x__bigcommerce"
SETTINGS = {"publish": "all", "connected_on": "2024-01-01"}
"""Of the merchant's only connection."""
LOOK = 0.25
"""Seconds between two looks at a merchant's lock."""


def command(environment: Mapping[str, str], words: Sequence[str]) -> None:
    """A ``tillsync`` command from its first word to its exit code; what it prints is for nobody."""
    from assets.cli import main

    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sys.argv[1:] = words
    main()


def _wait(seconds: float) -> None:
    """Shorter than it says, but for looks at a lock: what a killed process had begun may hold it a moment longer."""
    time.sleep(seconds if seconds <= LOOK else seconds / 20)


def sync(environment: Mapping[str, str], run_id: str, later: timedelta, full: bool, libraries: bool) -> None:
    """One run of the merchant's only connection, ``later`` than it is; ends the process with the run's exit code.

    ``libraries``: through dlt and Great Expectations, as users run it; else through what the simulator puts for them.
    """
    from kept_warm import seams

    from assets.runtime.engine import open_connections
    from pipelines import flow
    from pipelines.kit.calls import Context
    from pipelines.language.merchants import choose, load_merchants
    from pipelines.run import Wanted, open_run

    os.environ.update(environment)
    merchant = choose(load_merchants(), None)
    connections = open_connections(merchant)
    context = Context(run_id=run_id, now=lambda: datetime.now(UTC) + later, wait=_wait)
    wanted = Wanted(tuple(c.name for c in connections), full=full, only=("products", "stock", "orders"))
    run = open_run(merchant, connections, wanted, Path(os.environ["TILLSYNC_HOME"]), context)
    if not libraries:
        run.land, run.evaluate = seams.land, seams.evaluate
    try:
        flow.sync(run, connections[0])
    finally:
        run.close()
