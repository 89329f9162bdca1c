"""Plan: what would be written, in order, with before and after. Sets in ``sql/plan.sql``; nothing is sent here.

One plan per connection and run over all its entities; its hash binds it to its verdict (`design.md` §5).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.kit.warehouse import identifier
from pipelines.language import differences
from pipelines.run import Connection, Run, settings_hash
from pipelines.stages import orders, shop_drift, three_way, undo
from pipelines.stages.map import outlets
from pipelines.stages.order_plan import plan_orders
from pipelines.stages.sides import enter_due

_SQL = Path(__file__).parent / "sql"
_DIFFERENCES = """
(item_id VARCHAR, stands BOOLEAN, fields STRUCT(field VARCHAR, before JSON, after JSON, rule VARCHAR)[])
"""


def plan(run: Run, connection: Connection) -> dict[str, int]:
    """Make ``plan`` from what is desired and observed; returns rows by phase."""
    enter_due(run, connection)
    run.say(f"planning {connection.name}")
    house, settings = run.warehouse, connection.compiled.settings
    outlets(run, connection)
    only = run.wanted.only
    with house.transaction():
        house.run(
            _SQL / "pairs.sql",
            connection=connection.name,
            publish=settings.publish,
            listed=settings.publish_list,
            recreate=settings.recreate_missing,
            republish=settings.on_hidden_update == "republish",
            keep=settings.on_store_hidden == "keep" or settings.initial_state == "disabled",
            starts_hidden=settings.initial_state == "disabled",
            not_online=settings.not_online,
            products=settings.product_sync and "products" in only,
            helpers=orders.HELPER_SKU,
        )
        if run.wanted.undo is None:
            _plan_rows(run, connection)
        else:
            undo.plan_back(run, connection)
    three_way.views(house, connection.name)
    rows = house.query("SELECT phase, count(*) AS n FROM plan GROUP BY phase ORDER BY min(seq)")
    return {row["phase"]: row["n"] for row in rows}


def _plan_rows(run: Run, connection: Connection) -> None:
    house, settings = run.warehouse, connection.compiled.settings
    for entity, select in connection.compiled.differences.items():
        table = identifier(f"{entity.removesuffix('s')}_differences")
        house.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} {_DIFFERENCES}")
        if house.has_rows(differences.TABLES[entity][0]):
            house.con.execute(f"INSERT INTO {table} {select}")
    house.run(
        _SQL / "plan.sql",
        connection=connection.name,
        unpublish_mode=settings.unpublish_mode,
        on_delete=settings.on_delete,
        images=connection.compiled.updates_images(),
        stock=settings.stock_sync and "stock" in run.wanted.only,
    )
    house.run(_SQL / "again.sql", connection=connection.name, began=run.began)
    plan_orders(run, connection)
    shop_drift.adopt(run, connection)


def plan_hash(run: Run, connection: Connection) -> str:
    """The identity of the plan as it stands: its ordered rows, the mapping with its settings, the readings."""
    house = run.warehouse
    rows = house.one(
        "SELECT coalesce(md5(string_agg(md5(CAST(to_json(p) AS VARCHAR)), '' ORDER BY seq)), 'empty') FROM plan AS p"
    )
    reads = house.one(
        "SELECT coalesce(string_agg(concat_ws('/', platform, resource, run_id, rows), ' ' ORDER BY platform, resource),"
        " '') FROM sync.reads WHERE run_id = ?",
        [run.run_id],
    )
    return hashlib.sha256(f"{rows}|{settings_hash(connection)}|{reads}".encode()).hexdigest()
