"""How much of a platform's quota is used while work waits, and how often it had to refuse (`design.md` §9).

Virtual time: one sender, whose every call takes so long, against the sandboxes with the vendors' quotas on. Real time:
three senders at once over sockets, against a window of the same number of calls in fewer seconds.
Share: the calls of every window but the last, by what those windows allowed. One sender whose calls take longer than
30 s / 150 = 0.2 s waits for answers and not for the quota.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

from benchmarks.measuring import keep
from pipelines.kit.calls import Context
from pipelines.kit.http import Session, mount
from pipelines.kit.sandbox import Clock, serve
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.secret import Secret
from pipelines.platforms import discover

STORE, TILL = "bigcommerce", "lightspeed_x"
BASE = "http://127.0.0.1"
QUOTA = (150, 30.0)
LATENCIES = (0.0, 0.1, 0.19, 0.3)
SENDERS, SHORT = 3, (150, 3.0)


class Slow(InProcessAdapter):
    """Every call takes ``latency`` seconds of the sandbox's clock; keeps when each was sent."""

    def __init__(self, machine: Any, latency: float) -> None:
        super().__init__(machine, BASE)
        self.latency, self.sent = latency, list[float]()

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        clock = self.machine.clock
        self.sent.append(clock.now().timestamp())
        clock.advance(self.latency / 2)
        answer = super().send(request, *rest, **kwargs)
        clock.advance(self.latency / 2)
        return answer


def connect(platform: str, machine: Any, address: str, context: Context) -> Session:
    """A session of a platform with its sandbox."""
    known = discover()[platform]
    account = known.account.model_validate({"base_url": address, **machine.account()})
    made: Session = known.load("connect")(account, Secret("bench", "BENCH_TOKEN"), context)
    return made


def share(sent: list[float], quota: tuple[int, float]) -> float:
    """Calls of every window but the last, by what those windows allowed."""
    limit, seconds = quota
    whole = (len(sent) - 1) // limit * limit
    return round(whole / (limit * (sent[whole] - sent[0]) / seconds), 4)


def virtual(platform: str, calls: int, quota: tuple[int, float], latency: float) -> dict[str, Any]:
    """One sender in virtual time."""
    machine = discover()[platform].load("sandbox")(clock=Clock(datetime(2026, 3, 2, tzinfo=UTC), frozen=True))
    machine.quota = quota
    clock = machine.clock
    context = Context(wait=clock.advance, now=clock.now, monotonic=lambda: clock.now().timestamp())
    wire = Slow(machine, latency)
    session = mount(connect(platform, machine, BASE, context), wire)
    call = _work(platform, machine, session)
    for _ in range(calls):
        call()
    hours = round((wire.sent[-1] - wire.sent[0]) / 3600, 2)
    return {"seconds_a_call": latency, "calls": calls, "share": share(wire.sent, quota),
            "refused": context.of(platform).throttled, "hours": hours}  # fmt: skip


def real(calls: int) -> dict[str, Any]:
    """Three senders in real time; they share the account's budget, and each has its own session."""
    machine = discover()[STORE].load("sandbox")()
    machine.quota = SHORT
    context, sent = Context(), list[float]()
    context.watch = lambda _call: sent.append(time.monotonic())
    with serve(machine) as running:
        work = [_work(STORE, machine, connect(STORE, machine, running.url, context)) for _ in range(SENDERS)]
        threads = [threading.Thread(target=lambda one=one: [one() for _ in range(calls // SENDERS)]) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {"senders": SENDERS, "calls": calls, "window": SHORT, "share": share(sorted(sent), SHORT),
            "refused": context.of(STORE).throttled}  # fmt: skip


def _work(platform: str, machine: Any, session: Session) -> Callable[[], object]:
    if platform == TILL:
        return lambda: session.call("GET", "/retailer")
    product = machine.make_product(name=f"Mug {len(machine.store.products)}", price=5)
    return lambda: session.call("PUT", "/v3/catalog/products", body=[{"id": product.id, "price": 6}])


def main() -> None:
    """Print and keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=10_000)
    given = asked.parse_args()
    os.environ.setdefault("BENCH_TOKEN", "bench")
    store = [virtual(STORE, given.calls, QUOTA, latency) for latency in LATENCIES]
    till = virtual(TILL, given.calls, (350, 300.0), 0.1)
    keep("limits", {"goal_share": 0.95, "goal_refused": 0, "store_150_in_30_s": store, "till_350_in_300_s": till,
                    "at_once": real(1500)})  # fmt: skip


if __name__ == "__main__":
    main()
