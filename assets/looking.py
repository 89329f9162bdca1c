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
from assets.syncing import check_connection
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.warehouse import Warehouse, open_to_read
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import Merchant
from pipelines.language.paths import CHECKOUT, home


@contextmanager
def opened(merchant: Merchant) -> Iterator[Warehouse]:
    """The merchant's warehouse for one command."""
    warehouse = open_to_read(home() / merchant.name, "a command", time.sleep)
    try:
        yield warehouse
    finally:
        warehouse.close()


def explained(shown: Screen, merchant: Merchant, connection: str, field: str | None, sku: str | None) -> None:
    """Print or answer what the tables say of a connection, a field or a SKU; no YAML is read."""
    from pipelines.language import explain

    check_connection(merchant, connection)
    with opened(merchant) as house:
        if sku is not None:
            source, target = connection.split("__")
            found = explain.explain_sku(house, connection, sku, source, target)
        elif field is not None:
            found = explain.explain_field(house, connection, field)
        else:
            found = explain.explain_connection(house, connection)
        title, columns, rows = explain.as_table(found)
        shown.answer(found, lambda: shown.table(title, columns, rows))


def write_report(merchant: Merchant, connection: str, out: Path | None) -> Path:
    """Make the report of the last run; returns its path."""
    check_connection(merchant, connection)
    with opened(merchant) as house:
        return report_of(house, merchant, connection, out)


def report_of(house: Warehouse, merchant: Merchant, connection: str, out: Path | None = None) -> Path:
    """The report from an open warehouse."""
    from pipelines.report import render_report

    folder = out or home() / merchant.name / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    title = load_mapping(connection)[0].title
    path: Path = render_report(house, connection, folder / f"{connection}.html", title=title, merchant=merchant.name)
    return path


def look(shown: Screen, merchant: Merchant, what: str, connection: str, more: Mapping[str, Any]) -> None:
    """One of the looking and deciding commands."""
    from pipelines.stages import requests

    check_connection(merchant, connection)
    now = datetime.now(UTC)
    with opened(merchant) as house:
        rows = requests.act(house, what, connection, now=now, **more)
    shown.answer({what.replace(" ", "_"): rows}, lambda: _rows(shown, what, rows))


def _rows(shown: Screen, title: str, rows: list[dict[str, Any]]) -> None:
    columns = [name for name in (rows[0] if rows else {}) if name not in {"changes", "changes_hash"}]
    shown.table(title, columns, [[row[name] for name in columns] for row in rows])


def rule_states(*, uncovered: bool) -> dict[str, Any]:
    """The register of rules joined with the last test run (`design.md` §7)."""
    register = CHECKOUT / "tests" / "rules.yaml"
    if not register.exists():
        raise MistakeInFiles(Problem("no_register", "there is no register of rules", file="tests/rules.yaml"))
    results = CHECKOUT / "tests" / ".results" / "rules.json"
    ran = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    found = {}
    for entry in yaml.safe_load(register.read_text(encoding="utf-8"))["rules"]:
        tests = ran.get(entry["id"], [])
        state = "covered" if tests else "informational" if entry["kind"] == "N" else "uncovered"
        if not uncovered or state == "uncovered":
            found[entry["id"]] = {"state": state, "tests": tests, "note": entry.get("note", "")}
    return {"rules": found}
