"""Sandbox of Lightspeed Retail (X-Series), API 2026-07. What it does and why: README.md beside this file."""

from __future__ import annotations

from pipelines.kit.sandbox import Clock, Faults
from pipelines.platforms.lightspeed_x.sandbox.machine import LightspeedX


def create(
    seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
) -> LightspeedX:
    """A new retailer with ``Main Outlet`` and ``Main Register`` and no products."""
    return LightspeedX(seed, clock, token, faults)


__all__ = ["LightspeedX", "create"]
