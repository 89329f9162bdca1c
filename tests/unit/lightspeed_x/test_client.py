"""Speaking to the till: the token stays secret, limits are obeyed, refusals are told in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import ValidationError

from pipelines.kit.calls import Context
from pipelines.kit.errors import CallFailed, CredentialsRefused
from pipelines.kit.quota import Quota
from pipelines.kit.secret import Secret
from pipelines.platforms import discover
from pipelines.platforms.lightspeed_x import PLATFORM
from pipelines.platforms.lightspeed_x.account import Account
from pipelines.platforms.lightspeed_x.client import SUPPORTED_UNTIL, connect, is_read, pause_by, problem, quota

if TYPE_CHECKING:
    from conftest import Till

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"base_url": "https://a.example", "domain_prefix": "a"},
        {"base_url": "http://a.example"},
        {"base_url": "https://user@a.example"},
        {"base_url": "https://a.example/api/2.0"},
        {"domain_prefix": "evil.example/"},
        {"domain_prefix": "a", "page_size": 0},
        {"domain_prefix": "a", "page_size": "200"},
        {"domain_prefix": "a", "api_version": "2026-10"},
        {"domain_prefix": "a", "tokn": "x"},
    ],
)
def test_a_mistaken_account_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Account.model_validate(given)


def test_the_address_is_the_retailers_own_host_and_version() -> None:
    assert Account(domain_prefix="corner").api_url == "https://corner.retail.lightspeed.app/api/2026-07"
    assert Account(base_url="http://127.0.0.1:8101/").api_url == "http://127.0.0.1:8101/api/2026-07"


def test_every_named_part_of_the_platform_is_there() -> None:
    platform = discover()["lightspeed_x"]
    assert platform is PLATFORM
    for part in ("connect", "resources", "sandbox", "writers"):
        assert platform.load(part)


def test_reading_levels_by_post_is_not_a_write() -> None:
    assert is_read("GET", "/api/2026-07/products")
    assert is_read("POST", "/api/2026-07/inventory")
    assert not is_read("POST", "/api/2026-07/inventory_levels/x")
    assert not is_read("POST", "/api/2026-07/stock_adjustments")
    assert not is_read("PUT", "/api/2026-07/inventory")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "Wed, 01 Jul 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Wed, 01 Jul 2026 12:00:30 GMT", "Date": "Wed, 01 Jul 2026 12:00:20 GMT"}, 10.0),
        ({"Retry-After": "Wed, 01 Jul 2026 11:00:00 GMT"}, -3600.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_pause_is_the_one_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert pause_by(lambda: NOON)(429, headers) == seconds


def budget(left: object, limit: object = 350) -> dict[str, str]:
    """The headers of an answer."""
    return {"X-RateLimit-Remaining": str(left), "X-RateLimit-Limit": str(limit)}


def test_a_budget_is_read_from_its_two_headers() -> None:
    assert quota(budget(20)) == Quota(20, 350, None, 300.0)


@pytest.mark.parametrize("headers", [{}, budget("many"), budget(-1), budget("²"), {"X-RateLimit-Remaining": "3"}])
def test_a_budget_that_makes_no_sense_is_no_budget(headers: dict[str, str]) -> None:
    assert quota(headers) is None


def test_a_whole_budget_is_used_without_one_call_too_many(till: Till) -> None:
    till.machine.quota = (3, 300.0)
    session = till.session(page_size=1)
    till.read(session, "products")
    assert session.context.of("lightspeed_x").throttled == 0
    assert till.waited
    assert len(session.context.calls) > 3 * len(till.waited)


@pytest.mark.parametrize(("today", "warned"), [((2027, 6, 30), False), ((2027, 7, 1), True)])
def test_a_version_that_may_be_served_no_more_is_warned_of(
    caplog: pytest.LogCaptureFixture, today: tuple[int, int, int], warned: bool
) -> None:
    context = Context(now=lambda: datetime(*today, tzinfo=UTC))
    connect(Account(domain_prefix="corner"), Secret("t0ken", "TILL_TOKEN"), context)
    assert bool(caplog.records) is warned
    assert "t0ken" not in caplog.text


def test_every_version_the_account_takes_has_an_end_of_support() -> None:
    assert set(SUPPORTED_UNTIL) == set(get_args(Account.model_fields["api_version"].annotation))


def test_a_refusal_says_what_the_till_said() -> None:
    said = problem(422, {}, '{"error":"Unprocessable","message":"page_size is wrong"}')
    assert "page_size is wrong" in said.message
    assert "502" in problem(502, {}, "<html>").message


def test_over_the_limit_the_read_waits_for_the_date_and_goes_on(till: Till) -> None:
    till.machine.quota = (4, 300.0)
    other = till.session()
    till.read(other, "brands")
    session = till.session(page_size=2)
    rows = till.read(session, "products")
    assert len(set(rows["id"].to_pylist())) == 4
    assert session.context.of("lightspeed_x").throttled == 1
    assert all(1 <= pause <= 301 for pause in till.waited)


@pytest.mark.invariant("I-32")
@pytest.mark.parametrize("gone", [0.0, 120.25, 299.5])
def test_a_budget_used_up_before_us_is_waited_for_until_the_date_and_not_longer(till: Till, gone: float) -> None:
    till.machine.clock.frozen = True
    till.machine.quota = (2, 300.0)
    other, session = till.session(), till.session()
    for _ in range(2):
        other.call("GET", "/retailer")
    till.machine.clock.advance(gone)
    for _ in range(6):
        session.call("GET", "/retailer")
    assert session.context.of("lightspeed_x").throttled == 1
    assert 300.0 - gone <= till.waited[0] <= 302.0 - gone
    assert till.waited[1:] == [300.0, 300.0]


def test_a_wrong_token_stops_at_once_and_is_never_shown(till: Till) -> None:
    till.machine.token = "right"
    session = till.session(token="wr0ng-secret")
    with pytest.raises(CredentialsRefused) as caught:
        till.read(session, "products")
    assert "TILL_TOKEN" in str(caught.value)
    assert "wr0ng-secret" not in str(caught.value) + repr(session.rules)
    assert len(till.calls(session)) == 1


def test_a_path_that_is_not_there_is_a_refused_call(till: Till) -> None:
    with pytest.raises(CallFailed) as caught:
        till.session().call("GET", "/outlets/none")
    assert caught.value.status == 404
