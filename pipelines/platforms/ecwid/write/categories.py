"""Categories of the store by the path of their names, made where they are not there (fact sheet §3).

Names need not be unique: of several categories of one path the lowest id is taken. Which products are in them is
``updates.py`` and ``products.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.http import Session
from pipelines.platforms.ecwid.write.sending import record_of

PAGE = 100
DEEPEST = 20
BETWEEN = " / "


class Shelves:
    """The store's categories, read once when first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._paths: dict[str, int] | None = None
        self._names: dict[int, str] = {}

    def of(self, paths: Iterable[str]) -> list[int]:
        """The ids of these paths, each made where it is not there. Raises CallFailed."""
        return [self._one(path) for path in paths]

    def path(self, category: int) -> str | None:
        """The path of a category by its id; None: there is none."""
        self._known()
        return self._names.get(category)

    def merged(self, standing: Sequence[int], before: Sequence[str], after: Sequence[str]) -> list[int]:
        """The categories a product is to be in: those it is in, without what was dropped, with what was added."""
        dropped = set(before) - set(after)
        kept = [one for one in standing if self.path(one) not in dropped]
        there = {self.path(one) for one in kept}
        return [*kept, *self.of(path for path in after if path not in there)]

    def _one(self, path: str) -> int:
        known = self._known()
        if path in known:
            return known[path]
        above, _, name = path.rpartition(BETWEEN)
        body: dict[str, Any] = {"name": name, "enabled": True}
        if above:
            body["parentId"] = self._one(above)
        made = self._make(path, body)
        known[path], self._names[made] = made, path
        return made

    def _make(self, path: str, body: dict[str, Any]) -> int:
        try:
            answer = self._session.call("POST", "/categories", body=body)
        except CallFailed as failure:
            if failure.outcome != "unknown":
                raise
            self._paths = None
            found = self._known().get(path)
            if found is None:
                raise
            return found
        made = record_of(answer).get("id")
        if not isinstance(made, int):
            raise CallFailed(Problem("no_id", "the store made a category but named no id"), "unknown", answer.status)
        return made

    def _known(self) -> dict[str, int]:
        if self._paths is None:
            rows = {int(one["id"]): one for one in self._listed() if one.get("id") is not None}
            self._names = {key: path for key in sorted(rows, reverse=True) if (path := _path(key, rows))}
            self._paths = {path: key for key, path in self._names.items()}
        return self._paths

    def _listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            params = {"hidden_categories": "true", "withSubcategories": "true", "limit": PAGE, "offset": len(found)}
            told = record_of(self._session.call("GET", "/categories", params=params))
            items = told.get("items") or []
            found += items
            if not items or len(found) >= int(told.get("total") or 0):
                return found


def _path(key: int, rows: dict[int, dict[str, Any]]) -> str | None:
    names: list[str] = []
    at: int | None = key
    while at:
        row = rows.get(at)
        if row is None or len(names) >= DEEPEST:
            return None
        names.insert(0, str(row.get("name") or ""))
        parent = row.get("parentId")
        at = int(parent) if parent else None
    return BETWEEN.join(names)
