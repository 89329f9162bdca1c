"""Whatever records change places, and whatever a store refuses: no two ever share a value, none keeps a passing one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.platform import PlanRow, Receipt
from pipelines.stages.swaps import DEEP, Exchange, own, passing, tangled, untangle

LONGEST = 40


def row(seq: int, before: str, after: str, **more: tuple[str, str]) -> PlanRow:
    """A row that changes a SKU, and what else is named."""
    changes = {name: {"before": one, "after": other} for name, (one, other) in more.items()}
    changes["sku"] = {"before": before, "after": after}
    return PlanRow(seq, "variant", "update", f"item-{seq}", after, f"Item {seq}", str(seq), None, None, changes)


@dataclass
class Shelf:
    """A store in which SKUs are unique whatever their case; ``refuses``: SKUs it takes from nobody."""

    skus: dict[int, str]
    refuses: frozenset[str] = frozenset()
    others: dict[int, str] = field(default_factory=dict)
    calls: int = 0

    def send(self, rows: Sequence[PlanRow]) -> Iterator[Receipt]:
        """One record after the other, in one call."""
        self.calls += 1
        for one in rows:
            after = one.after()
            if "price" in after:
                self.others[one.seq] = after["price"]
            wanted = after.get("sku", self.skus[one.seq])
            held = {sku.casefold() for seq, sku in self.skus.items() if seq != one.seq}
            refused = wanted in self.refuses or wanted.casefold() in held
            if not refused:
                self.skus[one.seq] = wanted
            yield Receipt(one.seq, "rejected" if refused else "ok", one.target_id)


def exchanged(shelf: Shelf, rows: Sequence[PlanRow], batch: int = 10) -> dict[int, str]:
    """What became of every row."""
    return {one.seq: one.outcome for one in Exchange(shelf.send, "sku", batch, LONGEST)(rows)}


@st.composite
def moves(draw: st.DrawFn) -> dict[str, str]:
    """Some records' SKUs, and the different ones they are to have."""
    held = draw(st.lists(st.sampled_from("abcdefghij"), min_size=2, unique=True))
    wanted = draw(st.permutations([*held, *"xyz"]))
    return {one: other for one, other in zip(held, wanted, strict=False) if one != other}


@given(moves(), st.integers(1, 4), st.frozensets(st.sampled_from("abcdefghijxyz"), max_size=2))
def test_every_record_has_its_new_sku_or_its_old_one_and_says_which(
    wanted: dict[str, str], batch: int, refuses: frozenset[str]
) -> None:
    rows = [row(seq, before, after) for seq, (before, after) in enumerate(wanted.items())]
    refuses = refuses - set(wanted)
    shelf = Shelf({one.seq: one.changes["sku"]["before"] for one in rows}, refuses)
    came = exchanged(shelf, rows, batch)
    assert set(came) == {one.seq for one in rows}
    for one in rows:
        change = one.changes["sku"]
        assert shelf.skus[one.seq] == change["after" if came[one.seq] == "ok" else "before"]
    if not refuses:
        assert set(came.values()) <= {"ok"}


@pytest.mark.parametrize(("size", "calls"), [(2, 3), (3, 4), (DEEP + 5, 4)])
def test_a_circle_is_opened_at_one_record_and_a_long_one_at_once(size: int, calls: int) -> None:
    rows = [row(seq, f"s{seq}", f"s{(seq + 1) % size}") for seq in range(size)]
    shelf = Shelf({seq: f"s{seq}" for seq in range(size)})
    assert set(exchanged(shelf, rows).values()) == {"ok"}
    assert shelf.calls == calls
    assert len(untangle(rows, "sku")[0]) == (1 if size < DEEP else size)


@pytest.mark.rule("S000-11")
def test_one_refused_in_a_circle_leaves_nobody_with_a_passing_sku() -> None:
    rows = [row(0, "a", "b"), row(1, "b", "c"), row(2, "c", "a")]

    class Moody(Shelf):
        def send(self, rows: Sequence[PlanRow]) -> Iterator[Receipt]:
            for receipt in super().send(rows):
                if (receipt.seq, self.skus[1]) == (1, "c"):
                    self.skus[1] = "b"
                    receipt = Receipt(1, "rejected", "1")  # noqa: PLW2901
                yield receipt

    shelf = Moody({0: "a", 1: "b", 2: "c"})
    assert exchanged(shelf, rows) == {0: "not_sent", 1: "rejected", 2: "not_sent"}
    assert shelf.skus == {0: "a", 1: "b", 2: "c"}


def test_what_else_changed_is_sent_whatever_becomes_of_the_sku() -> None:
    rows = [row(0, "a", "b", price=("1", "2")), row(1, "b", "no", price=("1", "3"))]
    shelf = Shelf({0: "a", 1: "b"}, frozenset({"no"}))
    assert exchanged(shelf, rows) == {0: "not_sent", 1: "rejected"}
    assert shelf.others == {0: "2", 1: "3"}


def test_a_row_that_touches_no_other_is_left_alone() -> None:
    rows = [row(0, "a", "b"), row(1, "b", "c"), row(2, "x", "X"), row(3, "d", "e")]
    rows += [PlanRow(4, "variant", "update", "item-4", None, None, "4", None, None, {"price": {"after": 1}})]
    assert [[one.seq for one in group] for group in tangled(rows, "sku")] == [[0, 1]]


@pytest.mark.parametrize("held", ["a", "a" * (LONGEST - 5), ""])
def test_a_passing_sku_fits_and_tells_whose_it_was(held: str) -> None:
    way = passing(row(7, held, "b"), "sku", LONGEST)
    assert len(way) <= LONGEST
    left = row(7, way, "b")
    assert own(left, "sku") in {held, ""}
    assert passing(left, "sku", LONGEST) == way
