"""Levels of the X-Series sandbox that are read late: the old value with its version, then the new one, none lost."""

from __future__ import annotations

from typing import Any

from .booth import Booth


def levels(booth: Booth, after: int = 0) -> list[Any]:
    rows = booth.call("POST", "/inventory", {"after": after, "sort_direction": "asc"})
    return [row["current_inventory_level"] for row in rows]


def of_mug(booth: Booth) -> list[Any]:
    return [row["current_inventory_level"] for row in booth.get(f"/inventory/{booth.machine.product('MUG').id}")]


def test_sale_shows_in_the_levels_after_the_lag_and_with_a_later_version(booth: Booth) -> None:
    before = booth.call("POST", "/inventory", {"size": 1})[0]["version"]
    booth.machine.switches["stock_lag"] = 30.0
    booth.book(booth.line("MUG", 2))
    booth.clock.advance(20)
    booth.book(booth.line("MUG", 3))
    assert booth.machine.level("MUG") == 5
    assert (levels(booth), of_mug(booth), levels(booth, before)) == ([10, 1], [10], [])
    booth.clock.advance(11)
    assert (levels(booth), of_mug(booth)) == ([1, 8], [8])
    cursor = booth.call("POST", "/inventory", {"size": 1})[0]["version"]
    booth.clock.advance(20)
    assert (levels(booth, cursor), of_mug(booth)) == ([5], [5])


def test_first_level_of_a_product_and_the_last_one_are_late_too(booth: Booth) -> None:
    booth.machine.switches["stock_lag"] = 30.0
    booth.machine.set_level("MUG", "Harbour", 4)
    booth.machine.delete("TEE")
    assert (levels(booth), of_mug(booth)) == ([10, 1], [10])
    booth.clock.advance(31)
    assert (levels(booth), of_mug(booth)) == ([10, 4], [10, 4])


def test_without_a_lag_nothing_is_late(booth: Booth) -> None:
    booth.book(booth.line("MUG", 2))
    assert (levels(booth), of_mug(booth)) == ([1, 8], [8])
