"""Many rows in one call: a bad one is found, told and alone; its siblings land; nothing in doubt is sent twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.errors import CallFailed, Outcome, Problem
from pipelines.kit.http import Answer
from pipelines.kit.platform import PlanRow, Receipt
from pipelines.kit.sandbox import Response
from pipelines.platforms.bigcommerce.refusals import named_in, partly_saved
from pipelines.platforms.bigcommerce.write.sending import send_batch

if TYPE_CHECKING:
    from conftest import Store

Tells = Callable[[Sequence[PlanRow], list[int]], str]
"""Rows of a call and the places of the bad ones among them → the body of the refusal."""


def rows(many: int) -> list[PlanRow]:
    """Rows of a batch; ``seq`` is the place, the store's id a hundred more."""
    return [PlanRow(n, "variant", "update", f"i{n}", f"S{n}", None, str(100 + n), "7", None, {}) for n in range(many)]


def silent(_some: Sequence[PlanRow], _bad: list[int]) -> str:
    return "{}"


def by_place(_some: Sequence[PlanRow], bad: list[int]) -> str:
    return json.dumps({"errors": {f"{bad[0]}.price": "is wrong"}})


def by_id(some: Sequence[PlanRow], bad: list[int]) -> str:
    return json.dumps({"title": f"Item with variant_id {some[bad[0]].target_id} is not there"})


def lying(some: Sequence[PlanRow], bad: list[int]) -> str:
    good = [place for place in range(len(some)) if place not in bad]
    return json.dumps({"errors": {f"items.{(good or bad)[0]}.price": "is wrong"}})


class Far:
    """A store that refuses calls with a bad row; ``whole``: then nothing of the call is kept."""

    def __init__(self, bad: set[int], tells: Tells = silent, *, whole: bool = True, good: int | None = None) -> None:
        self.bad, self.tells, self.whole, self.good = bad, tells, whole, good
        self.landed: set[int] = set()
        self.calls = 0

    def __call__(self, some: Sequence[PlanRow]) -> Answer:
        self.calls += 1
        wrong = [place for place, row in enumerate(some) if row.seq in self.bad]
        if not (self.whole and wrong):
            self.landed |= {row.seq for row in some} - self.bad
        if wrong and self.good is None:
            raise CallFailed(Problem("x", "it is wrong"), "rejected", 422, self.tells(some, wrong))
        return Answer(self.good or 200, {}, self.tells(some, wrong)) if wrong else Answer(200, {}, "{}")


@pytest.mark.invariant("I-27")
@given(
    many=st.integers(1, 60),
    bad=st.sets(st.integers(0, 59)),
    whole=st.booleans(),
    tells=st.sampled_from([silent, by_place, by_id, lying]),
    good=st.sampled_from([None, 207]),
)
def test_every_good_row_of_a_batch_lands_and_every_bad_one_is_told(
    many: int, bad: set[int], whole: bool, tells: Tells, good: int | None
) -> None:
    far, here = Far(bad, tells, whole=whole, good=good), bad & set(range(many))
    receipts = sorted(send_batch(rows(many), far), key=lambda receipt: receipt.seq)
    assert [receipt.seq for receipt in receipts] == list(range(many))
    assert {receipt.seq for receipt in receipts if receipt.outcome == "rejected"} == here
    assert {receipt.seq for receipt in receipts if receipt.outcome == "ok"} == set(range(many)) - here
    assert far.landed == set(range(many)) - here
    assert far.calls <= 3 + 2 * len(here) * (many.bit_length() + 1)


@pytest.mark.parametrize(("tells", "most"), [(silent, 23), (by_place, 3), (by_id, 3), (lying, 25)])
def test_one_bad_level_among_two_thousand_does_not_use_the_quota_up(tells: Tells, most: int) -> None:
    far = Far({1234}, tells)
    receipts = list(send_batch(rows(2000), far))
    assert [receipt.seq for receipt in receipts if receipt.outcome != "ok"] == [1234]
    assert far.calls <= most


def test_the_bad_row_is_told_what_was_said_of_it_and_no_other_is() -> None:
    receipts = list(send_batch(rows(9), Far({4}, by_place)))
    assert [receipt.seq for receipt in receipts if "it is wrong" in (receipt.message or "")] == [4]


@pytest.mark.parametrize(
    ("outcome", "status"), [("unknown", 500), ("unknown", 408), ("unknown", None), ("not_sent", 429), ("rejected", 302)]
)
def test_a_batch_in_doubt_or_sent_elsewhere_is_not_sent_again_in_parts(outcome: Outcome, status: int | None) -> None:
    calls = []

    def call(some: Sequence[PlanRow]) -> Answer:
        calls.append(len(some))
        raise CallFailed(Problem("x", "x"), outcome, status)

    assert {receipt.outcome for receipt in send_batch(rows(9), call)} == {outcome}
    assert calls == [9]


def test_half_a_batch_in_doubt_is_not_called_refused() -> None:
    def call(some: Sequence[PlanRow]) -> Answer:
        if len(some) == 8:
            raise CallFailed(Problem("x", "x"), "rejected", 422)
        if some[0].seq == 0:
            raise CallFailed(Problem("x", "x"), "unknown", 502)
        return Answer(200, {}, "{}")

    outcomes = {receipt.seq: receipt.outcome for receipt in send_batch(rows(8), call)}
    assert outcomes == {**dict.fromkeys(range(4), "unknown"), **dict.fromkeys(range(4, 8), "ok")}


@pytest.mark.parametrize(
    ("status", "body", "partly"),
    [
        (207, "", True),
        (200, '{"data":[],"errors":{"status":422,"title":"x"}}', True),
        (200, '{"data":[],"batch_errors":[{"status":409}]}', True),
        (200, '{"data":[],"errors":{}}', False),
        (200, '{"data":[{"description":"\\"errors\\""}]}', False),
        (200, '{"data":[{"errors":"1"}]}', False),
        (200, '["errors"]', False),
        (200, '{"errors"', False),
        (204, "", False),
    ],
)
def test_errors_beside_the_data_of_a_good_answer_are_seen(status: int, body: str, partly: bool) -> None:
    assert partly_saved(status, body) is partly


@pytest.mark.parametrize(
    ("body", "places", "ids"),
    [
        ('{"errors":{"items.17.location_id":"is not a location"}}', {17}, set()),
        ('{"errors":{"[2].price":"x","3.sku":"y","sku":"z"}}', {2, 3}, set()),
        ('{"title":"Item with variant_id 106 is tracked by product"}', set(), {("variant_id", "106")}),
        ('{"errors":{"x":"Items with identity: [product_id 5] exceed"}}', set(), {("product_id", "5")}),
        ('{"errors":{"99999999999999999999.price":"x"}}', set(), set()),
        ("[[[", set(), set()),
    ],
)
def test_an_error_body_is_asked_which_item_it_means(body: str, places: set[int], ids: set[tuple[str, str]]) -> None:
    named = named_in(body)
    assert (named.places, named.ids) == (places, ids)


def answering(store: Store, change: Callable[[dict[str, Any]], dict[str, Any]], status: int = 200) -> None:
    """Let the store's answers to PUT be other than what it did."""
    real = store.machine.handle

    def handle(request: Any) -> Response:
        answer = real(request)
        if request.method != "PUT" or answer.status != 200:
            return answer
        return Response.json(status, change(json.loads(answer.body)), answer.headers)

    store.machine.handle = handle  # type: ignore[method-assign]


@pytest.mark.parametrize("level", ["product", "variant"])
def test_a_row_the_answer_does_not_list_is_not_taken_for_done(store: Store, ids: dict[str, int], level: str) -> None:
    answering(store, lambda body: {**body, "data": body["data"][:1]})
    if level == "product":
        changes = [store.row(level, "update", ids[name], after={"name": f"New {name}"}) for name in ("mug", "tee")]
    else:
        changes = [store.row(level, "update", ids[sku], ids["tee"], after={"price": 5}) for sku in ("tee-s", "tee-m")]
    receipts = store.write(*changes)
    assert [receipt.outcome for receipt in receipts] == ["ok", "unknown"]
    assert "does not list" in (receipts[1].message or "")
    assert len(store.writes()) == 1


def test_an_error_of_one_item_inside_a_good_answer_is_its_own(store: Store, ids: dict[str, int]) -> None:
    def refuse_mug(body: dict[str, Any]) -> dict[str, Any]:
        kept = [one for one in body["data"] if one["id"] != ids["mug"]]
        errors = {"status": 422, "title": "partly", "errors": {"price": "is wrong"}}
        return {"data": kept, "errors": errors} if len(kept) < len(body["data"]) else body

    answering(store, refuse_mug)
    names = ("mug", "tee", "gift")
    receipts = store.write(
        *(store.row("product", "update", ids[name], after={"name": f"New {name}"}) for name in names)
    )
    assert [receipt.outcome for receipt in receipts] == ["rejected", "ok", "ok"]
    assert "price" in (receipts[0].message or "")


def test_a_new_variant_that_a_good_answer_leaves_out_with_an_error_is_sent_alone(
    store: Store, ids: dict[str, int]
) -> None:
    real = store.machine.handle

    def handle(request: Any) -> Response:
        if request.method == "PUT" and request.path.endswith("/catalog/variants"):
            return Response.json(207, {"data": [], "errors": {"status": 422, "title": "partly"}})
        return real(request)

    store.machine.handle = handle  # type: ignore[method-assign]
    made: list[Receipt] = store.write(
        *(
            store.row(
                "variant", "create", f"created:{sku}", ids["tee"], item=sku, sku=sku,
                after={"sku": sku, "option_values": [size], "price": 100},
            )
            for sku, size in (("TEE-L", "L"), ("TEE-XL", "XL"))
        )
    )  # fmt: skip
    assert [receipt.outcome for receipt in made] == ["ok", "ok"]
    assert [receipt.target_id for receipt in made] == [
        str(store.machine.variant_by_sku(sku)["id"]) for sku in ("TEE-L", "TEE-XL")
    ]
