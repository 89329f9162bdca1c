"""Every expectation on orders through a whole run: the order that breaks it waits by name, the others are recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from pipelines.language.quality import suites
from pipelines.stages import order_plan
from tests.flows.selling import ALL, PAID, sales

Change = Callable[[dict[str, Any]], None]
SUITES = {name: suite for name, suite in suites().items() if suite.level == "order"}
CLASSES = {entry.id: entry.broken_class for suite in SUITES.values() for entry in suite.expectations}
GUARDS = {"reference_of_one_sale", "id_of_one_sale", "sales_come_to_the_order"}
"""What no answer of a store can break as long as the planner is right."""


@dataclass(frozen=True)
class Case:
    """How an order is spoilt in the store's answers; ``also``: what else it breaks."""

    order: Change | None = None
    lines: Change | None = None
    sku: str = "MUG-1"
    also: tuple[str, ...] = ()


def put(name: str, value: Any) -> Change:
    return lambda record: record.update({name: value})


CASES = {
    "order_readable": Case(put("is_tax_inclusive_pricing", "maybe")),
    "order_status_known": Case(put("status_id", 77), sku="SH-M"),
    "order_in_the_tills_currency": Case(put("default_currency_code", "ZZD")),
    "order_has_lines": Case(lines=dict.clear, sku="CAP-1", also=("order_readable",)),
    "order_total_ties": Case(put("total_inc_tax", "99.00")),
    "order_tax_ties": Case(put("total_tax", "5.00")),
    "line_has_a_product": Case(sku="WEB-ONLY"),
    "line_quantity_above_zero": Case(lines=put("quantity", 0), sku="SH-S", also=("order_readable",)),
}


@dataclass
class Spoilt(BaseAdapter):
    """A store whose orders are as they are, but for some; by their id."""

    real: BaseAdapter
    orders: dict[int, Case] = field(default_factory=dict)

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        answer = self.real.send(request, *args, **more)
        found = re.fullmatch(r".*/v2/orders(?:/(\d+))?(/products)?", request.path_url.partition("?")[0])
        if found and answer.content:
            body = answer.json()
            records = body if isinstance(body, list) else [body]
            for record in records:
                case = self.orders.get(int(found[1] or record.get("id", 0)), Case())
                ((case.lines if found[2] else case.order) or (lambda _: None))(record)
            answer._content = json.dumps([one for one in body if one] if isinstance(body, list) else body).encode()
        return answer

    def close(self) -> None:
        self.real.close()


def recorded(world: Any) -> list[str]:
    return sorted(sale["source_id"] for sale in sales(world))


def told(world: Any) -> dict[str, list[str]]:
    """Broken expectation on orders → the orders its examples name, as the verdict keeps them."""
    checks = json.loads(world.rows("SELECT checks FROM verdict ORDER BY judged_at DESC LIMIT 1")[0]["checks"])
    broken = [check for check in checks if check["suite"] in SUITES and not check["passed"]]
    return {check["expectation"]: sorted(line.partition(":")[0] for line in check["examples"]) for check in broken}


@pytest.fixture
def shop(shop: Any) -> Any:
    """A shop whose orders can be spoilt on their way, and wait for a product the till does not have."""
    shop.settings["unknown_item"] = "hold"
    shop.adapters["bigcommerce"] = Spoilt(shop.adapters["bigcommerce"])
    shop.store.make_product(name="Online only", price=20, sku="WEB-ONLY")
    return shop


def test_every_expectation_on_orders_has_an_order_that_breaks_it() -> None:
    assert {*CASES, *GUARDS} == {entry.id for suite in SUITES.values() for entry in suite.expectations}


@pytest.mark.invariant("I-4")
@pytest.mark.invariant("I-26")
def test_an_order_that_is_wrong_waits_by_name_with_its_units_and_no_other_waits_with_it(shop: Any) -> None:
    numbers = {
        name: shop.store.place_order([(case.sku, 1)], f"{name}@buyer.example", **PAID) for name, case in CASES.items()
    }
    right = shop.store.place_order([("MUG-1", 1)], "right@buyer.example", **PAID)
    shop.adapters["bigcommerce"].orders = {numbers[name]: case for name, case in CASES.items()}
    summary = shop.sync(only=ALL)
    expected: dict[str, list[str]] = {}
    for name, case in CASES.items():
        for broken in (name, *case.also):
            expected.setdefault(broken, []).append(f"order {numbers[name]}")
    assert told(shop) == {name: sorted(orders) for name, orders in expected.items()}
    assert summary["verdict"] == "passed"
    assert {name: summary["entities"]["orders"][name] for name in ("created", "quarantined", "observed")} == {
        "created": 1, "quarantined": len(CASES), "observed": len(CASES) + 1,
    }  # fmt: skip
    alone = {f"order {numbers[name]}": CLASSES[name] for name, case in CASES.items() if not case.also}
    classes = {row["name"]: row["class"] for row in shop.decide("quarantine")}
    assert {name: classes[name] for name in alone} == alone
    assert recorded(shop) == [str(right)]
    assert [one["email"] for one in shop.till.customers() if one["email"]] == ["right@buyer.example"]
    assert summary["warnings"] == []
    shop.wait(3600)
    (late,) = shop.sync(only=ALL)["warnings"]
    assert (late["check"], late["records"]) == ("applied_in_time", len(CASES))
    assert any(f"order {numbers['order_total_ties']}: " in line and "lines come to" in line for line in late["says"])
    assert (shop.till.level("MUG-1"), shop.store.level("MUG-1")) == (11, 7)

    shop.adapters["bigcommerce"].orders = {}
    shop.till.add_product(name="Online only", sku="WEB-ONLY", price=20)
    shop.wait(60)
    for number in numbers.values():
        shop.store.set_status(number, 9)
    shop.sync(only=ALL)
    assert recorded(shop) == sorted(str(number) for number in (*numbers.values(), right))
    assert shop.decide("quarantine") == []


@pytest.mark.invariant("I-2")
@pytest.mark.invariant("I-4")
def test_a_plan_that_would_record_an_order_wrongly_is_not_sent(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [shop.store.place_order([("MUG-1", 1), ("CAP-1", 1)], **PAID) for _ in range(2)]
    right = order_plan.delta
    with monkeypatch.context() as wrong:
        wrong.setattr(order_plan, "reference", lambda _order, _number: "WEB-1-1")
        shop.sync(only=ALL)
        assert told(shop) == {"reference_of_one_sale": [f"order {number}" for number in numbers]}
    with monkeypatch.context() as wrong:
        wrong.setattr(order_plan, "delta", lambda before, now: right(before, now[:1]))
        wrong.setattr(order_plan, "document_id", lambda *_: "5b1e4f3a-0000-5000-8000-000000000001")
        shop.sync(only=ALL)
        both = [f"order {number}" for number in numbers]
        assert told(shop) == {"id_of_one_sale": both, "sales_come_to_the_order": both}
    assert recorded(shop) == []
    shop.sync(only=ALL)
    assert recorded(shop) == [str(number) for number in numbers]
