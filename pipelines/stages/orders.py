"""Orders: what the store's orders are at the till, and which of their units no reading of the till can know yet.

Sets are ``sql/order_*.sql``; which documents follow is ``order_plan.py``, what came of them ``order_settle.py``; how
the two sides are read is ``order_feed.py``. Model: `reliability.md` §2.5 and §2.6.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipelines.kit.errors import MistakeInFiles
from pipelines.language.orders import HELPERS, OrderRules
from pipelines.run import Connection, Run
from pipelines.stages import order_feed
from pipelines.stages.harmonize import HARMONIZED, entities, state
from pipelines.stages.order_documents import documents, journal_state
from pipelines.stages.registers import register

_SQL = Path(__file__).parent / "sql"
HELPER_SKU = "TILLSYNC-"
"""How the SKUs of helper products begin; what begins so is never pushed to a store."""
READ_LAG = timedelta(seconds=60)
"""So long may a till that declares nothing show a level without a sale it has confirmed (L_pos of §2.5.3)."""
_LINKED, _RESERVED, _RECKONED = "orders linked", "units reserved", "units reckoned"
_SEEN, _DUE = "sales by hand", "orders due"
_FLAGS = ("paid", "commits", "open", "refunded", "notice")
_STATUS = pa.schema(
    [("status", pa.string()), ("rank", pa.int64()), *((name, pa.bool_()) for name in _FLAGS)]
    + [(name, pa.string()) for name in ("becomes", "name", "way")]
)


def doubtful(run: Run, connection: Connection) -> list[str]:
    """Orders whose lines and payments are read again though the list says nothing new of them.

    Those whose sale stands without a payment: a payment need not move what the list says of an order (C-07). Those set
    aside because what was read of them does not belong together: a list may have come short. These in every run of the
    first hour, later in full runs (`reliability.md` §2.10).
    """
    recent = run.began - _AGAIN
    found = run.warehouse.query(_MISREAD, [connection.name, run.wanted.full, recent])
    if documents(run, connection):
        found += run.warehouse.query(_UNPAID)
    return sorted({row["order_id"] for row in found})


_AGAIN = timedelta(hours=1)
_MISREAD = """
SELECT DISTINCT item_id AS order_id
FROM sync.quarantine
WHERE connection = ? AND entity = 'orders' AND released_at IS NULL
  AND class IN ('unreadable', 'no_lines', 'does_not_tie') AND (? OR since >= ?)
"""
_UNPAID = """
SELECT d.order_id
FROM (
    FROM sale_documents WHERE outcome IN ('ok', 'exists') AND voided_at IS NULL
    QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY intent) = 1
) AS d
ANTI JOIN (
    SELECT i.target_id FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.level = 'sale' AND i.action IN ('pay', 'update')
) AS p ON p.target_id = d.sale_id
WHERE json_array_length(d.document, '$.payments') = 0
ORDER BY d.order_id
"""


def notices(run: Run, connection: Connection) -> list[str]:
    """What a person is told of orders this run looked at: those whose status says so (S001-40), refunds too high.

    Also what the till did not take as it was sent, where the order's own state does not tell of it.
    """
    if not order_feed.flows(run, connection) or not run.warehouse.exists(connection.name, "orders_desired"):
        return []
    rows = run.warehouse.query(
        "SELECT number, status_label FROM orders_desired WHERE notice ORDER BY ordered_at, number"
    )
    told = [f"order {row['number']} is {row['status_label']} in the store" for row in rows]
    told += [_deleted(row) for row in run.warehouse.query(_DELETED, [run.seq])]
    told += [
        f"the account {row['account']} was deleted in the store; the till keeps its customer"
        for row in run.warehouse.query(_ACCOUNTS, [connection.name, run.seq])
    ]
    for row in run.warehouse.query(_TOO_MUCH):
        given, whole = (f"{row[name].scaleb(-row['places']):.{row['places']}f}" for name in ("given", "total"))
        told.append(
            f"order {row['number']}: the store gave back {given} of {whole}, more than it came to; its sale stands"
        )
    sent = run.warehouse.query(_TOLD, [run.run_id])
    return told + [f"{row['name']}: {row['message']}" for row in sent]


def _deleted(row: dict[str, object]) -> str:
    what = "its sale stands at the till" if row["stands"] else "nothing of it is at the till"
    return f"order {row['number']} was deleted in the store; {what}"


_DELETED = """
SELECT d.number, d.class IS NULL AS stands
FROM orders_desired AS d JOIN target_orders AS o ON o.order_id = d.order_id
WHERE o.deleted_at IS NOT NULL AND o.seq = ? AND (d.class IS NULL OR d.class = 'deleted')
ORDER BY d.ordered_at, d.number
"""
_ACCOUNTS = """
SELECT DISTINCT c.customer_id AS account
FROM target_customers AS c
JOIN sync.links AS l ON l.connection = ? AND l.level = 'customers' AND l.to_id = 'account:' || c.customer_id
WHERE c.deleted_at IS NOT NULL AND c.seq = ? AND l.state = 'linked'
ORDER BY account
"""
_TOLD = """
SELECT name, message FROM receipts
WHERE run_id = ? AND entity = 'orders' AND message IS NOT NULL AND (outcome IN ('ok', 'exists') OR level = 'customer')
ORDER BY plan_seq LIMIT 20
"""
"""What did not come out as it was meant; a customer that was refused holds no sale back, so that no state tells."""
_TOO_MUCH = """
SELECT o.number, greatest(o.total, coalesce(p.paid, 0)) AS total, o.places, r.given
FROM orders_desired AS o
JOIN (SELECT order_id, sum(amount) AS given FROM target_order_refunds GROUP BY order_id) AS r ON r.order_id = o.order_id
LEFT JOIN (
    SELECT order_id, sum(amount) AS paid FROM order_payments_desired WHERE kind <> 'authorized' GROUP BY order_id
) AS p ON p.order_id = o.order_id
WHERE r.given > greatest(o.total, coalesce(p.paid, 0))
ORDER BY o.ordered_at, o.number
"""


def rules(connection: Connection) -> OrderRules:
    """The crosswalks of a connection whose orders flow."""
    found = connection.mapping.orders
    assert found is not None  # noqa: S101
    return found


def start(run: Run, connection: Connection) -> datetime:
    """From when on orders are imported: a day of the store's own time, in UTC (S001-46, `design.md` §6)."""
    settings = connection.compiled.settings
    if settings.order_sync_start_date is None and settings.import_all_orders:
        return datetime(1970, 1, 1)  # noqa: DTZ001
    return _midnight(run, settings.order_sync_start_date or order_feed.connection_day(run, connection))


def history(run: Run, connection: Connection) -> datetime:
    """Until when orders are history: they were sold, and left the shop, before the connection was made (C-12)."""
    return _midnight(run, order_feed.connection_day(run, connection))


def _midnight(run: Run, day: date) -> datetime:
    zone = run.warehouse.one("SELECT any_value(time_zone) FROM target_account") or "UTC"
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError):
        place = ZoneInfo("UTC")
    return datetime.combine(day, time(), place).astimezone(UTC).replace(tzinfo=None)


def tables(run: Run, connection: Connection) -> None:
    """``order_statuses`` and ``order_helpers``: the crosswalks as tables of this session, once for every state of what
    is read.

    A status has the row of its own key, else the first whose key, with ``*`` for any part of it, it is.
    """
    house, found = run.warehouse, connection.mapping.orders
    stand = (connection.name, run.notes.get(HARMONIZED, 0))
    if run.notes.get("crosswalks") == stand:
        return
    run.notes["crosswalks"] = stand
    statuses = (
        [
            {"status": key, "rank": rank, **one.model_dump(exclude={"rules"})}
            for rank, (key, one) in enumerate(found.statuses.items())
        ]
        if found
        else []
    )
    names = HELPERS | (found.helpers if found else {})
    helpers = [
        {"item_key": f"helper:{kind}", "kind": kind, "name": name, "sku": HELPER_SKU + kind.upper().replace("_", "-")}
        for kind, name in names.items()
    ]
    for name, table in (
        ("order_crosswalk", pa.Table.from_pylist(statuses, schema=_STATUS)),
        ("order_helpers", pa.Table.from_pylist(helpers)),
    ):
        house.con.register("_crosswalk", table)
        house.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _crosswalk")  # noqa: S608
        house.con.unregister("_crosswalk")
    house.con.execute(_STATUSES)


_STATUSES = """
CREATE OR REPLACE TEMP TABLE order_statuses AS
SELECT o.status, c.* EXCLUDE (status, rank)
FROM (SELECT DISTINCT status FROM target_orders WHERE status IS NOT NULL) AS o
JOIN order_crosswalk AS c ON o.status GLOB c.status
QUALIFY row_number() OVER (PARTITION BY o.status ORDER BY contains(c.status, '*'), c.rank) = 1
"""


def outlet(run: Run, connection: Connection) -> str | None:
    """The outlet whose stock imported sales take; None where no register is settled (yet)."""
    if not order_feed.on(connection):
        return None
    try:
        found: str = register(run, connection)["location_id"]
    except MistakeInFiles:
        return None
    return found


def reserve(run: Run, connection: Connection) -> None:
    """``reserved_here``: units ordered in this store and not surely inside the till's reading, by till item (I-9).

    A bundle's units are those of its parts. ``touched``: items of orders that changed: the store moves its own levels
    with them.

    Empty where no orders flow. Orders that this run does not read count as they were read last. Reckoned once for every
    state of what is read of the till and of the store's orders, and anew after links were made.
    """
    house, stands = run.warehouse, _stands_on(run, connection)
    if run.notes.get(_RESERVED) == stands:
        return
    run.notes[_RESERVED] = stands
    tables(run, connection)
    if not order_feed.on(connection) or not house.one("SELECT count(*) FROM target_orders"):
        run.notes[_RECKONED] = None
        house.con.execute(_NONE_RESERVED)
        _by_hand(run, connection)
        return
    if run.notes.get(_LINKED) != connection.name:
        _due(run, connection)
    house.run(_SQL / "order_pairs.sql", connection=connection.name)
    on = stands, journal_state(run), run.notes.get(_DUE), tuple(house.query(_PAIRS)[0].values())
    if run.notes.get(_RECKONED) != on:
        run.notes[_RECKONED] = on
        documents(run, connection)
        house.run(
            _SQL / "order_reserved.sql", outlet=outlet(run, connection),
            start=max(start(run, connection), history(run, connection)), visible=run.began - lag(run, connection),
        )  # fmt: skip
    house.run(_SQL / "order_disturbed.sql", connection=connection.name)


_PAIRS = "SELECT count(*) AS n, sum(CAST(hash(p) AS HUGEINT)) AS hash FROM pairs_of_items AS p"


def _stands_on(run: Run, connection: Connection) -> tuple[Any, ...]:
    read = (
        state(run, connection.source),
        state(run, connection.target, without=("products", "variants", "images", "stock")),
    )
    return connection.name, *read


def lag(run: Run, connection: Connection) -> timedelta:
    """So long the till may show a level without what it has confirmed of it."""
    return timedelta(seconds=run.platform(connection.source).settle_seconds) or READ_LAG


def _due(run: Run, connection: Connection) -> None:
    """``orders_due`` and what they are reckoned from; once for every state of what is read and of the journal."""
    house, records = run.warehouse, connection.compiled.settings.refund_documents == "on"
    stands = _stands_on(run, connection), journal_state(run)
    if run.notes.get(_DUE) == stands:
        return
    run.notes[_DUE] = stands
    documents(run, connection)
    _by_hand(run, connection)
    house.run(_SQL / "order_due.sql", connection=connection.name, settings=_read_as(connection))
    house.run(_SQL / "order_refunds.sql", connection=connection.name, refunds=records)


def _by_hand(run: Run, connection: Connection) -> None:
    """``by_hand`` and ``out_by_hand``: what staff did at the till with sales that were recorded for orders.

    Once for every state of what the till has of sales and of what the journal tells of them.
    """
    others = entities(run, connection.source).keys() - {"sales"}
    stands = connection.name, state(run, connection.source, without=others), journal_state(run)
    if run.notes.get(_SEEN) == stands:
        return
    run.notes[_SEEN] = stands
    file = "order_by_hand.sql" if documents(run, connection) else "order_by_hand_none.sql"
    run.warehouse.run(_SQL / file, connection=connection.name, seq=run.seq)


_NONE_RESERVED = """
CREATE OR REPLACE TEMP TABLE ordered_units AS
SELECT NULL::VARCHAR AS item_id, NULL::DECIMAL(18, 4) AS units WHERE false;
CREATE OR REPLACE TEMP TABLE order_items AS
SELECT NULL::VARCHAR AS order_id, NULL::VARCHAR AS item_id, NULL::DECIMAL(18, 4) AS sold WHERE false;
CREATE OR REPLACE TEMP TABLE document_lines AS
SELECT NULL::VARCHAR AS item_id, NULL::VARCHAR AS kind, NULL::VARCHAR AS outcome, NULL::TIMESTAMPTZ AS recorded_at,
       NULL::DECIMAL(18, 4) AS quantity
WHERE false;
CREATE OR REPLACE TEMP TABLE in_flight AS
SELECT NULL::VARCHAR AS order_id, NULL::VARCHAR AS item_id, NULL::DECIMAL(18, 4) AS units WHERE false;
CREATE OR REPLACE TEMP TABLE reserved_here AS
SELECT NULL::VARCHAR AS item_id, NULL::DECIMAL(18, 4) AS units WHERE false;
CREATE OR REPLACE TEMP TABLE touched AS SELECT NULL::VARCHAR AS item_id WHERE false;
CREATE OR REPLACE TEMP TABLE disturbed AS SELECT NULL::VARCHAR AS item_id WHERE false
"""


def give_back(run: Run, connection: Connection) -> None:
    """``source_returning``: units that the documents of this run put back at the till; after the orders were mapped.

    Empty where this run records no orders.
    """
    house = run.warehouse
    if order_feed.flows(run, connection) and house.one("SELECT count(*) FROM target_orders"):
        house.run(_SQL / "order_returning.sql", connection=connection.name, outlet=outlet(run, connection))
    else:
        house.con.execute(_NONE_RETURNING)


_NONE_RETURNING = """
CREATE OR REPLACE TEMP TABLE source_returning AS
SELECT NULL::VARCHAR AS item_id, NULL::VARCHAR AS location_id, NULL::DECIMAL(18, 4) AS units,
       NULL::DECIMAL(18, 4) AS shown
WHERE false;
CREATE OR REPLACE TEMP TABLE given_back AS SELECT NULL::VARCHAR AS item_id, NULL::DECIMAL(18, 4) AS units WHERE false
"""


def _not_about(run: Run, connection: Connection) -> bool:
    """Whether this run is not about orders and an earlier one left their tables."""
    there = all(run.warehouse.exists(connection.name, name) for name in ("orders_link", "orders_desired"))
    return there and not order_feed.flows(run, connection)


def link_orders(run: Run, connection: Connection) -> int:
    """``orders_due`` and ``orders_link``: which product of the till each line is; how many orders are due.

    Once a run: what is mapped is what was linked.
    """
    house = run.warehouse
    run.notes[_RESERVED] = None
    if _not_about(run, connection):
        return 0
    if run.notes.get(_LINKED) != connection.name:
        tables(run, connection)
        _due(run, connection)
        if not order_feed.flows(run, connection):
            house.con.execute("DELETE FROM orders_due")
            run.notes[_DUE] = None
        settings = connection.compiled.settings
        house.run(_SQL / "order_pairs.sql", connection=connection.name)
        house.run(
            _SQL / "order_link.sql", connection=connection.name, unknown_item=settings.unknown_item,
            history=history(run, connection), stays=settings.historical_stock_effect == "none",
        )  # fmt: skip
        run.notes[_LINKED] = connection.name
    due: int = house.one("SELECT count(*) FROM orders_due")
    return due


def map_orders(run: Run, connection: Connection) -> int:
    """``orders_desired``, ``order_lines_desired``, ``order_payments_desired`` of the orders that are due; how many."""
    if _not_about(run, connection):
        return 0
    due, settings = link_orders(run, connection), connection.compiled.settings
    by_change = settings.start_date_basis == "created_or_updated"
    run.warehouse.run(
        _SQL / "order_map.sql", start=start(run, connection), by_change=by_change, connection=connection.name,
        awaiting=settings.awaiting_payment, refunds=settings.refund_documents == "on",
    )  # fmt: skip
    return due


def _read_as(connection: Connection) -> str:
    """Changes with what an order in a status becomes; an order is then looked at again."""
    found, settings = connection.mapping.orders, connection.compiled.settings
    said = sorted((key, one.becomes, one.paid, one.open) for key, one in found.statuses.items()) if found else []
    names = ("order_sync_start_date", "connected_on", "start_date_basis", "awaiting_payment", "unknown_item",
             "order_state_profile", "import_all_orders", "historical_stock_effect", "refund_documents")  # fmt: skip
    return repr((said, [getattr(settings, name) for name in names]))
