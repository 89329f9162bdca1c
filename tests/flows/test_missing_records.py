"""A list that comes back shorter than it was is not a mass deletion until a person says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

TILL = "raw_lightspeed_x.lightspeed_x_products_raw"
INVENTORY = "raw_bigcommerce.bigcommerce_inventory_raw"
STORE = "raw_bigcommerce.bigcommerce_products_raw"


class Forgetful(BaseAdapter):
    """The till's list of products as it is, without some of them: nothing says that they were deleted."""

    def __init__(self, real: BaseAdapter, skus: set[str]) -> None:
        super().__init__()
        self.real, self.skus = real, skus

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        answer = self.real.send(request, *args, **more)
        if request.method == "GET" and request.path_url.partition("?")[0].endswith("/products"):
            body = answer.json()
            body["data"] = [record for record in body["data"] if record["sku"] not in self.skus]
            answer._content = json.dumps(body).encode()
        return answer

    def close(self) -> None:
        self.real.close()


def some(count: int) -> list[str]:
    return [f"P-{n}" for n in range(count)]


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """Twenty products, in both, and both read whole."""
    rows = [f"{sku},Product {sku},,,,,true,Title,Default Title,{sku},1,5.00,,,,," for sku in some(20)]
    world = make_world(*rows)
    world.begin(then=read_whole)
    return world


def read_whole(world: Any) -> None:
    assert world.sync(full=True)["entities"]["products"]["unchanged"] == 20
    world.forget()


def drop(world: Any, side: str, skus: list[str]) -> None:
    """From now on these are no longer in the list of one side."""
    if side == "till":
        world.adapters["lightspeed_x"] = Forgetful(world.adapters["lightspeed_x"], set(skus))
    for sku in skus if side == "store" else []:
        world.store.delete_product(world.store_product(sku)["id"])


def known(world: Any, table: str) -> int:
    return int(world.rows("SELECT count(*) AS n FROM query_table($1) WHERE NOT gone", [table])[0]["n"])


def held(world: Any) -> list[dict[str, Any]]:
    return [row for row in world.decide("holds") if row["class"] == "records_missing"]


@pytest.mark.parametrize(("side", "raw"), [("till", TILL), ("store", STORE)])
def test_half_a_catalogue_is_not_taken_as_deletions(shop: Any, side: str, raw: str) -> None:
    drop(shop, side, some(10))
    summary = shop.sync(full=True, recreate_missing=True)
    assert summary["verdict"] == "failed"
    assert shop.writes() == []
    assert known(shop, raw) == 20
    assert shop.rows("SELECT count(*) AS n FROM sync.links WHERE state = 'linked'")[0]["n"] == 40
    assert shop.rows("SELECT exit_code FROM sync.runs ORDER BY started_at DESC LIMIT 1")[0]["exit_code"] == 5


def test_what_is_missing_is_said_with_found_expected_and_what_to_do(shop: Any) -> None:
    drop(shop, "till", some(10))
    (problem,) = shop.sync(full=True)["problems"]
    assert problem["code"] == "catalogue_not_shrunk"
    assert "10 of the 20 before are missing" in problem["found"]
    assert "plan_limits.yaml" in problem["expected"]
    assert "holds approve lightspeed_x__bigcommerce --class records_missing" in problem["do"]
    (hold,) = held(shop)
    assert (hold["entity"], hold["name"]) == ("catalogue", "products of lightspeed_x")
    assert hold["reason"] == "10 of the 20 products of lightspeed_x did not come"


def test_a_catalogue_that_is_whole_again_goes_on_by_itself(shop: Any) -> None:
    whole = shop.adapters["lightspeed_x"]
    drop(shop, "till", some(10))
    shop.sync(full=True)
    shop.adapters["lightspeed_x"] = whole
    summary = shop.sync(full=True)
    assert (summary["verdict"], summary["problems"]) == ("empty", [])
    assert held(shop) == []
    assert summary["entities"]["products"]["unchanged"] == 20


def test_a_persons_word_lets_go_what_was_shown_and_no_more_and_once(shop: Any) -> None:
    drop(shop, "store", some(10))
    shop.sync(full=True)
    shop.sync(full=True)
    products, levels = sorted(held(shop), key=lambda row: row["name"], reverse=True)
    assert (products["name"], levels["name"]) == ("products of bigcommerce", "inventory of bigcommerce")
    shop.decide("holds approve", ids=[products["hold_id"], levels["hold_id"]])
    drop(shop, "store", ["P-10"])
    assert shop.sync(full=True)["verdict"] == "failed"
    shop.decide("holds approve", of_class="records_missing")
    assert shop.sync(full=True)["verdict"] != "failed"
    assert known(shop, STORE) == 9
    assert held(shop) == []
    drop(shop, "store", some(15)[11:])
    assert shop.sync(full=True)["verdict"] == "failed"


def test_a_word_of_four_days_ago_lets_nothing_go(shop: Any) -> None:
    drop(shop, "store", some(10))
    shop.sync(full=True)
    shop.decide("holds approve", of_class="records_missing")
    shop.wait(4 * 86400)
    assert shop.sync(full=True)["verdict"] == "failed"
    assert known(shop, STORE) == 20
    assert len(held(shop)) == 2


def test_a_refusal_leaves_them_and_asks_again_with_the_next_read(shop: Any) -> None:
    drop(shop, "till", some(10))
    shop.sync(full=True)
    shop.decide("holds reject", of_class="records_missing")
    assert held(shop) == []
    assert shop.sync(full=True)["verdict"] == "failed"
    assert known(shop, TILL) == 20
    assert len(held(shop)) == 1


def test_yes_approves_and_records_it(shop: Any) -> None:
    drop(shop, "till", some(10))
    assert shop.sync(full=True, yes=True)["verdict"] != "failed"
    assert known(shop, TILL) == 10
    (row,) = shop.rows("SELECT state, note FROM sync.holds WHERE class = 'records_missing'")
    assert row == {"state": "applied", "note": "approved by --yes"}


def test_as_many_as_the_limit_allows_are_gone_without_a_question(shop: Any) -> None:
    drop(shop, "store", some(4))
    assert shop.sync(full=True)["verdict"] != "failed"
    assert known(shop, STORE) == 16


def test_products_deleted_at_the_till_are_not_missing_from_its_list(shop: Any) -> None:
    for sku in some(10):
        shop.till.delete(sku)
    summary = shop.sync(full=True)
    assert summary["verdict"] == "passed"
    assert summary["entities"]["products"]["deleted"] == 10


@pytest.mark.invariant("I-25")
def test_what_we_deleted_ourselves_is_not_asked_for_again(shop: Any) -> None:
    for sku in some(10):
        shop.till.delete(sku)
    shop.sync(yes=True)
    assert shop.store.store.by_sku("P-0") is None
    assert (shop.sync(full=True)["verdict"], held(shop)) == ("empty", [])
    shop.wait(7200)
    shop.sync(full=True)
    assert known(shop, INVENTORY) == 10


def test_an_emptied_list_of_few_records_waits_too_and_can_be_let_go(make_world: Callable[..., Any]) -> None:
    world = make_world("p,Product,,,,,true,Title,Default Title,P-0,1,5.00,,,,,")
    world.begin()
    world.sync(full=True)
    drop(world, "store", ["P-0"])
    assert {problem["code"] for problem in world.sync(full=True)["problems"]} == {"catalogue_not_emptied"}
    world.decide("holds approve", of_class="records_missing")
    assert world.sync(full=True)["verdict"] != "failed"
    assert known(world, STORE) == 0
