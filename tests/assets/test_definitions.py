"""What the code location consists of, and that it loads anywhere, fast and light."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from assets import names
from assets.definitions import build_definitions
from assets.extract import resources
from pipelines.language.paths import CHECKOUT
from pipelines.platforms import discover
from tests.assets.conftest import CONNECTION

SNAPSHOT = Path(__file__).parent / "definitions.txt"
HEAVY = ("great_expectations", "pandas", "pyarrow", "dlt")
LOAD = """
import sys
import assets.definitions
print([name for name in {heavy!r} if name in sys.modules])
"""


def listed() -> str:
    """Every asset with its group, every check, job and schedule, one a line."""
    definitions = build_definitions()
    graph = definitions.resolve_asset_graph()
    lines = [f"asset {key.to_user_string()} [{graph.get(key).group_name}]" for key in graph.get_all_asset_keys()]
    for key in graph.asset_check_keys:
        blocking = " blocking" if graph.get_check_spec(key).blocking else ""
        lines.append(f"check {key.asset_key.to_user_string()}:{key.name}{blocking}")
    lines += [f"job {job.name}" for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")]
    lines += [f"schedule {schedule.name} {schedule.cron_schedule}" for schedule in definitions.schedules or ()]
    return "\n".join(sorted(lines)) + "\n"


def test_no_asset_or_check_appears_or_vanishes_unseen(merchants: Path) -> None:
    if os.environ.get("TILLSYNC_APPROVE"):
        SNAPSHOT.write_text(listed(), encoding="utf-8")
    assert listed() == SNAPSHOT.read_text(encoding="utf-8")


def test_no_check_shows_a_template_instead_of_words() -> None:
    graph = build_definitions().resolve_asset_graph()
    words = {key.name: graph.get_check_spec(key).description or "" for key in graph.asset_check_keys}
    assert [name for name, said in words.items() if not said or "{" in said] == []


def test_the_code_location_has_one_name_wherever_it_is_loaded() -> None:
    """A schedule switched on under one name is off under another."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dg"]["project"]
    workspace = yaml.safe_load((CHECKOUT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"][0]
    assert project["code_location_name"] == workspace["python_module"]["location_name"] == names.LOCATION


def test_every_resource_a_platform_reads_is_an_asset() -> None:
    for name, platform in discover().items():
        assert set(resources(name)) == set(platform.load("resources"))


def test_loading_is_light_and_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    code = LOAD.format(heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]", "modules that take a second each; benchmarks/start.py measures the whole"


def test_the_workspace_loads_from_another_folder(merchants: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    command = [
        str(Path(sys.executable).parent / "dagster"),
        "definitions",
        "validate",
        "-w",
        str(CHECKOUT / "workspace.yaml"),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "full"), [("changes", None), ("everything", "true")])
def test_a_tick_of_a_schedule_asks_for_one_run_per_merchant(merchants: Path, name: str, full: Any) -> None:
    (asked,) = _asked(f"lightspeed_x__{name}")
    assert (asked.partition_key, asked.tags["tillsync/connections"]) == ("shop", CONNECTION)
    assert asked.tags.get("tillsync/full") == full


def test_connections_due_together_share_a_run_and_one_with_times_of_its_own_has_its_own(merchants: Path) -> None:
    file = merchants.parent / "merchants.yaml"
    both = """      lightspeed_x__ecwid: {{settings: {{{0}}}}}\n  empty_shop:"""
    accounts = "accounts:\n      ecwid: {store_id: 1003, token: {env: STORE_TOKEN}}\n      lightspeed_x:"
    text = file.read_text(encoding="utf-8").replace("accounts:\n      lightspeed_x:", accounts)
    file.write_text(text.replace("  empty_shop:", both.format("connected_on: 2024-01-01")), encoding="utf-8")
    (asked,) = _asked("lightspeed_x__changes")
    assert asked.tags["tillsync/connections"] == "lightspeed_x__bigcommerce lightspeed_x__ecwid"
    hourly = both.format("schedule: '0 * * * *'")
    file.write_text(text.replace("  empty_shop:", hourly), encoding="utf-8")
    (asked,) = _asked("lightspeed_x__changes")
    assert asked.tags["tillsync/connections"] == "lightspeed_x__bigcommerce"
    (asked,) = _asked("lightspeed_x__changes__shop")
    assert (asked.partition_key, asked.tags["tillsync/connections"]) == ("shop", "lightspeed_x__ecwid")


def test_two_merchants_due_at_one_tick_both_get_their_run_and_at_the_next_tick_another(merchants: Path) -> None:
    file = merchants.parent / "merchants.yaml"
    text = file.read_text(encoding="utf-8")
    shop = text[text.index("  shop:") : text.index("  empty_shop:")]
    file.write_text(text.replace(shop, shop + shop.replace("  shop:", "  second_shop:")), encoding="utf-8")
    ticks = [_asked("lightspeed_x__changes", minutes) for minutes in (0, 15)]
    assert [[asked.partition_key for asked in tick] for tick in ticks] == [["shop", "second_shop"]] * 2
    assert len({asked.run_key for tick in ticks for asked in tick}) == 4


def _asked(schedule: str, minutes: int = 0) -> list[Any]:
    definitions = build_definitions()
    with (
        dg.DagsterInstance.local_temp() as instance,
        dg.build_schedule_context(
            instance=instance,
            repository_def=definitions.get_repository_def(),
            scheduled_execution_time=datetime(2026, 3, 2, 9, minutes, tzinfo=UTC),
        ) as context,
    ):
        return list(definitions.resolve_schedule_def(schedule).evaluate_tick(context).run_requests or ())
