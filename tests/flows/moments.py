"""At how many moments a run is cut off, and how many of crossed cases are tried: in ``make test`` some, in ``make kill`` all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
STEP = int(os.environ.get("TILLSYNC_KILL_STEP", "5"))
"""Every so manieth writing call is died at."""


def crossed(some: Sequence[A], others: Sequence[B]) -> list[tuple[A, B]]:
    """All pairs; where not every moment is taken as many that each of both comes up."""
    if STEP == 1:
        return list(product(some, others))
    return [(some[n % len(some)], others[n % len(others)]) for n in range(max(len(some), len(others)))]
