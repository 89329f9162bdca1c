"""One run of one merchant: what every stage shares. Orchestration (Dagster, the shell) opens and closes it.

A run reads a platform once, whichever connections use it. Stages are functions of a ``Run``.
"""

from __future__ import annotations

import hashlib
import os
from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from requests.adapters import BaseAdapter

from pipelines.kit import expectations, http, landing
from pipelines.kit.calls import Context
from pipelines.kit.errors import CredentialsRefused, Problem, TillsyncError
from pipelines.kit.journal import Journal
from pipelines.kit.journaled import open_beside
from pipelines.kit.platform import Platform
from pipelines.kit.room import need_room
from pipelines.kit.secret import Secret
from pipelines.kit.warehouse import Warehouse, open_warehouse
from pipelines.language import compile as language
from pipelines.language.mapping import Mapping as ConnectionMapping
from pipelines.language.merchants import Merchant
from pipelines.platforms import discover


@dataclass(frozen=True)
class Wanted:
    """What a run is asked for. ``only``: entities; ``yes`` approves every hold this run would raise.

    ``undo``: the id of a run to take back instead of syncing. ``retry``: only what failed or was refused, of these SKUs
    where any are named.
    """

    connections: tuple[str, ...]
    full: bool = False
    only: tuple[str, ...] = ("products", "stock", "orders", "customers")
    yes: bool = False
    write: bool = True
    undo: str | None = None
    retry: tuple[str, ...] | None = None


@dataclass
class Connection:
    """One connection of this merchant, compiled with its settings."""

    name: str
    mapping: ConnectionMapping
    compiled: language.Compiled

    @property
    def source(self) -> str:
        """The platform products and stock come from."""
        return self.mapping.from_platform

    @property
    def target(self) -> str:
        """The platform products and stock go to."""
        return self.mapping.to_platform


@dataclass
class Run:
    """Everything one run of one merchant holds open.

    ``beside``: connections of the merchant that this run does not sync; what their stores have sold counts too.
    ``adapters`` replaces the network for a platform (an in-process sandbox, a validator); ``say`` shows progress.
    ``land`` loads what is read, ``evaluate`` holds rows against expectations: dlt and Great Expectations, unless a
    simulation puts others in their place.
    """

    merchant: Merchant
    wanted: Wanted
    context: Context
    warehouse: Warehouse
    journal: Journal
    folder: Path
    connections: Mapping[str, Connection]
    seq: int
    began: datetime
    say: Callable[[str], None] = lambda _text: None
    adapters: Mapping[str, BaseAdapter] = field(default_factory=dict)
    seconds: MutableMapping[str, float] = field(default_factory=dict)
    notes: MutableMapping[str, Any] = field(default_factory=dict)
    land: landing.Lander = landing.land
    evaluate: expectations.Evaluator = expectations.evaluate
    beside: Mapping[str, Connection] = field(default_factory=dict)
    opened: float = 0.0
    """When it was opened, by the monotonic clock of its context."""
    _sessions: dict[str, http.Session] = field(default_factory=dict)
    _branches: dict[str, Run] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """The id this run has everywhere: tables, Dagster, reports."""
        return self.context.run_id

    def platform(self, name: str) -> Platform:
        """A discovered platform by name."""
        return discover()[name]

    def session(self, name: str) -> http.Session:
        """The one session of this run to a platform. Raises CredentialsRefused where its token is empty."""
        if name not in self._sessions:
            account = self.merchant.accounts[name]
            token = read_token(name, account.token_env)
            made = self.platform(name).load("connect")(account.model, token, self.context)
            self._sessions[name] = http.mount(made, self.adapters.get(name))
        return self._sessions[name]

    def of(self, name: str) -> Run:
        """This run as one of its connections sees it: what it works with is in nobody else's way.

        Each of several has a session of the warehouse, with temporary tables of its own, and seconds of its own.
        """
        if len(self.connections) + len(self.beside) == 1:
            return self
        if name not in self._branches:
            notes, seconds = ChainMap({}, self.notes), ChainMap({}, self.seconds)
            self._branches[name] = replace(self, warehouse=self.warehouse.session(), notes=notes, seconds=seconds)
        return self._branches[name]

    def connection(self, name: str) -> Connection:
        """One of the connections this run was opened with."""
        return self.connections[name]

    def close(self) -> None:
        """Store the calls that are not stored yet and free the merchant."""
        store_calls(self)
        for session in self._sessions.values():
            session.close()
        self.journal.close()
        self.warehouse.close()


def read_token(platform: str, variable: str) -> Secret:
    """The token in an environment variable.

    Raises CredentialsRefused, naming the variable and never its value, where it is empty or no header can carry it.
    """
    value = os.environ.get(variable, "").strip()
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise CredentialsRefused(
            Problem(
                "token_damaged",
                f"{platform}: what the variable {variable} holds cannot be a token",
                found=f"{len(value)} characters, some of which no header can carry; not shown here",
                expected="an access token on one line, without spaces",
                do=f"copy the token again and set {variable}",
            )
        )
    if not value:
        raise CredentialsRefused(
            Problem(
                "token_missing",
                f"{platform}: the variable {variable} holds no token",
                found="an empty variable",
                expected="an access token",
                do=f"set {variable} in the environment and run again",
            )
        )
    return Secret(value, variable)


def open_run(  # noqa: PLR0913
    merchant: Merchant,
    connections: Sequence[Connection],
    wanted: Wanted,
    home: Path,
    context: Context,
    say: Callable[[str], None] = lambda _text: None,
    adapters: Mapping[str, BaseAdapter] | None = None,
    beside: Sequence[Connection] = (),
) -> Run:
    """Take the merchant's warehouse and journal and start a run.

    Raises MerchantBusy when another run holds it, MistakeInFiles where the journal is damaged, TillsyncError where the
    disk has no room for a run.
    """
    folder = home / merchant.name
    reading = folder / "dlt"
    warehouse = open_warehouse(folder, f"run {context.run_id}", context.wait, allowed=[reading])
    try:
        need_room(folder)
        began = context.now()
        journal = open_beside(warehouse, began)
    except TillsyncError:
        warehouse.close()
        raise
    context.guard = journal.guard
    seq = _next_number(warehouse)
    named, others = ({one.name: one for one in some} for some in (connections, beside))
    return Run(
        merchant, wanted, context, warehouse, journal, folder, named, seq, began, say, adapters or {}, beside=others,
        opened=context.monotonic(),
    )  # fmt: skip


def _next_number(warehouse: Warehouse) -> int:
    """The number of this run, from 1. A row, not a sequence: what a sequence gave out is not kept through a kill."""
    last = warehouse.one(_NEXT)
    if last is None:
        last = "1"
        warehouse.con.execute("INSERT INTO sync.meta VALUES ('runs', ?)", [last])
    return int(last)


_NEXT = "UPDATE sync.meta SET value = CAST(CAST(value AS BIGINT) + 1 AS VARCHAR) WHERE name = 'runs' RETURNING value"


def store_calls(run: Run) -> None:
    """Move the calls recorded so far into ``sync.calls``."""
    calls = run.context.drain()
    if not calls:
        return
    import pyarrow as pa

    rows = [{**vars(call)} for call in calls]
    run.warehouse.insert("sync", "calls", pa.Table.from_pylist(rows))


def settings_hash(connection: Connection) -> str:
    """Changes whenever the mapping or a setting of the connection does."""
    return hashlib.sha256(connection.compiled.fingerprint.encode()).hexdigest()[:16]
