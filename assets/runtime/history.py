"""Where Dagster keeps what happened: its own SQLite files, each opened once instead of once per event.

A run records over three hundred events. What is kept where is Dagster's business; only its connections are reused.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData

INDEX = "index"
_OPEN = 4
_PATIENCE = {"timeout": 30}


class EventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite; at most ``_OPEN`` of its files stay open."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing to set: the files lie where Dagster has them, below ``$DAGSTER_HOME``."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:  # noqa: ARG003
        """The log of this installation."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[db.Connection]:
        """A transaction on the file of a run."""
        return self._kept(run_id or INDEX, super().run_connection(run_id))

    def index_connection(self) -> AbstractContextManager[db.Connection]:
        """A transaction on the file all runs share."""
        return self._kept(INDEX, super().index_connection())

    def has_table(self, table_name: str) -> bool:
        """Whether the file all runs share has this table; asked once of one that is there."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _kept(self, shard: str, first: AbstractContextManager[db.Connection]) -> Iterator[db.Connection]:
        """The first connection to a file brings it up to date; later ones are to the same open file."""
        if shard not in self._engines:
            with first as connection:
                yield connection
            self._keep(shard)
            return
        with self._engines[shard].begin() as connection:
            yield connection

    def _keep(self, shard: str) -> None:
        engine = db.create_engine(self.conn_string_for_shard(shard), connect_args=_PATIENCE)
        self._engines[shard] = engine
        for other in [name for name in self._engines if name not in (INDEX, shard)][: -(_OPEN - 2)]:
            self._engines.pop(other).dispose()

    @cached_property
    def _engines(self) -> dict[str, db.Engine]:
        return {}

    @cached_property
    def _tables(self) -> set[str]:
        return set()

    def dispose(self) -> None:
        """Close every file."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()
