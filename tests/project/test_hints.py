"""A command that is shown can be pasted as it stands: nobody with several merchants is sent into the next error."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from assets.cli import app
from pipelines.kit.command_line import command
from tests.project.conftest import parsed

OF_NO_MERCHANT = {"demo", "check", "sandbox", "rules", "ui"}
"""They work without one, or for all of them."""
COMMANDS = {
    name: list(getattr(group, "commands", ()))
    for name, group in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
}
NEEDS = "|".join(name for name in COMMANDS if name not in OF_NO_MERCHANT)
GROUPED = "|".join(f"{name} (?:{'|'.join(words)})" for name, words in COMMANDS.items() if words)
BARE = re.compile(rf"\btillsync (?:{NEEDS})\b|`(?:{GROUPED})\b")
"""A command written by hand: as it stands it lacks the merchant, or the program."""

EXAMPLE = re.compile(r"Example: tillsync .*")
"""In ``--help``, where a person puts names of their own in place of these."""


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """What a file may show to a person: the texts of Python but for docstrings and examples; the lines of others."""
    if path.suffix != ".py":
        lines = path.read_text(encoding="utf-8").splitlines()
        yield from ((n, line) for n, line in enumerate(lines, start=1) if not line.lstrip().startswith(("--", "#")))
        return
    tree = parsed(path)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def test_no_hint_shows_a_command_without_its_merchant(checkout: Any) -> None:
    found = []
    for suffix in (".py", ".sql", ".yaml", ".j2"):
        for path in checkout.files("pipelines/", "assets/", "quality/", "mappings/", suffix=suffix):
            for line, text in texts(path):
                shown = EXAMPLE.sub("", text)
                found += [f"{checkout.name(path)}:{line}: {said}" for said in BARE.findall(shown)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "run `tillsync plan {connection}` first",
        "`tillsync holds list` shows what waits",
        "see `holds list`, or the report",
        "gone: tillsync undo RUN",
    ],
)
def test_a_command_written_by_hand_is_seen(text: str) -> None:
    assert BARE.search(text)


def test_what_a_hint_calls_is_there(checkout: Any) -> None:
    wrong, seen = [], 0
    for path in checkout.files("pipelines/", "assets/", suffix=".py"):
        for call in ast.walk(parsed(path)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == command.__name__:
                said = [one.value if isinstance(one, ast.Constant) else None for one in call.args[1:3]]
                name, part = (*said, None, None)[:2]
                groups = [COMMANDS.get(name, [])] if name else COMMANDS.values()
                right = (name is None or name in COMMANDS) and (part is None or any(part in group for group in groups))
                wrong += [] if right else [f"{checkout.name(path)}:{call.lineno}: {name} {part}"]
                seen += 1
    assert seen > 10
    assert wrong == []


def test_a_hint_is_one_command_whatever_a_sku_holds() -> None:
    assert command("corner", "explain", "c", "--sku=a b").endswith("tillsync --merchant corner explain c '--sku=a b'")
