"""Each sandbox, route by route, under the validator: a client that works against it meets no surprise at the vendor's.

Ordinary use is in ``journeys``. Wrong use is made from it: every member of every body gets a wrong type or is left out,
every typed parameter a wrong value; what the document refuses, the sandbox must refuse too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from pipelines.kit.sandbox import InProcessAdapter, Machine, Request, from_json, to_json
from pipelines.platforms import discover
from tests.fidelity import documents
from tests.fidelity.documents import documented
from tests.fidelity.journeys import Step, place
from tests.fidelity.shops import SHOPS
from tests.fidelity.validator import Ledger, Mismatch, around
from tests.fidelity.wrongs import wrongs

BASE = "http://127.0.0.1:3"
WALKED = sorted(set(SHOPS) & set(discover()))
PLATFORMS = [
    pytest.param(
        name, marks=pytest.mark.skipif(not documented(name), reason=f"no documents of {name} at ../shared/specs")
    )
    for name in WALKED
]
HEADERS = {"Authorization": "Bearer t", "X-Auth-Token": "t", "Accept": "application/json"}


class Visitor:
    """Calls a sandbox step by step and remembers what the steps keep."""

    def __init__(self, platform: str, validated: Callable[..., BaseAdapter], *, hostile: bool = False) -> None:
        self.machine: Machine = discover()[platform].load("sandbox")()
        self.machine.switches["stock_lag"] = 0.0
        self.names: dict[str, Any] = dict(SHOPS[platform].furnish(self.machine))
        self.prefix = SHOPS[platform].prefix
        self.session = requests.Session()
        self.session.mount(BASE, validated(self.machine, BASE, hostile=hostile))
        self.session.headers.update(HEADERS)

    def send(self, step: Step, **how: Any) -> requests.Response:
        """Make the call of a step whose names are filled in."""
        method, _, path = step.call.partition(" ")
        body = {"files": step.files} if step.files else {"json": step.body} if step.body is not None else {}
        return self.session.request(method, BASE + self.prefix + path, **{**body, **how})

    def walk(self, steps: tuple[Step, ...]) -> Iterator[Step]:
        """Yield each step, filled in, before it is made; every one must succeed."""
        for raw in steps:
            step = raw.filled(self.names)
            yield step
            answer = self.send(step)
            assert answer.status_code < 300, (step.call, answer.text)
            self.names |= {name: place(answer.json(), where) for name, where in step.keep.items()}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_ordinary_use_of_every_route_is_answered_as_documented(
    platform: str, validated: Callable[..., BaseAdapter]
) -> None:
    visitor = Visitor(platform, validated)
    for _ in visitor.walk(SHOPS[platform].journey):
        pass
    assert _unused(visitor.machine) == set()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_no_source_confirms_may_be_otherwise_and_is_still_as_documented(
    platform: str, validated: Callable[..., BaseAdapter]
) -> None:
    visitor = Visitor(platform, validated)
    visitor.machine.switches |= SHOPS[platform].switched
    for _ in visitor.walk(SHOPS[platform].journey):
        pass
    assert visitor.names


def _unused(machine: Machine) -> set[str]:
    """Routes no call has gone to."""
    found = (machine.find(Request(call.method, call.path)) for call in machine.calls)
    used = {f"{entry.method} {entry.template}" for entry, _ in filter(None, found)}
    return {f"{one.method} {one.template}" for routes in machine._table.values() for one in routes} - used


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_route_is_invented(platform: str) -> None:
    machine = discover()[platform].load("sandbox")()
    invented = set()
    for entry in (one for routes in machine._table.values() for one in routes):
        path = entry.template
        for name, value in SHOPS[platform].account.items():
            path = path.replace(name, value)
        path = re.sub(r"\{\w+\}", "1", path)
        if documents.find(platform, entry.method, path) is None:
            invented.add(f"{entry.method} {entry.template}")
    assert invented == set()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_the_document_refuses_the_sandbox_refuses(platform: str) -> None:
    ledger, judged, accepted = Ledger(), 0, []
    visitor = Visitor(platform, partial(_around, ledger), hostile=True)
    for step in visitor.walk(SHOPS[platform].journey):
        before = to_json(visitor.machine.dump())
        for name, wrong in wrongs(platform, visitor.prefix, step):
            judged += 1
            try:
                visitor.send(wrong)
            except Mismatch as mismatch:
                accepted.append(f"{step.call}: {name}: {mismatch}")
                visitor.machine.load(from_json(before))
    assert accepted == []
    assert judged > 100


def _around(ledger: Ledger, machine: Machine, base_url: str, *, hostile: bool) -> BaseAdapter:
    return around(machine, base_url, ledger, InProcessAdapter(machine, base_url), hostile=hostile)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_route_refuses_a_stranger_in_the_vendor_s_words(
    platform: str, validated: Callable[..., BaseAdapter]
) -> None:
    visitor = Visitor(platform, validated, hostile=True)
    for name in ("Authorization", "X-Auth-Token"):
        del visitor.session.headers[name]
    for step in SHOPS[platform].journey:
        assert visitor.send(step.filled(_absent(SHOPS[platform].absent))).status_code == SHOPS[platform].stranger, (
            step.call
        )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_route_refuses_a_record_that_is_not_there_in_the_vendor_s_words(
    platform: str, validated: Callable[..., BaseAdapter]
) -> None:
    visitor = Visitor(platform, validated, hostile=True)
    for step in SHOPS[platform].journey:
        if re.search(r"/\{\w+\}", step.call) and not re.match(SHOPS[platform].quiet, step.call):
            assert visitor.send(step.filled(_absent(SHOPS[platform].absent))).status_code in MISSING, step.call


def _absent(value: Any) -> dict[str, Any]:
    """Every name stands for a record that is not there."""
    return defaultdict(lambda: value)


def test_every_platform_is_walked_through() -> None:
    assert set(discover()) - set(SHOPS) == set()


MISSING = {404, 422}
"""422 where the body is looked at first."""
