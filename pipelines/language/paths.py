"""Where the checkout, the mappings, the merchants file and the state are, wherever the caller stands."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def _place(variable: str, default: str) -> Path:
    return (CHECKOUT / os.environ.get(variable, default)).resolve()


def home() -> Path:
    """State of all merchants: ``TILLSYNC_HOME``, default ``.tillsync``."""
    return _place("TILLSYNC_HOME", ".tillsync")


def merchants_file() -> Path:
    """``TILLSYNC_MERCHANTS``, default ``merchants.yaml``."""
    return _place("TILLSYNC_MERCHANTS", "merchants.yaml")


def mappings_folder() -> Path:
    """``TILLSYNC_MAPPINGS``, default ``mappings/``."""
    return _place("TILLSYNC_MAPPINGS", "mappings")
