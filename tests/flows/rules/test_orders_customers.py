"""Who bought: found by account or e-mail, made when new, changed as ``customer_update`` says, never waited for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.selling import ALL, PAID, by_order, sales, states

ANN = {"email": "Ann@Buyer.example", "first_name": "Ann", "last_name": "Lee", "phone": "555 1", "company": "Lee Ltd"}
NAMES = ("email", "first_name", "last_name", "phone", "company_name", "physical_address_1", "physical_city")


def person(shop: Any, key: str) -> list[Any]:
    """What the till has of a customer."""
    (found,) = [one for one in shop.till.customers() if one["id"] == key]
    return [found[name] for name in NAMES]


def told(shop: Any) -> int:
    """Writing calls to the till about customers, since the last ``forget``."""
    return len([call for call in shop.till.calls if call.kind == "write" and "/customers" in call.path])


@pytest.mark.rule("S000-07", "S000-08", "S001-08", "S001-09")
@pytest.mark.invariant("I-36")
def test_a_buyer_is_one_customer_by_account_or_email_and_none_holds_a_sale_up(shop: Any) -> None:
    known = shop.till.add_customer("Cy", email="CY@buyer.EXAMPLE", physical_city="Dallas")
    place = shop.store.place_order
    first = [place([("MUG-1", 1)], who, **PAID) for who in (" ann@BUYER.example", ANN, "cy@buyer.example", "")]
    assert states(shop.sync(only=ALL)) == {"created": 4, "observed": 4}
    found = by_order(shop)
    (ann,) = {found[number]["customer_id"] for number in first[:2]}
    assert found[first[2]]["customer_id"] == known
    assert found[first[3]]["customer_id"] is None
    assert person(shop, ann) == ["Ann@Buyer.example", "Ann", "Lee", "555 1", "Lee Ltd", "1 High Street", "Austin"]
    assert len(shop.till.customers()) == 2

    account = shop.store.order(first[1])["customer_id"]
    shop.store.change_customer(account, email="ann.lee@new.example")
    later = place([("MUG-1", 1)], {**ANN, "email": "ann.lee@new.example"}, **PAID)
    assert shop.store.order(later)["customer_id"] == account
    shop.sync(only=ALL)
    assert by_order(shop)[later]["customer_id"] == ann
    assert len(shop.till.customers()) == 2

    books = shop.till.till.books
    books.drop_customer(books.customers.items[ann])
    without, anew = (place([("MUG-1", 1)], {**ANN, "email": "ann.lee@new.example"}, **PAID) for _ in range(2))
    assert states(shop.sync(only=ALL)) == {"created": 2, "unchanged": 5, "observed": 7}
    assert {by_order(shop)[number]["customer_id"] for number in (without, anew)} == {None}
    anew = place([("MUG-1", 1)], {**ANN, "email": "ann.lee@new.example"}, **PAID)
    shop.sync(only=ALL)
    assert by_order(shop)[anew]["customer_id"] not in {None, ann}


BEFORE = ["Ann", None, "555 0", None, "7 Old Street", "Waco"]
FILLED = ["Ann", "Law", "555 0", "Lee Ltd", "7 Old Street", "Waco"]
REPLACED = ["Ann", "Law", "555 1", "Lee Ltd", "9 Low Road", "Reno"]
HOLDS = {"fill_blanks": (FILLED, 1), "store_wins": (REPLACED, 1), "till_wins": (BEFORE, 0), "none": (BEFORE, 0)}


@pytest.mark.rule("S000-08", "S001-09")
def test_what_an_order_says_of_a_known_customer_changes_them_as_the_setting_says_and_once(shop: Any) -> None:
    place = {"physical_address_1": "7 Old Street", "physical_city": "Waco"}
    enrol = shop.till.add_customer
    keys = {name: enrol("Ann", None, email=f"{name}@b.example", phone="555 0", **place) for name in HOLDS}
    moved = {**ANN, "street_1": "9 Low Road", "city": "Reno", "zip": "89501", "state": "Nevada", "last_name": "Law"}
    for name, (wanted, calls) in HOLDS.items():
        shop.store.place_order([("MUG-1", 1)], {**moved, "email": f"{name}@b.example"}, **PAID)
        shop.forget()
        shop.sync(only=ALL, customer_update=name)
        assert (person(shop, keys[name])[1:], told(shop)) == (wanted, calls), name
    shop.wait(60)
    shop.forget()
    for last_name in ("Low", "Law"):
        who = {**moved, "email": "fill_blanks@b.example", "last_name": last_name}
        shop.store.place_order([("SH-S", 1)], who, **PAID)
        shop.wait(1)
    shop.store.place_order([("MUG-1", 1)], {**moved, "email": "store_wins@b.example"}, **PAID)
    shop.sync(only=ALL, customer_update="store_wins")
    assert (person(shop, keys["fill_blanks"])[1:], told(shop)) == (REPLACED, 1)
    assert {sale["customer_id"] for sale in sales(shop)} == set(keys.values())


@pytest.mark.rule("S000-07", "S001-08", "S001-17")
@pytest.mark.invariant("I-1")
def test_a_buyer_and_a_product_the_till_said_it_took_and_did_not_keep_are_there_in_the_end(shop: Any) -> None:
    for path in ("/customers", "/products"):
        shop.till.faults.script("F23", method="POST", path=path)
    poster = {"name": "Poster", "sku": "POST-1", "price": 4, "quantity": 2}
    bought = [shop.store.place_order([item], ANN, **PAID) for item in (("MUG-1", 1), poster)]
    assert states(shop.sync(only=ALL)) == {"created": 1, "failed": 1, "observed": 2}
    shop.wait(3600)
    assert states(shop.sync(only=ALL)) == {"created": 1, "unchanged": 1, "observed": 2}
    (ann,) = [one["id"] for one in shop.till.customers()]
    assert {number: sale["customer_id"] for number, sale in by_order(shop).items()} == dict.fromkeys(bought, ann)
    assert [line["sku"] for line in by_order(shop)[bought[1]]["lines"]] == ["POST-1"]
    made = [one for one in shop.till.till.products.items.values() if one.sku == "POST-1"]
    assert len(made) == 1
