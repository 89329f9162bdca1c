"""One odd record breaks no reading of the others; what cannot be read is a defect that names itself, never a guess."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.kit.paging import RAW_SCHEMA
from pipelines.language.canonical import canonical_columns
from pipelines.platforms.ecwid import PLATFORM
from pipelines.platforms.ecwid.extract import RESOURCES

CASES = PLATFORM.folder / "cases"
SYSTEM = ["version", "deleted_at", "defects"]
SOUND = {"id": 999_999, "name": "Sound", "sku": "SOUND", "price": 5, "enabled": True, "unlimited": False, "quantity": 4}
PRODUCTS = ("products", "variants", "images", "stock")
ORDERS = ("orders", "order_lines", "order_payments", "order_refunds")


class Exact(float):
    """A number that is written as it was read."""

    def __new__(cls, text: str) -> Exact:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def held(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"), parse_float=Exact)


def tables(**records: list[Any]) -> dict[str, pa.Table]:
    """Raw tables: the account's facts, and these records by resource."""
    ordinary = {
        "profile": [{"id": 1003, **held("profile_ordinary")}],
        "categories": held("categories_ordinary")["items"],
    }
    found = {}
    for name in RESOURCES:
        rows = [
            {"id": None if one.get("id") is None else str(one["id"]), "version": None, "deleted_at": None,
             "record": json.dumps(one)}
            for one in {**ordinary, **records}.get(name, [])
        ]  # fmt: skip
        found[name] = pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
    return found


def rows(entity: str, raw: dict[str, pa.Table]) -> list[dict[str, Any]]:
    """The canonical rows of an entity out of raw tables."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for name, table in raw.items():
        con.register("page", table)
        con.execute(
            f"CREATE TABLE ecwid_{name}_raw AS SELECT * EXCLUDE (record),"  # noqa: S608
            " CAST(record AS JSON) AS record, CAST(1 AS BIGINT) AS seq FROM page"
        )
    text = (PLATFORM.folder / "harmonize" / f"{entity}.sql").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = con.execute(text).to_arrow_table().to_pylist()
    return found


def odd(name: str, own: str) -> dict[str, Any]:
    """The hostile records of a file by id: each gets one of its own, but those whose id is what is odd."""
    found = {}
    for number, entry in enumerate(held(name)):
        record = {**entry["record"]}
        if not entry["name"].startswith("id "):
            record["id"] = f"{own}{number}" if own else 1000 + number
            record |= {"internalId": 1000 + number} if own else {}
        found[str(record["id"])] = (entry["name"], record)
    return found


@pytest.fixture(scope="module")
def products() -> dict[str, list[dict[str, Any]]]:
    """Canonical rows of all odd products and a sound one, by entity."""
    raw = tables(products=[*(record for _, record in odd("products_hostile", "").values()), SOUND])
    return {entity: rows(entity, raw) for entity in PRODUCTS}


@pytest.fixture(scope="module")
def orders() -> dict[str, list[dict[str, Any]]]:
    """Canonical rows of all odd orders and a sound one, by entity."""
    sound = {**held("orders_ordinary")["items"][-1], "id": "SOUND", "internalId": 999_999}
    raw = tables(orders=[*(record for _, record in odd("orders_hostile", "O").values()), sound], products=[SOUND])
    return {entity: rows(entity, raw) for entity in ORDERS}


def named(found: list[dict[str, Any]], key: str, cases: dict[str, Any]) -> dict[str, list[str]]:
    """The defects of rows, by the name of their case."""
    told: dict[str, list[str]] = {}
    for row in found:
        name = cases.get(str(row[key]).partition(":")[0], ("sound",))[0]
        told.setdefault(name, []).extend(defect.partition(":")[0] for defect in row["defects"])
    return told


@pytest.mark.parametrize("entity", PRODUCTS)
def test_odd_products_do_not_break_the_reading_of_a_sound_one(products: Any, entity: str) -> None:
    columns = [name for name, _ in canonical_columns(entity)] + SYSTEM
    assert all(list(row) == columns for row in products[entity])
    (sound,) = [row for row in products["variants"] if row["product_id"] == "999999"]
    (level,) = [row for row in products["stock"] if row["variant_id"] == sound["variant_id"]]
    assert (sound["sku"], sound["defects"], level["on_hand"], level["defects"]) == ("SOUND", [], Decimal(4), [])


def test_every_odd_product_is_read_and_what_cannot_be_read_names_itself(products: Any) -> None:
    cases = odd("products_hostile", "")
    assert {row["product_id"] for row in products["products"]} == {
        *(key for key in cases if key != "None"), "999999",
    }  # fmt: skip
    told = named(products["products"], "product_id", cases)
    assert {name for name, defects in told.items() if "name" in defects} == {
        "name null", "name blank", "name of blanks", "nothing but an id, as in a page of the older documents",
    }  # fmt: skip
    prices = {row["product_id"]: row for row in products["variants"]}
    unread = {cases[key][0] for key, row in prices.items() if row["price"] is None}
    assert {"price with a comma", "price null", "price missing"} <= unread
    assert all(row["defects"] for row in prices.values() if row["price"] is None)


def test_no_level_is_made_up(products: Any) -> None:
    told = named(products["stock"], "variant_id", odd("products_hostile", ""))
    assert {name for name, defects in told.items() if defects} == {
        "quantity missing though it is counted", "quantity null", "variation quantity missing though counted",
        "nothing but an id, as in a page of the older documents",
    }  # fmt: skip


@pytest.mark.parametrize("entity", ORDERS)
def test_odd_orders_do_not_break_the_reading_of_a_sound_one(orders: Any, entity: str) -> None:
    columns = [name for name, _ in canonical_columns(entity)] + SYSTEM
    assert all(list(row) == columns for row in orders[entity])
    assert [row["defects"] for row in orders["orders"] if row["order_id"] == "SOUND"] == [[]]


def test_every_odd_order_is_read_and_what_cannot_be_read_names_itself(orders: Any) -> None:
    cases = odd("orders_hostile", "O")
    assert {row["order_id"] for row in orders["orders"]} == {*cases, "SOUND"}
    told = named(orders["orders"], "order_id", cases)
    assert {"payment status missing", "total null", "no items", "items missing", "timestamps missing"} <= {
        name for name, defects in told.items() if defects
    }
    lines = named(orders["order_lines"], "order_id", cases)
    assert {"item of quantity 0", "item of quantity below 0"} <= {name for name, defects in lines.items() if defects}
