"""The validator around a transport: every request and every answer is held to the vendor's document of its operation.

``documents`` knows the documents, ``rules`` what they leave unsaid. Here: the adapter, what a mismatch looks like, the
count of operations and calls that is printed at the end of a test run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from tests.fidelity import documents, rules
from tests.fidelity.documents import Asked, Operation
from tests.fidelity.within import Batches

V2_PATHS = r"/(store|time|order_statuses.*|orders(?!.*/(transactions|payment_actions)\b).*)"
"""Paths below the prefix that only V2 has."""


REFUSALS: Mapping[str, Mapping[str, type]] = {"ecwid": {"errorMessage": str}}
"""The members of a refusal, where they are not those of the first platform."""


JSON_HEADERS = {"content-type": "application/json"}


class Mismatch(AssertionError):
    """A request or an answer that is not as the vendor's document says."""


@dataclass
class Ledger:
    """What was validated: statuses per operation, statuses no document names, mismatches."""

    calls: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    undeclared: set[tuple[str, str, int]] = field(default_factory=set)
    damaged: int = 0
    mismatches: list[str] = field(default_factory=list)
    unvalidated: set[str] = field(default_factory=set)

    def text(self) -> str:
        """Everything, to be handed to another process."""
        return json.dumps({
            "calls": [[*key, times] for key, times in self.calls.items()], "undeclared": sorted(self.undeclared),
            "damaged": self.damaged, "mismatches": self.mismatches, "unvalidated": sorted(self.unvalidated),
        })  # fmt: skip

    def add(self, text: str | None) -> None:
        """Take over what another process validated; None if it ended before it could say."""
        if text is None:
            return
        other = json.loads(text)
        self.calls.update({(platform, name, status): times for platform, name, status, times in other["calls"]})
        self.undeclared.update((platform, name, status) for platform, name, status in other["undeclared"])
        self.damaged += other["damaged"]
        self.mismatches += other["mismatches"]
        self.unvalidated.update(other["unvalidated"])

    def table(self) -> list[str]:
        """Operations × calls, one line each; ``*`` marks a status the document does not name."""
        lines: list[str] = []
        operations = sorted({(platform, *_by_path(name)) for platform, name, _ in self.calls})
        for platform, path, method in operations:
            name = f"{method} {path}"
            found = {status: n for (p, o, status), n in sorted(self.calls.items()) if (p, o) == (platform, name)}
            marks = {status: "*" if (platform, name, status) in self.undeclared else "" for status in found}
            shown = "  ".join(f"{status or 'no answer'}{marks[status]} x{n}" for status, n in found.items())
            lines.append(f"  {platform:<13} {method:<6} {path:<58} {sum(found.values()):>6}  {shown}")
        return lines

    def summary(self) -> str:
        """The table's headline."""
        operations = len({(platform, name) for platform, name, _ in self.calls})
        calls = sum(self.calls.values())
        return f"vendors' documents: {operations} operations, {calls} calls, {len(self.mismatches)} mismatches"


class ValidatingAdapter(BaseAdapter):
    """Sends through ``over`` to the sandbox ``machine`` at ``base_url`` and judges both ways. Raises Mismatch.

    An answer that a fault of the machine damaged is judged by nobody. ``hostile``: requests may break the document;
    then the answer must be a refusal.
    """

    def __init__(
        self, machine: Any, base_url: str, over: BaseAdapter, ledger: Ledger, *, hostile: bool = False
    ) -> None:
        super().__init__()
        self.platform: str = machine.name
        self.machine, self.base_url, self.over = machine, base_url.rstrip("/"), over
        self.ledger, self.hostile = ledger, hostile
        self.batches = Batches(machine.name)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """One call. Whatever the transport raises goes on to the caller."""
        asked, operation = self._find(request)
        problems = operation.request_problems(asked)
        if not self.hostile:
            self._judge(operation, asked, "request", problems + rules.broken(self.platform, operation, asked))
            self._judge_calls_within(asked)
        key = (self.platform, operation.name)
        try:
            response = self.over.send(request, *args, **kwargs)
        except requests.RequestException:
            self.ledger.calls[(*key, 0)] += 1
            raise
        self.ledger.calls[(*key, response.status_code)] += 1
        if self._damaged():
            self.ledger.damaged += 1
            return response
        if problems and response.status_code < 400:
            self._judge(operation, asked, "request that was accepted", problems)
        told = self._answer(operation, asked, response.status_code, response.headers, response.content)
        self._judge(operation, asked, f"answer {response.status_code}", told)
        if response.status_code < 300:
            self._judge_answers_within(asked, response.content)
        return response

    def close(self) -> None:
        """Close the transport."""
        self.over.close()

    def _find(self, request: requests.PreparedRequest) -> tuple[Asked, Operation]:
        url, method = str(request.url), str(request.method)
        parts, base = urlsplit(url), urlsplit(self.base_url)
        if (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
            self._fail(f"{self.platform}: {method} {url} goes to another server than {self.base_url}")
        path = unquote(parts.path.removeprefix(base.path))
        found = documents.find(self.platform, method, path)
        if found is None:
            self._fail(f"{self.platform}: {method} {path} is an operation of no document")
        assert found is not None
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"".join(body)
        headers = {name: value if isinstance(value, str) else value.decode() for name, value in request.headers.items()}
        return Asked(method, found[1], parts.query, headers, raw), found[0]

    def _damaged(self) -> bool:
        return bool(self.machine.calls and self.machine.calls[-1].fault)

    def _judge_calls_within(self, asked: Asked) -> None:
        for operation, inner in self.batches.calls(asked):
            if operation is None:
                self._fail(f"{self.platform}: {inner.method} {inner.path} in a batch is an operation of no document")
            assert operation is not None
            problems = operation.request_problems(inner) + rules.broken(self.platform, operation, inner)
            self._judge(operation, inner, "request in a batch", problems)

    def _judge_answers_within(self, asked: Asked, content: bytes) -> None:
        self.batches.taken(asked, content)
        for operation, inner, status, body in self.batches.answers(asked, content):
            self.ledger.calls[(self.platform, operation.name, status)] += 1
            told = self._answer(operation, inner, status, JSON_HEADERS, body)
            self._judge(operation, inner, f"answer {status} in a batch", told)

    def _answer(
        self, operation: Operation, asked: Asked, status: int, headers: Mapping[str, str], content: bytes
    ) -> list[str]:
        if status in operation.statuses:
            return operation.answer_problems(asked, status, headers, content)
        if status < 400:
            return [f"the document names {sorted(operation.statuses)} and no {status}"]
        self.ledger.undeclared.add((self.platform, operation.name, status))
        return error_problems(self.platform, asked.path, content)

    def _judge(self, operation: Operation, asked: Asked, what: str, problems: list[str]) -> None:
        if problems:
            excerpt = f"\n    sent: {asked.query or ''} {asked.body[:200].decode(errors='replace')}".rstrip()
            said = "".join(f"\n  - {problem}" for problem in problems[:5])
            self._fail(f"{self.platform}: {operation.name} ({asked.path}): {what}{said}{excerpt}")

    def _fail(self, text: str) -> None:
        self.ledger.mismatches.append(text)
        raise Mismatch(text)


def around(machine: Any, base_url: str, ledger: Ledger, over: BaseAdapter, *, hostile: bool = False) -> BaseAdapter:
    """The validator around ``over``; ``over`` itself, noted in the ledger, when the documents are not at hand."""
    if documents.documented(machine.name):
        return ValidatingAdapter(machine, base_url, over, ledger, hostile=hostile)
    ledger.unvalidated.add(machine.name)
    return over


def error_problems(platform: str, path: str, content: bytes) -> list[str]:
    """What is wrong with a refusal that no document describes (X-Series sheet §3, BigCommerce §11, Ecwid §8)."""
    try:
        body = json.loads(content)
    except ValueError:
        return [f"a refusal that is no JSON: {content[:80]!r}"]
    wanted: Mapping[str, type] = REFUSALS.get(platform, {"error": str, "message": str})
    if platform == "bigcommerce":
        v2 = re.fullmatch(V2_PATHS, path) is not None
        wanted = {"status": int, "message": str} if v2 else {"status": int, "title": str}
        if v2 != isinstance(body, list):
            return ["a V2 refusal is a list, a V3 refusal an object"]
    rows = body if isinstance(body, list) else [body]
    faults = [row for row in rows if not _has(row, wanted)]
    return [f"a refusal without {' and '.join(wanted)}: {content[:120]!r}"] if faults or not rows else []


def _has(row: Any, wanted: Mapping[str, type]) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(name), kind) for name, kind in wanted.items())


def _by_path(name: str) -> tuple[str, str]:
    method, _, path = name.partition(" ")
    return path, method
