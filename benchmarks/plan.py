"""The plan of a million variants of which one in a hundred changed, against reading every value once.

In the figure: finding what changed (``work_set``) and planning it (``plan``). Beside it: link and map of the same run.
Goals: 1.5 times the floor, 1 GB (`design.md` §9).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.measuring import best, keep, peak_megabytes, rounded
from pipelines.kit.calls import Context
from pipelines.kit.warehouse import identifier
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import ConnectionEntry, Merchant
from pipelines.language.settings import Settings
from pipelines.run import Connection, Run, Wanted, open_run, settings_hash
from pipelines.stages import link, map, plan  # noqa: A004
from pipelines.stages.extract import raw_table
from pipelines.stages.harmonize import canonical_table

NAME = "lightspeed_x__bigcommerce"
SQL = Path(__file__).parent / "sql"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def connection() -> Connection:
    """The connection as shipped, everything published."""
    mapping, _ = load_mapping(NAME)
    settings = Settings.model_validate({**mapping.settings, "publish": "all", "connected_on": date(2024, 1, 1)})
    return Connection(NAME, mapping, compile_mapping(mapping, settings, NOW.date()))


def prepare(run: Run, wired: Connection, products: int) -> None:
    """A till and a store that agree, then the changes."""
    house = run.warehouse
    link.enter(run, wired)
    for platform in (wired.source, wired.target):
        house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(platform)}")
        for entity in link.ENTITIES:
            table = identifier(*canonical_table(platform, entity))
            side = "source" if platform == wired.source else "target"
            house.con.execute(f"CREATE TABLE {table} AS SELECT * FROM {side}_{entity} LIMIT 0")  # noqa: S608
    schema, raw = raw_table(wired.target, "products")
    house.con.execute(f"CREATE SCHEMA {identifier(schema)}")
    house.con.execute(f"CREATE TABLE {identifier(schema, raw)} (id VARCHAR, gone BOOLEAN)")
    names = {f"{side}_{entity}": canonical_table(platform, entity)
             for side, platform in (("source", wired.source), ("target", wired.target)) for entity in link.ENTITIES}  # fmt: skip
    link.enter(run, wired)
    house.run(SQL / "catalogue.sql", names, products=products)
    link.work_set(run, wired)
    link.link(run, wired)
    map.map_fields(run, wired)
    house.run(SQL / "agree.sql", names, connection=NAME)
    house.con.execute(
        "INSERT INTO sync.runs VALUES ('run-1', 'bench', ?, 'first', 'passed', ?, ?, ?, '{}', 0, false)",
        [NAME, settings_hash(wired), NOW, NOW],
    )
    house.run(SQL / "change.sql", names)
    house.con.execute("CHECKPOINT")


def measure(products: int, turns: int) -> None:
    """Print and keep the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        wired = connection()
        context = Context(run_id="run-2", wait=lambda _: None, now=lambda: NOW, monotonic=time.monotonic)
        merchant = Merchant("bench", {}, {NAME: ConnectionEntry()})
        run = open_run(merchant, [wired], Wanted((NAME,)), Path(folder), context)
        try:
            prepare(run, wired, products)
            figures(run, wired, turns)
        finally:
            run.close()


def figures(run: Run, wired: Connection, turns: int) -> None:
    """Take turns: the floor, then the chain from the changed readings to the plan."""
    house = run.warehouse

    def floor() -> None:
        house.run(SQL / "floor.sql")

    detect, linked, mapped, planned = (
        lambda: link.work_set(run, wired),
        lambda: link.link(run, wired),
        lambda: map.map_fields(run, wired),
        lambda: plan.plan(run, wired),
    )
    seconds = best(floor, detect, linked, mapped, planned, turns=turns)
    ours = seconds[1] + seconds[4]
    keep("plan", {
        "variants": house.one("SELECT count(*) FROM source_variants"),
        "changed": house.one("SELECT count(*) FROM plan"),
        "plan_over_floor": round(ours / seconds[0], 2),
        "goal": 1.5,
        "seconds": {"floor": rounded(seconds[0]), "changes_found": rounded(seconds[1]), "plan": rounded(seconds[4]),
                    "link": rounded(seconds[2]), "map": rounded(seconds[3])},
        "peak_megabytes": peak_megabytes(),
    })  # fmt: skip


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--products", type=int, default=250_000, help="of four variants each")
    asked.add_argument("--turns", type=int, default=5)
    given = asked.parse_args()
    measure(given.products, given.turns)
