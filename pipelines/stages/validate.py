"""Validate: judge the plan. Bad rows go to quarantine, suspicious masses and first overwrites become holds, a broken
set stops every write, and what a person should know is listed as a warning. The verdict is stored with the plan's
hash; the write stage looks for exactly that.

Suites, limits and the views they look at are data in ``quality/``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from pipelines.kit.command_line import program
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.expectations import Broken, Evaluator, evaluate
from pipelines.kit.warehouse import Warehouse, identifier
from pipelines.language.quality import Expectation, Kind, LimitEntry, Suite, house_limits, suites, view
from pipelines.run import Connection, Run
from pipelines.stages import holds, order_feed
from pipelines.stages.link import everything_due, is_filling
from pipelines.stages.plan import plan_hash
from pipelines.stages.sides import enter, enter_due, name_whole

_SQL = Path(__file__).parent / "sql"
_EXAMPLES = 20
_ORDERS = "SELECT count(*) FROM considered WHERE entity = 'orders'"
__all__ = ["Check", "Judged", "Verdict", "checks_of", "judge", "limits", "stored_verdict", "suites", "validate"]


@dataclass(frozen=True)
class Check:
    """One expectation's result as stored in the verdict and shown by Dagster and the report."""

    suite: str
    expectation: str
    kind: Literal["row", "set", "warning", "limit"]
    passed: bool
    evaluated: int
    broken: int
    error: str | None = None
    examples: list[str] = field(default_factory=list)
    expected: str | None = None
    do: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The judgement of one plan."""

    plan_hash: str
    passed: bool
    checks: list[Check]


@dataclass(frozen=True)
class Judged:
    """One expectation held against one view: its check, and ``(item id, reason)`` of every row that breaks it."""

    check: Check
    broken: Sequence[tuple[str, str]]


def limits(connection: Connection) -> dict[str, LimitEntry]:
    """The plan limits with the connection's own over them. Raises MistakeInFiles on an unknown class."""
    known = house_limits().classes
    own = connection.compiled.settings.limits
    for name in own:
        if name not in known:
            raise MistakeInFiles(
                Problem(
                    "unknown_limit", f"there is no limit class `{name}`", found=name, expected=", ".join(sorted(known))
                )
            )
    merged = {name: {**known[name].model_dump(), **limit.model_dump(exclude_unset=True)} for name, limit in own.items()}
    return {**known, **{name: LimitEntry.model_validate(values) for name, values in merged.items()}}


def validate(run: Run, connection: Connection) -> Verdict:
    """Judge the plan and store the verdict. Changes ``plan.state``; writes nothing to any platform."""
    enter_due(run, connection)
    run.say(f"checking the plan of {connection.name}")
    with run.warehouse.transaction():
        run.warehouse.run(_SQL / "judge_start.sql")
        if order_feed.flows(run, connection):
            run.warehouse.con.execute("INSERT INTO considered SELECT 'orders', order_id FROM orders_desired")
        asked = _suites(run, connection).items()
        checks = [check for name, suite in asked for check in _suite(run, connection, name, suite)]
        if run.wanted.undo is None:
            values: dict[str, Any] = {"connection": connection.name, "run_id": run.run_id, "now": run.context.now()}
            run.warehouse.run(_SQL / "quarantine.sql", **values)
        checks += _limits(run, connection)
        holds.ask(run, connection)
    holds.decide_all(run, connection)
    with run.warehouse.transaction():
        holds.hold(run, connection)
        passed = all(check.passed for check in checks if check.kind == "set")
        verdict = Verdict(plan_hash(run, connection), passed, checks)
        _store(run, verdict)
    return verdict


def _suites(run: Run, connection: Connection) -> dict[str, Suite]:
    """What is taken back was in the store before: only whether the reading can be trusted is asked of it."""
    asked = suites(connection.mapping).items()
    return {name: suite for name, suite in asked if run.wanted.undo is None or suite.kind == "set"}


def judge(
    name: str, suite: Suite, table: pa.Table, maxima: Mapping[str, Any], evaluator: Evaluator = evaluate
) -> list[Judged]:
    """Hold every expectation of a suite against the rows of its view; ``maxima``: documented limits of the target.

    An expectation that could not be evaluated becomes a broken set check: what is not known is never right.
    """
    entries = [_entry(expectation, maxima) for expectation in suite.expectations]
    results = {broken.expectation_id: broken for broken in evaluator(table, entries)}
    judged = []
    for expectation in suite.expectations:
        broken = results[expectation.id]
        limit = next((maxima.get(limit) for limit in expectation.limit.values()), None)
        rows = table.take(list(broken.rows)).to_pylist() if broken.rows else []
        judged.append(_judged(name, suite.kind, expectation, broken, [{**row, "limit": limit} for row in rows]))
    return judged


def _suite(run: Run, connection: Connection, name: str, suite: Suite) -> list[Check]:
    if suite.level == "order" and not run.warehouse.one(_ORDERS):
        return [Check(name, entry.id, suite.kind, True, 0, 0) for entry in suite.expectations]
    table = _view(run, connection, suite)
    if table is None:
        return [Check(name, entry.id, suite.kind, True, 0, 0) for entry in suite.expectations]
    judged = judge(name, suite, table, run.platform(connection.target).limits, run.evaluate)
    for one, entry in zip(judged, suite.expectations, strict=True):
        for item, reason in one.broken if suite.kind == "row" else ():
            values = [suite.level, item, entry.broken_class, reason, " ".join(entry.rules) or None]
            run.warehouse.con.execute("INSERT INTO broken_rows VALUES (?, ?, ?, ?, ?)", values)
    return [one.check for one in judged]


def _view(run: Run, connection: Connection, suite: Suite) -> pa.Table | None:
    """What a suite looks at; None where that is nothing, as its view says."""
    values = {"run_id": run.run_id, "source": connection.source, "target": connection.target}
    values |= {"connection": connection.name, "merchant": run.merchant.name, "program": program()}
    return run.warehouse.arrow(view(suite.view), **values)


def _entry(expectation: Expectation, maxima: Mapping[str, Any]) -> dict[str, Any]:
    kwargs: dict[str, Any] = {"column": expectation.column, **expectation.kwargs}
    for argument, limit in expectation.limit.items():
        kwargs[argument] = maxima.get(limit)
    if expectation.limit and all(kwargs[argument] is None for argument in expectation.limit):
        kwargs["min_value"] = 0
    return {"id": expectation.id, "type": expectation.type, "kwargs": kwargs}


def _judged(
    name: str, kind: Kind, expectation: Expectation, broken: Broken, rows: Sequence[Mapping[str, Any]]
) -> Judged:
    if not broken.success and not rows:
        error = f"could not be evaluated: {broken.error or 'no row was named'}"
        return Judged(Check(name, expectation.id, "set", False, broken.evaluated, 0, error), [])
    said = [(row, expectation.says.format(**row)) for row in rows]
    named = [f"{row['sku'] or row['name'] or ''}: {reason}".strip(": ") for row, reason in said[:_EXAMPLES]]
    more = [text.format(**rows[0]) if rows and text else None for text in (expectation.expected, expectation.do)]
    check = Check(name, expectation.id, kind, not rows, broken.evaluated, len(rows), None, named, *more)
    return Judged(check, [(row["item_id"], reason) for row, reason in said])


def _limits(run: Run, connection: Connection) -> list[Check]:
    house, first = run.warehouse, is_filling(run, connection)
    name_whole(run, connection, "target_variants", "store_variants")
    house.run(_SQL / "classes.sql", connection=connection.name, moved=_ground_moved(run, connection))
    linked = "SELECT count(*) FROM sync.links WHERE connection = ? AND level = 'variants' AND state = 'linked'"
    total = house.one(linked, [connection.name])
    counted = house.query("SELECT class, count(*) AS n FROM plan_classes GROUP BY class")
    by_class = {row["class"]: row["n"] for row in counted}
    checks = []
    for name, limit in limits(connection).items():
        found = by_class.get(name, 0)
        allowed = max(limit.count, int(limit.share * total))
        over = found > allowed and not (name == "create" and first)
        reason = f"{found} {limit.says}; at most {allowed} may in one run" if over else None
        if over:
            house.con.execute("INSERT INTO held_classes VALUES (?, ?)", [name, reason])
        checks.append(
            Check("plan_limits", name, "limit", not over, found, found if over else 0, None, [reason] if reason else [])
        )
    return checks


def _ground_moved(run: Run, connection: Connection) -> bool:
    """Whether the mapping, a setting, an outlet or a unit changed since values were last settled; not at first."""
    known = run.warehouse.one("SELECT count(*) FROM sync.ground WHERE connection = ?", [connection.name])
    return bool(known) and run.wanted.undo is None and everything_due(run, connection)


def _store(run: Run, verdict: Verdict) -> None:
    house = run.warehouse
    house.con.execute(
        "CREATE TABLE IF NOT EXISTS verdict"
        " (run_id VARCHAR, plan_hash VARCHAR, passed BOOLEAN, checks JSON, judged_at TIMESTAMPTZ)"
    )
    checks = json.dumps([asdict(check) for check in verdict.checks], ensure_ascii=False)
    values = [run.run_id, verdict.plan_hash, verdict.passed, checks, run.context.now()]
    house.con.execute("INSERT INTO verdict VALUES (?, ?, ?, ?, ?)", values)


def stored_verdict(run: Run, connection: Connection) -> Verdict | None:
    """The verdict for exactly the plan as it stands now, or None: materializing the write alone bypasses nothing."""
    enter(run, connection)
    try:
        found = run.warehouse.query(
            "SELECT plan_hash, passed, checks FROM verdict WHERE plan_hash = ? ORDER BY judged_at DESC LIMIT 1",
            [plan_hash(run, connection)],
        )
    except duckdb.CatalogException:
        return None
    if not found:
        return None
    return Verdict(found[0]["plan_hash"], found[0]["passed"], _loaded(found[0]["checks"]))


def checks_of(house: Warehouse, connection: str, run_id: str) -> list[Check]:
    """The checks of a run's verdict; none where the run judged no plan."""
    if not house.exists(connection, "verdict"):
        return []
    found = house.query(
        f"SELECT checks FROM {identifier(connection, 'verdict')} WHERE run_id = ? ORDER BY judged_at DESC LIMIT 1",  # noqa: S608
        [run_id],
    )
    return _loaded(found[0]["checks"]) if found else []


def _loaded(checks: str) -> list[Check]:
    return [Check(**check) for check in json.loads(checks)]
