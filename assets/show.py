"""What a person sees in the terminal: progress while it works, a summary a shopkeeper understands, tables, errors.

With ``--json`` one object goes to stdout and everything else to stderr (`design.md` §7).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.kit.errors import TillsyncError

_WORDS = {
    "created": "created in the store",
    "updated": "updated in the store",
    "deleted": "deleted in the store",
    "unchanged": "already right",
    "superseded": "not sent, a person said no",
    "quarantined": "set aside: the data is wrong",
    "held": "waiting for a decision",
    "failed": "sent, and refused or unknown",
    "out_of_scope": "not meant for the store",
}
_FIRST = 5
_NAMES = {"products": "SKUs", "stock": "stock levels", "orders": "orders", "customers": "customers"}


def plain(value: Any) -> Any:
    """For ``json.dumps``: Decimals as numbers that lose nothing, the rest as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


class Screen:
    """One command's output, for a person or for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self.err = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def progress(self) -> Callable[[str], None]:
        """A function that shows what is being done."""
        console = self.err if self.as_json else self.out
        return lambda text: console.print(f"  [dim]…[/dim] {_plain(text)}")

    def answer(self, value: Any, show: Callable[[], None]) -> None:
        """The command's result: one JSON object, or what ``show`` prints."""
        if self.as_json:
            print(json.dumps(value, default=plain, ensure_ascii=False))  # noqa: T201
        else:
            show()

    def error(self, error: TillsyncError) -> None:
        """Every problem: what was found, where, what was expected and what to do."""
        if self.as_json:
            print(json.dumps({"errors": [problem.as_dict() for problem in error.problems]}, ensure_ascii=False))  # noqa: T201
            return
        for problem in error.problems:
            place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part is not None)
            self.err.print(f"[red]error[/red] {_plain(place + ': ' if place else '')}{_plain(problem.message)}")
            for word, text in (("found", problem.found), ("expected", problem.expected), ("do", problem.do)):
                if text:
                    self.err.print(f"      [dim]{word:<8}[/dim] {_plain(text)}")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table, or a line saying that there is nothing."""
        made = Table(
            title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False
        )
        for column in columns:
            made.add_column(column)
        count = 0
        for row in rows:
            made.add_row(*(_plain("" if value is None else str(value)) for value in row))
            count += 1
        self.out.print(made if count else f"{title}: none")

    def say(self, text: str) -> None:
        """A line for a person; with ``--json`` on stderr."""
        (self.err if self.as_json else self.out).print(_plain(text))

    def summary(self, summary: Mapping[str, Any], title: str) -> None:
        """What a sync came to, in words."""
        self.out.print()
        self.out.print(f"[bold]{_plain(title)}[/bold]  {_verdict(summary)}")
        for entity, states in summary["entities"].items():
            name = _NAMES[entity]
            self.out.print(f"\n  {states['observed']} {name} at the till")
            for state, words in _WORDS.items():
                if states[state]:
                    self.out.print(f"    {states[state]:>6}  {words}")
            if states["withheld_fields"]:
                left = f"{states['withheld_fields']:>6}  field values left alone on purpose"
                self.out.print(f"    {left} (tillsync explain says why)")
        self.found_out(summary)
        calls = ", ".join(f"{name}: {c['reads']} reads, {c['writes']} writes" for name, c in summary["api"].items())
        self.out.print(f"\n  calls    {calls}")
        self.out.print(f"  seconds  {sum(summary['seconds'].values()):.1f}")
        if summary.get("report"):
            self.out.print(f"  report   {_plain(str(summary['report']))}")

    def checked(self, result: Mapping[str, Any]) -> None:
        """What ``tillsync check`` looked at, and its warnings."""
        self.table("checked", ["what", "state"], result["checked"].items())
        self.found_out(result)

    def found_out(self, summary: Mapping[str, Any]) -> None:
        """What stopped the write, and the warnings, with the first records of each and what to do."""
        for problem in summary.get("problems", ()):
            self.out.print(f"\n  [red]stopped[/red]  {_plain(str(problem['found']))}")
            for word in ("expected", "do"):
                if problem[word]:
                    self.out.print(f"           [dim]{word:<8}[/dim] {_plain(problem[word])}")
        for warning in summary.get("warnings", ()):
            self.out.print(f"\n  [yellow]warning[/yellow]  {_plain(warning['check'].replace('_', ' '))}")
            for line in warning["says"][:_FIRST]:
                self.out.print(f"           {_plain(line)}")
            if len(warning["says"]) > _FIRST:
                self.out.print(
                    f"           … {max(warning['records'], len(warning['says']))} in all; the report lists them"
                )
            if warning["do"]:
                self.out.print(f"           [dim]do[/dim] {_plain(warning['do'])}")


def _verdict(summary: Mapping[str, Any]) -> str:
    words = {
        "passed": "[green]every check passed[/green]",
        "empty": "[green]nothing had to be written[/green]",
        "failed": "[red]a check failed: nothing was written[/red]",
    }
    return words[summary["verdict"]]


def _plain(text: str) -> str:
    """Text from outside, harmless for the terminal: no markup, no control characters."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text).replace("[", "\\[")
