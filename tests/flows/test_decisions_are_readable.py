"""A person approves what is shown: holds with their values, and a reason when nothing goes to the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.warehouse import open_warehouse
from pipelines.language.explain import explain_sku
from pipelines.report.explained import as_table, standing, three_ways
from tests.flows.conftest import CAP, CONNECTION, MUG


def test_a_choice_of_holds_that_names_nothing_says_what_can_be_named(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.begin()
    with pytest.raises(MistakeInFiles, match=r"neither ids nor --class were given.*nothing waits"):
        world.decide("holds approve")
    with pytest.raises(MistakeInFiles, match="no open hold of class nonsense"):
        world.decide("holds approve", of_class="nonsense")


def test_an_empty_store_names_the_setting_that_leaves_it_empty(make_world: Callable[..., Any]) -> None:
    (note,) = make_world(MUG).sync(publish="linked")["notes"]
    assert "`publish: linked`; `publish: all` would create them" in note


def test_a_hold_lists_its_changes_and_an_approved_one_is_not_expected_again(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG)
    world.begin()
    world.rows(
        "INSERT INTO sync.holds BY NAME SELECT 'h1' AS hold_id, ? AS connection, 'zero_price' AS class,"
        " 'products' AS entity, 'variant' AS level, 'x' AS item_id, 'MUG-1' AS sku, 'open' AS state,"
        """ '{"price": {"before": 950, "after": 0}}' AS changes RETURNING hold_id""",
        [CONNECTION],
    )
    (shown,) = world.decide("holds show", ids=["h1"])
    assert shown["changes"] == {"price": {"before": 950, "after": 0}}
    with pytest.raises(MistakeInFiles, match="one of the classes zero_price"):
        world.decide("holds approve", of_class="nonsense")
    world.decide("holds approve", ids=["h1"])
    with pytest.raises(MistakeInFiles, match="nothing waits for a decision"):
        world.decide("holds approve", of_class="zero_price")


def test_a_value_read_before_the_last_write_is_not_passed_off_as_the_present_one(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG)
    world.begin()
    assert "before the last write" in title(world)
    world.sync(full=True)
    assert "before the last write" not in title(world)


def test_a_connection_that_never_ran_is_told_of_as_that_and_not_as_a_fault_of_ours(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG)
    world.begin()
    world.name = "lightspeed_x__ecwid"
    for what in ("holds", "holds all", "quarantine"):
        assert world.decide(what) == []
    assert world.decide("people forget", email="jane@buyer.example") == [{"orders": 0}]
    assert {row["platform"] for row in world.decide("audit")} == {"lightspeed_x"}
    for what, code in (
        ("links", "never_ran"), ("links approve", "never_ran"), ("retry", "never_ran"), ("audit show", "unknown_run"),
        ("quarantine release", "never_ran"), ("holds approve", "unknown_hold"),
    ):  # fmt: skip
        with pytest.raises(MistakeInFiles) as caught:
            world.decide(what, sku="MUG-1", ids=["x"], of="x")
        assert caught.value.problems[0].code == code


def test_a_sku_that_is_not_at_the_till_is_told_of_and_not_shown_as_one_without_a_link(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG)
    world.begin()
    assert [row["state"] for row in world.decide("links", sku="MUG-1")] == ["linked"]
    with pytest.raises(MistakeInFiles) as caught:
        world.decide("links", sku="MUG-l")
    assert caught.value.problems[0].code == "unknown_sku"


@pytest.mark.rule("S000-60")
def test_a_product_deleted_in_the_store_is_not_explained_as_one_whose_level_is_safe_to_show(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.store.delete_product(world.store_product("MUG-1")["id"])
    (note,) = world.sync(full=True)["notes"]
    assert note.startswith("1 product of the till was deleted in the store and not created again")
    told = [f"{word}: {text}" for word, text in standing(explained(world), "shop")]
    assert "link: the store's record is gone: it was deleted there" in told[0]
    assert "last run: SKU: the linked store product is gone; `recreate_missing: true` would create it again" in told
    assert "`recreate_missing: true`" in told[-2]
    assert told[-1].endswith(f"--merchant shop links unlink {CONNECTION} --sku=MUG-1")
    assert level(world) == {"at the till": "12", "in the store": "-", "safe to show": "-"}
    assert world.sync(full=True, recreate_missing=True)["notes"] == []
    assert [word for word, _ in standing(explained(world), "shop")] == ["link", "last run", "last run"]
    assert level(world) == {"at the till": "12", "in the store": "12", "safe to show": "12"}


def level(world: Any) -> dict[str, str]:
    """The mug's level at the till, in the store, and what may be shown."""
    (_, head, (row,)), *_ = three_ways(explained(world))
    return {name: text for name, text in zip(head, row, strict=True) if name.startswith(("at", "in the", "safe"))}


def title(world: Any) -> str:
    """The heading of the explanation of the mug."""
    return as_table(explained(world))[0]


def explained(world: Any) -> dict[str, Any]:
    """What the tables say of the mug."""
    house = open_warehouse(world.home / "shop", "test", lambda _: None)
    try:
        return explain_sku(house, CONNECTION, "MUG-1", *CONNECTION.split("__"))
    finally:
        house.close()
