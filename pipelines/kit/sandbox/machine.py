"""A platform as a state machine: routes, token, quota, faults, journal of calls, saved state.

What a route does is the platform's; sockets are in ``server``, the socketless way in is in ``transport``.
A call goes: faults before → token → quota → route → faults after → journal.
"""

from __future__ import annotations

import inspect
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from random import Random
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar, cast

from pipelines.kit.sandbox import damage
from pipelines.kit.sandbox.clock import Clock
from pipelines.kit.sandbox.deeds import Deed
from pipelines.kit.sandbox.faults import Faults, Hit
from pipelines.kit.sandbox.numbers import Numbered
from pipelines.kit.sandbox.types import Request, Response

if TYPE_CHECKING:
    from pipelines.kit.catalogue_csv import Catalogue

Kind = Literal["read", "write"]
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


class Call(NamedTuple):
    """One call that arrived. ``status`` is 0 when the caller got no answer; ``fault`` names what was done to it."""

    method: str
    path: str
    status: int
    kind: Kind
    fault: str | None = None


@dataclass(frozen=True)
class Route:
    """One operation of the platform. ``open``: needs no token and uses no quota."""

    method: str
    template: str
    kind: Kind
    open: bool
    handler: str

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.template.strip("/").split("/"))


@dataclass(frozen=True)
class QuotaState:
    """How much of the present window is left. ``reset_seconds`` from now."""

    limit: int
    left: int
    reset_seconds: float


def route(method: str, template: str, kind: Kind | None = None, open: bool = False) -> Callable[[R], R]:  # noqa: A002
    """Mark a method as the handler of ``method template``; ``{name}`` in the template becomes an argument."""
    counted: Kind = kind or ("read" if method in ("GET", "HEAD") else "write")

    def mark(handler: R) -> R:
        name = handler.__name__  # type: ignore[attr-defined]
        marks: list[Route] = handler.__dict__.setdefault("_routes", [])
        marks.append(Route(method, template, counted, open, name))
        return handler

    return mark


def locked(method: F) -> F:
    """For methods that tests call while a server answers in another thread."""

    @wraps(method)
    def inside(self: Machine, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return cast(F, inside)


class Machine:
    """Base of every sandbox. Subclasses add routes, state (``dump_state``/``load_state``) and their own answers."""

    name: ClassVar[str] = ""
    level_field: ClassVar[str] = ""
    """The member of a record of stock that holds the level."""
    default_switches: ClassVar[Mapping[str, object]] = {}
    """Behaviours that no source confirms, with the value assumed."""
    deeds: ClassVar[Mapping[str, Deed]] = {}
    """What people can do here by hand, by name."""
    _table: ClassVar[dict[int, list[Route]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found = {(r.method, r.template): r for _, f in inspect.getmembers(cls, callable) for r in _routes_of(f)}
        cls._table = {}
        for entry in sorted(found.values(), key=lambda r: (r.template.count("{"), r.template, r.method)):
            cls._table.setdefault(len(entry.segments), []).append(entry)
        marked = [deed for _, f in inspect.getmembers(cls, callable) if (deed := getattr(f, "_deed", None))]
        cls.deeds = {one.name: one for one in sorted(marked, key=lambda one: one.name)}

    def __init__(
        self, seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
    ) -> None:
        self.seed_number = seed
        self.rng = Random(seed)  # noqa: S311
        self.clock = clock or Clock()
        self.token = token
        self.faults = faults or Faults(seed=seed)
        self.switches: dict[str, object] = dict(self.default_switches)
        self.quota: tuple[int, float] | None = None
        """(calls, seconds) of one window; None: no limit."""
        self.calls: list[Call] = []
        self.lock = RLock()
        self._late: list[tuple[datetime, Request]] = []
        self._windows: dict[str, tuple[datetime, int]] = {}

    # --- what a platform overrides -------------------------------------------------------------------------

    def account(self) -> dict[str, object]:
        """Keys of this account in the merchants file, without ``base_url`` and ``token``."""
        return {}

    def seed(self, catalogue: Catalogue) -> None:
        """Fill the platform with a catalogue."""
        raise NotImplementedError

    def shop(self, visit: int) -> list[str]:  # noqa: ARG002
        """What shoppers do in a rehearsal, one visit (from 1) after the other, in words; nothing where nobody shops."""
        return []

    def dump_state(self) -> dict[str, Any]:
        """The platform's records, JSON-able; Decimal is allowed."""
        raise NotImplementedError

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the records of ``dump_state`` back; numbers may come as int or Decimal."""
        raise NotImplementedError

    def numbered(self) -> Numbered | None:
        """What gives pictures their ids; None where they have none."""
        return None

    def presented_token(self, request: Request) -> str | None:
        """The token of a request; here from ``Authorization: Bearer``."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def problem(self, status: int, message: str) -> Response:
        """An error answer in the platform's own form."""
        return Response.json(status, {"status": status, "title": message})

    def unauthorized(self) -> Response:
        """The answer to a token that is missing or not taken."""
        return self.problem(401, "Unauthorized")

    def list_member(self, body: Mapping[str, Any]) -> str | None:
        """The member of an answer that holds the rows of a list; None where the answer is none."""
        return "data" if isinstance(body.get("data"), list) else None

    def payer(self, _request: Request) -> str:
        """Whose quota a call is taken from; here all calls share one."""
        return ""

    def too_many(self, retry_after: float | None) -> Response:
        """The 429 of the platform; ``retry_after`` seconds, None: without saying when."""
        headers = {} if retry_after is None else {"retry-after": str(max(1, math.ceil(retry_after)))}
        return replace(self.problem(429, "Too many requests"), headers=headers)

    def quota_headers(self, _state: QuotaState | None) -> Mapping[str, str]:
        """Headers that tell the caller how much is left; the argument is None while no quota is on."""
        return {}

    def counts(self, _record: Mapping[str, Any]) -> bool:
        """Whether the platform counts the item that a record of stock is of."""
        return True

    # --- one call ------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer one request and note it in ``calls``."""
        with self.lock:
            self.settle()
            found = self.find(request)
            kind = found[0].kind if found else ("read" if request.method in ("GET", "HEAD") else "write")
            hit = self.faults.draw(request, kind)
            response = self.answer(request) if hit is None else damage.apply(self, request, hit)
            if response.fate != "refused":
                status = response.status if response.fate in ("answered", "truncated") else 0
                self.calls.append(Call(request.method, request.path, status, kind, hit.code if hit else None))
            return response

    def answer(self, request: Request) -> Response:
        """Token, quota, route: the answer without any fault."""
        found = self.find(request)
        if found is None:
            return self._unknown(request)
        entry, arguments = found
        if entry.open:
            return self._dispatch(entry, request, arguments)
        refused = self._check_token(request)
        if refused:
            return refused
        state = self._take(self.payer(request))
        if state is not None and state.left < 0:
            return self._with_quota(self.too_many(state.reset_seconds), replace(state, left=0))
        return self._with_quota(self._dispatch(entry, request, arguments), state)

    def find(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and the values in its path."""
        parts = tuple(request.path.strip("/").split("/"))
        for entry in self._table.get(len(parts), ()):
            if entry.method == request.method and (arguments := _match(entry.segments, parts)) is not None:
                return entry, arguments
        return None

    def _unknown(self, request: Request) -> Response:
        parts = tuple(request.path.strip("/").split("/"))
        allowed = {r.method for r in self._table.get(len(parts), ()) if _match(r.segments, parts) is not None}
        if allowed:
            refusal = self.problem(405, f"{request.method} is not allowed here")
            return replace(refusal, headers={**refusal.headers, "allow": ", ".join(sorted(allowed))})
        return self.problem(404, f"There is nothing at {request.path}")

    def _check_token(self, request: Request) -> Response | None:
        token = self.presented_token(request)
        if token is None or (self.token is not None and token != self.token):
            return self.unauthorized()
        return None

    def _dispatch(self, entry: Route, request: Request, arguments: dict[str, str]) -> Response:
        response: Response = getattr(self, entry.handler)(request, **arguments)
        return response

    # --- quota ---------------------------------------------------------------------------------------------

    def quota_state(self, payer: str = "") -> QuotaState | None:
        """The present window; None while no quota is on."""
        if self.quota is None:
            return None
        limit, seconds = self.quota
        now = self.clock.now()
        if payer not in self._windows or now >= self._windows[payer][0] + timedelta(seconds=seconds):
            self._windows[payer] = (now, 0)
        started, used = self._windows[payer]
        return QuotaState(limit, limit - used, (started + timedelta(seconds=seconds) - now).total_seconds())

    def _take(self, payer: str) -> QuotaState | None:
        state = self.quota_state(payer)
        if state is None:
            return None
        if state.left > 0:
            started, used = self._windows[payer]
            self._windows[payer] = (started, used + 1)
        return replace(state, left=state.left - 1)

    def _with_quota(self, response: Response, state: QuotaState | None) -> Response:
        extra = self.quota_headers(state)
        return replace(response, headers={**response.headers, **extra}) if extra else response

    # --- late effects, ids, saved state --------------------------------------------------------------------

    def postpone(self, request: Request, hit: Hit) -> None:
        """Let a request have its effect one to ten time-outs from now."""
        seconds = self.faults.time_out_seconds * (1 + 9 * hit.roll)
        self._late.append((self.clock.now() + timedelta(seconds=seconds), request))

    def settle(self, everything: bool = False) -> None:
        """Do the late effects that are due, or all of them."""
        if not self._late:
            return
        now = self.clock.now()
        due = [item for item in self._late if everything or item[0] <= now]
        self._late = [item for item in self._late if item not in due]
        for _, request in sorted(due, key=lambda item: item[0]):
            self.answer(request)

    def new_id(self) -> str:
        """A UUID from the machine's own random stream."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    @locked
    def dump(self) -> dict[str, Any]:
        """Everything that must survive: records, random stream, clock of a frozen machine, switches."""
        version, words, spare = self.rng.getstate()
        return {
            "platform": self.name,
            "random": [version, list(words), spare],
            "clock": self.clock.now().isoformat() if self.clock.frozen else None,
            "switches": dict(self.switches),
            "state": self.dump_state(),
        }

    @locked
    def load(self, saved: Mapping[str, Any]) -> None:
        """Become the machine that was dumped. Raises ValueError when it is another platform's."""
        if saved.get("platform") != self.name:
            raise ValueError(f"the state is of {saved.get('platform')!r}, this is {self.name!r}")
        version, words, spare = saved["random"]
        self.rng.setstate((version, tuple(words), spare))
        self.switches.update(saved["switches"])
        if saved["clock"] and self.clock.frozen:
            self.clock.set(datetime.fromisoformat(saved["clock"]))
        self.load_state(saved["state"])


def _routes_of(function: object) -> list[Route]:
    found: list[Route] = getattr(function, "__dict__", {}).get("_routes", [])
    return found


def _match(segments: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    arguments: dict[str, str] = {}
    for segment, part in zip(segments, parts, strict=True):
        if segment[:1] == "{":
            arguments[segment[1:-1]] = part
        elif segment != part:
            return None
    return arguments
