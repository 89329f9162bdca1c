"""What is deleted in an eCom store: known in the next run, named, and nothing taken for deleted that is there."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.sandbox.types import Response
from tests.flows.conftest import CAP, MUG
from tests.flows.ecwid.conftest import skus, till_writes
from tests.flows.moments import some
from tests.flows.selling import ALL, sales, states

LINKS = "SELECT count(*) AS n FROM sync.links WHERE level = 'variants' AND state = 'linked'"
KNOWN = "SELECT count(*) AS n FROM raw_ecwid.ecwid_products_raw WHERE NOT gone"


@pytest.fixture
def shop(make_shop: Callable[..., Any]) -> Any:
    """A till and a store in step, what was written read again, and orders that flow."""
    world = make_shop(MUG, CAP, connected_on="2026-03-01")
    world.begin(ALL, then=read_again)
    return world


def read_again(world: Any) -> None:
    assert world.sync(only=ALL)["verdict"] == "empty"


def number(world: Any, sql: str) -> int:
    return int(world.rows(sql)[0]["n"])


def ends(world: Any) -> list[tuple[str, str, str]]:
    """What came of the records of the last run that are not as they were."""
    sql = (
        "SELECT sku, state, reason FROM end_states WHERE entity = 'products' AND state <> 'unchanged'"
        " AND run_id = (SELECT max_by(run_id, started_at) FROM sync.runs)"
    )
    return [(row["sku"], row["state"], row["reason"]) for row in world.rows(sql)]


def reads(world: Any, part: str) -> list[str]:
    """The reading calls the store got since the last ``forget``, of this part of its paths."""
    return [call.path for call in world.store.calls if part in call.path]


@pytest.mark.invariant("I-23")
def test_a_product_deleted_in_the_store_is_known_in_the_next_run_and_not_made_again(shop: Any) -> None:
    shop.store.delete_product(shop.store_product("CAP-1")["id"])
    shop.forget()
    told = shop.sync(only=ALL)
    assert number(shop, KNOWN) == 1
    assert [(sku, state) for sku, state, _ in ends(shop)] == [("CAP-1", "out_of_scope")]
    assert "1 of the products were deleted in the store" in " ".join(told["notes"])
    assert len(reads(shop, "/products/deleted")) == 1
    shop.till.edit_product("CAP-1", price=16)
    shop.sync(only=ALL)
    assert (skus(shop), till_writes(shop)) == ({"MUG-1"}, [])


@pytest.mark.invariant("I-23")
def test_a_list_that_lags_hides_no_deletion_and_makes_none_up(shop: Any) -> None:
    shop.store.switches["deleted_lag"] = 3600.0
    shop.store.delete_product(shop.store_product("CAP-1")["id"])
    shop.sync(only=ALL)
    assert number(shop, KNOWN) == 2
    shop.wait(4000)
    shop.sync(only=ALL)
    assert number(shop, KNOWN) == 1


@pytest.mark.invariant("I-23")
def test_what_the_list_names_and_is_there_stays_and_is_asked_for_once(shop: Any) -> None:
    key = shop.store_product("CAP-1")["id"]
    shop.store.shelves.deleted["products"].append([key, int(shop.store.unix())])
    shop.forget()
    for _ in range(2):
        assert shop.sync(only=ALL)["verdict"] == "empty"
    assert (number(shop, KNOWN), number(shop, LINKS)) == (2, 2)
    assert len(reads(shop, f"/products/{key}")) == 1


@pytest.mark.invariant("I-23")
def test_a_store_in_which_nothing_can_be_found_by_its_id_has_deleted_nothing(shop: Any) -> None:
    shop.store.delete_product(shop.store_product("CAP-1")["id"])
    handle = shop.store.handle

    def lost(request: Any) -> Response:
        by_id = request.method == "GET" and request.path.rpartition("/products/")[2].isdigit()
        return Response.json(404, {"errorMessage": "Product not found"}) if by_id else handle(request)

    shop.store.handle = lost
    shop.sync(only=ALL)
    assert number(shop, KNOWN) == 2
    shop.store.handle = handle
    shop.sync(only=ALL)
    assert number(shop, KNOWN) == 1


@pytest.mark.invariant("I-23")
@pytest.mark.parametrize("status", some(403, 404, 500))
def test_a_store_that_refuses_its_lists_of_deletions_is_synced_and_they_are_read_later(shop: Any, status: int) -> None:
    handle, gone = shop.store.handle, shop.store_product("CAP-1")["id"]

    def refuse(request: Any) -> Response:
        lists = request.path.endswith(("/products/deleted", "/customers/deleted"))
        return Response.json(status, {"errorMessage": "No"}) if lists else handle(request)

    shop.store.handle = refuse
    shop.store.delete_product(gone)
    order = shop.store.place_order([("MUG-1", 2)])
    shop.till.edit_product("MUG-1", price=16)
    shop.sync(only=ALL)
    shop.store.delete_order_by_hand(order)
    told = " ".join(shop.sync(only=ALL)["notes"])
    assert (shop.store_product("MUG-1")["price"], shop.till.level("MUG-1"), len(sales(shop))) == (16, 10, 1)
    assert "deleted_products of ecwid: the list of what was deleted could not be read" in told
    assert f"order {order} was deleted in the store" in told
    assert number(shop, KNOWN) == 2
    shop.store.handle = handle
    shop.wait(3 * 86_400)
    shop.sync(only=ALL)
    assert number(shop, KNOWN) == 1


@pytest.mark.invariant("I-27")
def test_what_the_list_names_and_cannot_be_asked_for_stops_no_run(shop: Any) -> None:
    handle, gone = shop.store.handle, shop.store_product("CAP-1")["id"]

    def broken(request: Any) -> Response:
        by_id = request.method == "GET" and request.path.endswith(f"/products/{gone}")
        return Response.json(500, {"errorMessage": "No"}) if by_id else handle(request)

    shop.store.handle = broken
    shop.store.delete_product(gone)
    shop.till.edit_product("MUG-1", price=16)
    told = " ".join(shop.sync(only=ALL)["notes"])
    assert (shop.store_product("MUG-1")["price"], number(shop, KNOWN)) == (16, 2)
    assert "whether 1 of the products were deleted cannot be asked" in told
    shop.store.handle = handle
    shop.sync(only=ALL)
    assert number(shop, KNOWN) == 1


@pytest.mark.invariant("I-26")
@pytest.mark.parametrize("kind", ["number", "text"])
def test_an_order_deleted_in_the_store_keeps_its_sale_and_is_named_once(shop: Any, kind: str) -> None:
    shop.store.switches |= {"deleted_orders_id": kind, "internal_order_id": False}
    key = shop.store.place_order([("MUG-1", 2)])
    shop.sync(only=ALL)
    shop.store.delete_order_by_hand(key)
    shop.forget()
    notes = [note for _ in range(2) for note in shop.sync(only=ALL)["notes"] if key in note]
    assert notes == [f"order {key} was deleted in the store; its sale stands at the till"]
    assert [sale["state"] for sale in sales(shop)] == ["closed"]
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1"), till_writes(shop)) == (10, 10, [])
    assert states(shop.sync(only=ALL, full=True)) == {"unchanged": 1, "observed": 1}


@pytest.mark.invariant("I-26")
def test_an_order_deleted_before_it_was_recorded_holds_no_units_back_and_is_named(shop: Any) -> None:
    shop.settings["unknown_item"] = "hold"
    key = shop.store.place_order([("MUG-1", 2), {"name": "Theirs", "sku": "THEIRS", "quantity": 1, "price": 4}])
    assert states(shop.sync(only=ALL)) == {"quarantined": 1, "observed": 1}
    assert shop.store.level("MUG-1") == 10
    shop.store.delete_order_by_hand(key)
    told = shop.sync(only=ALL)
    assert states(told) == {"out_of_scope": 1, "observed": 1}
    assert f"order {key} was deleted in the store; nothing of it is at the till" in told["notes"]
    shop.sync(only=ALL)
    assert (sales(shop), shop.till.level("MUG-1"), shop.store.level("MUG-1")) == ([], 12, 12)


@pytest.mark.invariant("I-26")
def test_an_order_deleted_while_another_is_placed_is_named_in_that_run(shop: Any) -> None:
    gone = shop.store.place_order([("MUG-1", 2)])
    shop.sync(only=ALL)
    shop.store.delete_order_by_hand(gone)
    shop.store.place_order([("MUG-1", 1)])
    assert f"order {gone} was deleted in the store; its sale stands at the till" in shop.sync(only=ALL)["notes"]


@pytest.mark.invariant("I-26")
def test_an_order_that_is_there_again_as_it_was_is_recorded(shop: Any) -> None:
    shop.settings["unknown_item"] = "hold"
    key = shop.store.place_order([("MUG-1", 2), {"name": "Theirs", "sku": "THEIRS", "quantity": 1, "price": 4}])
    shop.sync(only=ALL)
    saved = copy.deepcopy(shop.store.book.order(key))
    shop.store.delete_order_by_hand(key)
    assert states(shop.sync(only=ALL)) == {"out_of_scope": 1, "observed": 1}
    shop.store.put_in_book(saved)
    assert states(shop.sync(only=ALL, unknown_item="create")) == {"created": 1, "observed": 1}


@pytest.mark.invariant("I-26")
@pytest.mark.parametrize("refused", some(True, False))
def test_an_order_that_only_a_late_list_still_shows_is_not_recorded(shop: Any, refused: bool) -> None:
    shop.settings["unknown_item"] = "hold"
    key = shop.store.place_order([("MUG-1", 2), {"name": "Theirs", "sku": "THEIRS", "quantity": 1, "price": 4}])
    shop.sync(only=ALL)
    shown = shop.store.order_record(shop.store.book.order(key))
    shop.store.delete_order_by_hand(key)
    shop.sync(only=ALL)
    handle = shop.store.handle

    def late(request: Any) -> Response:
        if request.path.endswith("/orders"):
            return Response.json(200, {"total": 1, "count": 1, "offset": 0, "limit": 100, "items": [shown]})
        no = refused and request.path.endswith("/orders/deleted")
        return Response.json(500, {"errorMessage": "No"}) if no else handle(request)

    shop.store.handle = late
    for _ in range(2):
        shop.sync(only=ALL, unknown_item="create")
        assert (sales(shop), shop.store.level("MUG-1")) == ([], 12)


@pytest.mark.invariant("I-36")
def test_an_account_deleted_in_the_store_is_named_once_and_the_till_keeps_its_customer(shop: Any) -> None:
    shop.store.place_order([("MUG-1", 1)], "ann@buyer.example", accepts_marketing=True)
    shop.sync(only=ALL)
    (key,) = shop.store.book.customers
    shop.store.book.customers.pop(key)
    shop.store.shelves.deleted["customers"].append([key, int(shop.store.unix())])
    shop.forget()
    notes = [note for _ in range(2) for note in shop.sync(only=ALL)["notes"] if "account" in note]
    assert notes == [f"the account {key} was deleted in the store; the till keeps its customer"]
    assert (len(shop.till.customers()), till_writes(shop)) == (1, [])


@pytest.mark.rule("S000-58")
@pytest.mark.invariant("I-7")
@pytest.mark.parametrize("times", some(2, 1))
def test_a_product_the_store_said_it_deleted_and_kept_is_deleted_by_the_next_run(shop: Any, times: int) -> None:
    shop.till.delete("CAP-1")
    shop.store.faults.script("F23", method="DELETE", path="/products", times=times)
    for left in range(times, -1, -1):
        assert shop.sync(only=ALL, yes=True)["entities"]["products"]["deleted"] == 1
        assert ("CAP-1" in skus(shop)) == (left > 0)
    for _ in range(2):
        shop.forget()
        assert shop.sync(only=ALL)["verdict"] == "empty"
    assert number(shop, "SELECT count(*) AS n FROM sync.unproven") == 0
