"""Levels the store moved and no order explains: held back for a quarter of an hour, then the till's level is written.

A late order may explain such a drop, so its units are not offered again at once (X of `reliability.md` §2.5.3, §2.5.5).
Once orders were read again and the quarter has passed, what is still unexplained is overwritten, or a person is asked
first (`on_shop_drift: hold`), or it is taken to the till (`adopt`): as a journaled document under an id that follows
from the level and the moment it was first seen, once, and only where no order can have moved that level meanwhile.
Sets: ``drift.sql``, ``drift_asked.sql``, ``drift_shown.sql``, ``adopt.sql``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.language.canonical import canonical_table
from pipelines.run import Connection, Run
from pipelines.stages import link, order_feed, orders
from pipelines.stages.elsewhere import HELD_FOR

_SQL = Path(__file__).parent / "sql"
CHECK = "unexplained_drop"
"""The class of what a person is asked of a drop, and the warning about it; others are called as `headed` says."""
DO = "see who changed the level in the store, and count what there is"
_TOLD = """
SELECT v.sku, d.units, d.since,
       CASE h.state WHEN 'open' THEN 'asked' WHEN 'rejected' THEN 'refused' ELSE d.state END AS state,
       coalesce(d.by_orders, false) AS by_orders
FROM shop_drift AS d
JOIN source_variants AS v ON v.variant_id = d.item_id
LEFT JOIN (FROM sync.holds WHERE connection = ? AND class = ? AND state IN ('open', 'rejected')) AS h
    ON h.item_id = d.item_id AND h.location_id = d.location_id AND d.state = 'open'
WHERE d.state = 'open' OR (d.state IN ('overwritten', 'adopted') AND d.run_id = ?) ORDER BY d.since, v.sku
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
        adopts=adopts(connection), visible=run.began - orders.lag(run, connection), run_id=run.run_id,
        now=run.context.now(),
    )  # fmt: skip


def keep_shown(run: Run, connection: Connection) -> None:
    """``source_returning``, with levels a person raised in the store: shown on until the till has them."""
    run.warehouse.run(_SQL / "drift_shown.sql", connection=connection.name)


def adopt(run: Run, connection: Connection) -> None:
    """Add the rows of levels that are taken to the till to ``plan``; in a run that reads orders and sends levels."""
    if adopts(connection) and order_feed.flows(run, connection) and "stock" in run.wanted.only:
        ripe = run.began - timedelta(seconds=run.platform(connection.source).request_seconds)
        run.warehouse.run(_SQL / "adopt.sql", ripe=ripe)


def adopts(connection: Connection) -> bool:
    """Whether a level set in the store is the shop's own word, and taken to the till."""
    settings = connection.compiled.settings
    return settings.on_shop_drift == "adopt" and settings.stock_sync


def headed(units: Decimal, state: str) -> str:
    """The name of the warning about a level that moved: ``adopted_rise``, ``unexplained_drop``, …"""
    return f"{'adopted' if state == 'adopted' else 'unexplained'}_{'rise' if units < 0 else 'drop'}"


def _asks(connection: Connection) -> bool:
    return connection.compiled.settings.on_shop_drift == "hold"


def ask(run: Run, connection: Connection) -> None:
    """Raise a hold for each drop a person is to decide on; close those that are settled. After levels were agreed."""
    run.warehouse.run(
        _SQL / "drift_asked.sql", connection=connection.name, held_class=CHECK, asks=_asks(connection),
        old=run.began - HELD_FOR, run_id=run.run_id, now=run.context.now(),
    )  # fmt: skip


def told(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """What moved in the store and waits, and what this run wrote over or took to the till: SKU, units, state, since.

    ``units`` below 0: so many more in the store. ``by_orders``: orders of it changed meanwhile.

    ``asked``: a person is asked of it; ``refused``: a person said no, so that its units stay held back.
    """
    return run.warehouse.query(_TOLD, [connection.name, CHECK, run.run_id])
