"""What is decided for every field of every record, and why, as one SELECT per entity over lists of structs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one

from pipelines.language.canonical import vocabulary
from pipelines.language.desired import source_column, template

if TYPE_CHECKING:
    from pipelines.language.compile import Compiled

_ENTRY = """struct_pack(
    field := :field, to_field := CAST(:to_field AS VARCHAR), decision := :decision, reason := :reason,
    source_value := :source_value, target_value := :target_value)"""
_IF_BLANK = "CASE WHEN coalesce(:value, '') IN ('', '[]') THEN :blank ELSE :filled END"


def decisions_of(compiled: Compiled, entity: str) -> exp.Select:
    """``item_id, location_id, field, to_field, decision, reason, source_value, target_value`` per record and field.

    ``decision``: ``synced``, ``withheld``, ``no_counterpart``, ``blank_skipped`` or ``emptied``.
    """
    rules = [rule for rule in compiled.field_rules() if rule["entity"] == entity]
    return template(f"decisions_{entity}", fields=exp.Array(expressions=[_entry(compiled, rule) for rule in rules]))


def _entry(compiled: Compiled, rule: dict[str, Any]) -> exp.Expr:
    value = _text("s", source_column(compiled, rule["entity"], rule["field"]))
    decision, reason = _decided(rule, value)
    return exp.replace_placeholders(
        parse_one(_ENTRY, dialect="duckdb"),
        field=exp.Literal.string(rule["field"]),
        to_field=exp.Literal.string(rule["to_field"]) if rule["to_field"] else exp.null(),
        decision=decision,
        reason=reason,
        source_value=value,
        target_value=_text("t", rule["to_field"] or rule["field"]),
    )


def _decided(rule: dict[str, Any], value: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    reason = rule["reason"]
    if not rule["syncs"]:
        decision = "no_counterpart" if rule["owner"] == "none" else "withheld"
        return exp.Literal.string(decision), exp.Literal.string(reason)
    if _always_sent(rule):
        return exp.Literal.string("synced"), exp.Literal.string(reason)
    if rule["on_blank"] == "skip":
        blank, why = "blank_skipped", "blank at the till; `on_blank: skip` keeps what the store has"
    else:
        blank, why = "emptied", "blank at the till; `on_blank: overwrite` empties the store's field"
    return _if_blank(value, blank, "synced"), _if_blank(value, why, reason)


def _always_sent(rule: dict[str, Any]) -> bool:
    """In a list shared with others an empty part is a value like any other."""
    return vocabulary().entities[rule["entity"]].fields[rule["to_field"]].kind == "shared_list"


def _if_blank(value: exp.Expr, blank: str, filled: str) -> exp.Expr:
    tree = parse_one(_IF_BLANK, dialect="duckdb")
    return exp.replace_placeholders(
        tree, value=value.copy(), blank=exp.Literal.string(blank), filled=exp.Literal.string(filled)
    )


def _text(table: str, column: str) -> exp.Expr:
    return exp.cast(exp.column(column, table), "VARCHAR", dialect="duckdb")
