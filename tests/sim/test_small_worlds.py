"""Any few events, faults, crashes and runs in any order, shrunk to the shortest story that breaks an invariant."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.sim import ends
from tests.sim.calls import Watcher
from tests.sim.chance import Chosen
from tests.sim.crashes import POINTS
from tests.sim.events import KINDS, Hands
from tests.sim.seeds import MEMORY, heal
from tests.sim.world import World

FAULTS = ("F2", "F3", "F5", "F6", "F7", "F8", "F10", "F11", "F23", "F24")
KEEP = {"on_hidden_update": "keep_hidden"}
EVENTS = sorted(set(KINDS) - {"burst"})


class SmallShop(RuleBasedStateMachine):
    """Four products; a rule is an event, a fault of a coming call, a run, a crash."""

    @initialize(seed=st.integers(0, 50))
    def open(self, seed: int) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="sim-", dir=MEMORY if MEMORY.is_dir() else None))
        outlets: dict[str, Any] = {
            "outlets": ["Main Outlet"],
            "recreate_missing": True,
            "on_hidden_update": "keep_hidden",
        }
        self.world = World(Chosen(seed, 1.0, 15.0, 0, 4, outlets, {}), self.home)
        self.world.hands = Hands(self.world)
        self.world.hands.open_shop(self.home)
        self.watcher = Watcher(self.world)
        self.world.watchers.append(self.watcher)

    @rule(kinds=st.lists(st.sampled_from(EVENTS), min_size=1, max_size=6))
    def people(self, kinds: list[str]) -> None:
        for kind in kinds:
            self.world.time.advance(20)
            self.world.hands.happen(kind)

    @rule(code=st.sampled_from(FAULTS), skip=st.integers(0, 3))
    def fault(self, code: str, skip: int) -> None:
        self.world.store.faults.script(code, method="PUT" if code in {"F10", "F11", "F23", "F24"} else None, skip=skip)

    @rule(point=st.none() | st.sampled_from(POINTS), later=st.integers(0, 2), full=st.booleans())
    def run(self, point: str | None, later: int, full: bool) -> None:
        self.world.crashes.armed = (point, later) if point else None
        self.world.cycle(full=full)
        self.world.time.advance(600)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            distances = heal(self.world, self.watcher)
            found = {**self.watcher.violations, **ends.judge(self.world, self.watcher, distances)}
            assert {name: lines for name, lines in found.items() if lines} == {}
        finally:
            shutil.rmtree(self.home, ignore_errors=True)


TestSmallShops = SmallShop.TestCase
TestSmallShops.settings = settings(
    max_examples=3, stateful_step_count=6, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
