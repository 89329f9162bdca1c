"""Map as assets: the desired values per entity. The field map a shop edits is shown on every asset's page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets import names
from assets.extract import reads
from assets.markdown import table
from assets.runtime.engine import Engine, Opened
from assets.runtime.failures import explained
from pipelines.language.compile import Compiled, compile_mapping
from pipelines.language.mapping import Mapping
from pipelines.language.settings import Settings

if TYPE_CHECKING:
    from pipelines.run import Connection

_HEAD = ("till field", "store field", "syncs", "when blank", "create", "update", "why", "rules")


def map_assets(connection: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """``products_desired`` and its fellows."""
    settings = Settings.model_validate(mapping.settings)
    compiled = compile_mapping(mapping, settings, datetime.now(UTC).date())
    specs = [_spec(connection, compiled, entity) for entity in names.DESIRED]

    @dg.multi_asset(specs=specs, name=names.step(connection, "map"), partitions_def=merchants)
    def map_fields(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from pipelines import flow
        from pipelines.stages import map as stage

        with explained():
            opened, chosen = engine.connection(context, connection)
            if chosen is None:
                return
            with flow.timed(opened.run, "map"):
                stage.map_fields(opened.run, chosen)
            for entity in names.DESIRED:
                metadata = _shown(opened, chosen, entity)
                yield dg.MaterializeResult(asset_key=names.desired(connection, entity), metadata=metadata)

    return map_fields


def _spec(connection: str, compiled: Compiled, entity: str) -> dg.AssetSpec:
    source = compiled.mapping.from_platform
    needed = [entity, *(("locations", "registers", "variants") if entity == "stock" else ())]
    deps = [names.canonical(source, name) for name in needed if name in reads(source)]
    return dg.AssetSpec(
        names.desired(connection, entity),
        deps=[*deps, *(names.link(connection, link) for link in names.LINKS)],
        description=f"What the {entity} of the store should say, from {connection}.yaml.",
        group_name=names.group(connection, "map"),
        kinds={"yaml", "sql", "duckdb"},
        metadata={"field map": _field_map(compiled, entity)},
        skippable=True,
    )


def _field_map(compiled: Compiled, entity: str) -> dg.MarkdownMetadataValue:
    return table(_HEAD, [_cells(rule) for rule in compiled.field_rules() if rule["entity"] == entity])


def _cells(rule: dict[str, Any]) -> tuple[str | None, ...]:
    sent = ["sent" if rule[when] else "" for when in ("on_create", "on_update")]
    syncs, blank = ("yes", rule["on_blank"]) if rule["syncs"] else ("no", "")
    return (rule["field"], rule["to_field"], syncs, blank, *sent, rule["reason"], " ".join(rule["rules"]))


def _shown(opened: Opened, chosen: "Connection", entity: str) -> dict[str, Any]:
    from assets.shown import described, lineage

    columns = chosen.compiled.lineage(entity)
    means = {name: f"from {', '.join(made_of)}" for name, made_of in columns.items() if made_of}
    return {
        "field map": _field_map(chosen.compiled, entity),
        "dagster/column_lineage": lineage(columns, names.canonical(chosen.source, entity)),
        **described(opened.run.warehouse, chosen.name, f"{entity}_desired", means),
    }
