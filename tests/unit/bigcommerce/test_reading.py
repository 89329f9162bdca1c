"""Reading the store: nothing is missed, nothing is read that was not asked for, no address is too long."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.platform import Reading
from pipelines.kit.sandbox import Response
from pipelines.platforms.bigcommerce import extract
from pipelines.platforms.bigcommerce.extract import IDS_PER_CALL, QUERY_LENGTH, RESOURCES, grouped

if TYPE_CHECKING:
    from conftest import Sent, Store


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "PAGE", 4)
    monkeypatch.setattr(extract, "STOCK_PAGE", 4)


def names(store: Store, reading: Reading | None = None) -> list[str]:
    """Ids of the products a reading brings, in its order, repeats too."""
    found: list[str] = store.read("products", reading)["id"].to_pylist()
    return found


def fill(store: Store, many: int) -> list[int]:
    """Simple products P0, P1 …; their ids."""
    return [store.machine.make_product(name=f"P{n}", price=n, sku=f"P-{n}").id for n in range(many)]


@pytest.mark.usefixtures("small_pages")
def test_every_product_is_read_whatever_the_pages(store: Store) -> None:
    fill(store, 10)
    assert sorted(names(store), key=int) == [str(id_) for id_ in store.machine.store.product_ids]
    assert len(store.wire.sent) == 4


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("deleted", [1, 4, 9])
@pytest.mark.parametrize("at_call", [2, 3, 5])
def test_a_product_is_not_missed_when_others_are_deleted_meanwhile(store: Store, deleted: int, at_call: int) -> None:
    fill(store, 20)
    everyone = list(store.machine.store.product_ids)

    def delete(_: Sent) -> None:
        if len(store.wire.sent) == at_call:
            for id_ in everyone[:deleted]:
                store.machine.delete_product(id_)

    store.wire.before = delete
    read = set(names(store))
    assert {str(id_) for id_ in everyone[deleted:]} <= read


def answers(store: Store, change: Callable[[Any, dict[str, Any]], None]) -> None:
    """From now on what the store answers to a list is changed first; ``change`` gets the request and the body."""
    handle = store.machine.handle

    def changed(request: Any) -> Response:
        answer = handle(request)
        body = json.loads(answer.body) if answer.body else {}
        if "meta" in body:
            change(request, body)
            return Response(answer.status, answer.headers, json.dumps(body).encode())
        return answer

    store.machine.handle = changed  # type: ignore[method-assign]


LISTS = ("products", "inventory")


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_list_that_ends_before_its_total_is_read_again_and_then_does_not_pass_for_whole(
    store: Store, name: str, times: int
) -> None:
    fill(store, 5)
    whole, left = set(store.read(name)["id"].to_pylist()), [times]

    def shorten(_: Any, body: dict[str, Any]) -> None:
        pages = body["meta"]["pagination"]
        if left[0] and pages["current_page"] == pages["total_pages"]:
            left[0], body["data"] = left[0] - 1, body["data"][1:]

    answers(store, shorten)
    reading = Reading()
    found = set(store.read(name, reading)["id"].to_pylist())
    assert bool(reading.doubts) is (times == 2)
    assert (found == whole) is (times == 1)


@pytest.mark.usefixtures("small_pages")
def test_records_lost_from_the_middle_of_a_list_are_not_passed_over(store: Store) -> None:
    fill(store, 10)
    left = [1]

    def lose(_: Any, body: dict[str, Any]) -> None:
        if left[0] and body["meta"]["pagination"]["total_pages"] > 1:
            left[0], body["data"] = 0, body["data"][1:]

    answers(store, lose)
    assert {int(name) for name in names(store)} == set(store.machine.store.product_ids)


@pytest.mark.usefixtures("small_pages")
def test_a_product_is_not_missed_though_one_was_deleted_and_another_made_before_the_next_page(store: Store) -> None:
    fill(store, 20)
    everyone = list(store.machine.store.product_ids)

    def swap(_: Sent) -> None:
        if len(store.wire.sent) in (2, 3):
            store.machine.delete_product(everyone[len(store.wire.sent) - 2])
            store.machine.make_product(name=f"New {len(store.wire.sent)}", price=1)

    store.wire.before = swap
    reading = Reading()
    found = {int(name) for name in names(store, reading)}
    assert set(store.machine.store.product_ids) <= found
    assert reading.doubts == []


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("name", LISTS)
def test_a_store_that_always_answers_its_first_page_is_not_read_for_ever(store: Store, name: str) -> None:
    fill(store, 10)
    store.machine.switches["list_wrong"] = "repeat"
    with pytest.raises(PlatformUnreachable, match=r"/products: \d+ came|/items: page 1 came"):
        store.read(name)
    assert len(store.wire.sent) == 2


@pytest.mark.parametrize("name", LISTS)
def test_a_total_that_is_never_reached_ends_the_read_in_doubt(store: Store, name: str) -> None:
    store.machine.switches["list_wrong"] = "total"
    reading = Reading()
    assert store.read(name, reading).num_rows > 0
    assert len(reading.doubts) == 1
    assert len(store.wire.sent) == 2


def test_where_a_filter_is_ignored_what_was_asked_for_is_still_read(store: Store, ids: dict[str, int]) -> None:
    store.machine.switches["list_wrong"] = "unfiltered"
    assert str(ids["mug"]) in names(store, Reading(keys=[str(ids["mug"])]))


@pytest.mark.usefixtures("small_pages")
def test_a_page_that_comes_again_under_every_number_ends_the_read_and_names_the_list(store: Store) -> None:
    def again(_: Any, body: dict[str, Any]) -> None:
        body["data"] = [{"identity": {"variant_id": n}} for n in range(4)]
        body["meta"]["pagination"] |= {"total_pages": 10**6, "total": 4 * 10**6}

    answers(store, again)
    with pytest.raises(PlatformUnreachable, match="/v3/inventory/items: page 2 is page 1 once more"):
        store.read("inventory")


@pytest.mark.invariant("I-38")
@pytest.mark.usefixtures("small_pages")
def test_a_next_link_to_another_host_is_never_followed(store: Store) -> None:
    fill(store, 10)

    def elsewhere(_: Any, body: dict[str, Any]) -> None:
        body["meta"]["pagination"]["links"]["next"] = "http://elsewhere.invalid/?page=2"

    answers(store, elsewhere)
    for name in LISTS:
        assert store.read(name).num_rows >= 10
    assert all(sent.path.startswith("/v3/") for sent in store.wire.sent)


def test_records_asked_for_one_by_one_are_only_those_that_are_there(store: Store, ids: dict[str, int]) -> None:
    prove = RESOURCES["products"].prove
    assert prove is not None
    (table,) = prove(store.session, Reading(keys=[str(ids["mug"]), "999999"]))
    (listed,) = [row for row in store.read("products").to_pylist() if row["id"] == str(ids["mug"])]
    assert table.to_pylist() == [listed]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("many", [0, 3, 4, 5, 9])
def test_a_list_without_totals_ends_on_a_short_page(store: Store, many: int) -> None:
    store.machine.store.brands = {n: {"id": n, "name": f"B{n}"} for n in range(1, many + 1)}
    handle = store.machine.handle

    def bare(request: Any) -> Response:
        answer = handle(request)
        return Response(answer.status, answer.headers, answer.body.partition(b',"meta"')[0] + b"}")

    store.machine.handle = bare  # type: ignore[method-assign]
    assert store.read("brands").num_rows == many


def test_an_empty_store_is_read_without_error(store: Store) -> None:
    for id_ in list(store.machine.store.product_ids):
        store.machine.delete_product(id_)
    for name in ("products", "brands", "inventory"):
        assert store.read(name).num_rows == 0


def test_ids_are_asked_for_in_lists_and_only_those_come(store: Store) -> None:
    made = [str(id_) for id_ in fill(store, 150)]
    assert sorted(names(store, Reading(keys=made))) == sorted(made)
    assert len(store.wire.sent) == 2


def test_reading_no_ids_calls_nothing(store: Store) -> None:
    assert names(store, Reading(keys=[])) == []
    assert store.read("inventory", Reading(keys=[])).num_rows == 0
    assert store.wire.sent == []


def test_a_sku_is_found_on_a_product_and_on_a_variant_and_read_once(store: Store, ids: dict[str, int]) -> None:
    found = names(store, Reading(skus=["MUG-1", "TEE-S", "TEE-M", "NOT-THERE"]))
    assert sorted(found) == sorted([str(ids["mug"]), str(ids["tee"])])


def test_a_sku_is_found_in_another_case(store: Store, ids: dict[str, int]) -> None:
    assert names(store, Reading(skus=["tee-s"])) == [str(ids["tee"])]


def test_a_product_asked_for_by_id_and_by_sku_comes_once(store: Store, ids: dict[str, int]) -> None:
    assert names(store, Reading(keys=[str(ids["tee"])], skus=["TEE-S"])) == [str(ids["tee"])]


def test_a_sku_with_a_comma_is_not_taken_for_two(store: Store) -> None:
    simple = store.machine.make_product(name="Comma", price=1, sku="A,B")
    family = store.machine.make_product(name="Family", price=1, variants=[store.variant("C,D", "S")])
    store.machine.make_product(name="Other", price=1, sku="A")
    assert sorted(names(store, Reading(skus=["A,B", "C,D"]))) == sorted([str(simple.id), str(family.id)])


def test_one_sku_more_costs_no_call_of_its_own(store: Store) -> None:
    names(store, Reading(skus=[f"NEW-{n}" for n in range(80)]))
    assert len(store.wire.sent) == 2


@given(st.lists(st.text(min_size=1, max_size=255), max_size=300))
def test_no_address_is_too_long_and_no_value_is_left_out(values: list[str]) -> None:
    plain = [value.replace(",", ";") for value in values if value.isprintable()]
    groups = list(grouped(plain))
    assert [part for group in groups for part in group.split(",")] == plain
    for group in groups:
        assert len(group.split(",")) <= IDS_PER_CALL
        assert len(group.split(",")) == 1 or len(group.encode()) <= QUERY_LENGTH


def test_what_is_asked_for_arrives_as_it_was_meant(store: Store) -> None:
    awkward = "50% & more = ü+#?/"
    product = store.machine.make_product(name="Awkward", price=1, sku=awkward)
    assert names(store, Reading(skus=[awkward])) == [str(product.id)]
    assert "%" in store.wire.sent[0].query
    assert awkward not in unquote(store.wire.sent[0].path)


def test_levels_are_read_by_variant(store: Store, ids: dict[str, int]) -> None:
    found = store.read("inventory", Reading(keys=[str(ids["tee-m"]), str(ids["mug-1"])]))
    assert sorted(found["id"].to_pylist()) == sorted([str(ids["tee-m"]), str(ids["mug-1"])])


def levels_of_all(store: Store, many: int) -> list[str]:
    """The items of products P0, P1 …."""
    fill(store, many)
    found: list[str] = store.read("inventory")["id"].to_pylist()
    store.wire.sent.clear()
    return found


@pytest.fixture
def few_ids(monkeypatch: pytest.MonkeyPatch, small_pages: None) -> None:
    monkeypatch.setattr(extract, "IDS_PER_CALL", 1)
    monkeypatch.setattr(extract, "MANY_CALLS", 6)


@pytest.mark.usefixtures("few_ids")
def test_many_levels_cost_no_more_calls_than_the_whole_list_has_pages(store: Store) -> None:
    items = levels_of_all(store, 12)
    asked = [items[10], items[1], *items[3:9]]
    found = store.read("inventory", Reading(keys=asked))["id"].to_pylist()
    assert sorted(found) == sorted(asked)
    assert len(store.wire.sent) == -(-len(items) // 4)


@pytest.mark.usefixtures("few_ids")
@pytest.mark.parametrize(("asked", "calls"), [(5, 5), (6, 1 + 6), (9, 1 + 9)])
def test_some_levels_of_a_long_list_are_asked_for_by_id(store: Store, asked: int, calls: int) -> None:
    items = levels_of_all(store, 60)
    found = store.read("inventory", Reading(keys=items[-asked:]))["id"].to_pylist()
    assert sorted(found) == sorted(items[-asked:])
    assert len(store.wire.sent) == calls


@pytest.mark.usefixtures("few_ids")
def test_a_level_that_slips_past_the_pages_is_asked_for_by_id(store: Store) -> None:
    items = levels_of_all(store, 16)

    def shift(_: Sent) -> None:
        if len(store.wire.sent) == 2:
            store.machine.delete_product(store.machine.store.product_ids[0])
            store.machine.make_product(name="Late", price=1, sku="LATE")

    store.wire.before = shift
    found = store.read("inventory", Reading(keys=items[4:]))["id"].to_pylist()
    assert sorted(found) == sorted(items[4:])
    assert [sent.query for sent in store.wire.sent if "variant_id" in sent.query] != []


@pytest.mark.usefixtures("few_ids")
def test_what_the_list_does_not_show_is_proved_by_its_id(store: Store) -> None:
    items = levels_of_all(store, 12)
    prove = RESOURCES["inventory"].prove
    assert prove is not None
    found = [key for table in prove(store.session, Reading(keys=items[:8])) for key in table["id"].to_pylist()]
    assert sorted(found) == sorted(items[:8])
    assert all("variant_id" in sent.query for sent in store.wire.sent)


def test_an_item_that_names_no_variant_is_not_lost(store: Store, ids: dict[str, int]) -> None:
    store.machine.edit_product(ids["tee"], inventory_tracking="product")
    assert f"product:{ids['tee']}" in store.read("inventory")["id"].to_pylist()


def test_no_read_asks_for_options_or_modifiers_of_the_whole_catalogue(store: Store) -> None:
    store.tables()
    asked = unquote("&".join(sent.query for sent in store.wire.sent))
    assert "options" not in asked
    assert "modifiers" not in asked
    assert {sent.method for sent in store.wire.sent} == {"GET"}
