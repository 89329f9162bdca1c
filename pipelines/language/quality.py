"""The files of ``quality/`` as models: suites of expectations, and how much may change or go missing in one run.

What follows from a broken one is the business of the stages that read them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipelines.language.canonical import Strict
from pipelines.language.load import load_once
from pipelines.language.mapping import Mapping
from pipelines.language.paths import CHECKOUT
from pipelines.language.settings import Limit

QUALITY = CHECKOUT / "quality"
_LIMITS = QUALITY / "plan_limits.yaml"
Kind = Literal["row", "set", "warning"]


class Expectation(Strict):
    """One expectation: its Great Expectations type, its column, and what a person reads when it is broken.

    ``says``, ``expected`` and ``do`` may name columns of the view in braces, and ``{limit}``.
    """

    id: str
    type: str
    column: str
    kwargs: dict[str, Any] = Field(default_factory=dict)
    limit: dict[str, str] = Field(default_factory=dict)
    broken_class: str = Field(alias="class")
    says: str
    expected: str | None = None
    do: str | None = None
    rules: list[str] = Field(default_factory=list)


class Suite(Strict):
    """One file of expectations over one view.

    ``row``: a broken row is quarantined; ``set``: one broken row stops every write; ``warning``: it is listed.
    ``flow``: it is asked only on connections along which that entity flows.
    """

    view: str
    level: Literal["product", "variant", "stock", "order", "set"]
    kind: Kind
    flow: str | None = None
    expectations: list[Expectation]


class LimitEntry(Limit):
    """A class of changes, how much of it may happen in one run, and its words."""

    says: str


class Limits(Strict):
    """``plan_limits.yaml``: changes by class, and records a complete read may lack of those it had before."""

    classes: dict[str, LimitEntry]
    missing: LimitEntry


def suites(mapping: Mapping | None = None) -> dict[str, Suite]:
    """Every suite of ``quality/``, or those of what flows along a connection, by file name. Raises MistakeInFiles."""
    files = sorted(path for path in QUALITY.glob("*.yaml") if path != _LIMITS)
    found = {path.stem: load_once(path, Suite) for path in files}
    return {
        name: one for name, one in found.items() if mapping is None or one.flow is None or mapping.carries(one.flow)
    }


def house_limits() -> Limits:
    """What ``plan_limits.yaml`` says before a connection's own limits. Raises MistakeInFiles."""
    return load_once(_LIMITS, Limits)


def view(name: str) -> Path:
    """The ``.sql`` file of a suite's view."""
    return QUALITY / "views" / f"{name}.sql"
