"""Orders of the store become register sales, once, with the right money, and stock ties on both sides."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.stages import write
from tests.flows.selling import ALL, PAID, came_to, lines, sales, states


@pytest.mark.rule("S000-06", "S000-09", "S001-07", "S001-10", "S001-14", "S001-24")
@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-9")
def test_an_order_is_one_sale_and_its_units_are_neither_offered_again_nor_taken_twice(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    assert states(shop.sync(only=ALL)) == {"created": 1, "observed": 1}
    (sale,) = sales(shop)
    assert (sale["state"], lines(sale), sale["source_id"]) == ("closed", [("MUG-1", Decimal(3))], str(number))
    assert came_to(sale) == Decimal(shop.store.order(number)["total_inc_tax"])
    assert Decimal(sale["paid"]) == came_to(sale)
    shown = []
    for _ in range(3):
        shop.sync(only=ALL)
        shown.append(shop.store.level("MUG-1"))
    assert (shop.till.level("MUG-1"), shown, len(sales(shop))) == (9, [9, 9, 9], 1)


@pytest.mark.rule("S000-09")
@pytest.mark.invariant("I-9")
@pytest.mark.parametrize("lag", [0, 30])
def test_runs_close_upon_each_other_neither_take_units_twice_nor_show_them_again(shop: Any, lag: int) -> None:
    shop.till.switches["stock_lag"] = lag
    shop.store.place_order([("MUG-1", 3)], "jane@buyer.example", **PAID)
    shown = []
    for _ in range(3):
        shop.sync(only=ALL)
        shop.now -= timedelta(minutes=15)
        shown.append(shop.store.level("MUG-1"))
    assert (shown, shop.till.level("MUG-1")) == ([9, 9, 9], 9)


@pytest.mark.rule("S001-43", "S001-44", "S001-31", "S001-32", "S001-20", "S001-53")
@pytest.mark.invariant("I-3")
def test_every_status_is_followed_and_what_is_cancelled_goes_back_once(shop: Any) -> None:
    waiting = shop.store.place_order([("CAP-1", 1)], status=1, payment=("Bank", "none"))
    unpaid = shop.store.place_order([("MUG-1", 2)], status=7, payment=("Bank", "none"))
    assert states(shop.sync(only=ALL)) == {"created": 1, "out_of_scope": 1, "observed": 2}
    (sale,) = sales(shop)
    assert (sale["state"], Decimal(sale["paid"]), lines(sale)) == ("closed", 0, [("MUG-1", Decimal(2))])
    assert shop.store.level("CAP-1") == 2

    shop.store.set_status(waiting, 11)
    shop.store.cancel(unpaid)
    shop.wait(60)
    assert states(shop.sync(only=ALL)) == {"created": 1, "deleted": 1, "observed": 2}
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    assert {sale["source_id"]: sale["state"] for sale in sales(shop)} == {str(waiting): "closed", str(unpaid): "voided"}
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (12, 12)
    assert (shop.till.level("CAP-1"), shop.store.level("CAP-1")) == (2, 2)


@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-4")
def test_an_edited_order_is_corrected_by_documents_that_come_to_what_it_is_now(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2), ("SH-S", 1)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    to_cap = [{"line": 0, "quantity": 1}, {"line": 1, "quantity": 0}, {"sku": "CAP-1", "quantity": 1}]
    for edit in ([{"line": 0, "quantity": 1}], [{"line": 0, "quantity": 2}], to_cap):
        shop.wait(60)
        shop.store.edit_order(number, lines=edit)
        shop.sync(only=ALL)
        total = sum(came_to(sale) for sale in sales(shop) if sale["state"] != "voided")
        assert total == Decimal(shop.store.order(number)["total_inc_tax"])
    shop.sync(only=ALL)
    assert {sku: shop.till.level(sku) for sku in ("MUG-1", "SH-S", "CAP-1")} == {"MUG-1": 11, "SH-S": 5, "CAP-1": 2}
    assert {sku: shop.store.level(sku) for sku in ("MUG-1", "SH-S", "CAP-1")} == {"MUG-1": 11, "SH-S": 5, "CAP-1": 2}


@pytest.mark.rule("S001-27", "S001-28", "S001-29", "S001-30", "S001-16", "S001-17", "S001-18", "S001-52")
def test_charges_and_products_the_till_does_not_have_are_made_once_and_stay_out_of_the_store(
    shop: Any,
) -> None:
    shop.store.make_product(name="Online only", price=20, sku="WEB-ONLY")
    for _ in range(2):
        shop.store.place_order(
            [("WEB-ONLY", 1), {"sku": "MUG-1", "quantity": 1, "wrapping": {"name": "Paper", "cost": "1.50"}}],
            shipping=9, handling=2, **PAID,
        )  # fmt: skip
    products = len(shop.store.store.products)
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    made = sales(shop)
    assert len(made) == 2
    charged = [line["product_id"] for sale in made for line in sale["lines"] if line["sku"] == "TILLSYNC-SHIPPING"]
    assert (len(charged), len(set(charged))) == (2, 1)
    skus = {line["sku"] for line in made[0]["lines"]}
    assert skus >= {
        "TILLSYNC-SHIPPING",
        "TILLSYNC-HANDLING",
        "TILLSYNC-WRAPPING",
        "WEB-ONLY",
    }
    assert shop.till.level("WEB-ONLY") == -2
    assert len(shop.store.store.products) == products


@pytest.mark.rule("S000-07", "S000-08", "S001-08", "S001-09")
def test_a_buyer_is_one_customer_at_the_till_however_the_address_is_written(shop: Any) -> None:
    for email in ("Jane@Buyer.example", "jane@buyer.EXAMPLE "):
        shop.store.place_order([("MUG-1", 1)], email, **PAID)
    shop.store.place_order([("CAP-1", 1)], "", **PAID)
    shop.sync(only=ALL)
    shop.store.place_order([("MUG-1", 1)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    assert len([one for one in shop.till.customers() if one["email"]]) == 1
    assert len({sale["customer_id"] for sale in sales(shop) if sale["customer_id"]}) == 1
    assert len(sales(shop)) == 4


@pytest.mark.rule("S001-43")
@pytest.mark.invariant("I-10")
def test_a_void_that_leaves_the_stock_where_it_was_is_made_good_once(shop: Any) -> None:
    shop.till.switches["void_restocks"] = False
    number = shop.store.place_order([("MUG-1", 2), ("CAP-1", 1)], "jane@buyer.example", shipping=5, **PAID)
    shop.sync(only=ALL)
    shop.store.cancel(number)
    shop.wait(60)
    for _ in range(4):
        shop.sync(only=ALL)
    assert [sale["state"] for sale in sales(shop)] == ["voided"]
    assert {sku: shop.till.level(sku) for sku in ("MUG-1", "CAP-1")} == {"MUG-1": 12, "CAP-1": 3}
    assert {sku: shop.store.level(sku) for sku in ("MUG-1", "CAP-1")} == {"MUG-1": 12, "CAP-1": 3}


@pytest.mark.rule("S001-32", "S001-20")
@pytest.mark.invariant("I-5")
def test_an_order_that_is_paid_later_gets_its_payment_and_nothing_else(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 2)], "jane@buyer.example", status=7, payment=("Bank", "authorized"))
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    assert [Decimal(sale["paid"]) for sale in sales(shop)] == [0]
    shop.store.capture(number)
    shop.store.set_status(number, 11)
    shop.wait(60)
    shop.sync(only=ALL)
    shop.sync(only=ALL)
    (sale,) = sales(shop)
    assert (Decimal(sale["paid"]), lines(sale)) == (came_to(sale), [("MUG-1", Decimal(2))])
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 10)


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


@pytest.mark.rule("S001-40")
def test_a_disputed_order_is_recorded_and_told(shop: Any) -> None:
    number = shop.store.place_order([("MUG-1", 1)], "jane@buyer.example", status=13, **PAID)
    told = shop.sync(only=ALL)
    assert [sale["state"] for sale in sales(shop)] == ["closed"]
    assert f"order {number} is Disputed in the store" in told["notes"]


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
    shop: Any, within: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.till.switches["void_restocks"] = False
    number = shop.store.place_order([("MUG-1", 2), ("CAP-1", 1)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    shop.store.cancel(number)
    shop.wait(60)
    shop.sync(only=ALL)
    with monkeypatch.context() as patch:
        if within:
            patch.setitem(shop.adapters, "lightspeed_x", CutOff(shop.adapters["lightspeed_x"]))
        else:
            patch.setattr(write, "store_calls", cut)
        with pytest.raises(Cut):
            shop.sync(only=ALL)
    for _ in range(3):
        shop.sync(only=ALL)
    assert {sku: shop.till.level(sku) for sku in ("MUG-1", "CAP-1")} == {"MUG-1": 12, "CAP-1": 3}
    assert {sku: shop.store.level(sku) for sku in ("MUG-1", "CAP-1")} == {"MUG-1": 12, "CAP-1": 3}
