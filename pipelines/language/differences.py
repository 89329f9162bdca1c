"""What differs between a desired record and the store's, field by field, as one SELECT per entity (`design.md` §6).

Values are compared as what they are, not as text; only what differs becomes JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one

from pipelines.language.canonical import vocabulary

if TYPE_CHECKING:
    from pipelines.language.compile import Compiled

TABLES = {
    "products": ("product_pairs", "products_wanted", "target_products", "product_id"),
    "variants": ("variant_pairs", "variants_desired", "target_variants", "variant_id"),
}
_STANDING = "observed.:key = CASE WHEN pair.stands THEN pair.target_id END"
_ROWS = "SELECT pair.item_id, pair.stands, list_filter(:entries, lambda entry: entry IS NOT NULL) AS fields"


def differences_of(compiled: Compiled, entity: str) -> exp.Select:
    """``item_id, stands, fields [{field, before, after, rule}]`` per pair, the fields in the mapping's order.

    A NULL that is desired is no opinion (I-21). Nothing and an empty text or list are the same. Fields of a new record
    are those sent on creation, of a standing one those kept equal.
    """
    entries = [_entry(entity, rule) for rule in _sent_rules(compiled, entity)]
    made = exp.replace_placeholders(parse_one(_ROWS, dialect="duckdb"), entries=exp.Array(expressions=entries))
    assert isinstance(made, exp.Select)  # noqa: S101
    pairs, wanted, shown, key = TABLES[entity]
    return (
        made.from_(_named(pairs, "pair"))
        .join(_named(wanted, "desired"), on="desired.item_id = pair.item_id", dialect="duckdb")
        .join(_named(shown, "observed"), on=_STANDING.replace(":key", key), join_type="left", dialect="duckdb")
    )


def _named(table: str, name: str) -> exp.Expr:
    return exp.alias_(exp.to_table(table), name, table=True)


def _sent_rules(compiled: Compiled, entity: str) -> list[dict[str, Any]]:
    """The first rule of every target field: several till fields may feed one (its others only say so)."""
    found: dict[str, dict[str, Any]] = {}
    for rule in compiled.field_rules():
        if rule["entity"] == entity and rule["sends"]:
            found.setdefault(rule["to_field"], rule)
    return list(found.values())


def _entry(entity: str, rule: dict[str, Any]) -> exp.Expr:
    field = rule["to_field"]
    desired, observed = _member("desired", field), _member("observed", field)
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.and_(
                    _sent(rule),
                    exp.Not(this=exp.Is(this=desired, expression=exp.null())),
                    exp.NullSafeNEQ(this=_or_nothing(entity, field, observed), expression=desired.copy()),
                ),
                true=_difference(rule, observed, desired),
            )
        ]
    )


def _difference(rule: dict[str, Any], observed: exp.Expr, desired: exp.Expr) -> exp.Expr:
    tree = parse_one(
        "struct_pack(field := :field, before := to_json(:observed), after := to_json(:desired), rule := :rule)",
        dialect="duckdb",
    )
    text = " ".join(rule["rules"])
    return exp.replace_placeholders(
        tree,
        field=exp.Literal.string(rule["to_field"]),
        observed=observed.copy(),
        desired=desired.copy(),
        rule=exp.Literal.string(text) if text else exp.cast(exp.null(), "VARCHAR", dialect="duckdb"),
    )


def _sent(rule: dict[str, Any]) -> exp.Expr:
    stands = exp.column("stands", "pair")
    if rule["on_create"] and rule["on_update"]:
        return exp.true()
    if rule["on_create"]:
        return exp.Not(this=stands)
    return stands if rule["on_update"] else exp.false()


def _or_nothing(entity: str, field: str, observed: exp.Expr) -> exp.Expr:
    kind = vocabulary().entities[entity].fields[field].type
    if kind == "VARCHAR":
        return exp.func("coalesce", observed.copy(), exp.Literal.string(""))
    return exp.func("coalesce", observed.copy(), exp.Array()) if kind.endswith("[]") else observed.copy()


def _member(side: str, field: str) -> exp.Expr:
    return exp.column(field, side)
