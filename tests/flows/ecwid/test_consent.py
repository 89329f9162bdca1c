"""Who may be written to about offers: no till is told a yes that was not given, nor keeps one that was taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import MUG
from tests.flows.ecwid.conftest import till_writes
from tests.flows.selling import ALL, sales


@pytest.fixture
def shop(make_shop: Callable[..., Any]) -> Any:
    """A till and a store in step, and orders that flow."""
    world = make_shop(MUG.replace("MUG-1,12,", "MUG-1,40,"), connected_on="2026-03-01")
    world.begin(ALL)
    return world


def buy(shop: Any, name: str, accepts: bool | None = None) -> str:
    """An order of that person, with their word on offers; its id."""
    key: str = shop.store.place_order([("MUG-1", 1)], f"{name}@buyer.example", accepts_marketing=accepts)
    return key


def closed_to_mail(shop: Any) -> dict[str, bool]:
    """By name whether the till writes no mail to its customers."""
    return {one["email"].partition("@")[0]: one["do_not_email"] for one in shop.till.customers()}


def account(shop: Any, name: str) -> Any:
    """The store's account of that person."""
    return shop.store.book.by_email(f"{name}@buyer.example")


def an_old_account_buys(shop: Any) -> None:
    """An account with a no that no list shows any more orders again, after a run that recorded another's order."""
    shop.store.make_customer(email="old@buyer.example", acceptMarketing=False)
    account(shop, "old").updated -= 400 * 86_400
    buy(shop, "first", True)
    shop.sync(only=ALL)
    buy(shop, "old")


def about_people(shop: Any) -> list[str]:
    """Writing calls to the till about customers, since the last ``forget``."""
    return [path for path in till_writes(shop) if "/customers" in path]


def bodies(shop: Any) -> list[dict[str, Any]]:
    """What is sent to the till about customers from now on."""
    handle, seen = shop.till.handle, []

    def listen(request: Any) -> Any:
        if request.method in {"POST", "PUT"} and "/customers" in request.path:
            seen.append(json.loads(request.body))
        return handle(request)

    shop.till.handle = listen
    return seen


@pytest.mark.invariant("I-36")
def test_a_new_customer_has_the_word_of_the_store_and_none_where_none_was_given(shop: Any) -> None:
    shop.store.make_customer(email="returning@buyer.example", acceptMarketing=False)
    for name, word in (("yes", True), ("no", False), ("silent", None), ("returning", None)):
        buy(shop, name, word)
    shop.store.place_order([("MUG-1", 1)], "", accepts_marketing=False)
    sent = bodies(shop)
    shop.sync(only=ALL)
    assert closed_to_mail(shop) == {"yes": False, "no": True, "silent": False, "returning": True}
    words = {body["email"].partition("@")[0]: body.get("do_not_email") for body in sent}
    assert words == {"yes": False, "no": True, "silent": None, "returning": True}
    assert all("enable_promotional_sms" not in body for body in sent)
    assert len(sales(shop)) == 5


@pytest.mark.invariant("I-36")
def test_a_no_of_an_account_that_no_list_shows_any_more_is_known_when_they_buy_again(shop: Any) -> None:
    an_old_account_buys(shop)
    shop.sync(only=ALL)
    assert closed_to_mail(shop) == {"first": False, "old": True}


@pytest.mark.invariant("I-36")
def test_of_two_orders_with_two_words_the_no_counts_in_one_run_as_in_two(shop: Any) -> None:
    for first, second in (((True, False)), ((False, True))):
        together, apart = f"together-{first}", f"apart-{first}"
        for name, words in ((together, (first, second)), (apart, (first,))):
            for word in words:
                buy(shop, name, word)
                shop.wait(1)
        shop.sync(only=ALL)
        buy(shop, apart, second)
        shop.sync(only=ALL)
    assert set(closed_to_mail(shop).values()) == {True}


@pytest.mark.invariant("I-36")
def test_a_yes_never_opens_a_customer_the_till_keeps_closed(shop: Any) -> None:
    shop.till.add_customer("Ann", email="ann@buyer.example", do_not_email=True)
    buy(shop, "bea", False)
    shop.sync(only=ALL)
    for name in ("ann", "bea"):
        buy(shop, name, True)
        shop.store.change_customer(account(shop, name), {"acceptMarketing": True})
    for full in (False, True):
        shop.sync(only=ALL, full=full, customer_update="store_wins")
    assert closed_to_mail(shop) == {"ann": True, "bea": True}


UPDATES = ("fill_blanks", "store_wins", "till_wins", "none")


@pytest.mark.invariant("I-36")
def test_a_consent_taken_back_in_the_store_is_taken_back_at_the_till_whatever_else_follows(shop: Any) -> None:
    for update in UPDATES:
        shop.till.add_customer("Known", email=f"known-{update}@buyer.example")
        for way in ("by-order", "by-account", "stays"):
            buy(shop, f"{way}-{update}", True)
    shop.sync(only=ALL)
    assert set(closed_to_mail(shop).values()) == {False}
    for update in UPDATES:
        for way in ("by-order", "known"):
            buy(shop, f"{way}-{update}", False)
        shop.store.change_customer(account(shop, f"by-account-{update}"), {"acceptMarketing": False})
        shop.sync(only=ALL, customer_update=update)
        said = closed_to_mail(shop)
        ways = {way: said[f"{way}-{update}"] for way in ("by-order", "known", "by-account", "stays")}
        assert ways == {"by-order": True, "known": True, "by-account": True, "stays": False}, update


@pytest.mark.invariant("I-36")
@pytest.mark.parametrize("update", ["fill_blanks", "store_wins"])
def test_a_consent_is_taken_back_at_the_till_once_and_again_with_another_no(shop: Any, update: str) -> None:
    shop.settings["customer_update"] = update
    buy(shop, "by-account", True)
    shop.sync(only=ALL)
    shop.store.change_customer(account(shop, "by-account"), {"acceptMarketing": False})
    shop.sync(only=ALL)
    assert closed_to_mail(shop) == {"by-account": True}

    # What the till's own staff note later stands, whatever else changes of an account that says no.
    (at_the_till,) = [one["id"] for one in shop.till.customers() if one["email"].startswith("by-account")]
    shop.till.till.books.enter_customer(shop.till.till.books.customers.items[at_the_till], {"do_not_email": False})
    shop.store.change_customer(account(shop, "by-account"), {"taxId": "1"})
    shop.forget()
    for full in (False, True):
        shop.sync(only=ALL, full=full)
    assert about_people(shop) == []
    # … until the store has another no.
    for word in (True, False):
        shop.store.change_customer(account(shop, "by-account"), {"acceptMarketing": word})
        shop.sync(only=ALL)
    assert closed_to_mail(shop) == {"by-account": True}
