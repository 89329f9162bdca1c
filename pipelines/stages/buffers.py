"""`buffer: auto`: units kept back of a level by how fast its item sells (`reliability.md` §2.5.1).

Arithmetic is ``kit/demand.py``, sets are ``sql/buffer*.sql``. What a rate is measured by, and what that misses, says
``sql/buffer_rates.sql``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from pipelines.kit import demand
from pipelines.run import Connection, Run

_SQL = Path(__file__).parent / "sql"
MEASURED = timedelta(days=28)
"""So long back units and runs are counted."""
FEWEST = 100
"""With fewer runs in that time nothing is measured yet, and nothing is kept back."""
_TABLE = pa.schema([("mean", pa.decimal128(8, 4)), ("units", pa.int64()), ("kept", pa.int64())])
_NONE = "CREATE OR REPLACE TEMP TABLE buffers_changed AS SELECT NULL::VARCHAR AS item_id WHERE false"
_CHANGED = """
CREATE OR REPLACE TEMP TABLE buffers_changed AS
SELECT DISTINCT item_id FROM buffers_there WHERE held_back IS DISTINCT FROM stands
"""


def measure(run: Run, connection: Connection) -> None:
    """``buffers_changed``: items of which something else is to be kept back than their levels stand on."""
    there = run.warehouse.exists(connection.name, "stock_desired")
    if not _auto(connection) or not there or not run.warehouse.exists(connection.name, "field_decisions"):
        run.warehouse.con.execute(_NONE)
        return
    _there(run, connection, (connection.name, "stock_desired"))
    run.warehouse.con.execute(_CHANGED)


def keep_back(run: Run, connection: Connection, *tables: Sequence[str]) -> None:
    """Lower this run's levels in each of the tables; those of bundles follow their parts'."""
    if _auto(connection):
        for levels in tables:
            _there(run, connection, levels)
            run.warehouse.run(_SQL / "buffers.sql", {"levels": levels})


def _auto(connection: Connection) -> bool:
    return connection.compiled.settings.buffer == "auto"


def _there(run: Run, connection: Connection, levels: Sequence[str]) -> None:
    house, settings = run.warehouse, connection.compiled.settings
    rows = demand.table(settings.buffer_oversold, settings.buffer_refused)
    table = pa.Table.from_pylist([dict(zip(_TABLE.names, row, strict=True)) for row in rows], schema=_TABLE)
    house.con.register("_buffers", table)
    house.con.execute("CREATE OR REPLACE TEMP TABLE buffer_table AS FROM _buffers")
    house.con.unregister("_buffers")
    house.run(_SQL / "field_decisions_table.sql")
    house.run(_SQL / "buffer_rates.sql", connection=connection.name, since=run.began - MEASURED, fewest=FEWEST)
    house.run(_SQL / "buffer_there.sql", {"levels": levels})
