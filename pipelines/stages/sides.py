"""What a connection's stages see: both sides' canonical tables as ``source_*`` and ``target_*``, in its own schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipelines.kit.warehouse import identifier
from pipelines.language.canonical import canonical_columns, canonical_table
from pipelines.run import Connection, Run
from pipelines.stages.harmonize import HARMONIZED, entities

_SQL = Path(__file__).parent / "sql"
ENTITIES = (
    "products", "variants", "images", "stock", "locations", "registers", "account",
    "orders", "order_lines", "order_payments", "order_refunds", "taxes", "payment_types", "users",
    "components", "customers", "sales",
)  # fmt: skip
LINKS = ("products_link", "variants_link")
DESIRED = ("products_desired", "variants_desired", "images_desired", "stock_desired")
DUE = tuple(f"{side}_{entity}" for side in ("source", "target") for entity in ENTITIES[:4])


def enter(run: Run, connection: Connection) -> None:
    """Open the connection's schema and name both sides' canonical tables ``source_*`` and ``target_*``, whole."""
    _name(run, connection, _whole(run, connection))


def enter_due(run: Run, connection: Connection) -> bool:
    """Enter, and let every name stand for the rows of the work set alone; True where they do.

    Stages after link see as much as the work set needs. Where it holds most of the catalogue, names stay whole.
    """
    few = bool(run.notes.get(f"due {connection.name}"))
    made = (name for name in DESIRED if few and run.warehouse.exists("main", f"due_{name}"))
    due = {name: f"FROM {identifier('temp', 'main', f'due_{name}')}" for name in (*DUE, *LINKS, *made)} if few else {}
    _name(run, connection, {**_whole(run, connection), **due})
    return few


def name_whole(run: Run, connection: Connection, name: str, view: str) -> None:
    """Let ``view`` stand for all rows of one of the names, whatever the work set holds."""
    run.warehouse.con.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(view)} AS {_whole(run, connection)[name]}")


def _whole(run: Run, connection: Connection) -> dict[str, str]:
    """What every name stands for whole; looked at anew once a canonical table may have come."""
    note, seen = f"sides {connection.name}", run.notes.get(HARMONIZED, 0)
    known: tuple[int, dict[str, str]] | None = run.notes.get(note)
    if known is None or known[0] != seen:
        known = run.notes[note] = seen, _tables(run, connection)
    return known[1]


def _tables(run: Run, connection: Connection) -> dict[str, str]:
    rows = {}
    for side, platform in (("source", connection.source), ("target", connection.target)):
        supplied = entities(run, platform)
        for entity in ENTITIES:
            table = canonical_table(platform, entity)
            there = entity in supplied and run.warehouse.exists(*table)
            rows[f"{side}_{entity}"] = f"FROM {identifier(*table)}" if there else _none(entity)
    return rows


def _name(run: Run, connection: Connection, wanted: Mapping[str, str]) -> None:
    """Let every name stand for what is wanted, and no other; what stands already is left alone."""
    house, con = run.warehouse, run.warehouse.con
    stands = house.entered.get(connection.name)
    if stands is None:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(connection.name)}")
        con.execute("SET search_path = ?", [connection.name])
        house.run(_SQL / "connection_tables.sql")
        stands = dict.fromkeys((*LINKS, *DESIRED), "")
    for name in stands.keys() - wanted.keys():
        con.execute(f"DROP VIEW IF EXISTS {identifier('temp', name)}")
    for name, rows in wanted.items():
        if stands.get(name) != rows:
            con.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS {rows}")
    house.entered = {connection.name: dict(wanted)}


@cache
def _none(entity: str) -> str:
    system = [
        ("version", "BIGINT"),
        ("deleted_at", "TIMESTAMP"),
        ("defects", "VARCHAR[]"),
        ("row_hash", "UBIGINT"),
        ("seq", "BIGINT"),
    ]
    columns = [f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in [*canonical_columns(entity), *system]]
    return f"SELECT {', '.join(columns)} WHERE false"
