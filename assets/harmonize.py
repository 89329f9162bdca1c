"""Harmonize as assets: one operation per platform, one asset per canonical table."""

from collections.abc import Iterator

import dagster as dg

from assets.names import canonical, raw
from assets.runtime.engine import Engine, explained, skipped
from pipelines import flow
from pipelines.kit.platform import Platform
from pipelines.language.canonical import canonical_columns, vocabulary
from pipelines.stages import harmonize as stage


def harmonize_assets(platform: Platform, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:  # type: ignore[type-arg]
    """The canonical tables of a platform, from its own ``.sql`` files."""
    entities = sorted(path.stem for path in (platform.folder / "harmonize").glob("*.sql"))
    depends = [raw(platform.name, name) for name in platform.load("resources")]
    specs = [
        dg.AssetSpec(
            canonical(platform.name, entity), deps=depends, group_name=f"{platform.name}_2_harmonize", kinds={"sql", "duckdb"},
            skippable=True, description=f"{vocabulary().entities[entity].grain.capitalize()}, in the canonical words.",
            metadata={"dagster/column_schema": _schema(entity)},
        )
        for entity in entities
    ]  # fmt: skip

    @dg.multi_asset(name=f"harmonize_{platform.name}", specs=specs, partitions_def=partitions)
    def harmonize(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult]:
        with explained(engine):
            run = engine.run_of(context)
            uses = [c.name for c in run.connections.values() if platform.name in (c.source, c.target)]
            reason = skipped(context, engine, uses or [platform.name])
            if reason:
                context.log.info(reason)
                return
            with flow.timed(run, "harmonize"):
                results = stage.harmonize(run, platform.name)
            for result in results:
                metadata = {"dagster/row_count": result.rows, "changed": result.changed,
                            "dagster/table_name": f"{platform.name}.{result.table}"}  # fmt: skip
                yield dg.MaterializeResult(asset_key=canonical(platform.name, result.entity), metadata=metadata)

    return harmonize


def _schema(entity: str) -> dg.TableSchema:
    fields = vocabulary().entities[entity].fields
    columns = [dg.TableColumn(name, kind, description=fields[name].means) for name, kind in canonical_columns(entity)]
    return dg.TableSchema(columns=columns)
