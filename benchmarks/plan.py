"""The plan of a million variants of which one in a hundred changed, against reading every value once.

In the figure: finding what changed (``work_set``) and planning it (``plan``). Beside it: link and map of the same run.
Goals: 1.5 times the floor, 1 GB (`design.md` §9).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.measuring import best, keep, peak_megabytes, rounded
from pipelines.kit.calls import Context
from pipelines.kit.warehouse import MEMORY, identifier
from pipelines.language.canonical import canonical_table
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import ConnectionEntry, Merchant
from pipelines.language.settings import Settings
from pipelines.run import Connection, Run, Wanted, open_run
from pipelines.stages import link, map, plan  # noqa: A004
from pipelines.stages.extract import raw_table

NAME = "lightspeed_x__bigcommerce"
SQL = Path(__file__).parent / "sql"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def connection() -> Connection:
    """The connection as shipped, everything published."""
    mapping, _ = load_mapping(NAME)
    settings = Settings.model_validate({**mapping.settings, "publish": "all", "connected_on": date(2024, 1, 1)})
    return Connection(NAME, mapping, compile_mapping(mapping, settings, NOW.date()))


def tables(wired: Connection) -> dict[str, tuple[str, str]]:
    """``source_products`` and its like → the canonical table it stands for, whole."""
    sides = (("source", wired.source), ("target", wired.target))
    return {
        f"{side}_{entity}": canonical_table(platform, entity) for side, platform in sides for entity in link.ENTITIES
    }


def opened(wired: Connection, folder: Path) -> Run:
    """A run over the warehouse in a folder; nothing is called."""
    context = Context(run_id="run-2", wait=lambda _: None, now=lambda: NOW, monotonic=time.monotonic)
    return open_run(Merchant("bench", {}, {NAME: ConnectionEntry()}), [wired], Wanted((NAME,)), folder, context)


def prepare(folder: Path, products: int) -> None:
    """A till and a store that agree, then the changes."""
    wired = connection()
    run = opened(wired, folder)
    house, names = run.warehouse, tables(wired)
    link.enter(run, wired)
    for name, place in names.items():
        house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(place[0])}")
        house.con.execute(f"CREATE TABLE {identifier(*place)} AS FROM {identifier(name)} LIMIT 0")
    schema, raw = raw_table(wired.target, "products")
    house.con.execute(f"CREATE SCHEMA {identifier(schema)}")
    house.con.execute(f"CREATE TABLE {identifier(schema, raw)} (id VARCHAR, gone BOOLEAN)")
    link.enter(run, wired)
    house.run(SQL / "catalogue.sql", names, products=products)
    link.work_set(run, wired)
    link.link(run, wired)
    map.map_fields(run, wired)
    house.run(SQL / "agree.sql", names, connection=NAME)
    link.keep_ground(run, wired)
    house.run(SQL / "change.sql", names)
    run.close()


def measure(folder: Path, turns: int) -> None:
    """Take turns: the floor, then the chain from the changed readings to the plan. Print and keep the ratios."""
    wired = connection()
    run = opened(wired, folder)
    house, names = run.warehouse, tables(wired)
    seconds = best(
        lambda: house.run(SQL / "floor.sql", names),
        lambda: link.work_set(run, wired),
        lambda: link.link(run, wired),
        lambda: map.map_fields(run, wired),
        lambda: plan.plan(run, wired),
        turns=turns,
    )
    floor, found, linked, mapped, planned = (rounded(one) for one in seconds)
    link.enter(run, wired)
    keep("plan", {
        "variants": house.one("SELECT count(*) FROM source_variants"),
        "changed": house.one("SELECT count(*) FROM plan"),
        "plan_over_floor": round((found + planned) / floor, 2),
        "goal": 1.5,
        "seconds": {"floor": floor, "changes_found": found, "plan": planned, "link": linked, "map": mapped},
        "peak_megabytes": peak_megabytes(),
    })  # fmt: skip
    run.close()


def main() -> None:
    """Prepare in a process of its own, so that the memory measured is the plan's."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--products", type=int, default=250_000, help="of four variants each")
    asked.add_argument("--turns", type=int, default=5)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        apart = multiprocessing.get_context("spawn").Process(target=prepare, args=(Path(folder), given.products))
        apart.start()
        apart.join()
        if apart.exitcode:
            raise SystemExit("the catalogue could not be prepared")
        os.environ[MEMORY] = "600MB"
        measure(Path(folder), given.turns)


if __name__ == "__main__":
    main()
