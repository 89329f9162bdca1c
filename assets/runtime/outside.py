"""What a run started from Python is given and gives back, beside Dagster: progress, adapters, errors, summaries."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from requests.adapters import BaseAdapter


@dataclass
class Outside:
    """``errors`` are those of the steps, in order; ``summaries`` are exit code and summary by connection."""

    say: Callable[[str], None] = lambda _text: None
    adapters: Mapping[str, BaseAdapter] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    summaries: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)


_CURRENT: ContextVar[Outside | None] = ContextVar("outside", default=None)


def current() -> Outside:
    """What the running Python call gave; nothing where Dagster started the run itself."""
    return _CURRENT.get() or Outside()


@contextmanager
def outside(given: Outside) -> Iterator[None]:
    """Runs inside see ``given``."""
    token = _CURRENT.set(given)
    try:
        yield
    finally:
        _CURRENT.reset(token)
