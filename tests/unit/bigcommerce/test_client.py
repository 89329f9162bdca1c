"""Speaking to the store: the token stays secret, limits are obeyed, refusals are told in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from pipelines.kit.errors import CallFailed, CredentialsRefused, PlatformUnreachable
from pipelines.kit.quota import Quota
from pipelines.kit.sandbox import Response
from pipelines.platforms import discover
from pipelines.platforms.bigcommerce import PLATFORM
from pipelines.platforms.bigcommerce.account import Account
from pipelines.platforms.bigcommerce.client import pause_by, quota
from pipelines.platforms.bigcommerce.refusals import ours, problem, said_in

if TYPE_CHECKING:
    from conftest import Store

ERRORS = json.loads((PLATFORM.folder / "cases" / "errors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"store_hash": "abc123", "base_url": "http://a.example"},
        {"store_hash": "abc123", "base_url": "https://user@a.example"},
        {"store_hash": "abc123", "base_url": "https://a.example/stores/x"},
        {"store_hash": "abc123", "base_url": "ftp://127.0.0.1"},
        {"store_hash": "../v3"},
        {"store_hash": ""},
        {"store_hash": 123},
        {"store_hash": "abc123", "tokn": "x"},
    ],
)
def test_a_mistaken_account_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Account.model_validate(given)


def test_the_address_is_the_vendors_unless_another_is_given() -> None:
    assert Account(store_hash="abc123").api_url == "https://api.bigcommerce.com/stores/abc123"
    assert Account(store_hash="a1", base_url="http://127.0.0.1:4101/").api_url == "http://127.0.0.1:4101/stores/a1"


def test_every_named_part_of_the_platform_is_there() -> None:
    platform = discover()["bigcommerce"]
    assert platform is PLATFORM
    for part in ("connect", "resources", "sandbox", "writers", "read_levels"):
        assert platform.load(part)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"X-Rate-Limit-Time-Reset-Ms": "12000"}, 12.0),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "12000", "X-Retry-After": "20"}, 20.0),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "25000", "X-Retry-After": "3"}, 25.0),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "0"}, 0.0),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "soon"}, 60.0),
        (429, {"X-Retry-After": "-4"}, -4.0),
        (429, {"X-Retry-After": "Mon, 02 Mar 2026 12:00:07 GMT"}, 7.0),
        (429, {"X-Retry-After": "nan"}, 60.0),
        (429, {}, 60.0),
        (503, {"X-Rate-Limit-Time-Reset-Ms": "30000", "X-Rate-Limit-Requests-Left": "140"}, None),
        (503, {"X-Rate-Limit-Time-Reset-Ms": "30000", "X-Rate-Limit-Requests-Left": "0"}, 30.0),
        (503, {"X-Retry-After": "7"}, 7.0),
        (500, {}, None),
    ],
)
def test_the_pause_is_the_longer_one_asked_for(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert pause_by(lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))(status, headers) == seconds


def window(left: object, limit: object = 150, reset: object = 8000) -> dict[str, str]:
    """The headers of an answer."""
    return {
        "X-Rate-Limit-Requests-Left": str(left),
        "X-Rate-Limit-Requests-Quota": str(limit),
        "X-Rate-Limit-Time-Reset-Ms": str(reset),
    }


@pytest.mark.parametrize(
    "headers",
    [{}, window("many"), window("-1"), window("²"), window(3, reset="inf"), {"X-Rate-Limit-Requests-Left": "3"}],
)
def test_a_window_that_makes_no_sense_is_no_window(headers: dict[str, str]) -> None:
    assert quota(headers) is None


def test_a_window_is_read_from_its_three_headers() -> None:
    assert quota(window(4)) == Quota(4, 150, 8.0)


@pytest.mark.invariant("I-32")
def test_a_whole_window_is_used_and_not_one_call_too_many_sent(store: Store) -> None:
    store.machine.quota = (3, 30.0)
    for _ in range(7):
        store.session.call("GET", "/v2/store")
    assert store.session.context.of("bigcommerce").throttled == 0
    assert len(store.waited) == 2


@pytest.mark.invariant("I-32")
@pytest.mark.parametrize("gone", [0.0, 12.345, 29.9996])
def test_a_window_another_app_used_up_is_waited_for_and_not_a_second_longer(store: Store, gone: float) -> None:
    store.machine.quota = (3, 30.0)
    other = store.connect()
    for _ in range(3):
        other.call("GET", "/v2/store")
    store.machine.clock.advance(gone)
    store.session.call("GET", "/v2/store")
    assert store.session.context.of("bigcommerce").throttled == 1
    assert 30.0 - gone <= sum(store.waited) <= max(30.0 - gone, 1.0) + 1.0


@pytest.mark.invariant("I-32")
@pytest.mark.parametrize(
    ("header", "waited"),
    [("-5", 1.0), ("99999999", 900.0), ("Sun, 01 Mar 2026 09:30:00 GMT", 1.0), ("rubbish", 60.0), (None, 60.0)],
)
def test_an_absurd_retry_time_is_neither_hammered_nor_waited_for_a_year(
    store: Store, header: str | None, waited: float
) -> None:
    real, refused = store.machine.handle, Response(429, {} if header is None else {"x-retry-after": header}, b"{}")
    answers = iter([refused])
    store.machine.handle = lambda request: next(answers, None) or real(request)  # type: ignore[method-assign]
    store.session.call("GET", "/v2/store")
    assert store.waited == [waited]


def test_a_store_that_refuses_all_day_ends_the_run_and_sends_nothing_more(store: Store) -> None:
    store.machine.handle = lambda _request: Response(429, {"x-retry-after": "86400"}, b"{}")  # type: ignore[method-assign]
    with pytest.raises(PlatformUnreachable):
        store.session.call("PUT", "/v3/catalog/products", body=[])
    assert sum(store.waited) <= 3600.0
    counts = store.session.context.of("bigcommerce")
    assert (counts.throttled, counts.writes, counts.retried, counts.unknown) == (5, 5, 0, 0)


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case["name"])
def test_every_form_of_error_body_is_told_without_the_token(store: Store, case: dict[str, Any]) -> None:
    answer = Response(case["status"], dict(case["headers"]), case["body"].encode())
    store.machine.handle = lambda _request: answer  # type: ignore[method-assign]
    if case["status"] == 207:
        told = str(problem(207, case["body"]))
    else:
        with pytest.raises((CallFailed, CredentialsRefused, PlatformUnreachable)) as caught:
            store.session.call("PUT", "/v3/catalog/products", body=[])
        told = str(caught.value)
    assert told
    assert "s3cr3t" not in told
    assert len(told) < 700


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("V3 validation", "store_refused", "does not accept price, name"),
        ("V3 duplicate name", "name_in_use", "another product of the store has this name"),
        ("V3 duplicate SKU", "sku_in_use", "has this SKU"),
        ("V3 not found", "store_gone", "does not have it any more"),
        ("too many in a batch", "too_many", "larger than the store takes"),
        ("batch of variants", "store_refused", "does not accept sku"),
        ("partly saved", "saved_in_part", "saved it without on_hand"),
        ("stock, problem JSON", "counted_elsewhere", "counts this stock at another level"),
        ("V2 list, status as text", "store_conflict", "clashes"),
        ("plan limit", "store_full", "plan"),
        ("cut JSON", "store_refused", "does not accept it"),
    ],
)
def test_a_refusal_names_the_field_in_our_words(name: str, code: str, words: str) -> None:
    case = next(case for case in ERRORS if case["name"] == name)
    told = problem(case["status"], case["body"])
    assert told.code == code
    assert words in told.message


def test_a_clash_that_names_no_field_is_read_from_its_title() -> None:
    assert problem(409, '{"title": "The product name is a duplicate"}').code == "name_in_use"
    assert problem(409, '{"title": "Something else"}').code == "store_conflict"


def test_a_field_of_the_store_is_told_by_our_name() -> None:
    assert [ours(name) for name in ("variants.2.retail_price", "0.is_visible", "sku", "items[3].quantity")] == [
        "msrp",
        "is_active",
        "sku",
        "on_hand",
    ]


@pytest.mark.parametrize(
    "body", ["[" * 200_000, '{"errors": {"errors": {"title": 1}}}', "null", '{"title": {}}', "", "\x00"]
)
def test_no_error_body_breaks_the_telling(body: str) -> None:
    assert str(said_in(body)) == ""


def test_a_refused_token_stops_at_the_first_call(store: Store) -> None:
    store.machine.token = "another"
    with pytest.raises(CredentialsRefused) as caught:
        store.session.call("GET", "/v2/store")
    assert "STORE_TOKEN" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert len(store.wire.sent) == 1
