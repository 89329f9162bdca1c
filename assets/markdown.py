"""Markdown tables for asset pages. Imports nothing of the pipelines: definitions are built with it."""

from collections.abc import Iterable, Sequence

import dagster as dg


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A table; bars and line ends of the cells are neutralised, long cells cut."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return dg.MetadataValue.md("\n".join(lines))


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    text = " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
    return text if len(text) <= 160 else text[:157] + "..."
