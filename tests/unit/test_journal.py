"""The journal: what was promised to be on disk is read again, and what is damaged is never passed over."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.kit.errors import MerchantBusy, MistakeInFiles
from pipelines.kit.journal import open_journal

NewJournal = Callable[[], tuple[Path, bytes]]
GROUPS = [["a"], ["b", "ü"], ["d"]]


def examples(test: Callable[..., None]) -> Callable[..., None]:
    """A property of journals, tried with sixty of them."""
    return settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])(
        given(st.data())(test)
    )


def written(folder: Path) -> bytes:
    """A journal of three flushes; its bytes."""
    journal = open_journal(folder)
    for group in GROUPS:
        journal.add("intent", [{"item": item} for item in group])
    journal.close()
    return (folder / "journal.jsonl").read_bytes()


def items(folder: Path, known: int = 0) -> list[str]:
    """What an opened journal still tells a warehouse that knows as much."""
    journal = open_journal(folder, known)
    journal.close()
    return [entry["item"] for entry in journal.unread]


@pytest.mark.invariant("I-16")
def test_what_was_added_is_told_again_in_order_with_who_added_it(tmp_path: Path) -> None:
    written(tmp_path)
    journal = open_journal(tmp_path)
    assert journal.add("outcome", [{"item": "e", "price": 1}]) == [5]
    assert [(e["n"], e["after"], e["epoch"], e["kind"]) for e in journal.entries()][3:] == [
        (4, 3, 1, "intent"),
        (5, 4, 2, "outcome"),
    ]
    journal.close()
    assert items(tmp_path, known=2) == ["ü", "d", "e"]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    written(tmp_path)
    assert (tmp_path / "journal.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def new_journal(tmp_path: Path) -> NewJournal:
    """A maker of folders, each with a journal of three flushes, and its bytes: one for every example."""
    numbers = itertools.count()

    def make() -> tuple[Path, bytes]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return folder, written(folder)

    return make


@examples
def test_a_crash_at_any_byte_loses_at_most_the_flush_it_tore(new_journal: NewJournal, data: st.DataObject) -> None:
    folder, whole = new_journal()
    lines = whole.splitlines(keepends=True)
    cut = data.draw(st.integers(0, len(whole)))
    (folder / "journal.jsonl").write_bytes(whole[:cut])
    kept = sum(1 for n in range(1, len(lines) + 1) if len(b"".join(lines[:n])) <= cut)
    assert items(folder) == ["a", "b", "ü", "d"][:kept]
    again = open_journal(folder)
    assert again.add("intent", [{"item": "after"}]) == [kept + 1]
    again.close()
    assert items(folder)[-1] == "after"


def test_a_page_of_the_last_flush_that_never_reached_the_disk_takes_the_flush_with_it(tmp_path: Path) -> None:
    lines = written(tmp_path).splitlines(keepends=True)[:3]
    (tmp_path / "journal.jsonl").write_bytes(lines[0] + b"\0" * (len(lines[1]) - 1) + b"\n" + lines[2])
    assert items(tmp_path) == ["a"]


@examples
def test_damage_before_the_last_flush_stops_the_start(new_journal: NewJournal, data: st.DataObject) -> None:
    folder, whole = new_journal()
    before = len(b"".join(whole.splitlines(keepends=True)[:3]))
    at = data.draw(st.integers(0, before - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    (folder / "journal.jsonl").write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
    with pytest.raises(MistakeInFiles, match="damaged"):
        open_journal(folder)


def test_compaction_keeps_what_is_asked_for_and_numbers_go_on(tmp_path: Path) -> None:
    written(tmp_path)
    journal = open_journal(tmp_path)
    journal.compact({2})
    assert journal.add("intent", [{"item": "e"}, {"item": "f"}]) == [5, 6]
    journal.close()
    assert items(tmp_path) == ["b", "d", "e", "f"]
    assert (tmp_path / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_line_taken_out_of_a_compacted_journal_stops_the_start(tmp_path: Path) -> None:
    written(tmp_path)
    journal = open_journal(tmp_path)
    journal.compact({1, 2, 3})
    journal.close()
    file = tmp_path / "journal.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], *lines[2:]]))
    with pytest.raises(MistakeInFiles, match="damaged"):
        open_journal(tmp_path)


def test_a_journal_older_than_the_warehouse_goes_on_above_it(tmp_path: Path) -> None:
    written(tmp_path)
    journal = open_journal(tmp_path, known=90)
    assert journal.add("intent", [{"item": "later"}]) == [91]
    journal.close()
    assert items(tmp_path) == ["a", "b", "ü", "d", "later"]


@pytest.mark.invariant("I-37")
@examples
def test_a_journal_torn_while_it_was_made_again_is_made_again_once_more(
    new_journal: NewJournal, data: st.DataObject
) -> None:
    folder, whole = new_journal()
    journal = open_journal(folder)
    known = journal.unread
    journal.close()
    (folder / "journal.jsonl").write_bytes(b"")
    last = len(known)
    journal = open_journal(folder, last)
    journal.restore(known)
    journal.close()
    restored = (folder / "journal.jsonl").read_bytes()
    assert items(folder) == [entry["item"] for entry in known]
    (folder / "journal.jsonl").write_bytes(restored[: data.draw(st.integers(0, len(restored)))])
    journal = open_journal(folder, last)
    journal.restore(known)
    assert journal.add("intent", [{"item": "later"}]) == [last + 1]
    journal.close()
    assert items(folder) == [*(entry["item"] for entry in known), "later"]
    assert len(whole) == len(restored)


@pytest.mark.invariant("I-39")
@pytest.mark.parametrize("meanwhile", ["another wrote", "it was moved", "it was replaced"])
def test_a_process_that_slept_while_another_took_over_sends_nothing(tmp_path: Path, meanwhile: str) -> None:
    written(tmp_path)
    asleep = open_journal(tmp_path)
    if meanwhile != "another wrote":
        (tmp_path / "journal.jsonl").rename(tmp_path / "aside")
    if meanwhile != "it was moved":
        other = open_journal(tmp_path)
        other.add("intent", [{"item": "theirs"}])
        other.close()
    with pytest.raises(MerchantBusy, match="took over"):
        asleep.add("intent", [{"item": "mine"}])
    with pytest.raises(MerchantBusy):
        asleep.guard()
