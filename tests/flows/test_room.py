"""A disk that is all but full stops a run before it reads anything, not in the middle of a write."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.kit.errors import TillsyncError
from pipelines.kit.room import LEAST, need_room


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    real, told = shutil.disk_usage, {"free": LEAST}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=told["free"]))
    return told


def test_a_run_needs_as_much_room_again_as_its_warehouse_takes(tmp_path: Path, disk: dict[str, int]) -> None:
    need_room(tmp_path)
    (tmp_path / "warehouse.duckdb").write_bytes(bytes(2**20))
    with pytest.raises(TillsyncError) as told:
        need_room(tmp_path)
    (problem,) = told.value.problems
    assert (problem.code, problem.found) == ("disk_full", "256 MB free")
    disk["free"] += 2**20
    need_room(tmp_path)


def test_a_run_on_a_full_disk_asks_neither_platform_for_anything(make_world: Any, disk: dict[str, int]) -> None:
    world = make_world()
    disk["free"] = 0
    with pytest.raises(TillsyncError, match="too little room"):
        world.sync()
    assert (world.till.calls, world.store.calls) == ([], [])
