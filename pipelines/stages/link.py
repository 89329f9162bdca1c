"""Link: which record here is which record there. Sets in ``sql/link.sql``; a person's decisions in ``sync.links``.

Also the work set: the keys this run considers (`design.md` §5). Nothing is matched by guessing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.kit.platform import Reading, Resource
from pipelines.kit.warehouse import identifier
from pipelines.run import Connection, Run, settings_hash
from pipelines.stages import buffers, elsewhere, orders
from pipelines.stages.decisions import decide
from pipelines.stages.extract import raw_table, resources
from pipelines.stages.harmonize import HARMONIZED
from pipelines.stages.made import keep_former
from pipelines.stages.recover import found_again
from pipelines.stages.sides import LINKS, enter

_SQL = Path(__file__).parent / "sql"


def is_first(run: Run, connection: Connection) -> bool:
    """Whether this connection never had a successful writing run."""
    sql = "SELECT count(*) FROM sync.runs WHERE connection = ? AND NOT only_plan AND exit_code IN (0, 1, 3)"
    return bool(run.warehouse.one(sql, [connection.name]) == 0)


def is_filling(run: Run, connection: Connection) -> bool:
    """Whether this is the first run, or goes on with creations that every run until now put off."""
    sql = (
        "SELECT count(*) FROM sync.runs WHERE connection = ? AND NOT only_plan AND exit_code IN (0, 1, 3)"
        " AND coalesce(CAST(summary ->> '$.entities.products.deferred' AS INTEGER), 0) = 0"
    )
    return bool(run.warehouse.one(sql, [connection.name]) == 0)


def everything_due(run: Run, connection: Connection) -> bool:
    """Whether every key is considered: the first run, or something all values stand on changed since the last one."""
    stands = run.warehouse.one("SELECT hash FROM sync.ground WHERE connection = ?", [connection.name])
    return bool(stands != ground(run, connection))


def ground(run: Run, connection: Connection) -> str:
    """Changes with the mapping, a setting, an outlet, a register, a store location, a currency or a unit.

    Looked at anew once a canonical table is another one.
    """
    seen, known = run.notes.get(HARMONIZED, 0), run.notes.get(f"ground {connection.name}")
    if known is None or known[0] != seen:
        known = (seen, run.warehouse.rows(_SQL / "ground.sql")[0]["hash"])
        run.notes[f"ground {connection.name}"] = known
    return f"{settings_hash(connection)} {known[1]}"


def keep_ground(run: Run, connection: Connection) -> None:
    """Note what this run's values stood on; called once they are written or settled."""
    enter(run, connection)
    run.warehouse.con.execute("DELETE FROM sync.ground WHERE connection = ?", [connection.name])
    values = [connection.name, ground(run, connection), run.run_id]
    run.warehouse.con.execute("INSERT INTO sync.ground VALUES (?, ?, ?)", values)


def work_set(run: Run, connection: Connection) -> int:
    """Make ``work_set`` from what is harmonized now; returns how many keys it holds."""
    enter(run, connection)
    house, everything = run.warehouse, everything_due(run, connection)
    elsewhere.reserve(run, connection)
    buffers.measure(run, connection)
    house.con.execute(_DIFFERING)
    if not everything:
        _differing(run, connection)
    house.run(
        _SQL / "work_set.sql", connection=connection.name, everything=everything, full=run.wanted.full, began=run.began
    )
    if run.wanted.undo is not None:
        house.run(_SQL / "receipts.sql")
        house.run(_SQL / "undo_work.sql", undo=run.wanted.undo)
    elif run.wanted.retry is not None:
        house.run(_SQL / "retry_work.sql", connection=connection.name, skus=list(run.wanted.retry))
    count: int = house.one("SELECT count(*) FROM work_set")
    return count


def _differing(run: Run, connection: Connection) -> None:
    """Compare row by row only those entities that differ as a whole."""
    for found in run.warehouse.rows(_SQL / "digests.sql", connection=connection.name):
        entity, side = found["entity"], found["side"]
        key = "variant_id" if entity in {"variants", "stock", "components"} else "product_id"
        names = {"seen": (f"{side}_{entity}",), "key": (key,)}
        values = {"connection": connection.name, "entity": entity, "side": side}
        run.warehouse.run(_SQL / "differing.sql", names, **values)
        if (entity, side) not in {("products", "source"), ("variants", "source")}:
            run.warehouse.run(_SQL / "lost.sql", names, **values)


def readings_of_target(run: Run, connection: Connection) -> dict[str, Reading]:
    """What must be read of the store: all of it when everything is due or the run is full, else the work set.

    Linked records are asked for by id, unlinked ones by SKU; all of it where another key than the SKU would link them.
    Where the store has no list of levels, they are those its products carry.
    A record read earlier that would now be linked is asked for by its id too: it may be gone, or be another one by now.
    An empty work set reads nothing.
    """
    found = _lists(run, connection)
    if run.wanted.undo is not None:
        rows = run.warehouse.rows(_SQL / "undo_ids.sql", connection=connection.name, undo=run.wanted.undo)
        products, levels = ([row["id"] for row in rows if row["level"] == level] for level in ("products", "variants"))
        return _narrow(run, connection, products, [], levels)
    if run.wanted.full or everything_due(run, connection):
        return {name: Reading() for name in found}
    asked = partial(_asked, run, connection)
    ids = asked("target_ids.sql")
    skus = asked("target_skus.sql")
    if skus and connection.mapping.match[0] != "sku":
        return {name: Reading() for name in found}
    if "inventory" not in found:
        return _narrow(run, connection, sorted({*ids, *asked("target_level_owners.sql")}), skus, [])
    return _narrow(run, connection, ids, skus, asked("target_variant_ids.sql"))


def _asked(run: Run, connection: Connection, file: str) -> list[str]:
    return [value for row in run.warehouse.rows(_SQL / file, connection=connection.name) for value in row.values()]


def _lists(run: Run, connection: Connection) -> dict[str, Resource]:
    """What a work set is read of; lists that are read for one flow alone, or tell of deletions, are not in it."""
    found = resources(run, connection.target)
    return {name: one for name, one in found.items() if one.flow is None and one.deletions_of is None}


def _narrow(
    run: Run, connection: Connection, ids: Sequence[str], skus: Sequence[str], variants: Sequence[str]
) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    for name, resource in _lists(run, connection).items():
        if resource.by_sku and skus:
            readings[f"{name}"] = Reading(skus=skus)
        if resource.by_key and name == "products" and ids:
            readings[name] = Reading(keys=ids, skus=skus or None)
        elif resource.by_key and name == "inventory" and variants:
            readings[name] = Reading(keys=variants)
    for name, resource in _lists(run, connection).items():
        if resource.follows in readings:
            readings[name] = Reading()
    return readings


def link(run: Run, connection: Connection) -> dict[str, int]:
    """Make ``products_link``, ``variants_link`` and ``orders_link`` and keep the certain links; returns links by state.

    ``orders_link`` last: it goes by the links of SKUs.
    """
    enter(run, connection)
    run.say(f"linking {connection.name}")
    house = run.warehouse
    with house.transaction():
        _link_products(run, connection)
        few = house.one(_FEW)
        house.run(_SQL / ("due.sql" if few else "due_all.sql"), connection=connection.name)
    found_again(run, connection)
    _keep_found(run, connection)
    orders.link_orders(run, connection)
    run.notes[f"due {connection.name}"] = few
    rows = house.query("SELECT state, count(*) AS n FROM variants_link GROUP BY state ORDER BY state")
    return {row["state"]: row["n"] for row in rows}


def _keep_found(run: Run, connection: Connection) -> None:
    """Tell the journal which records were found to be one, so that a lost warehouse need not find them anew (I-37).

    Only links that were made since it was told last are looked at; all, where the clock was put back since.
    """
    house, told, now = run.warehouse, f"links told {connection.name}", run.context.now()
    since = house.noted(told)
    if since is not None and datetime.fromisoformat(since) > now:
        since = None
    if since is not None and not house.one(_LINKED_SINCE, [connection.name, since]):
        return
    found = house.rows(_SQL / "links_found.sql", connection=connection.name, since=since)
    decide(run, [{"what": "links found", "connection": connection.name, **row} for row in found], now)
    house.note(told, now.isoformat())


def _mark(run: Run, connection: Connection) -> None:
    """Note of links that lack it which record they are of."""
    if not run.warehouse.one(_UNMARKED, [connection.name]):
        return
    names = {"raw": raw_table(connection.target, "products")}
    run.warehouse.run(
        _SQL / "mark_links.sql", names, connection=connection.name, target=connection.target, run_id=run.run_id
    )


def _link_products(run: Run, connection: Connection) -> None:
    """Link the products of the work set; where it has none, all stays as it was linked. An undo asks of all links."""
    house = run.warehouse
    linked = run.wanted.undo is None and all(house.exists(connection.name, name) for name in LINKS)
    if linked and not house.one("SELECT count(*) FROM work_set WHERE entity = 'products'"):
        house.con.execute(_NO_SHARED_PAGES)
        return
    kept: dict[str, Any] = {"connection": connection.name, "run_id": run.run_id, "now": run.context.now()}
    _mark(run, connection)
    if run.wanted.undo is None:
        house.run(_SQL / "still_there.sql", **kept, began=run.began)
    house.run(
        _SQL / "link.sql",
        connection=connection.name,
        complete=_complete(run, connection),
        gone=_gone(run, connection),
        levels=run.wanted.undo is None,
        first=connection.mapping.match[0],
        later=connection.mapping.match[1:],
    )
    again = house.query("SELECT DISTINCT CASE WHEN whole THEN product_id ELSE from_id END AS item FROM made_again")
    if again:
        keep_former(run, connection, [row["item"] for row in again])
    house.run(_SQL / "keep_links.sql", **kept)
    _mark(run, connection)


_LINKED_SINCE = """
SELECT EXISTS (
    FROM sync.links
    WHERE connection = ? AND level IN ('products', 'variants') AND state = 'linked'
      AND coalesce(since >= CAST(? AS TIMESTAMPTZ), true)
)
"""
_UNMARKED = """
SELECT count(*) FROM sync.links
WHERE connection = ? AND level IN ('products', 'variants') AND state IN ('linked', 'broken') AND made_at IS NULL
"""
_NO_SHARED_PAGES = """
CREATE OR REPLACE TEMP TABLE shared_pages AS
SELECT NULL::VARCHAR AS item_id, NULL::VARCHAR AS to_id, NULL::BOOLEAN AS stays, NULL::BOOLEAN AS goes WHERE false
"""


def _complete(run: Run, connection: Connection) -> bool:
    sql = "SELECT bool_or(complete) FROM sync.reads WHERE run_id = ? AND platform = ? AND resource = 'products'"
    return bool(run.warehouse.one(sql, [run.run_id, connection.target]))


def _gone(run: Run, connection: Connection) -> list[str]:
    schema, table = raw_table(connection.target, "products")
    rows = run.warehouse.query(f"SELECT id FROM {identifier(schema, table)} WHERE gone")  # noqa: S608
    return [row["id"] for row in rows]


_FEW = "SELECT (SELECT count(*) FROM work_set WHERE entity = 'products') * 2 < (SELECT count(*) FROM source_products)"
_DIFFERING = "CREATE OR REPLACE TEMP TABLE differing (entity VARCHAR, side VARCHAR, item_id VARCHAR, lost BOOLEAN)"
