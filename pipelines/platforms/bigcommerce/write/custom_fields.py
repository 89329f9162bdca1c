"""Custom fields of one product: what is ours changes, the store's own stay as they are (S000-31).

Which names are ours is settled in the plan; between ``before`` and ``after`` only those differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Pair = tuple[str, str]
_SENT = ("id", "name", "value")


@dataclass(frozen=True)
class FieldChange:
    """``listed``: the whole list a PUT carries (None: it stands already); ``removed``: ids to delete after it."""

    listed: list[dict[str, Any]] | None
    removed: list[int]


def field_change(
    standing: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> FieldChange:
    """How to come from what stands in the store to what is wanted.

    The list is sent whole, with ids: whether entries that a PUT leaves out stay is not documented.
    """
    kept = [dict(entry) for entry in standing]
    had, wanted = [_pair(entry) for entry in before], [_pair(entry) for entry in after]
    dropped = [pair for pair in had if pair not in wanted]
    changed = False
    for pair in [pair for pair in wanted if pair not in had]:
        if any(_pair(entry) == pair for entry in kept):
            continue
        entry = _replaced(kept, pair[0], dropped, wanted)
        if entry is None:
            kept.append({"name": pair[0], "value": pair[1]})
        else:
            entry["value"] = pair[1]
        changed = True
    removed = [entry for entry in kept if _pair(entry) in dropped and "id" in entry]
    listed = [_as_sent(entry) for entry in kept if entry not in removed]
    return FieldChange(listed if changed else None, [entry["id"] for entry in removed])


def _replaced(kept: list[dict[str, Any]], name: str, dropped: list[Pair], wanted: list[Pair]) -> dict[str, Any] | None:
    """The entry whose value the new one takes: the one it had before, else the only unwanted one of that name."""
    same = [entry for entry in kept if entry.get("name") == name and _pair(entry) not in wanted]
    ours = [entry for entry in same if _pair(entry) in dropped]
    return ours[0] if ours else same[0] if len(same) == 1 else None


def _as_sent(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name in _SENT}


def _pair(entry: Mapping[str, Any]) -> Pair:
    return str(entry.get("name") or ""), str(entry.get("value") or "")
