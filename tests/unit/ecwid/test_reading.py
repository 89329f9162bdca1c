"""What is read of an eCom store: whole whatever moves, within its limit, and only what is needed of people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.kit import exact_json
from pipelines.kit.errors import CredentialsRefused
from pipelines.kit.http import Answer
from pipelines.kit.platform import Reading
from pipelines.language.quality import suites, view
from pipelines.platforms.ecwid.pages import OffsetPaginator
from pipelines.stages.validate import judge
from tests.sim import seams
from tests.unit.ecwid.conftest import Store


def make(store: Store, count: int) -> list[int]:
    """So many products, oldest first: their ids."""
    return [store.machine.make_product(name=f"Mug {n}", sku=f"MUG-{n}", price=1).id for n in range(count)]


def after_first_page(store: Store, act: Any) -> None:
    """Do something to the store once, between the first page and the second."""
    seen: list[str] = []

    def trouble(method: str, path: str) -> None:
        if (method, path) == ("GET", "/products"):
            seen.append(path)
            if len(seen) == 2:
                act()

    store.wire.trouble = trouble


def test_a_product_deleted_while_the_list_is_read_hides_no_other(store: Store) -> None:
    ids = make(store, 230)
    after_first_page(store, lambda: [store.machine.delete_product(key) for key in ids[:3]])
    reading = Reading()
    found = set(store.read("products", reading)["id"].to_pylist())
    assert {str(key) for key in ids[3:]} <= found
    assert reading.doubts == []


def test_a_list_that_ends_before_its_total_is_in_doubt(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make(store, 3)
    facts = OffsetPaginator.facts
    monkeypatch.setattr(OffsetPaginator, "facts", lambda own, content: {**facts(own, content), "total": 5})
    reading = Reading()
    store.read("products", reading)
    assert reading.doubts == ["the list ended after 3 of 5 records"]


def test_products_are_asked_for_by_id_as_they_are_now_and_by_sku_of_a_variation(store: Store) -> None:
    ids = make(store, 3)
    tee = store.machine.make_product(
        name="Tee", sku="TEE", price=1, options=[{"type": "SELECT", "name": "Size", "choices": [{"text": "S"}]}],
        combinations=[{"sku": "TEE-S", "options": [{"name": "Size", "value": "S"}]}],
    )  # fmt: skip
    store.machine.clock.advance(5)
    store.machine.edit_product(ids[0], name="Beaker")
    found = store.read("products", Reading(keys=[str(ids[0]), "999"], skus=["TEE-S", "MUG-0"]))
    assert found["id"].to_pylist() == [str(ids[0]), str(tee.id)]
    assert '"Beaker"' in found["record"][0].as_py()


def test_no_more_calls_are_sent_than_the_store_allows(store: Store) -> None:
    make(store, 1)
    store.machine.quota = (600, 60.0)
    for _ in range(1300):
        store.session.call("GET", "/categories")
    counts = store.session.context.of("ecwid")
    assert (counts.throttled, counts.reads) == (0, 1300)


def test_a_wrong_token_stops_at_once_and_names_its_variable(store: Store) -> None:
    store.machine.token = "secret_other"
    with pytest.raises(CredentialsRefused, match="STORE_TOKEN"):
        store.read("profile")
    assert len(store.wire.sent) == 1


def test_of_the_profile_nothing_about_its_owner_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {
        "generalInfo": {"storeId": 1003}, "account": {"accountEmail": "owner@owner.example"},
        "company": {"countryCode": "GB", "email": "owner@owner.example", "phone": "555"},
        "formatsAndUnits": {"currency": "GBP"},
        "payment": {"paymentOptions": [{"enabled": True, "instructionsForCustomer": {"instructions": "call 555"}}]},
    }  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(store.session, "call", lambda *_, **__: Answer(200, {}, exact_json.dumps(whole)))
        (text,) = store.read("profile")["record"].to_pylist()
    assert "owner" not in text
    assert "555" not in text
    assert '"GBP"' in text
    (account,) = store.rows("account")
    assert (account["decimal_places"], account["defects"]) == (2, [])


@pytest.mark.rule("S003-57")
def test_a_store_without_a_way_to_pay_says_so(store: Store) -> None:
    assert store.rows("account")[0]["takes_payments"] is True
    store.machine.set_store("payment", paymentOptions=[{"id": "1", "enabled": False, "configured": True}])
    account = store.rows("account")
    assert account[0]["takes_payments"] is False
    suite = suites()["payments"]
    con = duckdb.connect()
    told = []
    for taken in (False, None, True):
        row = [{"name": "Shop", "takes_payments": taken}]
        con.register(
            "target_account", pa.Table.from_pylist(row, schema=pa.schema({"name": "str", "takes_payments": "bool"}))
        )
        shown = con.execute(view(suite.view).read_text(encoding="utf-8")).to_arrow_table()
        (judged,) = judge("payments", suite, shown, {}, seams.evaluate)
        told.append(judged.check.examples)
    assert told == [["Shop: no way to pay is switched on, so nobody can buy there"], [], []]


def test_a_level_that_is_not_counted_is_no_level_and_a_variation_without_sku_has_none(store: Store) -> None:
    store.machine.make_product(name="Card", sku="CARD", price=1, unlimited=True)
    store.machine.make_product(name="Mug", sku="MUG", price=1, quantity=-2, unlimited=False)
    store.machine.make_product(
        name="Tee", sku="TEE", price=2, quantity=9, unlimited=False,
        options=[{"type": "SELECT", "name": "Size", "choices": [{"text": "S"}, {"text": "M"}]}],
        combinations=[
            {"sku": "TEE-S", "quantity": 4, "unlimited": False, "options": [{"name": "Size", "value": "S"}]},
            {"options": [{"name": "Size", "value": "M"}]},
        ],
    )  # fmt: skip
    levels = [(row["tracked"], row["on_hand"]) for row in store.rows("stock")]
    assert sorted(levels, key=str) == [(False, None), (False, None), (True, Decimal(-2)), (True, Decimal(4))]
    variants = {tuple(row["option_values"]): (row["sku"], row["price"]) for row in store.rows("variants")}
    assert variants["S",] == ("TEE-S", Decimal(200))
    assert variants["M",] == (None, Decimal(200))


def test_an_order_keeps_who_bought_and_nothing_of_their_machine(store: Store) -> None:
    make(store, 1)
    key = store.machine.place_order(
        [("MUG-0", 3)], {"email": "paula@buyer.example", "name": "Paula de Buyer"}, shipping="5", discount="1.00",
        tax_rates=[("VAT", "20")], tax_inclusive=False, plain={"ipAddress": "192.0.2.9"},
    )  # fmt: skip
    assert "192.0.2.9" not in store.read("orders")["record"][0].as_py()
    (order,), lines = store.rows("orders"), store.rows("order_lines")
    assert (order["number"], order["status"], order["first_name"], order["last_name"]) == (
        key, "PAID/AWAITING_PROCESSING", "Paula", "de Buyer",
    )  # fmt: skip
    assert order["total"] == sum(line["total"] for line in lines) == Decimal(740)
    assert order["total_tax"] == sum(line["tax"] for line in lines) == Decimal(40)
    assert [(line["kind"], line["total"], line["discount"]) for line in lines] == [
        ("item", Decimal(240), Decimal(100)),
        ("shipping", Decimal(500), Decimal(0)),
    ]
    assert order["defects"] == []


@pytest.mark.invariant("I-36")
def test_of_a_customer_the_word_on_offers_is_read_and_nothing_of_who_they_are(store: Store) -> None:
    for name, word in (("ann", False), ("bea", True), ("cy", None)):
        said = {} if word is None else {"acceptMarketing": word}
        store.machine.make_customer(email=f"{name}@buyer.example", billingPerson={"name": "Paula Buyer"}, **said)
    keys = [str(key) for key in store.machine.book.customers]
    found = store.read("customers")
    for record in found["record"].to_pylist():
        assert exact_json.loads(record).keys() <= {"id", "acceptMarketing", "updated"}
    assert found["version"].to_pylist() == [int(store.machine.clock.now().timestamp())] * 3
    assert [row["accepts_marketing"] for row in store.rows("customers")] == [False, True, None]
    store.machine.clock.advance(3600)
    store.machine.change_customer(store.machine.book.customer(keys[1]), {"acceptMarketing": False})
    version = found["version"][0].as_py()
    assert store.read("customers", Reading(after=version + 400))["id"].to_pylist() == [keys[1]]
    assert store.read("customers", Reading(keys=[*keys, "1"]))["id"].to_pylist() == keys


@pytest.mark.invariant("I-28")
def test_a_deletion_that_was_listed_late_or_at_the_very_moment_is_read(store: Store) -> None:
    early, late, now = make(store, 3)
    clock = store.machine.clock
    store.machine.delete_product(early)
    clock.advance(86_400)
    store.machine.delete_product(late)
    clock.advance(3600)
    since = clock.now()
    store.machine.delete_product(now)
    assert store.read("deleted_products", Reading(since=since))["id"].to_pylist() == [str(late), str(now)]
    (sent,) = [sent for sent in store.wire.sent if sent.path == "/products/deleted"]
    assert "limit=100" in sent.query
    clock.advance(86_400)
    assert store.read("deleted_products", Reading(since=clock.now()))["id"].to_pylist() == [str(now)]
