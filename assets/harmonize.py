"""Harmonize as assets: one step per platform, one asset per canonical table; the rule is the platform's SQL."""

from collections.abc import Iterator

import dagster as dg

from assets import names
from assets.extract import reads, used
from assets.runtime.engine import Engine
from assets.runtime.failures import explained
from pipelines.language.canonical import canonical_table, vocabulary
from pipelines.platforms import discover


def harmonize_assets(platform: str, merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The canonical tables of a platform."""
    specs = [_spec(platform, entity, used_resources) for entity, used_resources in reads(platform).items()]

    @dg.multi_asset(specs=specs, name=names.step(platform, "harmonize"), partitions_def=merchants)
    def harmonize(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from assets.shown import described, meanings
        from pipelines import flow
        from pipelines.stages import harmonize as stage

        with explained():
            opened = engine.opened(context)
            if not used(context, opened, platform):
                return
            with flow.timed(opened.run, "harmonize"):
                done = stage.harmonize(opened.run, platform)
            changed = {table.entity: table.changed for table in done}
            for entity in reads(platform):  # one not made is told of as empty: what follows a skipped one is skipped
                fields = vocabulary().entities[entity].fields
                means = {name: field.means for name, field in fields.items()} | meanings()["canonical"]
                shown = described(opened.run.warehouse, *canonical_table(platform, entity), means)
                yield dg.MaterializeResult(
                    asset_key=names.canonical(platform, entity), metadata={"changed": changed.get(entity, 0), **shown}
                )

    return harmonize


def _spec(platform: str, entity: str, used_resources: list[str]) -> dg.AssetSpec:
    words, known = vocabulary().entities[entity], discover()[platform]
    columns = [dg.TableColumn(name, field.type, description=field.means) for name, field in words.fields.items()]
    return dg.AssetSpec(
        names.canonical(platform, entity),
        deps=[names.raw(platform, resource) for resource in used_resources],
        description=f"{entity.capitalize()} of {known.title} in the common vocabulary: {words.grain}.",
        group_name=names.group(platform, "harmonize"),
        kinds={"sql", "duckdb"},
        metadata={
            "dagster/column_schema": dg.TableSchema(columns),
            "rule": f"{known.folder.name}/harmonize/{entity}.sql",
        },
        skippable=True,
    )
