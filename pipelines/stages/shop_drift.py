"""Levels the store lowered and no order explains: held back for a quarter of an hour, then the till's level is written.

A late order may explain such a drop, so its units are not offered again at once (X of `reliability.md` §2.5.3, §2.5.5).
Once orders were read again and the quarter has passed, what is still unexplained is overwritten, or a person is asked
first (`on_shop_drift: hold`). Sets: ``drift.sql``, ``drift_asked.sql``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from pipelines.language.canonical import canonical_table
from pipelines.run import Connection, Run
from pipelines.stages import link, order_feed

_SQL = Path(__file__).parent / "sql"
HELD_FOR = timedelta(minutes=15)
"""So long a drop without an order is held back (tau_x)."""
CHECK = "unexplained_drop"
DO = "see who changed the level in the store, and count what there is"
_TOLD = """
SELECT v.sku, d.units, d.since,
       CASE h.state WHEN 'open' THEN 'asked' WHEN 'rejected' THEN 'refused' ELSE d.state END AS state
FROM shop_drift AS d
JOIN source_variants AS v ON v.variant_id = d.item_id
LEFT JOIN (FROM sync.holds WHERE connection = ? AND class = ? AND state IN ('open', 'rejected')) AS h
    ON h.item_id = d.item_id AND h.location_id = d.location_id AND d.state = 'open'
WHERE d.state = 'open' OR (d.state = 'overwritten' AND d.run_id = ?) ORDER BY d.since, v.sku
"""


def hold_back(run: Run, connection: Connection) -> None:
    """``source_drift``: units held back by till item and store location; ``drift_now``: what they follow from.

    A drop is judged only where the level agreed last stands on the same mapping and settings, and where nothing was
    sent since whose outcome might explain it. Nothing is held back where orders were never read.
    """
    known = order_feed.on(connection) and run.warehouse.exists(*canonical_table(connection.target, "orders"))
    run.warehouse.run(
        _SQL / "drift.sql", connection=connection.name, began=run.began, known=known,
        old=run.began - HELD_FOR, judge=not link.everything_due(run, connection),
        orders_read=order_feed.flows(run, connection), asks=_asks(connection), held_class=CHECK,
    )  # fmt: skip


def _asks(connection: Connection) -> bool:
    return connection.compiled.settings.on_shop_drift == "hold"


def ask(run: Run, connection: Connection) -> None:
    """Raise a hold for each drop a person is to decide on; close those that are settled. After levels were agreed."""
    run.warehouse.run(
        _SQL / "drift_asked.sql", connection=connection.name, held_class=CHECK, asks=_asks(connection),
        old=run.began - HELD_FOR, run_id=run.run_id, now=run.context.now(),
    )  # fmt: skip


def told(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """Drops that are held back, and those this run overwrote: SKU, units, state, since.

    ``asked``: a person is asked of it; ``refused``: a person said no, so that its units stay held back.
    """
    return run.warehouse.query(_TOLD, [connection.name, CHECK, run.run_id])
