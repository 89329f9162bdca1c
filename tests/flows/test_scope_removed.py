"""A scope that was taken away is named, and stops what needs it: levels and products go on, nothing is sold twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from pipelines.kit.errors import CredentialsRefused
from tests.flows.conftest import CAP, MUG
from tests.flows.selling import ALL, PAID, sales


@dataclass
class WithoutScope(requests.adapters.BaseAdapter):
    """A transport to a platform that refuses every call to paths that hold a word."""

    real: Any
    word: str

    def send(self, request: Any, *rest: Any, **kwargs: Any) -> Any:
        """Pass a call on, or answer 403."""
        if self.word not in request.url:
            return self.real.send(request, *rest, **kwargs)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 403, request.url, request
        answer._content = b'{"status": 403, "title": "scope"}'
        answer.headers["Content-Type"] = "application/json"
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def shop(make_world: Callable[..., Any]) -> Any:
    """A shop whose orders flow."""
    world = make_world(MUG, CAP, connected_on="2026-03-01")
    world.begin(ALL)
    return world


def without(shop: Any, platform: str, word: str) -> None:
    shop.adapters[platform] = WithoutScope(shop.adapters[platform], word)


@pytest.mark.parametrize(("platform", "word"), [("bigcommerce", "/orders"), ("lightspeed_x", "/sales")])
def test_orders_that_cannot_be_read_keep_no_level_of_the_till_from_the_store_and_free_no_unit(
    shop: Any, platform: str, word: str
) -> None:
    shop.store.place_order([("MUG-1", 1)], "jane@buyer.example", **PAID)
    shop.sync(only=ALL)
    real = shop.adapters[platform]
    without(shop, platform, word)
    shop.store.place_order([("MUG-1", 2)], "joe@buyer.example", **PAID)
    shop.till.sell("CAP-1", 1)
    shop.till.edit_product("MUG-1", name="Beaker")
    for _ in range(3):
        told = shop.sync(only=ALL, full=True, yes=True)
        assert [(one["check"], one["records"]) for one in told["warnings"] if one["check"] == "orders_not_read"] == [
            ("orders_not_read", 1)
        ]
        assert [shop.store.level(sku) for sku in ("MUG-1", "CAP-1")] == [9, 2]
    assert shop.rows("SELECT exit_code FROM sync.runs ORDER BY started_at DESC LIMIT 1") == [{"exit_code": 1}]
    assert shop.store.product_by_sku("MUG-1")["name"] == "Beaker"
    assert len(sales(shop)) == 1
    shop.adapters[platform] = real
    for _ in range(2):
        shop.sync(only=ALL)
    assert len(sales(shop)) == 2
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (9, 9)


EVERYTHING = [("bigcommerce", ""), ("lightspeed_x", ""), ("lightspeed_x", "/products")]


@pytest.mark.parametrize(("platform", "word"), EVERYTHING)
def test_a_token_that_reads_nothing_any_more_ends_the_run(shop: Any, platform: str, word: str) -> None:
    without(shop, platform, word)
    shop.forget()
    with pytest.raises(CredentialsRefused):
        shop.sync(only=ALL, full=True)
    assert shop.sent() == []
