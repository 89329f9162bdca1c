"""Every refusal the platform documents can be met, and a refused call changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.kit.sandbox import from_json, to_json
from pipelines.platforms.ecwid.sandbox.answers import STATUS

from .shop import Shop, cases, prepared

REFUSED = cases("calls_refused")
BY_FAULT = {"TIMEOUT", "INTERNAL_ERROR"}
"""Answers only a fault gives."""


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_call_the_platform_refuses_is_refused_and_changes_nothing(shop: Shop, case: dict[str, Any]) -> None:
    request = prepared(shop, case)
    before = to_json(shop.machine.dump()["state"])
    response = shop.machine.handle(request)
    answer = from_json(response.body)
    assert (response.status, answer.get("errorCode")) == (case["status"], case.get("code")), answer
    assert case.get("says", "") in json.dumps(answer, default=str)
    assert _lasting(to_json(shop.machine.dump()["state"])) == _lasting(before)


def _lasting(state: bytes) -> Any:
    """The state without the counters of ids, which also a refused call may use up."""
    return {name: value for name, value in from_json(state).items() if name != "last"}


def test_every_code_the_sandbox_knows_can_be_met() -> None:
    met = {case.get("code") for case in REFUSED}
    assert set(STATUS) - met - BY_FAULT == {"RATE_LIMITED"}


def test_too_many_calls_are_refused_with_whole_seconds_and_a_stubborn_token_for_much_longer(shop: Shop) -> None:
    shop.machine.quota = (3, 60.0)
    assert [shop.call("GET", "/profile")[0] for _ in range(3)] == [200, 200, 200]
    answer = shop.machine.handle(prepared(shop, {"method": "GET", "path": "/profile"}))
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert from_json(answer.body)["errorCode"] == "RATE_LIMITED"
    assert shop.call("GET", "/profile", authorization="Bearer secret_of_another")[0] == 200
    for _ in range(30):
        shop.call("GET", "/profile")
    shop.wait(61)
    assert shop.call("GET", "/profile")[0] == 429
    shop.wait(600)
    assert shop.call("GET", "/profile")[0] == 200
