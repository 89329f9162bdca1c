"""``tillsync plan`` and ``tillsync sync``: the orchestrator's own run, started from the shell, then the report."""

from __future__ import annotations

from typing import Any

from assets.show import Screen
from pipelines.kit.errors import CredentialsRefused, MistakeInFiles, Problem
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
    from assets.looking import write_report

    if lacking := empty_tokens(merchant, connection.split("__")):
        raise CredentialsRefused(*lacking)
    code, summary = run_job(merchant, wanted, shown.progress())[connection]
    if wanted.write:
        summary["report"] = str(write_report(merchant, connection, None))
    return code, summary


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
