"""The code location: every asset, job and schedule, built from the mappings, the platforms and the merchants file.

Loading imports no warehouse, no reader and no expectations; a step imports what it needs when it runs.
"""

from collections.abc import Mapping as Map
from typing import Any

import dagster as dg

from assets import names
from assets.exposed import refuse_exposed
from assets.extract import extract_assets
from assets.freshness import freshness_check
from assets.harmonize import harmonize_assets
from assets.link import link_assets
from assets.map import map_assets
from assets.plan import plan_assets
from assets.runtime.resources import resources
from assets.runtime.schedules import schedules
from assets.validate import validate_assets
from assets.write import write_assets
from pipelines.language.mapping import Mapping, connections, load_mapping
from pipelines.language.merchants import merchant_names


def build_definitions(**overrides: Any) -> dg.Definitions:
    """Everything there is. ``overrides``: resources by name.

    Raises MistakeInFiles where a mapping has mistakes, or others reach the pages this is loaded for.
    """
    refuse_exposed()
    mappings = {name: load_mapping(name)[0] for name in connections()}
    merchants = dg.StaticPartitionsDefinition(merchant_names())
    assets = _platforms(mappings, merchants)
    for name, mapping in mappings.items():
        assets += _connection(name, mapping, merchants)
    return dg.Definitions(
        assets=assets,
        asset_checks=[freshness_check(name, mapping, merchants) for name, mapping in mappings.items()],
        jobs=_jobs(mappings),
        schedules=[one for till, its in _tills(mappings).items() for one in schedules(till, its)],
        resources={**resources(), **overrides},
        executor=dg.in_process_executor,
    )


def _platforms(mappings: Map[str, Mapping], merchants: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    targets = {mapping.to_platform for mapping in mappings.values()}
    made = []
    for platform in sorted(targets | {mapping.from_platform for mapping in mappings.values()}):
        tills = sorted({m.from_platform for m in mappings.values() if m.to_platform == platform} - targets)
        made += [extract_assets(platform, tills, merchants), harmonize_assets(platform, merchants)]
    return made


def _connection(name: str, mapping: Mapping, merchants: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    return [
        link_assets(name, mapping, merchants),
        map_assets(name, mapping, merchants),
        plan_assets(name, mapping, merchants),
        validate_assets(name, mapping, merchants),
        write_assets(name, mapping, merchants),
    ]


def _jobs(mappings: Map[str, Mapping]) -> list[Any]:
    """One for each connection, one for each till with all of its connections, and one for everything."""
    return [
        *(_job(name, mapping) for name, mapping in mappings.items()),
        *(_till(till, its) for till, its in _tills(mappings).items()),
        _whole(),
    ]


def _job(name: str, mapping: Mapping) -> Any:
    owners = (mapping.from_platform, mapping.to_platform, name)
    selection = dg.AssetSelection.key_prefixes(*([owner] for owner in owners))
    return dg.define_asset_job(name, selection, description=mapping.title, tags={names.CONNECTIONS: name})


def _tills(mappings: Map[str, Mapping]) -> dict[str, dict[str, Mapping]]:
    """The connections by the till whose products and stock they carry."""
    tills: dict[str, dict[str, Mapping]] = {}
    for name, mapping in mappings.items():
        tills.setdefault(mapping.from_platform, {})[name] = mapping
    return tills


def _till(till: str, mappings: Map[str, Mapping]) -> Any:
    owners = {till, *mappings, *(mapping.to_platform for mapping in mappings.values())}
    selection = dg.AssetSelection.key_prefixes(*([owner] for owner in sorted(owners)))
    return dg.define_asset_job(till, selection, description="A till's connections that are due; it is read once.")


def _whole() -> Any:
    description = "Every connection of a merchant; a platform they share is read once."
    return dg.define_asset_job(names.ALL, dg.AssetSelection.all(), description=description)


defs = build_definitions()
