"""Freshness as a check on the receipts: late changes by name, beside the policy that sees when runs stop (S000-36).

It runs after every write and can be run alone; it calls no platform. What is late, ``stages/freshness.py`` says.
"""

import warnings
from typing import TYPE_CHECKING

import dagster as dg

from assets import names
from assets.runtime.engine import Engine
from assets.runtime.failures import explained
from assets.tables import listed
from pipelines.language.mapping import Mapping
from pipelines.language.settings import Settings

if TYPE_CHECKING:
    from pipelines.stages.freshness import Freshness

IN_TIME = "applied_in_time"
_HEAD = ("what waits", "changed", "why")
_MOST = 25


def freshness_check(
    connection: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]
) -> dg.AssetChecksDefinition:
    """``applied_in_time`` of a connection."""
    minutes = Settings.model_validate(mapping.settings).freshness_minutes
    says = f"No change of the till is older than {minutes} minutes and not in the store"
    says += ", no order of the store is and not at the till" if mapping.carries("orders") else ""

    def applied_in_time(context: dg.AssetCheckExecutionContext, engine: Engine) -> dg.AssetCheckResult:
        from pipelines.stages.freshness import freshness

        with explained():
            opened = engine.opened(context)
            run, chosen = opened.run, opened.run.connections.get(connection)
            if chosen is None:
                return dg.AssetCheckResult(passed=True, metadata={"merchant": run.merchant.name, "used": False})
            limit = chosen.compiled.settings.freshness_minutes
            found = freshness(opened.of(connection).warehouse, connection, run.context.now(), limit)
            return _result(found, run.merchant.name)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.asset_check(
            asset=names.receipts(connection),
            name=IN_TIME,
            description=f"{says}, and runs come.",
            partitions_def=merchants,
        )(applied_in_time)


def _result(found: "Freshness", merchant: str) -> dg.AssetCheckResult:
    rows = [(row["sku"] or row["name"], f"{row['since']:%Y-%m-%d %H:%M} UTC", row["reason"]) for row in found.late]
    last = f"{found.last_run:%Y-%m-%d %H:%M} UTC" if found.last_run else "none yet"
    return dg.AssetCheckResult(
        passed=found.passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "merchant": merchant,
            "late": len(found.late),
            "minutes": found.minutes,
            "last run that ended well": last,
            "records": listed(_HEAD, rows[:_MOST]),
        },
    )
