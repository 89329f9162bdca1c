"""Transforms: SQL expressions over one row's canonical columns, parsed and allow-listed, never concatenated (B83).

What is allowed cannot read a file, call the network, see another row, or compute with floating point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from pipelines.language.document import Document, Place, nearest

_TEXT = """concat concat_ws contains left length lower ltrim nfc_normalize regexp_replace replace reverse right rtrim
split_part starts_with string_split strip_accents substring trim upper"""
_NUMBER = "abs ceil floor greatest least round"
_LIST = "array_to_string list_concat list_contains list_distinct list_filter list_sort list_transform struct_pack"
FUNCTIONS = frozenset(f"{_TEXT} {_NUMBER} {_LIST} coalesce nullif len".split())
GIVEN = {"store_weight_unit": "VARCHAR", "store_dimensions_unit": "VARCHAR", "type_field": "VARCHAR"}
"""Columns an expression may use beside those of its row: the store's units, and a setting."""
_TYPES = frozenset({"DECIMAL", "VARCHAR", "TEXT", "INT", "INTEGER", "BIGINT", "BOOLEAN", "DATE"})
_PARTS = (
    exp.Column, exp.Identifier, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or,
    exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.DPipe, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.Is, exp.In, exp.Like, exp.ILike, exp.Between, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataTypeParam,
    exp.Array, exp.Struct, exp.PropertyEQ, exp.Lambda, exp.Dot, exp.Bracket,
)  # fmt: skip
_LOOKED_INTO = (exp.Func, exp.Div)
"""Refused parts whose own parts may be wrong too: a misspelt function, a division."""
_TOLD_WHOLE = (exp.Query, exp.JSONPath, exp.Star, exp.Collate)


def parse_transform(text: str) -> exp.Expr:
    """The expression as a tree. Raises sqlglot.errors.SqlglotError where it is none."""
    return sqlglot.parse_one(text, dialect="duckdb")


def check_transform(text: str, columns: Mapping[str, str], wanted: str, document: Document, place: Place) -> None:
    """Add a problem for everything in ``text`` that is not an allowed expression over ``columns`` giving ``wanted``.

    ``columns``: name → DuckDB type.
    """
    try:
        tree = parse_transform(text)
    except SqlglotError as error:
        _not_sql(error, text, document, place)
        return
    known = {**columns, **GIVEN}
    wrong = list(dict.fromkeys(_wrong(tree, known)))
    for index, (code, snippet) in enumerate(wrong):
        _refuse(code, snippet, list(known), document, (*place, index))
    if not wrong:
        _check_type(tree, known, wanted, document, place)


def _wrong(tree: exp.Expr, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """``(code, snippet)`` of every part that is not allowed.

    What a refused function or division computes with is looked at too; what may see more than the row is not.
    """
    bound = {argument.name for scope in tree.find_all(exp.Lambda) for argument in scope.expressions}
    for node in tree.walk(prune=_whole):
        if not _allowed(node):
            yield "not_allowed", node.sql("duckdb")
        elif isinstance(node, exp.Column) and (node.table or node.name not in known):
            yield "unknown_column", node.sql("duckdb")
        elif isinstance(node, exp.Dot) and not (
            node.this.name in bound and isinstance(node.expression, exp.Identifier)
        ):
            yield "not_allowed", node.sql("duckdb")


def _whole(node: exp.Expr) -> bool:
    """Whether a refused part is told of as one, whatever else is wrong within it."""
    return not _allowed(node) and (not isinstance(node, _LOOKED_INTO) or node.find(*_TOLD_WHOLE) is not None)


def _allowed(node: exp.Expr) -> bool:
    if isinstance(node, exp.DataType):
        return node.this.name in _TYPES
    if isinstance(node, exp.Literal):
        return node.is_string or "e" not in node.name.lower()
    if isinstance(node, _PARTS):
        return True
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in FUNCTIONS
    if not isinstance(node, exp.Func):
        return False
    names = {*(name.lower() for name in node.sql_names()), node.sql("duckdb").partition("(")[0].lower()}
    return bool(names & FUNCTIONS)


def _refuse(code: str, snippet: str, columns: list[str], document: Document, place: Place) -> None:
    shown = snippet if len(snippet) <= 60 else f"{snippet[:57]}…"
    word = re.split(r"\W", snippet.strip("("), maxsplit=1)[0]
    if code == "unknown_column":
        message, expected, near = (
            f"there is no column `{shown}`",
            "one of " + ", ".join(columns),
            nearest(snippet, columns),
        )
    else:
        message = f"`{shown}` is not allowed in an expression"
        expected = "columns, literals, operators except /, and " + ", ".join(sorted(FUNCTIONS))
        near = nearest(word.lower(), sorted(FUNCTIONS)) if snippet.startswith(f"{word}(") else None
    document.problem(place, code, message, within=word, found=shown, expected=expected, do=near)


def _not_sql(error: SqlglotError, text: str, document: Document, place: Place) -> None:
    first = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    where = str(first.get("highlight") or "")
    document.problem(
        place,
        "not_sql",
        "the expression cannot be read" + (f" at `{where}`" if where else ""),
        within=where,
        found=text if len(text) <= 60 else f"{text[:57]}…",
        expected="one SQL expression over the row's columns",
    )


def _check_type(tree: exp.Expr, known: Mapping[str, str], wanted: str, document: Document, place: Place) -> None:
    row = exp.select(*(exp.cast(exp.null(), kind, dialect="duckdb").as_(name) for name, kind in known.items()))
    query = exp.select(tree.copy().as_("value")).from_(row.subquery("row"))
    try:
        given = str(_engine().sql(query.sql("duckdb")).types[0])
    except duckdb.Error as error:
        found = str(error).strip().splitlines()[0].partition(": ")[2]
        document.problem(place, "not_valid", "the expression does not fit its columns", found=found)
        return
    if not _fits(given, wanted):
        message = f"the expression gives {given}, which does not fit the field"
        document.problem(place, "other_type", message, found=given, expected=wanted)


def _fits(given: str, wanted: str) -> bool:
    numbers = ("DECIMAL", "INTEGER", "BIGINT", "HUGEINT")
    if given in {'"NULL"', wanted}:
        return True
    if given.endswith("[]") or wanted.endswith("[]"):
        return given in {"INTEGER[]", '"NULL"[]'} and wanted.endswith("[]")
    return given.startswith(numbers) and wanted.startswith(numbers)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"})
    con.execute("SET lock_configuration = true")
    return con
