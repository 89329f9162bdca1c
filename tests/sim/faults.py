"""Which faults a seed has and how often (`reliability.md` §4.4), and the faults that are larger than a call.

Faults of one call are the sandboxes' own (``pipelines.kit.sandbox.faults``) and are only given a rate here. The rest
concern a platform for a time, the shop, or the machine the engine runs on.

Not there, and why. F18: nothing listens to webhooks. F13: shifted answers on any page, and true shifts where a
list is longer than a page (10 products with their variants); not both at one edge on purpose. F15: records changed
together share a version; a version is never given out again later. F17: no leap day and no change of summer time;
nothing below reads a local time. F19: no C11 (no token rotates); C16 is ``tests/kill``. F21: no rotation. F23: not at
the till, where sales, customers and products are read back, stock put back by hand is not. F28: of
orders in the store, none is made there by the engine. F30: no warehouse that opens and is damaged inside. F32: ids of
products alone, those of variants are never used again. F12: levels of both, the list of orders and the search for
sales; other lists show a write at once.
"""

from __future__ import annotations

from random import Random

BASELINE = 0.10
"""Share of seeds without any fault."""
EVERYTHING = 0.05
"""Share of seeds with every fault."""
RATES: dict[str, tuple[float, float]] = {
    "F1": (0.005, 0.05), "F2": (0.003, 0.03), "F3": (0.005, 0.05), "F4": (0.002, 0.02), "F5": (0.005, 0.05),
    "F6": (0.003, 0.03), "F7": (0.02, 0.20), "F8": (0.002, 0.02), "F9": (0.005, 0.05), "F10": (0.01, 0.10),
    "F11": (0.01, 0.10), "F13": (0.02, 0.20), "F14": (0.001, 0.01), "F16": (0.002, 0.02), "F21": (0.001, 0.01),
    "F22": (0.002, 0.02), "F23": (0.0015, 0.015), "F24": (0.002, 0.02), "F25": (0.0005, 0.005), "F26": (0.002, 0.02),
    "F27": (0.01, 0.10), "F31": (0.0002, 0.002),
    "F12": (1, 1), "F15": (0.05, 0.30), "F17": (1, 1), "F19": (0.4, 0.95), "F20": (1, 1), "F29": (0.1, 0.5),
    "F30": (0.2, 0.8), "F32": (0.2, 0.8), "F33": (0.1, 0.3),
    "F28": (1, 1),
}  # fmt: skip
"""Lowest and highest rate when on: of calls; of cycles (F19, F29); of crashes (F30); of the seed (others)."""
OF_THE_WORLD = frozenset({"F12", "F15", "F17", "F19", "F20", "F29", "F30", "F32", "F33", "F28"})


def draw_rates(rng: Random, on: set[str]) -> dict[str, float]:
    """A rate for every fault that is on; every fault draws, so that none shifts the others."""
    drawn = {code: rng.uniform(low, high) for code, (low, high) in RATES.items()}
    return {code: rate for code, rate in drawn.items() if code in on}


def of_calls(rates: dict[str, float], *, documents: bool = False) -> dict[str, float]:
    """The rates of the faults a sandbox shows by itself; ``documents``: it is the one that sales are recorded in."""
    never = OF_THE_WORLD | ({"F23"} if documents else set())
    return {code: rate for code, rate in rates.items() if code not in never}
