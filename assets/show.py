"""What a person sees in the terminal: progress while it works, a summary a shopkeeper understands, tables, errors.

With ``--json`` one object goes to stdout and everything else to stderr (`design.md` §7).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from assets.changes import told
from pipelines.kit.command_line import command
from pipelines.kit.errors import TillsyncError
from pipelines.kit.redaction import in_json, redact, visible

_FIRST = 5
_WIDEST, _WIDEST_CELL = 10_000, 80
_WHOLE = ("sku", "hold_id", "class", "run_id", "rule", "state")
"""Columns whose words are the last to give way in a narrow terminal; nothing is ever cut."""
_NAMES = {"products": "SKUs", "stock": "stock levels", "orders": "orders", "customers": "customers"}


def plain(value: Any) -> Any:
    """For ``json.dumps``: Decimals as numbers that lose nothing, the rest as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


class _Console(Console):
    """A console whose reader may leave early (``… | head``): the command goes on and keeps its exit code."""

    def on_broken_pipe(self) -> None:
        """Print nothing more."""
        self.quiet = True
        _no_reader()


def _no_reader() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Screen:
    """One command's output, for a person or for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = _Console(file=sys.stdout, highlight=False, soft_wrap=True)
        if not self.out.is_terminal:
            self.out.width = _WIDEST
        self.err = _Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def progress(self) -> Callable[[str], None]:
        """A function that shows what is being done."""
        console = self.err if self.as_json else self.out
        return lambda text: console.print(f"  [dim]…[/dim] {_plain(text)}")

    def answer(self, value: Any, show: Callable[[], None]) -> None:
        """The command's result: one JSON object, or what ``show`` prints."""
        if self.as_json:
            try:
                print(_json(value), flush=True)  # noqa: T201
            except BrokenPipeError:
                _no_reader()
        else:
            show()

    def error(self, error: TillsyncError) -> None:
        """Every problem: what was found, where, what was expected and what to do."""
        if self.as_json:
            print(_json({"errors": [problem.as_dict() for problem in error.problems]}))  # noqa: T201
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
        listed = [[_cell(value) for value in row] for row in rows]
        for number, column in enumerate(columns):
            longest = max((len(row[number]) for row in listed), default=0)
            whole = column in _WHOLE
            least = min(max(longest, len(column)), 40) if whole else None
            most = None if whole or self.out.is_terminal else _WIDEST_CELL
            made.add_column(column, overflow="fold", min_width=least, max_width=most)
        for row in listed:
            made.add_row(*map(_plain, row))
        if listed:
            self.out.print(made, soft_wrap=False)
        else:
            self.out.print(f"{title}: none", markup=False)

    def say(self, text: str) -> None:
        """A line for a person; with ``--json`` on stderr."""
        (self.err if self.as_json else self.out).print(_plain(text))

    def summary(self, summary: Mapping[str, Any], title: str) -> None:
        """What a plan or a sync came to, in words. A plan has ``changes``; of it, or of a failed one, nothing went."""
        from pipelines.report.words import states_of

        written = "changes" not in summary and summary["verdict"] != "failed"
        self.out.print()
        self.out.print(f"[bold]{_plain(title)}[/bold]  {_verdict(summary)}")
        for entity, states in summary["entities"].items():
            name = _NAMES[entity].removesuffix("s") if states["observed"] == 1 else _NAMES[entity]
            where = "of the store" if entity == "orders" else "at the till"
            self.out.print(f"\n  {states['observed']} {name} {where}")
            for state, words in states_of(entity, not written, summary["mode"]).items():
                if states[state]:
                    self.out.print(f"    {states[state]:>6}  {words}")
            if states["withheld_fields"]:
                self.out.print(f"    {states['withheld_fields']:>6}  field values left alone on purpose")
        for bold, text in told(summary.get("changes", ())):
            self.out.print(f"[bold]{_plain(bold)}[/bold]  {_plain(text)}" if bold else _plain(text))
        self._waiting(summary)
        for note in summary.get("notes", ()):
            self.out.print(f"\n  [yellow]note[/yellow]     {_plain(note)}")
        self.found_out(summary)
        calls = ", ".join(
            f"{name}: {_many(c['reads'], 'read')}, {_many(c['writes'], 'write')}" for name, c in summary["api"].items()
        )
        if any(states["withheld_fields"] for states in summary["entities"].values()):
            why = command(summary["merchant"], "explain", summary["connection"])
            self.out.print(f"\n  fields   why values are left alone: {_plain(why)}")
        self.out.print(f"\n  calls    {calls}")
        self.out.print(
            f"  seconds  {sum(summary['seconds'].values()):.1f} in the stages (the report counts from start to end)"
        )
        if summary.get("run_id"):
            self.out.print(f"  run      {_plain(str(summary['run_id']))}")
        if summary.get("report"):
            self.out.print(f"  report   {_plain(str(summary['report']))}")

    def _waiting(self, summary: Mapping[str, Any]) -> None:
        """Where a person decides, when something waits."""
        about = (summary["merchant"], summary["connection"])
        if _records(summary, "quarantined"):
            self.out.print("\n  aside    what is wrong with each record that is set aside, and what to do")
            self.out.print(f"           {_plain(command(about[0], 'quarantine', 'list', about[1]))}")
        if held_records(summary):
            holds, links = (command(about[0], what, "list", about[1]) for what in ("holds", "links"))
            self.out.print("\n  decide   one hold keeps every SKU of its product waiting, so there may be fewer holds")
            self.out.print(f"           changes: {_plain(holds)}")
            self.out.print(f"           proposed matches, where there are: {_plain(links)}")

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
            whose = " of ".join(warning[name] for name in ("connection", "merchant") if name in warning)
            named = warning["check"].replace("_", " ") + (f", {whose}" if whose else "")
            self.out.print(f"\n  [yellow]warning[/yellow]  {_plain(named)}")
            for line in warning["says"][:_FIRST]:
                self.out.print(f"           {_plain(line)}")
            if len(warning["says"]) > _FIRST:
                self.out.print(
                    f"           … {max(warning['records'], len(warning['says']))} in all; the report lists them"
                )
            if warning["do"]:
                self.out.print(f"           [dim]do[/dim] {_plain(warning['do'])}")


def held_records(summary: Mapping[str, Any]) -> dict[str, int]:
    """Entity → how many of its records wait for a person, where any do."""
    return _records(summary, "held")


def _records(summary: Mapping[str, Any], state: str) -> dict[str, int]:
    return {entity: states[state] for entity, states in summary["entities"].items() if states[state]}


def _verdict(summary: Mapping[str, Any]) -> str:
    held, aside = (_counted(summary, state) for state in ("held", "quarantined"))
    said = f"nothing stopped the run; {aside} set aside" if aside else "every check passed"
    passed = {"passed": said, "empty": "nothing had to be written"}
    if summary["verdict"] == "failed":
        return "[red]a check failed: nothing was written[/red]"
    if held:
        done = said if summary["verdict"] == "passed" else "nothing was written"
        return f"[yellow]{done}; {held} wait for a person[/yellow]"
    if aside and summary["verdict"] == "passed":
        return f"[yellow]{said}[/yellow]"
    return f"[green]{passed[summary['verdict']]}[/green]"


def _counted(summary: Mapping[str, Any], state: str) -> str:
    return ", ".join(
        _many(count, _NAMES[entity].removesuffix("s")) for entity, count in _records(summary, state).items()
    )


def _many(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return "" if value is None else str(value)


def _json(value: Any) -> str:
    return in_json(json.dumps(value, default=plain, ensure_ascii=False))


def _plain(text: str) -> str:
    """Text from outside, harmless for the terminal: one line, no markup, no secret."""
    return visible(redact(text)).replace("[", "\\[")
