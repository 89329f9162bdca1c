"""Elsewhere: units ordered in the till's other stores, which this store must not offer again (`design.md` §5, I-9).

So are units that another store's level fell by without an order, for as long as that store holds them back itself.

Each store's units are reckoned as its own connection reckons them (``orders.py``), from its orders as they were read
last, whether or not this run syncs it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.language.settings import one_shelf
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
HELD_FOR = timedelta(minutes=15)
"""So long a drop without an order is held back (tau_x), in the store where it is seen and in the till's others."""


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


def share(run: Run, connection: Connection) -> tuple[Decimal, Decimal]:
    """From where to where in what is free this store's share lies, after those of the stores before it in the file.

    0 to 1 where it has no share: then it shows all there is, and so do the till's other stores.
    """
    settings, every = connection.compiled.settings, {**run.connections, **run.beside}
    if settings.share == 1:
        return Decimal(0), Decimal(1)
    names = list(run.merchant.connections)
    before = [every[name] for name in names[: names.index(connection.name)] if name in every]
    since = sum(
        (
            one.compiled.settings.share
            for one in before
            if one.source == connection.source and one_shelf(one.compiled.settings.outlets, settings.outlets)
        ),
        Decimal(0),
    )
    return since, since + settings.share


def _in_flight(run: Run, other: Connection) -> pa.Table:
    """Its orders' units that no reading of the till contains for certain, and drops of its levels no order explains.

    Once for every state of what is read.
    """
    branch, seen = run.of(other.name), run.notes.get(HARMONIZED, 0)
    if branch.notes.get(_NOTED) != seen:
        enter(branch, other)
        bundles.take_apart(branch, other)
        orders.reserve(branch, other)
        branch.notes[_NOTED] = seen
    outlet = orders.outlet(branch, other)
    here: dict[str, Any] = {"connection": other.name, "platform": other.target, "outlet": outlet}
    rows = branch.warehouse.rows(_SQL / "order_in_flight.sql", **here)
    rows += branch.warehouse.rows(
        _SQL / "drift_elsewhere.sql", **here, began=run.began, old=run.began - HELD_FOR,
        orders_read=other.name in run.connections and order_feed.flows(run, other),
        stays=other.compiled.settings.on_shop_drift != "till_wins",
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
