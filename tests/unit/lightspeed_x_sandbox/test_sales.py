"""Register sales of the X-Series sandbox: what they add up to, and what they do to stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.kit.sandbox import from_json, to_json
from pipelines.platforms.lightspeed_x.sandbox import create

from .booth import ID, Booth


def test_closed_sale_lowers_the_stock_of_its_register_s_outlet_alone(booth: Booth) -> None:
    cursor = booth.machine.till.version
    booth.book(booth.line("MUG", 2), booth.line("TEE", 3, 20), source={"register_id": booth.register("Harbour 1")})
    assert (booth.levels("MUG"), booth.levels("TEE")) == ((10, -2), (1, -3))
    changed = booth.call("POST", "/inventory", {"after": cursor, "sort_direction": "asc"})
    assert [row["current_inventory_level"] for row in changed] == [-2, -3]


@pytest.mark.parametrize(
    ("state", "attributes", "left"),
    [
        ("closed", [], 8),
        ("parked", [], 10),
        ("voided", [], 10),
        ("pending", [], 10),
        ("pending", ["layby"], 10),
        ("pending", ["onaccount"], 8),
        ("pending", ["delivery"], 10),
        ("pending", ["pickup", "onaccount"], 10),
        ("closed", ["delivery"], 8),
    ],
)
def test_stock_moves_in_the_states_in_which_goods_have_left(
    booth: Booth, state: str, attributes: list[str], left: int
) -> None:
    booth.book(state=state, attributes=attributes)
    assert booth.machine.level("MUG") == left


@pytest.mark.parametrize(
    ("switch", "attributes"), [("pending_moves_stock", []), ("layby_moves_stock", ["layby"])], ids=["open", "layby"]
)
def test_what_an_open_sale_does_to_stock_may_be_otherwise(booth: Booth, switch: str, attributes: list[str]) -> None:
    booth.machine.switches[switch] = True
    made = booth.book(state="pending", attributes=attributes)
    assert booth.machine.level("MUG") == 8
    booth.put(made["id"], "closed")
    assert booth.machine.level("MUG") == 8


def test_bundle_takes_its_parts_and_untracked_takes_nothing(booth: Booth) -> None:
    parts = [
        {"product_id": booth.machine.product("MUG").id, "quantity": 2},
        {"product_id": booth.machine.product("TEE").id, "quantity": 1},
    ]
    booth.call("POST", "/products", {"name": "Set", "sku": "SET", "price_excluding_tax": 40, "composite": parts})
    booth.machine.add_product("Advice", sku="ADV", price=5)
    made = booth.book(booth.line("SET", 2, 40), booth.line("MUG", 1), booth.line("ADV", 1, 5))
    assert (booth.machine.level("MUG"), booth.machine.level("TEE")) == (5, -1)
    booth.put(made["id"], "voided")
    assert (booth.machine.level("MUG"), booth.machine.level("TEE")) == (10, 1)
    assert booth.get(f"/inventory/{booth.machine.product('ADV').id}") == []


@pytest.mark.parametrize(("restocks", "left"), [(True, 10), (False, 8)])
def test_voiding_puts_stock_back_at_most_once(booth: Booth, restocks: bool, left: int) -> None:
    booth.machine.switches["void_restocks"] = restocks
    made = booth.book()
    assert booth.put(made["id"], "voided")["state"] == "voided"
    assert booth.put(made["id"], "voided")["_metadata"] == booth.get(f"/sales/{made['id']}")["_metadata"]
    assert booth.machine.level("MUG") == left


def test_closed_sale_can_only_be_voided_and_voided_stays(booth: Booth) -> None:
    made = booth.book()
    source = {"author_id": booth.user}
    for state in ("parked", "pending"):
        assert booth.ask("PUT", f"/sales/{made['id']}", {"source": source, "state": state})[0] == 422
    more = {"source": source, "state": "closed", "line_items": [booth.line("MUG", 3)]}
    assert booth.ask("PUT", f"/sales/{made['id']}", more)[0] == 422
    booth.put(made["id"], "voided")
    assert booth.ask("PUT", f"/sales/{made['id']}", {"source": source, "state": "closed"})[0] == 422
    assert booth.machine.level("MUG") == 10


def test_money_adds_up_to_the_fifth_decimal(booth: Booth) -> None:
    booth.machine.add_tax("VAT", "0.15")
    made = booth.book(
        booth.line("MUG", 3, "3.02632", tax="0.45395", tax_name="VAT"),
        booth.line("MUG", 1, "-1.5"),
        payments=[booth.paid("8.94")],
    )
    assert made["totals"] == {
        "price": Decimal("7.57896"), "tax": Decimal("1.36185"), "price_incl_tax": Decimal("8.94081"),
        "loyalty": 0, "surcharge": 0,
    }  # fmt: skip
    first = made["line_items"][0]
    assert (first["pricing"]["total"], first["tax"]["total"]) == (Decimal("9.07896"), Decimal("1.36185"))
    assert {row["id"]: row["tax"] for row in made["taxes"]} == {booth.tax("VAT"): Decimal("1.36185"), booth.tax(): 0}
    assert made["payments"][0]["type"]["name"] == "Online"
    (record,) = booth.machine.sales()
    assert (record["total"] + record["tax"], record["paid"]) == (Decimal("8.94081"), Decimal("8.94"))


def test_line_adjustments_and_those_of_the_whole_sale_take_off(booth: Booth) -> None:
    def off(value: str, kind: str = "FIXED", **more: Any) -> dict[str, Any]:
        return {"type": "DISCOUNT", "name": "Code", "amount": {"type": kind, "value": value}, **more}

    each = {"adjustments": [off("1.50", target={"method": "EACH"})]}
    once = {"adjustments": [off("1.50", target={"method": "SINGLE"})]}
    lines = [booth.line("MUG", 2, 20, pricing=each), booth.line("MUG", 2, 20, pricing=once)]
    made = booth.book(*lines, pricing={"adjustments": [off("10", "PERCENT")]})
    assert [line["pricing"]["total"] for line in made["line_items"]] == [37, Decimal("38.5")]
    assert (made["totals"]["price"], made["adjustments"][0]["total"]) == (Decimal("67.95"), Decimal("-7.55"))


def test_discount_of_a_line_is_in_its_price_unless_switched(booth: Booth) -> None:
    line = booth.line("MUG", 2, 10, pricing={"discount": Decimal("2.5")})
    assert booth.book(line)["totals"]["price"] == 20
    booth.machine.switches["line_discount"] = "taken_off"
    assert booth.book(line)["totals"]["price"] == 15


def test_discount_product_is_no_ordinary_product_and_yet_one_a_line_may_name(booth: Booth) -> None:
    key = booth.get("/retailer")["discount_product_id"]
    made = booth.book(booth.line(), booth.line(product=key, quantity=1, price="-5"))
    assert made["totals"]["price"] == 20
    assert booth.get(f"/products/{key}")["has_inventory"] is False
    assert key not in {row["id"] for row in booth.get("/products?deleted=true")}
    assert key not in {row["id"] for row in booth.get("/search?type=products")}
    assert booth.get("/products?sku=vend-discount") == []


def test_order_can_be_found_from_either_side(booth: Booth) -> None:
    buyer = booth.machine.add_customer("Ana", "B")
    note = {"attributes": [{"name": "line_note", "value": "as a gift"}]}
    made = booth.book(
        booth.line("MUG", 1, **note), invoice_number="WEB-100", note="Leave at door", customer_id=buyer,
        date="2026-05-05T23:35:34+12:00",
    )  # fmt: skip
    assert (made["source"]["id"], made["source"]["type"], made["source"]["author"]["id"]) == (
        "100", "BIGCOMMERCE", booth.user,
    )  # fmt: skip
    assert (made["invoice_number"], made["note"], made["customer_id"]) == ("WEB-100", "Leave at door", buyer)
    assert made["line_items"][0]["note"] == "as a gift"
    assert made["date"] == "2026-05-05T11:35:34+00:00"


def test_register_numbers_what_comes_without_a_number(booth: Booth) -> None:
    first = booth.book()
    booth.book(invoice_number="WEB-100")
    second = booth.book()
    assert [first["invoice_number"], second["invoice_number"]] == ["1", "2"]


def test_feed_of_sales_shows_every_change_once_and_in_order(booth: Booth) -> None:
    made = [booth.book(invoice_number=f"W-{n}") for n in range(5)]
    booth.put(made[0]["id"], "voided")
    seen: list[str] = []
    after = 0
    while rows := booth.get(f"/sales?after={after}&page_size=2"):
        seen += [row["id"] for row in rows]
        after = rows[-1]["_metadata"]["version"]
    assert seen == [sale["id"] for sale in [*made[1:], made[0]]]
    below = booth.get(f"/sales?before={after}")
    assert [row["id"] for row in below] == [sale["id"] for sale in made[1:]]


def test_sale_without_a_payment_is_closed_and_gets_it_later(booth: Booth) -> None:
    made = booth.book()
    assert made["payments"] == []
    again = booth.put(made["id"], "closed", payments=[booth.paid(25)])
    assert again["payments"][0]["amount"] == 25
    assert again["_metadata"]["version"] > made["_metadata"]["version"]
    assert booth.machine.level("MUG") == 8
    booth.machine.switches["closed_sale_takes_payments"] = False
    body = {"source": {"author_id": booth.user}, "state": "closed", "payments": [booth.paid(1)]}
    assert booth.ask("PUT", f"/sales/{made['id']}", body)[0] == 422


REPEATED = {
    "update": (200, 1, 8),
    "conflict": (409, 1, 8),
    "same": (200, 1, 8),
    "duplicate": (200, 2, 6),
}


@pytest.mark.parametrize("how", REPEATED)
def test_second_post_with_one_id_does_what_the_switch_says(booth: Booth, how: str) -> None:
    booth.machine.switches["repeated_sale_id"] = how
    body = booth.body(id=ID.format(1))
    first = booth.call("POST", "/sales", body)
    assert first["id"] == ID.format(1)
    status, _ = booth.ask("POST", "/sales", body)
    assert (status, len(booth.get("/sales")), booth.machine.level("MUG")) == REPEATED[how]
    assert booth.get(f"/sales/{first['id']}") == first


def test_parked_sale_is_changed_by_a_second_post_and_by_a_put(booth: Booth) -> None:
    body = booth.body(booth.line("MUG", 2), state="parked", id=ID.format(1))
    booth.call("POST", "/sales", body)
    booth.call("POST", "/sales", {**body, "line_items": [booth.line("MUG", 4)]})
    assert booth.machine.level("MUG") == 10
    booth.put(ID.format(1), "closed", payments=[booth.paid(50)])
    assert (booth.machine.level("MUG"), len(booth.get("/sales"))) == (6, 1)


@pytest.mark.parametrize(("how", "quantities"), [("replace", [3, 1]), ("merge", [2, 3, 1])])
def test_sent_lines_replace_or_are_laid_over(booth: Booth, how: str, quantities: list[int]) -> None:
    booth.machine.switches["sent_lists"] = how
    one, two = ID.format(11), ID.format(12)
    made = booth.book(booth.line("MUG", 2, id=one), booth.line("MUG", 2, id=two), state="parked")
    lines = [booth.line("MUG", 3, id=two), booth.line("TEE", 1, 20)]
    after = booth.put(made["id"], "parked", line_items=lines)
    assert [line["quantity"] for line in after["line_items"]] == quantities


def test_nothing_of_a_wrong_sale_is_kept(booth: Booth) -> None:
    before = booth.machine.till.dump()
    wrong = {
        "no product": booth.line(product="00000000-0000-4000-8000-000000000000"),
        "no tax": {**booth.line(), "tax": {"id": "00000000-0000-4000-8000-000000000000", "amount": 0}},
        "huge": booth.line(quantity=10**15),
    }
    for name, line in wrong.items():
        assert booth.ask("POST", "/sales", booth.body(booth.line(), line))[0] == 422, name
    other: dict[str, dict[str, Any]] = {
        "register": {"source": {"register_id": ID.format(9)}},
        "author": {"source": {"author_id": ID.format(9)}},
        "customer": {"customer_id": ID.format(9)},
        "payment": {"payments": [{"amount": 1, "type": {"config_id": ID.format(9)}}]},
        "attributes": {"attributes": ["layby", "onaccount"]},
        "attribute": {"attributes": ["gift"]},
        "date": {"date": "05/05/2026"},
        "no such day": {"date": "2026-02-30T00:00:00Z"},
        "outlet": {"fulfillment_outlet_id": ID.format(9)},
        "adjustment": {"pricing": {"adjustments": [{"type": "TIP", "amount": {"type": "FIXED", "value": "some"}}]}},
        "address": {"fulfillment_details": [{"type": "DISPATCH"}]},
    }
    for name, changes in other.items():
        assert booth.ask("POST", "/sales", booth.body(**changes))[0] == 422, name
    assert booth.machine.till.dump() == before


def test_deleted_register_tax_and_payment_type_take_no_new_sale_and_old_ones_are_still_shown(booth: Booth) -> None:
    booth.machine.add_tax("VAT", "0.15")
    made = booth.book(booth.line("MUG", 1, tax_name="VAT", tax=1), payments=[booth.paid(1)])
    sale, line = booth.body(), booth.line("MUG", 1, tax_name="VAT")
    booth.machine.delete_tax("VAT")
    assert booth.ask("POST", "/sales", {**sale, "line_items": [line]})[0] == 422
    payment = booth.paid(1)
    booth.machine.delete_payment_type("Online")
    assert booth.ask("POST", "/sales", {**sale, "payments": [payment]})[0] == 422
    booth.machine.delete_register()
    assert booth.ask("POST", "/sales", sale)[0] == 422
    assert booth.get(f"/sales/{made['id']}") == made
    voided = booth.call("PUT", f"/sales/{made['id']}", {**sale, "state": "voided", "line_items": [line]})
    assert voided["state"] == "voided"


def test_open_sale_can_be_edited_after_its_product_and_its_register_are_gone(booth: Booth) -> None:
    made = booth.book(booth.line("TEE", 1, 20), state="parked")
    body = booth.body(booth.line("TEE", 2, 20))
    booth.machine.delete("TEE")
    booth.machine.delete_register()
    assert booth.call("PUT", f"/sales/{made['id']}", body)["line_items"][0]["quantity"] == 2
    assert booth.ask("POST", "/sales", body)[0] == 422


def test_closed_register_takes_sales_unless_switched(booth: Booth) -> None:
    booth.machine.close_register()
    booth.book()
    booth.machine.switches["closed_register_takes_sales"] = False
    assert booth.ask("POST", "/sales", booth.body())[0] == 422
    booth.machine.open_register()
    booth.book()


def test_sale_without_a_register_belongs_to_no_outlet_and_moves_nothing(booth: Booth) -> None:
    body = booth.body()
    del body["source"]["register_id"]
    made = booth.call("POST", "/sales", body)
    assert "outlet_id" not in made["source"]
    assert booth.levels() == (10, 0)


def test_card_numbers_are_blanked_in_silence(booth: Booth) -> None:
    made = booth.book(note="card 4111 1111 1111 1111 please, order 1234567890123")
    assert made["note"] == "card  please, order 1234567890123"


def test_sales_of_the_till_are_documents_too(booth: Booth) -> None:
    booth.machine.add_tax("VAT", "0.1", is_default=True)
    key = booth.machine.ring_up([("MUG", 2), ("TEE", 1)])
    booth.machine.sell("MUG", -1)
    sale = booth.get(f"/sales/{key}")
    assert (sale["state"], sale["totals"]["price_incl_tax"]) == ("closed", Decimal("49.5"))
    assert sale["payments"][0]["amount"] == Decimal("49.5")
    assert [row["line_items"][0]["return"]["is_return"] for row in booth.get("/sales")] == [False, True]
    assert (booth.machine.level("MUG"), booth.machine.level("TEE")) == (9, 0)
    assert [(row["sku"], row["quantity"]) for row in booth.machine.sales()[0]["lines"]] == [("MUG", 2), ("TEE", 1)]


def test_person_can_void_a_sale_and_move_stock_without_one(booth: Booth) -> None:
    made = booth.book()
    booth.machine.void_sale(made["id"])
    booth.machine.adjust("MUG", -3)
    booth.machine.adjust("MUG", 3, "Harbour")
    assert booth.get(f"/sales/{made['id']}")["state"] == "voided"
    assert (booth.levels(), len(booth.get("/sales"))) == ((7, 3), 1)


def test_till_sale_of_a_tax_inclusive_retailer_is_paid_at_the_shelf_price(booth: Booth) -> None:
    booth.machine.add_tax("VAT", "0.25", is_default=True)
    booth.machine.set_retailer(tax_exclusive=False)
    sale = booth.get(f"/sales/{booth.machine.ring_up([('MUG', 2)])}")
    assert (sale["totals"]["price"], sale["totals"]["price_incl_tax"]) == (20, 25)


def test_saved_sales_come_back_as_they_were(booth: Booth) -> None:
    booth.machine.add_customer("Ana")
    made = booth.book(booth.line("MUG", "1.5"), payments=[booth.paid("18.75")])
    booth.book(state="pending", attributes=["pickup"])
    saved = to_json(booth.machine.dump())
    other = create(seed=99, clock=booth.clock)
    other.load(from_json(saved))
    assert to_json(other.dump()) == saved
    assert other.sales() == booth.machine.sales()
    assert other.level("MUG") == Decimal("8.5")
    assert other.shown_sale(other.till.books.sales.items[made["id"]]) == made
