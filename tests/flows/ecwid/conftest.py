"""The flow to an eCom store: worlds of its connection, and what the store shows of a product."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.flows.conftest import MUG, SHIRT

CONNECTION = "lightspeed_x__ecwid"


@pytest.fixture
def make_shop(make_world: Callable[..., Any]) -> Callable[..., Any]:
    """A maker of worlds from CSV rows; further arguments are settings."""
    return partial(make_world, connection=CONNECTION)


@pytest.fixture
def shop(make_shop: Callable[..., Any]) -> Any:
    """A shirt in two sizes and a mug in a till and a store that are in step."""
    world = make_shop(SHIRT, MUG)
    world.begin()
    return world


def attribute(record: dict[str, Any], kind: str) -> str | None:
    """The value of a product's or variation's attribute of a type."""
    return next((one["value"] for one in record.get("attributes", []) if one.get("type") == kind), None)


def till_writes(world: Any) -> list[str]:
    """Every call the till received that could change it."""
    return [call.path for call in world.till.calls if call.kind == "write"]


def paths(world: Any, record: dict[str, Any]) -> list[str]:
    """The categories a product is in, by name, each after those above it."""
    rows = world.store.shelves.categories
    return sorted(_path(rows, key) for key in record["categoryIds"])


def _path(rows: dict[int, dict[str, Any]], key: int) -> str:
    row = rows[key]
    parent = row.get("parentId")
    return f"{_path(rows, parent)} / {row['name']}" if parent else str(row["name"])
