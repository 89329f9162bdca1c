"""Every form in which this store refuses is told in our words, without the token, and with the right outcome."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.kit.calls import Context
from pipelines.kit.errors import CallFailed, CredentialsRefused, PlatformUnreachable
from pipelines.kit.http import Session, mount
from pipelines.kit.sandbox import Clock, InProcessAdapter, Response
from pipelines.kit.secret import Secret
from pipelines.platforms.ecwid import PLATFORM
from pipelines.platforms.ecwid.account import Account
from pipelines.platforms.ecwid.client import connect
from pipelines.platforms.ecwid.sandbox import create

ERRORS = json.loads((PLATFORM.folder / "cases" / "errors.json").read_text(encoding="utf-8"))
BASE = "http://127.0.0.1"
REFUSED = {403: CredentialsRefused, 429: PlatformUnreachable}


def session(machine: Any) -> Session:
    """A session to a sandbox whose clock its waiting moves."""
    clock = machine.clock
    context = Context(wait=clock.advance, now=clock.now, monotonic=lambda: clock.now().timestamp())
    made = connect(Account(store_id=1003, base_url=BASE), Secret("secret_t", "STORE_TOKEN"), context)
    return mount(made, InProcessAdapter(machine, BASE))


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case["name"])
def test_every_form_of_refusal_is_told_without_the_token(case: dict[str, Any]) -> None:
    machine = create(clock=Clock(frozen=True))
    machine.handle = lambda _request: Response(case["status"], case["headers"], case["body"].encode())  # type: ignore[method-assign]
    with pytest.raises((CallFailed, CredentialsRefused, PlatformUnreachable)) as caught:
        session(machine).call("PUT", "/products/1", body={"price": 1})
    assert "secret_t" not in str(caught.value)
    assert 0 < len(str(caught.value)) < 700
    if isinstance(caught.value, CallFailed):
        unknown = case["status"] == 408 or case["status"] >= 500
        assert (caught.value.outcome == "unknown") == unknown
    else:
        assert isinstance(caught.value, REFUSED[case["status"]])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"store_id": 0},
        {"store_id": "../1004"},
        {"store_id": 1003, "base_url": "http://a.example"},
        {"store_id": 1003, "base_url": "https://user@a.example"},
        {"store_id": 1003, "base_url": "https://a.example/api/v3"},
        {"store_id": 1003, "tokn": "x"},
    ],
)
def test_a_mistaken_account_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Account.model_validate(given)
