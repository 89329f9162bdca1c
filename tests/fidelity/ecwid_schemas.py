"""Schemas drawn up from what there is of Ecwid instead of an OpenAPI document: field lists, enums, samples.

The vendor publishes none (fact sheet §11). A record's members are those its field list names and those the samples
show; the samples' types win where the two differ. Which operation has which record is in ``ecwid_papers``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
MOMENT = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$"
PLAIN: Mapping[str, Schema] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "Any": {},
}
TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
UNITS: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}


class Papers:
    """The files of one platform's folder of facts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fields: dict[str, Any] = self.read("java_client_fields.json")
        self.enums: dict[str, list[str]] = self.read("enums.json")
        self.locked: dict[str, list[str]] = self.read("not_writable.json")["fields"]
        self.errors: list[dict[str, Any]] = self.read("error_codes.json")
        self.endpoints: list[dict[str, Any]] = self.read("endpoints.json")

    def read(self, name: str) -> Any:
        """A file of the folder."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def sample(self, name: str) -> Any:
        """A sample, e.g. ``products.get.response``."""
        return self.read(f"samples/{name}.json")

    def samples(self) -> Iterator[tuple[str, Any]]:
        """Every sample by its name, the older ones with their folder."""
        for path in sorted((self.folder / "samples").rglob("*.json")):
            name = path.relative_to(self.folder / "samples").with_suffix("").as_posix()
            yield name, self.sample(name)

    # --- field lists -----------------------------------------------------------------------------------------

    def record(self, entry: str, name: str, *, nulls: bool) -> Schema:
        """The schema of a type of an entry of the field lists; ``nulls``: what may be absent may be null as well."""
        return self._type(entry, name, nulls, ())

    def _type(self, entry: str, name: str, nulls: bool, above: tuple[str, ...]) -> Schema:
        told = self.fields[entry]["types"][name]
        if "enum" in told:
            return {"type": "string", "enum": told["enum"]}
        properties: dict[str, Schema] = {}
        for one in told["fields"]:
            schema = dict(self._member(entry, name, one["json"], nulls, (*above, name)))
            if nulls and (one["nullable"] or "explicit null" in one["json"]):
                schema = or_null(schema)
            properties[one["name"]] = schema
        return {"type": "object", "properties": properties}

    def _member(self, entry: str, name: str, told: str, nulls: bool, above: tuple[str, ...]) -> Schema:
        if told.startswith("array of "):
            return {"type": "array", "items": self._member(entry, name, told.removeprefix("array of "), nulls, above)}
        if told.startswith("string(date-time"):
            return {"type": "string"} if nulls else {"type": "string", "pattern": MOMENT}
        if told.startswith("object("):
            return UNITS if "Int>" in told else {"type": "object"} if "List" in told else TEXTS
        plain = PLAIN.get(told.split(" ", maxsplit=1)[0])
        return dict(plain) if plain is not None else self._named(entry, name, told, nulls, above)

    def _named(self, entry: str, name: str, told: str, nulls: bool, above: tuple[str, ...]) -> Schema:
        """A member of a type that has a name: of the same entry, else of another, else an enum; else anything."""
        if told.endswith("ProductOption"):
            return self._options(entry, name, nulls)
        types = self.fields[entry]["types"]
        own = [one for one in (f"{name}.{told}", *(key for key in types if key.endswith(f".{told}")), told)
               if one in types and one not in above]  # fmt: skip
        if own:
            return self._type(entry, own[0], nulls, above)
        for other, held in self.fields.items():
            if told in held["types"] and other.endswith(entry[entry.find("(") :]):
                return self._type(other, told, nulls, above)
        kind = "product" if entry.startswith("variation") else entry.partition(" ")[0]
        known = [key for key in (f"{kind}.{told}", *self.enums) if key.endswith(f".{told}") and key in self.enums]
        return {"type": "string", "enum": self.enums[known[0]]} if known else {}

    def _options(self, entry: str, name: str, nulls: bool) -> Schema:
        """An option: the members of all its kinds laid together."""
        properties: dict[str, Schema] = {}
        for key in self.fields[entry]["types"]:
            if re.search(r"\.ProductOption(\.\w+)?$", key):
                members = self._type(entry, key, nulls, (name, key))["properties"]
                properties |= {one: or_null(part) if nulls and one != "name" else part for one, part in members.items()}
        return {"type": "object", "properties": properties, "required": ["name"] if nulls else []}


def or_null(schema: Schema) -> Schema:
    """The schema, or null."""
    names = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **names, "nullable": True}


# --- samples ---------------------------------------------------------------------------------------------------------


def of_sample(value: Any) -> Schema:
    """The schema that a sample shows."""
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: of_sample(part) for name, part in value.items()}}
    if isinstance(value, list):
        items: Schema = {}
        for part in value:
            items = laid_together(items, of_sample(part))
        return {"type": "array", "items": items}
    if value is None:
        return {"nullable": True}
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "boolean"), (int, "number"), (float, "number"), (str, "string"),
    )  # fmt: skip
    return {"type": next(name for kind, name in kinds if isinstance(value, kind))}


def laid_together(listed: Schema, shown: Schema) -> Schema:
    """A schema of the field list and what a sample shows: the members of both."""
    if not listed or not shown:
        return listed or shown
    if listed.get("type") == "object" and shown.get("type") == "object":
        return _objects(listed, shown)
    if listed.get("type") == "array" and shown.get("type") == "array":
        return {**listed, "items": laid_together(listed.get("items", {}), shown.get("items", {}))}
    if listed.get("type") in (shown.get("type"), "integer") and shown.get("type") in ("number", listed.get("type")):
        return listed
    if "type" not in shown:
        return or_null(listed)
    return {"anyOf": [listed, shown], **({"nullable": True} if listed.get("nullable") else {})}


def _objects(listed: Schema, shown: Schema) -> Schema:
    members = dict(listed.get("properties", {}))
    free = listed.get("additionalProperties")
    for name, part in shown.get("properties", {}).items():
        if name in members:
            members[name] = laid_together(members[name], part)
        elif not free:
            members[name] = part
    return {**listed, "properties": members} if members else listed


def closed(schema: Schema) -> Schema:
    """The schema with no member allowed that it does not name, wherever it names any."""
    made = dict(schema)
    for word in ("items",):
        if isinstance(made.get(word), dict):
            made[word] = closed(made[word])
    if "anyOf" in made:
        made["anyOf"] = [closed(one) for one in made["anyOf"]]
    if made.get("properties"):
        made["properties"] = {name: closed(part) for name, part in made["properties"].items()}
        made.setdefault("additionalProperties", False)
    return made


def each_object(schema: Schema, change: Callable[[Schema], None]) -> None:
    """Change every object of a schema in place."""
    change(schema)
    for part in (*schema.get("properties", {}).values(), schema.get("items"), *schema.get("anyOf", ())):
        if isinstance(part, dict):
            each_object(part, change)


@cache
def papers(folder: Path) -> Papers:
    """The papers of a folder, read once per process."""
    return Papers(folder)
