"""Extract as assets: one step per platform, one asset per raw table. What a table is, the platform's SQL says."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets import names
from assets.runtime.engine import Engine, Opened
from assets.runtime.failures import explained
from pipelines.platforms import discover

if TYPE_CHECKING:
    from pipelines.stages.extract import ReadResult


@cache
def reads(platform: str) -> dict[str, list[str]]:
    """Canonical entity → the raw resources its ``.sql`` reads. Found in the text: importing a client takes a second."""
    place = re.compile(rf"\b{platform}_([a-z_]+)_raw\b")
    files = sorted((discover()[platform].folder / "harmonize").glob("*.sql"))
    return {path.stem: sorted(set(place.findall(_code(path)))) for path in files}


def _code(path: Path) -> str:
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


def resources(platform: str) -> list[str]:
    """The raw resources of a platform."""
    read = {name for used in reads(platform).values() for name in used}
    return sorted(read.union(discover()[platform].beside))


def extract_assets(platform: str, sources: list[str], merchants: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The raw tables of a platform; ``sources``: tills whose work set says what is read of this store."""
    title = discover()[platform].title
    deps = [names.canonical(source, entity) for source in sources for entity in reads(source)]
    specs = [
        dg.AssetSpec(
            names.raw(platform, resource),
            deps=deps,
            description=f"{resource.replace('_', ' ').capitalize()} of {title}, exactly as the API gave them.",
            group_name=names.group(platform, "extract"),
            kinds={"dlt", "duckdb"},
            skippable=True,
        )
        for resource in resources(platform)
    ]

    @dg.multi_asset(specs=specs, name=names.step(platform, "extract"), partitions_def=merchants)
    def extract(context: dg.AssetExecutionContext, engine: Engine) -> Iterator[dg.MaterializeResult[None]]:
        from pipelines import flow

        with explained():
            opened = engine.opened(context)
            if not used(context, opened, platform):
                return
            with flow.timed(opened.run, "extract"):
                results = {result.resource: result for result in flow.extract_platform(opened.run, platform)}
            for resource in resources(platform):
                yield _result(opened, platform, resource, results.get(resource))

    return extract


def used(context: dg.AssetExecutionContext, opened: Opened, platform: str) -> bool:
    """Whether a connection of this run uses the platform; logs the reason where none does."""
    if any(platform in (c.source, c.target) for c in opened.run.connections.values()):
        return True
    context.log.info(f"skipped: no connection of {opened.run.merchant.name} in this run uses {platform}")
    return False


def _result(opened: Opened, platform: str, resource: str, result: "ReadResult | None") -> dg.MaterializeResult[None]:
    from assets.shown import described, meanings
    from pipelines.stages.extract import raw_table

    counts = {name: getattr(result, name) for name in ("rows", "changed", "gone")} if result else {}
    how = ("everything" if result.complete else "what changed or was asked for") if result else "not needed in this run"
    shown = described(opened.run.warehouse, *raw_table(platform, resource), meanings()["raw"])
    return dg.MaterializeResult(
        asset_key=names.raw(platform, resource),
        metadata={"read": how, **counts, **shown},
    )
