"""``make demo``: both sandboxes, one full sync through Dagster, a summary, a report. It owns the merchant ``demo``."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

from assets.rehearsal import SAMPLE, demo_folder, keep, make, start, write_merchant
from assets.show import Screen
from pipelines.kit import catalogue_csv
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.load import nearest
from pipelines.language.mapping import connections, load_mapping
from pipelines.language.merchants import DEMO, choose, load_merchants

SETTINGS = {"publish": "all", "connected_on": "2024-01-01"}


def run_demo(shown: Screen, connection: str, catalog: Path | None) -> int:
    """Rehearse a connection; 0 when every record of the catalogue ended in a named state."""
    began = time.monotonic()
    name = connection or next(iter(connections()))
    if name not in connections():
        do = nearest(name, list(connections()))
        about = f"there is no connection {name}"
        raise MistakeInFiles(Problem("unknown_connection", about, found=name, expected=", ".join(connections()), do=do))
    catalogue = catalogue_csv.read(catalog or SAMPLE)
    _warm_up()
    mapping, _ = load_mapping(name)
    _start_from_nothing()
    machines = {platform: make(platform) for platform in (mapping.from_platform, mapping.to_platform)}
    machines[mapping.from_platform].seed(catalogue)
    skus = len(list(catalogue.variants))
    held = f"{len(catalogue.families)} products ({skus} SKUs) of {(catalog or SAMPLE).name}"
    shown.say(f"A till with {held}, and an empty store. What an earlier demo left is replaced.")
    _tell(shown, catalogue)
    running = start(machines)
    try:
        write_merchant(running, machines, name, SETTINGS)
        shown.say("Nothing waits for a person here: the demo runs with --yes.")
        from assets.syncing import sync_connection

        merchant = choose(load_merchants(), DEMO)
        code, summary = sync_connection(shown, merchant, name, full=True, only=None, yes=True, write=True)
        visits: list[dict[str, Any]] = []
        while words := [word for machine in machines.values() for word in machine.shop(len(visits) + 1)]:
            _visited(shown, words)
            code, last = sync_connection(shown, merchant, name, full=False, only=None, yes=True, write=True)
            visits.append({"shoppers": words, **last})
        keep(machines, running, name)
    finally:
        for one in running.values():
            one.stop()
    summary = {**summary, "report": visits[-1]["report"] if visits else summary["report"]}
    shown.answer({**summary, "visits": visits}, lambda: _show(shown, summary, visits, mapping.title))
    if not shown.as_json:
        _next(shown, name, summary["report"], time.monotonic() - began)
    sent = {flow.entity for flow in mapping.flows if flow.direction == "from_to"} & set(summary["entities"])
    named = all(summary["entities"][entity]["observed"] for entity in sent) or not skus
    return 0 if code in {0, 1, 3} and named and summary["verdict"] != "failed" else code or 1


def _visited(shown: Screen, words: list[str]) -> None:
    shown.say("Shoppers in the store's sandbox")
    for word in words:
        shown.say(f"  {word}")


def _show(shown: Screen, summary: dict[str, Any], visits: list[dict[str, Any]], title: str) -> None:
    shown.summary(summary, title)
    for visit in visits:
        shown.summary(visit, f"after: {'; '.join(visit['shoppers'])}")


def _warm_up() -> None:
    from pipelines.kit.expectations import warm_up

    threading.Thread(target=warm_up, daemon=True).start()


def _start_from_nothing() -> None:
    folder = demo_folder()
    state = ("warehouse.duckdb", "warehouse.duckdb.wal", "journal.jsonl", "dlt", "sandboxes")
    for part in (*state, "reports", "merchants.yaml"):
        path = folder / part
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _tell(shown: Screen, catalogue: catalogue_csv.Catalogue) -> None:
    for note in list(catalogue.notes)[:10]:
        shown.say(f"  note  {note}")
    if len(catalogue.notes) > 10:
        shown.say(f"  note  and {len(catalogue.notes) - 10} more")
    if catalogue.next_number > catalogue_csv.FIRST_NUMBER:
        shown.say(
            f"  note  where the file has no SKU of its own, the till gives numbers from {catalogue_csv.FIRST_NUMBER}"
        )
    if catalogue.not_carried:
        listed = ", ".join(f"{column} ({count})" for column, count in list(catalogue.not_carried.items())[:8])
        shown.say(f"  note  columns a till has no place for: {listed}")


def _next(shown: Screen, connection: str, report: str | None, seconds: float) -> None:
    shown.say("")
    shown.say(f"  demo     {seconds:.1f} s in all")
    shown.say("Look next at")
    shown.say(f"  the report          {report}")
    shown.say("  the runs, lineage   make ui")
    shown.say(f"  why a field stays   .venv/bin/tillsync --merchant demo explain {connection}")
    shown.say(f"  one SKU             .venv/bin/tillsync --merchant demo explain {connection} --sku SKU")
    shown.say("  another sync        make ui, and beside it in a second terminal:")
    shown.say(f"                      .venv/bin/tillsync --merchant demo sync {connection}")
