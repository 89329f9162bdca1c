"""One merchant's DuckDB file: the lock, the durable schema, and SQL kept in ``.sql`` files.

The only module that knows how storage is opened. Which tables exist beside ``sync`` is the stages' business.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa

from pipelines.kit.command_line import command
from pipelines.kit.errors import MerchantBusy, MistakeInFiles, Problem
from pipelines.kit.merchant_lock import LOCK_SECONDS, busy, take_lock
from pipelines.kit.private import FILE, private_folder
from pipelines.kit.sql_file import Statement, identifier, statements

__all__ = ["MEMORY", "STATE", "Warehouse", "identifier", "open_to_read", "open_warehouse"]
_LARGE_FILE = 64 * 2**20
MEMORY = "TILLSYNC_MEMORY"
STATE = ("warehouse.duckdb", "warehouse.duckdb.wal", "warehouse.lock", "journal.jsonl", "dlt")
"""What a merchant's folder holds: none of it may be a link to somewhere else."""
_SCHEMA = Path(__file__).parent / "schema" / "sync.sql"
_UTC = "SET TimeZone = 'UTC'"
_TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary"


class Warehouse:
    """An open, locked warehouse. Use ``open_warehouse``; close it when the run ends."""

    def __init__(self, con: duckdb.DuckDBPyConnection, path: Path, lock: IO[str] | None) -> None:
        self.con = con
        self.path = path
        self.entered: dict[str, dict[str, str]] = {}
        """The schema that is searched, and what each name stands for in this session; empty where nobody knows."""
        self._lock = lock
        self._sessions: list[Warehouse] = []
        self._there: set[tuple[str, str, str | None]] = set()

    @property
    def merchant(self) -> str:
        """Whose it is: the folder of a merchant's state is named after it."""
        return self.path.parent.name

    def run(self, file: Path, names: Mapping[str, Sequence[str]] | None = None, **values: Any) -> int:
        """Execute every statement of a ``.sql`` file; returns how many rows the last one made or changed.

        ``{place}`` in the file stands for a table or schema given in ``names``; ``$value`` is bound from ``values``
        to the statements that use it.
        """
        cursor = self._execute(file, names, values)
        row = cursor.fetchone() if cursor else None
        return int(row[0]) if row else 0

    def rows(self, file: Path, names: Mapping[str, Sequence[str]] | None = None, **values: Any) -> list[dict[str, Any]]:
        """The rows of the last statement of a ``.sql`` file as dictionaries."""
        cursor = self._execute(file, names, values)
        return _dicts(cursor) if cursor else []

    def arrow(self, file: Path, **values: Any) -> pa.Table | None:
        """The rows of the last statement of a ``.sql`` file as a table; None where it is spared."""
        cursor = self._execute(file, None, values)
        return cursor.to_arrow_table() if cursor else None

    def _execute(
        self, file: Path, names: Mapping[str, Sequence[str]] | None, values: Mapping[str, Any]
    ) -> duckdb.DuckDBPyConnection | None:
        """The last statement's result; None where that one, as others may be, is spared: what it goes by is empty."""
        known: dict[str, bool] = {}
        cursor = None
        for statement in statements(file, names):
            bound = {name: values[name] for name in statement.values & values.keys()}
            if self._spares(statement, bound, known):
                cursor = None
                continue
            cursor = self.con.execute(statement.text, bound)
            if statement.changes:
                known.pop(statement.changes, None)
        return cursor

    def _spares(self, statement: Statement, _bound: Mapping[str, Any], known: dict[str, bool]) -> bool:
        """Whether the table a statement goes by is empty. ``known``: of tables that were looked at, which have rows."""
        if statement.only and statement.only not in known:
            known[statement.only] = self.has_rows(*statement.only.split("."))
        return statement.only is not None and not known[statement.only]

    def has_rows(self, *table: str) -> bool:
        """Whether a table or view, named by its parts, has any row."""
        return self.one(f"SELECT 1 FROM {identifier(*table)} LIMIT 1") is not None  # noqa: S608

    def row_each(self, file: Path, each: Sequence[Mapping[str, Sequence[str]]]) -> list[dict[str, Any]]:
        """The one row that the one SELECT of a ``.sql`` file gives for each of these ``names``, asked for at once."""
        parts = [f"SELECT {n} AS place, * FROM ({statements(file, names)[0].text})" for n, names in enumerate(each)]  # noqa: S608
        rows = self.query(f"{' UNION ALL '.join(parts)} ORDER BY place") if parts else []
        return [{name: value for name, value in row.items() if name != "place"} for row in rows]

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """The rows of one fixed statement as dictionaries; ``values`` are bound."""
        return _dicts(self.con.execute(sql, values))

    def one(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.con.execute(sql, values).fetchone()
        return row[0] if row else None

    def noted(self, name: str) -> Any:
        """What was noted of the merchant under a name; None where nothing was."""
        return self.one("SELECT value FROM sync.meta WHERE name = ?", [name])

    def note(self, name: str, value: str) -> None:
        """Note it in the place of what was noted before."""
        self.con.execute("DELETE FROM sync.meta WHERE name = ?", [name])
        self.con.execute("INSERT INTO sync.meta VALUES (?, ?)", [name, value])

    def insert(self, schema: str, table: str, rows: pa.Table) -> None:
        """Append an Arrow table by column name."""
        if rows.num_rows:
            self.con.register("_incoming", rows)
            self.con.execute(f"INSERT INTO {identifier(schema, table)} BY NAME SELECT * FROM _incoming")  # noqa: S608
            self.con.unregister("_incoming")

    def exists(self, schema: str, table: str, column: str | None = None) -> bool:
        """Whether a table or view is there, with this column. One that is stays while this warehouse is open."""
        if not self._there:
            self._there = {(one, name, None) for one, name in self.con.execute(_TABLES).fetchall()}
        if (schema, table, column) not in self._there:
            what = identifier(column) if column else "NULL"
            try:
                self.con.execute(f"SELECT {what} FROM {identifier(schema, table)} LIMIT 0")  # noqa: S608
            except (duckdb.CatalogException, duckdb.BinderException):
                return False
            self._there.add((schema, table, column))
        return True

    def forget(self, schema: str) -> None:
        """Look anew what is in a schema, which others make and drop."""
        self._there = {one for one in self._there if one[0] != schema}

    def widen(self) -> None:
        """Work with a second thread: right for many rows; it costs every small statement more than it helps."""
        self.con.execute("SET threads = 2")

    def columns(self, schema: str, table: str) -> list[tuple[str, str]]:
        """``(name, type)`` of every column in order; none where there is no such table."""
        if not self.exists(schema, table):
            return []
        described = self.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {identifier(schema, table)})")  # noqa: S608
        return described.fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.con.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.con.execute("ROLLBACK")
            self.entered = {}
            self._there.clear()
            raise
        self.con.execute("COMMIT")

    def session(self) -> Warehouse:
        """The same warehouse with temporary tables and a search path of its own; closed with this one."""
        con = self.con.cursor()
        con.execute(_UTC)
        self._sessions.append(Warehouse(con, self.path, None))
        return self._sessions[-1]

    def close(self) -> None:
        """Checkpoint, close and unlock."""
        for session in self._sessions:
            session.close()
        self.con.close()
        if self._lock is not None:
            self._lock.close()


def open_warehouse(
    folder: Path,
    who: str,
    wait: Callable[[float], None],
    allowed: Sequence[Path] = (),
    seconds: float = LOCK_SECONDS,
) -> Warehouse:
    """Open ``<folder>/warehouse.duckdb`` for writing, with its schema.

    ``who`` names this holder to others; ``allowed`` are the only folders SQL may read files from. Raises MerchantBusy
    after ``seconds``, naming the holder.
    """
    private_folder(folder, STATE)
    lock = take_lock(folder, who, wait, seconds)
    path = folder / "warehouse.duckdb"
    with ExitStack() as held:
        held.callback(lock.close)
        try:
            con = duckdb.connect(str(path))
            held.callback(con.close)
            path.chmod(FILE)
            _bound(con, os.environ.get(MEMORY, ""))
            _confine(con, allowed)
            warehouse = Warehouse(con, path, lock)
            _bring_up(warehouse)
            if path.stat().st_size > _LARGE_FILE:
                warehouse.widen()
        except duckdb.Error as error:
            raise _will_not_open(path, error) from error
        held.pop_all()
    return warehouse


def _bring_up(warehouse: Warehouse) -> None:
    """Make the durable schema, unless the one that stands is of this version."""
    version = hashlib.sha256(_SCHEMA.read_bytes()).hexdigest()[:16]
    try:
        stands = warehouse.noted("schema")
    except duckdb.CatalogException:
        stands = None
    if stands != version:
        with warehouse.transaction():
            warehouse.run(_SCHEMA)
            warehouse.note("schema", version)


def open_to_read(
    folder: Path, who: str, wait: Callable[[float], None], seconds: float = LOCK_SECONDS, connection: str = "CONNECTION"
) -> Warehouse:
    """Open an existing warehouse for a command that only looks. Raises MistakeInFiles where there is none.

    ``connection`` is the one that is asked about: a run of it would make one.
    """
    if not (folder / "warehouse.duckdb").exists():
        raise MistakeInFiles(
            Problem(
                "no_warehouse",
                f"nothing was synced yet for {folder.name}",
                found=f"no {folder.name}/warehouse.duckdb",
                expected="a warehouse left by an earlier run",
                do=f"run `{command(folder.name, 'plan', connection)}` first, which writes nothing to any platform",
            )
        )
    return open_warehouse(folder, who, wait, seconds=seconds)


def _confine(con: duckdb.DuckDBPyConnection, allowed: Sequence[Path]) -> None:
    """No SQL reads a file, a variable of Python, the network or an extension from here on (T6)."""
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET python_enable_replacements = false")
    con.execute(_UTC)
    con.execute("SET threads = 1")
    con.execute("SET enable_progress_bar = false")
    con.execute("SET allowed_directories = ?", [[str(path) for path in allowed]])
    con.execute("SET enable_external_access = false")
    if not allowed:  # dlt, which loads from an allowed folder, sets how often is checkpointed
        con.execute("SET lock_configuration = true")


def _bound(con: duckdb.DuckDBPyConnection, memory: str) -> None:
    if not memory:
        return
    try:
        con.execute("SET memory_limit = ?", [memory])
    except duckdb.Error as error:
        raise MistakeInFiles(
            Problem(
                "memory_limit",
                f"{MEMORY} does not name an amount of memory",
                found=memory,
                expected="a number with a unit, such as 700MB or 4GB",
                do=f"correct or unset {MEMORY}",
            )
        ) from error


def _will_not_open(path: Path, error: duckdb.Error) -> MerchantBusy | MistakeInFiles:
    if "could not set lock" in str(error).lower():
        return busy(path.parent, str(error).splitlines()[0], 0)
    problem = Problem(
        "warehouse_broken",
        f"{path.name} of the merchant {path.parent.name} will not open",
        found=str(error).splitlines()[0],
        expected="a warehouse written by this version",
        do="move the file aside; the next full run rebuilds it from both platforms",
    )
    return MistakeInFiles(problem)


def _dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
