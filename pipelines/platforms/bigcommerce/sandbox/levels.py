"""Stock per location: what is there, and what a reader sees of it yet (fact sheet §5, asynchronous).

An item is ``p<product id>`` where the product is tracked as a whole, else ``v<variant id>``. A pair of item
and location that never got a level has none and reads as 0. Which calls change levels is in ``stock_routes``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Pair = tuple[int, str]
"""(location id, item)."""


class Levels:
    """Levels with the moments from which each is seen (unix seconds)."""

    def __init__(self) -> None:
        self._steps: dict[Pair, list[tuple[float, int]]] = {}
        self._settings: dict[Pair, dict[str, Any]] = {}

    def actual(self, pair: Pair) -> int | None:
        """The level that the next change starts from; None when it was never set."""
        steps = self._steps.get(pair)
        return steps[-1][1] if steps else None

    def seen(self, pair: Pair, now: float) -> int:
        """The level that a reading gets at ``now``."""
        steps = self._steps.get(pair)
        if not steps:
            return 0
        while len(steps) > 1 and steps[1][0] <= now:
            del steps[0]
        return steps[0][1] if steps[0][0] <= now else 0

    def put(self, pair: Pair, level: int, seen_from: float) -> None:
        """Set a level; readers see it from ``seen_from`` on, never before an earlier change."""
        steps = self._steps.setdefault(pair, [])
        steps.append((max(seen_from, steps[-1][0]) if steps else seen_from, level))

    def settings(self, pair: Pair) -> dict[str, Any]:
        """Safety stock, warning level and so on of a pair; a copy."""
        return dict(self._settings.get(pair, {}))

    def change_settings(self, pair: Pair, changes: dict[str, Any]) -> None:
        self._settings.setdefault(pair, {}).update(changes)

    def forget(self, items: Iterable[str], locations: Iterable[int]) -> None:
        """Drop what is known of items, wherever they are."""
        for item in items:
            for location in locations:
                self._steps.pop((location, item), None)
                self._settings.pop((location, item), None)

    def kept(self, items: Iterable[str], locations: Iterable[int]) -> dict[Pair, list[tuple[float, int]]]:
        """A copy of the levels of items, for ``put_back``."""
        pairs = [(location, item) for item in items for location in locations]
        return {pair: list(self._steps[pair]) for pair in pairs if pair in self._steps}

    def put_back(self, levels: dict[Pair, list[tuple[float, int]]]) -> None:
        """Set levels as they were when they were ``kept``."""
        self._steps.update(levels)

    def dump(self) -> dict[str, Any]:
        """JSON-able; changes that readers do not see yet stay so."""
        return {
            "levels": [[location, item, steps] for (location, item), steps in self._steps.items()],
            "settings": [[location, item, kept] for (location, item), kept in self._settings.items()],
        }

    def read(self, saved: dict[str, Any]) -> None:
        """Take a ``dump`` back."""
        self._steps = {
            (location, item): [(float(seen_from), int(level)) for seen_from, level in steps]
            for location, item, steps in saved["levels"]
        }
        self._settings = {(location, item): dict(kept) for location, item, kept in saved["settings"]}
