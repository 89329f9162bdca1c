"""Ids a platform gives: by kind, each once."""

from __future__ import annotations


class Numbered:
    """What gives ids. ``_last``: by kind, the last that was given."""

    _last: dict[str, int]

    def next_id(self, kind: str) -> int:
        """The next id of a kind of record; ids are never used again."""
        self._last[kind] = self.given(kind) + 1
        return self._last[kind]

    def given(self, kind: str) -> int:
        """The last id of a kind that was given."""
        return self._last.get(kind, 0)

    def keep_given(self, kind: str, last: int) -> None:
        """Give no id of a kind up to ``last`` again."""
        self._last[kind] = max(self.given(kind), last)
