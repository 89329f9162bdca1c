"""Callers that failed together do not come back together, and the same run waits the same (`reliability.md` §2.10)."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from pipelines.kit.calls import Context
from pipelines.kit.errors import PlatformUnreachable, Problem
from pipelines.kit.http import TRIES, Rules, Session, mount


class Failing(BaseAdapter):
    """Answers every call with one status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = self.status, request, str(request.url)
        answer._content = b"{}"
        return answer

    def close(self) -> None:
        """Nothing is open."""


def waits(run_id: str, status: int, chance: Any = None) -> list[float]:
    """The seconds a reading call waited between its tries."""
    waited: list[float] = []
    moment = [0.0]

    def wait(seconds: float) -> None:
        waited.append(seconds)
        moment[0] += seconds

    context = Context(run_id=run_id, wait=wait, monotonic=lambda: moment[0], chance=chance)
    problem = Problem("failed", "it failed")
    rules = Rules("shoppy", {}, frozenset({"shop.example"}), lambda *_: problem)
    session = mount(Session("https://shop.example", rules, context), Failing(status))
    with pytest.raises(PlatformUnreachable):
        session.call("GET", "/products")
    return waited


def test_two_runs_that_failed_together_do_not_come_back_together() -> None:
    one, other = waits("run-1", 503), waits("run-2", 503)
    assert len(one) == len(other) == TRIES - 1
    assert one == waits("run-1", 503)
    assert not set(one) & set(other)
    assert all(0 <= pause <= 0.4 * 4**n for n, pause in enumerate(one))


def test_a_wait_may_be_anything_up_to_a_limit_that_grows() -> None:
    assert waits("run-1", 503, lambda: 0.5) == [0.2, 0.8, 3.2]
    throttled = waits("run-1", 429, lambda: 0.5)
    assert throttled[:4] == [2.0, 4.0, 8.0, 16.0]
    assert max(throttled) == 64.0
    assert set(waits("run-1", 429, lambda: 0.0)) == {1.0}
