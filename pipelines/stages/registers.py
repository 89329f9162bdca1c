"""Registers of the till: which one takes the store's orders, and whose outlet that is.

Which outlets feed which store location is ``map``.
"""

from __future__ import annotations

from typing import Any

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.outlets import named
from pipelines.run import Connection, Run
from pipelines.stages import order_feed


def registers(run: Run, *, deleted: bool = False) -> list[dict[str, Any]]:
    """The till's registers by name, each with its outlet; with those that were deleted only where asked."""
    rows = run.warehouse.query("SELECT register_id, name, location_id, deleted_at FROM source_registers ORDER BY name")
    return [row for row in rows if deleted or row["deleted_at"] is None]


def register(run: Run, connection: Connection) -> dict[str, Any]:
    """The register of imported sales with its outlet (S001-21, S001-22).

    Raises MistakeInFiles where none is named and the till has several, or where the named one is closed for good.
    """
    living, name = registers(run), connection.compiled.settings.register_name
    if name is None and len(living) == 1:
        return living[0]
    if name is not None:
        found = dict(named(name, registers(run, deleted=True), "register", connection.name, "register_id"))
        if found["deleted_at"] is None:
            return found
    raise MistakeInFiles(
        Problem(
            "which_register",
            f"{connection.name}: no register takes the store's orders",
            found=f"the register {name} was deleted at the till"
            if name
            else "`register` is not set, and the till has several",
            expected="a register of the till: " + ", ".join(row["name"] for row in living),
            do="set `register:` under the connection's settings; no other is chosen for you",
        )
    )


def register_outlet(run: Run, connection: Connection) -> str:
    """The outlet of the register; without one named, that of all the till's registers, where it is the same.

    Where no orders are to be sold at it, a named register that was deleted still says which outlet is meant.
    """
    living, name = registers(run), connection.compiled.settings.register_name
    outlets: set[str] = {row["location_id"] for row in living}
    if name is not None and order_feed.on(connection):
        outlets = {register(run, connection)["location_id"]}
    elif name is not None:
        every = registers(run, deleted=True)
        outlets = {named(name, every, "register", connection.name, "register_id")["location_id"]}
    if len(outlets) == 1:
        return outlets.pop()
    raise MistakeInFiles(
        Problem(
            "which_outlet",
            f"{connection.name}: which outlet's stock the store shows is not settled",
            found="neither `register` nor `outlets` is set, and the till has several outlets",
            expected="a register of the till: " + ", ".join(row["name"] for row in living),
            do="set `register:` or `outlets:` under the connection's settings",
        )
    )
