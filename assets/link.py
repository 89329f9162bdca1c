"""Link as assets: which till record is which store record, products, variants and lines of orders in one step."""

from collections.abc import Iterator

import dagster as dg

from assets import names, orders
from assets.extract import reads
from assets.runtime.engine import Engine
from assets.runtime.failures import explained
from pipelines.language.mapping import Mapping

_MEANS = {
    "products_link": "Which till product is which store product, and why. One row per till product.",
    "variants_link": "Which till SKU is which store SKU, and why. One row per till variant.",
}


def link_assets(connection: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """``products_link``, ``variants_link`` and, where orders flow, ``orders_link``."""
    sides = (mapping.from_platform, mapping.to_platform)
    deps = [
        names.canonical(side, entity) for side in sides for entity in reads(side) if entity in ("products", "variants")
    ]
    specs = [
        dg.AssetSpec(
            names.link(connection, table),
            deps=deps,
            description=_MEANS[table],
            group_name=names.group(connection, "link"),
            kinds={"sql", "duckdb"},
            skippable=True,
        )
        for table in names.LINKS
    ] + orders.link_specs(connection, mapping)

    @dg.multi_asset(specs=specs, name=names.step(connection, "link"), partitions_def=merchants)
    def link(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from assets.shown import described, meanings
        from pipelines import flow
        from pipelines.stages import link as stage

        with explained():
            opened, chosen = engine.connection(context, connection)
            if chosen is None:
                return
            run = opened.of(connection)
            with flow.timed(run, "link"):
                considered = stage.work_set(run, chosen)
                states = stage.link(run, chosen)
            for table in names.LINKS:
                counts = {f"variants {state}": number for state, number in states.items()}
                shown = {"considered": considered, **(counts if table == "variants_link" else {})}
                shown |= described(run.warehouse, connection, table, meanings()[table])
                yield dg.MaterializeResult(asset_key=names.link(connection, table), metadata=shown)
            if orders.tables(mapping):
                of_lines = orders.link_metadata(opened, connection)
                yield dg.MaterializeResult(asset_key=names.link(connection, names.ORDERS_LINK), metadata=of_lines)

    return link
