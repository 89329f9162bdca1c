"""Faults and limits reach sales and customers as they reach products."""

from __future__ import annotations

import pytest

from .booth import ID, Booth


@pytest.mark.parametrize(("how", "made", "left"), [("update", 1, 8), ("conflict", 1, 8), ("duplicate", 2, 6)])
def test_sale_that_timed_out_may_be_booked_later(booth: Booth, how: str, made: int, left: int) -> None:
    """The zombie: the caller asks again in the meantime, then the first call has its effect."""
    booth.machine.switches["repeated_sale_id"] = how
    booth.machine.faults.script("F4", method="POST", path="/sales")
    body = booth.body(id=ID.format(1))
    with pytest.raises(OSError):
        booth.ask("POST", "/sales", body)
    assert booth.get("/sales") == []
    assert booth.ask("GET", f"/sales/{ID.format(1)}")[0] == 404
    booth.call("POST", "/sales", body)
    booth.clock.advance(120)
    assert (len(booth.get("/sales")), booth.machine.level("MUG")) == (made, left)


def test_late_sale_does_not_come_back_after_it_was_voided(booth: Booth) -> None:
    booth.machine.faults.script("F4", method="POST", path="/sales")
    body = booth.body(id=ID.format(1))
    with pytest.raises(OSError):
        booth.ask("POST", "/sales", body)
    booth.call("POST", "/sales", body)
    booth.put(ID.format(1), "voided")
    booth.clock.advance(120)
    assert booth.get(f"/sales/{ID.format(1)}")["state"] == "voided"
    assert booth.machine.level("MUG") == 10


def test_late_customer_is_not_made_twice_under_one_code(booth: Booth) -> None:
    booth.machine.faults.script("F4", method="POST", path="/customers")
    body = {"first_name": "Ana", "last_name": None, "customer_code": "WEB-1"}
    with pytest.raises(OSError):
        booth.ask("POST", "/customers", body)
    assert booth.machine.customers() == []
    booth.call("POST", "/customers", body)
    booth.clock.advance(120)
    assert [row["customer_code"] for row in booth.get("/customers")] == ["WEB-1"]


@pytest.mark.parametrize(("code", "booked"), [("F2", 0), ("F3", 1), ("F5", 0), ("F6", 1), ("F23", 0)])
def test_answer_says_nothing_about_the_effect(booth: Booth, code: str, booked: int) -> None:
    booth.machine.faults.script(code, method="POST", path="/sales", variant=0)
    try:
        booth.ask("POST", "/sales", booth.body())
    except OSError:
        assert code in ("F2", "F3")
    assert (len(booth.get("/sales")), booth.machine.level("MUG")) == (booked, 10 - 2 * booked)


def test_sales_use_the_budget_of_the_registers_that_are_left(booth: Booth) -> None:
    booth.machine.delete_register("Harbour 1")
    booth.machine.limit_calls()
    statuses = [booth.ask("GET", path)[0] for path in ("/sales", "/customers", "/fulfillments") * 117]
    assert statuses == [200] * 350 + [429]
    assert booth.ask("POST", "/sales", booth.body())[0] == 429
    assert booth.machine.sales() == []
