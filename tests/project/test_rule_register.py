"""Every rule a test says it shows is known by its name, and counts for the register."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests import rule_register

ROOT = Path(__file__).parents[2]


def test_a_test_that_shows_several_rules_counts_for_each_of_them() -> None:
    marks = [pytest.mark.rule("X-1", "X-2").mark, pytest.mark.rule("X-3").mark]
    report: Any = SimpleNamespace(user_properties=[], when="call", passed=True, nodeid="tests/test_shop.py::test_one")
    rule_register.mark(SimpleNamespace(iter_markers=lambda _name: marks), report)  # type: ignore[arg-type]
    config: Any = SimpleNamespace(stash=pytest.Stash())
    rule_register.note(config, report)
    shown = config.stash[rule_register.OUTCOMES]
    assert shown == {rule: {"tests/test_shop.py::test_one": True} for rule in ("X-1", "X-2", "X-3")}


def test_no_test_shows_a_rule_that_is_not_there() -> None:
    known = {rule["id"] for rule in yaml.safe_load((ROOT / "tests" / "rules.yaml").read_text("utf-8"))["rules"]}
    unknown = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for marked in re.findall(r"mark\.rule\(([^)]*)\)", path.read_text(encoding="utf-8")):
            unknown += [f"{path.name}: {rule}" for rule in re.findall(r'"([^"]+)"', marked) if rule not in known]
    assert [line for line in unknown if not re.search(r": X-\d$|\{", line)] == []
