"""The first sync and those after it, from end to end."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.libraries


def test_a_first_sync_creates_every_sku_and_a_second_writes_nothing(world: Any) -> None:
    first = world.sync()
    assert first["mode"] == "first"
    assert first["entities"]["products"]["created"] == 3
    assert first["entities"]["stock"]["updated"] == 3
    assert world.store.level("SH-S") == 5
    world.forget()
    second = world.sync()
    assert second["verdict"] == "empty"
    assert world.writes() == []
    assert second["entities"]["products"]["unchanged"] == 3


def test_a_full_run_finds_nothing_to_do_after_a_first(world: Any) -> None:
    world.sync()
    world.forget()
    assert world.sync(full=True)["verdict"] == "empty"
    assert world.writes() == []


def test_three_changed_records_cost_at_most_three_writing_calls(world: Any) -> None:
    world.sync()
    for sku in ("SH-S", "SH-M", "MUG-1"):
        world.till.edit_product(sku, price=21)
    world.forget()
    summary = world.sync()
    assert 0 < len(world.writes()) <= 3
    assert summary["entities"]["products"]["updated"] == 3
