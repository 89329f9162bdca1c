"""Elsewhere: units ordered in the till's other stores, which this store must not offer again (`design.md` §5, I-9).

Each store's units are reckoned as its own connection reckons them (``orders.py``), from its orders as they were read
last, whether or not this run syncs it.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from pipelines.run import Connection, Run
from pipelines.stages import bundles, order_feed, orders
from pipelines.stages.harmonize import HARMONIZED
from pipelines.stages.sides import enter

_SQL = Path(__file__).parent / "sql"
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("connection", "platform", "order_id", "number", "status", "item_id", "outlet")]
    + [("units", pa.decimal128(18, 4))]
)
_NOTED = "reckoned elsewhere"


def reserve(run: Run, connection: Connection) -> None:
    """``reserved``: units held back by till item, those of orders in the till's other stores among them."""
    bundles.take_apart(run, connection)
    orders.reserve(run, connection)
    house = run.warehouse
    tables = [_in_flight(run, other) for other in _others(run, connection)]
    house.con.register("_elsewhere", pa.concat_tables([_SCHEMA.empty_table(), *tables]))
    house.run(_SQL / "order_elsewhere.sql")
    house.con.unregister("_elsewhere")


def _others(run: Run, connection: Connection) -> list[Connection]:
    """Connections of the same till whose stores sell what this one offers."""
    every = {**run.connections, **run.beside}
    return [
        one
        for one in every.values()
        if one.source == connection.source and one.name != connection.name and order_feed.on(one)
    ]


def _in_flight(run: Run, other: Connection) -> pa.Table:
    """Its orders' units that no reading of the till contains for certain; once for every state of what is read."""
    branch, seen = run.of(other.name), run.notes.get(HARMONIZED, 0)
    if branch.notes.get(_NOTED) != seen:
        enter(branch, other)
        bundles.take_apart(branch, other)
        orders.reserve(branch, other)
        branch.notes[_NOTED] = seen
    outlet = orders.outlet(branch, other)
    rows = branch.warehouse.rows(
        _SQL / "order_in_flight.sql", connection=other.name, platform=other.target, outlet=outlet
    )
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
