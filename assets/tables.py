"""Tables for asset pages: Markdown, which opens on a click, and rows that stand on the page. Imports no pipeline."""

from collections.abc import Iterable, Sequence

import dagster as dg


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; bars and line ends of the cells are neutralised, long cells cut."""
    return "\n".join(_line(cells) for cells in (head, ["---"] * len(head), *rows))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A table of many columns, opened on a click."""
    return dg.MetadataValue.md(markdown(head, rows))


def listed(head: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.TableMetadataValue:
    """A table of few columns that stands on the page; long cells cut."""
    records = [dg.TableRecord(dict(zip(head, map(_short, row), strict=True))) for row in rows]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name) for name in head]))


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_short(cell).replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def _short(value: object) -> str:
    text = " ".join(("" if value is None else str(value)).split())
    return text if len(text) <= 160 else text[:157] + "..."
