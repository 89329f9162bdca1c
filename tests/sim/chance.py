"""What a seed decides before anything happens: size, rates, which faults are on, and its separate random streams.

Leaving one fault out, or adding a draw to one stream, shifts none of the others (`reliability.md` §4.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.sim.faults import BASELINE, EVERYTHING, RATES, draw_rates

DEFAULT = "lightspeed_x__bigcommerce"
"""The connection of a seed that is not told which."""
HOURS = (2.0, 2.6)
CYCLE_MINUTES = (24.0, 36.0)
EVENTS = (230, 330)
LIMITED = {
    "delete": {"count": 1, "share": 0}, "unpublish": {"count": 1, "share": 0}, "price_change": {"count": 3, "share": 0},
    "stock_to_zero": {"count": 3, "share": 0},
}  # fmt: skip


def stream(seed: int, name: str) -> Random:
    """The random stream of one purpose."""
    return Random(f"{seed}:{name}")


def log_uniform(rng: Random, low: float, high: float) -> float:
    """A number between two bounds whose logarithm is spread evenly."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


@dataclass(frozen=True)
class Chosen:
    """One seed's world. ``rates`` by fault code; ``weights`` by event kind."""

    seed: int
    hours: float
    minutes: float
    events: int
    products: int
    settings: dict[str, Any]
    rates: dict[str, float]
    weights: dict[str, float] = field(default_factory=dict)
    connection: str = DEFAULT

    @property
    def combined(self) -> bool:
        """Whether the store shows two outlets added up."""
        return self.settings.get("stock_scope") == "combined"


def choose(seed: int, kinds: dict[str, float]) -> Chosen:
    """Draw a seed; ``kinds``: usual weight by event kind."""
    rng = stream(seed, "size")
    settings: dict[str, Any] = {"recreate_missing": rng.random() < 0.7, "on_hidden_update": "keep_hidden"}
    if rng.random() < 0.4:
        settings |= {"stock_scope": "combined", "outlets": ["Main Outlet", "Second Outlet"]}
    else:
        settings |= {"outlets": ["Main Outlet"]}
    if rng.random() < 0.5:
        settings["limits"] = LIMITED
    faults = stream(seed, "which faults")
    share = faults.random()
    on = {code: faults.random() < 0.5 or share > 1 - EVERYTHING for code in RATES}
    rates = draw_rates(stream(seed, "rates"), {code for code, is_on in on.items() if is_on and share >= BASELINE})
    weights = stream(seed, "weights")
    return Chosen(
        seed,
        hours=rng.uniform(*HOURS),
        minutes=rng.uniform(*CYCLE_MINUTES),
        events=rng.randint(*EVENTS),
        products=rng.randint(6, 12),
        settings=settings,
        rates=rates,
        weights={kind: usual * log_uniform(weights, 0.3, 3.0) for kind, usual in kinds.items()},
    )
