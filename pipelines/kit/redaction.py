"""What no output may hold: a secret in any spelling, and characters that act instead of being read.

The one place that knows both (I-35, B62, T16, T34). Every ``Secret`` makes its value known here; problems, log records
and the terminal pass through. What stands in a report's HTML is ``report``'s business.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import traceback
import unicodedata
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""A shorter value is a word like any other and is not looked for: the demo's token opens sandboxes only."""
MASK = "***"
_JOINERS = "\u200c\u200d"
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class _Known:
    """Every spelling of every secret of this process, as one pattern."""

    def __init__(self) -> None:
        self.spellings: set[str] = set()
        self.pattern: re.Pattern[str] | None = None

    def add(self, value: str) -> None:
        new = spellings(value) - self.spellings
        if len(value) >= SHORTEST and new:
            self.spellings |= new
            longest_first = sorted(self.spellings, key=len, reverse=True)
            self.pattern = re.compile("|".join(map(re.escape, longest_first)))


_KNOWN = _Known()


def know(value: str) -> None:
    """Remember a secret for ``redact``; from the first one on, log records are guarded too."""
    _KNOWN.add(value)
    _guard_logs()


def spellings(value: str) -> set[str]:
    """How a value may be met again: plain, in a URL, in JSON, in HTML, in hex, in base64 at any offset."""
    raw = value.encode("utf-8", "surrogatepass")
    found = {
        value,
        escape(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
    }
    for spelt in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        found |= {spelt, re.sub(r"%[0-9A-F]{2}", lambda hexed: hexed[0].lower(), spelt)}
    found |= {raw.hex(), raw.hex().upper()}
    for offset, first in enumerate((0, 2, 3)):
        whole = (offset + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(offset) + raw).decode()[first:whole])
    return {text for text in found if len(text) >= SHORTEST}


def redact(text: str) -> str:
    """The text with every known secret, however it is spelt, as ``***``."""
    pattern = _KNOWN.pattern
    return pattern.sub(MASK, text) if pattern else text


def visible(text: str) -> str:
    """Text from outside on one line; what would move, colour, hide or reorder is written out: ``\\x1b``, ``\\n``."""
    return text if text.isascii() and text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    acts = unicodedata.category(character) in _ACTING and character not in _JOINERS
    return character.encode("unicode_escape").decode() if acts else character


def in_json(text: str) -> str:
    """JSON text for a terminal: acting characters as JSON's own escapes. They only ever stand inside its strings."""
    return redact("".join(c if c == "\n" else _escaped(c) for c in text))


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if _written_out(character) != character else character


def _guard_logs() -> None:
    """Every log record of this process, whoever makes it: no secret, one line each; a traceback keeps its lines."""
    made = logging.getLogRecordFactory()
    if getattr(made, "guards", False):
        return

    def guarded(*args: Any, **more: Any) -> logging.LogRecord:
        record = made(*args, **more)
        said = _message(record)
        safe = visible(redact(said))
        if safe != said:
            record.msg, record.args = safe, ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = traced(record.exc_info[1])
        return record

    guarded.guards = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(guarded)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        record.msg, record.args = f"{record.msg} {record.args}", ()
        return str(record.msg)


def traced(error: BaseException) -> str:
    """A traceback without secrets, line by line."""
    lines = redact("".join(traceback.format_exception(error))).splitlines()
    return "\n".join(map(visible, lines))
