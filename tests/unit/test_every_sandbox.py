"""What every platform's sandbox must do, whichever it is: the demo, the simulator and rehearsals rely on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.kit import catalogue_csv
from pipelines.kit.sandbox import Clock, Machine, Request, from_json, to_json
from pipelines.kit.sandbox.faults import KNOWN, concerns, fits
from pipelines.platforms import discover

FORMS = {"F5": 3, "F6": 3, "F7": 4, "F8": 5, "F22": 3, "F26": 3, "F31": 3}
"""How many forms a fault has, where not two."""
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PLATFORMS = sorted(discover())
HEADERS = {
    "authorization": "Bearer t",
    "x-auth-token": "t",
    "accept": "application/json",
    "content-type": "application/json",
}
LINES = """Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,\
Variant Price
cap,Cap,<p>Wool</p>,Acme,Hats,Size,S,CAP-S,5,15.00
cap,,,,,,M,CAP-M,7,15.00
mug,Mug,,Acme,Kitchen,Title,Default Title,MUG,9,9.50
jug,Jug,,Acme,Kitchen,Title,Default Title,JUG,4,30.00"""


def made(platform: str, seed: int = 3) -> Machine:
    """A sandbox filled with a small catalogue."""
    machine: Machine = discover()[platform].load("sandbox")(seed, Clock(START, frozen=True))
    machine.seed(catalogue_csv.read(LINES.encode()))
    return machine


def anything(machine: Machine, method: str) -> Request:
    """A call of an operation that the platform has, to its own account, of a record that is not there."""
    account = machine.account()
    entry = next(one for routes in machine._table.values() for one in routes if one.method == method and not one.open)
    path = entry.template
    for name in ("store", "hash"):
        path = path.replace(f"{{{name}}}", str(next(iter(account.values()), "")))
    return Request(method, path.replace("{", "").replace("}", ""), (), HEADERS, b"{}" if method != "GET" else b"")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_saved_sandbox_is_the_same_when_it_is_loaded(platform: str) -> None:
    machine = made(platform)
    machine.shop(1)
    saved = to_json(machine.dump())
    other: Machine = discover()[platform].load("sandbox")(4, Clock(START, frozen=True))
    other.load(from_json(saved))
    assert to_json(other.dump()) == saved
    assert other.account() == machine.account()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_seed_and_the_same_hands_make_the_same_shop(platform: str) -> None:
    first, second = made(platform), made(platform)
    words = [machine.shop(1) + machine.shop(2) for machine in (first, second)]
    assert words[0] == words[1]
    assert to_json(first.dump()) == to_json(second.dump())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_account_a_sandbox_states_is_one_the_platform_takes(platform: str) -> None:
    model = discover()[platform].account
    keys = {"base_url": "http://127.0.0.1:1", **made(platform).account()}
    assert model.model_validate(keys)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("code", sorted(KNOWN))
def test_every_fault_shows_as_a_fate_or_an_answer_and_never_as_an_accident(platform: str, code: str) -> None:
    machine = made(platform)
    for method, kind in (("GET", "read"), ("PUT", "write")):
        request = anything(machine, method)
        for variant in range(FORMS.get(code, 2) if fits(code, kind) and concerns(code, request) else 0):
            machine.faults.script(code, variant=variant)
            answer = machine.handle(request)
            assert answer.fate != "answered" or answer.status > 0
            assert code == "F1" or machine.calls[-1].fault == code
    machine.settle(everything=True)
    assert machine.handle(anything(machine, "GET")).status in (200, 404)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_stranger_and_one_call_too_many_are_refused_without_using_the_shop(platform: str) -> None:
    machine = made(platform)
    machine.token, before = "another", to_json(machine.dump()["state"])
    assert machine.handle(anything(machine, "PUT")).status in (401, 403)
    machine.token, machine.quota = None, (1, 60.0)
    first, second = (machine.handle(anything(machine, "GET")) for _ in "12")
    assert (first.status != 429, second.status) == (True, 429)
    machine.clock.advance(61)
    assert machine.handle(anything(machine, "GET")).status != 429
    assert to_json(machine.dump()["state"]) == before


def _skus(machine: Any) -> set[str]:
    return {word for word in to_json(machine.dump()).decode().split('"') if word in {"CAP-S", "CAP-M", "MUG", "JUG"}}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_catalogue_arrives_with_every_sku(platform: str) -> None:
    assert _skus(made(platform)) == {"CAP-S", "CAP-M", "MUG", "JUG"}
