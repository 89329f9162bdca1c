"""The checkout as data: its tracked files, and what each Python file imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Checkout:
    """Files under version control, by their path from the root."""

    root = ROOT

    def files(self, *under: str, suffix: str = "") -> list[Path]:
        """Tracked files below these folders (all, without any) whose names end so."""
        chosen = [ROOT / name for name in _tracked() if name.endswith(suffix) and (not under or name.startswith(under))]
        return [path for path in chosen if path.is_file()]

    def name(self, path: Path) -> str:
        """A path as people write it."""
        return path.relative_to(ROOT).as_posix()

    def imports(self, path: Path) -> Iterator[str]:
        """Every module a file imports, wherever in it; relative ones made whole."""
        package = path.relative_to(ROOT).with_suffix("").parts[:-1]
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = [*package[: len(package) - node.level + 1]] if node.level else []
                module = ".".join([*base, *filter(None, [node.module])])
                yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _tracked() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout under git")
    return tuple(name for name in listed.stdout.decode().split("\0") if name)


@pytest.fixture(scope="session")
def checkout() -> Checkout:
    return Checkout()
