"""A mapping under settings: one SELECT per entity, the rules as rows, column lineage, and a fingerprint.

The SELECTs read the views ``source_*`` and ``target_*`` that the stages provide. What they say is ``desired.py`` and
``decisions.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlglot import exp

from pipelines.language.canonical import vocabulary
from pipelines.language.decisions import decisions_of
from pipelines.language.desired import desired_rows, hashed, images_of, levels_of
from pipelines.language.differences import TABLES, differences_of
from pipelines.language.lineage import source_columns
from pipelines.language.mapping import ENTITIES, MAPPED, FieldRow, Mapping
from pipelines.language.settings import NO_EFFECT_ON_DATA, Settings

SIX = frozenset(
    {("products", "name"), ("products", "description"), ("products", "category_paths"), ("variants", "sku"),
     ("variants", "price"), ("stock", "on_hand")}
)  # fmt: skip
"""What `six_fields` still sends, by the field it fills (C-16, S003-33)."""
STATES = frozenset(
    {
        ("products", "is_active"),
        ("products", "stock_tracking"),
        ("products", "option_names"),
        ("variants", "option_values"),
    }
)
"""What a product is, rather than what it says: sent whichever fields are chosen."""
_KEPT: dict[tuple[str, str], dict[str, str]] = {}
_MOST = 256


@dataclass(frozen=True)
class Compiled:
    """What the stages need of a mapping; everything in it is derived, nothing reads a file."""

    mapping: Mapping
    settings: Settings
    today: date

    @cached_property
    def desired(self) -> dict[str, str]:
        """Per entity the SELECT of desired values: ``item_id``, target fields, ``row_hash``; DuckDB's dialect.

        NULL is "no opinion"; an empty text or list empties the store's field (``on_blank: overwrite``, S000-16).
        """
        return self._kept(
            "desired",
            lambda: {
                entity: hashed(tree) if entity in {"products", "variants"} else tree
                for entity, tree in self._trees.items()
            },
        )

    @cached_property
    def decisions(self) -> dict[str, str]:
        """Per entity the SELECT of what was decided for every field of every record, with the reason."""
        return self._kept("decisions", lambda: {entity: decisions_of(self, entity) for entity in ENTITIES})

    @cached_property
    def differences(self) -> dict[str, str]:
        """Per entity whose records have fields: the SELECT of what differs between desired and observed."""
        return self._kept("differences", lambda: {entity: differences_of(self, entity) for entity in TABLES})

    @cached_property
    def fingerprint(self) -> str:
        """Text that changes with the mapping or a setting, as far as they can change a desired value."""
        mapping = self.mapping.model_dump(mode="json", exclude={"title", "settings", "no_effect"})
        settings = self.settings.model_dump(mode="json", exclude=set(NO_EFFECT_ON_DATA))
        whole = {"mapping": mapping, "settings": settings, "images": self.settings.images_managed(self.today)}
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

    def on_blank(self, row: FieldRow) -> str:
        """``skip`` or ``overwrite``: the row's own word, else the setting's."""
        return self.settings.on_blank if row.on_blank == "setting" else row.on_blank

    def field_rules(self) -> list[dict[str, Any]]:
        """One row per canonical field of the connection: whether, where and why (table ``field_rules``).

        ``sends``: the desired rows carry it; ``syncs``: it is kept equal; ``line``: where the YAML says so.
        """
        return [self._rule(entity, name, row) for entity in MAPPED for name, row in self.mapping.fields(entity).items()]

    def lineage(self, entity: str) -> dict[str, list[str]]:
        """Desired column → the columns of ``source_<entity>`` it is made from, derived from the compiled SQL."""
        return source_columns(self._trees[entity], entity)

    @cached_property
    def _trees(self) -> dict[str, exp.Select]:
        return {
            "products": desired_rows(self, "products"),
            "variants": desired_rows(self, "variants"),
            "images": images_of(self),
            "stock": levels_of(self),
        }

    def _kept(self, what: str, made: Callable[[], dict[str, exp.Select]]) -> dict[str, str]:
        """The SQL text of each; the same words are compiled once per process."""
        key = (self.fingerprint, what)
        if key not in _KEPT:
            if len(_KEPT) >= _MOST:
                _KEPT.clear()
            _KEPT[key] = {entity: tree.sql("duckdb", pretty=True, comments=False) for entity, tree in made().items()}
        return _KEPT[key]

    def _rule(self, entity: str, name: str, row: FieldRow) -> dict[str, Any]:
        on, once = self.on(row), row.once_at_creation is not None
        return {
            "entity": entity,
            "field": name,
            "to_field": row.to or (name if once else None),
            "syncs": on,
            "sends": on or once,
            "direction": row.direction if on else "none",
            "owner": row.owner,
            "on_blank": self.on_blank(row),
            "on_create": once
            or (on and row.on_create == "send" and self._chosen(entity, row, self.settings.on_create)),
            "on_update": on and row.on_update == "send" and self._chosen(entity, row, self.settings.on_update),
            "reason": self._reason(entity, row),
            "rules": row.rules,
            "line": self.mapping.line(entity, name),
            "unit": vocabulary().entities[entity].fields[name].unit,
        }

    def updates_images(self) -> bool:
        """Whether the images of a product that stands are kept equal."""
        return any(
            rule["entity"] == "images" and rule["field"] == "url" and rule["on_update"] for rule in self.field_rules()
        )

    def _chosen(self, entity: str, row: FieldRow, which: str) -> bool:
        return which == "all" or (entity, row.to) in SIX | STATES

    def _reason(self, entity: str, row: FieldRow) -> str:
        if row.to is not None and not self.on(row):
            return f"switched off by the setting `{row.when}`"
        if row.reason is not None:
            return row.reason
        if row.on_update == "leave" or not self._chosen(entity, row, self.settings.on_update):
            return "sent when the record is created, left alone after that"
        return f"owned by the {'till' if row.owner == 'from' else 'store'}"


def compile_mapping(mapping: Mapping, settings: Settings, today: date) -> Compiled:
    """A mapping under settings; ``today`` stands in for ``connected_on`` when that is not set."""
    return Compiled(mapping, settings, today)
