"""Whatever a file or a till holds: the reader answers with a value or a placed mistake, the SELECTs exactly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.kit.errors import MistakeInFiles
from pipelines.language.canonical import canonical_columns, vocabulary
from pipelines.language.compile import Compiled, compile_mapping
from pipelines.language.mapping import load_mapping
from pipelines.language.paths import CHECKOUT
from pipelines.language.settings import Settings, merged
from pipelines.language.yaml_text import read

SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MARKS = st.text(alphabet=": -\n\t#&*!|>'\"{}[],?~0123abno.yesff\\%@`", max_size=60)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
LARGEST = Decimal("99999999999999.9999")
NUMBERS = st.decimals(-LARGEST, LARGEST, places=4, allow_nan=False)
TEXT_PAIRS = st.lists(st.fixed_dictionaries({"name": WORDS, "value": WORDS}), max_size=2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "f.yaml"


@SOME
@given(text=MARKS | WORDS)
def test_any_text_is_read_or_refused_with_a_place_and_never_crashes(file: Path, text: str) -> None:
    file.write_bytes(text.encode("utf-8"))
    try:
        read(file).done()
    except MistakeInFiles as error:
        assert all(problem.message and (problem.line or 0) >= 1 for problem in error.problems)  # noqa: PT017


@SOME
@given(data=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        read(file).done()
    except MistakeInFiles as error:
        assert error.problems  # noqa: PT017


@SOME
@given(value=st.dictionaries(WORDS, VALUES, max_size=5))
def test_what_a_careful_writer_writes_is_read_as_it_was_meant(file: Path, value: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump(value, allow_unicode=True, default_style=None), encoding="utf-8")
    try:
        document = read(file)
        document.done()
    except MistakeInFiles as error:
        assert {problem.code for problem in error.problems} <= {"ambiguous"}  # noqa: PT017
    else:
        assert document.value == value


MAPPING = cache(lambda: load_mapping("lightspeed_x__bigcommerce")[0])


def _compiled(chosen: dict[str, Any]) -> Compiled:
    mapping = MAPPING()
    return compile_mapping(mapping, Settings.model_validate(merged(mapping.settings, chosen)), date(2026, 3, 2))


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Compiled, duckdb.DuckDBPyConnection]]:
    """The shipped mapping, and empty canonical tables."""
    con = duckdb.connect(":memory:", config={"threads": "1"})
    macros = (CHECKOUT / "pipelines" / "stages" / "sql" / "macros.sql").read_text(encoding="utf-8")
    for statement in duckdb.extract_statements(macros):
        con.execute(statement.query)
    for side in ("source", "target"):
        for entity in vocabulary().entities:
            names = ", ".join(f'"{name}" {kind}' for name, kind in canonical_columns(entity))
            con.execute(f"CREATE TABLE {side}_{entity} ({names}, deleted_at TIMESTAMP)")
    con.execute(
        "CREATE TABLE source_outlets AS SELECT 'o' || n AS location_id, '1' AS to_location_id FROM range(3) AS t(n)"
    )
    for held_back in ("source_reserved", "source_drift"):
        con.execute(f"CREATE TABLE {held_back} (item_id VARCHAR, location_id VARCHAR, units DECIMAL(18, 4))")
    con.execute("CREATE TABLE source_share AS SELECT 0::DECIMAL(9, 6) AS since, 1::DECIMAL(9, 6) AS upto")
    con.execute("CREATE TABLE source_returning AS SELECT *, units AS shown FROM source_reserved")
    yield _compiled({}), con
    con.close()


def _fill(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    con.execute(f"DELETE FROM {table}")  # noqa: S608
    names = ", ".join(f'"{name}"' for name in row)
    con.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' for _ in row)})", list(row.values()))  # noqa: S608


_KINDS: dict[str, st.SearchStrategy[Any]] = {
    "VARCHAR": WORDS, "VARCHAR[]": st.lists(WORDS, max_size=3), "BOOLEAN": st.booleans(),
    "INTEGER": st.integers(-(2**31), 2**31 - 1), "DECIMAL(18,4)": NUMBERS,
    "TIMESTAMP": st.datetimes(),
    'STRUCT("name" VARCHAR, "value" VARCHAR)[]': TEXT_PAIRS,
}  # fmt: skip


def rows(entity: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any canonical row, hostile numbers and texts included."""
    return st.fixed_dictionaries({name: st.none() | _KINDS[kind] for name, kind in canonical_columns(entity)})


@SOME
@given(row=rows("products"), unit=st.sampled_from(["KGS", "Ounces", "LBS", "tonnes", None, "stone"]))
def test_no_product_makes_the_select_fail_or_lose_its_row(both: Any, row: dict[str, Any], unit: str | None) -> None:
    compiled, con = both
    _fill(con, "source_products", row)
    _fill(con, "target_account", {"weight_unit": unit})
    made = con.execute(f"SELECT name, description, search_keywords FROM ({compiled.desired['products']})").fetchall()  # noqa: S608
    assert made == [(row["name"], row["description"], row["tags"] or [])]


@SOME
@given(row=rows("variants"))
@example(row={"variant_id": "v", "price": LARGEST})
@example(row={"variant_id": "v", "price": Decimal("0.5")})
def test_a_price_is_the_nearest_whole_cent_and_a_tie_goes_to_the_even_one(both: Any, row: dict[str, Any]) -> None:
    compiled, con = both
    _fill(con, "source_variants", row)
    made = con.execute(f"SELECT price FROM ({compiled.desired['variants']})").fetchall()  # noqa: S608
    price = row["price"]
    whole = None if price is None else price.quantize(Decimal(1), ROUND_HALF_EVEN)
    assert made == [(whole if whole is None or abs(whole) <= LARGEST else None,)]


@SOME
@given(
    levels=st.lists(st.none() | NUMBERS, min_size=1, max_size=3),
    as_zero=st.booleans(),
    buffer=st.integers(0, 5),
)
@example(levels=[Decimal(1), LARGEST], as_zero=False, buffer=1)
def test_a_level_is_never_below_0_never_more_than_there_is_and_never_made_from_nothing(
    both: Any, levels: list[Decimal | None], as_zero: bool, buffer: int
) -> None:
    _, con = both
    _fill(con, "source_variants", {"variant_id": "v", "product_id": "p"})
    con.execute("DELETE FROM source_stock")
    for number, on_hand in enumerate(levels):
        con.execute(
            "INSERT INTO source_stock (variant_id, location_id, on_hand, tracked) VALUES ('v', ?, ?, true)",
            [f"o{number}", on_hand],
        )
    compiled = _compiled({"negative_stock": "as_zero" if as_zero else "as_debt", "buffer": Decimal(buffer)})
    (made,) = con.execute(f"SELECT on_hand FROM ({compiled.desired['stock']})").fetchall()  # noqa: S608
    known = [level for level in levels if level is not None]
    if len(known) < len(levels):
        assert made == (None,)
        return
    total = sum((max(level, Decimal(0)) if as_zero else level for level in known), Decimal(0))
    whole = (total - buffer).to_integral_value("ROUND_FLOOR")
    assert made == (min(max(whole, Decimal(0)), Decimal(10**14 - 1)),)
