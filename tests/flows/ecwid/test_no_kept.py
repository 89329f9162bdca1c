"""A no to offers is not lost: not to a failed call, another e-mail, a second customer of the till, nor a deaf till."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.sandbox.types import Response
from tests.flows.conftest import MUG
from tests.flows.ecwid.test_consent import about_people, account, an_old_account_buys, bodies, buy, closed_to_mail
from tests.flows.moments import some
from tests.flows.selling import ALL, sales


@pytest.fixture
def shop(make_shop: Callable[..., Any]) -> Any:
    """A till and a store in step, and orders that flow."""
    world = make_shop(MUG, connected_on="2026-03-01")
    world.begin(ALL)
    return world


def open_to_mail(shop: Any) -> list[str]:
    """The e-mails the till may write offers to."""
    return [one["email"] for one in shop.till.customers() if not one["do_not_email"] and not one["deleted_at"]]


@pytest.mark.invariant("I-36")
def test_a_no_that_could_not_be_read_is_asked_for_by_the_next_run(shop: Any) -> None:
    an_old_account_buys(shop)
    handle, by_id = shop.store.handle, f"/customers/{account(shop, 'old').id}"

    def down(request: Any) -> Response:
        return Response.json(500, {"errorMessage": "x"}) if request.path.endswith(by_id) else handle(request)

    shop.store.handle = down
    with pytest.raises(PlatformUnreachable):
        shop.sync(only=ALL)
    shop.store.handle = handle
    shop.sync(only=ALL)
    assert closed_to_mail(shop) == {"first": False, "old": True}


@pytest.mark.invariant("I-36")
@pytest.mark.parametrize("when", some("instead", "since", "before"))
def test_a_no_reaches_whoever_has_the_e_mail_at_the_till(shop: Any, when: str) -> None:
    shop.till.add_customer("Ann", email="ann@buyer.example")
    if when == "before":
        shop.till.add_customer("Ann B", email="ANN@buyer.example")
    else:
        buy(shop, "ann", True)
        shop.sync(only=ALL)
        if when == "instead":
            (known,) = shop.till.customers()
            shop.till.till.books.drop_customer(shop.till.till.books.customers.items[known["id"]])
        shop.till.add_customer("Ann B", email="ANN@buyer.example")
    assert open_to_mail(shop)
    buy(shop, "ann", False)
    shop.sync(only=ALL)
    assert open_to_mail(shop) == []
    shop.sync(only=ALL)
    # … each once: what the till's staff note of one of them later stands.
    shop.till.add_customer("Ann C", email="ann@buyer.example")
    shop.forget()
    shop.sync(only=ALL, full=True)
    assert (open_to_mail(shop), about_people(shop)) == (["ann@buyer.example"], [])


@pytest.mark.invariant("I-36")
@pytest.mark.parametrize("why", ["no answer", "several", "switched off"])
def test_a_no_reaches_a_customer_whom_the_till_has_and_no_run_knows(shop: Any, why: str) -> None:
    handle = shop.till.handle

    def silent(request: Any) -> Any:
        came = handle(request)
        made = request.method == "POST" and request.path.endswith("/customers")
        return Response.json(504, {"error": "late", "message": "late"}) if made else came

    if why == "no answer":
        shop.till.handle = silent
    for name in ("Ann", "Ann B") if why != "no answer" else ():
        shop.till.add_customer(name, email="ann@buyer.example")
    buy(shop, "ann", True)
    shop.sync(only=ALL, customer_sync=why != "switched off")
    shop.till.handle = handle
    shop.sync(only=ALL)
    assert {one["customer_id"] for one in sales(shop)} == {None}
    assert open_to_mail(shop)
    shop.store.change_customer(account(shop, "ann"), {"acceptMarketing": False})
    shop.sync(only=ALL)
    assert open_to_mail(shop) == []
    shop.forget()
    shop.sync(only=ALL, full=True)
    assert about_people(shop) == []


@pytest.mark.invariant("I-36")
def test_a_no_of_a_buyer_who_was_let_go_reaches_their_customer(shop: Any) -> None:
    buy(shop, "ann", True)
    shop.sync(only=ALL)
    shop.wait(91 * 86_400)
    shop.sync(only=ALL)
    assert shop.rows("SELECT * FROM ecwid.ecwid_orders WHERE email IS NOT NULL") == []
    shop.store.change_customer(account(shop, "ann"), {"acceptMarketing": False})
    shop.sync(only=ALL)
    assert open_to_mail(shop) == []


@pytest.mark.invariant("I-36")
def test_a_no_counts_for_the_account_and_for_the_e_mail_it_was_given_under(shop: Any) -> None:
    for name in ("ann", "bea"):
        buy(shop, name, True)
    shop.sync(only=ALL)
    key = buy(shop, "bea")
    with shop.store.changing_order(shop.store.book.order(key)) as order:
        order.fields |= {"customerId": account(shop, "ann").id, "acceptMarketing": False}
    shop.sync(only=ALL)
    assert open_to_mail(shop) == []


@pytest.mark.invariant("I-36")
def test_a_no_holds_under_every_e_mail_its_account_ordered_with_in_one_run(shop: Any) -> None:
    buy(shop, "before", False)
    shop.store.change_customer(account(shop, "before"), {"email": "after@buyer.example"})
    buy(shop, "after", True)
    shop.sync(only=ALL)
    assert closed_to_mail(shop) == {"before": True, "after": True}


@pytest.mark.invariant("I-36")
@pytest.mark.parametrize("email", ["Ann@Buyer.example", " ann@buyer.example\t"])
def test_a_no_is_known_by_the_e_mail_however_it_is_spelled(shop: Any, email: str) -> None:
    shop.store.place_order([("MUG-1", 1)], email, accepts_marketing=False)
    shop.sync(only=ALL)
    assert (len(shop.till.customers()), open_to_mail(shop)) == (1, [])


@pytest.mark.invariant("I-36")
def test_a_no_that_the_till_did_not_keep_of_a_new_customer_is_told_again(shop: Any) -> None:
    handle = shop.till.handle

    def deaf(request: Any) -> Any:
        if request.method == "POST" and request.path.endswith("/customers"):
            body = {name: value for name, value in json.loads(request.body).items() if name != "do_not_email"}
            return handle(replace(request, body=json.dumps(body).encode()))
        return handle(request)

    shop.till.handle = deaf
    buy(shop, "ann", False)
    for _ in range(2):
        shop.sync(only=ALL)
    assert open_to_mail(shop) == []


@pytest.mark.invariant("I-36")
def test_a_yes_of_an_order_that_was_deleted_counts_for_nobody(shop: Any) -> None:
    shop.settings["unknown_item"] = "hold"
    theirs = {"name": "Theirs", "sku": "THEIRS", "quantity": 1, "price": 4}
    key = shop.store.place_order([theirs], "ann@buyer.example", accepts_marketing=True)
    account(shop, "ann").fields.pop("acceptMarketing", None)
    shop.sync(only=ALL)
    shop.store.delete_order_by_hand(key)
    shop.sync(only=ALL)
    sent = bodies(shop)
    buy(shop, "ann")
    shop.sync(only=ALL)
    assert [body.get("do_not_email") for body in sent] == [None]
