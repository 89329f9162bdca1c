"""Orders of the store become register sales, once, with the right money, and stock ties on both sides."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.stages import write
from tests.flows.conftest import CAP, MUG, SHIRT, World
from tests.flows.moments import some
from tests.flows.selling import ALL, PAID, came_to, lines, of_order, sales, standing
from tests.flows.stories import Stories, Story, Told

stories = Stories()
ITEM = "{sku},Item {sku},<p>Clay</p>,Acme,Goods,clay,true,Title,Default Title,{sku},12,9.50,3.00,,,,80"
SKUS = (
    "ONE", "EDIT-A", "EDIT-B", "EDIT-C", "LATER", "BACK", "LESS", "LOWER", "CAUGHT-A", "CAUGHT-B", "TWICE",
    "ADDED-A", "ADDED-B", "PAID", "AGAIN-A", "AGAIN-B", "ASIDE-A", "ASIDE-B", "WHO", "OFF", "OFF-SOLD", "FEWER",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(make_lasting: Callable[..., World]) -> Told:
    """A shop with twelve of each item, at 9.50, and what became of every story in it."""

    def opened() -> World:
        world = make_lasting(*(ITEM.format(sku=sku) for sku in SKUS), connected_on="2026-03-01")
        world.begin(ALL)
        return world

    return stories.told(opened, itertools.repeat({"only": ALL}))


def levels(shop: Any, *skus: str) -> list[tuple[int, int]]:
    """Level of each item at the till and in the store."""
    return [(int(shop.till.level(sku)), shop.store.level(sku)) for sku in skus]


def level_writes(shop: Any, *skus: str) -> dict[str, int]:
    """How often the level of each item was written after the store was filled; without those that never were."""
    sent = "SELECT sku, count(*) - 1 AS n FROM receipts WHERE level = 'stock' GROUP BY sku HAVING n > 0"
    return {row["sku"]: row["n"] for row in shop.rows(sent) if row["sku"] in skus}


def paid(shop: Any, number: int) -> list[Decimal]:
    """What was paid of each document of an order, oldest first."""
    return [Decimal(sale["paid"]) for sale in of_order(shop, number)]


@pytest.mark.rule("S000-06", "S000-09", "S001-07", "S001-10", "S001-14", "S001-24")
@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-9")
@stories.story
def test_an_order_is_one_sale_and_its_units_are_neither_offered_again_nor_taken_twice(shop: Any) -> Story:
    number = shop.store.place_order([("ONE", 3)], "jane@buyer.example", **PAID)
    yield
    made = of_order(shop, number)
    assert [(one["state"], lines(one), one["source_id"]) for one in made] == [
        ("closed", [("ONE", Decimal(3))], str(number))
    ]
    (sale,) = made
    assert came_to(sale) == Decimal(shop.store.order(number)["total_inc_tax"])
    assert Decimal(sale["paid"]) == came_to(sale)
    shown = []
    for _ in range(3):
        yield
        shown.append(shop.store.level("ONE"))
    assert (shop.till.level("ONE"), shown, len(of_order(shop, number))) == (9, [9, 9, 9], 1)


@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-4")
@stories.story
def test_an_edited_order_is_corrected_by_documents_that_come_to_what_it_is_now(shop: Any) -> Story:
    number = shop.store.place_order([("EDIT-A", 2), ("EDIT-B", 1)], "jane@buyer.example", **PAID)
    yield
    to_another = [{"line": 0, "quantity": 1}, {"line": 1, "quantity": 0}, {"sku": "EDIT-C", "quantity": 1}]
    for edit in ([{"line": 0, "quantity": 1}], [{"line": 0, "quantity": 2}], to_another):
        shop.store.edit_order(number, lines=edit)
        yield
        assert standing(shop, number) == Decimal(shop.store.order(number)["total_inc_tax"])
    yield
    assert levels(shop, "EDIT-A", "EDIT-B", "EDIT-C") == [(11, 11), (12, 12), (11, 11)]


@pytest.mark.rule("S001-32", "S001-20")
@pytest.mark.invariant("I-5")
@stories.story
def test_an_order_that_is_paid_later_gets_its_payment_and_nothing_else(shop: Any) -> Story:
    number = shop.store.place_order([("LATER", 2)], "jane@buyer.example", status=7, payment=("Bank", "authorized"))
    yield
    yield
    assert paid(shop, number) == [0]
    shop.store.capture(number)
    shop.store.set_status(number, 11)
    yield
    yield
    (sale,) = of_order(shop, number)
    assert (Decimal(sale["paid"]), lines(sale)) == (came_to(sale), [("LATER", Decimal(2))])
    assert levels(shop, "LATER") == [(10, 10)]


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-10")
@stories.story
def test_an_order_whose_money_goes_back_after_it_was_cancelled_is_not_sold_again(shop: Any) -> Story:
    number = shop.store.place_order([("BACK", 3)], "jane@buyer.example", **PAID)
    yield
    shop.store.cancel(number)
    yield
    shop.store.refund(number)
    yield
    yield
    assert (levels(shop, "BACK"), standing(shop, number), len(of_order(shop, number))) == ([(12, 12)], 0, 1)


@pytest.mark.invariant("I-7")
@stories.story
def test_an_order_that_was_lowered_and_then_cancelled_gives_all_its_units_back(shop: Any) -> Story:
    number = shop.store.place_order([("LESS", 3)], "jane@buyer.example")
    yield
    shop.store.edit_order(number, [{"line": 0, "quantity": 2}])
    yield
    shop.store.cancel(number)
    yield
    yield
    assert levels(shop, "LESS") == [(12, 12)]


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-31")
@stories.story
def test_what_the_store_put_back_itself_is_not_taken_off_sale_until_the_till_has_it_too(shop: Any) -> Story:
    called_off = shop.store.place_order([("OFF", 3)], "jane@buyer.example", **PAID)
    sold = shop.store.place_order([("OFF-SOLD", 3)], "jane@buyer.example", **PAID)
    lowered = shop.store.place_order([("FEWER", 3)], "jane@buyer.example", **PAID)
    yield
    shop.store.cancel(called_off)
    shop.store.cancel(sold)
    shop.till.sell("OFF-SOLD", 2)
    shop.store.edit_order(lowered, [{"line": 0, "quantity": 1}])
    for _ in range(2):
        yield
        assert levels(shop, "OFF", "OFF-SOLD", "FEWER") == [(12, 12), (10, 10), (11, 11)]
    assert level_writes(shop, "OFF", "OFF-SOLD", "FEWER") == {"OFF-SOLD": 1}


@pytest.mark.invariant("I-4")
@stories.story
def test_a_payment_that_a_shifting_list_shows_twice_is_recorded_once(shop: Any) -> Story:
    number = shop.store.place_order([("TWICE", 2)], "jane@buyer.example")
    shop.store.faults.script("F13", path=f"/orders/{number}/transactions", variant=1)
    yield
    assert shop.store.faults.shown["F13"] == 1
    assert paid(shop, number) == [Decimal("19.00")]


@pytest.mark.invariant("I-4")
@stories.story
def test_what_was_added_unpaid_and_taken_off_again_is_not_paid_back(shop: Any) -> Story:
    number = shop.store.place_order([("ADDED-A", 2)], "jane@buyer.example")
    shop.store.edit_order(number, [{"sku": "ADDED-B", "quantity": 1}])
    yield
    shop.store.edit_order(number, [{"line": 1, "quantity": 0}])
    yield
    assert paid(shop, number) == [Decimal("19.00"), 0]


@pytest.mark.invariant("I-4")
@stories.story
def test_an_order_that_is_edited_and_paid_between_two_runs_is_paid_once(shop: Any) -> Story:
    number = shop.store.place_order([("PAID", 2)], status=7, payment=("Bank Deposit", "authorized"))
    yield
    shop.store.edit_order(number, [{"line": 0, "quantity": 1}])
    shop.store.capture(number)
    for _ in range(2):
        yield
        assert paid(shop, number) == [Decimal("9.50"), 0]


@pytest.mark.invariant("I-4")
@stories.story
def test_money_of_an_edit_that_is_captured_later_or_was_paid_on_a_voided_sale_counts_once(shop: Any) -> Story:
    number = shop.store.place_order([("CAUGHT-A", 2)], status=11, payment=("Test Payment Gateway", "authorized"))
    yield
    shop.store.edit_order(number, [{"sku": "CAUGHT-B", "quantity": 1}])
    yield
    shop.store.capture(number)
    shop.store.set_status(number, 9)
    yield
    assert paid(shop, number) == [Decimal("19.00"), Decimal("9.50")]
    shop.store.cancel(number)
    yield
    shop.store.set_status(number, 9)
    yield
    shop.store.edit_order(number, [{"line": 0, "quantity": 3}])
    yield
    assert paid(shop, number)[2:] == [Decimal("28.50"), Decimal("9.50")]


@pytest.mark.invariant("I-4")
@stories.story
def test_an_order_that_comes_after_it_was_lowered_is_paid_with_what_it_comes_to(shop: Any) -> Story:
    number = shop.store.place_order([("LOWER", 2)], "jane@buyer.example", **PAID)
    shop.store.edit_order(number, [{"line": 0, "quantity": 1}])
    yield
    assert paid(shop, number) == [Decimal("9.50")]


@stories.story
def test_lines_that_do_not_come_to_their_number_are_read_again_at_once(shop: Any) -> Story:
    number = shop.store.place_order([("AGAIN-A", 3), ("AGAIN-B", 1)], "jane@buyer.example")
    shop.store.faults.script("F25", path=f"/orders/{number}/products", variant=0)
    yield
    assert [lines(sale) for sale in of_order(shop, number)] == [[("AGAIN-A", Decimal(3)), ("AGAIN-B", Decimal(1))]]
    assert (shop.store.level("AGAIN-A"), shop.store.level("AGAIN-B")) == (9, 11)


@stories.story
def test_an_order_set_aside_for_its_lines_is_read_again_by_the_next_run(shop: Any) -> Story:
    number = shop.store.place_order([("ASIDE-A", 3), ("ASIDE-B", 1)], "jane@buyer.example")
    shop.store.faults.script("F25", path=f"/orders/{number}/products", variant=0, times=2)
    summary = yield
    assert (summary["entities"]["orders"]["quarantined"], of_order(shop, number)) == (1, [])
    yield
    assert [lines(sale) for sale in of_order(shop, number)] == [[("ASIDE-A", Decimal(3)), ("ASIDE-B", Decimal(1))]]
    assert (shop.store.level("ASIDE-A"), shop.store.level("ASIDE-B")) == (9, 11)


@pytest.mark.invariant("I-17")
@stories.story
def test_a_customer_whose_creation_was_not_answered_is_not_looked_for_for_ever(shop: Any) -> Story:
    yield
    shop.store.place_order([("WHO", 1)], "new@buyer.example")
    shop.till.faults.script("F2", method="POST", path="/customers")
    yield
    assert [row["level"] for row in shop.rows("FROM sync.unknown")] == ["customer"]
    yield
    yield
    assert shop.rows("FROM sync.unknown") == []


@pytest.mark.rule("S000-09")
@pytest.mark.invariant("I-9")
@pytest.mark.parametrize("lag", some(30, 0))
def test_runs_close_upon_each_other_neither_take_units_twice_nor_show_them_again(shop: Any, lag: int) -> None:
    shop.till.switches["stock_lag"] = lag
    shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    shown = []
    for _ in range(3):
        shop.sync(only=ALL)
        shop.now -= timedelta(minutes=15)
        shown.append(shop.store.level("MUG-1"))
    assert (shown, shop.till.level("MUG-1")) == ([9, 9, 9], 9)


def called_off(shop: Any) -> None:
    """An order that was recorded was cancelled, and a run voided its sale at a till that does not restock then."""
    shop.till.switches["void_restocks"] = False
    number = shop.store.place_order([("MUG-1", 2), ("CAP-1", 1)], "jane@buyer.example", shipping=5, **PAID)
    shop.sync(only=ALL)
    shop.store.cancel(number)
    shop.wait(60)
    shop.sync(only=ALL)


@pytest.fixture
def shop_called_off(make_world: Callable[..., Any]) -> Any:
    """The shop after that."""
    world = make_world(SHIRT, MUG, CAP, connected_on="2026-03-01")
    world.begin(ALL, then=called_off)
    return world


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-10")
def test_a_void_that_leaves_the_stock_where_it_was_is_made_good_once(shop_called_off: Any) -> None:
    for _ in range(3):
        shop_called_off.sync(only=ALL)
    assert [sale["state"] for sale in sales(shop_called_off)] == ["voided"]
    assert levels(shop_called_off, "MUG-1", "CAP-1") == [(12, 12), (3, 3)]


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-1")
@pytest.mark.parametrize("lost", some("F3", "F2"))
def test_an_order_that_is_alive_again_is_not_lost_where_nobody_heard_whether_its_sale_was_voided(
    shop: Any, lost: str
) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    shop.store.cancel(number)
    shop.wait(60)
    shop.till.faults.script(lost, method="PUT", path="/sales")
    shop.sync(only=ALL)
    shop.store.set_status(number, 11)
    for _ in range(3):
        shop.wait(600)
        shop.sync(only=ALL)
    assert sorted(sale["state"] for sale in sales(shop)) == ["closed", "voided"]
    assert levels(shop, "MUG-1") == [(10, 10)]
    assert shop.rows("FROM sync.unknown") == []


@pytest.mark.rule("S001-20")
def test_a_parked_sale_takes_its_units_once_it_is_paid_and_not_before(shop: Any) -> None:
    shop.settings["awaiting_payment"] = "parked"
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", status=7, payment=("Bank", "authorized"))
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    assert [sale["state"] for sale in sales(shop)] == ["parked"]
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12, 10)
    shop.store.capture(number)
    shop.store.set_status(number, 11)
    for _ in range(3):
        shop.wait(60)
        shop.sync(only=ALL)
    (sale,) = sales(shop)
    assert (sale["state"], Decimal(sale["paid"])) == ("closed", came_to(sale))
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 10)


class Cut(BaseException):
    """The process is gone."""


def cut(*_: Any) -> None:
    raise Cut


class CutOff:
    """A transport to the till that is gone at the second adjustment of stock."""

    def __init__(self, real: Any) -> None:
        self.real, self.left = real, 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def send(self, request: Any, *rest: Any, **kwargs: Any) -> Any:
        """Pass a call on, or be gone."""
        if request.method == "POST" and request.url.endswith("/stock_adjustments"):
            self.left -= 1
            if self.left == 0:
                raise Cut
        return self.real.send(request, *rest, **kwargs)


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-16")
@pytest.mark.parametrize("within", [True, False], ids=["within a call", "between two calls"])
def test_a_run_that_ends_while_it_puts_stock_back_leaves_no_product_out(
    shop_called_off: Any, within: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = shop_called_off
    with monkeypatch.context() as patch:
        if within:
            patch.setitem(shop.adapters, "lightspeed_x", CutOff(shop.adapters["lightspeed_x"]))
        else:
            patch.setattr(write, "store_calls", cut)
        with pytest.raises(Cut):
            shop.sync(only=ALL)
    for _ in range(3):
        shop.sync(only=ALL)
    assert levels(shop, "MUG-1", "CAP-1") == [(12, 12), (3, 3)]
