"""The engine's journal as it lies on disk, read by the simulator alone: what a crash at this moment would leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class JournalFile:
    """Intents and outcomes by number; reads only what was added, and all again where the file became another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self.read_to = self.inode = self.epoch = 0
        self.intents: dict[int, dict[str, Any]] = {}
        self.ended: set[int] = set()
        self.came: dict[int, str] = {}

    def refresh(self) -> None:
        """Take what is on disk now."""
        try:
            there = self.path.stat()
        except FileNotFoundError:
            self._forget()
            return
        if there.st_ino != self.inode or there.st_size < self.read_to:
            self._forget()
            self.inode = there.st_ino
        with self.path.open("rb") as file:
            file.seek(self.read_to)
            for line in file:
                if not line.endswith(b"}\n"):
                    break
                self.read_to += len(line)
                self._take(json.loads(line))

    def _take(self, entry: dict[str, Any]) -> None:
        self.epoch = entry["epoch"]
        if entry["kind"] == "intent":
            self.intents[entry["n"]] = entry
        elif entry["kind"] == "outcome":
            self.ended.add(entry["intent"])
            self.came[entry["intent"]] = entry["outcome"]

    def unfinished(self) -> list[dict[str, Any]]:
        """Intents of the last process without an outcome: what may be on its way now."""
        return [one for n, one in self.intents.items() if n not in self.ended and one["epoch"] == self.epoch]
