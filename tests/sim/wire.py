"""The transport, which is the scheduler: every call takes virtual time, what is due happens between calls.

Faults of a call are the sandbox's. Here: outages (F20), endpoints that stall (F33), a second process (F29), the points
C4, C5, C7 and C12 of a crash, the trace, and telling the oracles of every call before and after it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from urllib3 import HTTPResponse
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError

from pipelines.kit.sandbox import InProcessAdapter, Request, Response
from tests.sim.chance import stream

if TYPE_CHECKING:
    from tests.sim.world import World

TIME_OUT = 60.0


@dataclass
class Sent:
    """One call as the platform saw it. ``status`` 0: no answer. ``effect`` of the fault, if any, is in ``fault``."""

    system: str
    moment: datetime
    request: Request
    kind: str
    template: str
    arguments: dict[str, str]
    url: str
    status: int = 0
    fault: str = ""
    answer: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether the call can change the platform."""
        return self.kind == "write"


class Wire(InProcessAdapter):
    """One platform behind the transport."""

    def __init__(self, world: World, name: str, machine: Any, base_url: str) -> None:
        super().__init__(machine, base_url)
        self.world, self.name = world, name
        self.pace = stream(world.chosen.seed, f"pace {name}")

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        """Answer a call, or break as the faults say. Raises Crash at an armed point."""
        world = self.world
        world.time.advance(self.pace.uniform(0.05, 0.4))
        sent = self._sent(request)
        world.figures.calls += 1
        if sent.writes:
            world.crashes.at("C4")
            if world.crashes.holds_approved:
                world.crashes.at("C9")
        world._notify("before_call", sent)
        try:
            response = self._answered(request, sent, *rest, **kwargs)
        except requests.RequestException as error:
            if isinstance(error, requests.ReadTimeout):
                world.time.advance(TIME_OUT)
            self._note(sent)
            raise
        sent.status, sent.answer = response.status_code, self.last.body
        sent.headers = {name.lower(): value for name, value in response.headers.items()}
        world.figures.answered += response.status_code < 400
        self._note(sent)
        if sent.writes:
            for point in ("C5", "C7", *(("C12",) if sent.request.method == "POST" else ())):
                world.crashes.at(point)
        return response

    def _answered(self, request: requests.PreparedRequest, sent: Sent, *rest: Any, **kwargs: Any) -> requests.Response:
        for system, path, begin, end in self.world.outages:
            if system == self.name and path in sent.template and begin <= sent.moment < end:
                sent.fault = "F33" if path else "F20"
                self.world.figures.faults[sent.fault] += 1
                if path:
                    raise requests.ReadTimeout("stalled", request=request)
                pool = HTTPConnectionPool("sandbox")
                reason = ConnectTimeoutError(pool, "the connection was not made")
                raise requests.ConnectTimeout(MaxRetryError(pool, request.url or "", reason), request=request)
        shown = dict(self.machine.faults.shown)
        try:
            return super().send(request, *rest, **kwargs)
        finally:
            sent.fault = next((c for c, n in self.machine.faults.shown.items() if n != shown.get(c, 0)), "")

    def _raw(self, response: Response, request: requests.PreparedRequest) -> HTTPResponse:
        self.last = response
        return super()._raw(response, request)

    def _sent(self, request: requests.PreparedRequest) -> Sent:
        asked = self._translate(request)
        found = self.machine.find(asked)
        kind = found[0].kind if found else ("read" if asked.method in ("GET", "HEAD") else "write")
        template, arguments = (found[0].template, found[1]) if found else (asked.path, {})
        url = urlsplit(request.url or "")
        return Sent(self.name, self.world.time.now(), asked, kind, template, arguments, f"{url.scheme}://{url.netloc}")

    def _note(self, sent: Sent) -> None:
        world = self.world
        world.figures.writes += sent.writes
        body = hashlib.sha256(sent.request.body).hexdigest()[:12]
        effect = f"{sent.status} {hashlib.sha256(sent.answer).hexdigest()[:12]}"
        moment = sent.moment.isoformat(timespec="milliseconds")
        world.trace.append((moment, self.name, sent.request.method, sent.template, body, sent.fault, effect))
        world._notify("after_call", sent)
