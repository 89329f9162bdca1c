"""A client that somebody else wrote lists, reads and updates through the Ecwid sandbox, over a real socket.

It shares no belief with ours: it shows its token in the address, and its default parameters leak from call to call
(fact sheet §12), so each test starts with them empty. Its answers are held to the document; its requests carry stray
parameters, which the store does not mind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from pipelines.kit.sandbox import serve
from pipelines.platforms.ecwid.sandbox import EcwidSandbox, create

pyecwid = pytest.importorskip("pyecwid", reason="pyecwid is not installed")


@pytest.fixture
def store() -> EcwidSandbox:
    made = create(token="secret_t")
    made.switches["stock_lag"] = 0.0
    for number in range(120):
        made.make_product(name=f"Cup {number}", sku=f"CUP-{number}", price=8, quantity=20)
    return made


@pytest.fixture
def client(
    store: EcwidSandbox, validated: Callable[..., BaseAdapter], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    with serve(store) as running:
        judge = validated(store, running.url, over=HTTPAdapter(), hostile=True)
        monkeypatch.setattr(requests.Session, "get_adapter", lambda _self, **_how: judge)
        made = pyecwid.Ecwid("secret_t", 1003, base_url=f"{running.url}/api/v3/{{0}}/")
        type(made.api).get_request.__defaults__[0].clear()
        yield made


def test_it_lists_every_product_page_by_page(client: Any) -> None:
    rows = client.products.get()
    assert {one["sku"] for one in rows} == {f"CUP-{number}" for number in range(120)}


def test_it_makes_changes_and_removes_a_product(client: Any, store: EcwidSandbox) -> None:
    made = client.products.add({"sku": "JUG", "name": "Jug", "price": 30, "quantity": 4})
    client.products.update(made, {"price": 31.5})
    shown = client.products.get_by_id(made)
    assert (shown["price"], shown["quantity"], shown["unlimited"]) == (31.5, 4, False)
    client.products.delete(made)
    assert made not in store.shelves.products


def test_its_delta_goes_below_0_with_a_warning(client: Any, store: EcwidSandbox) -> None:
    cup = store.find_sku("CUP-7")[0].id
    answer = client.api.put_request(f"products/{cup}/inventory", {"quantityDelta": -25}).json()
    assert (answer, store.level("CUP-7")) == ({"updateCount": 1, "warning": "Product has negative stock."}, -5)


def test_it_finds_a_customer_and_reads_orders(client: Any, store: EcwidSandbox) -> None:
    order = store.place_order([("CUP-1", 2)], "kim@buyer.example")
    made = client.customers.add({"email": "ann@buyer.example", "billingPerson": {"name": "Ann Bee"}})
    assert client.customers.get_by_id(made)["name"] == "Ann Bee"
    assert [one["id"] for one in client.orders.get()] == [order]
    assert client.orders.get_by_id(store.order(order)["internalId"])["email"] == "kim@buyer.example"
