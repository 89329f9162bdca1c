"""Map as assets: the desired values per entity. The field map a shop edits is shown on every asset's page."""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets import names, orders
from assets.extract import reads
from assets.runtime.engine import Engine, Opened
from assets.runtime.failures import explained
from assets.tables import markdown, table
from pipelines.language.canonical import vocabulary
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
    specs += orders.desired_specs(connection, mapping)

    @dg.multi_asset(specs=specs, name=names.step(connection, "map"), partitions_def=merchants)
    def map_fields(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from pipelines import flow
        from pipelines.stages import map as stage

        with explained():
            opened, chosen = engine.connection(context, connection)
            if chosen is None:
                return
            run = opened.of(connection)
            with flow.timed(run, "map"):
                stage.map_fields(run, chosen)
            for entity in names.DESIRED:
                metadata = _shown(opened, chosen, entity)
                yield dg.MaterializeResult(asset_key=names.desired(connection, entity), metadata=metadata)
            for entity in orders.tables(mapping):
                metadata = orders.desired_metadata(opened, chosen, entity)
                yield dg.MaterializeResult(asset_key=names.desired(connection, entity), metadata=metadata)

    return map_fields


def _spec(connection: str, compiled: Compiled, entity: str) -> dg.AssetSpec:
    source = compiled.mapping.from_platform
    needed = [entity, *(("locations", "registers", "variants") if entity == "stock" else ())]
    deps = [names.canonical(source, name) for name in needed if name in reads(source)]
    deps += orders.held_back_by(compiled.mapping) if entity == "stock" else []
    return dg.AssetSpec(
        names.desired(connection, entity),
        deps=[*deps, *(names.link(connection, link) for link in names.LINKS)],
        description=_description(connection, compiled, entity),
        group_name=names.group(connection, "map"),
        kinds={"yaml", "sql", "duckdb"},
        skippable=True,
    )


def _description(connection: str, compiled: Compiled, entity: str) -> str:
    """With the whole field map, so that it stands on the page before any run; a merchant's own comes with its runs."""
    says = f"What the {entity} of the store should say: one row below for every field, from mappings/{connection}.yaml."
    return f"{says}\n\n{markdown(_HEAD, _field_map(compiled, entity))}"


def _field_map(compiled: Compiled, entity: str) -> list[tuple[str | None, ...]]:
    return [_cells(rule) for rule in compiled.field_rules() if rule["entity"] == entity]


def _cells(rule: dict[str, Any]) -> tuple[str | None, ...]:
    sent = ["sent" if rule[when] else "" for when in ("on_create", "on_update")]
    syncs, blank = ("yes", rule["on_blank"]) if rule["syncs"] else ("no", "")
    return (rule["field"], rule["to_field"], syncs, blank, *sent, rule["reason"], " ".join(rule["rules"]))


def _shown(opened: Opened, chosen: "Connection", entity: str) -> dict[str, Any]:
    from assets.shown import described, lineage

    columns = chosen.compiled.lineage(entity)
    return {
        "field map": table(_HEAD, _field_map(chosen.compiled, entity)),
        "dagster/column_lineage": lineage(columns, names.canonical(chosen.source, entity)),
        **described(opened.of(chosen.name).warehouse, chosen.name, f"{entity}_desired", _means(entity, columns)),
    }


def _means(entity: str, columns: Map[str, list[str]]) -> dict[str, str]:
    """Column → what it is and the till's columns it is made from."""
    from assets.shown import meanings

    words = {name: field.means for name, field in vocabulary().entities[entity].fields.items()} | meanings()["desired"]
    made = {name: f" (from the till's {', '.join(of)})" for name, of in columns.items() if of}
    return {name: words.get(name, "") + made.get(name, "") for name in {**words, **made}}
