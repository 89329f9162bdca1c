"""What a run came to: the end state of every record, the summary outside programs read, and the exit code.

The shapes are a contract (`design.md` §7).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.kit.command_line import command
from pipelines.kit.documents import plain
from pipelines.kit.errors import Problem
from pipelines.run import Connection, Run, settings_hash
from pipelines.stages import order_feed, order_settle, orders, people, shop_drift
from pipelines.stages.freshness import CHECK, freshness, what_to_do
from pipelines.stages.sides import enter
from pipelines.stages.validate import checks_of

_SQL = Path(__file__).parent / "sql"
STATES = (
    "created", "updated", "deleted", "unchanged", "superseded", "deferred", "quarantined", "held", "failed",
    "out_of_scope",
)  # fmt: skip
ENTITIES = ("products", "stock", "orders")
SHOWN = 20


def finish(run: Run, connection: Connection, mode: str, started: datetime, verdict: str) -> dict[str, Any]:
    """Settle the end states, store the run and return its summary."""
    enter(run, connection)
    house = run.warehouse
    settings, only = connection.compiled.settings, run.wanted.only
    house.run(_SQL / "receipts.sql")
    with house.transaction():
        house.run(
            _SQL / "end_states.sql",
            connection=connection.name,
            run_id=run.run_id,
            wrote=run.wanted.write and verdict == "passed",
            products=settings.product_sync and "products" in only,
            stock=settings.stock_sync and "stock" in only,
            part=run.wanted.undo is not None or run.wanted.retry is not None,
            undo=run.wanted.undo is not None,
        )
        order_settle.settle(run, connection, wrote=run.wanted.write and verdict == "passed")
        summary = _summary(run, connection, mode, verdict)
        store_run(run, connection, mode, started, verdict, summary, exit_code(run, connection, verdict))
        _keep_figures(run, connection, summary)
    if run.wanted.write:
        people.grown_old(run, connection)
    return summary


def exit_code(run: Run, connection: Connection, verdict: str) -> int:
    """5 refused by a check, 3 something held, 1 failed or newly quarantined in this run, else 0."""
    if verdict == "failed":
        return 5
    counted = _counts(run)
    if any(states.get("held") for states in counted.values()):
        return 3
    fresh = "SELECT count(*) FROM sync.quarantine WHERE connection = ? AND first_run = ? AND released_at IS NULL"
    newly = run.warehouse.one(fresh, [connection.name, run.run_id])
    failed = any(states.get("failed") for states in counted.values())
    return 1 if newly or failed or order_feed.refused(run, connection) else 0


def store_run(  # noqa: PLR0913
    run: Run, connection: Connection, mode: str, started: datetime, verdict: str, summary: dict[str, Any], code: int
) -> None:
    """Keep the run in ``sync.runs``; a run stored twice is stored once."""
    run.warehouse.con.execute(
        "DELETE FROM sync.runs WHERE run_id = ? AND connection = ?", [run.run_id, connection.name]
    )
    run.warehouse.con.execute(
        "INSERT INTO sync.runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [run.run_id, run.merchant.name, connection.name, mode, verdict, settings_hash(connection), started,
         run.context.now(), json.dumps(summary), code, not run.wanted.write],
    )  # fmt: skip


def _keep_figures(run: Run, connection: Connection, summary: dict[str, Any]) -> None:
    """The run's numbers, one row each, for a chart over runs: ``products.updated``, ``api.<platform>.writes``, …"""
    parts = {**summary["entities"], **{f"api.{name}": counts for name, counts in summary["api"].items()}}
    found = {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}
    unknown = "SELECT count(*) FROM sync.unknown WHERE connection = ?"
    unproven = "SELECT count(*) FROM sync.unproven WHERE connection = ?"
    found["writes.unknown"] = run.warehouse.one(unknown, [connection.name])
    found["writes.unproven"] = run.warehouse.one(unproven, [connection.name])
    house = run.warehouse.con
    house.execute("DELETE FROM sync.figures WHERE run_id = ? AND connection = ?", [run.run_id, connection.name])
    house.execute(
        "INSERT INTO sync.figures SELECT ?, ?, unnest(?), unnest(?)",
        [run.run_id, connection.name, list(found), list(found.values())],
    )


def _counts(run: Run) -> dict[str, dict[str, int]]:
    rows = run.warehouse.query(
        "SELECT entity, state, count(*) AS n FROM end_states WHERE run_id = ? GROUP BY entity, state", [run.run_id]
    )
    counted: dict[str, dict[str, int]] = {}
    for row in rows:
        counted.setdefault(row["entity"], {})[row["state"]] = row["n"]
    return counted


def _summary(run: Run, connection: Connection, mode: str, verdict: str) -> dict[str, Any]:
    counted = _counts(run)
    entities = {}
    for entity in _entities(run, connection):
        states = {state: counted.get(entity, {}).get(state, 0) for state in STATES}
        entities[entity] = {**states, "observed": sum(states.values()), "withheld_fields": _withheld(run, entity)}
    api = {name: vars(run.context.of(name)) for name in (connection.source, connection.target)}
    return {
        "connection": connection.name,
        "merchant": run.merchant.name,
        "run_id": run.run_id,
        "mode": mode,
        "verdict": verdict,
        "entities": entities,
        "api": api,
        "notes": _notes(run, connection),
        **found_out(run, connection),
        "seconds": {stage: round(seconds, 3) for stage, seconds in run.seconds.items()},
        "report": None,
    }


def _entities(run: Run, connection: Connection) -> list[str]:
    """What this run was about; orders only where they flow."""
    return [e for e in ENTITIES if e in run.wanted.only and (e != "orders" or order_feed.on(connection))]


def _notes(run: Run, connection: Connection) -> list[str]:
    """What was odd in reading, and why records are not in the store though nothing is wrong with them."""
    read, left_out = _of_reading(run, connection), [*_left_out(run, connection), *_gone(run, connection)]
    return [*read, *orders.notices(run, connection), *left_out]


def _of_reading(run: Run, connection: Connection) -> list[str]:
    rows = run.warehouse.query(
        "SELECT resource || ' of ' || platform || ': ' || unnest(notes) AS said FROM sync.reads"
        " WHERE run_id = ? AND platform IN (?, ?)",
        [run.run_id, connection.source, connection.target],
    )
    return [row["said"] for row in rows]


def _left_out(run: Run, connection: Connection) -> list[str]:
    """Under `publish: linked` (`design.md` §5)."""
    if connection.compiled.settings.publish != "linked":
        return []
    unlinked = run.warehouse.rows(_SQL / "unlinked.sql", run_id=run.run_id)[0]["unlinked"]
    said = f"{unlinked} SKUs of the till have no match in the store and are left out by `publish: linked`"
    return [f"{said}; `publish: all` would create them"] if unlinked else []


def _gone(run: Run, connection: Connection) -> list[str]:
    """Linked products that were deleted in the store and, by the setting, stay so (C-25)."""
    if connection.compiled.settings.recreate_missing:
        return []
    count = run.warehouse.one("SELECT count(*) FROM products_link WHERE state = 'broken'")
    said = "1 product of the till was" if count == 1 else f"{count} products of the till were"
    stay = "deleted in the store and not created again, as `recreate_missing: false` says"
    return [f"{said} {stay}; the report names what they sell under Links"] if count else []


def found_out(run: Run, connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """``problems`` that stopped the write, and ``warnings`` a person should read though nothing was stopped.

    A problem has the eight keys of an error; a warning names its check, how many records it concerns, the first of them
    in words, and what to do.
    """
    checks = [check for check in checks_of(run.warehouse, connection.name, run.run_id) if not check.passed]
    problems = [
        Problem(
            check.expectation,
            f"{connection.name}: nothing was written, a check failed",
            found=check.error or "; ".join(check.examples),
            expected=check.expected,
            do=check.do or "look at the platform and the report, then run again",
        ).as_dict()
        for check in checks
        if check.kind == "set"
    ]
    refused = order_feed.refused(run, connection)
    warnings = [warning("orders_not_read", 1, [one.message], one.do) for one in refused]
    warnings += [warning(c.expectation, c.broken, c.examples, c.do) for c in checks if c.kind == "warning"]
    warnings += fix_points(run, connection)
    warnings += _moved(run, connection)
    warnings += _by_hand(run, connection)
    warnings += _oversold(run, connection)
    warnings += _store_variants(run, connection)
    minutes = connection.compiled.settings.freshness_minutes
    late = freshness(run.warehouse, connection.name, run.context.now(), minutes)
    if late.late:
        do = what_to_do(run.merchant.name, connection.name)
        warnings.append(warning(CHECK, len(late.late), late.says()[-len(late.late) :], do))
    return {"problems": problems, "warnings": warnings}


def fix_points(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """Fields of which the store keeps another value than was sent twice, and which are not sent again (§2.7)."""
    known = run.warehouse.exists(connection.name, "fix_points")
    found = run.warehouse.query("SELECT sku, name, field FROM fix_points") if known else []
    says = [f"{row['sku'] or row['name']}: {row['field']}" for row in found]
    sku = next((row["sku"] for row in found if row["sku"]), None)
    asked = command(run.merchant.name, "explain", connection.name, *([f"--sku={sku}"] if sku else []))
    do = f"compare both sides with `{asked}`; it is sent again once it changes at the till"
    return [warning("store_keeps_its_own", len(says), says, do)] if says else []


def _waits(connection: Connection) -> str:
    if shop_drift.adopts(connection):
        return "taken to the till unless an order explains them within a quarter of an hour, or a person says no"
    return "held back until an order explains them"


def _moved(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """Levels that the store alone moved and no order explains: drops, rises, those taken to the till (§2.5.5)."""
    word = {
        "open": _waits(connection),
        "adopted": "taken to the till as a count",
        "asked": f"held back until a person decides: `{command(run.merchant.name, 'holds', 'list', connection.name)}`",
        "refused": "held back, because a person refused to show them again: count them at the till",
        "overwritten": "the till's level was written",
    }
    told: dict[str, list[str]] = {}
    for row in shop_drift.told(run, connection):
        way = "more" if row["units"] < 0 else "fewer"
        told.setdefault(shop_drift.headed(row["units"], row["state"]), []).append(
            f"{row['sku'] or 'no SKU'}: {plain(abs(row['units']))} {way} in the store"
            f" since {row['since']:%Y-%m-%d %H:%M} UTC and no order says why;"
            f" {'orders of it changed meanwhile, so ' if row['by_orders'] and row['state'] == 'overwritten' else ''}"
            f"{word[row['state']]}"
        )
    return [warning(check, len(says), says, shop_drift.DO) for check, says in told.items()]


def _by_hand(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """What staff did at the till with sales of the orders this run looked at; a sale they closed is no news."""
    if not order_feed.flows(run, connection) or not run.warehouse.one("SELECT count(*) FROM target_orders"):
        return []
    says = []
    for row in run.warehouse.rows(_SQL / "order_by_hand_told.sql"):
        named = f"order {row['number']}: its sale {row['reference']}"
        free = "stay held back until the order is sent or cancelled" if row["open"] else "count as the till has them"
        if row["voided"]:
            says.append(f"{named} was voided by hand at the till; it is not recorded again by itself, its units {free}")
        if row["returned"]:
            says.append(f"{named} had {plain(row['returned'])} units returned at the till; they {free}")
        if row["edited"]:
            says.append(f"{named} was changed by hand at the till; what was taken out of it: its units {free}")
    holds = command(run.merchant.name, "holds", "list", connection.name)
    do = f"look at the sale at the till; `{holds}`: a voided one is recorded again once approved, rejected it stays so"
    return [warning("changed_at_the_till", len(says), says, do)] if says else []


def _oversold(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """Items of which more is ordered than there is: two stores, or a store and the till, sold the same last unit."""
    house = run.warehouse
    if not (house.exists(connection.name, "stock_three_way") and house.one("SELECT count(*) FROM target_orders")):
        return []
    says = [
        f"{row['sku'] or 'no SKU'}: {plain(row['ordered'])} ordered online and not in the till's reading yet, which has"
        f" {plain(row['there'])}: {plain(row['ordered'] - row['there'])} sold that is not there ({row['orders']})"
        for row in run.warehouse.rows(_SQL / "oversold.sql")
    ]
    do = "decide which order is served, and tell the other buyer; or get more in and count it at the till"
    return [warning("sold_more_than_there_is", len(says), says, do)] if says else []


def _store_variants(run: Run, connection: Connection) -> list[dict[str, Any]]:
    """Variants the store has by itself, as far as all of it was read; they are left as they are (S003-40)."""
    whole = "SELECT bool_or(complete) FROM sync.reads WHERE run_id = ? AND platform = ? AND resource = 'products'"
    if not run.warehouse.one(whole, [run.run_id, connection.target]):
        return []
    found = run.warehouse.rows(_SQL / "store_variants.sql", connection=connection.name)
    says = [f"{row['sku'] or 'no SKU'} of {row['name']}: the till does not know this variant" for row in found]
    do = "add it at the till with the same SKU, or delete it in the store"
    return [warning("variants_of_the_store", len(says), says, do)] if says else []


def warning(check: str, records: int, says: Sequence[str], do: str | None) -> dict[str, Any]:
    """A warning as the summary, the report and ``tillsync check`` show it."""
    return {"check": check, "records": records, "says": list(says[:SHOWN]), "do": do}


def _withheld(run: Run, entity: str) -> int:
    count: int = run.warehouse.one(
        "SELECT (SELECT count(*) FROM end_states WHERE run_id = $run_id AND entity = $entity)"
        " * (SELECT count(*) FROM field_rules WHERE NOT syncs"
        "    AND (entity = $entity OR ($entity = 'products' AND entity IN ('variants', 'images'))))",
        {"run_id": run.run_id, "entity": entity},
    )
    return count
