"""The journal beside the warehouse: what is about to be sent, on disk before it is sent, and what came of it.

One JSON object per line: ``n`` (from 1, without gaps), ``first`` (the number that began its flush), ``epoch`` (the run
that wrote it), ``kind``, its values, ``crc``.
Keys, ids and hashes alone: no field of a product, nobody's data, no secret (I-16, I-35, I-36).
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.errors import MistakeInFiles, Problem

Entry = Mapping[str, Any]


class Journal:
    """An open journal; one process at a time, under the merchant's lock. Use ``open_journal``."""

    def __init__(self, path: Path, epoch: int, last: int) -> None:
        self.path = path
        self.epoch = epoch
        """The number of this process among those that ever wrote here, from 1."""
        self.last = last
        self._file = path.open("ab")

    def add(self, kind: str, entries: Sequence[Entry]) -> list[int]:
        """Append entries and return their numbers once they are on disk: one flush for all of them."""
        numbers = range(self.last + 1, self.last + 1 + len(entries))
        lines = [
            _line({"n": n, "first": numbers[0], "epoch": self.epoch, "kind": kind, **entry})
            for n, entry in zip(numbers, entries, strict=True)
        ]
        if lines:
            self._file.write(b"".join(lines))
            self._file.flush()
            os.fsync(self._file.fileno())
            self.last = numbers[-1]
        return list(numbers)

    def entries(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Entries with a number above ``after``, oldest first."""
        with self.path.open("rb") as file:
            for line in file:
                entry = _read(line)
                if entry is not None and entry["n"] > after:
                    yield entry

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_journal(folder: Path, known: int = 0) -> Journal:
    """Open or begin ``<folder>/journal.jsonl``; what a crash tore of the last flush is dropped: none of it was sent.

    ``known``: the highest number the warehouse has; a journal that was lost goes on above it. Raises MistakeInFiles
    where another line is damaged or out of order: what was sent is then no longer known.
    """
    path = folder / "journal.jsonl"
    new = not path.exists()
    with path.open("ab") as file:
        os.fchmod(file.fileno(), 0o600)
    if new:
        _keep_folder(folder)
    last, epoch, good = _check(path)
    if good < path.stat().st_size:
        with path.open("r+b") as file:
            file.truncate(good)
            os.fsync(file.fileno())
    return Journal(path, epoch + 1, max(last, known))


def _check(path: Path) -> tuple[int, int, int]:
    """The last number and epoch, and the length in bytes up to the end of the last whole line."""
    last = epoch = good = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            entry = _read(line)
            if entry is None or (last and entry["n"] != last + 1):
                if any(later["first"] > last + 1 for later in _readable(line + file.read())):
                    raise _damaged(path, number, line)
                return last, epoch, good
            last, epoch, good = entry["n"], entry["epoch"], good + len(line)
    return last, epoch, good


def _readable(damaged: bytes) -> Iterator[dict[str, Any]]:
    """Every whole entry of a part that is not whole, wherever it begins."""
    for begin in re.finditer(rb'\{"n":', damaged):
        entry = _read(damaged[begin.start() : damaged.find(b"\n", begin.start()) + 1])
        if entry is not None:
            yield entry


def _line(entry: Entry) -> bytes:
    text = exact_json.dumps(dict(entry)).encode()
    return text[:-1] + f',"crc":"{zlib.crc32(text):08x}"}}\n'.encode()


def _read(line: bytes) -> dict[str, Any] | None:
    text, mark, rest = line.rpartition(b',"crc":"')
    if not mark or not line.endswith(b'"}\n') or rest[:8] != f"{zlib.crc32(text + b'}'):08x}".encode():
        return None
    entry: dict[str, Any] = exact_json.loads(text + b"}")
    return entry


def _keep_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(path: Path, number: int, line: bytes) -> MistakeInFiles:
    return MistakeInFiles(
        Problem(
            "journal_damaged",
            f"line {number} of {path.name} of the merchant {path.parent.name} is damaged",
            file=str(path),
            line=number,
            found=f"{len(line)} bytes whose checksum or number does not fit",
            expected="lines as tillsync wrote them",
            do="move the file aside; the next run looks up in the store what it cannot remember",
        )
    )
