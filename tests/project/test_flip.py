"""The book of deliberate mistakes fits the product, and its runner tells a test that can fail from one that cannot."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from tests.project import flip

RULES = """
rules:
  - {id: X-1, kind: R, says: A price of 22 is 22.}
  - {id: X-2, kind: R, says: A price is never below 0.}
  - {id: X-3, kind: N, says: Where it is found.}
"""
FLIPS = [
    {"wrong": "cents are lost", "rules": ["X-1"], "file": "shop.py", "find": "return 22", "replace": "return 21"},
    {"wrong": "a debt is a price", "rules": ["X-2"], "file": "shop.py", "find": "max(0, cents)", "replace": "cents"},
]
SHOP = """
def price():
    return 22

def at_least_nothing(cents):
    return max(0, cents)
"""
TESTS = """
import pytest
import shop

@pytest.mark.rule("X-1")
def test_one():
    assert shop.price() == 22

@pytest.mark.rule("X-2")
def test_two():
    assert shop.at_least_nothing({cents}) >= 0
"""


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """A maker of small checkouts: what the second rule's test asks for, and another book of flips."""

    def make(cents: str = "-1", flips: list[dict[str, Any]] | None = None, **book: Any) -> Path:
        (tmp_path / "tests").mkdir()
        (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
        (tmp_path / "tests" / "rules.yaml").write_text(RULES, encoding="utf-8")
        (tmp_path / "tests" / "test_shop.py").write_text(TESTS.format(cents=cents), encoding="utf-8")
        text = yaml.safe_dump({"flips": FLIPS if flips is None else flips, **book})
        (tmp_path / "tests" / "flips.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return make


def test_every_mistake_can_still_be_made_and_every_rule_has_one_or_a_reason() -> None:
    assert flip.mistakes(flip.ROOT, flip.load(flip.ROOT)) == []


def test_a_mistake_that_is_noticed_is_caught_and_the_checkout_is_left_as_it_was(project: Any, capsys: Any) -> None:
    root = project()
    assert flip.main(["--root", str(root)]) == 0
    assert capsys.readouterr().out == dedent("""\
        X-1  cents are lost: caught by test_shop.py::test_one
        X-2  a debt is a price: caught by test_shop.py::test_two
        2 of 2 caught; 0 rules have no flip, for a reason
    """)
    assert (root / "shop.py").read_text(encoding="utf-8") == SHOP


def test_a_test_that_shows_several_rules_counts_for_each_of_them(project: Any, capsys: Any) -> None:
    root = project()
    file = root / "tests" / "test_shop.py"
    both = file.read_text(encoding="utf-8").replace('rule("X-2")', 'rule("X-1", "X-2")')
    file.write_text(both, encoding="utf-8")
    assert flip.main(["X-2", "--root", str(root)]) == 0
    assert "X-2  a debt is a price: caught by test_shop.py::test_two" in capsys.readouterr().out
    reckoned = both.replace('rule("X-1", "X-2")', 'rule(*(f"X-{row}" for row in (1, 2)))')
    file.write_text(reckoned, encoding="utf-8")
    assert flip.main(["X-2", "--root", str(root)]) == 0


def test_a_test_that_cannot_fail_is_found_out(project: Any, capsys: Any) -> None:
    assert flip.main(["X-2", "--root", str(project(cents="1"))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "X-2  a debt is a price: SURVIVED"
    assert lines[-1] == "0 of 1 caught"


def test_a_mistake_that_only_breaks_the_product_shows_nothing(project: Any, capsys: Any) -> None:
    broken = [FLIPS[0], {**FLIPS[1], "replace": "max(0, nothing)"}]
    assert flip.main(["X-2", "--root", str(project(flips=broken))]) == 1
    assert "a debt is a price: SURVIVED: tests/test_shop.py::test_two only broke" in capsys.readouterr().out


def test_a_test_that_fails_without_a_mistake_shows_nothing(project: Any, capsys: Any) -> None:
    assert flip.main(["X-2", "--root", str(project(cents="None"))]) == 1
    assert "X-2  RED BEFORE  tests/test_shop.py::test_two" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flips", "without", "said"),
    [
        (FLIPS[:1], {}, ["X-2: has no flip, and `without` gives no reason"]),
        (FLIPS[:1], {"X-2": "not built yet"}, []),
        (FLIPS, {"X-2": "not built yet"}, ["X-2: stands under `without`, but has a flip"]),
        (FLIPS, {"X-9": "what?"}, ["X-9: stands under `without`, but is no rule"]),
        ([*FLIPS, {**FLIPS[0], "rules": ["X-9"]}], {}, ["X-9: is not in tests/rules.yaml"]),
        ([FLIPS[0], {**FLIPS[1], "replace": FLIPS[1]["find"]}], {}, ["X-2: changes nothing in shop.py"]),
        (
            [FLIPS[0], {**FLIPS[1], "find": "def "}],
            {},
            ["X-2: this stands 2 times in shop.py, not once: 'def '"],
        ),
        (
            [FLIPS[0], {**FLIPS[1], "file": "gone.py"}],
            {},
            ["X-2: this stands 0 times in gone.py, not once: 'max(0, cents)'"],
        ),
    ],
)
def test_a_book_that_does_not_fit_is_refused_before_anything_runs(
    project: Any, capsys: Any, flips: list[dict[str, Any]], without: dict[str, str], said: list[str]
) -> None:
    root = project(flips=flips, without=without)
    assert flip.mistakes(root, flip.load(root)) == said
