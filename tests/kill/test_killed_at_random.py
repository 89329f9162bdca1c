"""kill -9 at random moments: whatever was under way, the store ends as it would have without (I-8, I-17, I-37, C16)."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from one_sync import CONNECTION

KILLS = int(os.environ.get("KILLS", "40"))
SHARES = (10, 30, 30, 30)
"""Of a hundred kills, by chain; the first goes through the libraries, at three times the cost."""


def written(shop: Any) -> int:
    """Calls that could change one of the two platforms, so far."""
    return len([call for machine in (shop.till, shop.store) for call in machine.calls if call.kind == "write"])


def settle(shop: Any) -> int:
    """Run until a run finds nothing to do; how many runs that took."""
    for runs in range(1, 6):
        assert shop.sync()[0] == 0
        before = written(shop)
        assert shop.sync(full=True)[0] == 0
        if written(shop) == before:
            return runs
    raise AssertionError("runs go on writing")


@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-7")
@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("chain", range(len(SHARES)))
def test_runs_killed_at_random_moments_lose_nothing_and_double_nothing(
    make_shop: Callable[..., Any], chain: int
) -> None:
    chance = Random(chain)
    shop = make_shop(libraries=chain == 0)
    killed = 0
    _, longest = shop.sync()
    while killed < KILLS * SHARES[chain] // 100:
        shop.change(chance)
        code, seconds = shop.sync(kill_after=chance.uniform(0.05, 1.0) * longest)
        assert code in (0, -9), code
        killed += code == -9
        longest = seconds if code == 0 else longest
    settle(shop)
    assert shop.sold() == shop.ordered()
    untouched = make_shop(beside=shop, libraries=False)
    assert untouched.sync()[0] == 0
    assert shop.shown() == untouched.shown()


@pytest.mark.invariant("I-7")
def test_the_whole_command_killed_at_random_moments_ends_as_if_it_never_was(make_shop: Callable[..., Any]) -> None:
    chance = Random(7)
    shop = make_shop()
    code, longest = shop.command("sync", CONNECTION)
    assert code == 0
    killed = 0
    for _ in range(12):
        if killed == 4:
            break
        shop.change(chance, create=False)
        code, _ = shop.command("sync", CONNECTION, kill_after=chance.uniform(0.05, 1.0) * longest)
        assert code in (0, -9), code
        killed += code == -9
    assert killed == 4
    assert shop.command("sync", CONNECTION, "--full")[0] == 0
    settle(shop)
    untouched = make_shop(beside=shop, libraries=False)
    assert untouched.sync()[0] == 0
    assert shop.shown() == untouched.shown()
