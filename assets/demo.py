"""``make demo``: both sandboxes, one full sync through Dagster, a summary, a report. It owns the merchant ``demo``."""

from __future__ import annotations

import shlex
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.rehearsal import SAMPLE, demo_folder, keep, make, start, write_merchant
from assets.show import Screen
from pipelines.kit import catalogue_csv
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.sandbox.machine import Machine
from pipelines.language.load import nearest
from pipelines.language.mapping import connections, load_mapping
from pipelines.language.merchants import DEMO, Merchant, choose, load_merchants

Summary = dict[str, Any]
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
        merchant = choose(load_merchants(), DEMO)
        code, syncs = _synced(shown, merchant, name, list(machines.values()))
        keep(machines, running, name)
    finally:
        for one in running.values():
            one.stop()
    summary = {key: value for key, value in syncs[0].items() if key != "shoppers"}
    shown.answer({**summary, "visits": syncs[1:]}, lambda: _show(shown, syncs, mapping.title))
    if not shown.as_json:
        _next(shown, merchant, name, syncs)
        shown.say(f"  {'all of this':<22}{time.monotonic() - began:.1f} s")
    sent = {flow.entity for flow in mapping.flows if flow.direction == "from_to"} & set(summary["entities"])
    named = all(summary["entities"][entity]["observed"] for entity in sent) or not skus
    return 0 if code in {0, 1, 3} and named and summary["verdict"] != "failed" else code or 1


def _synced(shown: Screen, merchant: Merchant, name: str, machines: Sequence[Machine]) -> tuple[int, list[Summary]]:
    """The first sync, and one after each visit of the shoppers: the last exit code, and every summary in order."""
    from assets.syncing import sync_connection

    done: list[Summary] = []
    words: list[str] = []
    while words or not done:
        full = not done
        code, summary = sync_connection(shown, merchant, name, full=full, only=None, yes=True, write=True)
        done.append({"shoppers": words, **summary, "report": _kept(summary["report"], len(done) + 1)})
        words = [word for machine in machines for word in machine.shop(len(done))]
        for line in ["Shoppers in the store's sandbox", *(f"  {word}" for word in words)] if words else ():
            shown.say(line)
    return code, done


def _kept(report: str, sync: int) -> str:
    """A copy of a sync's report under a name of its own, since the next one takes its place."""
    path = Path(report)
    return str(shutil.copy2(path, path.with_name(f"{path.stem}__sync_{sync}{path.suffix}")))


def _show(shown: Screen, syncs: Sequence[Summary], title: str) -> None:
    for sync in syncs:
        shown.summary(sync, f"after: {'; '.join(sync['shoppers'])}" if sync["shoppers"] else title)


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


def _next(shown: Screen, merchant: Merchant, connection: str, syncs: Sequence[Summary]) -> None:
    """What to look at, each with what shows it; a command can be pasted as it stands."""
    from assets.looking import opened, worth_explaining
    from pipelines.kit.command_line import command, program

    shown.say("")
    shown.say("Look next at")
    for number, one in enumerate(syncs, start=1):
        shown.say(f"  {f'report of sync {number}':<22}{one['report']}")
        shown.say(f"  {'':<22}{'; '.join(one['shoppers']) or 'the catalogue goes to the store'}")
    with opened(merchant, connection) as house:
        sku = worth_explaining(house, connection)
    asked = [("why a field stays", ["explain", connection])]
    asked += [("one SKU, every field", ["explain", connection, "--sku", sku])] if sku else []
    for what, words in asked:
        shown.say(f"  {what:<22}{command(DEMO, *words)}")
    shown.say(f"  {'the runs, lineage':<22}make ui")
    shown.say(f"  {'another order, sync':<22}make ui, and beside it in a second terminal:")
    store = connection.partition("__")[2]
    if sku and "place" in make(store).deeds:
        shown.say(f"  {'':<22}{program()} {shlex.join(['sandbox', store, 'place', sku])}")
    shown.say(f"  {'':<22}{command(DEMO, 'sync', connection)}")
