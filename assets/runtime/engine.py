"""One ``pipelines.run.Run`` per Dagster run and merchant, shared by its steps; opened on first use, closed at the end.

The merchant is the partition; what is wanted (full, only, yes) are run tags, so that a run from the shell and one from
the UI are the same run.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from pipelines.kit.calls import Context
from pipelines.kit.errors import TillsyncError
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import Merchant, load_merchants
from pipelines.language.paths import CHECKOUT, home
from pipelines.language.settings import Settings
from pipelines.run import Connection, Run, Wanted, open_run

FULL, ONLY, YES, CONNECTIONS = "tillsync/full", "tillsync/only", "tillsync/yes", "tillsync/connections"
ENTITIES = ("products", "stock", "orders", "customers")


class Engine(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens and keeps the run; remembers what stopped it and what it came to."""

    _run: Run | None = PrivateAttr(default=None)
    _say: Callable[[str], None] = PrivateAttr(default=lambda text: None)
    _write: bool = PrivateAttr(default=True)
    _adapters: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _memory: "Memory" = PrivateAttr(default_factory=lambda: Memory())

    @property
    def memory(self) -> "Memory":
        """Errors and summaries of this run."""
        return self._memory

    def for_shell(self, say: Callable[[str], None], write: bool, memory: "Memory") -> "Engine":
        """Show progress, and write or only plan."""
        self._say, self._write, self._memory = say, write, memory
        return self

    def run_of(self, context: dg.AssetExecutionContext) -> Run:
        """The run this step belongs to. Raises MerchantBusy, MistakeInFiles."""
        if self._run is None:
            self._run = self._open(context)
        return self._run

    def _open(self, context: dg.AssetExecutionContext) -> Run:
        tags = context.run.tags
        merchant = load_merchants().get(context.partition_key)
        if merchant is None:
            raise dg.Failure(f"there is no merchant {context.partition_key} in the merchants file", allow_retries=False)
        named = tags.get(CONNECTIONS, "").split() or list(merchant.connections)
        wanted = Wanted(
            tuple(named), tags.get(FULL) == "true", tuple(tags.get(ONLY, "").split()) or ENTITIES, tags.get(YES) == "true", self._write
        )
        connections = [open_connection(merchant, name) for name in named]
        run = open_run(merchant, connections, wanted, home(), Context(run_id=context.run.run_id), self._say, self._adapters)
        run.notes["started"] = run.context.now()
        return run

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the warehouse and free the merchant."""
        if self._run is not None:
            self._run.close()
            self._run = None


class Memory:
    """What a run in this process came to: the first error, and a summary with its exit code per connection."""

    def __init__(self) -> None:
        self.errors: list[TillsyncError] = []
        self.summaries: dict[str, tuple[int, dict[str, Any]]] = {}


def open_connection(merchant: Merchant, name: str) -> Connection:
    """A merchant's connection compiled with its settings. Raises MistakeInFiles."""
    mapping, _ = load_mapping(name)
    settings = Settings.model_validate(merchant.settings(name, mapping.settings))
    return Connection(name, mapping, compile_mapping(mapping, settings, datetime.now(UTC).date()))


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Our errors become failures that are not retried, with their words; the first is remembered for the shell."""
    try:
        yield
    except TillsyncError as error:
        engine.memory.errors.append(error)
        raise dg.Failure(str(error), allow_retries=False) from error


def skipped(context: dg.AssetExecutionContext, engine: Engine, connections: list[str]) -> str | None:
    """Why this step has nothing to do for this merchant, or None."""
    run = engine.run_of(context)
    if not set(connections) & set(run.connections):
        return f"{run.merchant.name} does not use {' or '.join(connections)} in this run"
    return None


def prepare_dagster_home() -> Path:
    """``$TILLSYNC_HOME/dagster`` with its ``dagster.yaml``; made when it is not there."""
    folder = home() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CHECKOUT / "deploy" / "dagster.yaml", folder / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder
