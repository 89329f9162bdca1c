"""Plan as assets: what would be written, before and after, and the three-way view of stock it goes by."""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets import names, orders
from assets.extract import reads
from assets.runtime.engine import Engine, Opened
from assets.runtime.failures import explained
from assets.tables import listed
from pipelines.language.mapping import Mapping

_PREVIEW = """
SELECT concat_ws(' ', action, level, name, sku) AS what, action, changes,
    CASE WHEN state <> 'planned' THEN concat_ws(': ', state, reason) END AS why
FROM plan ORDER BY state = 'planned', seq LIMIT 15
"""
_HEAD = ("what", "before → after")
_LEVELS = """
SELECT count(*) FILTER (store_now IS DISTINCT FROM safe_level) AS "levels that differ",
       count(*) FILTER (ordered > 0) AS "levels that hold back ordered units"
FROM stock_three_way WHERE safe_level IS NOT NULL
"""


def plan_assets(connection: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The plan of a connection over all its entities, and its stock side by side."""
    target = mapping.to_platform
    observed = [names.canonical(target, entity) for entity in reads(target) if entity in names.DESIRED]
    wanted = (*names.DESIRED, *orders.tables(mapping))
    where = "to the store, and of its orders to the till" if orders.tables(mapping) else "to the store"
    says = f"What would be written {where}, in order, each field with its value before and after."
    spec = dg.AssetSpec(
        names.plan(connection),
        deps=[*(names.desired(connection, entity) for entity in wanted), *observed],
        description=says,
        group_name=names.group(connection, "plan"),
        kinds={"sql", "duckdb"},
        skippable=True,
    )

    @dg.multi_asset(
        specs=[_three_way(connection, mapping), spec], name=names.step(connection, "plan"), partitions_def=merchants
    )
    def plan(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from pipelines import flow
        from pipelines.stages import plan as stage

        with explained():
            opened, chosen = engine.connection(context, connection)
            if chosen is None:
                return
            with flow.timed(opened.of(connection), "plan"):
                phases = stage.plan(opened.of(connection), chosen)
            metadata = {**{f"rows {phase}": number for phase, number in phases.items()}, **_shown(opened, connection)}
            yield dg.MaterializeResult(asset_key=names.three_way(connection), metadata=_levels(opened, connection))
            yield dg.MaterializeResult(asset_key=names.plan(connection), metadata=metadata)

    return plan


def _three_way(connection: str, mapping: Mapping) -> dg.AssetSpec:
    target = mapping.to_platform
    read = [names.canonical(target, entity) for entity in reads(target) if entity in ("stock", "locations")]
    return dg.AssetSpec(
        names.three_way(connection),
        deps=[names.desired(connection, "stock"), names.link(connection, "variants_link"), *read],
        description="Each level three ways: at the till, as last agreed, in the store; what is ordered and not in the"
        " till's reading, the buffer, and what may safely be shown. A view: it always says what is known now.",
        group_name=names.group(connection, "plan"),
        kinds={"sql", "duckdb"},
        skippable=True,
    )


def _levels(opened: Opened, connection: str) -> dict[str, Any]:
    from assets.shown import described, meanings

    means = meanings()["three_way"]
    return {
        **opened.of(connection).warehouse.query(_LEVELS)[0],
        **described(opened.of(connection).warehouse, connection, names.THREE_WAY, means),
    }


def _shown(opened: Opened, connection: str) -> dict[str, Any]:
    from assets.shown import described, meanings

    rows = opened.of(connection).warehouse.query(_PREVIEW)
    preview = listed(_HEAD, [(row["what"], row["why"] or _changes(row["action"], row["changes"])) for row in rows])
    return {"first rows": preview, **described(opened.of(connection).warehouse, connection, "plan", meanings()["plan"])}


def _changes(action: str, text: str) -> str:
    """``{field: {before, after}}`` as ``field: before → after``; the fields alone where there was nothing before."""
    found = json.loads(text, parse_float=str)
    if action == "create":
        return ", ".join(found)
    return "; ".join(
        f"{name}: {_short(change['before'])} → {_short(change['after'])}" for name, change in found.items()
    )


def _short(value: object) -> str:
    text = "nothing" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
