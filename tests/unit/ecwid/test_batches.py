"""Many rows in one batch: each has its own outcome, and nothing is taken twice however an answer is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelines.kit.errors import CallFailed, PlatformUnreachable
from pipelines.kit.platform import Reading
from tests.unit.ecwid.conftest import Store


def set_to(store: Store, keys: list[int], level: int) -> list[Any]:
    return [store.row("stock", "set", key, key, after={"on_hand": level}, before={"on_hand": 1}) for key in keys]


def test_a_few_levels_go_one_by_one_and_many_in_one_batch(store: Store, mugs: list[int]) -> None:
    assert [one.outcome for one in store.write(*set_to(store, mugs[:5], 7))] == ["ok"] * 5
    assert store.calls("POST") == []
    assert [one.outcome for one in store.write(*set_to(store, mugs, 8))] == ["ok"] * 12
    assert store.calls() == [("POST", "/batch"), ("GET", "/batch")]
    assert {store.machine.level(f"MUG-{n}") for n in range(1, 13)} == {8}


def test_one_row_the_store_refuses_keeps_no_other_back(store: Store, mugs: list[int]) -> None:
    store.machine.delete_product(mugs[3])
    receipts = store.write(*set_to(store, mugs, 8))
    assert [one.outcome for one in receipts].count("ok") == 11
    assert receipts[3].outcome == "rejected"
    assert "does not have it any more" in str(receipts[3].message)


def test_a_batch_whose_answer_is_lost_is_asked_for_again_under_its_key(store: Store, mugs: list[int]) -> None:
    lost = iter(["lost_after"])
    store.wire.trouble = lambda method, path: next(lost, None) if (method, path) == ("POST", "/batch") else None
    assert {one.outcome for one in store.write(*set_to(store, mugs, 8))} == {"ok"}
    keys = [sent.query for sent in store.wire.sent if sent.method == "POST"]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert "deduplicationKey=" in keys[0]
    first = keys[0]
    store.write(*set_to(store, mugs, 9))
    store.write(*set_to(store, mugs, 8))
    assert first not in [sent.query for sent in store.wire.sent]
    assert {store.machine.level(f"MUG-{n}") for n in range(1, 13)} == {8}


def test_a_batch_nobody_hears_of_is_unknown_row_by_row(store: Store, mugs: list[int]) -> None:
    store.wire.trouble = lambda method, path: "lost_before" if (method, path) == ("POST", "/batch") else None
    assert {one.outcome for one in store.write(*set_to(store, mugs, 8))} == {"unknown"}


def test_what_the_store_breaks_off_within_a_batch_is_unknown_alone(store: Store, mugs: list[int]) -> None:
    store.machine.break_in_batch(f"/products/{mugs[5]}", 9, after=True)
    outcomes = [one.outcome for one in store.write(*set_to(store, mugs, 8))]
    assert outcomes == ["ok"] * 5 + ["unknown"] + ["ok"] * 6


def test_a_batch_whose_ticket_the_store_forgot_is_unknown_row_by_row(store: Store, mugs: list[int]) -> None:
    store.machine.switches["ticket_seconds"] = 0.0
    assert {one.outcome for one in store.write(*set_to(store, mugs, 8))} == {"unknown"}


@pytest.mark.parametrize("how", ["forgotten", "empty", "failed"])
def test_what_a_batch_did_not_read_is_not_taken_for_nothing_and_written_over(
    store: Store, mugs: list[int], how: str
) -> None:
    store.machine.switches["attributes_on_put"] = "replace"
    for key in mugs:
        store.machine.edit_product(key, attributes=[{"alias": "UPC", "value": "036000291452"}])
    inside = store.machine._inside
    if how == "forgotten":
        store.machine.switches["ticket_seconds"] = 0.0
    elif how == "empty":
        store.machine._inside = lambda *call: replace(inside(*call), body=b"")
    else:
        store.machine.break_in_batch("/products/", 99)
    with pytest.raises(PlatformUnreachable, match="/products/"):
        store.write(*(store.row("product", "update", key, after={"brand": "Acme"}) for key in mugs))
    assert store.machine.product_by_sku("MUG-3")["attributes"][0]["value"] == "036000291452"


@pytest.mark.parametrize("many", [1, 12])
def test_where_the_store_is_not_there_no_product_of_it_is_gone(store: Store, mugs: list[int], many: int) -> None:
    keys, store.machine.store_id = mugs[:many], 4242
    with pytest.raises(CallFailed, match=r"no store of this number.*`store_id`"):
        store.read("products", Reading(keys=[str(key) for key in keys]))
    (receipt, *_) = store.write(*(store.row("product", "delete", key) for key in keys))
    assert (receipt.outcome, "`store_id`" in str(receipt.do)) == ("rejected", True)


def test_many_products_are_read_by_id_in_one_batch_that_counts_as_a_read(store: Store, mugs: list[int]) -> None:
    from pipelines.platforms.ecwid.write import read_levels

    store.wire.sent.clear()
    found = read_levels(store.session, [(str(key), "1003") for key in mugs])
    assert [found[str(key), "1003"] for key in mugs] == list(range(1, 13))
    assert store.calls("POST") == [("POST", "/batch")]
    assert store.session.context.of("ecwid").writes == 0
    store.wire.trouble = lambda method, path: "lost_before" if (method, path) == ("POST", "/batch") else None
    with pytest.raises(PlatformUnreachable):
        read_levels(store.session, [(str(key), "1003") for key in mugs])
