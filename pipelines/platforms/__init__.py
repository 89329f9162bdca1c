"""Platforms are discovered: every folder below this one that exposes ``PLATFORM``. Nothing is listed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from pipelines.kit.platform import Platform

_HERE = Path(__file__).parent


@cache
def discover() -> dict[str, Platform]:
    """Every platform by name, sorted; a folder without ``PLATFORM`` raises AttributeError."""
    names = sorted(path.parent.name for path in _HERE.glob("*/__init__.py"))
    return {name: import_module(f"{__name__}.{name}").PLATFORM for name in names}
