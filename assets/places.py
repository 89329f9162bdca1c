"""Whether the outlets, registers and store locations that files name are at the accounts; asked for, kept nowhere.

What a run does with them is ``pipelines/stages/map.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.http import Session
from pipelines.kit.platform import Platform, Reading
from pipelines.language.document import Document, Place
from pipelines.language.load import read
from pipelines.language.mapping import Mapping as ConnectionMapping
from pipelines.language.mapping import load_mapping
from pipelines.language.merchants import DEMO, Merchant
from pipelines.language.outlets import named
from pipelines.language.paths import home, merchants_file
from pipelines.stages.order_feed import FLOW

Places = dict[str, list[dict[str, str]]]
"""``locations`` and ``registers`` of one account, and under ``deleted registers`` those that are closed for good: rows
with ``id`` and ``name``."""
_KINDS = {"locations": "location_id", "registers": "register_id"}
_DELETED = "deleted registers"


def places(platform: Platform, session: Session) -> Places:
    """What an account has, through the platform's own harmonize SELECTs. Raises what a call raises.

    A platform without such a SELECT is asked for its first resource, so that its token is tried all the same.
    """
    resources = platform.load("resources")
    selects = {kind: platform.folder / "harmonize" / f"{kind}.sql" for kind in _KINDS}
    texts = {kind: path.read_text(encoding="utf-8") for kind, path in selects.items() if path.exists()}
    if not texts:
        next(iter(next(iter(resources.values())).read(session, Reading())), None)
    found: Places = {}
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, resource in resources.items():
            table = f"{platform.name}_{name}_raw"
            if any(table in text for text in texts.values()):
                con.execute(f"CREATE TABLE {table} (id VARCHAR, version BIGINT, deleted_at VARCHAR, record JSON)")
                for page in resource.read(session, Reading()):
                    con.register("page", page)
                    con.execute(f"INSERT INTO {table} SELECT id, version, deleted_at, record FROM page")  # noqa: S608
        for kind, text in texts.items():
            rows = con.sql(text).project(f"{_KINDS[kind]} AS id, name, deleted_at IS NULL AS lives").order("name")
            every = [({"id": key, "name": name}, lives) for key, name, lives in rows.fetchall()]
            found[kind] = [row for row, lives in every if lives]
            found[f"deleted {kind}"] = [row for row, lives in every if not lives]
    return found


def misplaced(merchant: Merchant, connection: str, there: Mapping[str, Places]) -> list[Problem]:
    """A problem, at its line, for every named outlet, register or store location that an account has not."""
    mapping, shipped = load_mapping(connection)
    own = merchant.connections[connection]
    look = _Look(connection, read(_file(merchant)), Document(shipped.file, spots=shipped.spots, keys=shipped.keys))
    at: Place = ("merchants", merchant.name, "connections", connection)
    till, store = there[mapping.from_platform], there[mapping.to_platform]["locations"]
    settings = merchant.settings(connection, mapping.settings)
    outlets = settings.get("outlets")
    for index, outlet in enumerate(outlets if isinstance(outlets, list) else []):
        look.up(outlet, till["locations"], "outlet", (*at, "settings", "outlets", index))
    for index, outlet in enumerate(settings.get("exclude_outlets") or []):
        look.up(outlet, till["locations"], "outlet", (*at, "settings", "exclude_outlets", index))
    if settings.get("register"):
        look.up(settings["register"], _registers(till, settings, mapping), "register", (*at, "settings", "register"))
    for outlet, location in own.locations.items():
        look.up(outlet, till["locations"], "outlet", (*at, "locations", outlet), key=True)
        look.up(location, store, "store location", (*at, "locations", outlet))
    here = {text for row in till["locations"] for text in row.values()}
    for outlet, location in mapping.locations.items():
        if outlet in here and outlet not in own.locations:
            look.up(location, store, "store location", (*at, "locations", outlet))
    return [*look.shipped.problems, *look.own.problems]


def at_account(merchant: Merchant, platform: str, about: Problem) -> Problem:
    """The same problem at the line of the merchants file where the account stands."""
    document = read(_file(merchant))
    place = ("merchants", merchant.name, "accounts", platform)
    document.problem(
        place, about.code, about.message, key=True, found=about.found, expected=about.expected, do=about.do
    )
    return document.problems[0]


def _file(merchant: Merchant) -> Path:
    return home() / DEMO / "merchants.yaml" if merchant.name == DEMO else merchants_file()


def _registers(till: Places, settings: Mapping[str, Any], mapping: ConnectionMapping) -> list[dict[str, str]]:
    """The registers that may be named: where no orders are sold at it, one that was deleted still names its outlet."""
    living = till.get("registers", [])
    sells = settings.get("order_sync", True) and mapping.carries(FLOW)
    there = {text for row in living for text in row.values()}
    gone = [] if sells else till.get(_DELETED, [])
    return [*living, *(row for row in gone if not there & set(row.values()))]


class _Look:
    """One connection's names, looked up; a mistake stands in the merchant's file or in the mapping."""

    def __init__(self, connection: str, own: Document, shipped: Document) -> None:
        self.connection, self.own, self.shipped = connection, own, shipped

    def up(self, wanted: str, rows: Sequence[dict[str, Any]], what: str, place: Place, *, key: bool = False) -> None:
        """Add a problem unless exactly one row has this id or name."""
        try:
            named(wanted, rows, what, self.connection, key="id")
        except MistakeInFiles as mistake:
            (problem,) = mistake.problems
            in_own = place in self.own.spots or place in self.own.keys
            document, where = (self.own, place) if in_own else (self.shipped, place[4:])
            code, message, do = problem.code, problem.message, problem.do
            document.problem(where, code, message, key=key, found=wanted, expected=problem.expected, do=do)
