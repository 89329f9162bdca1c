"""What a killed process runs: one whole sync by the engine's own entry. Imported once, before processes are forked."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assets.runtime.engine import open_connections
from pipelines import flow
from pipelines.kit.calls import Context
from pipelines.kit.expectations import warm_up
from pipelines.language.merchants import choose, load_merchants
from pipelines.run import Wanted, open_run

sys.path.insert(0, str(Path(__file__).parents[1] / "sim"))
import seams

warm_up()


def sync(environment: Mapping[str, str], run_id: str, later: timedelta, full: bool, libraries: bool) -> None:
    """One run of the merchant's only connection, ``later`` than it is; ends the process with the run's exit code.

    ``libraries``: through dlt and Great Expectations, as users run it; else through what the simulator puts for them.
    """
    os.environ.update(environment)
    merchant = choose(load_merchants(), None)
    connections = open_connections(merchant)
    context = Context(
        run_id=run_id, now=lambda: datetime.now(UTC) + later, wait=lambda seconds: time.sleep(seconds / 20)
    )
    wanted = Wanted(tuple(c.name for c in connections), full=full, only=("products", "stock", "orders"))
    run = open_run(merchant, connections, wanted, Path(os.environ["TILLSYNC_HOME"]), context)
    if not libraries:
        run.land, run.evaluate = seams.land, seams.evaluate
    try:
        flow.sync(run, connections[0])
    finally:
        run.close()
