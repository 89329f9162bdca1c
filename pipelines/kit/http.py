"""The one way to the network: limits, retries, outcomes, audit and redaction for every platform.

What a platform adds is a ``Rules`` value in its ``client.py``. What an answer means for the call is the table in
``kit.outcomes``, how many calls are left ``kit.quota``; paging lives in ``kit.paging``. Sent again is only what
certainly had no effect; a write whose outcome is unknown never (`reliability.md` §2.3).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import HTTPError

from pipelines.kit import exact_json
from pipelines.kit.answers import take_in, unreadable, why_none
from pipelines.kit.calls import Call, Context
from pipelines.kit.errors import CallFailed, CredentialsRefused, Outcome, PlatformUnreachable, Problem
from pipelines.kit.outcomes import OUTCOMES, Operation, Seen, seen_in, seen_without
from pipelines.kit.quota import Quota
from pipelines.kit.redaction import MASK, redact
from pipelines.kit.secret import Secret

TRIES = 4
THROTTLES, LONGEST_PATIENCE = 20, 3600.0
"""How often, and how many seconds in all, one call waits for a platform that asks for fewer calls."""
DOUBT_SECONDS = 4.0
"""At most so long until an answer that contradicts the ones before it is asked for once more."""
UNKNOWN_IN_A_ROW = 5
"""So many writes without a known outcome, and no more are sent in this run (`reliability.md` §2.10)."""


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
    private: frozenset[str] = frozenset()
    """Query parameters whose values are of a person: they are sent and never told (I-36)."""


@dataclass(frozen=True)
class Answer:
    """A usable answer (status below 300)."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body; non-integer numbers as Decimal. Raises ValueError where it is not strict JSON."""
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        return exact_json.loads(self.text)


@dataclass
class _Attempt:
    """One request on its way: what it is to do, how often it was tried, how long it waited for a busy platform."""

    operation: Operation
    path: str
    method: str
    strict: bool
    tries: int = 0
    throttles: int = 0
    doubted: bool = False
    patience: float = LONGEST_PATIENCE
    started: float = field(default=0.0)


@dataclass(frozen=True)
class _Came:
    """What came of sending it once: an answer, or words that say why there is none."""

    seen: Seen
    response: requests.Response | None = None
    words: str = ""


class Session(requests.Session):
    """A ``requests`` session that obeys one platform's rules.

    Every request, whoever makes it (our calls, dlt's RESTClient, an independent client), goes through
    ``send``. Raises CredentialsRefused (401, 403), PlatformUnreachable (no usable answer to a read, a write that
    certainly was not sent, or too many writes of unknown outcome in a row) and CallFailed (a refused call; a write of
    unknown outcome).

    A token refused, or a reading call redirected, after the same platform took the one before is asked once more: one
    odd answer would end the run, and levels it was to lower would stay on sale until the next one (I-15).
    """

    def __init__(self, base_url: str, rules: Rules, context: Context) -> None:
        super().__init__()
        self.base_url = base_url.rstrip("/")
        self.rules = rules
        self.context = context
        self.budget = context.budget(rules.platform, self.base_url)
        self.trust_env = False
        self.headers.update({"User-Agent": "tillsync", "Accept": "application/json"})
        self._unknown_in_a_row = 0
        self._taken = False

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        reads: bool = False,
    ) -> Answer:
        """Send one call; ``path`` is relative to ``base_url``, ``body`` plain Python with Decimals.

        ``reads``: whatever its verb, this call changes nothing. The body of the answer is strict JSON, or empty; what
        is not counts as no answer.
        """
        data = None if body is None else exact_json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        url = f"{self.base_url}/{path.lstrip('/')}"
        request = requests.Request(method, url, params=params, data=data, headers=headers)
        response = self._send(self.prepare_request(request), {}, strict=True, reads=reads)
        return _answer(response)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until answered, refused or given up; see the class."""
        return self._send(request, kwargs, strict=False)

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """A redirect is an answer, never a way (T15)."""
        return

    def _send(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any], *, strict: bool, reads: bool = False
    ) -> requests.Response:
        self._check_host(request)
        for name, value in self.rules.headers.items():
            request.headers[name] = value.reveal() if isinstance(value, Secret) else value
        kwargs.update(allow_redirects=False, verify=True, proxies={}, stream=True, timeout=self.context.timeout)
        method, path = request.method or "GET", urlsplit(request.url or "").path
        told = _told(request.path_url, self.rules.private)
        attempt = _Attempt("read" if reads else self._operation(method, path), told, method, strict)
        try:
            while True:
                came = self._once(request, attempt, kwargs)
                outcome = OUTCOMES[came.seen][attempt.operation]
                self._note(request, attempt, came, outcome)
                if outcome == "ok" and came.response is not None:
                    self._taken = True
                    return came.response
                self._refuse(attempt, came, outcome)
        finally:
            for name in self.rules.headers:  # errors and answers keep their request; the credential it must not keep
                request.headers.pop(name, None)

    def _once(self, request: requests.PreparedRequest, attempt: _Attempt, kwargs: dict[str, Any]) -> _Came:
        self._check_circuit(attempt)
        attempt.tries += 1
        with self.budget.spend() as number:
            if attempt.operation != "read":
                self.context.guard()
            came = self._try(request, attempt, kwargs)
            if came.response is not None:
                self.budget.learn(number, self.rules.quota(came.response.headers))
        return came

    def _operation(self, method: str, path: str) -> Operation:
        if self.rules.is_read(method, path):
            return "read"
        return "document" if method == "POST" else "state"

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

    def _check_circuit(self, attempt: _Attempt) -> None:
        if attempt.operation != "read" and self._unknown_in_a_row >= UNKNOWN_IN_A_ROW:
            raise PlatformUnreachable(
                Problem(
                    "no_outcome",
                    f"{self.rules.platform}: {self._unknown_in_a_row} writes in a row came to no known end,"
                    " so no more are sent",
                    found=urlsplit(self.base_url).netloc,
                    expected="an answer that says what was done",
                    do="run again when the platform is well; what is not known to have arrived is looked up first",
                )
            )

    def _try(self, request: requests.PreparedRequest, attempt: _Attempt, kwargs: dict[str, Any]) -> _Came:
        attempt.started = self.context.monotonic()
        try:
            response = super().send(request, **kwargs)
            take_in(response, lambda: self.context.monotonic() - attempt.started)
        except (requests.RequestException, HTTPError) as error:
            seen = seen_without(error)
            return _Came(seen, None, why_none(error, seen))
        wrong = unreadable(response, strict=attempt.strict)
        seen = seen_in(response.status_code, readable=not wrong)
        return _Came(seen, response, f"the answer to {attempt.method} {_bare(attempt.path)} is {wrong}")

    def _refuse(self, attempt: _Attempt, came: _Came, outcome: Outcome) -> None:
        """Raise what the outcome means for the caller, or return once it may be sent again."""
        response = came.response
        if response is None or came.seen == "unreadable":
            self._unanswered(attempt, came, outcome)
            return
        status, headers = response.status_code, response.headers
        if status in {401, 403}:
            if not self._doubts(attempt):
                raise CredentialsRefused(self._credentials_problem(response))
            return
        asked = self.rules.pause(status, headers)
        if came.seen == "throttled":
            self._throttled(attempt, response, asked)
            return
        if asked is not None:
            self.budget.close(asked)
        problem = self._redirected(attempt, response) if came.seen == "redirected" else self._problem(response)
        if outcome == "not_sent":
            self._again_or(attempt, problem, asked)
        elif came.seen == "redirected" and attempt.operation == "read":
            if not self._doubts(attempt):
                raise PlatformUnreachable(problem)
        else:
            raise CallFailed(problem, outcome, status, redact(response.text))

    def _doubts(self, attempt: _Attempt) -> bool:
        """Whether an answer without effect contradicts the ones before it, and was not asked for again yet."""
        if attempt.doubted or not self._taken:
            self._taken = False
            return False
        attempt.doubted = True
        self.context.wait(self.context.jitter(DOUBT_SECONDS))
        return True

    def _unanswered(self, attempt: _Attempt, came: _Came, outcome: Outcome) -> None:
        problem = self._unreachable(came.words)
        if outcome == "unknown":
            raise CallFailed(problem, "unknown", came.response.status_code if came.response is not None else None)
        self._again_or(attempt, problem)

    def _throttled(self, attempt: _Attempt, response: requests.Response, asked: float | None) -> None:
        attempt.throttles += 1
        attempt.tries -= 1
        waited = self.budget.close(
            asked if asked is not None else self.context.jitter(2.0 ** min(attempt.throttles + 1, 7))
        )
        attempt.patience -= waited
        if attempt.throttles > THROTTLES or attempt.patience < 0:
            raise PlatformUnreachable(self._problem(response))

    def _again_or(self, attempt: _Attempt, problem: Problem, asked: float | None = None) -> None:
        if attempt.tries >= TRIES:
            raise PlatformUnreachable(problem)
        if asked is None:
            self.context.wait(self.context.jitter(0.4 * 4 ** (attempt.tries - 1)))

    def _note(self, request: requests.PreparedRequest, attempt: _Attempt, came: _Came, outcome: Outcome) -> None:
        if attempt.operation != "read" and came.seen not in {"not_connected", "throttled"}:
            lost = outcome == "unknown" or came.seen == "redirected"
            self._unknown_in_a_row = self._unknown_in_a_row + 1 if lost else 0
        if came.seen == "not_connected":
            return
        context, response = self.context, came.response
        body = request.body.encode() if isinstance(request.body, str) else (request.body or b"")
        body = body if isinstance(body, bytes) else b""
        context.record(
            Call(
                run_id=context.run_id,
                n=context.next_number(),
                platform=self.rules.platform,
                kind="read" if attempt.operation == "read" else "write",
                method=attempt.method,
                path=attempt.path,
                status=response.status_code if response is not None else None,
                outcome=outcome,
                attempt=attempt.tries,
                ms=round((context.monotonic() - attempt.started) * 1000),
                bytes_out=len(body),
                bytes_in=len(response.content) if response is not None else 0,
                request_hash=hashlib.sha256(body).hexdigest()[:16],
                recorded_at=context.now(),
            )
        )

    def _problem(self, response: requests.Response) -> Problem:
        return self.rules.problem(response.status_code, response.headers, redact(response.text))

    def _redirected(self, attempt: _Attempt, response: requests.Response) -> Problem:
        status, target = response.status_code, urlsplit(response.headers.get("Location", "")).hostname
        return Problem(
            "redirected",
            f"{self.rules.platform}: {attempt.method} {_bare(attempt.path)} was answered with a redirect",
            found=f"status {status}" + (f" to {target}" if target else ""),
            expected="an answer from the address in the merchants file",
            do="a redirect is never followed; look whether that address is right, and who answers there",
        )

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


def _answer(response: requests.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.text)


def _told(path: str, private: frozenset[str]) -> str:
    names = "|".join(map(re.escape, private))
    return re.sub(rf"([?&](?:{names})=)[^&]*", rf"\1{MASK}", path) if names else path


def _bare(path: str) -> str:
    return path.partition("?")[0]
