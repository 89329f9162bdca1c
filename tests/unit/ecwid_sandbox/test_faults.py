"""Faults of the wire show on this platform's own lists, in its own words, and leave what is no list alone."""

from __future__ import annotations

from typing import Any

import pytest

from .shop import Shop

LIST = "/products?sortBy=ADDED_TIME_ASC"


def rows(shop: Shop, path: str = LIST) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.read(path)["items"]
    return found


@pytest.mark.parametrize(("code", "variant", "left"), [("F13", 0, 2), ("F13", 1, 4), ("F14", None, 2), ("F16", None, 2),
                                                      ("F25", 0, 0), ("F25", 1, 1)])  # fmt: skip
def test_a_list_that_lacks_rows_lacks_them(shop: Shop, code: str, variant: int | None, left: int) -> None:
    shop.machine.faults.script(code, variant=variant)
    assert (len(rows(shop)), len(rows(shop))) == (left, 3)


def test_an_order_keeps_its_items_where_a_list_would_lose_rows(shop: Shop) -> None:
    order = shop.machine.place_order([("MUG-1", 1), ("TEE-S", 1)])
    shop.machine.faults.script("F25", variant=0, times=2)
    assert len(shop.read(f"/orders/{order}")["items"]) == 2
    assert rows(shop, "/orders") == []


def test_a_search_by_reference_may_not_find_yet(shop: Shop) -> None:
    shop.machine.faults.rates["F27"] = 1.0
    assert rows(shop, "/products?externalReferenceId=till-mug") == []
    assert len(rows(shop)) == 3


@pytest.mark.parametrize(("variant", "read"), [(0, {"quantity": 0}), (1, {"quantity": None})])
def test_what_is_not_counted_may_be_read_as_a_level(shop: Shop, variant: int, read: dict[str, Any]) -> None:
    shop.machine.faults.script("F26", variant=variant)
    mug, _, card = rows(shop)
    assert ({name: card[name] for name in read}, mug["quantity"]) == (read, 5)


def test_a_refused_token_is_refused_in_this_platform_s_words(shop: Shop) -> None:
    shop.machine.faults.script("F21")
    status, answer = shop.call("GET", LIST)
    assert (status, answer["errorCode"]) == (403, "INVALID_API_TOKEN")


def test_half_a_batch_may_be_taken_without_a_word(shop: Shop) -> None:
    shop.machine.faults.script("F10", method="POST", variant=0)
    calls = [{"path": f"/products/{shop.mug.id}", "method": "PUT", "body": {"quantity": level}} for level in (8, 9)]
    ticket = shop.done("POST", "/batch?stopOnFirstFailure=false", calls)["ticket"]
    shop.wait(1)
    assert shop.read(f"/batch?ticket={ticket}&escapedJson=true")["totalRequests"] == 1
    assert shop.machine.level("MUG-1") == 8


def test_a_write_whose_answer_is_lost_may_have_been_done(shop: Shop) -> None:
    shop.machine.faults.script("F3", method="PUT")
    with pytest.raises(AssertionError):
        shop.done("PUT", f"/products/{shop.mug.id}", {"quantity": 2})
    assert shop.machine.level("MUG-1") == 2
