"""Swaps: rows that want a SKU or name which another row of the same run gives up, in an order no store has to refuse.

A store in which no two records share a value refuses it to whoever comes first, and whether one call may let two
change places is documented nowhere. So the record that gives a value up goes before the one that takes it, and of
records that wait for each other in a circle one makes way under a passing value. Which record holds what is read anew
by every run, so one that finds a passing value, left by a run that was killed, finishes what that one began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.kit.platform import PlanRow, Platform, Receipt

Send = Callable[[Sequence[PlanRow]], Iterable[Receipt]]
DEEP = 12
"""Longer queues are not served one by one: then all of them make way, and two turns are enough."""
_LONGEST = {"sku": "sku_length", "name": "product_name_length"}
_LANDED = frozenset({"ok", "exists"})


@dataclass(frozen=True)
class Part:
    """Rows that are sent together, and how. ``ways``: the passing values some of them may have in between, by row."""

    rows: list[PlanRow]
    send: Send
    ways: Mapping[int, str]


def parts(rows: Sequence[PlanRow], send: Send, batch: int, target: Platform) -> Iterator[Part]:
    """The rows of one level and action, ``batch`` in a part; those that wait for each other together, and first."""
    name = target.unique.get(rows[0].level, "") if rows and rows[0].action == "update" else ""
    groups = tangled(rows, name) if name else []
    together: list[PlanRow] = []
    for group in groups:
        together += group
        if len(together) >= batch or group is groups[-1]:
            longest = int(target.limits[_LONGEST[name]])
            ways = {row.seq: passing(row, name, longest) for row in untangle(together, name)[0]}
            yield Part(together, Exchange(send, name, batch, longest), ways)
            together = []
    apart = {row.seq for group in groups for row in group}
    left = [row for row in rows if row.seq not in apart]
    for start in range(0, len(left), batch):
        yield Part(left[start : start + batch], send, {})


def passing(row: PlanRow, name: str, longest: int) -> str:
    """The value a record has while others change places: none that anybody else can have, its own before it."""
    mark, held = _mark(row), own(row, name)
    return f"{held}{mark}" if held and len(held) + len(mark) <= longest else mark.lstrip("~")


def own(row: PlanRow, name: str) -> str:
    """The value the record held before, also where a run that was killed left a passing one; may be empty then."""
    held = str(row.changes[name]["before"] or "")
    return "" if held == _mark(row).lstrip("~") else held.removesuffix(_mark(row))


def _mark(row: PlanRow) -> str:
    return "~t" + hashlib.md5(row.item_id.encode(), usedforsecurity=False).hexdigest()[:8]


def tangled(rows: Sequence[PlanRow], name: str) -> list[list[PlanRow]]:
    """Groups of rows that touch each other's value of a field; rows by themselves are in none."""
    holders = _holders(rows, name)
    first = {row.seq: row.seq for row in rows if name in row.changes}
    for row in rows:
        holder = _awaited(row, name, holders)
        if holder is not None:
            one, other = sorted((_root(first, row.seq), _root(first, holder.seq)))
            first[other] = one
    groups: dict[int, list[PlanRow]] = {}
    for row in sorted(rows, key=lambda row: row.seq):
        if row.seq in first:
            groups.setdefault(_root(first, row.seq), []).append(row)
    return [group for group in groups.values() if len(group) > 1]


def _root(first: dict[int, int], seq: int) -> int:
    """The first row of the group a row is in; the way there is made shorter."""
    while first[seq] != seq:
        first[seq] = first[first[seq]]
        seq = first[seq]
    return seq


def untangle(rows: Sequence[PlanRow], name: str) -> tuple[list[PlanRow], list[list[PlanRow]]]:
    """Who makes way first, and the turns in which the rows then go; one row of every circle makes way."""
    holders = _holders(rows, name)
    awaited = {row.seq: _awaited(row, name, holders) for row in rows}
    aside = [min(circle, key=lambda row: row.seq) for circle in _circles(rows, awaited)]
    free, turns, left = {row.seq for row in aside}, [], list(rows)
    while left:
        turn = [row for row in left if (holder := awaited[row.seq]) is None or holder.seq in free]
        gone = {row.seq for row in turn}
        free |= gone
        left = [row for row in left if row.seq not in gone]
        turns.append(turn)
        if len(turns) > DEEP:
            return list(rows), [list(rows)]
    return aside, turns


def _circles(rows: Sequence[PlanRow], awaited: Mapping[int, PlanRow | None]) -> Iterator[list[PlanRow]]:
    seen: set[int] = set()
    for row in rows:
        path: dict[int, PlanRow] = {}
        one: PlanRow | None = row
        while one is not None and one.seq not in path and one.seq not in seen:
            path[one.seq] = one
            one = awaited[one.seq]
        if one is not None and one.seq in path:
            numbers = list(path)
            yield [path[number] for number in numbers[numbers.index(one.seq) :]]
        seen |= path.keys()


def _holders(rows: Sequence[PlanRow], name: str) -> dict[str, PlanRow]:
    held = {_folded(row.changes[name]["before"]): row for row in rows if name in row.changes}
    held.pop("", None)
    return held


def _awaited(row: PlanRow, name: str, holders: Mapping[str, PlanRow]) -> PlanRow | None:
    holder = holders.get(_folded(row.changes[name]["after"])) if name in row.changes else None
    return None if holder is None or holder.seq == row.seq else holder


def _folded(value: object) -> str:
    return str(value or "").strip().casefold()


@dataclass(frozen=True)
class Exchange:
    """Sends rows of tangled groups; ``send`` takes ``batch`` rows at a time. ``longest``: how long a value may be."""

    send: Send
    name: str
    batch: int
    longest: int

    def __call__(self, rows: Sequence[PlanRow]) -> Iterator[Receipt]:
        """A receipt per row. Other fields of a row go first: they wait for nobody.

        Of a circle in which one is refused all get back what they had, so that none keeps a passing value.
        """
        others = self._sent([one for row in rows if (one := self._part(row, rest=True)).changes])
        only = [self._part(row, rest=False) for row in rows]
        came = self._exchange(only)
        for row in rows:
            yield _together([others[row.seq], came[row.seq]] if row.seq in others else [came[row.seq]])

    def _exchange(self, rows: Sequence[PlanRow]) -> dict[int, Receipt]:
        holders, (aside, turns) = _holders(rows, self.name), untangle(rows, self.name)
        made = self._sent([self._with(row, passing(row, self.name, self.longest)) for row in aside])
        came = {seq: receipt for seq, receipt in made.items() if receipt.outcome not in _LANDED}
        moved = {row.seq for row in aside if row.seq not in came}
        for turn in turns:
            ready = []
            for row in (row for row in turn if row.seq not in came):
                holder = _awaited(row, self.name, holders)
                if holder is None or holder.seq in moved:
                    ready.append(row)
                else:
                    came[row.seq] = self._waits(row, holder)
            sent = self._sent(ready)
            came |= sent
            moved |= {row.seq for row in ready if sent[row.seq].outcome in _LANDED}
        self._back(rows, [row for row in aside if row.seq in made and row.seq in moved], came)
        return came

    def _back(self, rows: Sequence[PlanRow], away: Sequence[PlanRow], came: dict[int, Receipt]) -> None:
        """Give a group back what it had where one of it that made way cannot have what it wants."""
        lost = {row.seq for row in away if came[row.seq].outcome in {"rejected", "not_sent"}}
        for group in tangled(rows, self.name):
            if not lost & {row.seq for row in group}:
                continue
            _, turns = untangle(group, self.name)
            taken = [row for turn in reversed(turns) for row in turn if came[row.seq].outcome in _LANDED]
            for row in [*taken, *(row for row in group if row.seq in lost)]:
                if own(row, self.name):
                    self._sent([self._with(row, own(row, self.name))])
            about = f"{self.name} goes back, because another record could not have the one it was to get"
            came |= {row.seq: Receipt(row.seq, "not_sent", row.target_id, {}, None, about) for row in taken}

    def _waits(self, row: PlanRow, holder: PlanRow) -> Receipt:
        who = holder.sku or holder.name or holder.item_id
        about = f"{self.name} {row.changes[self.name]['after']} is still that of {who}, which did not get its own"
        return Receipt(row.seq, "not_sent", row.target_id, {}, None, about)

    def _part(self, row: PlanRow, *, rest: bool) -> PlanRow:
        return replace(row, changes={name: one for name, one in row.changes.items() if (name != self.name) is rest})

    def _with(self, row: PlanRow, value: str) -> PlanRow:
        return replace(row, changes={self.name: {**row.changes[self.name], "after": value}})

    def _sent(self, rows: Sequence[PlanRow]) -> dict[int, Receipt]:
        found: dict[int, Receipt] = {}
        for start in range(0, len(rows), self.batch):
            found |= {receipt.seq: receipt for receipt in self.send(rows[start : start + self.batch])}
        return found


def _together(receipts: Sequence[Receipt]) -> Receipt:
    failed = [one for one in receipts if one.outcome not in _LANDED]
    landed = [one for one in receipts if one.outcome == "ok"]
    made: dict[str, Mapping[str, str]] = {}
    for one in receipts:
        made |= one.created
    return replace((failed or landed or list(receipts))[0], created=made)
