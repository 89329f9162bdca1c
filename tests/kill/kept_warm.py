"""Everything a killed process uses, imported once before any is forked."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from one_sync import CONNECTION, SETTINGS

from assets import cli
from assets.definitions import build_definitions
from pipelines import flow
from pipelines.kit.expectations import warm_up
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.quality import house_limits, suites
from pipelines.language.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[1] / "sim"))
import seams


def read_and_compile() -> None:
    """What every run of the merchant reads and compiles before it does anything, kept for whoever is forked."""
    mapping, _ = load_mapping(CONNECTION)
    settings = Settings.model_validate({**mapping.settings, **SETTINGS})
    compiled = compile_mapping(mapping, settings, date.today())  # noqa: DTZ011
    assert compiled.desired, "nothing to send"
    assert compiled.decisions, "nothing to decide"
    assert compiled.differences, "nothing to compare"
    suites(mapping)
    house_limits()


warm_up()
build_definitions()
read_and_compile()

__all__ = ["cli", "flow", "seams"]
