"""Validate as an asset: the stored verdict, with one check per expectation and the one that stops the write."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets import names
from assets.runtime.engine import Engine
from assets.runtime.failures import explained
from assets.tables import listed, table
from pipelines.language.load import read
from pipelines.language.mapping import Mapping
from pipelines.language.paths import CHECKOUT

if TYPE_CHECKING:
    from pipelines.stages.validate import Check, Verdict

MAY_BE_WRITTEN = "may_be_written"
_QUALITY = CHECKOUT / "quality"
_HEAD = ("suite", "expectation", "kind", "result", "looked at", "broken", "which")


_KINDS = {
    "set": "Where this does not hold, nothing is written in this run.",
    "row": "Where this does not hold, the record is set aside with its reason; the rest is written.",
    "warning": "Where this does not hold, the record is listed; it is written all the same.",
    "limit": "Beyond the limit all of them are held until a person approves; the rest is written.",
}


def expectations(mapping: Mapping) -> dict[tuple[str, str], tuple[str, str]]:
    """``(suite, expectation)`` → ``(kind, description)`` of all that is asked of what flows along a connection."""
    known = _expectations().items()
    return {name: (kind, says) for name, (kind, says, flow) in known if flow is None or mapping.carries(flow)}


@cache
def _expectations() -> dict[tuple[str, str], tuple[str, str, str | None]]:
    """Everything ``quality/`` holds, plan limits included, with the flow it is about where it is about one alone.

    Read as plain data: the stage that understands it imports the warehouse.
    """
    found: dict[tuple[str, str], tuple[str, str, str | None]] = {}
    for path in sorted(path for path in _QUALITY.glob("*.yaml") if path.stem != "plan_limits"):
        suite: Any = read(path).value
        for entry in suite["expectations"]:
            found[(path.stem, entry["id"])] = (suite["kind"], _description(path.stem, suite, entry), suite.get("flow"))
    limits: Any = read(_QUALITY / "plan_limits.yaml").value
    for name, entry in limits["classes"].items():
        most = (
            f"{entry['says']}: at most {entry['count']}, or {entry['share']:.0%} of the linked items where that is more"
        )
        words = [f"In one run {most}.", _KINDS["limit"], "The numbers are in quality/plan_limits.yaml."]
        found[("plan_limits", name)] = ("limit", "\n\n".join(words), None)
    return found


def _description(file: str, suite: Any, entry: Any) -> str:
    """What is expected, what follows, what it says where it does not hold, and the expectation behind it."""
    arguments = ", ".join(
        f"{name}: {value}" for name, value in {**entry.get("kwargs", {}), **entry.get("limit", {})}.items()
    )
    behind = f"{entry['type']} on {entry.get('column', suite['view'])}{f' ({arguments})' if arguments else ''}"
    rules = f", {' '.join(entry['rules'])}" if entry.get("rules") else ""
    says = re.sub(r"\{(\w+)\}", lambda found: f"‹{found[1].replace('_', ' ')}›", entry["says"])
    return "\n\n".join(
        [
            f"{entry['id'].replace('_', ' ').capitalize()}. {_KINDS[suite['kind']]}",
            f"It then says: {says}",
            f"Great Expectations: {behind}{rules}. From quality/{file}.yaml.",
        ]
    )


def validate_assets(connection: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The verdict of a connection."""
    key = names.verdict(connection)
    spec = dg.AssetSpec(
        key,
        deps=[names.plan(connection)],
        description="The judgement of exactly this plan. A broken set stops every write; a broken row is quarantined.",
        group_name=names.group(connection, "validate"),
        kinds={"greatexpectations", "duckdb"},
        skippable=True,
    )

    @dg.multi_asset(
        specs=[spec],
        check_specs=_check_specs(key, mapping),
        name=names.step(connection, "validate"),
        partitions_def=merchants,
    )
    def validate(
        context: dg.AssetExecutionContext, engine: Engine
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        from pipelines import flow
        from pipelines.stages import validate as stage

        with explained():
            opened, chosen = engine.connection(context, connection)
            if chosen is None:
                return
            with flow.timed(opened.of(connection), "validate"):
                verdict = stage.validate(opened.of(connection), chosen)
            opened.verdicts[connection] = verdict
            if not opened.run.wanted.write or not verdict.passed:
                opened.settle(connection)
            yield dg.MaterializeResult(asset_key=key, metadata=_shown(verdict))
            yield from _results(key, mapping, verdict, opened.run.merchant.name)

    return validate


def _check_specs(key: dg.AssetKey, mapping: Mapping) -> list[dg.AssetCheckSpec]:
    """A row expectation that could not be evaluated also stops the write, hence the guard over all of them."""
    words = "The plan may be written: no set is broken and every expectation could be evaluated. Otherwise nothing is."
    guard = dg.AssetCheckSpec(MAY_BE_WRITTEN, asset=key, blocking=True, description=words)
    return [guard] + [
        dg.AssetCheckSpec(names.check(*name), asset=key, blocking=kind == "set", description=says)
        for name, (kind, says) in expectations(mapping).items()
    ]


def _shown(verdict: "Verdict") -> dict[str, Any]:
    rows = [
        (c.suite, c.expectation, c.kind, "passed" if c.passed else "broken", c.evaluated, c.broken, _which(c))
        for c in verdict.checks
    ]
    return {"passed": verdict.passed, "plan": verdict.plan_hash, "checks": table(_HEAD, rows)}


def _which(check: "Check") -> str:
    return check.error or "; ".join(check.examples)


def _results(key: dg.AssetKey, mapping: Mapping, verdict: "Verdict", merchant: str) -> Iterator[dg.AssetCheckResult]:
    broken = [check for check in verdict.checks if check.kind == "set" and not check.passed]
    stopped: dict[str, Any] = {"merchant": merchant}
    if broken:
        stopped["stopped by"] = [f"{check.suite}/{check.expectation}: {_which(check)}" for check in broken]
    yield dg.AssetCheckResult(asset_key=key, check_name=MAY_BE_WRITTEN, passed=verdict.passed, metadata=stopped)
    judged = {(check.suite, check.expectation): check for check in verdict.checks}
    for suite, expectation in expectations(mapping):
        check = judged.get((suite, expectation))
        yield _result(key, check, merchant) if check else _not_asked(key, names.check(suite, expectation), merchant)


def _not_asked(key: dg.AssetKey, name: str, merchant: str) -> dg.AssetCheckResult:
    """Of a run that takes another back, only whether its reading can be trusted is asked; a step owes every result."""
    metadata = {"merchant": merchant, "not asked": "this run takes another one back"}
    return dg.AssetCheckResult(asset_key=key, check_name=name, passed=True, metadata=metadata)


def _result(key: dg.AssetKey, check: "Check", merchant: str) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"merchant": merchant, "looked at": check.evaluated, "broken": check.broken}
    if check.examples:
        metadata["examples"] = listed(("where",), [(example,) for example in check.examples])
    if check.error:
        metadata["error"] = check.error
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=names.check(check.suite, check.expectation),
        passed=check.passed,
        severity=dg.AssetCheckSeverity.ERROR if check.kind == "set" else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )
