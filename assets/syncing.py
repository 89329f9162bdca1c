"""``tillsync plan`` and ``tillsync sync``: the orchestrator's own run, started from the shell, then the report."""

from __future__ import annotations

from typing import Any

from assets.show import Screen
from pipelines.kit.command_line import command
from pipelines.kit.errors import CredentialsRefused, MerchantBusy, MistakeInFiles, Problem
from pipelines.language.load import nearest
from pipelines.language.merchants import Merchant, empty_tokens
from pipelines.run import Wanted

ENTITIES = ("products", "stock", "orders", "customers")


def sync_connection(  # noqa: PLR0913
    shown: Screen, merchant: Merchant, connection: str, *, full: bool, only: list[str] | None, yes: bool, write: bool
) -> tuple[int, dict[str, Any]]:
    """One run of one connection; its exit code and summary. Raises what stopped it.

    A token that is not there is told before a run is made.
    """
    wanted = Wanted((check_connection(merchant, connection),), full, check_entities(only), yes, write)
    return carry_out(shown, merchant, connection, wanted)


def carry_out(shown: Screen, merchant: Merchant, connection: str, wanted: Wanted) -> tuple[int, dict[str, Any]]:
    """Any run of one connection, then its report; its exit code and summary."""
    from assets.invoke import run_job

    if lacking := empty_tokens(merchant, connection.split("__")):
        raise CredentialsRefused(*lacking)
    code, summary = run_job(merchant, wanted, shown.progress())[connection]
    if wanted.write:
        summary["report"] = _reported(shown, merchant, connection)
    return code, summary


def _reported(shown: Screen, merchant: Merchant, connection: str) -> str | None:
    """The path of the report; none where the merchant's next run has begun already: that one makes it."""
    from assets.looking import write_report

    try:
        return str(write_report(merchant, connection, None))
    except MerchantBusy:
        later = command(merchant.name, "report", connection)
        shown.say(f"  … no report of this run: another one of the merchant has begun; `{later}` makes it later")
        return None


def check_connection(merchant: Merchant, connection: str) -> str:
    """The connection, when this merchant has it. Raises MistakeInFiles, listing those it has, otherwise."""
    if connection not in merchant.connections:
        known = sorted(merchant.connections)
        raise MistakeInFiles(
            Problem(
                "unknown_connection",
                f"{merchant.name} has no connection {connection}",
                found=connection,
                expected=", ".join(known) or "a connection in the merchants file",
                do=nearest(connection, known),
            )
        )
    return connection


def check_entities(only: list[str] | None) -> tuple[str, ...]:
    """The entities asked for, all by default. Raises MistakeInFiles on an unknown one."""
    for entity in only or []:
        if entity not in ENTITIES:
            raise MistakeInFiles(
                Problem(
                    "unknown_entity",
                    f"there is no entity {entity}",
                    found=entity,
                    expected=", ".join(ENTITIES),
                    do=nearest(entity, ENTITIES),
                )
            )
    return tuple(only) if only else ENTITIES
