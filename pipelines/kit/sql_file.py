"""SQL kept in ``.sql`` files: their statements, with the places, values and conditions each of them has.

``{place}`` stands for a table or schema, ``$value`` for a bound value. A line ``-- Only where NAME has rows.`` before a
statement says that it changes nothing while that table is empty, so that it need not be asked: NAME is a table the file
makes, or one that it reads and leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ONLY = re.compile(r"^-- Only where ([a-z_][a-z0-9_.]*) has rows\.$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--(?! Only where [a-z_][a-z0-9_.]* has rows\.$).*$", re.MULTILINE)
_PLACE = re.compile(r"\{([a-z_]+)\}")
_VALUE = re.compile(r"\$([a-z_]+)\b")
_CHANGES = re.compile(
    r"\s*(?:CREATE OR REPLACE (?:TEMP )?TABLE|INSERT INTO|DELETE FROM|UPDATE)\s+([a-z_][a-z0-9_.]*)", re.IGNORECASE
)


@dataclass(frozen=True)
class Statement:
    """One statement of a file."""

    text: str
    values: frozenset[str]
    """Names of the values bound to it."""
    only: str | None
    """The table without whose rows it changes nothing."""
    changes: str | None
    """The table it makes or changes."""


def identifier(*parts: str) -> str:
    """``schema.table`` quoted for SQL. Raises ValueError unless every part is ``[a-z_][a-z0-9_]{0,62}`` (B82)."""
    for part in parts:
        if not _NAME.fullmatch(part):
            raise ValueError(f"{part!r} is no name for a table or schema")
    return ".".join(f'"{part}"' for part in parts)


def statements(file: Path, names: Mapping[str, Sequence[str]] | None = None) -> tuple[Statement, ...]:
    """The statements of a file, its places filled with ``names``; read anew once the file is another one."""
    places = tuple((place, tuple(parts)) for place, parts in (names or {}).items())
    return _parsed(file, file.stat().st_mtime_ns, places)


@lru_cache(maxsize=1024)
def _parsed(file: Path, _changed: int, places: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Statement, ...]:
    given = dict(places)
    code = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    text = _PLACE.sub(lambda place: identifier(*given[place[1]]), code)
    return tuple(_statement(found.query) for found in duckdb.extract_statements(text))


def _statement(query: str) -> Statement:
    only = _ONLY.search(query)
    text = _ONLY.sub("", query)
    changes = _CHANGES.match(text)
    return Statement(text, frozenset(_VALUE.findall(text)), only and only[1], changes and changes[1])
