"""The commands by which a person looks, decides, tries again and takes back: their words and options. No behaviour."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from assets.show import Screen

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, logs on stderr.")]
Sku = Annotated[str | None, typer.Option("--sku", help="One SKU.")]


@dataclass(frozen=True)
class Shell:
    """What every command needs: its screen, which turns errors into exit codes, and the merchant."""

    screen: Callable[[bool], AbstractContextManager[Screen]]
    merchant: Callable[[], Any]

    def look(self, what: str, connection: str, as_json: bool, **more: Any) -> None:
        """A command that looks at the warehouse or records a decision."""
        from assets.looking import look

        with self.screen(as_json) as shown:
            look(shown, self.merchant(), what, connection, more)


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add links, holds, quarantine, audit, people, retry and undo."""
    for name, says, add in (
        ("links", "Which till record is which store record.", _links),
        ("holds", "Changes that wait for a person.", _holds),
        ("quarantine", "Records set aside.", _quarantine),
        ("audit", "Every call made, and what it was for.", _audit),
        ("people", "What is known of buyers.", _people),
    ):
        group = typer.Typer(help=says, no_args_is_help=True)
        app.add_typer(group, name=name)
        add(group, shell)
    _retry(app, shell)
    _undo(app, shell)


def _links(group: typer.Typer, shell: Shell) -> None:
    @group.command("list", help="Links and what waits. Example: tillsync links list CONNECTION")
    def listed(connection: str, sku: Sku = None, as_json: Json = False) -> None:
        shell.look("links", connection, as_json, sku=sku)

    def action(name: str) -> Callable[..., None]:
        def act(connection: str, sku: Annotated[str, typer.Option("--sku")], as_json: Json = False) -> None:
            shell.look(f"links {name}", connection, as_json, sku=sku)

        return act

    for name in ("approve", "unlink", "unpublish"):
        example = f"Example: tillsync links {name} CONNECTION --sku MUG-1"
        group.command(name, help=f"{name.capitalize()} the link of one SKU. {example}")(action(name))


def _holds(group: typer.Typer, shell: Shell) -> None:
    @group.command("list", help="What waits for a decision. Example: tillsync holds list CONNECTION")
    def listed(
        connection: str,
        everything: Annotated[bool, typer.Option("--all", help="Also what was decided, ran out or went.")] = False,
        as_json: Json = False,
    ) -> None:
        shell.look("holds all" if everything else "holds", connection, as_json)

    def action(name: str) -> Callable[..., None]:
        def act(
            connection: str,
            ids: Annotated[list[str] | None, typer.Argument(help="Ids of holds.")] = None,
            of_class: Annotated[str | None, typer.Option("--class", help="All open holds of this class.")] = None,
            as_json: Json = False,
        ) -> None:
            shell.look(f"holds {name}", connection, as_json, ids=ids or [], of_class=of_class)

        return act

    says = {
        "show": "Show holds by id or class, every field before and after.",
        "approve": "Approve holds by id or class: the next sync sends them where they still lie within what is shown,"
        " within 72 hours.",
        "reject": "Reject holds by id or class: they stay unsent until the till wants something else.",
    }
    for name, words in says.items():
        group.command(name, help=f"{words} Example: tillsync holds {name} CONNECTION ID")(action(name))


def _quarantine(group: typer.Typer, shell: Shell) -> None:
    @group.command("list", help="Records set aside, and why. Example: tillsync quarantine list CONNECTION")
    def listed(connection: str, as_json: Json = False) -> None:
        shell.look("quarantine", connection, as_json)

    words = "Have the next run look at a record again though nothing about it changed; where it is still wrong, it is"
    example = "Example: tillsync quarantine release CONNECTION --sku MUG-1"

    @group.command("release", help=f"{words} set aside anew, with the reason. {example}")
    def release(connection: str, sku: Annotated[str, typer.Option("--sku")], as_json: Json = False) -> None:
        shell.look("quarantine release", connection, as_json, sku=sku)


def _people(group: typer.Typer, shell: Shell) -> None:
    words = "Take a buyer out of every order placed until now, for good; the till's and the store's own records stay."
    example = "Example: tillsync people forget CONNECTION --email jane@buyer.example"

    @group.command("forget", help=f"{words} {example}")
    def forget(connection: str, email: Annotated[str, typer.Option("--email")], as_json: Json = False) -> None:
        shell.look("people forget", connection, as_json, email=email)


def _audit(group: typer.Typer, shell: Shell) -> None:
    @group.command("list", help="The last calls, the newest first. Example: tillsync audit list CONNECTION --limit 20")
    def listed(connection: str, limit: Annotated[int, typer.Option("--limit")] = 50, as_json: Json = False) -> None:
        shell.look("audit", connection, as_json, limit=limit)

    words = "What a run, or one of its calls, changed: values before and after, the intent, the outcome, the calls and"
    example = "Example: tillsync audit show CONNECTION 1f0c2d/17"

    @group.command("show", help=f"{words} the decision it went by. {example}")
    def shown(
        connection: str,
        of: Annotated[str, typer.Argument(metavar="RUN[/CALL]", help="A run's id, or its beginning; and a call.")],
        sku: Sku = None,
        as_json: Json = False,
    ) -> None:
        shell.look("audit show", connection, as_json, of=of, sku=sku)


def _retry(app: typer.Typer, shell: Shell) -> None:
    @app.command()
    def retry(
        connection: str,
        sku: Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU; repeatable.")] = None,
        as_json: Json = False,
    ) -> None:
        """Failed work again: a sync of what failed and what is set aside, and of nothing else.

        The next sync tries it again by itself; this does not wait for it, and touches nothing that did not fail.

        Example: tillsync retry lightspeed_x__bigcommerce --sku MUG-1
        """
        from assets.again import retry_failed

        with shell.screen(as_json) as shown:
            raise typer.Exit(retry_failed(shown, shell.merchant(), connection, tuple(sku or ())))


def _undo(app: typer.Typer, shell: Shell) -> None:
    @app.command()
    def undo(
        run: Annotated[str, typer.Argument(help="The run's id, or its beginning.")],
        connection: Annotated[str, typer.Option("--connection", help="Where the run served several.")] = "",
        yes: Annotated[bool, typer.Option("--yes", help="Carry the plan out; without it nothing is written.")] = False,
        as_json: Json = False,
    ) -> None:
        """Take a run back: first as a plan, with --yes for good, checked and recorded like any other run.

        A field or level goes back to its value before, where the store still holds what the run wrote. What was shown
        is hidden, what was hidden is shown, what was deleted is made again; what was created is hidden, never deleted.
        The next sync asks before it sends any of it again.

        Example: tillsync undo 1f0c2d --yes
        """
        from assets.again import undo_run

        with shell.screen(as_json) as shown:
            raise typer.Exit(undo_run(shown, shell.merchant(), run, connection, yes=yes))
