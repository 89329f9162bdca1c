"""The one resource: a merchant's open run, shared by all steps of a Dagster run and closed when it ends.

The lock, the warehouse and the sessions live as long as the Dagster run, which is why jobs run in process.
"""

import json
import os
import shutil
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import dagster as dg
from pydantic import PrivateAttr

from assets import names
from assets.runtime.outside import current
from pipelines.kit.private import mask, private_folder
from pipelines.language.paths import CHECKOUT, home

if TYPE_CHECKING:
    from pipelines.language.merchants import Merchant
    from pipelines.run import Connection, Run
    from pipelines.stages.validate import Verdict


class StepContext(Protocol):
    """What the engine asks of a Dagster context."""

    @property
    def run(self) -> dg.DagsterRun: ...

    @property
    def partition_key(self) -> str: ...


@dataclass
class Opened:
    """A run and what is known of its connections: mode before it began, verdicts, summaries."""

    run: "Run"
    started: datetime
    modes: dict[str, str]
    verdicts: dict[str, "Verdict"] = field(default_factory=dict)
    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, name: str) -> "Run":
        """The run as a connection sees it, which leaves the others' temporary tables alone."""
        return self.run.of(name)

    def settle(self, name: str) -> dict[str, Any] | None:
        """Settle a judged connection once: end states, ``sync.runs``, the summary."""
        from pipelines import flow
        from pipelines.stages.finish import exit_code, finish

        if name in self.verdicts and name not in self.summaries:
            run, connection = self.of(name), self.run.connections[name]
            word = flow.verdict_word(run, self.verdicts[name])
            self.summaries[name] = finish(run, connection, self.modes[name], self.started, word)
            current().summaries[name] = (exit_code(run, connection, word), self.summaries[name])
        return self.summaries.get(name)


class Engine(dg.ConfigurableResource[None]):
    """Opens the merchant of the run's partition on first use."""

    _opened: Opened | None = PrivateAttr(default=None)

    def opened(self, context: StepContext) -> Opened:
        """The merchant's run. Raises MerchantBusy, MistakeInFiles."""
        if self._opened is None:
            self._opened = _open(context.run, context.partition_key)
        return self._opened

    def connection(self, context: dg.AssetExecutionContext, name: str) -> "tuple[Opened, Connection | None]":
        """The run and its connection; None, with the reason logged, where this run has nothing to do for it."""
        opened = self.opened(context)
        chosen = opened.run.connections.get(name)
        if chosen is None:
            merchant = opened.run.merchant
            reason = "was not asked for" if name in merchant.connections else f"is not used by {merchant.name}"
            context.log.info(f"skipped: {name} {reason}")
        return opened, chosen

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Settle what was judged and not yet settled, then free the merchant, whatever happened."""
        opened, self._opened = self._opened, None
        if opened is None:
            return
        try:
            for name in opened.verdicts:
                opened.settle(name)
        finally:
            opened.run.close()


def prepare_dagster_home() -> Path:
    """``$TILLSYNC_HOME/dagster`` with its ``dagster.yaml``; made when it is not there."""
    folder = private_folder(home() / "dagster")
    shutil.copyfile(CHECKOUT / "deploy" / "dagster.yaml", folder / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def open_connections(merchant: "Merchant") -> list["Connection"]:
    """The merchant's connections, compiled with its settings. Raises MistakeInFiles."""
    from pipelines.language.compile import compile_mapping
    from pipelines.language.mapping import load_mapping
    from pipelines.language.settings import Settings
    from pipelines.run import Connection

    made = []
    for name in merchant.connections:
        mapping, _ = load_mapping(name)
        settings = Settings.model_validate(merchant.settings(name, mapping.settings))
        made.append(Connection(name, mapping, compile_mapping(mapping, settings, datetime.now(UTC).date())))
    return made


def _open(dagster_run: dg.DagsterRun, partition: str) -> Opened:
    from pipelines import flow
    from pipelines.kit.calls import Context
    from pipelines.language.merchants import choose, load_merchants
    from pipelines.run import Wanted, open_run
    from pipelines.stages.recover import recover

    mask()
    merchant = choose(load_merchants(), partition)
    every, asked = open_connections(merchant), _asked(dagster_run)
    connections = [one for one in every if asked is None or one.name in asked]
    beside = [one for one in every if one not in connections]
    tags = dagster_run.tags
    entities = {"only": tuple(tags[names.ONLY].split())} if tags.get(names.ONLY) else {}
    wanted = Wanted(
        tuple(connection.name for connection in connections),
        full=tags.get(names.FULL) == "true",
        yes=tags.get(names.YES) == "true",
        write=_writes(dagster_run),
        undo=tags.get(names.UNDO),
        retry=tuple(json.loads(tags[names.RETRY])) if names.RETRY in tags else None,
        **entities,
    )
    context = Context(run_id=dagster_run.run_id)
    run = open_run(merchant, connections, wanted, home(), context, current().say, current().adapters, beside)
    recover(run)
    if _selected(dagster_run, "validate"):
        _warm_up()
    return Opened(run, context.now(), {connection.name: flow.mode_of(run, connection) for connection in connections})


def _asked(run: dg.DagsterRun) -> list[str] | None:
    tagged = run.tags.get(names.CONNECTIONS)
    if tagged:
        return tagged.split()
    from pipelines.language.mapping import connections

    chosen = {key.path[0] for key in run.asset_selection or ()} & set(connections())
    return sorted(chosen) or None


def _selected(run: dg.DagsterRun, stage: str) -> bool:
    return run.asset_selection is None or any(key.path[1] == stage for key in run.asset_selection)


def _writes(run: dg.DagsterRun) -> bool:
    return run.tags.get(names.PLAN_ONLY) != "true" and _selected(run, "write")


def _warm_up() -> None:
    """The expectations' library takes seconds to import; it does so while the platforms are read."""
    from pipelines.kit.expectations import warm_up

    threading.Thread(target=warm_up, name="warm-up").start()
