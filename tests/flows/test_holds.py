"""What is too much to send unasked waits, shown with before and after; a person's word lets go that and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles

PLAIN = "p{n},Plain {n},,,,,true,Title,Default Title,PL-{n},5,10.00,,,,,"


def shop(
    make_world: Callable[..., Any], count: int = 4, then: Callable[[Any], None] | None = None, **settings: Any
) -> Any:
    """So many products at 10.00 with five of each, in both; ``then``: what happened next."""
    world = make_world(*(PLAIN.format(n=n) for n in range(count)), **settings)
    world.begin(then=then)
    world.forget()
    return world


JUMPS: dict[str, Any] = {"limits": {"price_jump": {"count": 0}}}


def one_waits(world: Any) -> None:
    """The first product has half its price at the till, and that waits."""
    cheaper(world, 0)
    world.sync()


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


CLASSES: dict[str, tuple[Callable[[Any, int], None], str, str, tuple[Any, Any]]] = {
    "price_jump": (cheaper, "variant", "price", (1000, 500)),
    "price_change": (dearer, "variant", "price", (1000, 1100)),
    "stock_to_zero": (emptied, "stock", "on_hand", (5, 0)),
    "stock_jump": (flooded, "stock", "on_hand", (5, 500)),
    "unpublish": (hidden, "product", "is_active", (True, False)),
}
EACH = 5
"""Products of each class, those of the first class first."""


def change(world: Any, classes: list[str], *which: int) -> None:
    """Change these of the products of every class as the class says."""
    for at, of_class in enumerate(classes):
        for n in which:
            CLASSES[of_class][0](world, EACH * at + n)


def standing(world: Any, classes: list[str]) -> dict[str, list[Any]]:
    """Class → what its field is in the store, product by product."""

    def there(field: str, sku: str) -> Any:
        if field == "on_hand":
            return world.store.level(sku)
        product = world.store_product(sku)
        return product["is_visible"] if field == "is_active" else product["price"] * 100

    return {
        of_class: [there(CLASSES[of_class][2], f"PL-{EACH * at + n}") for n in range(EACH)]
        for at, of_class in enumerate(classes)
    }


def changed(classes: list[str], *which: int) -> dict[str, list[Any]]:
    """The same, once these are changed and the others are not."""
    values = {of_class: CLASSES[of_class][3] for of_class in classes}
    return {of_class: [after if n in which else before for n in range(EACH)]
            for of_class, (before, after) in values.items()}  # fmt: skip


def held(summary: dict[str, Any]) -> tuple[int, int]:
    """How many products and how many levels wait."""
    return summary["entities"]["products"]["held"], summary["entities"]["stock"]["held"]


@pytest.mark.invariant("I-24")
@pytest.mark.invariant("I-25")
@pytest.mark.parametrize(
    ("classes", "waiting"),
    [(["price_jump", "stock_to_zero", "stock_jump", "unpublish"], (6, 6)), (["price_change"], (3, 0))],
    ids=["each of its own", "price_change"],
)
def test_one_more_than_the_limit_holds_all_of_them_and_as_many_as_the_limit_none(
    make_world: Callable[..., Any], classes: list[str], waiting: tuple[int, int]
) -> None:
    """A price that jumps is one that changes as well, so these two are tried apart."""
    world = shop(make_world, EACH * len(classes), limits={of_class: {"count": 2, "share": 0} for of_class in classes})
    change(world, classes, 0, 1)
    assert held(world.sync()) == (0, 0)
    assert standing(world, classes) == changed(classes, 0, 1)
    world.forget()
    change(world, classes, 2, 3, 4)
    assert held(world.sync()) == waiting
    assert world.sent() == []

    for at, of_class in enumerate(classes):
        _, level, field, (before, after) = CLASSES[of_class]
        shown = {h["sku"]: h for h in world.decide("holds show", of_class=of_class)}
        skus = [f"PL-{EACH * at + n}" for n in (2, 3, 4)]
        assert sorted(shown) == sorted(skus), of_class
        wanted = (level, {field: {"before": before, "after": after}})
        assert [(shown[sku]["level"], shown[sku]["changes"]) for sku in skus] == [wanted] * 3
        world.decide("holds approve", ids=[shown[sku]["hold_id"] for sku in skus[:2]])
        world.decide("holds reject", ids=[shown[skus[2]]["hold_id"]])
    world.sync()
    assert standing(world, classes) == changed(classes, 0, 1, 2, 3)
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


def test_a_switch_that_would_sell_without_end_waits(make_world: Callable[..., Any]) -> None:
    world = shop(make_world)
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
    world = shop(make_world, limits={"price_jump": {"count": 0}, "stock_jump": {"count": 0}})
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
    world = shop(make_world, then=one_waits, **JUMPS)
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
    world = shop(make_world, **JUMPS)
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
    world.lose("warehouse.")


def test_decisions_outlive_the_warehouse_and_a_used_one_is_not_used_twice(make_world: Callable[..., Any]) -> None:
    world = shop(make_world, **JUMPS)
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
    world = shop(make_world, then=one_waits, **JUMPS)
    (hold,) = world.decide("holds")
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.kit.journaled.absorb", cut_off)
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
    world = shop(make_world)
    world.till.edit_product("PL-0", price=-1)
    world.sync()
    (aside,) = world.decide("quarantine")
    world.decide("quarantine release", sku="PL-0")
    assert world.decide("quarantine") == []
    (tried,) = world.decide("retry", skus=["PL-0"])
    assert (tried["sku"], tried["reason"], tried["waits_because"]) == ("PL-0", aside["reason"], "a person released it")
    assert world.decide("retry", skus=["PL-1"]) == []
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
    world = shop(make_world, then=one_waits, **JUMPS)
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
