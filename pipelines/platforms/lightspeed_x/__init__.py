"""Lightspeed Retail (X-Series), API 2026-07: the till. What is relied on is README.md beside this file."""

from __future__ import annotations

from pathlib import Path

from pipelines.kit.platform import Platform
from pipelines.platforms.lightspeed_x.account import Account

SETTLE_SECONDS = 10.0
"""How long after a change of stock a reading may still show the old level, at most. Assumed: no source says."""

_HERE = "pipelines.platforms.lightspeed_x"

PLATFORM = Platform(
    name="lightspeed_x",
    title="Lightspeed Retail (X-Series)",
    folder=Path(__file__).parent,
    account=Account,
    connect=f"{_HERE}.client:connect",
    resources=f"{_HERE}.extract:RESOURCES",
    sandbox=f"{_HERE}.sandbox:create",
    writers=f"{_HERE}.write:WRITERS",
    capabilities=frozenset({"sales", "returns", "void_sales", "customers", "create_products", "adjust_stock"}),
    settle_seconds=SETTLE_SECONDS,
)
