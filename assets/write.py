"""Write as an asset: the receipts. The step asks for the stored verdict itself; alone it writes nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg

from assets import names
from assets.runtime.engine import Engine, Opened
from assets.runtime.failures import explained
from assets.tables import listed
from pipelines.language.mapping import Mapping
from pipelines.language.settings import Settings

_PREVIEW = """
SELECT concat_ws(' ', action, level, name, sku) AS what, concat_ws(': ', outcome, message) AS outcome
FROM receipts WHERE run_id = ?
ORDER BY receipts.outcome = 'ok', plan_seq LIMIT 15
"""
_HEAD = ("what", "what came of it")


def write_assets(connection: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The receipts of a connection."""
    minutes = Settings.model_validate(mapping.settings).freshness_minutes
    spec = dg.AssetSpec(
        names.receipts(connection),
        deps=[names.verdict(connection)],
        description="What came of every planned row: sent and answered, refused, or not sent and why.",
        group_name=names.group(connection, "write"),
        kinds={"http", "duckdb"},
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(minutes=minutes)),
        skippable=True,
    )

    @dg.multi_asset(specs=[spec], name=names.step(connection, "write"), partitions_def=merchants)
    def write(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from pipelines import flow
        from pipelines.stages import write as stage

        with explained():
            opened, chosen = engine.connection(context, connection)
            if chosen is None:
                return
            try:
                with flow.timed(opened.of(connection), "write"):
                    outcomes = stage.write(opened.of(connection), chosen)
            finally:
                summary = opened.settle(connection)
            metadata = _shown(opened, connection, outcomes, summary)
            yield dg.MaterializeResult(asset_key=names.receipts(connection), metadata=metadata)

    return write


def _shown(opened: Opened, connection: str, outcomes: dict[str, int], summary: dict[str, Any] | None) -> dict[str, Any]:
    from assets.shown import described, meanings

    rows = opened.of(connection).warehouse.query(_PREVIEW, [opened.run.run_id])
    return {
        **{f"rows {outcome}": number for outcome, number in outcomes.items()},
        "first rows": listed(_HEAD, [tuple(row.values()) for row in rows]),
        "summary": dg.MetadataValue.json(summary or {}),
        **described(opened.of(connection).warehouse, connection, "receipts", meanings()["receipts"]),
    }
