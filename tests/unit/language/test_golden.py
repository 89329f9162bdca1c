"""What every mapping compiles to, as text a reviewer reads: a change of YAML shows the exact change of SQL.

``TILLSYNC_APPROVE=1`` writes the files anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.language.compile import Compiled, compile_mapping
from pipelines.language.mapping import ENTITIES, connections, load_mapping
from pipelines.language.paths import CHECKOUT
from pipelines.language.settings import Settings, merged

GOLDEN = CHECKOUT / "tests" / "golden"
OTHER: dict[str, Any] = {
    "on_blank": "overwrite",
    "prices": "tax_inclusive",
    "tags_to": "off",
    "type_to": "off",
    "images": "never",
    "negative_stock": "as_zero",
    "buffer": {"SH-S": 2, "MUG'1": 1},
}
"""The other side of every setting that changes the SQL."""


def texts(compiled: Compiled) -> Iterator[tuple[str, str]]:
    for entity in ENTITIES:
        yield f"{entity}_desired.sql", compiled.desired[entity] + "\n"
        yield f"{entity}_decisions.sql", compiled.decisions[entity] + "\n"
        if entity in compiled.differences:
            yield f"{entity}_differences.sql", compiled.differences[entity] + "\n"
        made = (f"{column} <- {', '.join(names)}\n" for column, names in compiled.lineage(entity).items())
        yield f"{entity}_lineage.txt", "".join(made)
    yield "field_rules.txt", "".join(_line(rule) for rule in compiled.field_rules())


def _line(rule: dict[str, Any]) -> str:
    arrow = f"-> {rule['to_field']}" if rule["sends"] else "--"
    sent = " ".join(word for word in ("create", "update") if rule[f"on_{word}"]) or "never"
    name = f"{rule['entity']}.{rule['field']}"
    return f"{name:<32} {arrow:<20} {sent:<14} {rule['on_blank']:<10} {rule['reason']} [{' '.join(rule['rules'])}]\n"


def compiled_with(name: str, chosen: dict[str, Any]) -> Compiled:
    mapping, _ = load_mapping(name)
    settings = Settings.model_validate(merged(mapping.settings, chosen))
    return compile_mapping(mapping, settings, date(2026, 3, 2))


@pytest.mark.parametrize("variant", ["as_shipped", "other_settings"])
@pytest.mark.parametrize("name", list(connections()))
def test_no_compiled_statement_changes_unseen(name: str, variant: str) -> None:
    compiled = compiled_with(name, OTHER if variant == "other_settings" else {})
    folder: Path = GOLDEN / name / variant
    found = dict(texts(compiled))
    if os.environ.get("TILLSYNC_APPROVE") == "1":
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for file, text in found.items():
            (folder / file).write_text(text, encoding="utf-8")
    kept = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    assert found == kept, "`make approve` accepts this change"


def test_every_golden_folder_belongs_to_a_connection() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()) == sorted(connections())
