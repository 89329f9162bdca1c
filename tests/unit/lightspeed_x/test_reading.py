"""Reading the till: no change is lost, no call is wasted, no id is made up."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.paging import split
from pipelines.kit.platform import Reading
from pipelines.platforms.lightspeed_x.extract import RESOURCES, VersionPaginator

if TYPE_CHECKING:
    import pyarrow as pa
    from conftest import Till

FEEDS = sorted(name for name, resource in RESOURCES.items() if resource.incremental)


def distinct(table: pa.Table) -> list[dict[str, Any]]:
    """The records in order, each once: a record on a page edge may be read twice."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return list({(row["id"], row["version"]): row for row in rows}.values())


@pytest.mark.parametrize("page_size", [1, 2, 3, 1000])
def test_the_page_size_loses_no_record(till: Till, page_size: int) -> None:
    whole, paged = till.tables(), till.tables(page_size)
    assert whole.keys() == paged.keys()
    for name, table in whole.items():
        assert table.num_rows > 0, name
        assert distinct(paged[name]) == table.to_pylist(), name


def test_levels_are_complete_however_many_pages_they_take(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = till.read(till.session(), "inventory").to_pylist()
    monkeypatch.setattr("pipelines.platforms.lightspeed_x.extract.LEVELS_PER_PAGE", 1)
    session = till.session()
    assert distinct(till.read(session, "inventory")) == whole
    assert len(whole) > 1


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_with_nothing_new_costs_one_call(till: Till, name: str) -> None:
    session = till.session()
    newest = max(till.read(session, name)["version"].to_pylist())
    till.calls(session)
    assert till.read(session, name, Reading(after=newest)).num_rows == 0
    assert len(till.calls(session)) == 1


def test_a_cursor_brings_exactly_what_changed_since(till: Till) -> None:
    session = till.session()
    newest = max(till.read(session, "products")["version"].to_pylist())
    till.machine.edit_product("M1", price="4")
    till.machine.delete("S2")
    changed = till.read(session, "products", Reading(after=newest)).to_pylist()
    found = {row["id"]: row["deleted_at"] is not None for row in changed}
    gone = {record.id for record in till.machine.till.products.items.values() if record.sku == "S2"}
    assert found[till.machine.product("M1").id] is False
    assert [found[key] for key in gone] == [True]


def test_levels_changed_since_the_cursor_are_read_oldest_first(till: Till) -> None:
    session = till.session()
    newest = max(till.read(session, "inventory")["version"].to_pylist())
    till.machine.sell("S1")
    (row,) = till.read(session, "inventory", Reading(after=newest)).to_pylist()
    assert row["id"] == f"{till.machine.product('S1').id}:{till.machine.outlet_id('Main Outlet')}"


def test_deleted_records_of_a_full_read_are_not_lost(till: Till) -> None:
    rows = till.read(till.session(), "products").to_pylist()
    assert sum(row["deleted_at"] is not None for row in rows) == 1


def test_numbers_keep_the_digits_the_till_sent(till: Till) -> None:
    mug = till.machine.product("M1").id
    session = till.session()
    fed = {row["id"]: row["record"] for row in till.read(session, "products").to_pylist()}
    (asked,) = till.read(session, "products", Reading(keys=[mug])).to_pylist()
    assert '"price_excluding_tax":3.02632,' in fed[mug]
    assert '"price_excluding_tax":3.02632,' in asked["record"]
    assert asked["version"] == till.machine.product("M1").version


def test_an_id_that_is_not_there_is_left_out_and_the_others_are_read(till: Till) -> None:
    mug = till.machine.product("M1").id
    rows = till.read(till.session(), "products", Reading(keys=["no-such-id", mug])).to_pylist()
    assert [row["id"] for row in rows] == [mug]


def test_the_retailer_is_one_row(till: Till) -> None:
    (row,) = till.read(till.session(), "retailer").to_pylist()
    assert row["id"] == till.machine.till.retailer["id"]


def test_categories_beyond_the_first_page_are_read(till: Till) -> None:
    for number in range(1500):
        till.machine.till.add_category(f"Category {number}", None)
    assert till.read(till.session(), "product_categories").num_rows == len(till.machine.till.categories) > 1000


def answer(text: str) -> requests.Response:
    """An answer with a body."""
    response = requests.Response()
    response.url = "https://till.example/api/2026-07/products?after=7"
    response._content = text.encode()
    return response


def test_a_list_that_stands_still_is_not_asked_for_ever() -> None:
    paginator = VersionPaginator(Reading(after=7), 200, lambda _request, _after: None)
    body = '{"data":[{"id":"a","version":7}]}'
    with pytest.raises(PlatformUnreachable) as caught:
        paginator.update_state(answer(body), split(body))
    assert caught.value.problems[0].code == "cursor_stuck"


@pytest.mark.parametrize("body", ["{}", '{"data":null}', '{"data":{}}', '{"products":[{"id":"a"}]}', "null", '"data"'])
def test_an_answer_of_another_shape_is_not_an_empty_list(body: str) -> None:
    paginator = VersionPaginator(Reading(after=7), 200, lambda _request, _after: None)
    with pytest.raises(PlatformUnreachable) as caught:
        paginator.update_state(answer(body), split(body))
    assert caught.value.problems[0].code == "broken_answer"


def test_the_last_page_of_a_feed_costs_no_call_more_than_its_end(till: Till) -> None:
    session = till.session(page_size=3)
    assert till.read(session, "products").num_rows == 5
    assert len(till.calls(session)) == 3


def test_what_a_sale_names_is_read_and_nobody_is_kept_with_it(till: Till) -> None:
    session = till.session(page_size=3)
    named = till.machine.till
    assert set(till.read(session, "taxes")["id"].to_pylist()) == set(named.taxes.items)
    assert set(till.read(session, "payment_types")["id"].to_pylist()) == set(named.payment_types.items)
    (own,) = till.read(session, "own_user").to_pylist()
    assert json.loads(own["record"]) == {"id": next(iter(named.users.items))}
    kept = {key for row in till.read(session, "payment_types").to_pylist() for key in json.loads(row["record"])}
    assert kept == {"id", "name", "version", "deleted_at"}


def test_another_token_is_another_user_and_no_second_one(till: Till) -> None:
    (before,) = till.read(till.session(), "own_user").to_pylist()
    first = next(iter(till.machine.till.users.items))
    other = dataclasses.replace(till.machine.till.users.items.pop(first), id="0c9f5d3e-0000-4000-8000-000000000001")
    till.machine.till.users.items[other.id] = other
    (after,) = till.read(till.session(), "own_user").to_pylist()
    assert after["id"] == before["id"]
    assert after["record"] != before["record"]
