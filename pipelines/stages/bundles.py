"""Bundles: what the till sells as one and takes from the stock of others (`reliability.md` §2.5.4).

Sets are ``sql/bundles.sql`` and ``sql/bundle_levels.sql``. What online orders of a bundle hold back of its parts is
``sql/order_reserved.sql``; which bundles a run considers is ``sql/work_set.sql``.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pipelines.kit.warehouse import identifier
from pipelines.run import Connection, Run
from pipelines.stages.harmonize import HARMONIZED

_SQL = Path(__file__).parent / "sql"
_TAKEN_APART = "bundles taken apart"
_ANY = """
SELECT EXISTS (FROM source_components) OR EXISTS (FROM source_products WHERE is_composite) OR EXISTS (FROM stock_parts)
"""
_BUNDLES = "SELECT EXISTS (FROM source_bundles) OR EXISTS (FROM stock_parts)"


def take_apart(run: Run, connection: Connection) -> None:
    """``source_bundles`` and ``source_parts`` of the whole till; once for every state of what is read."""
    stands = (connection.name, run.notes.get(HARMONIZED, 0))
    if run.notes.get(_TAKEN_APART) != stands:
        some = run.warehouse.one(_ANY)
        run.warehouse.run(_SQL / ("bundles.sql" if some else "bundles_none.sql"))
        run.notes[_TAKEN_APART] = stands


def levels(run: Run, connection: Connection, *, few: bool) -> None:
    """Add the levels of this run's bundles to ``stock_desired``, once those of their parts stand there.

    ``few``: its rows of the work set have a table of their own beside the whole, which also holds parts of other runs.

    A number under `buffer` is held back of every part; one under a bundle's own SKU of that bundle as well.
    """
    buffer = connection.compiled.settings.buffer
    own: dict[str, Decimal] = buffer if isinstance(buffer, dict) else {}
    if not run.warehouse.one(_BUNDLES):
        return
    whole = (connection.name, "stock_desired")
    run.warehouse.run(
        _SQL / "bundle_levels.sql", {"levels": whole}, connection=connection.name, skus=list(own),
        units=list(own.values()),
    )  # fmt: skip
    if few:
        run.warehouse.con.execute(
            f"INSERT INTO due_stock_desired BY NAME FROM {identifier(*whole)} SEMI JOIN bundles_here USING (item_id)"
        )
