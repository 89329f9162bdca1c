"""One seed from beginning to end: demand and faults, then healing, then every oracle (`reliability.md` §4.6)."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.sim import ends
from tests.sim.calls import Caught, Watcher
from tests.sim.chance import Chosen, choose, stream
from tests.sim.events import KINDS, Hands
from tests.sim.recorded import unlike_orders
from tests.sim.truth import differences
from tests.sim.world import World

HEAL_CYCLES = 6
FORGOTTEN_CYCLES = 3
LEAST_EVENTS = 200
OUTAGES = 0.4
"""Share of the seeds with F20 on that have an outage: 20 % of all."""
MEMORY = Path("/dev/shm")  # noqa: S108


@dataclass
class Result:
    """What a seed came to. ``violations``: invariant → witnesses."""

    seed: int
    trace: str
    hours: float
    seconds: float
    violations: dict[str, list[str]]
    figures: dict[str, Any] = field(default_factory=dict)
    shop: dict[str, str] = field(default_factory=dict)
    """By SKU: how each stands in the store at the end, without the store's own numbers."""
    connection: str = ""

    @property
    def counts(self) -> bool:
        """Whether enough happened, and enough calls succeeded, for the seed to prove anything."""
        enough = sum(self.figures["events"].values()) >= LEAST_EVENTS
        return enough and self.figures["answered"] * 2 >= self.figures["calls"]


def run_seed(
    seed: int, *, change: Callable[[World], None] | None = None, stops_at: Iterable[str] = (), **fixed: Any
) -> Result:
    """Run one seed. ``change`` may alter the world before it starts; ``fixed`` replaces what the seed would draw.

    ``stops_at``: invariants whose first violation ends the seed.
    """
    chosen = choose(seed, KINDS)
    chosen = Chosen(**{**vars(chosen), **fixed}) if fixed else chosen
    home = Path(tempfile.mkdtemp(prefix="sim-", dir=MEMORY if MEMORY.is_dir() else None))
    began = time.perf_counter()
    try:
        world = World(chosen, home)
        watcher = begin(world, home)
        watcher.stops_at = frozenset(stops_at)
        if change is not None:
            change(world)
        try:
            safety(world)
            distances = heal(world, watcher)
        except Caught:
            violations = dict(watcher.violations)
        else:
            violations = {**watcher.violations, **ends.judge(world, watcher, distances)}
        found = {name: lines for name, lines in sorted(violations.items()) if lines}
        shop = {sku: repr({**item, "product_id": 0}) for sku, item in world.shop.shown().items()}
        hours, seconds = world.time.monotonic() / 3600, time.perf_counter() - began
        return Result(seed, world.trace_hash(), hours, seconds, found, told(world), shop, chosen.connection)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def begin(world: World, folder: Path) -> Watcher:
    """Open the shop and set everyone watching."""
    world.hands = Hands(world)
    world.hands.open_shop(folder)
    world.hands.schedule()
    watcher = Watcher(world)
    world.watchers.append(watcher)
    misfortunes(world)
    return watcher


def misfortunes(world: World) -> None:
    """Put on the clock what hits a platform for a time: outages (F20), stalling endpoints (F33)."""
    rng, start, rates = stream(world.chosen.seed, "outages"), world.time.now(), world.chosen.rates
    length = timedelta(hours=world.chosen.hours)
    draws = [rng.random() for _ in range(8)]
    if "F20" in rates and draws[7] < OUTAGES:
        begin_, share = (
            start + length * (0.1 + 0.5 * draws[0]),
            timedelta(hours=1 + min(3.0, world.chosen.hours - 1.5) * draws[1]),
        )
        world.outages.append((world.source if draws[2] < 0.5 else world.target, "", begin_, begin_ + share))
    if "F33" in rates:
        paths = list(world.shop.endpoints)
        rng.shuffle(paths)
        for n, path in enumerate(paths):
            moment = start + length * (0.2 + 0.6 * draws[3 + n])
            world.outages.append((world.target, path, moment, moment + timedelta(minutes=4 + 6 * draws[6])))


def safety(world: World) -> None:
    """Demand and faults until the seed's hours are over."""
    rng, rates = world.misfortune, world.chosen.rates
    end = world.time.now() + timedelta(hours=world.chosen.hours)
    number = 0
    while world.time.now() < end:
        number += 1
        started = world.time.now()
        if rng.random() < rates.get("F19", 0.0):
            world.crashes.arm()
        watchful = rng.random() < rates.get("F29", 0.0)
        if watchful:
            disturb(world, rng.randrange(3))
        cycle = world.cycle(full=number % 4 == 0)
        if cycle.end.startswith("crash"):
            world.lose()
            world.time.advance(rng.choice((1.0, 30.0, 300.0)))
            world.cycle()
        if rng.random() < 0.15:
            world.crashes.holds_approved = world.approve() > 0
        world.time.until(
            max(world.time.now() + timedelta(minutes=1), started + timedelta(minutes=world.chosen.minutes))
        )


def disturb(world: World, kind: int) -> None:
    """A second process in the middle of the coming run: it must leave; or it takes over, then the run must."""

    class Once:
        done = False

        def before_call(self, sent: Any) -> None:
            if not self.done and world.run is not None:
                self.done = True
                if kind:
                    assert world.second_process() == "busy", "a second writer was let in (I-39)"
                else:
                    world.taken_over()

        def run_ended(self, _cycle: Any) -> None:
            world.watchers.remove(self)

    world.watchers.append(Once())


def heal(world: World, watcher: Watcher) -> list[int]:
    """No more faults, no more demand; how far the two were apart after each cycle. Ends with silence, or gives up."""
    world.healing = True
    world.time.forget()
    world.outages.clear()
    for machine in world.machines.values():
        machine.faults.clear()
    world.time.advance(900)
    for machine in world.machines.values():
        machine.settle(everything=True)
    distances = [apart(world)]
    for number in range(HEAL_CYCLES):
        world.cycle(full=number == 0)
        waiting = world.approve() if (world.home / "shop" / "warehouse.duckdb").exists() else 0
        world.time.advance(900)
        distances.append(apart(world))
        if not distances[-1] and not waiting and world.cycles[-1].end in ends.well(world):
            break
    if world.hands.forgotten:
        # What both memories lost the pairing of is decided last: by full runs, once everything else has its name.
        # A record that two products claim goes to one of them first, the other is made anew after.
        for _ in range(FORGOTTEN_CYCLES):
            world.cycle(full=True)
            world.approve()
            world.time.advance(900)
            if not world.cycle().writes:
                break
    watcher.quiet = True
    for full in (True, False):
        world.time.advance(900)
        world.cycle(full=full)
    return distances


def apart(world: World) -> int:
    """How far the two platforms are from what they must come to."""
    return len(differences(world)) + len(unlike_orders(world))


def told(world: World) -> dict[str, Any]:
    """The figures of a seed."""
    figures = world.figures
    faults = Counter(figures.faults)
    for machine in world.machines.values():
        faults.update(machine.faults.shown)
    crashes = world.crashes.by_point
    faults["F19"] += sum(crashes.values())
    for code in ("F12", "F17"):
        faults[code] += code in world.chosen.rates
    unknown = world.rows(UNKNOWN)
    return {
        "events": dict(figures.events), "ends": dict(figures.ends), "faults": dict(faults), "crashes": dict(crashes),
        "calls": figures.calls, "answered": figures.answered, "writes": figures.writes,
        "noop_writes": figures.noop_writes,
        "levels_set": figures.levels_set, "levels_as_they_were": figures.levels_same,
        "cycles": len(world.cycles), "approved": figures.approved,
        "unknown": {row["ended"]: row["n"] for row in unknown},
        "holds": {row["state"]: row["n"] for row in world.rows(HOLDS)},
        "quarantined": (world.rows("SELECT count(*) AS n FROM sync.quarantine") or [{"n": 0}])[0]["n"],
    }  # fmt: skip


HOLDS = "SELECT state, count(*) AS n FROM sync.holds GROUP BY state ORDER BY state"
UNKNOWN = """
SELECT coalesce(e.outcome, 'open') AS ended, count(*) AS n
FROM sync.intents AS i
LEFT JOIN sync.ended AS e ON e.intent = i.n
ANTI JOIN (FROM sync.outcomes WHERE outcome <> 'unknown') AS o ON o.intent = i.n AND o.run_id = i.run_id
GROUP BY 1 ORDER BY 1
"""
