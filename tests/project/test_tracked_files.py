"""What no tracked file may hold, and how long code may get."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from tests.project.conftest import parsed

FORBIDDEN = {
    "a package registry or index": re.compile(
        r"py[p]i\.org|python[h]osted|registry\.np[m]js|/simp[l]e/?[\"'\s]|(?<!no-emit-)(extra-)?index-ur[l]|artif[a]ctory"
    ),
    "a path of one machine": re.compile(r"(?<![\w.~/])/(roo[t]|wor[k]|hom[e]|Use[r]s|tm[p])/\w"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KE[Y]"),
    "text with a merge conflict": re.compile(r"^(<{7}|>{7}) "),
}
LONGEST_FUNCTION = 60
LONGEST_FILE = 400
CODE = ("pipelines/", "assets/", "quality/", "docs/", "benchmarks/")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(checkout: Any, what: str) -> None:
    found = []
    for path in checkout.files():
        if b"\0" in (content := path.read_bytes())[:1024]:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if FORBIDDEN[what].search(line):
                found.append(f"{checkout.name(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_every_function_fits_a_screen(checkout: Any) -> None:
    found = []
    for path in checkout.files(suffix=".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    found.append(f"{checkout.name(path)}: {node.name} has {lines} lines")
    assert found == []


def test_every_module_fits_a_head(checkout: Any) -> None:
    lengths = {
        checkout.name(path): len(path.read_text("utf-8").splitlines()) for path in checkout.files(*CODE, suffix=".py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_every_module_says_what_lives_in_it(checkout: Any) -> None:
    files = [path for path in checkout.files("pipelines/", "assets/", suffix=".py") if path.read_text("utf-8").strip()]
    assert [checkout.name(path) for path in files if not ast.get_docstring(parsed(path))] == []
