"""The accounts a merchant's links are of: ids of one shop mean nothing in another, so none is carried over (S001-51).

Asked before anything that was read is kept. A till tells its account in every run; a store when it is read whole, and
when the merchants file calls it in another way than before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pipelines.kit.errors import CallFailed, MistakeInFiles, Problem
from pipelines.kit.http import Session
from pipelines.kit.platform import Platform, Reading, Resource
from pipelines.kit.warehouse import identifier
from pipelines.run import Run

_NOT_THERE = frozenset({402, 404, 410})
"""What an account answers that is not there, was closed, or is not paid for. A refused token is told by itself."""
_LINKS = "SELECT count(*) FROM sync.links WHERE list_contains(?, connection) AND state <> 'proposed'"


def same_account(run: Run, platform: str, landing: tuple[str, str]) -> None:
    """Compare what was just read of the account, and note it. Raises MistakeInFiles where links are of another one."""
    house, name = run.warehouse, f"account {platform}"
    found = house.one(f"SELECT any_value(record ->> '$.id') FROM {identifier(*landing)}")  # noqa: S608
    known = house.noted(name)
    if found is None:
        return
    served = [one.name for one in run.connections.values() if platform in (one.source, one.target)]
    linked: int = house.one(_LINKS, [served])
    if known is not None and known != found and linked:
        raise MistakeInFiles(_another(run, platform, known, found, linked))
    _note(run, name, found)
    _note(run, f"how {platform} is called", _called(run, platform))


def called_anew(run: Run, platform: str) -> bool:
    """Whether the merchants file calls the account in another way than when it was last known to be the same."""
    known = run.warehouse.noted(f"how {platform} is called")
    return known is not None and known != _called(run, platform)


def account_of(found: Mapping[str, Resource]) -> str | None:
    """The resource whose only record is the account."""
    return next((name for name, resource in found.items() if resource.account), None)


def not_there(platform: Platform, session: Session, refusal: CallFailed) -> Problem | None:
    """What is wrong with the account where a read was refused because of it; None where the account itself answers.

    One record that is not there says nothing of its account, so the account is asked for: one call.
    """
    name = account_of(platform.load("resources"))
    if refusal.status not in _NOT_THERE or name is None:
        return None
    try:
        for _ in platform.load("resources")[name].read(session, Reading()):
            return None
    except CallFailed as error:
        if error.status not in _NOT_THERE:
            return None
        about = error.problems[0]
        return Problem(
            "no_account",
            f"{platform.name} has no account that can be used at the address the merchants file names",
            found=about.found,
            expected="the account the token is of",
            do=about.do if about.code != "store_gone" and about.do else "correct the keys of the account",
        )
    return None


def _called(run: Run, platform: str) -> str:
    said = run.merchant.accounts[platform].model.model_dump_json()
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _note(run: Run, name: str, value: str) -> None:
    if value != run.warehouse.noted(name):
        run.warehouse.note(name, value)


def _another(run: Run, platform: str, known: str, found: str, linked: int) -> Problem:
    return Problem(
        "another_account",
        f"the account of {platform} is another one than {linked} links of this merchant are of",
        found=found,
        expected=known,
        do="give the other shop a merchant of its own; to begin anew with this one, "
        f"move {run.folder.name}/ out of TILLSYNC_HOME",
    )
