"""Transforms: SQL expressions over one row's canonical columns, parsed and allow-listed, never concatenated (B83)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from pipelines.language.load import Document, Place, nearest

FUNCTIONS = frozenset(
    "abs ceil coalesce concat concat_ws contains floor greatest least left length lower lpad ltrim nfc_normalize nullif"
    " regexp_replace replace reverse right round rpad rtrim split_part starts_with strip_accents substring trim upper"
    " struct_pack list_concat list_contains list_distinct list_filter list_sort list_transform array_to_string string_split len".split()
)
GIVEN = ("store_weight_unit", "type_field")
"""Columns an expression may use beside those of its row: the store's unit, and a setting."""
_ALLOWED = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.Is, exp.In, exp.Like, exp.ILike, exp.Between, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType,
    exp.DataTypeParam, exp.Array, exp.Struct, exp.PropertyEQ, exp.Lambda, exp.Func,
)  # fmt: skip


def parse_transform(text: str) -> exp.Expression:
    """The expression as a tree. Raises sqlglot.errors.ParseError where it is none."""
    return sqlglot.parse_one(text, dialect="duckdb")


def check_transform(text: str, columns: Sequence[str], document: Document, place: Place) -> None:
    """Add a problem for everything in ``text`` that is not an allowed expression over ``columns``."""
    try:
        tree = parse_transform(text)
    except sqlglot.errors.SqlglotError as error:
        first = error.errors[0] if getattr(error, "errors", None) else {}
        document.problem(place, "not_sql", "the expression cannot be read", found=text,
                         expected=f"an SQL expression (stopped at column {first.get('col', '?')} of it)")  # fmt: skip
        return
    bound = {argument.name for scope in tree.find_all(exp.Lambda) for argument in scope.expressions}
    bound |= {entry.this.name for entry in tree.find_all(exp.PropertyEQ)}
    for node in tree.walk():
        if isinstance(node, exp.Column) and node.name not in (*columns, *GIVEN) and node.name not in bound:
            document.problem(place, "unknown_column", f"there is no column `{node.name}`", found=node.sql("duckdb"),
                             expected="one of " + ", ".join(columns), do=nearest(node.name, list(columns)))  # fmt: skip
        elif not isinstance(node, _ALLOWED) or (isinstance(node, exp.Func) and not _known(node)):
            document.problem(place, "not_allowed", f"`{node.sql('duckdb')[:60]}` is not allowed in an expression",
                             found=type(node).__name__, expected="columns, literals, operators and: " + ", ".join(sorted(FUNCTIONS)))  # fmt: skip


def _known(node: exp.Func) -> bool:
    if isinstance(
        node, exp.Case | exp.If | exp.Cast | exp.TryCast | exp.And | exp.Or | exp.Array | exp.Lambda | exp.Struct
    ):
        return True
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in FUNCTIONS
    names = {name.lower() for name in node.sql_names()} | {node.sql("duckdb").partition("(")[0].lower()}
    return bool(names & FUNCTIONS)
