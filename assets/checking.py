"""``tillsync check``: mappings, merchants, credentials, plan limits and, unless offline, the accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pipelines.kit.calls import Context
from pipelines.kit.errors import MistakeInFiles, Problem, TillsyncError
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import connections, load_mapping
from pipelines.language.merchants import Merchant, choose, empty_tokens, load_merchants
from pipelines.language.settings import Settings
from pipelines.platforms import discover
from pipelines.run import Connection, read_token
from pipelines.stages.validate import limits, suites


def check_all(merchant_name: str | None, names: Sequence[str], *, offline: bool) -> dict[str, Any]:
    """What was checked, with its state. Raises MistakeInFiles with every mistake of every file at once."""
    checked: dict[str, str] = {}
    problems: list[Problem] = []
    for name in names or list(connections()):
        problems += _tried(checked, f"mapping {name}", lambda name=name: load_mapping(name))
    problems += _tried(checked, "quality suites", suites)
    problems += _tried(checked, "merchants", load_merchants)
    if problems:
        raise MistakeInFiles(*problems)
    merchants = load_merchants()
    chosen = [choose(merchants, merchant_name)] if merchant_name or len(merchants) == 1 else list(merchants.values())
    for merchant in chosen:
        problems += empty_tokens(merchant)
        for name in (n for n in merchant.connections if not names or n in names):
            problems += _tried(
                checked, f"{merchant.name}: settings of {name}", lambda m=merchant, n=name: limits(compiled(m, n))
            )
    if problems:
        raise MistakeInFiles(*problems)
    if not offline:
        for merchant in chosen:
            _accounts(merchant, checked)
    return {"checked": checked}


def compiled(merchant: Merchant, name: str) -> Connection:
    """A merchant's connection, compiled with its settings. Raises MistakeInFiles."""
    mapping, _ = load_mapping(name)
    settings = Settings.model_validate(merchant.settings(name, mapping.settings))
    return Connection(name, mapping, compile_mapping(mapping, settings, datetime.now(UTC).date()))


def _tried(checked: dict[str, str], what: str, attempt: Any) -> list[Problem]:
    try:
        attempt()
    except TillsyncError as error:
        return list(error.problems)
    checked[what] = "right"
    return []


def _accounts(merchant: Merchant, checked: dict[str, str]) -> None:
    for platform, account in merchant.accounts.items():
        session = discover()[platform].load("connect")(
            account.model, read_token(platform, account.token_env), Context()
        )
        resources = discover()[platform].load("resources")
        first = next(iter(resources.values()))
        from pipelines.kit.platform import Reading

        for _ in first.read(session, Reading()):
            break
        checked[f"{merchant.name}: account of {platform}"] = "answers"
