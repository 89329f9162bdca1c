"""Runs that spare nothing: what a ``-- Only where NAME has rows.`` leaves out is asked all the same, and does nothing.

A statement that would have changed something is a loss nobody sees: the run goes on as if there were nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

from pipelines.kit.sql_file import Statement, identifier
from pipelines.kit.warehouse import Warehouse


@contextmanager
def nothing_spared() -> Iterator[list[str]]:
    """While it lasts; yields the conditions that held a statement back, in the order they were met."""
    held_back: list[str] = []
    real = Warehouse._spares

    def spares(house: Warehouse, one: Statement, bound: Mapping[str, Any], known: dict[str, bool]) -> bool:
        if not real(house, one, bound, known):
            return False
        held_back.append(str(one.only))
        _does_nothing(house, one, bound)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Warehouse, "_spares", spares)
        yield held_back


def _does_nothing(house: Warehouse, one: Statement, bound: Mapping[str, Any]) -> None:
    made = one.changes if one.text.lstrip().upper().startswith("CREATE") else None
    before = _rows(house, made)
    found = house.con.execute(one.text, bound).fetchall()
    if made is not None:
        done = before is not None and _rows(house, made) != before
    elif one.changes is not None:
        done = found != [(0,)]
    else:
        done = found not in ([], [(True,)])
    assert not done, f"something is done where `{one.only}` is empty: {found} of {one.text}"


def _rows(house: Warehouse, table: str | None) -> list[str] | None:
    """What a table holds, in an order of its own; None where there is none."""
    if table is None:
        return None
    try:
        return sorted(map(repr, house.con.execute(f"FROM {identifier(*table.split('.'))}").fetchall()))
    except duckdb.CatalogException:
        return None
