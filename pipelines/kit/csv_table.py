"""A CSV file as a header and rows with line numbers, or every reason why it is not one.

Strict on purpose: a file that was cut, re-encoded or re-separated on its way gives wrong products, so it is
refused whole. What the columns mean is not known here.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Literal, NoReturn

from pipelines.kit.errors import MistakeInFiles, Problem

MAX_BYTES = 256 * 1024 * 1024
MAX_CELL = 1024 * 1024
MAX_PROBLEMS = 50
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_NOT_IN_WINDOWS_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class Row:
    """One record: the line it starts on and its cells, as many as the header has."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A read file. ``name`` is how messages call it."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(source: Path | str | bytes, required: Sequence[Sequence[str]] = ()) -> Table:
    """Read a path, or the text itself (a ``str`` with a line break, or ``bytes``).

    ``required``: columns that must be there, each as its accepted spellings in lower case.
    Raises MistakeInFiles with up to 50 problems; nothing is returned then.
    """
    name, data = _fetch(source)
    text = _decode(name, data)
    records = _records(name, text)
    first = next(records, None)
    if first is None:
        _refuse(Problem("csv_empty", "the file holds nothing", file=name, expected="a header and rows"))
    header = tuple(cell.strip() for cell in first.cells)
    problems = _header_problems(name, header, required)
    if problems:
        raise MistakeInFiles(*problems)
    body = [row for row in records if any(cell.strip() for cell in row.cells)]
    problems = [p for row in body if (p := _row_problem(name, header, row))]
    if problems:
        raise MistakeInFiles(*problems[:MAX_PROBLEMS])
    return Table(name, header, tuple(body))


def _refuse(problem: Problem) -> NoReturn:
    raise MistakeInFiles(problem)


def _fetch(source: Path | str | bytes) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        return "the text", source
    if isinstance(source, str) and "\n" in source:
        return "the text", source.encode()
    path = Path(source)
    name = str(path)
    if not path.is_file():
        _refuse(Problem("csv_missing", "there is no such file", file=name, do="check the path"))
    size = path.stat().st_size
    if size > MAX_BYTES:
        limit = f"at most {MAX_BYTES // 1024 // 1024} MB"
        _refuse(Problem("csv_size", "the file is too large", file=name, found=f"{size:,} bytes", expected=limit))
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        data = file.read(MAX_BYTES + 1)
        after = os.fstat(file.fileno())
    if len(data) != before.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        do = "wait until whoever writes it is done, then run again"
        _refuse(Problem("csv_changing", "the file changed while it was read", file=name, do=do))
    return name, data


def _decode(name: str, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:2] == b"\0" or data[:1] == b"\0":
        _refuse(_encoding(name, 1, "UTF-16"))
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        looks = "an old one-language encoding" if _NOT_IN_WINDOWS_1252.search(data) else "Windows-1252"
        _refuse(_encoding(name, data.count(b"\n", 0, error.start) + 1, looks))
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        _refuse(Problem("csv_nul", "there is a NUL character", file=name, line=line, do="export the file again"))
    return text


def _encoding(name: str, line: int, looks_like: str) -> Problem:
    return Problem(
        "csv_encoding",
        "the file is not UTF-8",
        file=name,
        line=line,
        found=f"bytes that look like {looks_like}",
        expected="UTF-8",
        do='save it again as "CSV UTF-8"',
    )


def _records(name: str, text: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield Row(start, tuple(cells))
            start = reader.line_num + 1
    except csv.Error as error:
        _refuse(_broken_record(name, text, start, str(error)))


def _broken_record(name: str, text: str, start: int, reason: str) -> Problem:
    if "field larger" in reason:
        expected = f"at most {MAX_CELL:,} characters in one cell"
        line = _open_quote_line(text, start)
        return Problem("csv_cell_size", "a cell is too large; is a quote not closed?", name, line, expected=expected)
    line = _open_quote_line(text, start)
    return Problem(
        "csv_quote",
        "a quote that opens on this line is not closed",
        file=name,
        line=line,
        found=_shown(StringIO(text, newline="").readlines()[line - 1]),
        expected='a closing " before the next comma or line end, and "" for a quote within',
        do="close the quote or export the file again",
    )


def _open_quote_line(text: str, start: int) -> int:
    """The line of the quoted cell that never ends properly, in the record that begins at line ``start``."""
    state: Literal["fresh", "plain", "quoted", "quote"] = "fresh"
    opened = start
    for number, line in enumerate(StringIO(text, newline=""), start=1):
        for sign in line if number >= start else "":
            if state == "quoted":
                state = "quote" if sign == '"' else "quoted"
            elif state == "quote" and sign == '"':
                state = "quoted"
            elif sign in ",\r\n":
                state = "fresh"
            elif state == "quote":
                return opened
            elif state == "fresh" and sign == '"':
                state, opened = "quoted", number
            else:
                state = "plain"
    return opened


def _header_problems(name: str, header: Sequence[str], required: Sequence[Sequence[str]]) -> list[Problem]:
    lower = [column.lower() for column in header]
    missing = [spellings for spellings in required if not set(spellings) & set(lower)]
    other = next((sign for sign in _OTHER_DELIMITERS if missing and sign in "".join(header)), None)
    if other:
        found = f"columns separated by {_OTHER_DELIMITERS[other]}"
        return [
            Problem("csv_delimiter", "the columns are not separated by commas", name, 1, found=found, expected="commas")
        ]
    problems = [
        Problem(
            "csv_column_missing", "a column is missing", name, 1, found=_shown(",".join(header)), expected=spellings[0]
        )
        for spellings in missing
    ]
    repeated = [column for column, times in Counter(filter(None, lower)).items() if times > 1]
    problems += [Problem("csv_column_twice", "a column is there twice", name, 1, found=column) for column in repeated]
    return problems


def _row_problem(name: str, header: Sequence[str], row: Row) -> Problem | None:
    count = f"{len(row.cells)} cells"
    expected = f"{len(header)} cells, as in the header"
    if len(row.cells) == len(header):
        if tuple(cell.strip() for cell in row.cells) == tuple(header) and len(header) > 1:
            return Problem("csv_header_again", "the header is repeated", name, row.line, do="remove this line")
        return None
    for sign, word in _OTHER_DELIMITERS.items():
        if len(row.cells) < len(header) and sum(cell.count(sign) for cell in row.cells) >= len(header) // 2 > 0:
            return Problem(
                "csv_delimiter", f"this row is separated by {word}", name, row.line, found=count, expected="commas"
            )
    do = "put cells that hold a comma or a line break in quotes"
    return Problem(
        "csv_ragged", "the row does not fit the header", name, row.line, found=count, expected=expected, do=do
    )


def _shown(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 80 else text[:77] + "..."
