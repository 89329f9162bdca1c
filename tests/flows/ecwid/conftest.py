"""The flow to an eCom store: worlds of its connection, and what the store shows of a product."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pipelines.kit.sandbox import from_json, to_json

CONNECTION = "lightspeed_x__ecwid"


@pytest.fixture
def make_shop(make_world: Callable[..., Any]) -> Callable[..., Any]:
    """A maker of worlds from CSV rows; further arguments are settings."""
    return partial(make_world, connection=CONNECTION)


def attribute(record: dict[str, Any], kind: str) -> str | None:
    """The value of a product's or variation's attribute of a type."""
    return next((one["value"] for one in record.get("attributes", []) if one.get("type") == kind), None)


def named(world: Any, name: str) -> dict[str, Any]:
    """The store's product of this name."""
    keys = [
        one["id"]
        for one in map(world.store.product_record, world.store.shelves.products.values())
        if one["name"] == name
    ]
    assert len(keys) == 1, f"{len(keys)} products of the store are called {name}"
    record: dict[str, Any] = from_json(to_json(world.store.product_record(world.store.shelves.product(keys[0]))))
    return record


def skus(world: Any) -> set[str]:
    """Every SKU of the store: of products without variations, and of variations."""
    records = map(world.store.product_record, world.store.shelves.products.values())
    return {one["sku"] for record in records for one in record["combinations"] or [record]}


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
