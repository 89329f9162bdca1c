"""Extract as assets: one operation per platform, one asset per resource. What is read is the platform's and the stages'."""

from collections.abc import Iterator

import dagster as dg

from assets.names import canonical, raw
from assets.runtime.engine import Engine, explained, skipped
from pipelines import flow
from pipelines.kit.platform import Platform


def extract_assets(platform: Platform, sources: dict[str, str], partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:  # type: ignore[type-arg]
    """The raw tables of a platform. ``sources``: connection → the till whose work set narrows the read, for a store."""
    depends = [canonical(till, "products") for till in sorted(set(sources.values()))]
    specs = [
        dg.AssetSpec(
            raw(platform.name, name), deps=depends, group_name=f"{platform.name}_1_extract", kinds={"dlt", "duckdb"}, skippable=True,
            description=f"Records of `{name}` exactly as {platform.title} answered them."
            + (" Read for the keys of the work set; whole in a full run." if sources else " Read by its cursor."),
        )
        for name in platform.load("resources")
    ]  # fmt: skip

    @dg.multi_asset(name=f"extract_{platform.name}", specs=specs, partitions_def=partitions)
    def extract(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult]:
        with explained(engine):
            run = engine.run_of(context)
            uses = [c.name for c in run.connections.values() if platform.name in (c.source, c.target)]
            reason = skipped(context, engine, uses or [platform.name])
            if reason:
                context.log.info(reason)
                return
            with flow.timed(run, "extract"):
                results = flow.extract_platform(run, platform.name)
            for result in results:
                metadata = {
                    "dagster/row_count": result.rows, "changed": result.changed, "gone": result.gone,
                    "whole list": result.complete, "dagster/table_name": f"raw_{platform.name}.{result.table}",
                }  # fmt: skip
                yield dg.MaterializeResult(asset_key=raw(platform.name, result.resource), metadata=metadata)

    return extract


