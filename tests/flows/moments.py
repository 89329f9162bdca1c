"""Moments at which a run is cut off, and cases of one kind: ``make test`` takes some of them, ``make kill`` all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
STEP = int(os.environ.get("TILLSYNC_KILL_STEP", "5"))
"""Every so manieth writing call is died at."""


def crossed(these: Sequence[A], others: Sequence[B]) -> list[tuple[A, B]]:
    """All pairs; where not every moment is taken as many that each of both comes up."""
    if STEP == 1:
        return list(product(these, others))
    return [(these[n % len(these)], others[n % len(others)]) for n in range(max(len(these), len(others)))]


def some(*cases: A) -> list[A]:
    """Cases that differ in when a thing happens or how it is told, the hardest first; of some every other one."""
    return list(cases) if STEP == 1 else list(cases[::2])
