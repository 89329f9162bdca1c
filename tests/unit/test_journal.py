"""The journal: what was promised to be on disk is read again, and what is damaged is never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.journal import open_journal

GROUPS = [["a"], ["b", "ü"], ["d"]]


def written(folder: Path) -> bytes:
    """A journal of three flushes; its bytes."""
    journal = open_journal(folder)
    for group in GROUPS:
        journal.add("intent", [{"item": item} for item in group])
    journal.close()
    return (folder / "journal.jsonl").read_bytes()


def items(folder: Path, after: int = 0) -> list[str]:
    """What an opened journal still tells."""
    journal = open_journal(folder)
    try:
        return [entry["item"] for entry in journal.entries(after)]
    finally:
        journal.close()


@pytest.mark.invariant("I-16")
def test_what_was_added_is_told_again_in_order_with_who_added_it(tmp_path: Path) -> None:
    written(tmp_path)
    journal = open_journal(tmp_path)
    assert journal.add("outcome", [{"item": "e", "price": 1}]) == [5]
    assert [(e["n"], e["first"], e["epoch"], e["kind"]) for e in journal.entries(after=3)] == [
        (4, 4, 1, "intent"),
        (5, 5, 2, "outcome"),
    ]
    journal.close()
    assert items(tmp_path, after=2) == ["ü", "d", "e"]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    written(tmp_path)
    assert (tmp_path / "journal.jsonl").stat().st_mode & 0o777 == 0o600


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_crash_at_any_byte_loses_at_most_the_flush_it_tore(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    whole = written(folder)
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


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_before_the_last_flush_stops_the_start(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    whole = written(folder)
    before = len(b"".join(whole.splitlines(keepends=True)[:3]))
    at = data.draw(st.integers(0, before - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    (folder / "journal.jsonl").write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
    with pytest.raises(MistakeInFiles, match="damaged"):
        open_journal(folder)
