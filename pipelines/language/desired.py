"""The desired values of every entity as syntax trees, never as text put together (`design.md` §6)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one

from pipelines.language.canonical import vocabulary
from pipelines.language.transform import parse_transform

if TYPE_CHECKING:
    from pipelines.language.canonical import Field
    from pipelines.language.compile import Compiled
    from pipelines.language.mapping import FieldRow

KEYS = {"products": ("product_id",), "variants": ("variant_id", "product_id")}
PRICES = {"store": "price", "tax_inclusive": "price_including_tax", "tax_exclusive": "price_excluding_tax"}
_SQL = Path(__file__).parent / "sql"


def template(name: str, **filled: exp.Expr) -> exp.Select:
    """A SELECT of ``sql/`` with its ``:places`` filled by trees."""
    tree = parse_one((_SQL / f"{name}.sql").read_text(encoding="utf-8"), dialect="duckdb")
    made = exp.replace_placeholders(tree, **filled)
    assert isinstance(made, exp.Select)  # noqa: S101
    return made


def source_column(compiled: Compiled, entity: str, field: str) -> str:
    """The column a field's value is read from: the price that the setting ``prices`` chooses (S000-13)."""
    return PRICES[compiled.settings.prices] if (entity, field) == ("variants", "price") else field


def desired_rows(compiled: Compiled, entity: str) -> exp.Select:
    """One row per till record: its id, its parent's, and the target field of every row in force."""
    item, *parents = KEYS[entity]
    chosen: list[exp.Expr] = [exp.column(item).as_("item_id"), *(exp.column(p).as_("parent_item_id") for p in parents)]
    for name, row in compiled.mapping.fields(entity).items():
        if compiled.on(row):
            chosen.append(_value(compiled, entity, name, row))
        elif row.once_at_creation is not None:
            chosen.append(_typed(entity, name, parse_transform(row.once_at_creation)).as_(name))
    chosen += _always(compiled, entity)
    facts = exp.select(
        exp.func("any_value", exp.column("weight_unit")).as_("store_weight_unit"),
        exp.func("any_value", exp.column("dimensions_unit")).as_("store_dimensions_unit"),
        exp.Literal.string(compiled.settings.type_field).as_("type_field"),
    ).from_("target_account")
    return exp.select(*chosen).from_(f"source_{entity}").join(facts.subquery("store"), join_type="cross")


def hashed(rows: exp.Select) -> exp.Select:
    """The same rows with ``row_hash`` over everything but the id."""
    tree = parse_one("SELECT *, hash(*COLUMNS(* EXCLUDE (item_id))) AS row_hash FROM desired", dialect="duckdb")
    assert isinstance(tree, exp.Select)  # noqa: S101
    return tree.from_(rows.subquery("desired"))


def images_of(compiled: Compiled) -> exp.Select:
    """One row per product with its images in order; no row while images are managed by hand (S000-33)."""
    row = compiled.mapping.images["url"]
    return template("images", managed=exp.true() if compiled.on(row) else exp.false())


def levels_of(compiled: Compiled) -> exp.Select:
    """One row per variant and store location with the level to show."""
    level = "CASE WHEN s.on_hand < 0 THEN 0 ELSE s.on_hand END"
    as_zero = compiled.settings.negative_stock == "as_zero"
    return template(
        "stock", level=parse_one(level if as_zero else "s.on_hand", dialect="duckdb"), held_back=_held_back(compiled)
    )


def _held_back(compiled: Compiled) -> exp.Expr:
    buffer = compiled.settings.buffer
    if isinstance(buffer, dict):
        cases = exp.Case(this=exp.column("sku", "v"))
        for sku, units in sorted(buffer.items()):
            cases = cases.when(exp.Literal.string(sku), _units(units))
        return cases.else_(_units(Decimal(0)))
    return _units(Decimal(0) if isinstance(buffer, str) else buffer)


def _units(number: Decimal) -> exp.Expr:
    return exp.cast(exp.Literal.number(f"{number:f}"), "DECIMAL(18, 4)", dialect="duckdb")


def _always(compiled: Compiled, entity: str) -> list[exp.Expr]:
    """Columns the plan looks at whatever is mapped: no opinion where no row maps to them."""
    fields = vocabulary().entities[entity].fields
    mapped = {row.to for row in compiled.mapping.fields(entity).values() if compiled.on(row)}
    wanted = [
        name
        for name, field in fields.items()
        if field.kind == "shared_list" or (entity, name) in {("products", "is_active"), ("variants", "image")}
    ]
    return [_typed(entity, name, exp.null()).as_(name) for name in wanted if name not in mapped]


def _value(compiled: Compiled, entity: str, name: str, row: FieldRow) -> exp.Expr:
    assert row.to is not None  # noqa: S101
    field = vocabulary().entities[entity].fields[row.to]
    source = source_column(compiled, entity, name)
    value: exp.Expr = parse_transform(row.transform) if row.transform else exp.column(source)
    if field.unit == "minor":
        rounded = exp.cast(exp.func("round_half_even", value), field.type, dialect="duckdb")
        return exp.TryCast(**rounded.args).as_(row.to)
    if row.transform is None and vocabulary().entities[entity].fields[source].type == field.type:
        return _or_blank(compiled, row, value, field).as_(row.to)
    return _or_blank(compiled, row, _typed(entity, row.to, value), field).as_(row.to)


def _or_blank(compiled: Compiled, row: FieldRow, value: exp.Expr, field: Field) -> exp.Expr:
    """A blank becomes an empty value where it is to empty the store's field, or our part of a shared list."""
    overwrite = compiled.on_blank(row) == "overwrite"
    if field.kind == "shared_list" or (field.type.endswith("[]") and overwrite):
        return exp.func("coalesce", value, exp.Array())
    return exp.func("coalesce", value, exp.Literal.string("")) if field.type == "VARCHAR" and overwrite else value


def _typed(entity: str, field: str, value: exp.Expr) -> exp.Expr:
    kind = vocabulary().entities[entity].fields[field].type
    return exp.cast(value, exp.DataType.build(kind, dialect="duckdb"), dialect="duckdb")
