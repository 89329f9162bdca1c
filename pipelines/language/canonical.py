"""The canonical vocabulary: entities, their fields and types, from ``mappings/canonical.yaml``."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.language.load import load
from pipelines.language.paths import CHECKOUT

FieldKind = Literal["value", "id", "structure", "shared_list", "markup", "picture"]


class Strict(BaseModel):
    """Base of everything a file may say: unknown keys are mistakes, values are never converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Field(Strict):
    """One canonical field: its DuckDB type, what it means, and what a number in it counts."""

    type: str
    means: str
    kind: FieldKind = "value"
    unit: Literal["minor", "units", "weight_unit", "dimensions_unit", "share"] | None = None


class Entity(Strict):
    """One canonical entity: what a row is, and its fields in column order."""

    grain: str
    fields: dict[str, Field]

    @property
    def mappable(self) -> list[str]:
        """The fields a mapping must say something about."""
        return [name for name, field in self.fields.items() if field.kind not in {"id", "structure"}]


class Vocabulary(Strict):
    """All of ``canonical.yaml``."""

    entities: dict[str, Entity]


@cache
def vocabulary() -> Vocabulary:
    """The words in the middle, always the product's own file."""
    return load(CHECKOUT / "mappings" / "canonical.yaml", Vocabulary)


def canonical_table(platform: str, entity: str) -> tuple[str, str]:
    """Schema and name of a platform's canonical table."""
    return platform, f"{platform}_{entity}"


def canonical_columns(entity: str) -> list[tuple[str, str]]:
    """``(name, type)`` of an entity's columns, in order."""
    return [(name, field.type) for name, field in vocabulary().entities[entity].fields.items()]
