"""The JSON schema of a connection's YAML, for editors, made from the models: ``python -m pipelines.language.schema``.

Whether the words fit together (platforms, owners, expressions) is more than a schema can say: ``tillsync check``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.language.canonical import Entity, vocabulary
from pipelines.language.mapping import MAPPED, Mapping
from pipelines.language.paths import CHECKOUT
from pipelines.language.settings import Settings

SCHEMA = CHECKOUT / "mappings" / "mapping.schema.json"


def mapping_schema() -> dict[str, Any]:
    """The schema: the models' own, with the settings spelled out and every canonical field named."""
    schema = Mapping.model_json_schema(by_alias=True)
    settings = Settings.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    schema["$defs"].update(settings.pop("$defs", {}))
    schema["$defs"]["Settings"] = settings
    schema["properties"]["settings"] = {"$ref": "#/$defs/Settings"}
    for name in MAPPED:
        schema["properties"][name] = _rows(vocabulary().entities[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _rows(entity: Entity) -> dict[str, Any]:
    means = {name: entity.fields[name].means for name in entity.mappable}
    rows = {name: {"$ref": "#/$defs/FieldRow", "description": text} for name, text in means.items()}
    return {"type": "object", "additionalProperties": False, "required": list(rows), "properties": rows}


def schema_text() -> str:
    """The file's text."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path = SCHEMA) -> Path:
    """Write the schema; returns where it is."""
    path.write_text(schema_text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write_schema()
