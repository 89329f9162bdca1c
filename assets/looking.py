"""Commands that look at a warehouse or record a person's decision (explain, report, links, holds, audit, rules)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from assets.show import Screen
from assets.syncing import ENTITIES, check_connection
from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.exact_json import loads
from pipelines.kit.warehouse import Warehouse, identifier, open_to_read
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import Merchant
from pipelines.language.paths import CHECKOUT, home
from pipelines.report import values
from pipelines.report.values import Money

NOT_KNOWN = "not known: run `make test`"


@contextmanager
def opened(merchant: Merchant, connection: str = "") -> Iterator[Warehouse]:
    """The merchant's warehouse for one command, about one of its connections."""
    about = connection or next(iter(merchant.connections), "CONNECTION")
    warehouse = open_to_read(home() / merchant.name, "a command", time.sleep, connection=about)
    try:
        yield warehouse
    finally:
        warehouse.close()


def explained(shown: Screen, merchant: Merchant, connection: str, field: str | None, sku: str | None) -> None:
    """Print or answer what the tables say of a connection, a field or a SKU; no YAML is read."""
    from pipelines.language import explain
    from pipelines.report.explained import as_table, standing, three_ways

    check_connection(merchant, connection)
    with opened(merchant, connection) as house:
        if sku is not None:
            source, target = connection.split("__")
            found = explain.explain_sku(house, connection, sku, source, target, field)
        elif field is not None:
            found = explain.explain_field(house, connection, field)
        else:
            found = explain.explain_connection(house, connection)
        title, columns, rows = as_table(found, money_of(house, connection))

    def show() -> None:
        for word, text in standing(found, merchant.name) if sku is not None else ():
            shown.say(f"{word:<11}{text}")
        if sku is not None:
            shown.say("")
        shown.table(title, columns, rows)
        for name, head, lines in three_ways(found) if field is None else ():
            shown.say("")
            shown.table(name, head, lines)

    shown.answer(found, show)


def write_report(merchant: Merchant, connection: str, out: Path | None) -> Path:
    """Make the report of the last run; returns its path."""
    check_connection(merchant, connection)
    with opened(merchant, connection) as house:
        return report_of(house, merchant, connection, out)


def report_of(house: Warehouse, merchant: Merchant, connection: str, out: Path | None = None) -> Path:
    """The report from an open warehouse."""
    from pipelines.report import render_report

    folder = out or home() / merchant.name / "reports"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = Problem(
            "no_folder", "the report cannot be written there", str(folder), found=error.strerror, expected="a folder",
            do="name another folder with --out",
        )  # fmt: skip
        raise MistakeInFiles(problem) from None
    title = load_mapping(connection)[0].title
    path: Path = render_report(house, connection, folder / f"{connection}.html", title=title, merchant=merchant.name)
    return path


def look(shown: Screen, merchant: Merchant, what: str, connection: str, more: Mapping[str, Any]) -> None:
    """One of the looking and deciding commands."""
    from pipelines.stages import requests

    check_connection(merchant, connection)
    now = datetime.now(UTC)
    with opened(merchant, connection) as house:
        rows = requests.act(house, what, connection, now=now, **more)
        money = money_of(house, connection)

    def show() -> None:
        if what == "people forget":
            _show_forgotten(shown, rows[0]["orders"])
        elif what == "holds show":
            _show_holds(shown, rows, money)
        elif what == "audit show":
            _show_evidence(shown, rows, money)
        else:
            _rows(shown, what, rows)
        if what in {"holds", "holds show"} and any(row["state"] == "open" for row in rows):
            _next_steps(shown, merchant, connection, rows)

    shown.answer({"holds" if what == "holds all" else what.replace(" ", "_"): rows}, show)


def money_of(house: Warehouse, connection: str) -> Money | None:
    """The currency of the connection's store; None where the store was not read yet."""
    target = connection.partition("__")[2]
    if not house.exists(target, f"{target}_account"):
        return None
    found = house.query(f"SELECT currency, decimal_places FROM {identifier(target, f'{target}_account')}")  # noqa: S608
    return Money(found[0]["currency"] or "", found[0]["decimal_places"]) if found else None


def before_and_after(level: str, changes: Mapping[str, Any], money: Money | None) -> list[tuple[str, str, str]]:
    """Field, value before and value after of a change, as a person reads them."""
    shown = [(field, values.unit(level, field), change["before"], change["after"]) for field, change in changes.items()]
    return [(field, values.shown(was, unit, money), values.shown(to, unit, money)) for field, unit, was, to in shown]


def _show_holds(shown: Screen, rows: list[dict[str, Any]], money: Money | None) -> None:
    for row in rows:
        title = f"{row['hold_id']}  {row['sku'] or ''}  {row['name'] or ''}  ({row['class']}, {row['state']})"
        shown.say(f"because {row['reason']}, since {values.moment(row['since'])}")
        shown.table(title, ["field", "before", "after"], before_and_after(row["level"], row["changes"], money))
        shown.say("")


def _show_forgotten(shown: Screen, orders: int) -> None:
    shown.say(
        f"the buyer was taken out of {orders} order{'' if orders == 1 else 's'}; those placed until now stay without"
    )
    if not orders:
        shown.say("no order that is kept here names this address: look at its spelling")


def _show_evidence(shown: Screen, rows: list[dict[str, Any]], money: Money | None) -> None:
    """Who changed what, when, why and with what evidence, a block a record."""
    for row in rows:
        shown.say(f"{row['sku'] or row['name'] or row['target_id']}  {row['action']} {row['level']}  {row['outcome']}")
        word = f"{row['decision']} at {values.moment(row['decided_at'])}" if row["decision"] else "no decision needed"
        shown.say(f"  at {values.moment(row['planned_at'])}, {row['mode']} run, mapping {row['mapping_hash']}; {word}")
        if row["held_as"]:
            shown.say(f"  held as {row['held_as']} in {row['hold_id']}, decided on {row['decided_on']}")
        for call in row["calls"] or []:
            shown.say(
                f"  call {call['call']}  {call['method']} {call['path']}  {call['status']}  {call['request_hash']}"
            )
        fields = before_and_after(row["level"], row["changes"] or {}, money)
        shown.table(f"  intent {row['intent']}", ["field", "before", "after"], fields)
        shown.say("")
    if not rows:
        shown.say("nothing was sent")


def _next_steps(shown: Screen, merchant: Merchant, connection: str, rows: list[dict[str, Any]]) -> None:
    first = next(row for row in rows if row["state"] == "open")
    shown.say("next")
    for words in (("show", first["hold_id"]), ("approve", first["hold_id"]), ("approve", "--class", first["class"])):
        shown.say(f"  {command(merchant.name, 'holds', words[0], connection, *words[1:])}")


def planned(merchant: Merchant, connection: str) -> list[dict[str, Any]]:
    """What the last plan would send: SKU or name, level, action, and field → before and after as text."""
    with opened(merchant, connection) as house:
        return decided_on(house, connection, ("planned", "held"))


def worth_explaining(house: Warehouse, connection: str) -> str | None:
    """A SKU of the last run that there is something to say of: it failed, waits, was ordered, or changed."""
    target = connection.partition("__")[2]
    lines = (target, f"{target}_order_lines")
    ordered = f"(SELECT sku FROM {identifier(*lines)} WHERE sku IS NOT NULL)" if house.exists(*lines) else "(SELECT '')"  # noqa: S608
    found = house.query(
        f"SELECT sku FROM {identifier(connection, 'end_states')} WHERE sku IS NOT NULL"  # noqa: S608
        f" ORDER BY list_position(?, state) NULLS LAST, sku IN {ordered} DESC, list_position(?, state), sku LIMIT 1",
        [["failed", "quarantined", "held"], ["updated", "created", "deleted", "superseded", "unchanged"]],
    )
    return found[0]["sku"] if found else None


def decided_on(house: Warehouse, connection: str, states: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of the last plan in these states, in order, with why, and field → before and after as text."""
    money = money_of(house, connection)
    rows = house.query(
        "SELECT item_id, coalesce(parent_item_id, item_id) AS product_id, sku, name, location_id,"  # noqa: S608
        f" level, action, state, reason, changes FROM {identifier(connection, 'plan')}"
        " WHERE list_contains(?, state) ORDER BY seq",
        [list(states)],
    )
    return [
        {**row, "changes": [list(c) for c in before_and_after(row["level"], loads(row["changes"] or "{}"), money)]}
        for row in rows
    ]


def check_flows(merchant: Merchant, connection: str, only: list[str] | None) -> None:
    """Raises MistakeInFiles where ``only`` names what the connection does not sync."""
    check_connection(merchant, connection)
    flows = [flow.entity for flow in load_mapping(connection)[0].flows]
    for entity in only or []:
        if entity in ENTITIES and entity not in flows:
            raise MistakeInFiles(
                Problem(
                    "not_synced",
                    f"{connection} does not sync {entity}",
                    found=entity,
                    expected=", ".join(flows),
                    do="leave --only off, or name what it syncs",
                )
            )


def _rows(shown: Screen, title: str, rows: list[dict[str, Any]]) -> None:
    if title.startswith("holds"):
        rows = [
            {**row, "expires_at": row["expires_at"] or ("never" if row["state"] == "open" else None)} for row in rows
        ]
    left_out = {"changes", "level"} | ({"action", "decided_at", "note"} if title == "holds" else set())
    columns = [name for name in (rows[0] if rows else {}) if name not in left_out]
    shown.table(title, columns, [[row[name] for name in columns] for row in rows])


def rule_states(*, uncovered: bool) -> dict[str, Any]:
    """The register of rules joined with the last test run (`design.md` §7)."""
    register = CHECKOUT / "tests" / "rules.yaml"
    if not register.exists():
        raise MistakeInFiles(Problem("no_register", "there is no register of rules", file="tests/rules.yaml"))
    results = CHECKOUT / "tests" / ".results" / "rules.json"
    ran = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    missing = "uncovered" if results.exists() else NOT_KNOWN
    found = {}
    for entry in yaml.safe_load(register.read_text(encoding="utf-8"))["rules"]:
        tests = ran.get(entry["id"], [])
        state = "covered" if tests else "informational" if entry["kind"] == "N" else missing
        if not uncovered or state == missing:
            note = entry.get("note", "")
            found[entry["id"]] = {"state": state, "tests": tests, "says": entry["says"], "note": note}
    return {"rules": found}
