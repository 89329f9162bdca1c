"""Validate: judge the plan. Bad rows go to quarantine, suspicious masses and first overwrites become holds, a broken
set stops every write. The verdict is stored with the plan's hash; the write stage looks for exactly that.

Suites, limits and the views they look at are data in ``quality/``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb
from pydantic import Field

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.expectations import Broken, evaluate
from pipelines.language.canonical import Strict
from pipelines.language.load import load
from pipelines.language.paths import CHECKOUT
from pipelines.language.settings import Limit
from pipelines.run import Connection, Run
from pipelines.stages.link import enter, enter_due, is_first
from pipelines.stages.plan import plan_hash

QUALITY = CHECKOUT / "quality"
_SQL = Path(__file__).parent / "sql"


class Expectation(Strict):
    """One expectation: its Great Expectations type, its column, and what a person reads when it is broken."""

    id: str
    type: str
    column: str
    kwargs: dict[str, Any] = {}
    limit: dict[str, str] = {}
    broken_class: str = Field(alias="class")
    says: str
    rules: list[str] = []


class Suite(Strict):
    """One file of expectations over one view."""

    view: str
    level: Literal["product", "variant", "stock", "set"]
    kind: Literal["row", "set"]
    expectations: list[Expectation]


class LimitEntry(Limit):
    """A class of changes, how much of it may happen in one run, and its words."""

    says: str


class Limits(Strict):
    """``plan_limits.yaml``."""

    classes: dict[str, LimitEntry]


@dataclass(frozen=True)
class Check:
    """One expectation's result as stored in the verdict and shown by Dagster and the report."""

    suite: str
    expectation: str
    kind: Literal["row", "set", "limit"]
    passed: bool
    evaluated: int
    broken: int
    error: str | None = None
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """The judgement of one plan."""

    plan_hash: str
    passed: bool
    checks: list[Check]


def suites() -> dict[str, Suite]:
    """Every suite of ``quality/``, by file name."""
    files = sorted(path for path in QUALITY.glob("*.yaml") if path.stem != "plan_limits")
    return {path.stem: load(path, Suite) for path in files}


def limits(connection: Connection) -> dict[str, LimitEntry]:
    """The plan limits with the connection's own over them. Raises MistakeInFiles on an unknown class."""
    known = load(QUALITY / "plan_limits.yaml", Limits).classes
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
        checks = [check for name, suite in suites().items() for check in _suite(run, connection, name, suite)]
        run.warehouse.run(_SQL / "quarantine.sql", connection=connection.name, run_id=run.run_id, now=run.context.now())
        checks += _limits(run, connection)
        _holds(run, connection)
        passed = all(check.passed for check in checks if check.kind == "set")
        verdict = Verdict(plan_hash(run, connection), passed, checks)
        _store(run, connection, verdict)
    return verdict


def _suite(run: Run, connection: Connection, name: str, suite: Suite) -> list[Check]:
    table = _view(run, connection, suite)
    maxima = run.platform(connection.target).limits
    entries = [_entry(expectation, maxima) for expectation in suite.expectations]
    results = {broken.expectation_id: broken for broken in evaluate(table, entries)}
    rows = table.to_pylist()
    return [_check(run, name, suite, e, results[e.id], rows, maxima) for e in suite.expectations]


def _view(run: Run, connection: Connection, suite: Suite) -> Any:
    select = (QUALITY / "views" / f"{suite.view}.sql").read_text(encoding="utf-8")
    values = {"run_id": run.run_id, "source": connection.source, "target": connection.target}
    used = {key: value for key, value in values.items() if f"${key}" in select}
    return run.warehouse.con.execute(select, used).to_arrow_table()


def _entry(expectation: Expectation, maxima: Mapping[str, Any]) -> dict[str, Any]:
    kwargs: dict[str, Any] = {"column": expectation.column, **expectation.kwargs}
    for argument, limit in expectation.limit.items():
        kwargs[argument] = maxima.get(limit)
    if expectation.limit and all(kwargs[argument] is None for argument in expectation.limit):
        kwargs["min_value"] = 0
    return {"id": expectation.id, "type": expectation.type, "kwargs": kwargs}


def _check(  # noqa: PLR0913
    run: Run,
    name: str,
    suite: Suite,
    expectation: Expectation,
    broken: Broken,
    rows: list[dict[str, Any]],
    maxima: Mapping[str, Any],
) -> Check:
    if broken.error is not None:
        return Check(name, expectation.id, "set", False, broken.evaluated, 0, f"could not be evaluated: {broken.error}")
    limit = next((maxima.get(limit) for limit in expectation.limit.values()), None)
    said = [(rows[index], expectation.says.format(**{**rows[index], "limit": limit})) for index in broken.rows]
    if suite.kind == "row":
        for row, reason in said:
            values = [
                suite.level,
                row["item_id"],
                expectation.broken_class,
                reason,
                " ".join(expectation.rules) or None,
            ]
            run.warehouse.con.execute("INSERT INTO broken_rows VALUES (?, ?, ?, ?, ?)", values)
    examples = [f"{row['sku'] or row['name'] or ''}: {reason}".strip(": ") for row, reason in said[:20]]
    return Check(name, expectation.id, suite.kind, not broken.rows, broken.evaluated, len(broken.rows), None, examples)


def _limits(run: Run, connection: Connection) -> list[Check]:
    house, first = run.warehouse, is_first(run, connection)
    house.run(_SQL / "classes.sql", connection=connection.name)
    linked = "SELECT count(*) FROM sync.links WHERE connection = ? AND level = 'variants' AND state = 'linked'"
    total = house.one(linked, [connection.name])
    checks = []
    for name, limit in limits(connection).items():
        found = house.one("SELECT count(*) FROM plan_classes WHERE class = ?", [name])
        allowed = max(limit.count, int(limit.share * total))
        over = found > allowed and not (name == "create" and first)
        reason = f"{found} {limit.says}; at most {allowed} may in one run" if over else None
        if over:
            house.con.execute("INSERT INTO held_classes VALUES (?, ?)", [name, reason])
        checks.append(
            Check("plan_limits", name, "limit", not over, found, found if over else 0, None, [reason] if reason else [])
        )
    return checks


def _holds(run: Run, connection: Connection) -> None:
    run.warehouse.run(
        _SQL / "holds.sql", connection=connection.name, run_id=run.run_id, now=run.context.now(), yes=run.wanted.yes
    )


def _store(run: Run, connection: Connection, verdict: Verdict) -> None:
    house = run.warehouse
    house.con.execute(
        "CREATE TABLE IF NOT EXISTS verdict (run_id VARCHAR, plan_hash VARCHAR, passed BOOLEAN, checks JSON, judged_at TIMESTAMPTZ)"
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
    return Verdict(
        found[0]["plan_hash"], found[0]["passed"], [Check(**check) for check in json.loads(found[0]["checks"])]
    )
