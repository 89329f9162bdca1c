"""Everything a killed process uses, imported once before any is forked."""

from __future__ import annotations

import sys
from pathlib import Path

from assets import cli
from assets.definitions import build_definitions
from pipelines import flow
from pipelines.kit.expectations import warm_up

sys.path.insert(0, str(Path(__file__).parents[1] / "sim"))
import seams

warm_up()
build_definitions()

__all__ = ["cli", "flow", "seams"]
