"""What is recorded for an order comes to what is ordered, however often it is edited (`reliability.md` §2.6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.documents import (
    Document,
    Kind,
    Line,
    Refund,
    delta,
    digest,
    document_id,
    net,
    reference,
    refunded,
)

KEYS = st.sampled_from(["11", "12", "13", "shipping", "rounding"])


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """The lines of one order: some with money that does not divide by their units."""
    chosen = draw(st.lists(KEYS, unique=True, max_size=5))
    return [draw(one_line(key)) for key in chosen]


@st.composite
def one_line(draw: st.DrawFn, key: str) -> Line:
    quantity = Decimal(draw(st.integers(1, 6)))
    each = draw(st.sampled_from([Decimal(999), Decimal(1000), Decimal("333.5")]))
    total = draw(st.one_of(st.just(each * quantity), st.integers(-3, 9000).map(Decimal)))
    tax = draw(st.sampled_from([Decimal(0), total / 10]))
    item = draw(st.sampled_from(["item-a", "item-b"]))
    return Line(key, item, quantity, total, tax, "tax-1", note=draw(st.sampled_from(["", "a wish"])))


def said(found: Sequence[Line]) -> list[dict[str, str]]:
    return sorted((line.said() | {"discount": ""} for line in found if line.quantity), key=lambda line: line["key"])


def money(found: Sequence[Line]) -> tuple[Decimal, Decimal]:
    return sum((line.total for line in found), Decimal(0)), sum((line.tax for line in found), Decimal(0))


@pytest.mark.invariant("I-1")
@pytest.mark.invariant("I-4")
@given(st.lists(lines(), min_size=1, max_size=6))
def test_an_edited_order_is_recorded_as_it_stands_and_to_the_cent(states: list[list[Line]]) -> None:
    documents: list[tuple[Kind, Sequence[Line]]] = []
    for current in states:
        before = net(documents)
        returned, sold = delta(before, current)
        documents += [("return", returned)] if returned else []
        documents += [("sale", sold)] if sold else []
        assert said(net(documents)) == said(current)
        assert money(net(documents)) == money(current)
        assert all(line.quantity > 0 for line in (*returned, *sold))
        assert delta(net(documents), current) == ([], [])


@st.composite
def refunds(draw: st.DrawFn, found: list[Line]) -> list[Refund]:
    """Refunds of an order, also of more than there is, and of no line."""
    keys = st.sampled_from([None, "gone", *(line.key for line in found)])
    parts = draw(st.lists(st.tuples(keys, st.integers(0, 4), st.integers(0, 5000)), max_size=4))
    return [Refund(f"refund-{n}", key, Decimal(units), Decimal(money)) for n, (key, units, money) in enumerate(parts)]


@pytest.mark.rule("S001-39")
@pytest.mark.invariant("I-4")
@given(st.data(), lines())
def test_refunds_take_off_exactly_what_was_paid_back(data: st.DataObject, ordered: list[Line]) -> None:
    given_back = data.draw(refunds(ordered))
    left = refunded(ordered, given_back, "helper", "tax-0")
    paid_back = sum((part.amount for part in given_back), Decimal(0))
    assert money(left)[0] == money(ordered)[0] - paid_back
    assert len({line.key for line in left}) == len(left)
    units = {line.key: line.quantity for line in ordered}
    assert all(0 <= line.quantity <= units[line.key] for line in left if line.item_id != "helper")
    documents: list[tuple[Kind, Sequence[Line]]] = [("sale", ordered)]
    for current in (left, ordered, left):
        returned, sold = delta(net(documents), current)
        documents += [("return", returned), ("sale", sold)]
        assert all(line.quantity > 0 for line in (*returned, *sold))
        assert said(net(documents)) == said(current)
        assert money(net(documents)) == money(current)


@pytest.mark.invariant("I-5")
@given(lines(), lines(), lines())
def test_two_edits_seen_as_one_come_to_the_same(first: list[Line], between: list[Line], last: list[Line]) -> None:
    def after(states: Sequence[list[Line]]) -> list[dict[str, str]]:
        documents: list[tuple[Kind, Sequence[Line]]] = []
        for current in states:
            returned, sold = delta(net(documents), current)
            documents += [("return", returned), ("sale", sold)]
        return said(net(documents))

    assert after([first, between, last]) == after([first, last])


@pytest.mark.invariant("I-5")
@given(lines())
def test_nothing_is_given_back_beyond_what_was_recorded(recorded: list[Line]) -> None:
    returned, sold = delta(recorded, [])
    assert (said(returned), sold) == (said(recorded), [])
    known = {line.key: line.quantity for line in recorded}
    assert all(line.quantity <= known[line.key] for line in returned)


@pytest.mark.invariant("I-2")
@given(lines(), st.permutations(["11", "12", "13", "shipping", "rounding"]))
def test_the_same_step_has_the_same_id_whatever_the_order_of_its_lines(found: list[Line], places: list[str]) -> None:
    moved = sorted(found, key=lambda line: places.index(line.key))
    assert digest(found) == digest(moved)
    assert document_id("c", "100", 1, "sale", found) == document_id("c", "100", 1, "sale", moved)


@pytest.mark.invariant("I-2")
def test_an_edit_that_is_made_again_is_another_document() -> None:
    line = Line("11", "item-a", Decimal(1), Decimal(500), Decimal(0), "tax-1")
    ids = {document_id("c", "100", number, "sale", [line]) for number in (1, 2, 3)}
    assert len(ids) == 3
    assert document_id("c", "100", 1, "return", [line]) not in ids
    assert document_id("d", "100", 1, "sale", [line]) not in ids
    assert document_id("c", "101", 1, "sale", [line]) not in ids
    assert reference("100", 1) != reference("100", 2)


@given(lines())
def test_a_document_is_the_same_after_the_journal(found: list[Line]) -> None:
    made = Document(
        "id", "WEB-1-1", "1", "1", 1, "sale", "closed", "r", "u", None, "2026-03-02T09:00:00Z", "", tuple(found), ()
    )
    again = Document.of(made.as_json())
    assert (again, again.total, again.tax) == (made, made.total, made.tax)
