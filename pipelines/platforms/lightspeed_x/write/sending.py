"""One row, one receipt: how a row's calls end, and how a record is read before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelines.kit import receipts
from pipelines.kit.errors import CallFailed, Outcome, Problem, TillsyncError
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts, WriteRows
from pipelines.platforms.lightspeed_x.write.refusals import GONE, problem

Record = Mapping[str, Any]
Act = Callable[[Session, PlanRow, StoreFacts], Receipt]


class Unfit(Exception):
    """A row that is not sent, because the till could not take it or what it is about is not there."""

    def __init__(self, code: str, message: str, do: str | None = None, found: str | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(code, message, found=found, do=do)


def gone(name: str) -> Unfit:
    """What a row is about is not at the till any more."""
    return Unfit("till_gone", f"the till does not have {name} any more", "run again; it is then looked at")


def each(act: Act) -> WriteRows:
    """Rows one by one; what a row meets ends in its own receipt, so that no other waits for it (I-27).

    Raises CredentialsRefused and PlatformUnreachable: they are of no single row.
    """

    def write(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
        for row in rows:
            yield _once(act, session, row, facts)

    return write


def _once(act: Act, session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    try:
        return act(session, row, facts)
    except Unfit as unfit:
        return told(row, "rejected", unfit.problem, None)
    except CallFailed as error:
        return refused(row, error)


def refused(row: PlanRow, error: CallFailed, target: str | None = None) -> Receipt:
    """The receipt of a row whose call was refused, or whose outcome is unknown."""
    return told(row, error.outcome, problem(error), error.status, target)


def told(row: PlanRow, outcome: Outcome, about: Problem, status: int | None, target: str | None = None) -> Receipt:
    """A receipt that says in our words what went wrong, and after it what the till said."""
    receipt = receipts.told(row, outcome, about, status, "till")
    return replace(receipt, target_id=target or row.target_id)


def data_of(answer: Answer) -> Record:
    """The record of an answer; empty where it holds none."""
    found = _data(answer)
    return found if isinstance(found, dict) else {}


def list_of(answer: Answer) -> list[Any]:
    """The list of an answer; empty where it holds none. Levels come without ``data`` around them (fact sheet §7)."""
    found = _data(answer)
    return found if isinstance(found, list) else []


def _data(answer: Answer) -> Any:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body.get("data") if isinstance(body, dict) else body


def read(session: Session, path: str) -> Record | None:
    """One record; None where the till does not have it."""
    try:
        return data_of(session.call("GET", path)) or None
    except CallFailed as error:
        if error.status != GONE:
            raise
        return None


def standing_now(session: Session, path: str) -> Record | None:
    """A record right after the till said that it took it; None where it does not have it (F23).

    Empty where the till cannot be asked: then its answer counts.
    """
    try:
        return read(session, path)
    except TillsyncError:
        return {}


def search(session: Session, kind: str, **wanted: str) -> list[Record]:
    """Records that the index finds, none of them deleted; it may lag behind (fact sheet §3.3)."""
    answer = session.call("GET", "/search", params={"type": kind, "page_size": 1000, **wanted})
    return [record for record in list_of(answer) if isinstance(record, dict) and not record.get("deleted_at")]
