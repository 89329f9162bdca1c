"""Every row expectation through a whole run: the record that breaks it is named and not written, the others arrive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from pipelines.language.quality import suites

pytestmark = pytest.mark.libraries

Change = Callable[[dict[str, Any]], None]
CLASSES = {entry.id: entry.broken_class for suite in suites().values() for entry in suite.expectations}
GUARDS = {
    ("stock", "level_not_below_zero"): "the mapping clamps levels at 0",
    ("stock", "untracked_not_zero"): "the mapping has no opinion on what the till does not count",
}
"""Expectations no answer of a till can break as long as the mapping holds; their rows are in ``tests/unit``."""


@dataclass(frozen=True)
class Case:
    """How the record of this SKU is spoilt: by an edit at the till, or in the answer; ``also``: what else it breaks."""

    sku: str
    edit: dict[str, Any] | None = None
    answer: Change | None = None
    also: tuple[str, ...] = ()


def put(name: str, value: Any) -> Change:
    return lambda record: record.update({name: value})


def without_price(record: dict[str, Any]) -> None:
    record.update(dict.fromkeys(("price_excluding_tax", "price_including_tax")))


CASES: dict[tuple[str, str], Case] = {
    ("links", "link_unambiguous"): Case("LINK"),
    ("products", "product_readable"): Case("READ-P", answer=put("loyalty_amount", "much")),
    ("products", "product_has_a_name"): Case(
        "NAME-0", answer=put("name", ""), also=("product_readable", "variant_readable"),
    ),
    ("products", "product_name_fits"): Case("NAME-L", {"name": "n" * 251}),
    ("products", "product_name_is_text"): Case("NAME-N", answer=put("name", "a\0b")),
    ("products", "product_brand_fits"): Case("BRAND", {"brand": "b" * 256}),
    ("products", "product_keywords_fit"): Case("TAGS", {"tags": [f"{n:03}{'t' * 247}" for n in range(262)]}),
    ("products", "product_custom_fields_fit"): Case("TYPE", {"category": "c" * 251}),
    ("variants", "variant_readable"): Case("READ-V", answer=put("supply_price", "cheap")),
    ("variants", "price_not_negative"): Case("PRICE-N", {"price": -1}),
    ("variants", "price_there"): Case("PRICE-0", answer=without_price, also=("variant_readable",)),
    ("variants", "cost_not_negative"): Case("COST-N", {"cost": -1}),
    ("variants", "sku_fits"): Case("S" * 256),
    ("variants", "options_complete"): Case("OPT-2", {"values": [""]}, also=("variant_readable",)),
    ("stock", "level_readable"): Case("READ-S"),
    ("stock", "level_fits"): Case("LEVEL-L"),
    ("stock", "level_whole"): Case("LEVEL-F"),
}  # fmt: skip
JUST_RIGHT: dict[str, dict[str, Any]] = {
    "OK-NAME": {"name": "n" * 250}, "OK-BRAND": {"brand": "b" * 255}, "OK-TYPE": {"category": "c" * 250},
    "OK-TAGS": {"tags": [f"{n:03}{'t' * 247}" for n in range(261)]}, "OK-PRICE": {"price": 0}, "OK-COST": {"cost": 0},
    "O" * 255: {}, "OK-LEVEL": {}, "OPT-1": {},
}  # fmt: skip
PLAIN = "{sku},{title},,,,,true,{option},{value},{sku},1,5.00,,,,,"


class Spoilt(BaseAdapter):
    """A till whose lists of products and levels are as they are, but for some records."""

    def __init__(self, real: BaseAdapter, products: dict[str, Change], levels: dict[str, Change]) -> None:
        super().__init__()
        self.real, self.products, self.levels = real, products, levels

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        answer = self.real.send(request, *args, **more)
        path = request.path_url.partition("?")[0]
        if path.endswith(("/products", "/inventory")):
            body = answer.json()
            for record in body["data"] if isinstance(body, dict) else body:
                key, changes = (
                    (record["sku"], self.products) if "sku" in record else (record["product_id"], self.levels)
                )
                changes.get(key, lambda _: None)(record)
            answer._content = json.dumps(body).encode()
        return answer

    def close(self) -> None:
        self.real.close()


def rows() -> Iterator[str]:
    for sku in [*(case.sku for case in CASES.values()), *JUST_RIGHT, "LINK-2"]:
        if sku == "OPT-1":
            yield PLAIN.format(sku=sku, title="Opt", option="Size", value="S").replace("OPT-1,Opt", "opt,Opt", 1)
        elif sku == "OPT-2":
            continue
        else:
            yield PLAIN.format(sku=sku, title=f"Thing {sku[:20]}", option="Title", value="Default Title")
    yield "opt,,,,,,,,M,OPT-2,1,5.00,,,,,"


@pytest.fixture
def spoilt(make_world: Callable[..., Any]) -> Any:
    """A till with one record for each expectation, and as many that just pass."""
    ordered = sorted(rows(), key=lambda row: row.startswith("opt,,"))
    head = next(row for row in ordered if row.startswith("opt,Opt"))
    world = make_world(*[row for row in ordered if row != head and not row.startswith("opt,,")], head, ordered[-1])
    for sku, edit in [*((case.sku, case.edit or {}) for case in CASES.values()), *JUST_RIGHT.items()]:
        world.till.edit_product(sku, **edit)
    world.till.edit_product("LINK-2", sku="LINK")
    world.till.set_level("LEVEL-L", "Main Outlet", 2_147_483_648)
    world.till.set_level("OK-LEVEL", "Main Outlet", 2_147_483_647)
    world.till.set_level("LEVEL-F", "Main Outlet", "1.5")
    products = {case.sku: case.answer for case in CASES.values() if case.answer}
    levels = {world.till.product("READ-S").id: put("reorder_point", "few")}
    world.adapters["lightspeed_x"] = Spoilt(world.adapters["lightspeed_x"], products, levels)
    return world


def in_store(world: Any) -> set[str]:
    found = set()
    for product in world.get("/v3/catalog/products?include=variants&limit=250"):
        found |= {product["sku"], *(variant["sku"] for variant in product["variants"])}
    return found


def told(world: Any) -> dict[str, set[str]]:
    """Row expectation → the SKUs its examples name, as the verdict keeps them."""
    checks = json.loads(world.rows("SELECT checks FROM verdict")[0]["checks"])
    broken = {c["expectation"]: c["examples"] for c in checks if c["kind"] == "row" and not c["passed"]}
    return {expectation: {line.partition(": ")[0] for line in lines} for expectation, lines in broken.items()}


def test_every_row_expectation_has_a_record_that_breaks_it() -> None:
    rows_only = {name: suite for name, suite in suites().items() if suite.kind == "row" and suite.level != "order"}
    assert {*CASES, *GUARDS} == {(name, entry.id) for name, suite in rows_only.items() for entry in suite.expectations}


def test_each_broken_record_stays_unwritten_under_its_expectation_and_the_others_arrive(spoilt: Any) -> None:
    summary = spoilt.sync()
    assert summary["verdict"] == "passed"
    expected: dict[str, set[str]] = {}
    for (_, expectation), case in CASES.items():
        for broken in (expectation, *case.also):
            expected.setdefault(broken, set()).add(case.sku)
    assert told(spoilt) == expected
    classes = {row["sku"]: row["class"] for row in spoilt.decide("quarantine")}
    alone = {case.sku: CLASSES[expectation] for (_, expectation), case in CASES.items() if not case.also}
    assert {sku: classes[sku] for sku in alone} == alone
    stock = {"READ-S", "LEVEL-L", "LEVEL-F"}
    bad = {case.sku for case in CASES.values()}
    assert in_store(spoilt) & bad == stock
    assert set(JUST_RIGHT) <= in_store(spoilt)
    assert [spoilt.store.level(sku) for sku in sorted(stock)] == [0, 0, 0]
    assert spoilt.store.level("OK-LEVEL") == 2_147_483_647
    assert set(classes) == bad


def test_a_record_without_an_id_stops_every_write(make_world: Callable[..., Any]) -> None:
    world = make_world("m,Mug,,,,,true,Title,Default Title,MUG-1,1,5.00,,,,,")
    world.adapters["lightspeed_x"] = Spoilt(world.adapters["lightspeed_x"], {"MUG-1": put("id", None)}, {})
    summary = world.sync()
    assert [problem["code"] for problem in summary["problems"]] == ["every_record_has_an_id"]
    assert world.writes() == []
