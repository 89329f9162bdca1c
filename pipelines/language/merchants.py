"""The merchants file: businesses, their accounts, their connections with overrides. Strict like the mappings.

A token is never in a file, only the name of the variable that holds it (B90).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.address import refusal
from pipelines.language.canonical import Strict
from pipelines.language.document import Document, Place, Spot, nearest, shown_path
from pipelines.language.load import load, validate
from pipelines.language.mapping import Mapping as ConnectionMapping
from pipelines.language.mapping import connections, load_mapping
from pipelines.language.paths import home, merchants_file
from pipelines.language.references import check_locations, check_settings, unknown
from pipelines.language.settings import merged, one_shelf
from pipelines.platforms import discover

DEMO = "demo"
DEMO_TOKEN = "TILLSYNC_DEMO_TOKEN"  # noqa: S105
"""The variable of the demo's token; its value opens the sandboxes on loopback, nothing else."""
RESERVED = frozenset({DEMO, "dagster"})
"""Names below the state folder that are not a shop's."""
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"


class TokenRef(Strict):
    """Where a token is: the name of an environment variable."""

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class ConnectionEntry(Strict):
    """A merchant's use of a connection: overrides of its settings and locations."""

    settings: dict[str, Any] = Field(default_factory=dict)
    locations: dict[str, str] = Field(default_factory=dict)


class MerchantEntry(Strict):
    """One business as the file states it."""

    accounts: dict[str, dict[str, Any]]
    connections: dict[str, ConnectionEntry | None] = Field(default_factory=dict)


class MerchantsFile(Strict):
    """The whole file."""

    merchants: dict[str, MerchantEntry]


@dataclass(frozen=True)
class Account:
    """One account: the platform's own checked keys, the variable its token is in, and where the file names it."""

    model: BaseModel
    token_env: str
    file: str | None = None
    spot: Spot | None = None


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
    problems: list[Problem] = []
    demo = home() / DEMO / "merchants.yaml"
    for file, own in ((path or merchants_file(), True), (demo, False)):
        if file.exists():
            try:
                load(file, MerchantsFile, partial(_check_file, own=own, found=found))
            except MistakeInFiles as error:
                problems += error.problems
    if problems:
        raise MistakeInFiles(*problems)
    return found


def merchant_names() -> list[str]:
    """The names for the partitions: those of the file, and ``demo``. A broken file gives ``demo`` alone."""
    try:
        names = set(load_merchants())
    except MistakeInFiles:
        names = set()
    return sorted(names | {DEMO})


def everyone(merchants: Mapping[str, Merchant]) -> dict[str, Merchant]:
    """The merchants that are meant where none is named: those of the file; the demo only where there is no other."""
    return {name: merchant for name, merchant in merchants.items() if name != DEMO} or dict(merchants)


def choose(merchants: Mapping[str, Merchant], name: str | None) -> Merchant:
    """The merchant asked for, or the only one; the demo only by its name, or where there is no other.

    Raises MistakeInFiles, listing them, otherwise. The demo's token is known from here on.
    """
    meant = everyone(merchants)
    if name is None and len(meant) == 1:
        return _ready(next(iter(meant.values())))
    if name is not None and name in merchants:
        return _ready(merchants[name])
    if name == DEMO:
        raise MistakeInFiles(Problem("no_demo", "there was no demo yet", found=DEMO, do="run `make demo` first"))
    if not merchants_file().exists():
        raise MistakeInFiles(no_file(name, merchants))
    raise MistakeInFiles(
        Problem(
            "which_merchant",
            f"there is no merchant {name}" if name else "which merchant is not said",
            merchants_file().name,
            found=name,
            expected=", ".join(sorted(meant)) or "at least one merchant in the file",
            do=(nearest(name, list(merchants)) if name else None) or "give --merchant NAME before the command",
        )
    )


def no_file(name: str | None, merchants: Mapping[str, Merchant]) -> Problem:
    """The problem of a merchants file that is not there: where it was looked for, and what to copy."""
    others = f", and no merchant {name} but {', '.join(merchants)}" if name and merchants else ""
    return Problem(
        "no_merchants_file",
        f"there is no merchants file{others}",
        found=f"nothing at {shown_path(merchants_file())}",
        expected="a file `merchants.yaml` beside README.md, or another named by TILLSYNC_MERCHANTS",
        do="copy the example under 'Point it at your accounts' of README.md, or run `make demo`, which needs none",
    )


def _ready(merchant: Merchant) -> Merchant:
    if merchant.name == DEMO and not os.environ.get(DEMO_TOKEN, "").strip():
        os.environ[DEMO_TOKEN] = DEMO
    return merchant


def empty_tokens(merchant: Merchant, platforms: Collection[str] | None = None) -> list[Problem]:
    """A problem for every account, or for those of some platforms, whose token variable is empty."""
    return [
        Problem(
            "token_missing",
            f"{merchant.name}: {platform}: the variable {account.token_env} holds no token",
            account.file,
            account.spot.line if account.spot else None,
            account.spot.column if account.spot else None,
            found="an empty variable" if account.token_env in os.environ else "no such variable",
            expected="an access token",
            do=f"set {account.token_env} in the environment",
        )
        for platform, account in merchant.accounts.items()
        if (platforms is None or platform in platforms) and not os.environ.get(account.token_env, "").strip()
    ]


def _check_file(entries: MerchantsFile, document: Document, *, own: bool, found: dict[str, Merchant]) -> None:
    mappings: dict[str, ConnectionMapping | None] = {}
    for name, entry in entries.merchants.items():
        place = ("merchants", name)
        _check_name(name, document, place, own=own)
        accounts = {p: _account(p, keys, document, (*place, "accounts", p)) for p, keys in entry.accounts.items()}
        uses = {connection: use or ConnectionEntry() for connection, use in entry.connections.items()}
        for connection, use in uses.items():
            where = (*place, "connections", connection)
            _check_use(connection, entry, document, where)
            mapping = _mapping(connection, mappings)
            if mapping is not None:
                check_settings(mapping, use.settings, document, (*where, "settings"))
                locations = {**mapping.locations, **use.locations}
                check_locations(mapping, use.settings, locations, document, (*where, "settings"))
        _check_shares(uses, mappings, document, (*place, "connections"))
        found[name] = Merchant(name, {p: a for p, a in accounts.items() if a is not None}, uses)


def _check_shares(
    uses: Mapping[str, ConnectionEntry],
    mappings: Mapping[str, ConnectionMapping | None],
    document: Document,
    place: Place,
) -> None:
    """Shares of one till's stores come to 1 at most; a store that states none shows all there is (B84)."""
    known = {name: merged(one.settings, uses[name].settings) for name, one in mappings.items() if one and name in uses}
    for name, settings in known.items():
        beside = [
            other
            for other, theirs in known.items()
            if other.partition("__")[0] == name.partition("__")[0]
            and one_shelf(theirs.get("outlets", ""), settings.get("outlets", ""))
        ]
        shares = [_part(known[other].get("share", 1)) for other in beside]
        if "share" not in uses[name].settings or None in shares or sum(filter(None, shares), Decimal(0)) <= 1:
            continue
        document.problem(
            (*place, name, "settings", "share"),
            "too_much_shared",
            f"{' and '.join(beside)} show the same outlet, and their shares come to more than 1",
            found=", ".join(f"{other}: {known[other].get('share', 'none, so all of it')}" for other in beside),
            expected="shares that come to 1 at most",
            do="state `share:` for each of these connections",
        )


def _part(value: Any) -> Decimal | None:
    """A share as far as it is one; a wrong one is told of elsewhere."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return found if 0 < found <= 1 else None


def _check_name(name: str, document: Document, place: Place, *, own: bool) -> None:
    if not re.fullmatch(_NAME, name):
        expected = "letters, digits, - and _, at most 63"
        document.problem(place, "name", f"`{name}` is no name for a merchant", key=True, found=name, expected=expected)
    if own and name in RESERVED:
        message = f"the name `{name}` is taken by tillsync itself"
        document.problem(place, "name", message, key=True, found=name, expected="another name")


def _check_use(connection: str, entry: MerchantEntry, document: Document, place: Place) -> None:
    unknown(document, place, "connection", connection, list(connections()), key=True)
    for platform in connection.split("__") if connection in connections() else []:
        if platform not in entry.accounts:
            message, expected = f"{connection} needs an account of {platform}", f"`{platform}:` under `accounts`"
            document.problem(place, "no_account", message, key=True, expected=expected)


def _mapping(name: str, known: dict[str, ConnectionMapping | None]) -> ConnectionMapping | None:
    """A connection's mapping; its own mistakes are told by whoever loads it, not by every merchant."""
    if name not in known:
        try:
            known[name] = load_mapping(name)[0]
        except MistakeInFiles:
            known[name] = None
    return known[name]


def _account(platform: str, given: dict[str, Any], document: Document, place: Place) -> Account | None:
    known = discover().get(platform)
    if known is None:
        unknown(document, place, "platform", platform, list(discover()), key=True)
        return None
    keys = {name: value for name, value in given.items() if name != "token"}
    token = _token(given.get("token"), document, (*place, "token"))
    _check_url(keys.get("base_url"), document, (*place, "base_url"))
    model = validate(document, known.account, place, keys, besides=["token"])
    if not token or model is None:
        return None
    return Account(model, token, document.file, document.spot((*place, "token", "env")))


def _token(given: object, document: Document, place: Place) -> str | None:
    try:
        return TokenRef.model_validate(given).env
    except ValidationError:
        document.problem(
            place,
            "token",
            "a token is never written in a file" if given is not None else "`token` is missing",
            found="something else, not shown here" if given is not None else None,
            expected="{env: NAME_OF_A_VARIABLE}",
            do="put the token in an environment variable and name it here",
        )
        return None


def _check_url(url: object, document: Document, place: Place) -> None:
    if isinstance(url, str):
        expected, shown = refusal(url)
        if expected is not None:
            document.problem(place, "base_url", "this address is not accepted", found=shown, expected=expected)
