"""Orders become canonical rows: every amount exact, what is charged adds up, what cannot be taken says why."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pipelines.kit import exact_json

if TYPE_CHECKING:
    from conftest import Store

Rows = list[dict[str, Any]]
RATES: list[list[tuple[str, Any]]] = [
    [], [("GST", 10)], [("GST", 15)], [("State", 5), ("City", "9.975")], [("VAT", 20)], [("Tax", "8.25")],
]  # fmt: skip


def lines_of(store: Store, order: int, **how: Any) -> dict[str, dict[str, Any]]:
    """The lines of an order by their ids."""
    return {row["line_id"]: row for row in store.rows("order_lines", **how) if row["order_id"] == str(order)}


def changed(
    store: Store, name: str, change: Callable[[dict[str, Any]], None], tables: dict[str, pa.Table] | None = None
) -> dict[str, pa.Table]:
    """The store's tables, every record of one of them changed; ``tables``: as they were read before."""
    tables = tables or store.tables()
    rows = tables[name].to_pylist()
    for row in rows:
        record = exact_json.loads(row["record"])
        change(record)
        row["record"] = exact_json.dumps(record)
    return {**tables, name: pa.Table.from_pylist(rows, schema=tables[name].schema)}


# --- sums --------------------------------------------------------------------------------------------------------


def basket(store: Store, draw: random.Random) -> int:
    """A random order: rates, wrapping, discounts of lines and of the whole, coupons, shipping, handling, fees."""
    lines = []
    for _ in range(draw.randint(1, 6)):
        line: dict[str, Any] = {"name": "Thing", "price": Decimal(draw.randint(1, 20_000)) / 100}
        line["quantity"] = draw.choice([1, 1, 1, 2, 3, 7])
        if draw.random() < 0.25:
            line["wrapping"] = {"cost": Decimal(draw.randint(0, 500)) / 100}
        if draw.random() < 0.2:
            line["discount"] = min(line["price"], Decimal(draw.randint(1, 30)) / 100)
        if draw.random() < 0.3:
            line["rates"] = draw.choice(RATES)
        lines.append(line)
    worth = sum(line["price"] * line["quantity"] for line in lines)
    coupon = draw.choice([(1, Decimal(draw.randint(1, 60))), (2, worth / 7), (4, Decimal(0))])
    parts: dict[str, Any] = {
        "shipping": Decimal(draw.randint(0, 2000)) / 100,
        "handling": Decimal(draw.randint(0, 500)) / 100,
        "fees": [("Fee", Decimal(draw.randint(1, 300)) / 100)],
        "discount": (worth / 5).quantize(Decimal("0.01")),
        "coupon": ("SAVE", coupon[0], coupon[1].quantize(Decimal("0.01"))),
    }
    chosen = {name: value for name, value in parts.items() if draw.random() < 0.4}
    inclusive, rates = draw.random() < 0.5, draw.choice(RATES)
    store.machine.clock.advance(1)
    return int(store.machine.place_order(lines, tax_inclusive=inclusive, tax_rates=rates, **chosen))


@pytest.mark.parametrize("seed", [1, 2])
def test_lines_add_up_to_their_order_but_for_rounded_shares_of_a_discount(store: Store, seed: int) -> None:
    draw = random.Random(seed)
    placed = [str(basket(store, draw)) for _ in range(120)]
    tables = store.tables()
    orders = {row["order_id"]: row for row in store.rows("orders", tables)}
    found: dict[str, Rows] = defaultdict(list)
    for row in store.rows("order_lines", tables):
        found[row["order_id"]].append(row)
    assert sorted(orders) == sorted(found) == sorted(placed)
    for id_, order in orders.items():
        lines = found[id_]
        spread = {one["id"] for line in store.machine.order(int(id_))["lines"] for one in line["applied_discounts"]}
        rounding = Decimal(len(lines) * len(spread - {"automatic-discount"})) / 2
        assert abs(sum(line["total"] for line in lines) - order["total"]) <= rounding, id_
        inexact = rounding + (Decimal(len(lines)) / 2 if order["prices_include_tax"] else 0)
        assert abs(sum(line["tax"] for line in lines) - order["total_tax"]) <= inexact, id_
        assert [row["defects"] for row in (order, *lines) if row["defects"]] == []
        assert all(0 <= line["tax"] <= line["total"] for line in lines)
        assert [line["position"] for line in sorted(lines, key=lambda line: line["position"])] == list(
            range(1, len(lines) + 1)
        )


def test_tax_of_a_discounted_line_is_exact_where_prices_are_without_it(store: Store) -> None:
    order = store.machine.place_order(
        [{"name": "A", "price": "19.99", "quantity": 1}, {"name": "B", "price": "7.01", "quantity": 3}],
        tax_rates=[("GST", "8.25")], discount=5, shipping="4.35",
    )  # fmt: skip
    lines = lines_of(store, order)
    (shown,) = store.rows("orders")
    assert sum(line["tax"] for line in lines.values()) == shown["total_tax"]
    assert lines["1"]["total"] - lines["1"]["tax"] == Decimal(1999 - 244)
    assert lines["1"]["discount"] == Decimal(2164) - lines["1"]["total"]


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_line_that_does_not_tell_what_was_paid_for_it_is_reckoned_from_its_discounts(
    store: Store, inclusive: bool
) -> None:
    order = store.machine.place_order(
        [{"name": "A", "price": "19.99", "quantity": 2}, {"name": "B", "price": "0.95", "quantity": 1}],
        tax_rates=[("GST", 15)], tax_inclusive=inclusive, discount="3.33",
    )  # fmt: skip
    told = lines_of(store, order)

    def forget(record: dict[str, Any]) -> None:
        for line in record["products"]:
            del line["discounted_total_inc_tax"]

    reckoned = lines_of(store, order, tables=changed(store, "order_details", forget))
    assert all(line["discount"] > 0 for line in told.values())
    assert {name: line["total"] for name, line in reckoned.items()} == {
        name: line["total"] for name, line in told.items()
    }


def test_a_discount_taken_off_the_price_with_tax_leaves_the_tax_as_it_was(store: Store) -> None:
    """As in a sample of the vendor's document: 65.23 with 9.24 tax, 1.59 off, 63.64 paid."""
    store.machine.place_order([{"name": "Towel", "quantity": 1, "price": "55.99"}], tax_rates=[("Tax", "16.5")])

    def as_in_the_sample(record: dict[str, Any]) -> None:
        record["products"][0] |= {
            "total_ex_tax": "55.9900", "total_inc_tax": "65.2300", "total_tax": "9.2400",
            "discounted_total_inc_tax": "63.6400", "applied_discounts": [{"amount": "1.5900", "code": None}],
        }  # fmt: skip

    (line,) = store.rows("order_lines", changed(store, "order_details", as_in_the_sample))
    assert (line["total"], line["tax"], line["discount"]) == (6364, 924, 159)


# --- lines -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("S001-29")
def test_wrapping_is_a_line_for_each_wrapped_item_unless_the_order_says_otherwise(store: Store) -> None:
    wrapped = {"cost": "1.50", "name": "Red paper", "message": "For you"}
    order = store.machine.place_order(
        [{"sku": "MUG-1", "quantity": 1, "wrapping": wrapped}, {"sku": "TEE-M", "quantity": 2, "wrapping": wrapped}]
    )
    lines = lines_of(store, order)
    assert [(name, line["kind"], line["name"], line["total"]) for name, line in lines.items() if ":" in name] == [
        ("wrapping:1", "wrapping", "Red paper", 150),
        ("wrapping:2", "wrapping", "Red paper", 150),
    ]
    assert lines["1"]["note"] == "gift message: For you"
    tables = changed(store, "orders", lambda record: record.update(wrapping_cost_inc_tax="2.7500"))
    whole = lines_of(store, order, tables=tables)
    assert [(name, line["total"]) for name, line in whole.items() if line["kind"] == "wrapping"] == [("wrapping", 275)]


@pytest.mark.rule("S001-27", "S001-28")
def test_what_is_charged_beside_products_has_lines_and_what_costs_nothing_has_none(store: Store) -> None:
    paid = store.machine.place_order([("MUG-1", 1)], shipping=9, handling=2, fees=[("Late delivery", "1.25")])
    free = store.machine.place_order([("MUG-1", 1)], shipping=9, coupon=("FREE", 4, 0))
    assert {name: (line["kind"], line["name"], line["total"]) for name, line in lines_of(store, paid).items()} == {
        "1": ("item", "Mug", 1250),
        "shipping": ("shipping", "Shipping", 900),
        "handling": ("handling", "Handling", 200),
        "fee:1": ("fee", "Late delivery", 125),
    }
    assert [line["kind"] for line in lines_of(store, free).values()] == ["item"]


def test_a_line_says_which_product_it_is_and_what_was_chosen(store: Store, ids: dict[str, int]) -> None:
    order = store.machine.place_order(
        [{"sku": "TEE-M", "quantity": 2, "options": [{"name": "Engraving", "label": "Bo"}]},
         {"name": "Gift", "price": 25, "quantity": 1, "kind": "giftcertificate"}],
        coupon=("TEN", 1, 10),
    )  # fmt: skip
    tee, card = lines_of(store, order).values()
    assert (tee["product_id"], tee["variant_id"], tee["sku"]) == (str(ids["tee"]), str(ids["tee-m"]), "TEE-M")
    assert tee["note"] == "Size: M; Engraving: Bo; coupon TEN"
    assert (card["kind"], card["product_id"], card["variant_id"], card["sku"]) == ("gift_certificate", None, None, None)


@pytest.mark.parametrize("moves", [True, False])
def test_refunded_units_are_known_whether_or_not_a_refund_moves_the_order(store: Store, moves: bool) -> None:
    store.machine.switches["refund_moves_order"] = moves
    order = store.machine.place_order([("MUG-1", 3)])
    before = store.tables()
    store.machine.refund(order, {"MUG-1": 1})
    after = {**before, "order_refunds": store.read("order_refunds")}
    assert lines_of(store, order, tables=before)["1"]["refunded"] == 0
    assert lines_of(store, order, tables=after)["1"]["refunded"] == 1
    assert lines_of(store, order)["1"]["refunded"] == 1


# --- payments and refunds ----------------------------------------------------------------------------------------


def payments(store: Store, **how: Any) -> Rows:
    """Kind, method and amount of every payment, sorted."""
    found = store.rows("order_payments", **how)
    assert len({row["payment_id"] for row in found}) == len(found)
    return sorted((row["kind"], row["method"], row["amount"]) for row in found)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (("PayPal", "captured"), [("captured", "PayPal", 1250)]),
        (("Credit Card", "authorized"), [("authorized", "Credit Card", 1250)]),
        (("Bank Deposit", "pending"), [("authorized", "Bank Deposit", 1250)]),
        (("Swish by hand", "captured"), [("captured", "Swish by hand", 1250)]),
        (("Cash on Delivery", "none"), []),
    ],
)
def test_a_payment_says_whether_the_money_came(store: Store, payment: tuple[str, str], expected: list[Any]) -> None:
    store.machine.place_order([("MUG-1", 1)], payment=payment)
    assert payments(store) == expected


def test_a_captured_authorization_and_credit_are_payments_of_their_own(store: Store) -> None:
    order = store.machine.place_order(
        [("MUG-1", 1)], payment=("Credit Card", "authorized"), store_credit=2, gift_certificate=3
    )
    store.machine.capture(order)
    expected = [
        ("authorized", "Credit Card", 750), ("captured", "Credit Card", 750),
        ("credit", "Gift Certificate", 300), ("credit", "Store Credit", 200),
    ]  # fmt: skip
    assert payments(store) == expected

    def without_credit(record: dict[str, Any]) -> None:
        credit = ("store_credit", "gift_certificate")
        record["transactions"] = [one for one in record["transactions"] if one["method"] not in credit]

    assert payments(store, tables=changed(store, "order_details", without_credit)) == expected


def test_a_transaction_that_failed_or_is_in_another_currency_is_no_payment(store: Store) -> None:
    store.machine.place_order([("MUG-1", 1)])
    failed = changed(store, "order_details", lambda record: record["transactions"][0].update(status="error"))
    assert payments(store, tables=failed) == []
    other = changed(store, "order_details", lambda record: record["transactions"][0].update(currency="EUR"))
    (row,) = store.rows("order_payments", other)
    assert row["defects"] == ["amount: is in EUR, the order in USD"]
    strange = changed(store, "order_details", lambda record: record["transactions"][0].update(event="wish"))
    (row,) = store.rows("order_payments", strange)
    assert row["defects"] == ['kind: "wish" is not known']


@pytest.mark.parametrize("seed", [1, 2])
def test_the_parts_of_a_refund_add_up_to_it(store: Store, seed: int) -> None:
    draw = random.Random(seed)
    worth = {}
    for _ in range(30):
        order = basket(store, draw)
        lines = {line["id"]: line["quantity"] for line in store.machine.order(order)["lines"]}
        units = {id_: draw.randint(1, count) for id_, count in lines.items() if draw.random() < 0.7}
        refund = store.machine.refund(order, units or None)
        worth[str(refund)] = int(store.machine.book.order(order).refunds[0]["total_amount"] * 100)
    found: dict[str, Rows] = defaultdict(list)
    for row in store.rows("order_refunds"):
        found[row["refund_id"]].append(row)
    assert {id_: sum(row["amount"] for row in rows) for id_, rows in found.items()} == worth
    of_units = [row for rows in found.values() for row in rows if row["quantity"]]
    assert of_units
    assert all(row["amount"] >= 0 and row["line_id"] for row in of_units)


@pytest.mark.parametrize(
    ("total", "parts"),
    [
        ("37.50", [("1", 1250), ("2", 2100), (None, 400)]),
        ("33.50", [("1", 1250), ("2", 2100)]),
        ("20.00", [("1", 0), ("2", 0), (None, 2000)]),
    ],
    ids=["more than its units", "its units", "less than its units"],
)
def test_what_the_units_of_a_refund_do_not_come_to_is_of_no_line(store: Store, total: str, parts: list[Any]) -> None:
    order = store.machine.place_order([("MUG-1", 1), ("TEE-M", 1)], shipping=4)
    store.machine.refund(order, {"MUG-1": 1, "TEE-M": 1})
    rows = store.rows(
        "order_refunds", changed(store, "order_refunds", lambda record: record.update(total_amount=total))
    )
    assert sorted(((row["line_id"], row["amount"]) for row in rows), key=str) == sorted(parts, key=str)


def test_a_refund_of_an_amount_is_of_no_line_and_one_of_shipping_is_of_that(store: Store) -> None:
    order = store.machine.place_order([("MUG-1", 1)], shipping=4)
    store.machine.refund(order, amount=5)
    (row,) = store.rows("order_refunds")
    assert (row["line_id"], row["quantity"], row["amount"]) == (None, None, 500)
    of_shipping = changed(store, "order_refunds", lambda record: record["items"][0].update(item_type="SHIPPING"))
    assert [(row["line_id"], row["amount"]) for row in store.rows("order_refunds", of_shipping)] == [("shipping", 500)]


def test_a_refund_whose_payment_was_declined_is_none(store: Store) -> None:
    order = store.machine.place_order([("MUG-1", 2)])
    store.machine.switches["refund_declined"] = True
    store.machine.refund(order, {"MUG-1": 1})
    assert store.rows("order_refunds") == []
    assert lines_of(store, order)["1"]["refunded"] == 0


# --- orders ------------------------------------------------------------------------------------------------------


def at(minute: int) -> datetime:
    """A minute of the store's day, as canonical tables have it."""
    return datetime(2026, 3, 2, 9, minute)  # noqa: DTZ001


def test_times_are_utc_and_a_guest_has_no_account(store: Store) -> None:
    store.machine.place_order([("MUG-1", 1)], customer={"email": "ann@buyer.example", "first_name": "Ann"})
    store.machine.clock.advance(60)
    store.machine.place_order([("MUG-1", 1)])
    known, guest = sorted(store.rows("orders"), key=lambda row: str(row["order_id"]))
    assert known["ordered_at"] == at(30)
    assert (known["customer_id"], guest["customer_id"]) == ("1", None)
    assert guest["changed_at"] == at(31)
    offset = changed(store, "orders", lambda record: record.update(date_created="Mon, 2 Mar 2026 22:30:00 +1300"))
    assert {row["ordered_at"] for row in store.rows("orders", offset)} == {at(30)}


@pytest.mark.parametrize("places", [0, 2, 3])
def test_amounts_are_in_the_minor_units_of_the_store(store: Store, places: int) -> None:
    store.machine.set_store(decimal_places=places)
    store.machine.place_order([{"name": "Thing", "price": 7, "quantity": 2}], shipping=3)
    assert store.rows("orders")[0]["total"] == 17 * 10**places
    assert [row["total"] for row in store.rows("order_lines")] == [14 * 10**places, 3 * 10**places]


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ({"default_currency_code": "dollars"}, 'currency: "DOLLARS" is not a currency'),
        ({"default_currency_code": ""}, 'currency: "" is not a currency'),
        ({"total_inc_tax": "-1.0000"}, "total: -1.0000 is below 0"),
        ({"total_inc_tax": "much"}, 'total: "much" is not a number'),
        ({"total_tax": "-0.5000"}, "total_tax: -0.5000 is below 0"),
        ({"date_created": "yesterday"}, 'ordered_at: "yesterday" is not a moment'),
        ({"is_tax_inclusive_pricing": None}, 'prices_include_tax: "" is not true or false'),
        ({"status_id": None}, "status: is missing"),
    ],
)
def test_an_order_that_cannot_be_taken_says_why(store: Store, change: dict[str, Any], defect: str) -> None:
    store.machine.place_order([("MUG-1", 1)])
    (row,) = store.rows("orders", changed(store, "orders", lambda record: record.update(change)))
    assert row["defects"] == [defect]


def test_an_order_whose_lines_are_not_its_own_waits(store: Store) -> None:
    store.machine.place_order([("MUG-1", 1)])
    tables = store.tables()
    unread = {**tables, "order_details": tables["order_details"].slice(0, 0)}
    assert store.rows("orders", unread)[0]["defects"] == ["lines: are not read yet"]
    empty = changed(store, "order_details", lambda record: record.update(products=[]))
    assert store.rows("orders", empty)[0]["defects"] == ["lines: there are none"]
    other = changed(
        store, "order_details", lambda record: record.update(date_modified="Mon, 02 Mar 2026 09:30:01 +0000")
    )
    assert store.rows("orders", other)[0]["defects"] == ["lines: the order was changed while it was read"]


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ({"quantity": 0}, "quantity: 0 is not above 0"),
        ({"quantity": "many"}, 'quantity: "many" is not a number'),
        ({"discounted_total_inc_tax": "-2.0000"}, "total: is below 0"),
        ({"total_inc_tax": "-12.5000", "total_ex_tax": "-12.5000", "discounted_total_inc_tax": "-12.5000"},
         "total: is below 0 before discounts"),
        ({"applied_discounts": [{"amount": "-3.0000", "code": None}]},
         "discount: is below 0 (-3.0000, 12.5000 of 12.5000 is paid)"),
        ({"discounted_total_inc_tax": "99.0000"}, "discount: is below 0 (99.0000 of 12.5000 is paid)"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_taken_says_why(store: Store, change: dict[str, Any], defect: str) -> None:
    store.machine.place_order([("MUG-1", 1), ("TEE-M", 1)])

    def spoil(record: dict[str, Any]) -> None:
        record["products"][0] |= change

    bad, good = store.rows("order_lines", changed(store, "order_details", spoil))
    assert defect in bad["defects"]
    assert good["defects"] == []


def test_hostile_amounts_stop_nothing(store: Store) -> None:
    order = store.machine.place_order([("MUG-1", 1), ("TEE-M", 1)], discount=1, tax_rates=[("GST", 10)])
    store.machine.refund(order, {"MUG-1": 1})
    words = [
        "99999999999999.9999",
        "999999999999.9999",
        "1e400",
        "NaN",
        "Infinity",
        "-0.0000",
        "",
        None,
        [],
        {"a": 1},
        "0.00004",
        "１２",
    ]
    read = store.tables()
    for name in ("total_inc_tax", "total_ex_tax", "discounted_total_inc_tax", "quantity", "wrapping_cost_inc_tax"):
        for word in words:

            def spoil(record: dict[str, Any], name: str = name, word: Any = word) -> None:
                record["products"][0][name] = word

            tables = changed(store, "order_details", spoil, read)
            rows = store.rows("order_lines", tables)
            assert [row["defects"] for row in rows if row["sku"] == "TEE-M"] == [[]], (name, word)
            (refund,) = {row["refund_id"] for row in store.rows("order_refunds", tables)}
            assert refund == "1"
