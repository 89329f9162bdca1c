"""A canonical table whose SELECT is mistaken stops the run with its name, and leaves what stands as it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.kit.errors import Refused
from pipelines.stages import harmonize
from tests.flows.conftest import World

MISTAKES = {
    "other_columns": ("AS register_id,", "AS register,", "register VARCHAR", "register_id VARCHAR"),
    "other_columns, by type": ("CAST(version AS BIGINT)", "version::VARCHAR", "version VARCHAR", "version BIGINT"),
    "select_failed": ("record->>'$.outlet_id'", "recrod->>'$.outlet_id'", "recrod", None),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistaken_select_is_told_by_name_and_costs_nothing_that_stood(
    make_world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    right, wrong, found, expected = MISTAKES[name]
    world = make_world()
    world.sync(yes=True)
    stood = world.rows("FROM lightspeed_x.lightspeed_x_registers ORDER BY register_id")
    assert stood

    def mistaken(folder: Path) -> dict[str, Path]:
        files = {path.stem: path for path in sorted((folder / "harmonize").glob("*.sql"))}
        text = files["registers"].read_text(encoding="utf-8") if "lightspeed_x" in str(folder) else ""
        if text:
            assert right in text
            files["registers"] = tmp_path / "registers.sql"
            files["registers"].write_text(text.replace(right, wrong), encoding="utf-8")
        return files

    with monkeypatch.context() as patch:
        patch.setattr(harmonize, "_files", mistaken)
        with pytest.raises(Refused) as refused:
            world.sync()
    problem = refused.value.problems[0]
    assert problem.code == name.split(",", maxsplit=1)[0]
    assert found in str(problem.found)
    assert expected is None or expected in str(problem.expected)
    assert "registers.sql" in str(problem.file)
    assert world.rows("FROM lightspeed_x.lightspeed_x_registers ORDER BY register_id") == stood
    assert world.sync()["entities"]["products"]["failed"] == 0
