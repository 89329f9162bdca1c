"""The text of a YAML file as a ``Document``. Nothing here knows what a file may say.

YAML 1.2 core scalars, decided here and not by the YAML library, which follows 1.1: ``no`` is text, ``0123`` and
``12:30`` are refused unless quoted, numbers with a point are Decimal. No tags, no repeated keys; size, depth and
aliases are bounded (B77-B81). What may be said is a pydantic model, joined to these positions in ``load.py``.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.document import Document, Place, Spot, many_meanings, shown_path

LARGEST = 1_000_000
DEEPEST = 30
MOST_VALUES = 50_000
"""How many values a file may hold once its aliases are written out."""

WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})
"""Text in YAML 1.2, true or false in 1.1: quoted, or where the word itself is an allowed value."""
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_MANY_MEANINGS = re.compile(
    r"[-+]?0[0-9_]+(\.[0-9_]*)?|0[xob][0-9A-Fa-f_]+|[-+]?[1-9][0-9]*(_[0-9]+)+|[-+]?[0-9]+(:[0-5]?[0-9])+"
    r"|(?i:[-+]?\.inf|\.nan)|[-+]?[0-9]+[eE][-+]?[0-9]+"
)


def read(path: Path) -> Document:
    """Parse a file into plain values with positions. Raises MistakeInFiles where the text itself is wrong."""
    shown = shown_path(path)
    document = Document(shown)
    text = _text(path, shown)
    document.lines = text.splitlines()
    try:
        document.value = _Composer(document, text).compose()
    except yaml.YAMLError as error:
        raise MistakeInFiles(*document.problems, _syntax(shown, text, error)) from None
    return document


class _Composer:
    """Builds the value from the parser's events; recursion is bounded by ``DEEPEST``."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._events: Iterator[Event] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0

    def compose(self) -> Any:
        value: Any = {}
        documents = 0
        for event in self._events:
            if isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                continue
            if isinstance(event, DocumentStartEvent):
                documents += 1
                continue
            if documents > 1:
                self._stop(event, "several_documents", "there are several documents in the file", "one document")
            value = self._value(event, ())
        return {} if value is None else value

    def _value(self, event: Event, place: Place) -> Any:
        self._document.spots[place] = _spot(event)
        if len(place) > DEEPEST:
            self._stop(event, "too_deep", "the file is nested too deeply", f"at most {DEEPEST} levels")
        self._add(event, 1)
        if isinstance(event, AliasEvent):
            return self._alias(event, place)
        assert isinstance(event, NodeEvent)  # noqa: S101
        before = self._count
        self._refuse_tag(event, place)
        value = self._content(event, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - before + 1)
        return value

    def _content(self, event: Event, place: Place) -> Any:
        if isinstance(event, MappingStartEvent):
            return self._mapping(place)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(place)
        assert isinstance(event, ScalarEvent)  # noqa: S101
        return event.value if event.style is not None else self._plain(event.value, place)

    def _sequence(self, place: Place) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._value(event, (*place, len(found))))
        return found

    def _mapping(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event)
            here = (*place, key)
            if key in found:
                self._repeated(key, here, _spot(event))
                self._value(next(self._events), (*here, "again"))
                continue
            self._document.keys[here] = _spot(event)
            self._check_key(event, here)
            found[key] = self._value(next(self._events), here)
        return found

    def _key(self, event: Event) -> str:
        if not isinstance(event, ScalarEvent):
            self._stop(event, "key", "a key is plain text here", "a word before the colon")
        assert isinstance(event, ScalarEvent)  # noqa: S101
        return str(event.value)

    def _check_key(self, event: Event, here: Place) -> None:
        assert isinstance(event, ScalarEvent)  # noqa: S101
        if event.tag is not None:
            self._tag(event.tag, here, key=True)
        if event.style is None and (event.value.lower() in WORDS or _MANY_MEANINGS.fullmatch(event.value)):
            many_meanings(self._document, here, event.value, key=True)

    def _repeated(self, key: str, here: Place, again: Spot) -> None:
        first = self._document.keys[here]
        self._document.problems.append(
            Problem(
                "repeated_key",
                f"the key `{key}` is there twice",
                self._document.file,
                again.line,
                again.column,
                found=f"lines {first.line} and {again.line}",
                expected="each key once",
                do="remove one of them",
            )
        )

    def _plain(self, text: str, place: Place) -> Any:
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _INT.fullmatch(text):
            return int(text)
        if _MANY_MEANINGS.fullmatch(text):
            many_meanings(self._document, place, text)
        elif text.lower() in WORDS:
            self._document.words[place] = text
        elif _DECIMAL.fullmatch(text):
            return Decimal(text)
        return text

    def _alias(self, event: AliasEvent, place: Place) -> Any:
        if event.anchor not in self._anchors:
            self._document.problem(
                place,
                "unknown_alias",
                f"`*{event.anchor}` names nothing before it",
                found=f"*{event.anchor}",
                expected="an anchor that ends above",
                do="write the value out",
            )
            return None
        value, size = self._anchors[event.anchor]
        self._add(event, size)
        return value

    def _add(self, event: Event, values: int) -> None:
        self._count += values
        if self._count > MOST_VALUES:
            expected = f"at most {MOST_VALUES}, aliases counted out"
            self._stop(event, "too_many_values", "the file holds too many values", expected)

    def _refuse_tag(self, event: NodeEvent, place: Place) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._tag(tag, place)

    def _tag(self, tag: str, place: Place, *, key: bool = False) -> None:
        self._document.problem(
            place,
            "tag",
            "tags are not allowed",
            key=key,
            found=tag.replace("tag:yaml.org,2002:", "!!"),
            expected="a plain value",
            do="remove the tag",
        )

    def _stop(self, event: Event, code: str, message: str, expected: str) -> None:
        spot = _spot(event)
        raise MistakeInFiles(
            *self._document.problems,
            Problem(code, message, self._document.file, spot.line, spot.column, expected=expected),
        )


def _spot(event: Event) -> Spot:
    mark = event.start_mark
    return Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)


def _text(path: Path, shown: str) -> str:
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "a folder, device or pipe")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        problem = Problem("no_file", f"{shown} cannot be read", shown, found=error.strerror, expected="a readable file")
        raise MistakeInFiles(problem) from None
    if len(data) > LARGEST:
        size, most = f"{path.stat().st_size} bytes", f"at most {LARGEST} bytes"
        raise MistakeInFiles(Problem("too_large", "the file is too large", shown, 1, 1, size, most))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        found, do = f"the byte 0x{data[error.start]:02x}", "save it as UTF-8"
        problem = Problem("not_utf8", "the file is not UTF-8", shown, line, column, found, "UTF-8 text", do)
        raise MistakeInFiles(problem) from None


def _syntax(shown: str, text: str, error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        at = int(error.position)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        found = f"U+{error.character:04X}"
        return Problem("not_text", "a character is not allowed in YAML", shown, line, column, found)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        message = "a tab stands where YAML wants spaces"
        return Problem("tab", message, shown, line, column, "a tab", "spaces", "write spaces")
    what = getattr(error, "problem", None) or "the text is not YAML"
    do = "mend this line or the one before"
    return Problem("not_yaml", f"the text is not YAML: {what}", shown, line, column, do=do)
