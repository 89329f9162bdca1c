"""``tillsync retry`` and ``tillsync undo``: runs about part of what is known, started from the shell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from assets.looking import decided_on, opened, planned
from assets.show import Screen
from assets.syncing import carry_out, check_connection
from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.merchants import Merchant
from pipelines.run import Wanted


def retry_failed(shown: Screen, merchant: Merchant, connection: str, skus: tuple[str, ...]) -> int:
    """Show what failed or is set aside, then sync that alone; the exit code."""
    from pipelines.stages import requests

    check_connection(merchant, connection)
    with opened(merchant, connection) as house:
        now = datetime.now(UTC)
        failed = requests.act(house, "retry", connection, now=now, skus=skus)
        aside = [
            row for row in requests.act(house, "quarantine", connection, now=now) if not skus or row["sku"] in skus
        ]
        if not failed and not aside:
            requests.known_skus(house, connection, skus, now)
    if not failed and not aside:
        about = f" of {', '.join(skus)}" if skus else ""
        shown.answer(
            {"connection": connection, "merchant": merchant.name, "failed": [], "quarantined": []},
            lambda: shown.say(f"nothing{about} failed, and nothing{about} is set aside"),
        )
        return 0
    if not shown.as_json:
        for title, rows in (("to try again", failed), ("set aside", aside)):
            columns = [
                name for name in (rows[0] if rows else {}) if name != "item_id" and any(row[name] for row in rows)
            ]
            shown.table(title, columns, [[row[name] for name in columns] for row in rows])
    code, summary = carry_out(shown, merchant, connection, Wanted((connection,), retry=skus))
    summary |= {"failed": failed, "quarantined": aside}
    shown.answer(summary, lambda: shown.summary(summary, f"{connection}: what failed, again"))
    return code


def undo_run(shown: Screen, merchant: Merchant, run: str, connection: str, *, yes: bool) -> int:
    """Print the plan that takes a run back, or carry it out; the exit code. Raises MistakeInFiles on an unknown run."""
    chosen, run_id = _found(merchant, run, connection)
    code, summary = carry_out(shown, merchant, chosen, Wanted((chosen,), yes=yes, write=yes, undo=run_id))
    summary["undo"] = run_id
    with opened(merchant, chosen) as house:
        summary["left"] = decided_on(house, chosen, ("dropped",))
    if not yes:
        summary["changes"] = planned(merchant, chosen) if summary["verdict"] != "failed" else []
    again = [run_id, *(["--connection", connection] if connection else [])]
    shown.answer(summary, lambda: _show(shown, merchant, chosen, summary, again))
    return code


def _show(shown: Screen, merchant: Merchant, connection: str, summary: dict[str, object], again: Sequence[str]) -> None:
    left = summary["left"]
    planned = "changes" in summary
    title = f"what taking back run {summary['undo']} would do" if planned else f"run {summary['undo']} taken back"
    shown.summary(summary, f"{connection}: {title}")
    if isinstance(left, list) and left:
        rows = [(row["sku"] or row["name"], row["level"], row["reason"]) for row in left]
        shown.table("left as it is", ["what", "level", "why"], rows)
    if planned and summary["verdict"] != "failed" and not summary["changes"]:
        shown.say("nothing of it can be taken back: nothing would be written")
    elif planned:
        shown.say("nothing was written; to carry it out")
        shown.say(f"  {command(merchant.name, 'undo', *again, '--yes')}")
    else:
        shown.say("the next sync asks before it sends any of it again")
        shown.say(f"  {command(merchant.name, 'holds', 'list', connection)}")


def _found(merchant: Merchant, run: str, connection: str) -> tuple[str, str]:
    """Connection and whole id of the run that is meant."""
    from pipelines.stages.looks import unknown_run

    if connection:
        check_connection(merchant, connection)
    with opened(merchant, connection) as house:
        rows = house.query(
            "SELECT connection, run_id FROM sync.runs WHERE NOT only_plan AND (? = '' OR connection = ?)"
            " ORDER BY started_at DESC, connection",
            [connection, connection],
        )
    known = list(dict.fromkeys(row["run_id"] for row in rows))
    found = [one for one in known if run and one.startswith(run)]
    if len(found) != 1:
        about = connection or (rows[0]["connection"] if rows else next(iter(merchant.connections), "CONNECTION"))
        raise MistakeInFiles(unknown_run(run, known, found, command(merchant.name, "audit", "list", about)))
    served = [row["connection"] for row in rows if row["run_id"] == found[0]]
    if len(served) > 1:
        raise MistakeInFiles(
            Problem(
                "which_connection",
                f"the run {found[0]} served several connections",
                found=found[0],
                expected=", ".join(served),
                do="name one with --connection; each is taken back by itself",
            )
        )
    return served[0], found[0]
