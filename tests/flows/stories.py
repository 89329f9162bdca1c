"""Several stories in one shop: each test tells its own, with products of its own, and all go on in the same runs.

A story is a test written as a generator: where another test calls ``sync`` it yields, and is sent the run's summary.
What it says of the shop it says of its own orders and products. It fails alone, at its own line.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

import pytest

Story = Generator[None, dict[str, Any], None]
Teller = Callable[[Any], Story]


class Told:
    """What became of every story of a module, once all were told to their ends in one shop."""

    def __init__(self, opened: Callable[[], Any], tellers: dict[str, Teller], runs: Iterable[dict[str, Any]]) -> None:
        self.errors: dict[str, BaseException] = {}
        try:
            world = opened()
        except Exception as error:  # noqa: BLE001
            self.errors = dict.fromkeys(tellers, error)
            return
        self._going = {name: teller(world) for name, teller in tellers.items()}
        summary: Any = None
        for how in runs:
            if not self._on(summary):
                return
            world.wait(60)
            try:
                summary = world.sync(**how)
            except Exception as error:  # noqa: BLE001
                self.errors |= dict.fromkeys(self._going, error)
                return
        if self._on(summary):
            self.errors |= {name: AssertionError("the runs ended before the story did") for name in self._going}

    def _on(self, summary: Any) -> bool:
        """Tell each story as far as the next run; whether any goes on."""
        for name, story in list(self._going.items()):
            try:
                story.send(summary)
            except StopIteration:
                del self._going[name]
            except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001
                self.errors[name] = error
                del self._going[name]
        return bool(self._going)


class Stories:
    """The stories of a module; ``@stories.story`` makes a test of one. The module has a fixture ``told``."""

    def __init__(self) -> None:
        self.tellers: dict[str, Teller] = {}

    def story(self, teller: Teller) -> Callable[[Told], None]:
        """A test that fails as the story did."""
        name = teller.__name__
        self.tellers[name] = teller

        def test(told: Told) -> None:
            if name in told.errors:
                raise told.errors[name]

        test.__name__ = test.__qualname__ = name
        test.__module__ = teller.__module__
        return test

    def told(self, opened: Callable[[], Any], runs: Iterable[dict[str, Any]]) -> Told:
        """All of them, told in the shop that ``opened`` returns with these runs; a story may end before the last.

        What keeps the shop from being opened, or a run from ending, fails every story that goes on then.
        """
        return Told(opened, self.tellers, runs)
