"""What is known of buyers goes when nothing needs it, or when one of them asks, and does not come back (I-36)."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from pipelines.kit.warehouse import open_warehouse
from pipelines.stages import requests
from tests.flows.conftest import CONNECTION
from tests.flows.selling import ALL, PAID, sales

WAYS = ("Canary Lane 17", "Paula Canary", "a canary note")


def buy(world: Any, email: str) -> int:
    customer = {"email": email, "first_name": WAYS[1], "street_1": WAYS[0], "phone": "555-canary"}
    number: int = world.store.place_order(
        [{"sku": "MUG-1", "quantity": 1, "wrapping": {"cost": 1, "message": WAYS[2]}}],
        customer=customer, plain={"customer_message": WAYS[2]}, **PAID,
    )  # fmt: skip
    return number


def named(world: Any, *words: str) -> set[str]:
    """The columns of the warehouse in which one of these words stands."""
    found = set()
    with duckdb.connect(str(world.home / "shop" / "warehouse.duckdb"), read_only=True) as con:
        columns = con.execute(
            "SELECT table_schema, table_name, column_name"
            " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_type = 'BASE TABLE' AND data_type NOT IN ('BIGINT', 'UBIGINT', 'BOOLEAN', 'INTEGER')"
        )
        for schema, table, column in columns.fetchall():
            texts = con.execute(f'SELECT CAST("{column}" AS VARCHAR) FROM "{schema}"."{table}"').fetchall()  # noqa: S608
            found |= {f"{table}.{column}" for (text,) in texts for word in words if word in (text or "")}
    return found


@pytest.mark.invariant("I-36")
def test_buyers_of_orders_settled_long_ago_are_let_go_and_do_not_come_back(shop: Any) -> None:
    buy(shop, "paula@canary.example")
    shop.sync(only=ALL)
    assert {"bigcommerce_orders.email", "bigcommerce_orders_raw.record"} <= named(shop, "paula@canary.example", *WAYS)
    shop.wait(91 * 86_400)
    shop.sync(only=ALL)
    assert named(shop, "paula@canary.example", "555-canary", *WAYS) == set()
    before = sales(shop)
    told = shop.sync(only=ALL, full=True)
    assert named(shop, "paula@canary.example", "555-canary", *WAYS) == set()
    assert (sales(shop), told["entities"]["orders"]["unchanged"]) == (before, 1)


@pytest.mark.invariant("I-36")
def test_a_buyer_who_asks_is_let_go_at_once_and_nobody_else(shop: Any) -> None:
    first = buy(shop, "Paula@canary.example")
    buy(shop, "other@buyer.example")
    shop.sync(only=ALL)
    with closing(open_warehouse(shop.home / "shop", "test", shop.wait)) as house:
        (gone,) = requests.act(house, "people forget", CONNECTION, now=datetime.now(UTC), email=" paula@Canary.example")
    assert gone == {"orders": 1}
    assert named(shop, "aula@canary.example") == set()
    assert "bigcommerce_orders.email" in named(shop, "other@buyer.example")
    journal = (shop.home / "shop" / "journal.jsonl").read_text(encoding="utf-8")
    assert "canary" not in journal.casefold()
    shop.store.touch_order(first)
    shop.wait(3600)
    for _ in range(2):
        shop.sync(only=ALL)
    assert named(shop, "aula@canary.example") == set()
    assert len(sales(shop)) == 2
