"""The accounts a merchant's links are of: ids of one shop mean nothing in another, so none is carried over (S001-51).

Asked before anything that was read is kept. A till tells its account in every run; a store when it is read whole, and
when the merchants file calls it in another way than before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.platform import Resource
from pipelines.kit.warehouse import identifier
from pipelines.run import Run

_KNOWN = "SELECT value FROM sync.meta WHERE name = ?"
_LINKS = "SELECT count(*) FROM sync.links WHERE list_contains(?, connection) AND state <> 'proposed'"


def same_account(run: Run, platform: str, landing: tuple[str, str]) -> None:
    """Compare what was just read of the account, and note it. Raises MistakeInFiles where links are of another one."""
    house, name = run.warehouse, f"account {platform}"
    found = house.one(f"SELECT any_value(record ->> '$.id') FROM {identifier(*landing)}")  # noqa: S608
    known = house.one(_KNOWN, [name])
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
    known = run.warehouse.one(_KNOWN, [f"how {platform} is called"])
    return known is not None and known != _called(run, platform)


def account_of(found: Mapping[str, Resource]) -> str | None:
    """The resource whose only record is the account."""
    return next((name for name, resource in found.items() if resource.account), None)


def _called(run: Run, platform: str) -> str:
    said = run.merchant.accounts[platform].model.model_dump_json()
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _note(run: Run, name: str, value: str) -> None:
    if value != run.warehouse.one(_KNOWN, [name]):
        run.warehouse.con.execute("DELETE FROM sync.meta WHERE name = ?", [name])
        run.warehouse.con.execute("INSERT INTO sync.meta VALUES (?, ?)", [name, value])


def _another(run: Run, platform: str, known: str, found: str, linked: int) -> Problem:
    return Problem(
        "another_account",
        f"the account of {platform} is another one than {linked} links of this merchant are of",
        found=found,
        expected=known,
        do="give the other shop a merchant of its own; to begin anew with this one, "
        f"move {run.folder.name}/ out of TILLSYNC_HOME",
    )
