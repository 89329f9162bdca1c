"""The journal beside the warehouse: what is about to be sent, on disk before it is sent, and what came of it.

One JSON object per line: ``n`` (from 1, growing), ``after`` (the last number before its flush), ``epoch`` (the run
that wrote it), ``kind``, its values, ``crc``.
Keys, ids and hashes alone: no field of a product, nobody's data, no secret (I-16, I-35, I-36).
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.errors import MerchantBusy, MistakeInFiles, Problem

NAME = "journal.jsonl"
Entry = Mapping[str, Any]


@dataclass
class _Found:
    """What a file holds up to the end of its last whole flush."""

    last: int = 0
    after: int = 0
    epoch: int = 0
    good: int = 0
    unread: list[Entry] = field(default_factory=list)

    def follows(self, entry: Entry) -> bool:
        """Whether an entry begins the next flush or goes on with the present one."""
        begins, goes_on = entry["after"] == self.last, entry["after"] == self.after and entry["n"] == self.last + 1
        return bool(entry["n"] > self.last and (begins or goes_on))


class Journal:
    """An open journal; one process at a time, under the merchant's lock. Use ``open_journal``."""

    def __init__(self, path: Path, found: _Found, known: int) -> None:
        self.path = path
        self.epoch = found.epoch + 1
        """The number of this process among those that ever wrote here, from 1."""
        self.last = max(found.last, known)
        self.lost = found.last < known
        """Whether entries are missing that the warehouse has: what was sent last, it may not have either."""
        self.unread: list[Entry] = found.unread
        """Entries the warehouse does not have, oldest first; whoever puts them there empties the list."""
        self._written = found.last
        self._open()

    def add(self, kind: str, entries: Sequence[Entry]) -> list[int]:
        """Append entries and return their numbers once they are on disk: one flush for all of them.

        Raises MerchantBusy where another process took over (I-39).
        """
        self.guard()
        after = self._written
        numbered = [
            {"n": n, "after": after, "epoch": self.epoch, "kind": kind, **entry}
            for n, entry in enumerate(entries, start=self.last + 1)
        ]
        if numbered:
            self._file.write(b"".join(_line(entry) for entry in numbered))
            self._keep()
            self.last = self._written = self.last + len(numbered)
            self.unread += numbered
        return [entry["n"] for entry in numbered]

    def restore(self, entries: Sequence[Entry]) -> None:
        """Append entries that this file lost and the warehouse kept, oldest first, under the numbers they had.

        Torn by a crash it is still a whole journal that lacks some: the next process restores those.
        """
        self.guard()
        for entry in entries:
            if entry["n"] > self._written:
                self._file.write(_line({"n": entry["n"], **entry, "after": self._written}))
                self._written, self.epoch = entry["n"], max(self.epoch, entry["epoch"] + 1)
        self._keep()

    def guard(self) -> None:
        """Raise MerchantBusy where the file is not as this process left it: another one writes, or wrote, here.

        A process that was stopped for long must not go on where its lock was taken for that of a dead one (I-39).
        """
        mine = os.fstat(self._file.fileno())
        try:
            there = self.path.stat()
        except FileNotFoundError:
            raise _taken_over(self.path) from None
        if (there.st_dev, there.st_ino, there.st_size) != (mine.st_dev, mine.st_ino, self._end):
            raise _taken_over(self.path)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._end

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry of the file, oldest first."""
        with self.path.open("rb") as file:
            yield from filter(None, map(_read, file))

    def compact(self, keep: Collection[int]) -> None:
        """Leave out every entry that is not in ``keep``; a crash leaves the old file or the new one, whole."""
        self.guard()
        beside = self.path.with_name(f"{NAME}.new")
        after = 0
        with beside.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            for entry in self.entries():
                if entry["n"] in keep or entry["n"] == self._written:
                    file.write(_line({**entry, "after": after}))
                    after = entry["n"]
            file.flush()
            os.fsync(file.fileno())
        self._file.close()
        os.replace(beside, self.path)
        _keep_folder(self.path.parent)
        self._open()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _keep(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._end = self._file.tell()

    def _open(self) -> None:
        self._file = self.path.open("ab")
        self._end = self._file.tell()


def open_journal(folder: Path, known: int = 0) -> Journal:
    """Open or begin ``<folder>/journal.jsonl``; what a crash tore of the last flush is dropped: none of it was sent.

    ``known``: the highest number the warehouse has; a journal that was lost, or is older than the warehouse, goes on
    above it. Raises MistakeInFiles where another line is damaged or missing: what was sent is then no longer known.
    """
    path = folder / NAME
    new = not path.exists()
    with path.open("ab") as file:
        os.fchmod(file.fileno(), 0o600)
    if new:
        _keep_folder(folder)
    found = _check(path, known)
    if found.good < path.stat().st_size:
        with path.open("r+b") as file:
            file.truncate(found.good)
            os.fsync(file.fileno())
    return Journal(path, found, known)


def _check(path: Path, known: int) -> _Found:
    found = _Found()
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            entry = _read(line)
            if entry is None or not found.follows(entry):
                if any(later["after"] > found.last for later in _readable(line + file.read())):
                    raise _damaged(path, number, line)
                return found
            found.last, found.after, found.epoch = entry["n"], entry["after"], entry["epoch"]
            found.good += len(line)
            if entry["n"] > known:
                found.unread.append(entry)
    return found


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


def _taken_over(path: Path) -> MerchantBusy:
    return MerchantBusy(
        Problem(
            "merchant_taken_over",
            f"another run took over the merchant {path.parent.name}; this one sends nothing more",
            found=f"a {path.name} that this run did not write",
            expected=f"the {path.name} this run opened",
            do="let the other run end, then run again",
        )
    )


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
