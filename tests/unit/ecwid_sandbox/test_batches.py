"""Batches: done later, in order, behind a ticket; the store repeats by itself what met its own error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .shop import Shop

KEY = "6f1c2d34-0000-4000-8000-000000000001"


def put(shop: Shop, level: int) -> dict[str, Any]:
    return {"path": f"/products/{shop.mug.id}", "method": "PUT", "body": {"quantity": level}}


def delta(shop: Shop, units: int) -> dict[str, Any]:
    return {"path": f"/products/{shop.mug.id}/inventory", "method": "PUT", "body": {"quantityDelta": units}}


def start(shop: Shop, calls: list[dict[str, Any]], query: str = "stopOnFirstFailure=false") -> str:
    ticket: str = shop.done("POST", f"/batch?{query}", calls)["ticket"]
    return ticket


def status(shop: Shop, ticket: str) -> dict[str, Any]:
    told: dict[str, Any] = shop.read(f"/batch?ticket={ticket}&escapedJson=true")
    return told


def test_a_batch_is_done_later_and_says_how_far_it_is(shop: Shop) -> None:
    shop.machine.switches["batch_lag"] = 10.0
    ticket = start(shop, [put(shop, 7), put(shop, 8)])
    second = start(shop, [put(shop, 9)])
    assert shop.machine.level("MUG-1") == 5
    shop.wait(6)
    told = status(shop, ticket)
    assert (told["status"], told["totalRequests"], told["completedRequests"]) == ("IN_PROGRESS", 2, 1)
    assert (shop.machine.level("MUG-1"), status(shop, second)["status"]) == (7, "QUEUED")
    shop.wait(5)
    assert (status(shop, ticket)["status"], shop.machine.level("MUG-1")) == ("COMPLETED", 8)
    shop.wait(10)
    assert (status(shop, second)["status"], shop.machine.level("MUG-1")) == ("COMPLETED", 9)


def test_each_call_has_its_own_answer_as_text(shop: Shop) -> None:
    lost = {"id": "lost", "path": "/products/77", "method": "GET"}
    ticket = start(shop, [{**put(shop, 7), "id": "level"}, lost, {"path": "/products?sku=MUG-1", "method": "GET"}])
    shop.wait(1)
    rows = {row["id"]: row for row in status(shop, ticket)["responses"]}
    assert rows["level"] == {"id": "level", "status": "COMPLETED", "httpStatusCode": 200, "httpStatusLine": "OK",
                             "escapedHttpBody": '{"updateCount":1}'}  # fmt: skip
    assert (rows["lost"]["status"], rows["lost"]["httpStatusCode"]) == ("FAILED", 404)
    assert json.loads(rows["2"]["escapedHttpBody"])["items"][0]["quantity"] == 7
    bare = shop.read(f"/batch?ticket={ticket}")["responses"][0]
    assert "escapedHttpBody" not in bare
    assert "httpBody" not in bare


def test_after_the_first_failure_the_rest_is_not_executed_unless_it_is_told_to_go_on(shop: Shop) -> None:
    calls = [{"path": "/products/77", "method": "GET"}, put(shop, 9)]
    stopped = start(shop, calls, "groupId=a")
    shop.wait(1)
    assert [row["status"] for row in status(shop, stopped)["responses"]] == ["FAILED", "NOT_EXECUTED"]
    assert shop.machine.level("MUG-1") == 5
    start(shop, calls)
    shop.wait(1)
    shop.read("/profile")
    assert shop.machine.level("MUG-1") == 9


@pytest.mark.parametrize(("call", "level"), [(delta, 2), (put, -1)])
def test_a_call_that_took_effect_and_met_an_error_is_repeated_by_the_store(shop: Shop, call: Any, level: int) -> None:
    shop.machine.break_in_batch("/products", times=2, after=True)
    ticket = start(shop, [call(shop, -1)])
    shop.wait(30)
    assert (status(shop, ticket)["responses"][0]["status"], shop.machine.level("MUG-1")) == ("COMPLETED", level)


def test_an_error_that_does_not_end_is_given_up_after_five_repeats(shop: Shop) -> None:
    shop.machine.break_in_batch("/products", times=6)
    ticket = start(shop, [put(shop, 9)])
    shop.wait(10)
    assert status(shop, ticket)["status"] == "IN_PROGRESS"
    shop.wait(10)
    (row,) = status(shop, ticket)["responses"]
    assert (row["status"], row["httpStatusCode"], shop.machine.level("MUG-1")) == ("FAILED", 500, 5)


def test_a_key_within_the_hour_gives_the_first_ticket_even_for_other_contents(shop: Shop) -> None:
    first = start(shop, [delta(shop, -1)], f"deduplicationKey={KEY}")
    assert start(shop, [delta(shop, -1)], f"deduplicationKey={KEY}") == first
    assert start(shop, [delta(shop, -3)], f"deduplicationKey={KEY}") == first
    shop.wait(1)
    status(shop, first)
    assert shop.machine.level("MUG-1") == 4
    shop.machine.switches["dedup_compares"] = True
    assert shop.call("POST", f"/batch?deduplicationKey={KEY}", [delta(shop, -3)])[0] == 409
    shop.wait(3600)
    assert start(shop, [delta(shop, -1)], f"deduplicationKey={KEY}") != first


def test_the_calls_of_a_batch_count_once_or_each_as_switched(shop: Shop) -> None:
    for each, left in ((False, 9), (True, 8)):
        shop.wait(120)
        shop.machine.quota, shop.machine.switches["batch_counts_each"] = (10, 60.0), each
        start(shop, [put(shop, 1), put(shop, 2)])
        state = shop.machine.quota_state("secret_t")
        assert state is not None
        assert state.left == left


def test_a_batch_of_reads_is_a_read_and_a_public_token_writes_none(shop: Shop) -> None:
    start(shop, [{"path": "/profile", "method": "GET"}])
    start(shop, [put(shop, 1)])
    assert [call.kind for call in shop.machine.calls] == ["read", "write"]
    told = shop.call("POST", "/batch", [put(shop, 9)], authorization="Bearer public_x")[1]
    shop.wait(1)
    assert status(shop, told["ticket"])["responses"][0]["httpStatusCode"] == 403
    assert shop.machine.level("MUG-1") == 1
