"""Compile a mapping and its settings to SQL: one SELECT per entity, built as syntax trees.

The SELECTs read the views ``source_*`` and ``target_*`` that the stages provide. A NULL in what they give is
"no opinion"; an empty text or list empties the store's field (``on_blank: overwrite``, S000-16).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlglot import exp, parse_one

from pipelines.language.canonical import vocabulary
from pipelines.language.mapping import ENTITIES, FieldRow, Mapping
from pipelines.language.settings import Settings
from pipelines.language.transform import parse_transform

KEYS = {"products": ("product_id",), "variants": ("variant_id", "product_id")}
_PRICES = {"store": "price", "tax_inclusive": "price_including_tax", "tax_exclusive": "price_excluding_tax"}


@dataclass(frozen=True)
class Compiled:
    """What the stages need of a mapping: SQL, rules as rows, lineage, and a fingerprint that changes with any of them."""

    mapping: Mapping
    settings: Settings
    today: date

    @cached_property
    def desired(self) -> dict[str, str]:
        """Per entity the SELECT of desired values, in DuckDB's dialect, ready to read."""
        made = {"products": _select(self, "products"), "variants": _select(self, "variants"), "images": _images(self)}
        return {**{entity: tree.sql("duckdb", pretty=True) for entity, tree in made.items()}, "stock": _stock(self)}

    @cached_property
    def decisions(self) -> dict[str, str]:
        """Per entity the SELECT of what was decided for every field of every record, with the reason."""
        return {entity: _decisions(self, entity) for entity in ("products", "variants", "stock")}

    @cached_property
    def fingerprint(self) -> str:
        """Text that changes with the mapping or a setting."""
        whole = {"mapping": self.mapping.model_dump(mode="json"), "settings": self.settings.model_dump(mode="json")}
        whole["images"] = self.settings.images_managed(self.today)
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def on(self, row: FieldRow) -> bool:
        """Whether a mapping row is in force under the settings."""
        if row.to is None:
            return False
        if row.when is None:
            return True
        if row.when == "images":
            return self.settings.images_managed(self.today)
        return getattr(self.settings, row.when) not in {"off", "never", False}

    def field_rules(self) -> list[dict[str, Any]]:
        """One row per canonical field of the connection: whether, where and why (table ``field_rules``)."""
        return [
            self._rule(entity, name, row) for entity in ENTITIES for name, row in self.mapping.fields(entity).items()
        ]

    def _rule(self, entity: str, name: str, row: FieldRow) -> dict[str, Any]:
        on = self.on(row)
        off = f"switched off by the setting `{row.when}`" if row.to and not on else None
        return {
            "entity": entity,
            "field": name,
            "to_field": row.to or (name if row.once_at_creation else None),
            "syncs": on,
            "sends": on or row.once_at_creation is not None,
            "direction": "from_to" if on else "none",
            "owner": row.owner,
            "on_blank": _on_blank(self, row),
            "on_create": row.once_at_creation is not None or (on and row.on_create == "send"),
            "on_update": on and row.on_update == "send",
            "reason": off or row.reason or f"owned by the {'till' if row.owner == 'from' else 'store'}",
            "rules": row.rules,
        }

    def lineage(self, entity: str) -> dict[str, list[str]]:
        """Target field → the source columns its expression reads, derived from the compiled SQL."""
        if entity not in ("products", "variants"):
            return {row.to: [name] for name, row in self.mapping.fields(entity).items() if row.to and self.on(row)}
        tree = parse_one(self.desired[entity], dialect="duckdb")
        inner = tree.find(exp.Subquery)
        chosen = inner.this if inner else tree
        known = set(vocabulary().entities[entity].fields)
        return {
            column.alias: sorted({c.name for c in column.find_all(exp.Column) if c.name in known})
            for column in chosen.expressions
            if isinstance(column, exp.Alias)
        }


def _on_blank(compiled: Compiled, row: FieldRow) -> str:
    return compiled.settings.on_blank if row.on_blank == "setting" else row.on_blank


def _select(compiled: Compiled, entity: str) -> exp.Expression:
    item, *parents = KEYS[entity]
    chosen: list[exp.Expression] = [
        exp.column(item).as_("item_id"),
        *(exp.column(p).as_("parent_item_id") for p in parents),
    ]
    for name, row in compiled.mapping.fields(entity).items():
        if compiled.on(row):
            chosen.append(_value(compiled, entity, name, row))
        elif row.once_at_creation is not None:
            chosen.append(_cast(entity, name, parse_transform(row.once_at_creation)).as_(name))
    chosen += _always(compiled, entity)
    facts = exp.select(
        exp.func("any_value", exp.column("weight_unit")).as_("store_weight_unit"),
        exp.Literal.string(compiled.settings.type_field).as_("type_field"),
    ).from_("target_account")
    rows = exp.select(*chosen).from_(f"source_{entity}").join(facts.subquery("store"), join_type="cross")
    hashed = parse_one("SELECT *, hash(*COLUMNS(* EXCLUDE (item_id))) AS row_hash FROM rows", dialect="duckdb")
    hashed.find(exp.Table).replace(rows.subquery("desired"))  # type: ignore[union-attr]
    return hashed


def _always(compiled: Compiled, entity: str) -> list[exp.Expression]:
    """Columns the plan looks at whatever is mapped: no opinion where no row maps to them."""
    fields = vocabulary().entities[entity].fields
    mapped = {row.to for row in compiled.mapping.fields(entity).values() if compiled.on(row)}
    wanted = [
        name
        for name, field in fields.items()
        if field.kind == "shared_list" or (entity, name) == ("products", "is_active")
    ]
    return [_cast(entity, name, exp.null()).as_(name) for name in wanted if name not in mapped]


def _value(compiled: Compiled, entity: str, name: str, row: FieldRow) -> exp.Expression:
    assert row.to is not None  # noqa: S101
    source = _PRICES[compiled.settings.prices] if (entity, name) == ("variants", "price") else name
    value = parse_transform(row.transform) if row.transform else exp.column(source)
    field = vocabulary().entities[entity].fields[row.to]
    if field.type.startswith("DECIMAL") and name.endswith("price"):
        value = exp.func("round_half_even", value)
    cast = _cast(entity, row.to, value)
    blank: exp.Expression | None = None
    if field.kind == "shared_list" or (field.type.endswith("[]") and _on_blank(compiled, row) == "overwrite"):
        blank = exp.Array()
    elif field.type == "VARCHAR" and _on_blank(compiled, row) == "overwrite":
        blank = exp.Literal.string("")
    return (exp.func("coalesce", cast, blank) if blank is not None else cast).as_(row.to)


def _cast(entity: str, field: str, value: exp.Expression) -> exp.Expression:
    kind = vocabulary().entities[entity].fields[field].type
    return exp.cast(value, exp.DataType.build(kind, dialect="duckdb"), dialect="duckdb")


def _images(compiled: Compiled) -> exp.Expression:
    managed = any(compiled.on(row) for row in compiled.mapping.images.values())
    text = """
        SELECT p.product_id AS item_id, images.images, hash(images.images) AS row_hash
        FROM source_products AS p
        LEFT JOIN (
            SELECT product_id, list(struct_pack(image_id := image_id, url := url, position := position, variant_id := variant_id,
                                                store_image_id := CAST(NULL AS VARCHAR)) ORDER BY position, image_id) AS images
            FROM source_images GROUP BY product_id
        ) AS images ON images.product_id = p.product_id
    """
    tree = parse_one(text, dialect="duckdb")
    return tree if managed else tree.where(exp.false())


def _stock(compiled: Compiled) -> str:
    settings = compiled.settings
    level = "greatest(s.on_hand, 0)" if settings.negative_stock == "as_zero" else "s.on_hand"
    buffer = settings.buffer if not isinstance(settings.buffer, dict | str) else 0
    held = f"CAST({buffer} AS DECIMAL(18, 4))"
    if isinstance(settings.buffer, dict):
        cases = exp.Case(this=exp.column("sku", "v"))
        for sku, units in settings.buffer.items():
            cases = cases.when(exp.Literal.string(sku), exp.Literal.number(str(units)))
        held = cases.else_("0").sql("duckdb")
    text = f"""
        SELECT item_id, location_id, till_on_hand,
               CASE WHEN tracked THEN CAST(greatest(floor(total - held_back), 0) AS DECIMAL(18, 4)) END AS on_hand,
               negative, fractional
        FROM (
            SELECT v.variant_id AS item_id, o.to_location_id AS location_id, bool_or(s.tracked) AS tracked,
                   sum({level}) AS total, sum(s.on_hand) AS till_on_hand, any_value({held}) AS held_back,
                   bool_or(s.on_hand < 0) AS negative, bool_or(s.on_hand <> floor(s.on_hand)) AS fractional
            FROM source_variants AS v
            JOIN source_stock AS s ON s.variant_id = v.variant_id
            JOIN source_outlets AS o ON o.location_id = s.location_id
            WHERE v.deleted_at IS NULL
            GROUP BY v.variant_id, o.to_location_id
        ) AS levels
    """  # noqa: S608
    return parse_one(text, dialect="duckdb").sql("duckdb", pretty=True)


def _decisions(compiled: Compiled, entity: str) -> str:
    key = "product_id" if entity == "products" else "variant_id"
    link = "products_link" if entity == "products" else "variants_link"
    packs = [_pack(rule) for rule in compiled.field_rules() if rule["entity"] == entity]
    also = " AND t.location_id = o.to_location_id" if entity == "stock" else ""
    outlets = "JOIN source_outlets AS o ON o.location_id = s.location_id" if entity == "stock" else ""
    chosen = ",\n        ".join(packs)
    place = "o.to_location_id" if entity == "stock" else "CAST(NULL AS VARCHAR)"
    return f"""
SELECT item_id, location_id, decided.field, decided.to_field, decided.decision, decided.reason, decided.source_value, decided.target_value
FROM (
    SELECT s.{key} AS item_id, {place} AS location_id, unnest([
        {chosen}
    ]) AS decided
    FROM source_{entity} AS s
    {outlets}
    LEFT JOIN {link} AS l ON l.from_id = s.{key}
    LEFT JOIN target_{entity} AS t ON t.{key} = l.to_id{also}
) AS rows""".strip()  # noqa: S608


def _pack(rule: Map[str, Any]) -> str:
    field, to_field = rule["field"], rule["to_field"] or rule["field"]
    known = f"CAST(s.{field} AS VARCHAR)"
    quoted = exp.Literal.string(rule["reason"]).sql("duckdb")
    if not rule["syncs"]:
        decision = "'no_counterpart'" if rule["owner"] == "none" else "'withheld'"
    elif rule["on_blank"] == "skip":
        decision = f"CASE WHEN coalesce({known}, '') IN ('', '[]') THEN 'blank_skipped' ELSE 'synced' END"
    else:
        decision = "'synced'"
    name, to_name = exp.Literal.string(field).sql("duckdb"), exp.Literal.string(rule["to_field"] or "").sql("duckdb")
    return (
        f"struct_pack(field := {name}, to_field := nullif({to_name}, ''), decision := {decision}, reason := {quoted}, "
        f"source_value := {known}, target_value := CAST(t.{to_field} AS VARCHAR))"
    )


def compile_mapping(mapping: Mapping, settings: Settings, today: date) -> Compiled:
    """A mapping under settings; ``today`` stands in for ``connected_on`` when that is not set."""
    return Compiled(mapping, settings, today)
