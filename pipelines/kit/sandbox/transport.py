"""The way into a sandbox without a socket: an adapter for ``requests`` sessions (simulation, fast tests)."""

from __future__ import annotations

from email.utils import format_datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, ProtocolError

from pipelines.kit.sandbox.types import Request, Response

if TYPE_CHECKING:
    from pipelines.kit.sandbox.machine import Machine


class InProcessAdapter(HTTPAdapter):
    """Mount it at ``base_url``: ``session.mount(base_url, InProcessAdapter(machine, base_url))``.

    Faults become the exceptions ``requests`` raises for them. A frozen clock moves by an answer's delay;
    nothing ever sleeps.
    """

    def __init__(self, machine: Machine, base_url: str) -> None:
        super().__init__()
        self.machine = machine
        parts = urlsplit(base_url)
        self._origin = (parts.scheme, parts.netloc)
        self._prefix = parts.path.rstrip("/")

    def send(self, request: requests.PreparedRequest, *_: Any, **kwargs: Any) -> requests.Response:
        """Answer a prepared request. Raises what a socket would have made of the machine's fault."""
        parts = urlsplit(request.url or "")
        if (parts.scheme, parts.netloc) != self._origin:
            raise requests.ConnectionError(f"{parts.netloc} is not the sandbox", request=request)
        response = self.machine.handle(self._translate(request))
        if self.machine.clock.frozen and response.delay:
            self.machine.clock.advance(response.delay)
        _raise_fate(response, request, kwargs.get("timeout"))
        return self.build_response(request, self._raw(response, request))

    def _translate(self, request: requests.PreparedRequest) -> Request:
        parts = urlsplit(request.url or "")
        body = request.body or b""
        if not isinstance(body, (bytes, str)):
            body = b"".join(body)
        return Request(
            method=request.method or "GET",
            path=unquote(parts.path.removeprefix(self._prefix)),
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): str(value) for name, value in request.headers.items()},
            body=body.encode() if isinstance(body, str) else body,
        )

    def _raw(self, response: Response, request: requests.PreparedRequest) -> HTTPResponse:
        length = len(response.body) + (1 if response.fate == "truncated" else 0)
        moment = format_datetime(self.machine.clock.now(), usegmt=True)
        return HTTPResponse(
            body=BytesIO(response.body),
            headers={"date": moment, **response.headers, "content-length": str(length)},
            status=response.status,
            preload_content=False,
            request_method=request.method,
            request_url=request.url,
        )


def _raise_fate(response: Response, request: requests.PreparedRequest, timeout: Any) -> None:
    reading = timeout[1] if isinstance(timeout, tuple) else timeout
    if response.fate == "timed_out" or (isinstance(reading, (int, float)) and response.delay > reading):
        raise requests.ReadTimeout("the answer did not come in time", request=request)
    if response.fate == "reset":
        cause = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
        raise requests.ConnectionError(cause, request=request)
    if response.fate == "refused":
        pool = HTTPConnectionPool("sandbox")
        reason = ConnectTimeoutError(pool, "the connection was not made")
        raise requests.ConnectTimeout(MaxRetryError(pool, request.url or "", reason), request=request)
