"""Faults of the wire and of the server that a sandbox can be told to show.

The codes are those of the fault list (`reliability.md` §4.4), as far as they exist at the level of one HTTP
call. Faults that are a platform's own behaviour (read lag, partial batches) are switches of that platform.
Which answer a fault gives on a platform (its 429, its 500) is the machine's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from pipelines.kit.errors import MistakeInFiles, Problem

if TYPE_CHECKING:
    from pipelines.kit.sandbox.types import Request

KNOWN: dict[str, str] = {
    "F1": "connection refused before the request is sent",
    "F2": "request lost: time-out, no effect",
    "F3": "answer lost: time-out after the effect",
    "F4": "late commit: time-out now, the effect comes later",
    "F5": "5xx without effect",
    "F6": "5xx after the effect",
    "F7": "429, Retry-After good, missing, absurd or too short",
    "F8": "truncated JSON, HTML with 200, empty body, wrong content type",
    "F9": "slow answer",
    "F10": "batch partly applied, with or without saying so",
    "F11": "batch rejected because of one item",
    "F13": "rows inserted or removed between pages",
    "F14": "page with rows missing",
    "F16": "row that shows later, with its old version",
    "F21": "token refused",
    "F22": "schema drift: field added, removed, retyped",
    "F23": "write answered as done, not applied",
    "F24": "what is written is stored in another form",
    "F25": "list empty or half, with 200",
    "F26": "level of what is not counted read as 0, null or missing",
    "F27": "search that does not find yet",
    "F31": "redirect to another host",
}
WRITES_ONLY = frozenset({"F4", "F10", "F11", "F23", "F24"})
READS_ONLY = frozenset({"F13", "F14", "F16", "F22", "F25", "F26", "F27"})
SEARCHED_BY = ("sku", "name", "keyword", "invoice_number", "email", "external")
"""How the names of query parameters begin that look into an index."""


@dataclass
class Scripted:
    """A fault that will happen for certain: the next ``times`` calls that match, after ``skip`` of them."""

    code: str
    method: str | None = None
    path: str = ""
    times: int = 1
    skip: int = 0
    variant: int | None = None

    def takes(self, request: Request) -> bool:
        """Whether this call gets the fault; uses one of the times up."""
        if self.times <= 0 or self.path not in request.path or self.method not in (None, request.method):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Hit:
    """The fault of one call. ``roll`` in [0, 1) picks among its forms; ``variant`` picks one for certain."""

    code: str
    roll: float
    variant: int | None = None

    def choose(self, count: int) -> int:
        """Which of ``count`` forms of the fault to show."""
        return self.variant if self.variant is not None else int(self.roll * count)


class Faults:
    """Rates by code, each with its own random stream, so that leaving one out does not shift the others."""

    def __init__(self, rates: Mapping[str, float] | None = None, seed: int = 0) -> None:
        self.rates = dict(rates or {})
        self.scripted: list[Scripted] = []
        self.slow_seconds = (5.0, 60.0)
        """Range of the delay of F9, in seconds."""
        self.time_out_seconds = 2.0
        """How long a socket is held before a call that "times out" is cut, and the unit of late commits."""
        self.shown: dict[str, int] = {}
        self._streams = {code: Random(f"{seed}:{code}") for code in KNOWN}  # noqa: S311

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Faults:
        """``"F3=0.02,F7=0.1"``. Raises MistakeInFiles with every part that is wrong."""
        rates: dict[str, float] = {}
        problems: list[Problem] = []
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            code, _, rate = part.partition("=")
            problem = _part_problem(part, code, rate)
            if problem:
                problems.append(problem)
            else:
                rates[code] = float(rate)
        if problems:
            raise MistakeInFiles(*problems)
        return cls(rates, seed)

    def script(self, code: str, **how: object) -> None:
        """Make a fault happen for certain: ``script("F3", method="PUT", path="/products", times=1)``."""
        if code not in KNOWN:
            raise KeyError(code)
        self.scripted.append(Scripted(code, **how))  # type: ignore[arg-type]

    def clear(self) -> None:
        """No more faults of any kind."""
        self.rates.clear()
        self.scripted.clear()

    def draw(self, request: Request, kind: str) -> Hit | None:
        """The fault of this call, if any; at most one."""
        if not self.rates and not self.scripted:
            return None
        hit = self._from_script(request) or self._from_rates(request, kind)
        if hit:
            self.shown[hit.code] = self.shown.get(hit.code, 0) + 1
        return hit

    def _from_script(self, request: Request) -> Hit | None:
        for entry in self.scripted:
            if entry.takes(request):
                return Hit(entry.code, self._streams[entry.code].random(), entry.variant)
        return None

    def _from_rates(self, request: Request, kind: str) -> Hit | None:
        rolls = {code: (self._streams[code].random(), self._streams[code].random()) for code in self.rates}
        for code in KNOWN:
            if code in rolls and rolls[code][0] < self.rates[code] and fits(code, kind) and concerns(code, request):
                return Hit(code, rolls[code][1])
        return None


def fits(code: str, kind: str) -> bool:
    """Whether the fault exists for a call of this kind (``read`` or ``write``)."""
    return code not in (READS_ONLY if kind == "write" else WRITES_ONLY)


def concerns(code: str, request: Request) -> bool:
    """Whether the fault can show on this call: only a batch is applied in part, only a search misses."""
    if code in {"F10", "F11"}:
        return len(batch(request) or ()) > 1
    if code == "F27":
        return any(name.startswith(SEARCHED_BY) for name, _ in request.query)
    return True


def batch(request: Request) -> list[Any] | None:
    """The items of a call that carries several: a list, or the member ``items`` of an object; None for any other."""
    try:
        body = request.json() if request.body else None
    except ValueError:
        return None
    items = body.get("items") if isinstance(body, dict) else body
    return items if isinstance(items, list) else None


def _part_problem(part: str, code: str, rate: str) -> Problem | None:
    reads: Callable[[str], bool] = lambda text: 0 <= float(text) <= 1  # noqa: E731
    if code not in KNOWN:
        return Problem("fault", f"there is no fault {code!r}", found=part, expected=", ".join(KNOWN))
    try:
        good = reads(rate)
    except ValueError:
        good = False
    return None if good else Problem("fault", f"the rate of {code} is not a share", found=rate, expected="0 to 1")
