"""Where each row of the field map's drawing lies; the drawing itself is a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

ROW = 18
HEAD = 30


@dataclass(frozen=True)
class Line:
    """One field: its height in the drawing, its names at the till and in the store, and how they are joined."""

    y: int
    left: str
    right: str
    kind: str


@dataclass(frozen=True)
class Drawing:
    """Groups of lines under their entity, and the height of it all in pixels."""

    groups: list[tuple[str, int, list[Line]]]
    height: int


def drawing(fields: Sequence[Mapping[str, Any]]) -> Drawing:
    """Lay out the rows of ``field_rules``; kind is ``kept``, ``once`` (at creation), ``store`` or ``nowhere``."""
    groups: list[tuple[str, int, list[Line]]] = []
    y = 0
    for entity in dict.fromkeys(row["entity"] for row in fields):
        y += HEAD
        top = y - 10
        lines: list[Line] = []
        for row in (row for row in fields if row["entity"] == entity):
            line = _line(y + ROW, row)
            if line.kind in {"store", "nowhere"} and (room := _beside(lines, line)):
                line = replace(line, y=room)
            lines.append(line)
            y = max(y, line.y)
        groups.append((entity, top, lines))
    return Drawing(groups, y + ROW)


def _line(y: int, row: Mapping[str, Any]) -> Line:
    if row["syncs"]:
        return Line(y, row["field"], row["to_field"], "kept" if row["on_update"] else "once")
    if row["sends"]:
        return Line(y, row["field"], row["to_field"], "once")
    if row["owner"] == "to":
        return Line(y, "", row["field"], "store")
    return Line(y, row["field"], "", "nowhere")


def _beside(lines: Sequence[Line], line: Line) -> int | None:
    """The height of the first unjoined field of the other side that has nothing beside it yet."""
    taken = {one.y for one in lines if one.kind == line.kind}
    other = (one.y for one in lines if one.kind in {"store", "nowhere"} and one.kind != line.kind)
    return next((y for y in other if y not in taken), None)
