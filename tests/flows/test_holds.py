"""What is too much to send unasked waits, shown with before and after; a person's word lets go that and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles

PLAIN = "p{n},Plain {n},,,,,true,Title,Default Title,PL-{n},5,10.00,,,,,"


def shop(make_world: Callable[..., Any], count: int, **settings: Any) -> Any:
    """So many products at 10.00 with five of each, in both."""
    world = make_world(*(PLAIN.format(n=n) for n in range(count)), **settings)
    world.sync()
    world.forget()
    return world


def prices(world: Any, count: int) -> list[Any]:
    return [world.store_product(f"PL-{n}")["price"] for n in range(count)]


def levels(world: Any, count: int) -> list[int]:
    return [world.store.level(f"PL-{n}") for n in range(count)]


def untrack(world: Any, n: int) -> None:
    world.till.edit_product(f"PL-{n}", tracked=False)


def cheaper(world: Any, n: int) -> None:
    world.till.edit_product(f"PL-{n}", price=5)


def dearer(world: Any, n: int) -> None:
    world.till.edit_product(f"PL-{n}", price=11)


def emptied(world: Any, n: int) -> None:
    world.till.set_level(f"PL-{n}", "Main Outlet", 0)


def flooded(world: Any, n: int) -> None:
    world.till.set_level(f"PL-{n}", "Main Outlet", 500)


def hidden(world: Any, n: int) -> None:
    world.till.deactivate(f"PL-{n}")


CLASSES = {
    "price_jump": (cheaper, "variant", "price", (1000, 500)),
    "price_change": (dearer, "variant", "price", (1000, 1100)),
    "stock_to_zero": (emptied, "stock", "on_hand", (5, 0)),
    "stock_jump": (flooded, "stock", "on_hand", (5, 500)),
    "unpublish": (hidden, "product", "is_active", (True, False)),
}


@pytest.mark.invariant("I-24")
@pytest.mark.invariant("I-25")
@pytest.mark.parametrize("of_class", CLASSES)
def test_one_more_than_the_limit_holds_all_of_them_and_as_many_as_the_limit_none(
    make_world: Callable[..., Any], of_class: str
) -> None:
    change, level, field, (before, after) = CLASSES[of_class]
    world = shop(make_world, 5, limits={of_class: {"count": 2, "share": 0}})
    for n in (0, 1):
        change(world, n)
    assert world.sync()["entities"]["stock" if level == "stock" else "products"]["held"] == 0
    assert len(world.writes()) > 0
    world.forget()
    for n in (2, 3, 4):
        change(world, n)
    summary = world.sync()
    assert summary["entities"]["stock" if level == "stock" else "products"]["held"] == 3
    assert world.sent() == []
    shown = world.decide("holds show", of_class=of_class)
    assert [(h["level"], h["changes"]) for h in shown] == [(level, {field: {"before": before, "after": after}})] * 3
    approved = [h["hold_id"] for h in shown if h["sku"] in {"PL-2", "PL-3"}]
    world.decide("holds approve", ids=approved)
    world.decide("holds reject", ids=[h["hold_id"] for h in shown if h["sku"] == "PL-4"])
    world.sync()
    landed = {"price": prices, "on_hand": levels}.get(
        field, lambda *_: [world.store_product(f"PL-{n}")["is_visible"] for n in range(5)]
    )(world, 5)
    scale = 100 if field == "price" else 1
    assert landed == [after / scale if field == "price" else after] * 4 + [
        before / scale if field == "price" else before
    ]
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def test_a_switch_that_would_sell_without_end_waits(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, 1)
    untrack(world, 0)
    world.sync()
    (hold,) = world.decide("holds")
    assert (hold["class"], hold["changes"]) == ("untracked", {"stock_tracking": {"before": True, "after": False}})
    assert world.sent() == []


@pytest.mark.parametrize(("count", "held"), [(3, 0), (4, 4)])
def test_another_outlet_for_the_same_shop_moves_no_levels_unasked(
    make_world: Callable[..., Any], count: int, held: int
) -> None:
    world = make_world(*(PLAIN.format(n=n) for n in range(count)), limits={"ground_change": {"count": 3, "share": 0}})
    world.till.add_outlet("Annexe")
    for n in range(count):
        world.till.set_level(f"PL-{n}", "Annexe", 4)
    world.sync(outlets=["Main Outlet"])
    world.forget()
    summary = world.sync(outlets=["Annexe"])
    assert summary["entities"]["stock"]["held"] == held
    assert levels(world, count) == [5 if held else 4] * count
    world.sync(outlets=["Annexe"])
    assert levels(world, count) == [5 if held else 4] * count
    if held:
        world.decide("holds approve", of_class="ground_change")
        world.sync(outlets=["Annexe"])
        assert levels(world, count) == [4] * count


def test_an_approval_is_used_within_what_was_shown_and_asks_again_beyond_it(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, 4, limits={"price_jump": {"count": 0}, "stock_jump": {"count": 0}})
    for n in range(4):
        flooded(world, n) if n >= 2 else cheaper(world, n)
    world.sync()
    world.decide("holds approve", ids=[h["hold_id"] for h in world.decide("holds")])
    world.till.edit_product("PL-0", price=6)
    world.till.edit_product("PL-1", price=4)
    world.till.set_level("PL-2", "Main Outlet", 499)
    world.till.set_level("PL-3", "Main Outlet", 501)
    world.sync()
    assert (prices(world, 2), levels(world, 4)[2:]) == ([6, 10], [499, 5])
    assert {(h["sku"], h["state"]) for h in world.decide("holds")} == {("PL-1", "open"), ("PL-3", "open")}


@pytest.mark.invariant("I-25")
def test_a_hold_nobody_decides_runs_out_is_listed_and_asked_again(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, 1, limits={"price_jump": {"count": 0}})
    cheaper(world, 0)
    world.sync()
    (first,) = world.decide("holds")
    world.now += timedelta(hours=73)
    world.sync()
    assert prices(world, 1) == [10]
    (second,) = world.decide("holds")
    assert second["hold_id"] != first["hold_id"]
    assert "asked again, because nobody decided in time" in second["reason"]
    assert [h["state"] for h in world.decide("holds all") if h["hold_id"] == first["hold_id"]] == ["expired"]
    with pytest.raises(MistakeInFiles, match="expired"):
        world.decide("holds approve", ids=[first["hold_id"]])
    world.decide("holds approve", ids=[second["hold_id"]])
    world.now += timedelta(hours=73)
    world.sync()
    assert prices(world, 1) == [10]


@pytest.mark.invariant("I-25")
def test_a_hold_that_was_tampered_with_carries_no_approval(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, 2, limits={"price_jump": {"count": 0}})
    cheaper(world, 0)
    world.till.edit_product("PL-1", price=1)
    world.sync()
    by_sku = {h["sku"]: h["hold_id"] for h in world.decide("holds")}
    world.decide("holds approve", ids=[by_sku["PL-0"]])
    shown = '{"price":{"before":1000.0,"after":100.0}}'
    edited = f"UPDATE sync.holds SET changes = '{shown}' WHERE hold_id = ? RETURNING hold_id"  # noqa: S608
    world.rows(edited, [by_sku["PL-0"]])
    world.rows("UPDATE sync.holds SET state = 'approved' WHERE hold_id = ? RETURNING hold_id", [by_sku["PL-1"]])
    world.till.edit_product("PL-0", price=2)
    world.sync()
    assert prices(world, 2) == [10, 10]


def lost(world: Any) -> None:
    """The warehouse is gone; the journal is not."""
    for file in (world.home / "shop").glob("warehouse.*"):
        file.unlink()


def test_decisions_outlive_the_warehouse_and_a_used_one_is_not_used_twice(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, 4, limits={"price_jump": {"count": 0}})
    for n in range(3):
        cheaper(world, n)
    world.sync()
    by_sku = {h["sku"]: h["hold_id"] for h in world.decide("holds")}
    world.decide("holds approve", ids=[by_sku["PL-2"]])
    world.sync()
    world.decide("holds approve", ids=[by_sku["PL-0"]])
    world.decide("holds reject", ids=[by_sku["PL-1"]])
    world.decide("links unlink", sku="PL-3")
    world.store.edit_product(world.store_product("PL-2")["id"], price=10)
    lost(world)
    world.till.edit_product("PL-3", price=9.5)
    world.sync()
    assert prices(world, 4) == [5, 10, 10, 10]
    assert [(h["sku"], h["state"]) for h in world.decide("holds")] == [("PL-2", "open")]
    assert world.rows("SELECT DISTINCT state FROM sync.links WHERE reason = 'unlinked by a person'") == [
        {"state": "unlinked"}
    ]
    assert "Plain" not in (world.home / "shop" / "journal.jsonl").read_text()


def test_a_decision_cut_off_before_the_tables_changed_is_in_force(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = shop(make_world, 2, limits={"price_jump": {"count": 0}})
    cheaper(world, 0)
    world.sync()
    (hold,) = world.decide("holds")
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.stages.recover.absorb", cut_off)
        for what, more in (("holds approve", {"ids": [hold["hold_id"]]}), ("links unlink", {"sku": "PL-1"})):
            with pytest.raises(KeyboardInterrupt):
                world.decide(what, **more)
    assert [h["state"] for h in world.decide("holds")] == ["open"]
    dearer(world, 1)
    world.sync()
    assert prices(world, 2) == [5, 10]


def cut_off(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_released_record_is_looked_at_again_and_set_aside_anew_where_it_is_still_wrong(
    make_world: Callable[..., Any],
) -> None:
    world = shop(make_world, 2)
    world.till.edit_product("PL-0", price=-1)
    world.sync()
    (aside,) = world.decide("quarantine")
    world.decide("quarantine release", sku="PL-0")
    assert world.decide("quarantine") == []
    world.sync()
    (again,) = world.decide("quarantine")
    assert (again["reason"], again["since"] > aside["since"]) == (aside["reason"], True)
    with pytest.raises(MistakeInFiles, match="nothing of PL-1 is set aside"):
        world.decide("quarantine release", sku="PL-1")
    world.till.edit_product("PL-0", price=8)
    world.till.edit_product("PL-1", price=9)
    world.sync(retry=("PL-0",))
    assert prices(world, 2) == [8, 10]
    world.sync()
    assert prices(world, 2) == [8, 9]


def test_the_audit_says_who_changed_a_price_when_why_and_on_what_evidence(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, 2, limits={"price_jump": {"count": 0}})
    cheaper(world, 0)
    world.sync()
    (hold,) = world.decide("holds")
    world.decide("holds approve", ids=[hold["hold_id"]])
    world.sync()
    (row,) = world.decide("audit show", of="run-3")
    assert (row["sku"], row["changes"], row["outcome"]) == ("PL-0", {"price": {"before": 1000, "after": 500}}, "ok")
    assert (row["hold_id"], row["held_as"], row["decision"]) == (hold["hold_id"], "price_jump", "holds approve")
    (call,) = row["calls"]
    assert (call["method"], call["path"], call["status"]) == ("PUT", "/stores/abc123/v3/catalog/products", 200)
    assert world.decide("audit show", of=call["call"]) == [row]
    with pytest.raises(MistakeInFiles, match="no run begins with nowhere"):
        world.decide("audit show", of="nowhere")
    entries = [json.loads(line) for line in (world.home / "shop" / "journal.jsonl").read_text().splitlines()]
    (decision,) = [entry for entry in entries if entry["kind"] == "decision"]
    assert decision["shown"] == row["decided_on"]
