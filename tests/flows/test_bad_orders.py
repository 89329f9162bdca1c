"""Orders as no one should write them: each is named and set aside alone, the others flow, and mended it flows on.

A status is known by its number: one with another label flows, one of no row waits though its label has a row.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.sandbox import Request, Response
from pipelines.platforms.bigcommerce.sandbox.orders import statuses
from tests.flows.conftest import World
from tests.flows.selling import ALL, PAID, amounts, by_order, came_to, lines, sales, states, waits

NO_TAX: dict[str, Any] = {"tax_rates": [], **PAID}


def spoil(shop: World, number: int, **changes: Any) -> None:
    """Set fields of an order's first line, or of the order itself where it has them."""
    with shop.store.changing(number) as order:
        for name, value in changes.items():
            setattr(order if hasattr(order, name) else order.lines[0], name, value)


def place_broken(shop: World) -> dict[str, int]:
    """An order of one mug for each way in which an order can be wrong, and a sound one at either end."""
    names = (
        "sound", "no units", "negative discount", "other currency", "does not tie", "unknown status",
        "negative shipping", "no lines", "sound too",
    )  # fmt: skip
    placed = {name: shop.store.place_order([("MUG-1", 1)], f"b{n}@b.example", **NO_TAX) for n, name in enumerate(names)}
    spoil(shop, placed["no units"], quantity=0)
    discount = {"id": "x", "name": "x", "code": None, "target": "product", "amount": Decimal(-3)}
    spoil(shop, placed["negative discount"], discounts=[discount], discount=Decimal(-3))
    spoil(shop, placed["other currency"], currency="EUR")
    spoil(shop, placed["does not tie"], overrides={"total_inc_tax": Decimal("25.00"), "total_ex_tax": Decimal("25.00")})
    spoil(shop, placed["unknown status"], status=99)
    with shop.store.changing(placed["negative shipping"]) as order:
        order.shipping.base = order.shipping.charged = Decimal(-4)
    with shop.store.changing(placed["no lines"]) as order:
        order.lines = []
    return placed


def mend(shop: World, placed: dict[str, int]) -> None:
    """What a person does in the store about each."""
    spoil(shop, placed["no units"], quantity=1)
    spoil(shop, placed["negative discount"], discounts=[], discount=Decimal(0))
    spoil(shop, placed["other currency"], currency="USD")
    spoil(shop, placed["does not tie"], overrides={})
    shop.store.set_status(placed["unknown status"], 11)
    with shop.store.changing(placed["negative shipping"]) as order:
        order.shipping.base = order.shipping.charged = Decimal(0)
    shop.store.edit_order(placed["no lines"], [{"sku": "MUG-1", "quantity": 1}])


SAID = {
    "no units": ("line MUG-1", "quantity: 0 is not above 0"),
    "negative discount": ("line MUG-1", "discount: is below 0 (-3.0000, 12.5000 of 9.5000 is paid)"),
    "other currency": ("EUR", "USD", "by hand"),
    "does not tie": ("9.50", "25.00", "correct it in the store"),
    "unknown status": ("status 99 (Shipped)", "orders: statuses:"),
    "negative shipping": ("line Shipping", "-4.0000 is below 0"),
    "no lines": ("there are none",),
}


@pytest.mark.rule("S001-53", "S001-16")
@pytest.mark.invariant("I-9")
@pytest.mark.invariant("I-26")
@pytest.mark.invariant("I-27")
def test_each_broken_order_is_named_alone_and_flows_on_once_it_is_mended(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(statuses.STATUSES, 11, statuses.Status("Cancelled", 3, ""))
    monkeypatch.setitem(statuses.STATUSES, 99, statuses.Status("Shipped", 15, ""))
    placed = place_broken(shop)
    assert {shop.store.order(placed[name])["status"] for name in ("sound", "sound too")} == {"Cancelled"}
    assert states(shop.sync(only=ALL)) == {"created": 2, "quarantined": 7, "observed": 9}
    assert set(by_order(shop)) == {placed["sound"], placed["sound too"]}
    found = waits(shop)
    assert set(found) == {placed[name] for name in SAID}
    for name, words in SAID.items():
        assert [word for word in words if word not in found[placed[name]]] == [], (name, found[placed[name]])
    assert states(shop.sync(only=ALL)) == {"quarantined": 7, "unchanged": 2, "observed": 9}
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (10, 5)

    mend(shop, placed)
    shop.wait(60)
    assert states(shop.sync(only=ALL)) == {"created": 7, "unchanged": 2, "observed": 9}
    shop.sync(only=ALL)
    assert waits(shop) == {}
    assert {number: (lines(sale), came_to(sale)) for number, sale in by_order(shop).items()} == {
        number: ([("MUG-1", Decimal(1))], Decimal("9.50")) for number in placed.values()
    }
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1"), len(sales(shop))) == (3, 3, 9)


LONG = "ünï\U0001f600<script>alert(1)</script>\u202e " * 140


@pytest.mark.rule("S001-16", "S001-17", "S001-08")
@pytest.mark.invariant("I-4")
def test_strange_orders_are_recorded_whole_and_hold_nothing_up(shop: World) -> None:
    place = shop.store.place_order
    many = [{"name": f"Pin {n}", "sku": "PIN" if n % 2 else "", "price": "0.10", "quantity": 1} for n in range(500)]
    placed = {
        "deleted at the till": place([("CAP-1", 1)], **NO_TAX),
        "deleted in the store": place([("SH-S", 1)], **NO_TAX),
        "no SKU": place([{"name": "Loose thing", "price": "2.00", "quantity": 3}], **NO_TAX),
        "500 lines": place(many, **NO_TAX),
        "no e-mail": place([("MUG-1", 1)], "", **NO_TAX),
        "two e-mails": place([("MUG-1", 1)], "a@b.example, c@d.example", **NO_TAX),
        "absurd texts": place(
            [{"name": LONG[:250], "sku": "ODD-1", "price": "1.00", "quantity": 1}],
            {"email": "odd@b.example", "first_name": "\U0001f600" * 60, "last_name": "<b>x</b>", "zip": "not a code"},
            message=LONG, staff_notes=LONG, **NO_TAX,
        ),
        "one number": place([("MUG-1", 1)], plain={"external_order_id": "A-1"}, **NO_TAX),
        "the same number": place([("MUG-1", 1)], plain={"external_order_id": "A-1"}, **NO_TAX),
        "nothing to pay": place([("MUG-1", 1)], discount="9.50", **NO_TAX),
        "one of two customers": place([("MUG-1", 1)], "twice@b.example", **NO_TAX),
    }  # fmt: skip
    for code in ("A-1", "B-2"):
        shop.till.add_customer("Twice", email="twice@b.example", customer_code=code)
    cap = shop.till.product("CAP-1")
    shop.till.till.remove(cap)
    shop.store.delete_sku("SH-S")
    told = shop.sync(only=ALL)
    assert (states(told), waits(shop)) == ({"created": 11, "observed": 11}, {})
    twice, odd = placed["one of two customers"], placed["absurd texts"]
    assert [note for note in told["notes"] if f"customer of order {twice}:" in note and "A-1, B-2" in note]
    assert [note for note in told["notes"] if f"customer of order {odd}:" in note and "address" in note]
    assert not [note for note in told["notes"] if "b.example" in note]
    found = by_order(shop)
    for name, number in placed.items():
        whole = Decimal(shop.store.order(number)["total_inc_tax"])
        assert came_to(found[number]).quantize(Decimal("0.01")) == whole, name
    assert len(found[placed["500 lines"]]["lines"]) == 500
    assert amounts(found[placed["500 lines"]]) == {"PIN": Decimal("25.00"), "TILLSYNC-PLACEHOLDER": Decimal("25.00")}
    (stood_in,) = found[placed["no SKU"]]["lines"]
    assert (stood_in["sku"], stood_in["note"]) == ("TILLSYNC-PLACEHOLDER", "Loose thing")
    assert lines(found[placed["deleted at the till"]]) == [("TILLSYNC-PLACEHOLDER", Decimal(1))]
    assert lines(found[placed["deleted in the store"]]) == [("SH-S", Decimal(1))]
    assert found[placed["no e-mail"]]["customer_id"] is None
    assert found[odd]["note"].startswith(f"Online order {odd}\nünï\U0001f600<script>")
    assert states(shop.sync(only=ALL)) == {"unchanged": 11, "observed": 11}
    assert len(sales(shop)) == 11


def test_an_order_changed_while_it_is_read_waits_for_the_next_run_and_is_recorded_as_it_is_then(shop: World) -> None:
    number = shop.store.place_order([("MUG-1", 1)], **NO_TAX)
    sound = shop.store.place_order([("CAP-1", 1)], **NO_TAX)
    listed, edits = shop.store.handle, iter([[{"line": 0, "quantity": 4}]])

    def handle(request: Request) -> Response:
        if f"/orders/{number}" in request.path and (edit := next(edits, None)):
            shop.store.clock.advance(5)
            shop.store.edit_order(number, edit)
        return listed(request)

    shop.store.handle = handle
    first = states(shop.sync(only=ALL))
    assert set(by_order(shop)) == {sound}
    assert first == {"created": 1, "quarantined": 1, "observed": 2}
    assert "was changed while it was read" in waits(shop)[number]
    shop.sync(only=ALL)
    assert (lines(by_order(shop)[number]), waits(shop)) == ([("MUG-1", Decimal(4))], {})
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (8, 8)


def test_a_number_somebody_else_gave_a_sale_at_the_till_swallows_no_order(shop: World) -> None:
    shop.store.place_order([("CAP-1", 1)], **NO_TAX)
    number = max(shop.store.order_ids()) + 1
    foreign = shop.till.ring_up([("SH-S", 1)])
    shop.till.till.books.sales.items[foreign].invoice_number = f"WEB-{number}-1"
    shop.till.till.books.renew(shop.till.till.books.sales.items[foreign])
    shop.till.till.books.by_invoice.setdefault(f"WEB-{number}-1", {})[foreign] = None
    assert shop.store.place_order([("MUG-1", 2)], created=None, **NO_TAX) == number
    shop.sync(only=ALL)
    ours = [sale for sale in sales(shop) if sale["source_id"] == str(number)]
    assert [lines(sale) for sale in ours] == [[("MUG-1", Decimal(2))]]
    assert shop.till.level("MUG-1") == 10


@pytest.mark.rule("S001-39", "S001-42")
def test_a_refund_larger_than_its_order_is_told_and_changes_no_sale(shop: World) -> None:
    number = shop.store.place_order([("MUG-1", 1)], **NO_TAX)
    shop.sync(only=ALL)
    shop.store.refund(number, amount="9.50")
    with shop.store.refunding(number) as order:
        order.refunds[0]["total_amount"] = Decimal("95.00")
    told = shop.sync(only=ALL)
    assert [note for note in told["notes"] if f"order {number}" in note and "95.00" in note and "9.50" in note]
    assert [(sale["state"], came_to(sale)) for sale in sales(shop)] == [("closed", Decimal("9.50"))]
