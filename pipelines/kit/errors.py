"""Every error of the product, grouped by what to do next.

    TillsyncError
    ├── MistakeInFiles        fix the mapping, the merchants file or the CSV      exit 2
    ├── CredentialsRefused    fix the token or its scope                          exit 2
    ├── PlatformUnreachable   wait, then run again                                exit 4
    ├── Refused               a check stopped the write; a person must look       exit 5
    ├── MerchantBusy          another run holds this merchant                     exit 6
    └── CallFailed            one call was refused or its outcome is unknown; the record is isolated

Which answer of which platform means which class is a table in that platform's ``client.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from pipelines.kit.redaction import redact

Outcome = Literal["ok", "exists", "rejected", "not_sent", "unknown"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, what was expected, what to do about it. It holds no secret (I-35)."""

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    found: str | None = None
    expected: str | None = None
    do: str | None = None

    def __post_init__(self) -> None:
        for name in ("message", "file", "found", "expected", "do"):
            said = getattr(self, name)
            if said is not None:
                object.__setattr__(self, name, redact(str(said)))

    def as_dict(self) -> dict[str, object]:
        """The eight keys of an error in ``--json`` output (`design.md` §7)."""
        return asdict(self)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        parts = [f"{place}: {self.message}" if place else self.message]
        parts += [f"found {self.found}"] if self.found else []
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [self.do] if self.do else []
        return "; ".join(parts)


class TillsyncError(Exception):
    """Base of all errors that are shown to a user; carries one or more problems."""

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        self.problems: Sequence[Problem] = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class MistakeInFiles(TillsyncError):
    """A mapping, a merchants file, a setting or a CSV has mistakes; all of them are listed."""

    exit_code = 2


class CredentialsRefused(TillsyncError):
    """A platform refused the token, or a scope is missing."""

    exit_code = 2


class PlatformUnreachable(TillsyncError):
    """No usable answer: name not found, refused connection, time-out, HTML, 5xx after every try."""

    exit_code = 4


class Refused(TillsyncError):
    """A set check failed, or a plan has no passing verdict: nothing is written."""

    exit_code = 5


class MerchantBusy(TillsyncError):
    """Another process holds this merchant's warehouse."""

    exit_code = 6


class CallFailed(TillsyncError):
    """One writing call did not succeed; ``outcome`` says whether it may have had its effect."""

    def __init__(self, problem: Problem, outcome: Outcome, status: int | None = None, body: str = "") -> None:
        super().__init__(problem)
        self.outcome: Outcome = outcome
        self.status = status
        self.body = body
