"""Records in the order of their versions: the change feed behind every cursor list, at the cost of one page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Versioned(Protocol):
    """What a feed holds."""

    id: str
    version: int
    deleted_at: str | None


T = TypeVar("T", bound=Versioned)


@dataclass(frozen=True)
class Window:
    """Which part of a feed is wanted: versions in (after, before), at most ``size`` records."""

    size: int
    after: int = 0
    before: int | None = None
    deleted: bool = False
    descending: bool = False


class Feed(Generic[T]):
    """Records by id and by version. A changed record moves to the end; its old place is skipped."""

    def __init__(self) -> None:
        self.items: dict[str, T] = {}
        self._versions: list[int] = []
        self._ids: list[str] = []
        self.withheld: set[str] = set()
        """Ids of records that are not visible yet, whatever their version."""

    def put(self, record: T) -> None:
        """Add a record, or note its new version, which must be the highest so far."""
        self.items[record.id] = record
        self._versions.append(record.version)
        self._ids.append(record.id)
        if len(self._ids) > 1000 and len(self._ids) > 2 * len(self.items):
            self._compact()

    def fill(self, records: list[T]) -> None:
        """Replace everything by records with versions of their own."""
        self.items = {record.id: record for record in records}
        self._compact()

    def live(self, key: str) -> T | None:
        """A record that is not deleted."""
        record = self.items.get(key)
        return record if record is not None and record.deleted_at is None else None

    def page(self, window: Window) -> list[T]:
        """The records of a window, ascending by version unless it says otherwise."""
        found: list[T] = []
        for record in self._walk(window):
            if window.deleted or record.deleted_at is None:
                found.append(record)
                if len(found) >= window.size:
                    break
        return found

    def _walk(self, window: Window) -> Iterator[T]:
        low = bisect_right(self._versions, window.after)
        high = len(self._versions) if window.before is None else bisect_left(self._versions, window.before)
        places = range(high - 1, low - 1, -1) if window.descending else range(low, high)
        for at in places:
            record = self.items[self._ids[at]]
            if record.version == self._versions[at] and record.id not in self.withheld:
                yield record

    def place(self, record: T, version: int) -> None:
        """Give a record any version, an old one or one that another has too."""
        record.version = version
        self._compact()

    def _compact(self) -> None:
        ordered = sorted(self.items.values(), key=lambda record: record.version)
        self._versions = [record.version for record in ordered]
        self._ids = [record.id for record in ordered]
