"""Which product rules the last whole test run showed: a pytest plugin that writes ``tests/.results/rules.json``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RESULTS = Path(__file__).parent / ".results" / "rules.json"
OUTCOMES = pytest.StashKey[dict[str, dict[str, bool]]]()


def mark(item: pytest.Item, report: pytest.TestReport) -> None:
    """Let a report say which rules its test shows; reports also come from other processes."""
    report.user_properties += [("rule", rule) for mark in item.iter_markers("rule") for rule in mark.args]


def note(config: pytest.Config, report: pytest.TestReport) -> None:
    """Keep whether a test that shows a rule passed; a skipped one shows nothing."""
    outcomes = config.stash.setdefault(OUTCOMES, {})
    for name, rule in report.user_properties:
        tests = outcomes.setdefault(str(rule), {}) if name == "rule" else {}
        if report.when == "call":
            tests[report.nodeid] = tests.get(report.nodeid, True) and report.passed
        elif not report.passed:
            tests[report.nodeid] = False


def write(config: pytest.Config) -> None:
    """Store the rules all of whose tests passed, after a run over all tests."""
    if list(config.args) != list(config.getini("testpaths")):
        return
    outcomes = config.stash.setdefault(OUTCOMES, {})
    covered = {rule: sorted(tests) for rule, tests in sorted(outcomes.items()) if tests and all(tests.values())}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(covered, indent=1) + "\n", encoding="utf-8")
