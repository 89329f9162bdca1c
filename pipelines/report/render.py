"""Facts to one HTML file that needs no network and runs no script (`reliability.md` T8, B63)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from pipelines.kit.command_line import command
from pipelines.kit.private import write_private
from pipelines.kit.warehouse import Warehouse
from pipelines.report import words
from pipelines.report.data import LIMIT, Facts, gather, total
from pipelines.report.drawing import drawing
from pipelines.report.values import Money, clean, moment, quantity, short, shown, unit

_TEMPLATES = Path(__file__).parent / "templates"


def render_report(warehouse: Warehouse, connection: str, out: Path, *, title: str, merchant: str) -> Path:
    """Write the report of a connection's last run to ``out`` and return it. Raises MistakeInFiles without a run."""
    facts = gather(warehouse, connection)
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    page = _environment().get_template("report.html.j2").render(
        facts=facts, title=title, merchant=merchant, words=words, limit=LIMIT, total=total, style=Markup(style),  # noqa: S704
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(), **_derived(facts, merchant),
    )  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    write_private(out, page)
    return out


def _derived(facts: Facts, merchant: str) -> dict[str, Any]:
    tone, sentence = words.verdict(facts.run, facts.states)
    phases = {name: [_lines(facts, row) for row in facts.changes if row["phase"] == name] for name in words.PHASES}
    return {
        "tone": tone,
        "sentence": sentence,
        "words_of_states": words.states_of("stock", words.unsent(facts.run), facts.run["mode"]),
        "phases": {name: rows for name, rows in phases.items() if rows},
        "planned_rows": sum(rows[0]["total"] for rows in phases.values() if rows),
        "holds": [_lines(facts, row) for row in facts.holds],
        "drawing": drawing(facts.fields),
        "amount": lambda minor, currency=None: shown(minor, "minor", _in(facts.money, currency)),
        "command": lambda *parts: command(merchant, *parts),
    }


def _in(money: Money | None, currency: str | None) -> Money | None:
    """The money of an amount that names its own currency; taken to have as many places as the store's."""
    return replace(money, currency=currency) if money and currency else money


def _lines(facts: Facts, row: Mapping[str, Any]) -> dict[str, Any]:
    """A plan row or hold with its changes as ``(field, before, after)`` texts and its rules once each."""
    lines = []
    for field, change in row["changes"].items():
        counts = unit(row["level"], field)
        lines.append((field, shown(change["before"], counts, facts.money), shown(change["after"], counts, facts.money)))
    return {**row, "lines": lines, "rules": sorted(set((row.get("rule") or "").split()))}


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_final,
    )
    made.filters.update(
        moment=moment, quantity=quantity, number=lambda value: f"{value:,}", many=_many, brief=_brief, coded=_coded
    )
    return made


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def _brief(text: str | None, longest: int = 80) -> str:
    return short(text or "", longest)


def _coded(text: str | None) -> Markup:
    """Text in which what stands between backquotes is a word to copy."""
    whole = clean(text or "")
    parts = whole.split("`")
    if len(parts) % 2 == 0:
        return escape(whole)
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(one) if at % 2 else escape(one) for at, one in enumerate(parts))


def _final(value: Any) -> Any:
    if value is None:
        return ""
    return clean(value) if type(value) is str else value
