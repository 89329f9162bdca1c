"""``tillsync check``: mappings, merchants, credentials, plan limits, freshness and, unless offline, the accounts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assets.places import Places, at_account, misplaced, places
from pipelines.kit.calls import Context
from pipelines.kit.errors import CallFailed, MerchantBusy, MistakeInFiles, Problem, TillsyncError
from pipelines.kit.warehouse import Warehouse, open_to_read
from pipelines.language.compile import compile_mapping
from pipelines.language.mapping import connections, load_mapping
from pipelines.language.merchants import Merchant, choose, empty_tokens, everyone, load_merchants, no_file
from pipelines.language.paths import home, merchants_file
from pipelines.language.settings import Settings
from pipelines.platforms import discover
from pipelines.run import Connection, read_token
from pipelines.stages.finish import warning
from pipelines.stages.freshness import CHECK, freshness, what_to_do
from pipelines.stages.same_accounts import not_there
from pipelines.stages.validate import limits, suites


def check_all(merchant_name: str | None, names: Sequence[str], *, offline: bool) -> dict[str, Any]:
    """What was checked, with its state; ``warnings``: late changes and what the last run had to tell.

    ``late``: how many changes are older than the limit and not in the store, which is a fault to raise (S000-36).
    Raises MistakeInFiles with every mistake of every file at once.
    """
    checked: dict[str, str] = {}
    problems: list[Problem] = []
    for name in names or list(connections()):
        problems += _tried(checked, f"mapping {name}", lambda name=name: load_mapping(name))
    problems += _tried(checked, "quality suites", suites)
    problems += _tried(checked, "merchants", load_merchants)
    if problems:
        raise MistakeInFiles(*problems)
    chosen = _chosen(merchant_name, checked, offline=offline)
    for merchant in chosen:
        problems += [] if offline else empty_tokens(merchant)
        for lacking in empty_tokens(merchant) if offline else ():
            checked[lacking.message] = "needed for every call"
        for name in (n for n in merchant.connections if not names or n in names):
            problems += _tried(
                checked, f"{merchant.name}: settings of {name}", lambda m=merchant, n=name: limits(compiled(m, n))
            )
    if problems:
        raise MistakeInFiles(*problems)
    warnings = [entry for merchant in chosen for entry in _looked_back(merchant, names, checked)]
    if not offline:
        for merchant in chosen:
            problems += _accounts(merchant, names, checked)
    if problems:
        raise MistakeInFiles(*problems)
    late = sum(entry["records"] for entry in warnings if entry["check"] == CHECK)
    return {"checked": checked, "late": late, "warnings": warnings}


def _chosen(name: str | None, checked: dict[str, str], *, offline: bool) -> list[Merchant]:
    """The merchants to look at. Offline a repository of mappings alone is right; with calls somebody must be there."""
    merchants = load_merchants()
    if not merchants_file().exists() and not name:
        checked["merchants"] = f"{no_file(None, merchants).found}: copy the example of README.md"
        if offline and not merchants:
            return []
    several = not name and len(everyone(merchants)) > 1
    return list(everyone(merchants).values()) if several else [choose(merchants, name)]


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


def _looked_back(merchant: Merchant, names: Sequence[str], checked: dict[str, str]) -> list[dict[str, Any]]:
    """Freshness of the merchant's connections, as far as they ran here, and the warnings of their last runs."""
    folder, warnings = home() / merchant.name, []
    if not (folder / "warehouse.duckdb").exists():
        return []
    wanted = [name for name in merchant.connections if not names or name in names]
    try:
        house = open_to_read(folder, "tillsync check", time.sleep, seconds=0)
    except MerchantBusy:
        busy = warning(CHECK, 0, ["not looked at: a run holds the merchant"], "check again when it has ended")
        return [{"merchant": merchant.name, **busy}]
    try:
        for name in wanted:
            for entry in _of_connection(house, merchant, name, checked):
                warnings.append({"merchant": merchant.name, "connection": name, **entry})
    finally:
        house.close()
    return warnings


def _of_connection(house: Warehouse, merchant: Merchant, name: str, checked: dict[str, str]) -> list[dict[str, Any]]:
    minutes = compiled(merchant, name).compiled.settings.freshness_minutes
    found = freshness(house, name, datetime.now(UTC), minutes)
    checked[f"{merchant.name}: freshness of {name}"] = "right" if found.passed else "late"
    summary = house.one("SELECT summary FROM sync.runs WHERE connection = ? ORDER BY started_at DESC LIMIT 1", [name])
    told = json.loads(summary).get("warnings", []) if summary else []
    now = [] if found.passed else [warning(CHECK, len(found.late), found.says(), what_to_do(merchant.name, name))]
    return now + [entry for entry in told if entry["check"] != CHECK]


def _accounts(merchant: Merchant, names: Sequence[str], checked: dict[str, str]) -> list[Problem]:
    """Ask every account for its outlets and locations, and hold what the files name against them."""
    there: dict[str, Places] = {}
    problems: list[Problem] = []
    for platform, account in merchant.accounts.items():
        token = read_token(platform, account.token_env)
        session = discover()[platform].load("connect")(account.model, token, Context())
        try:
            there[platform] = places(discover()[platform], session)
            checked[f"{merchant.name}: account of {platform}"] = "answers"
        except CallFailed as refusal:
            about = not_there(discover()[platform], session, refusal)
            if about is None:
                raise
            problems.append(at_account(merchant, platform, about))
        finally:
            session.close()
    for name in (n for n in merchant.connections if set(n.split("__")) <= set(there) and (not names or n in names)):
        found = misplaced(merchant, name, there)
        problems += found
        if not found:
            checked[f"{merchant.name}: outlets and locations of {name}"] = "right"
    return problems
