"""Whether the tests of the product rules can fail: break the product on purpose, one mistake at a time (``make flip``).

The mistakes are data in ``tests/flips.yaml``. Each is made in a copy of the checkout, where the tests marked with its
rules run in a process of their own. One of them must fail by an assertion: a test that does not start or does not get
as far as its assertion has shown nothing. What the rules say is ``tests/rules.yaml``; which tests passed is
``rule_register.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).parents[2]
LONGEST = 1800
INFORMATIONAL = "N"
Outcomes = dict[str, dict[str, str]]
"""Rule → node id → ``passed``, ``failed`` (an assertion), ``broke`` (anything else) or ``skipped``."""


class Flip(BaseModel):
    """One deliberate mistake. ``find`` occurs exactly once in ``file``; ``wrong`` says what is done wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wrong: str
    rules: list[str] = Field(min_length=1)
    file: str
    find: str = Field(min_length=1)
    replace: str


class Book(BaseModel):
    """All flips, and for each rule that has none the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flips: list[Flip]
    without: dict[str, str] = Field(default_factory=dict)


def load(root: Path) -> Book:
    """``tests/flips.yaml`` of a checkout. Raises pydantic.ValidationError."""
    return Book.model_validate(yaml.safe_load((root / "tests" / "flips.yaml").read_text(encoding="utf-8")))


def mistakes(root: Path, book: Book) -> list[str]:
    """What is wrong with the book: a text that is not there once, a rule without a flip or with a stale reason."""
    listed = yaml.safe_load((root / "tests" / "rules.yaml").read_text(encoding="utf-8"))["rules"]
    kinds = {rule["id"]: rule["kind"] for rule in listed}
    found = [line for flip in book.flips for line in _of_flip(root, flip, kinds)]
    flipped = {rule for flip in book.flips for rule in flip.rules}
    for rule, kind in kinds.items():
        if kind != INFORMATIONAL and rule not in flipped and not book.without.get(rule):
            found.append(f"{rule}: has no flip, and `without` gives no reason")
    for rule in book.without:
        if rule not in kinds or rule in flipped:
            found.append(f"{rule}: stands under `without`, but {'has a flip' if rule in kinds else 'is no rule'}")
    return found


def _of_flip(root: Path, flip: Flip, kinds: dict[str, str]) -> list[str]:
    found = [f"{rule}: is not in tests/rules.yaml" for rule in flip.rules if rule not in kinds]
    path = root / flip.file
    times = path.read_text(encoding="utf-8").count(flip.find) if path.is_file() else 0
    if times != 1:
        found.append(f"{' '.join(flip.rules)}: this stands {times} times in {flip.file}, not once: {flip.find!r}")
    if flip.find == flip.replace:
        found.append(f"{' '.join(flip.rules)}: changes nothing in {flip.file}")
    return found


@dataclass
class Copy:
    """A checkout of its own, in which one mistake at a time is made and taken back."""

    source: Path
    at: Path
    spoiled: int = 0

    def make(self) -> None:
        """Copy everything but what begins with a dot, and caches."""
        shutil.copytree(self.source, self.at, ignore=shutil.ignore_patterns(".*", "__pycache__"))

    def spoil(self, flip: Flip) -> None:
        """Make the mistake, at a second of its own: compiled code is told from its source by that and its length."""
        path = self.at / flip.file
        path.write_text(path.read_text(encoding="utf-8").replace(flip.find, flip.replace), encoding="utf-8")
        self.spoiled += 1
        second = int((self.source / flip.file).stat().st_mtime) + self.spoiled
        os.utime(path, (second, second))

    def mend(self, flip: Flip) -> None:
        """Take it back, the time of the file too."""
        shutil.copy2(self.source / flip.file, self.at / flip.file)

    def test(self, rules: Iterable[str], *, stop: bool, longest: int = LONGEST) -> tuple[Outcomes, str]:
        """Run the tests of these rules; their outcomes and what was printed. ``stop``: once each rule has a failure.

        Without other people's pytest plugins: no test of a rule needs one, and they are slow to start.
        """
        wanted, result = sorted(set(rules)), self.at / "outcomes.json"
        result.unlink(missing_ok=True)
        command = [sys.executable, "-P", str(Path(__file__).resolve()), "--inside", str(result), *wanted]
        environment = {**os.environ, "PYTHONPATH": str(self.at), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        try:
            ran = subprocess.run(
                [*command, *(["--stop"] if stop else [])],
                cwd=self.at, env=environment, capture_output=True, text=True, timeout=longest, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {}, f"no end after {longest} seconds"
        outcomes: Outcomes = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
        return outcomes, ran.stdout + ran.stderr


@dataclass(eq=False)
class Watcher:
    """A pytest plugin: keeps the tests of the wanted rules, and what became of each."""

    rules: frozenset[str]
    stop: bool = False
    outcomes: Outcomes = field(default_factory=dict)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        others = [item for item in items if not self._shown(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if self._shown(item)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" or not report.passed:
            outcome = "broke" if report.failed else report.outcome
            if report.failed and call.excinfo and call.excinfo.errisinstance((AssertionError, pytest.fail.Exception)):
                outcome = "failed"
            for rule in self._shown(item):
                self.outcomes.setdefault(rule, {})[item.nodeid] = outcome
        if self.stop and all("failed" in self.outcomes.get(rule, {}).values() for rule in self.rules):
            item.session.shouldstop = "every rule has a test that failed"
        return report

    def _shown(self, item: pytest.Item) -> set[str]:
        return {rule for mark in item.iter_markers("rule") for rule in mark.args} & self.rules


def inside(result: Path, rules: Sequence[str], *, stop: bool) -> None:
    """Run the tests of these rules of the checkout that is the current folder, and store their outcomes."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(Path("tests").rglob("test_*.py"))}
    files = [str(p) for p, text in texts.items() if "mark.rule(*" in text or _names(text, rules)]
    watcher = Watcher(frozenset(rules), stop=stop)
    if files:
        pytest.main([*files, "-q", "--rootdir=.", "--tb=line", "-p", "no:cacheprovider"], plugins=[watcher])
    result.write_text(json.dumps(watcher.outcomes), encoding="utf-8")


def _names(text: str, rules: Sequence[str]) -> bool:
    return "mark.rule(" in text and any(rule in text for rule in rules)


def flip_all(root: Path, chosen: Sequence[str]) -> int:
    """Make every mistake (of these rules, or all) and print a line per rule; 1 where one is not noticed."""
    book = load(root)
    wrong = mistakes(root, book)
    asked = set(chosen) or {rule for flip in book.flips for rule in flip.rules}
    flips = [flip for flip in book.flips if asked & set(flip.rules)]
    for line in wrong:
        _say(line)
    if any(line.startswith(tuple(asked)) for line in wrong):
        return 1
    for rule in sorted(set(chosen) & set(book.without)):
        _say(f"{rule}  no flip: {book.without[rule]}")
    with tempfile.TemporaryDirectory(prefix="flip-") as folder:
        copy = Copy(root, Path(folder) / "checkout")
        copy.make()
        red = _sound(copy, asked & {rule for flip in flips for rule in flip.rules})
        rows = [row for flip in flips for row in _one(copy, flip, sorted(asked & set(flip.rules)), red)]
    _count(rows, book, chosen)
    return 1 if wrong or red or not all(rows) else 0


def _sound(copy: Copy, rules: set[str]) -> dict[str, str]:
    """Rules whose tests cannot show anything, because they are not there or fail without a mistake."""
    outcomes, printed = copy.test(rules, stop=False, longest=4 * LONGEST) if rules else ({}, "")
    red: dict[str, str] = {}
    for rule in sorted(rules):
        tests = outcomes.get(rule, {})
        bad = [test for test, outcome in tests.items() if outcome in {"failed", "broke"}]
        if bad:
            red[rule] = f"RED BEFORE  {bad[0]}"
        elif "passed" not in tests.values():
            red[rule] = "NO TEST"
    if red:
        _say(printed[-3000:])
    for rule, why in red.items():
        _say(f"{rule}  {why}")
    return red


def _one(copy: Copy, flip: Flip, rules: list[str], red: dict[str, str]) -> list[bool]:
    """Make one mistake; for every rule whether it was caught."""
    rules = [rule for rule in rules if rule not in red]
    if not rules:
        return []
    copy.spoil(flip)
    try:
        outcomes, printed = copy.test(rules, stop=True)
    finally:
        copy.mend(flip)
    caught = []
    for rule in rules:
        state = _state(outcomes.get(rule, {}))
        _say(f"{rule}  {flip.wrong}: {state}")
        caught.append(state.startswith("caught"))
    if not all(caught):
        _say(printed[-3000:])
    return caught


def _state(tests: dict[str, str]) -> str:
    failed = [test for test, outcome in tests.items() if outcome == "failed"]
    if failed:
        return f"caught by {failed[0].rpartition('/')[2]}"
    broke = [test for test, outcome in tests.items() if outcome == "broke"]
    return f"SURVIVED: {broke[0]} only broke" if broke else "SURVIVED" if tests else "SURVIVED: no test ran"


def _count(rows: list[bool], book: Book, chosen: Sequence[str]) -> None:
    left = "" if chosen else f"; {len(book.without)} rules have no flip, for a reason"
    _say(f"{sum(rows)} of {len(rows)} caught{left}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """``flip.py [RULE …]``; the exit code."""
    parser = argparse.ArgumentParser(description="Break the product on purpose and see the rules' tests fail.")
    parser.add_argument("rules", nargs="*", help="rules to break, all without any")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--stop", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        inside(given.inside, given.rules, stop=given.stop)
        return 0
    return flip_all(given.root.resolve(), given.rules)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
