"""A mapping to spoil, and a small warehouse for what a mapping compiles to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.kit.errors import MistakeInFiles
from pipelines.language.canonical import canonical_columns, vocabulary
from pipelines.language.compile import Compiled, compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.paths import CHECKOUT
from pipelines.language.settings import Settings, merged

CONNECTION = "lightspeed_x__bigcommerce"
SYSTEM = [("version", "BIGINT"), ("deleted_at", "TIMESTAMP"), ("defects", "VARCHAR[]")]
SHIPPED = (CHECKOUT / "mappings" / f"{CONNECTION}.yaml").read_text(encoding="utf-8")
RESERVED = "(item_id VARCHAR, location_id VARCHAR, units DECIMAL(18, 4))"
LEVELS = "(item_id VARCHAR, location_id VARCHAR, till_on_hand DECIMAL(18, 4), on_hand DECIMAL(18, 4), reason VARCHAR)"


@dataclass(frozen=True)
class Spoilt:
    """A mapping's text after it was spoilt, and every mistake as ``line:column: …``."""

    text: str
    mistakes: list[str]

    def at(self, word: str) -> str:
        """``line:column`` of the first place where a text stands."""
        before, found, _ = self.text.partition(word)
        assert found, f"{word!r} does not stand in the text"
        return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.fixture
def spoil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Spoilt]:
    """The shipped mapping with parts replaced (each stands there once), loaded."""
    monkeypatch.setenv("TILLSYNC_MAPPINGS", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def spoiled(*replaced: tuple[str, str]) -> Spoilt:
        text = SHIPPED
        for old, new in replaced:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the mapping"
            text = text.replace(old, new)
        file = tmp_path / f"{CONNECTION}.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(MistakeInFiles) as caught:
            load_mapping(CONNECTION)
        return Spoilt(text, [str(problem).removeprefix(f"{file.name}:") for problem in caught.value.problems])

    return spoiled


@pytest.fixture
def compiled() -> Callable[..., Compiled]:
    """The shipped mapping under settings."""

    def make(**settings: Any) -> Compiled:
        mapping, _ = load_mapping(CONNECTION)
        chosen = Settings.model_validate(merged(mapping.settings, settings))
        return compile_mapping(mapping, chosen, date(2026, 3, 2))

    return make


class House:
    """Canonical tables of both sides in memory; a column that a row does not name is NULL."""

    def __init__(self) -> None:
        self.con = duckdb.connect(":memory:", config={"threads": "1"})
        for statement in duckdb.extract_statements(_MACROS.read_text(encoding="utf-8")):
            self.con.execute(statement.query)
        for side in ("source", "target"):
            for entity in vocabulary().entities:
                columns = ", ".join(f'"{name}" {kind}' for name, kind in [*canonical_columns(entity), *SYSTEM])
                self.con.execute(f"CREATE TABLE {side}_{entity} ({columns})")
        self.con.execute("CREATE TABLE source_outlets (location_id VARCHAR, to_location_id VARCHAR)")
        for held_back in ("source_reserved", "source_drift"):
            self.con.execute(f"CREATE TABLE {held_back} {RESERVED}")
        self.con.execute("CREATE TABLE source_share AS SELECT 0::DECIMAL(9, 6) AS since, 1::DECIMAL(9, 6) AS upto")
        self.con.execute("CREATE TABLE source_returning AS SELECT *, units AS shown FROM source_reserved")
        self.con.execute("CREATE TABLE source_bundles (variant_id VARCHAR)")
        self.con.execute(f"CREATE TABLE stock_desired {LEVELS}")
        for level in ("products", "variants"):
            self.con.execute(f"CREATE TABLE {level}_link (from_id VARCHAR, to_id VARCHAR, state VARCHAR)")

    def add(self, table: str, **row: Any) -> None:
        """One row."""
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        self.con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a SELECT."""
        cursor = self.con.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_MACROS = CHECKOUT / "pipelines" / "stages" / "sql" / "macros.sql"


@pytest.fixture
def house() -> House:
    """An empty pair of sides with one outlet feeding one store location."""
    made = House()
    made.add("source_outlets", location_id="main", to_location_id="1")
    made.add("target_account", weight_unit="KGS", decimal_places=2)
    return made
