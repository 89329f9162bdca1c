"""The merchants file: businesses, their accounts, their connections with overrides. Strict like the mappings.

A token is never in a file, only the name of the variable that holds it (B90).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.canonical import Strict
from pipelines.language.load import Document, load, nearest
from pipelines.language.mapping import check_settings, connections
from pipelines.language.paths import home, merchants_file
from pipelines.language.settings import merged
from pipelines.platforms import discover

DEMO = "demo"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class TokenRef(Strict):
    """Where a token is: the name of an environment variable."""

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class ConnectionEntry(Strict):
    """A merchant's use of a connection: overrides of its settings and locations."""

    settings: dict[str, Any] = {}
    locations: dict[str, str] = {}


class MerchantEntry(Strict):
    """One business."""

    accounts: dict[str, dict[str, Any]]
    connections: dict[str, ConnectionEntry | None] = {}


class MerchantsFile(Strict):
    """The whole file."""

    merchants: dict[str, MerchantEntry]


@dataclass(frozen=True)
class Account:
    """One account: the platform's own checked keys, and the variable its token is in."""

    model: BaseModel
    token_env: str


@dataclass(frozen=True)
class Merchant:
    """One business, checked."""

    name: str
    accounts: Mapping[str, Account]
    connections: Mapping[str, ConnectionEntry]

    def settings(self, connection: str, base: dict[str, Any]) -> dict[str, Any]:
        """The connection's settings with this merchant's over them."""
        return merged(base, self.connections[connection].settings)


def load_merchants(path: Path | None = None) -> dict[str, Merchant]:
    """Every merchant of the file, and ``demo`` when a demo was made. Raises MistakeInFiles with every mistake."""
    found: dict[str, Merchant] = {}
    for file in _files(path):
        kept: list[tuple[MerchantsFile, dict[str, Merchant]]] = []

        def check(entries: MerchantsFile, document: Document, kept: list[Any] = kept) -> None:
            made = {name: _merchant(name, entry, document) for name, entry in entries.merchants.items()}
            kept.append(made)

        load(file, MerchantsFile, check)
        for made in kept:
            found.update(made)  # type: ignore[arg-type]
    return found


def merchant_names() -> list[str]:
    """The names for the partitions: those of the file, and ``demo``. A broken file gives ``demo`` alone."""
    try:
        names = set(load_merchants())
    except MistakeInFiles:
        names = set()
    return sorted(names | {DEMO})


def choose(merchants: Mapping[str, Merchant], name: str | None) -> Merchant:
    """The merchant asked for, or the only one. Raises MistakeInFiles, listing them, otherwise."""
    if name is None and len(merchants) == 1:
        return next(iter(merchants.values()))
    if name is not None and name in merchants:
        return merchants[name]
    listed = ", ".join(sorted(merchants)) or "none"
    what = f"there is no merchant {name}" if name else "which merchant is not said"
    raise MistakeInFiles(
        Problem(
            "which_merchant", what, str(merchants_file().name), found=name, expected=listed,
            do=(nearest(name, list(merchants)) if name else None) or "give --merchant NAME, or write a merchants file",
        )
    )


def _files(path: Path | None) -> list[Path]:
    chosen = path or merchants_file()
    demo = home() / DEMO / "merchants.yaml"
    return [file for file in (chosen, demo) if file.exists()]


def _merchant(name: str, entry: MerchantEntry, document: Document) -> Merchant:
    place = ("merchants", name)
    accounts = {p: _account(p, dict(keys), document, (*place, "accounts", p)) for p, keys in entry.accounts.items()}
    uses = {c: use or ConnectionEntry() for c, use in entry.connections.items()}
    for connection, use in uses.items():
        where = (*place, "connections", connection)
        if connection not in connections():
            document.problem(where, "unknown_connection", f"there is no connection `{connection}`", key=True, found=connection,
                             expected=", ".join(connections()), do=nearest(connection, list(connections())))  # fmt: skip
            continue
        for platform in connection.split("__"):
            if platform not in entry.accounts:
                document.problem(where, "no_account", f"{connection} needs an account of {platform}", key=True,
                                 expected=f"`{platform}:` under accounts")  # fmt: skip
        check_settings(use.settings, document, (*where, "settings"))
    return Merchant(name, {p: a for p, a in accounts.items() if a is not None}, uses)


def _account(platform: str, keys: dict[str, Any], document: Document, place: tuple[str | int, ...]) -> Account | None:
    if platform not in discover():
        document.problem(place, "unknown_platform", f"there is no platform `{platform}`", key=True, found=platform,
                         expected=", ".join(discover()), do=nearest(platform, list(discover())))  # fmt: skip
        return None
    token = _token(keys.pop("token", None), document, (*place, "token"))
    model = discover()[platform].account
    try:
        account = model.model_validate(keys)
    except ValidationError as error:
        for detail in error.errors():
            key = str(detail["loc"][0]) if detail["loc"] else ""
            allowed = sorted([*model.model_fields, "token"])
            if detail["type"] == "extra_forbidden":
                document.problem((*place, key), "unknown_key", f"unknown key `{key}`", key=True, found=key,
                                 expected="one of " + ", ".join(allowed), do=nearest(key, allowed))  # fmt: skip
            else:
                message = detail["msg"].removeprefix("Value error, ")
                document.problem((*place, key) if key else place, "wrong_account", f"{platform}: {message}",
                                 found=repr(keys.get(key)) if key else None)  # fmt: skip
        return None
    _check_url(getattr(account, "base_url", None), document, (*place, "base_url"))
    return Account(account, token) if token else None


def _token(given: object, document: Document, place: tuple[str | int, ...]) -> str | None:
    try:
        return TokenRef.model_validate(given).env
    except ValidationError:
        document.problem(place, "token", "a token is never written in a file", found="something else than {env: NAME}",
                         expected="{env: NAME_OF_A_VARIABLE}", do="put the token in an environment variable and name it here")  # fmt: skip
        return None


def _check_url(url: str | None, document: Document, place: tuple[str | int, ...]) -> None:
    if url is None:
        return
    parts = urlsplit(str(url))
    wrong = None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        wrong = "an https address: scheme, host and port"
    elif parts.username or parts.password:
        wrong = "an address without a user name or password"
    elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        wrong = "https; plain http is for loopback addresses only"
    if wrong:
        shown = f"{parts.scheme}://{parts.hostname or ''}"
        document.problem(place, "base_url", "this address is not accepted", found=shown, expected=wrong)


def empty_tokens(merchant: Merchant) -> list[Problem]:
    """A problem for every account whose token variable is empty."""
    return [
        Problem("token_missing", f"{platform}: the variable {account.token_env} holds no token", found="an empty variable",
                expected="an access token", do=f"set {account.token_env} in the environment")  # fmt: skip
        for platform, account in merchant.accounts.items()
        if not os.environ.get(account.token_env, "").strip()
    ]
