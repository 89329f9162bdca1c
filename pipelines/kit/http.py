"""The one way to the network: limits, retries, outcomes, audit and redaction for every platform.

What a platform adds is a ``Rules`` value in its ``client.py``. Paging lives in ``kit.paging``.
Which call may be sent again: `reliability.md` §2.3 (reads and requests that certainly had no effect;
a write whose outcome is unknown never).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import NameResolutionError, NewConnectionError

from pipelines.kit import exact_json
from pipelines.kit.calls import Call, Context, Kind
from pipelines.kit.errors import CallFailed, CredentialsRefused, Outcome, PlatformUnreachable, Problem
from pipelines.kit.redaction import redact
from pipelines.kit.secret import Secret

LONGEST_PAUSE = 15 * 60.0
TRIES = 4
LARGEST = 64 << 20
THROTTLES = 20


@dataclass(frozen=True)
class Quota:
    """What the platform says is left of its budget, and how long until it is full again."""

    left: int
    limit: int
    reset_seconds: float


def _reads(method: str, _path: str) -> bool:
    return method in {"GET", "HEAD"}


def _no_pause(_status: int, _headers: Mapping[str, str]) -> float | None:
    return None


def _no_quota(_headers: Mapping[str, str]) -> Quota | None:
    return None


@dataclass(frozen=True)
class Rules:
    """How one platform speaks HTTP.

    ``problem(status, headers, text)`` puts its error body in our words; ``pause`` gives the seconds a 429 or
    503 asks for; ``quota`` reads its budget headers; ``is_read`` tells reading calls from writing ones.
    """

    platform: str
    headers: Mapping[str, str | Secret]
    allowed_hosts: frozenset[str]
    problem: Callable[[int, Mapping[str, str], str], Problem]
    token: Secret | None = None
    pause: Callable[[int, Mapping[str, str]], float | None] = _no_pause
    quota: Callable[[Mapping[str, str]], Quota | None] = _no_quota
    is_read: Callable[[str, str], bool] = _reads


@dataclass(frozen=True)
class Answer:
    """A usable answer (status below 300)."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body; non-integer numbers as Decimal. Raises ValueError where it is not strict JSON."""
        return exact_json.loads(self.text)


@dataclass
class _Attempt:
    """One request on its way: what kind it is and how often it was tried."""

    kind: Kind
    path: str
    method: str
    tries: int = 0
    throttles: int = 0
    started: float = field(default=0.0)


class Session(requests.Session):
    """A ``requests`` session that obeys one platform's rules.

    Every request, whoever makes it (our calls, dlt's RESTClient, an independent client), goes through
    ``send``. Raises CredentialsRefused (401, 403), PlatformUnreachable (no usable answer to a read, or a write
    that certainly was not sent) and CallFailed (a refused call; a write of unknown outcome).
    """

    def __init__(self, base_url: str, rules: Rules, context: Context) -> None:
        super().__init__()
        self.base_url = base_url.rstrip("/")
        self.rules = rules
        self.context = context
        self._free_at = 0.0
        self.trust_env = False
        self.headers.update({"User-Agent": "tillsync", "Accept": "application/json"})

    def call(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """Send one call; ``path`` is relative to ``base_url``, ``body`` plain Python with Decimals."""
        data = None if body is None else exact_json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        url = f"{self.base_url}/{path.lstrip('/')}"
        request = requests.Request(method, url, params=params, data=data, headers=headers)
        response = self.send(self.prepare_request(request))
        return Answer(response.status_code, response.headers, response.text)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until answered, refused or given up; see the class."""
        self._check_host(request)
        for name, value in self.rules.headers.items():
            request.headers[name] = value.reveal() if isinstance(value, Secret) else value
        kwargs.update(allow_redirects=False, verify=True, proxies={}, timeout=self.context.timeout)
        kwargs.pop("stream", None)
        method, path = request.method or "GET", urlsplit(request.url or "").path
        kind: Kind = "read" if self.rules.is_read(method, path) else "write"
        attempt = _Attempt(kind, request.path_url, method)
        try:
            while True:
                attempt.tries += 1
                self._wait_for_quota()
                if kind == "write":
                    self.context.guard()
                response = self._try(request, attempt, kwargs)
                if response is not None:
                    return response
        finally:
            for name in self.rules.headers:  # errors and answers keep their request; the credential it must not keep
                request.headers.pop(name, None)

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """A redirect is an answer, never a way (T15)."""
        return

    def _check_host(self, request: requests.PreparedRequest) -> None:
        parts = urlsplit(request.url or "")
        host = parts.netloc
        if host not in self.rules.allowed_hosts or parts.scheme != urlsplit(self.base_url).scheme:
            raise PlatformUnreachable(
                Problem(
                    "host_not_allowed",
                    f"{self.rules.platform}: a call to {parts.hostname} was not sent",
                    found=f"{parts.scheme}://{host.rpartition('@')[2]}",
                    expected=", ".join(sorted(self.rules.allowed_hosts)),
                    do="no credential leaves for another host; look at what named it",
                )
            )

    def _try(
        self, request: requests.PreparedRequest, attempt: _Attempt, kwargs: dict[str, Any]
    ) -> requests.Response | None:
        attempt.started = self.context.monotonic()
        try:
            response = _whole(super().send(request, stream=True, **kwargs))
            if not response.content and response.status_code not in {201, 202, 204} and attempt.method == "GET":
                raise requests.ConnectionError("the answer was empty")
        except requests.RequestException as error:
            self._no_answer(request, attempt, error)
            return None
        self._note(request, attempt, response)
        self._learn_quota(response.headers)
        return self._judge(attempt, response)

    def _no_answer(
        self, request: requests.PreparedRequest, attempt: _Attempt, error: requests.RequestException
    ) -> None:
        sent = not _never_sent(error)
        outcome: Outcome = "unknown" if sent and attempt.kind == "write" else "not_sent"
        if sent:
            self._record(request, attempt, None, outcome, 0)
        problem = self._unreachable(f"no answer ({_short(error)})")
        if outcome == "unknown":
            raise CallFailed(problem, "unknown")
        self._again_or(attempt, problem)

    def _judge(self, attempt: _Attempt, response: requests.Response) -> requests.Response | None:
        status = response.status_code
        if status == 429:
            self._throttled(attempt, response)
            return None
        if status in {401, 403}:
            raise CredentialsRefused(self._credentials_problem(response))
        if status >= 500:
            self._server_failed(attempt, response)
            return None
        if 300 <= status < 400:
            raise self._redirected(attempt, response)
        if status >= 300:
            outcome: Outcome = "unknown" if status == 408 and attempt.kind == "write" else "rejected"
            raise CallFailed(self._problem(response), outcome, status, redact(response.text))
        if not _looks_like_json(response):
            self._not_json(attempt, response)
            return None
        return response

    def _throttled(self, attempt: _Attempt, response: requests.Response) -> None:
        attempt.throttles += 1
        if attempt.throttles > THROTTLES:
            raise CallFailed(self._problem(response), "not_sent", 429)
        asked = self.rules.pause(429, response.headers)
        self.context.wait(
            min(max(asked if asked is not None else 2.0 ** min(attempt.throttles, 6), 0.0), LONGEST_PAUSE)
        )
        attempt.tries -= 1

    def _server_failed(self, attempt: _Attempt, response: requests.Response) -> None:
        problem = self._problem(response)
        if attempt.kind == "write":
            raise CallFailed(problem, "unknown", response.status_code, redact(response.text))
        self._again_or(attempt, problem, self.rules.pause(response.status_code, response.headers))

    def _not_json(self, attempt: _Attempt, response: requests.Response) -> None:
        kind = response.headers.get("Content-Type", "no content type")
        problem = self._unreachable(f"the answer to {attempt.method} {_bare(attempt.path)} is not JSON but {kind}")
        if attempt.kind == "write":
            raise CallFailed(problem, "unknown", response.status_code)
        self._again_or(attempt, problem)

    def _redirected(self, attempt: _Attempt, response: requests.Response) -> CallFailed | PlatformUnreachable:
        status, target = response.status_code, urlsplit(response.headers.get("Location", "")).hostname
        problem = Problem(
            "redirected",
            f"{self.rules.platform}: {attempt.method} {_bare(attempt.path)} was answered with a redirect",
            found=f"status {status}" + (f" to {target}" if target else ""),
            expected="an answer from the address in the merchants file",
            do="a redirect is never followed; look whether that address is right, and who answers there",
        )
        return CallFailed(problem, "rejected", status) if attempt.kind == "write" else PlatformUnreachable(problem)

    def _again_or(self, attempt: _Attempt, problem: Problem, pause: float | None = None) -> None:
        if attempt.tries >= TRIES:
            raise PlatformUnreachable(problem)
        self.context.wait(min(pause if pause is not None else 0.2 * 4 ** (attempt.tries - 1), LONGEST_PAUSE))

    def _wait_for_quota(self) -> None:
        pause = self._free_at - self.context.monotonic()
        if pause > 0:
            self.context.wait(min(pause, LONGEST_PAUSE))

    def _learn_quota(self, headers: Mapping[str, str]) -> None:
        quota = self.rules.quota(headers)
        if quota is not None and quota.left <= 0:
            self._free_at = self.context.monotonic() + quota.reset_seconds

    def _note(self, request: requests.PreparedRequest, attempt: _Attempt, response: requests.Response) -> None:
        status = response.status_code
        refused: Outcome = "not_sent" if status == 429 else "rejected"
        unknown = attempt.kind == "write" and (status in {408} or status >= 500)
        outcome: Outcome = "ok" if status < 300 else "unknown" if unknown else refused
        self._record(request, attempt, status, outcome, len(response.content))

    def _record(
        self,
        request: requests.PreparedRequest,
        attempt: _Attempt,
        status: int | None,
        outcome: str,
        size: int,
    ) -> None:
        context = self.context
        body = request.body.encode() if isinstance(request.body, str) else (request.body or b"")
        body = body if isinstance(body, bytes) else b""
        context.record(
            Call(
                run_id=context.run_id,
                n=context.next_number(),
                platform=self.rules.platform,
                kind=attempt.kind,
                method=attempt.method,
                path=attempt.path,
                status=status,
                outcome=outcome,
                attempt=attempt.tries,
                ms=round((context.monotonic() - attempt.started) * 1000),
                bytes_out=len(body),
                bytes_in=size,
                request_hash=hashlib.sha256(body).hexdigest()[:16],
                recorded_at=context.now(),
            )
        )

    def _problem(self, response: requests.Response) -> Problem:
        return self.rules.problem(response.status_code, response.headers, redact(response.text))

    def _unreachable(self, what: str) -> Problem:
        return Problem(
            "unreachable",
            f"{self.rules.platform}: {what}",
            found=urlsplit(self.base_url).netloc,
            expected="an answer in JSON",
            do="look whether the address in the merchants file is right and the platform is up, then run again",
        )

    def _credentials_problem(self, response: requests.Response) -> Problem:
        variable = self.rules.token.name if self.rules.token else "the token"
        said = self._problem(response).message
        return Problem(
            "token_refused",
            f"{self.rules.platform} refused the token in {variable}: {said}",
            found=f"status {response.status_code}",
            expected="a token this account accepts, with the scopes the README of the platform lists",
            do=f"put a valid token in {variable}",
        )


def mount(session: Session, adapter: BaseAdapter | None) -> Session:
    """Send everything of this session through ``adapter`` (an in-process sandbox, a validator)."""
    if adapter is not None:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
    return session


def _whole(response: requests.Response) -> requests.Response:
    """The answer with its body, unpacked, of at most ``LARGEST`` bytes (B23, T27). Raises requests.ConnectionError."""
    size, parts = 0, []
    for part in response.iter_content(1 << 16):
        size += len(part)
        if size > LARGEST:
            response.close()
            raise requests.ConnectionError(f"the answer is larger than {LARGEST >> 20} MB")
        parts.append(part)
    response._content = b"".join(parts)
    return response


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _short(error: BaseException) -> str:
    names = {"ConnectTimeout": "connecting took too long", "ReadTimeout": "it took too long"}
    name = type(error).__name__
    if _never_sent(error) and name == "ConnectionError":  # type: ignore[arg-type]
        return "the connection was refused or the name is not known"
    return names.get(name, "the connection broke")


def _bare(path: str) -> str:
    return path.partition("?")[0]


def _looks_like_json(response: requests.Response) -> bool:
    start = response.content[:64].lstrip()
    return not start or start[:1] in b'{["-0123456789tfn'
