"""Stock and its hazards: deltas that go below 0, levels that are absent, searches that see an old one."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.platforms.ecwid.sandbox import OutOfStock

from .shop import Shop


def test_a_delta_below_0_is_kept_and_only_warned_of(shop: Shop) -> None:
    path = f"/products/{shop.mug.id}"
    assert shop.done("PUT", f"{path}/inventory", {"quantityDelta": -4}) == {"updateCount": 1}
    answer = shop.done("PUT", f"{path}/inventory", {"quantityDelta": -6})
    assert answer == {"updateCount": 1, "warning": "Product has negative stock."}
    shown = shop.read(path)
    assert (shown["quantity"], shown["inStock"]) == (-5, False)


def test_a_delta_that_is_sent_twice_counts_twice_and_an_absolute_level_once(shop: Shop) -> None:
    path = f"/products/{shop.mug.id}"
    for _ in range(2):
        shop.done("PUT", f"{path}/inventory", {"quantityDelta": -1})
    assert shop.machine.level("MUG-1") == 3
    for _ in range(2):
        shop.done("PUT", path, {"quantity": 9})
    assert shop.machine.level("MUG-1") == 9


def test_an_absolute_level_forgets_a_sale_made_meanwhile(shop: Shop) -> None:
    seen = shop.read(f"/products/{shop.mug.id}")["quantity"]
    shop.machine.sell("MUG-1", 2)
    shop.done("PUT", f"/products/{shop.mug.id}", {"quantity": seen})
    assert shop.machine.level("MUG-1") == 5


def test_what_is_not_counted_has_no_quantity_at_all(shop: Shop) -> None:
    assert "quantity" not in shop.read(f"/products/{shop.card.id}")
    shop.done("PUT", f"/products/{shop.mug.id}", {"unlimited": True})
    shown = shop.read(f"/products/{shop.mug.id}")
    assert ("quantity" in shown, shown["unlimited"], shown["inStock"]) == (False, True, True)
    shop.done("PUT", f"/products/{shop.mug.id}", {"unlimited": False})
    assert shop.read(f"/products/{shop.mug.id}")["quantity"] == 0


@pytest.mark.parametrize(
    ("how", "answered", "level"), [("ignore", {"updateCount": 0}, None), ("track", {"updateCount": 1}, 4)]
)
def test_a_delta_for_what_is_not_counted_does_what_the_switch_says(
    shop: Shop, how: str, answered: dict[str, Any], level: int | None
) -> None:
    shop.machine.switches["delta_on_unlimited"] = how
    assert shop.done("PUT", f"/products/{shop.card.id}/inventory", {"quantityDelta": 4}) == answered
    assert shop.read(f"/products/{shop.card.id}").get("quantity") == level


def test_a_variation_without_a_sku_sells_its_products_stock(shop: Shop) -> None:
    shop.machine.set_level("TEE", 7)
    large = shop.read(f"/products/{shop.tee.id}/combinations/{shop.names['tee_l']}")
    assert large["quantity"] == 7
    shop.done("PUT", f"/products/{shop.tee.id}/combinations/{shop.names['tee_l']}", {"quantity": 2})
    assert shop.machine.level("TEE") == 7
    path = f"/products/{shop.tee.id}/combinations/{shop.names['tee_s']}"
    shop.done("PUT", f"{path}/inventory", {"quantityDelta": -3})
    assert (shop.read(path)["quantity"], shop.machine.level("TEE"), shop.machine.level("TEE-M")) == (0, 7, 3)


def test_the_level_of_a_product_with_variations_is_its_own_or_their_sum_as_switched(shop: Shop) -> None:
    shop.machine.set_level("TEE", 50)
    assert shop.read(f"/products/{shop.tee.id}")["quantity"] == 50
    shop.machine.switches["parent_quantity"] = "sum"
    assert shop.read(f"/products/{shop.tee.id}")["quantity"] == 6
    assert shop.read(f"/products/{shop.tee.id}")["combinations"][0]["quantity"] == 3


def test_a_shopper_is_turned_away_when_there_is_not_enough(shop: Shop) -> None:
    with pytest.raises(OutOfStock):
        shop.machine.sell("TEE-S", 4)
    assert (shop.machine.level("TEE-S"), shop.machine.sell("TEE-S", 3), shop.machine.sell("CARD", 99)) == (3, 0, 0)


def test_a_search_sees_an_old_level_for_a_while_and_a_read_by_id_never_does(shop: Shop) -> None:
    shop.machine.switches["stock_lag"] = 10.0
    shop.done("PUT", f"/products/{shop.mug.id}", {"quantity": 9})
    shop.wait(6)
    shop.machine.sell("MUG-1", 1)
    assert _level(shop, "MUG-1") == 5
    assert shop.read(f"/products/{shop.mug.id}")["quantity"] == 8
    shop.wait(5)
    assert _level(shop, "MUG-1") == 9
    shop.wait(6)
    assert _level(shop, "MUG-1") == 8


def test_a_search_finds_a_new_product_late_and_a_deleted_one_still(shop: Shop) -> None:
    shop.machine.switches |= {"stock_lag": 10.0, "deleted_lag": 20.0}
    made = shop.done("POST", "/products", {"name": "Jug", "sku": "JUG", "price": 30})["id"]
    shop.machine.delete_product(shop.card.id)
    assert [one["sku"] for one in _items(shop, "/products?sku=JUG")] == []
    assert shop.read(f"/products/{made}")["sku"] == "JUG"
    assert [one["sku"] for one in _items(shop, "/products?sku=CARD")] == ["CARD"]
    assert shop.call("GET", f"/products/{shop.card.id}")[0] == 404
    shop.wait(11)
    assert (len(_items(shop, "/products?sku=JUG")), len(_items(shop, "/products?sku=CARD"))) == (1, 0)
    assert _items(shop, "/products/deleted?limit=100") == []
    shop.wait(10)
    assert [one["id"] for one in _items(shop, "/products/deleted?from_date=2026-03-02&limit=100")] == [shop.card.id]


def test_a_row_made_while_pages_are_read_moves_the_others_unless_the_oldest_come_first(shop: Shop) -> None:
    for order, again in (("", True), ("&sortBy=ADDED_TIME_ASC", False)):
        first = _items(shop, f"/products?limit=2{order}")
        shop.machine.make_product(name="New", price=1)
        second = _items(shop, f"/products?limit=2&offset=2{order}")
        twice = {one["id"] for one in first} & {one["id"] for one in second}
        assert bool(twice) is again


def test_bounds_of_a_change_feed_are_in_or_out_as_switched(shop: Shop) -> None:
    stamp = shop.read(f"/products/{shop.mug.id}")["updateTimestamp"]
    assert len(_items(shop, f"/products?updatedFrom={stamp}")) == 3
    shop.machine.switches["updated_bounds"] = "exclusive"
    assert _items(shop, f"/products?updatedFrom={stamp}") == []
    shop.wait(5)
    shop.machine.sell("MUG-1", 1)
    assert [one["id"] for one in _items(shop, f"/products?updatedFrom={stamp}")] == [shop.mug.id]


def _items(shop: Shop, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.read(path)["items"]
    return found


def _level(shop: Shop, sku: str) -> Any:
    return _items(shop, f"/products?sku={sku}")[0]["quantity"]
