"""The three-way view of stock: the till's level, what was last agreed, the store's, and what stands between them.

Two views of the connection's schema that anybody can read, ``stock_three_way`` and ``orders_in_flight``; nothing is
decided here. What a level holds back is ``orders.py``. Model: `reliability.md` §2.5.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.kit.warehouse import Warehouse
from pipelines.language.canonical import canonical_table
from pipelines.run import Connection, Run
from pipelines.stages import shop_drift

_SQL = Path(__file__).parent / "sql"
_READ = (("source", "variants"), ("source", "products"), ("target", "stock"), ("target", "locations"))
_OWN = (
    "stock_desired",
    "variants_link",
    "stock_agreed",
    "stock_in_flight",
    "sales_by_hand",
    "stock_three_way",
    "orders_in_flight",
)


def views(house: Warehouse, connection: str) -> None:
    """Make the views of a connection anew; none where a side has no such table yet."""
    source, _, target = connection.partition("__")
    sides = {"source": source, "target": target}
    names = {f"{side}_{entity}": canonical_table(sides[side], entity) for side, entity in _READ}
    if all(house.exists(*table) for table in names.values()):
        house.run(_SQL / "three_way.sql", {**names, **{name: (connection, name) for name in _OWN}})


def agree(run: Run, connection: Connection) -> None:
    """Note the levels that are agreed now (§2.5.5: the base)."""
    if connection.compiled.settings.stock_sync and "stock" in run.wanted.only:
        run.warehouse.run(_SQL / "agree_levels.sql", seq=run.seq, run_id=run.run_id, now=run.context.now())
        shop_drift.ask(run, connection)
