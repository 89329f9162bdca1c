"""Map: the desired value of every field of the work set, by the SQL compiled from the mapping. No rule of its own.

Also keeps what was decided as data: ``field_rules`` and ``field_decisions`` (`design.md` §6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.warehouse import identifier
from pipelines.language.outlets import named
from pipelines.language.settings import Settings
from pipelines.run import Connection, Run
from pipelines.stages import buffers, bundles, cleaned, elsewhere, orders, shop_drift
from pipelines.stages.link import is_first
from pipelines.stages.registers import register_outlet
from pipelines.stages.sides import enter, enter_due

_SQL = Path(__file__).parent / "sql"
_COMING_BACK = """
DELETE FROM stock_coming_back;
INSERT INTO stock_coming_back SELECT DISTINCT item_id FROM stock_desired WHERE coming_back > 0
"""
"""The next run looks at them again, whether or not the till's level moved."""
_SHARE = """
CREATE OR REPLACE TEMP TABLE source_share AS
SELECT CAST(? AS DECIMAL(9, 6)) AS since, CAST(? AS DECIMAL(9, 6)) AS upto
"""
DESIRED = ("products", "variants", "images", "stock")


def map_fields(run: Run, connection: Connection) -> dict[str, int]:
    """Make ``*_desired`` for the work set, ``field_rules`` and new ``field_decisions``; returns rows by entity.

    Raises MistakeInFiles where a chosen outlet is not at the till (checked before anything is planned).
    """
    run.say(f"mapping {connection.name}")
    enter(run, connection)
    elsewhere.reserve(run, connection)
    orders.map_orders(run, connection)
    few = enter_due(run, connection)
    house = run.warehouse
    outlets(run, connection)
    house.run(_SQL / "macros.sql")
    place_reserved(run, connection)
    with house.transaction():
        _field_rules(run, connection)
        cleaned.begin(house)
        wanted = _entities(run, few=few)
        for entity in wanted:
            _desired(run, connection, entity, few=few)
        whole, due = (connection.name, "stock_desired"), ("due_stock_desired",)
        buffers.keep_back(run, connection, whole, *([due] if few else []))
        bundles.levels(run, connection, few=few)
        house.con.execute(_COMING_BACK)
        house.run(_SQL / "field_decisions_table.sql")
        if not few or house.one("SELECT count(*) FROM due_source_products"):
            _field_decisions(run, connection, wanted)
    tables = {entity: identifier(connection.name, f"{entity}_desired") for entity in DESIRED}
    counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {entity}" for entity, table in tables.items())  # noqa: S608
    return house.query(f"SELECT {counts}")[0]


def outlets(run: Run, connection: Connection) -> list[tuple[str, str]]:
    """``source_outlets``: which till outlets feed which store location.

    Raises MistakeInFiles where an outlet or location is not known, naming those that are, and where the outlet of the
    register is not to be counted.
    """
    house = run.warehouse
    chosen = _chosen_outlets(run, connection)
    stores = house.query("SELECT location_id, name, is_default FROM target_locations ORDER BY location_id")
    default = next(
        (row["location_id"] for row in stores if row["is_default"]), stores[0]["location_id"] if stores else None
    )
    known = {**connection.mapping.locations, **run.merchant.connections[connection.name].locations}
    pairs = []
    for outlet in chosen:
        if outlet["deleted_at"] is not None:
            run.say(f"the outlet {outlet['name']} was deleted at the till; {connection.name} counts nothing of it")
            continue
        shop = known.get(outlet["location_id"]) or known.get(outlet["name"])
        place = named(shop, stores, "store location", connection.name)["location_id"] if shop else default
        if place is not None:
            pairs.append((outlet["location_id"], place))
    if shop_drift.adopts(connection) and len({place for _, place in pairs}) < len(pairs):
        raise MistakeInFiles(_which_outlet(connection))
    table = pa.table({"location_id": [p[0] for p in pairs], "to_location_id": [p[1] for p in pairs]},
                     schema=pa.schema([("location_id", pa.string()), ("to_location_id", pa.string())]))  # fmt: skip
    house.con.register("_outlets", table)
    house.con.execute("CREATE OR REPLACE TEMP TABLE source_outlets AS SELECT * FROM _outlets")
    house.con.unregister("_outlets")
    return pairs


def _chosen_outlets(run: Run, connection: Connection) -> list[Mapping[str, Any]]:
    """The outlets whose stock the store shows, each once.

    Of several that are added up the register's is always one: what is sold online is taken from it (S003-52, S003-53).
    """
    house, settings = run.warehouse, connection.compiled.settings
    there = house.query("SELECT location_id, name, deleted_at FROM source_locations ORDER BY deleted_at IS NULL, name")
    by_register = settings.outlets == "register_outlet" or _counts_its_own(settings)
    own = [register_outlet(run, connection)] if by_register else []
    wanted = [*own, *(settings.outlets if isinstance(settings.outlets, list) else [])]
    chosen = [named(one, there, "outlet", connection.name) for one in wanted]
    if not any(outlet["deleted_at"] is None for outlet in chosen):
        living = [outlet for outlet in there if outlet["deleted_at"] is None]
        chosen = [named(one, living, "outlet", connection.name) for one in wanted]
    left_out = [named(one, there, "outlet", connection.name)["location_id"] for one in settings.exclude_outlets]
    for outlet in chosen:
        if outlet["location_id"] in own and outlet["location_id"] in left_out:
            raise MistakeInFiles(_not_without(connection, outlet["name"]))
    counted = {outlet["location_id"]: outlet for outlet in chosen if outlet["location_id"] not in left_out}
    return list(counted.values())


def _counts_its_own(settings: Settings) -> bool:
    return settings.stock_scope == "combined" and settings.register_name is not None


def _not_without(connection: Connection, outlet: str) -> Problem:
    return Problem(
        "register_outlet",
        f"{connection.name}: the outlet {outlet} cannot be left out: online orders are sold at its register (S003-53)",
        found=outlet,
        expected="another outlet under `exclude_outlets:`",
        do="set `register:` to a register of another outlet, or take the outlet out of `exclude_outlets:`",
    )


def _which_outlet(connection: Connection) -> Problem:
    return Problem(
        "cannot_adopt",
        f"{connection.name}: `on_shop_drift: adopt` is not possible: several outlets feed one location of the"
        " store, and a level set there does not say which of them it is of",
        found="adopt",
        expected="one outlet for each location of the store",
        do="show one outlet, or each at its own location (`per_location`); or use `till_wins` or `hold`",
    )


def place_reserved(run: Run, connection: Connection) -> None:
    """``source_reserved``: units held back by store location, that of the outlet where the store's orders are sold.

    ``source_drift``: those the store lowered its level by and no order explains. ``source_returning``: those that this
    run puts back at the till, and those a person added in the store that are to be taken there.
    """
    outlet = orders.outlet(run, connection)
    run.warehouse.run(_SQL / "order_places.sql", outlet=outlet, connection=connection.name)
    shop_drift.hold_back(run, connection)
    orders.give_back(run, connection)
    run.warehouse.con.execute(_SHARE, elsewhere.share(run, connection))
    shop_drift.keep_shown(run, connection)


def _field_rules(run: Run, connection: Connection) -> None:
    rules = pa.Table.from_pylist(connection.compiled.field_rules())
    run.warehouse.con.register("_rules", rules)
    run.warehouse.con.execute("CREATE OR REPLACE TABLE field_rules AS SELECT * FROM _rules")
    run.warehouse.con.unregister("_rules")


def _entities(run: Run, *, few: bool) -> Sequence[str]:
    """What values are made of: levels alone where a run with few changes is about no product.

    Those of its products were made and decided on by the run that settled them; what is not settled is in the work set.
    """
    products = "SELECT count(*) FROM work_set WHERE entity = 'products'"
    return ("stock",) if few and not run.warehouse.one(products) else DESIRED


def _desired(run: Run, connection: Connection, entity: str, *, few: bool) -> None:
    """Keep the table of desired rows; of a few keys only their rows are made anew."""
    house, select = run.warehouse, connection.compiled.desired[entity]
    whole, due = identifier(connection.name, f"{entity}_desired"), identifier(f"due_{entity}_desired")
    if not few:
        if house.one(f"CREATE OR REPLACE TABLE {whole} AS {select}"):
            cleaned.clean(house, connection, entity, (connection.name, f"{entity}_desired"))
        return
    if house.one(f"CREATE OR REPLACE TEMP TABLE {due} AS {select}"):
        cleaned.clean(house, connection, entity, (f"due_{entity}_desired",))
    keys = "due_source_products" if entity in {"products", "images"} else "due_source_variants"
    key = "product_id" if entity in {"products", "images"} else "variant_id"
    house.con.execute(f"DELETE FROM {whole} USING {keys} AS k WHERE item_id = k.{key}")  # noqa: S608
    house.con.execute(f"INSERT INTO {whole} BY NAME FROM {due}")


def _field_decisions(run: Run, connection: Connection, wanted: Sequence[str]) -> None:
    house = run.warehouse
    for entity in wanted:
        select = connection.compiled.decisions[entity]
        house.con.execute(f"CREATE OR REPLACE TEMP TABLE decided AS {select}")
        cleaned.decided(house, entity)
        house.run(_SQL / "field_decisions.sql", entity=entity, run_id=run.run_id, now=run.context.now())


def first_run(run: Run, connection: Connection) -> bool:
    """Whether this is the connection's first run; the create limit does not apply to it."""
    return is_first(run, connection)
