"""A file that was read: plain values, where each stands, and what was found wrong with it so far.

``yaml_text.py`` makes one from text, ``load.py`` joins it to what a file may say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipelines.kit.errors import MistakeInFiles, Problem

_SECRET = re.compile(r"token|secret|passw|credential|api_?key", re.IGNORECASE)
_USER_INFO = re.compile(r"://[^/\s]*@")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Spot:
    """Where something stands in the text, both counted from 1."""

    line: int
    column: int


@dataclass
class Document:
    """A file that was read: its value, where every value and key stands, and what was found wrong so far."""

    file: str
    value: Any = None
    lines: list[str] = field(default_factory=list)
    """The text, line by line."""
    spots: dict[Place, Spot] = field(default_factory=dict)
    keys: dict[Place, Spot] = field(default_factory=dict)
    words: dict[Place, str] = field(default_factory=dict)
    """Unquoted words that YAML 1.1 reads as true or false."""
    spoilt: set[Place] = field(default_factory=set)
    """Values that were refused already; a model's complaint about them would only repeat it."""
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, place: Place, code: str, message: str, *, key: bool = False, within: str = "", **more: str | None
    ) -> None:
        """Add a problem at ``place`` (its key when ``key``), or at the nearest value around it.

        ``within``: the word of the value's text that is wrong. A value that was refused already is not refused again.
        """
        if self.is_spoilt(place):
            return
        spot = (self.keys.get(place) if key else None) or self.spot(place)
        spot = self._word(spot, within) if within else spot
        if not key:
            self.spoilt.add(place)
        self.problems.append(Problem(code, message, self.file, spot.line, spot.column, **more))

    def done(self) -> None:
        """Raise MistakeInFiles when there are problems, in the order of the file."""
        if self.problems:
            raise MistakeInFiles(*sorted(self.problems, key=lambda p: (p.line or 0, p.column or 0)))

    def line(self, place: Place) -> int:
        """The line of a key, or of the nearest value around it."""
        return (self.keys.get(place) or self.spot(place)).line

    def is_spoilt(self, place: Place) -> bool:
        """Whether the value at ``place``, or one around it, was refused already."""
        return any(place[:length] in self.spoilt for length in range(len(place) + 1))

    def _word(self, spot: Spot, word: str) -> Spot:
        found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for line, text in enumerate(self.lines[spot.line - 1 :], spot.line):
            match = found.search(text, spot.column - 1 if line == spot.line else 0)
            if match is not None:
                return Spot(line, match.start() + 1)
        return spot

    def spot(self, place: Place) -> Spot:
        """Where a value stands, or the nearest one around it."""
        while place and place not in self.spots:
            place = place[:-1]
        return self.spots.get(place, Spot(1, 1))


def nearest(word: str, allowed: Sequence[str]) -> str | None:
    """``did you mean …``, when one allowed word is near."""
    close = get_close_matches(word, allowed, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def as_found(place: Place, value: object) -> str:
    """A value as a message may show it: never a secret, never a long text."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a mapping"
    if any(isinstance(part, str) and _SECRET.search(part) for part in place) or _USER_INFO.search(str(value)):
        return "a value that is not shown here"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def shown_path(path: Path) -> str:
    """The path as messages name it: relative to the caller's folder where it is below that."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def many_meanings(document: Document, place: Place, text: str, *, key: bool = False) -> None:
    """Add the problem of an unquoted scalar that readers of YAML disagree about (B79)."""
    shown = as_found(place, text)
    document.problem(
        place,
        "ambiguous",
        f"`{shown}` means different things to different readers of YAML",
        key=key,
        found=shown,
        expected="text in quotes, true or false, or a decimal number",
        do=f'write "{shown}" in quotes for the text',
    )
