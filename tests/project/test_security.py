"""``docs/security.md`` promises nothing that no test shows: each threat has a row, each named test is there."""

from __future__ import annotations

import ast
import re
from typing import Any

from tests.project.conftest import parsed


def _rows(checkout: Any) -> list[list[str]]:
    text = (checkout.root / "docs" / "security.md").read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| T")
    ]


def test_every_threat_has_a_row(checkout: Any) -> None:
    told = {number for row in _rows(checkout) for number in re.findall(r"\bT(\d+)", row[0])}
    assert told == {str(number) for number in range(1, 36)}


def test_every_test_named_is_there(checkout: Any) -> None:
    named = {name for row in _rows(checkout) for name in re.findall(r"`([^`]+::[^`]+)`", row[2])}
    assert len(named) > 40
    there = {
        f"{checkout.name(path)}::{node.name}"
        for path in checkout.files("tests/", suffix=".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
    }
    assert named - there == set()


def test_a_threat_without_a_test_says_why(checkout: Any) -> None:
    bare = [row for row in _rows(checkout) if not row[2]]
    assert [row[0] for row in bare if not re.search(r"\b(waits?|open|no image)\b", row[1])] == []
