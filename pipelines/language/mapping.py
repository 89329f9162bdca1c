"""What a connection's YAML may say, and the checks of its references. Which words exist is ``canonical.py``.

A field row either maps (``to``) or states that it never syncs (``sync: never``) and why (`design.md` §6).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.canonical import Strict, vocabulary
from pipelines.language.load import Document, load, nearest
from pipelines.language.paths import mappings_folder
from pipelines.language.settings import Settings
from pipelines.language.transform import check_transform
from pipelines.platforms import discover

ENTITIES = ("products", "variants", "images", "stock")
_FILE = re.compile(r"([a-z_][a-z0-9_]*?)__([a-z_][a-z0-9_]*)")


class FieldRow(Strict):
    """One canonical field of the from-platform: where it goes, or why it does not go.

    ``when``: a setting that switches the row off when it says ``off``. ``once_at_creation``: an SQL expression sent
    only when a record is created, because the store's API demands the field.
    """

    to: str | None = None
    sync: Literal["never"] | None = None
    owner: Literal["from", "to", "none"] = "from"
    transform: str | None = None
    on_blank: Literal["skip", "overwrite", "setting"] = "setting"
    on_create: Literal["send", "leave"] = "send"
    on_update: Literal["send", "leave"] = "send"
    once_at_creation: str | None = None
    when: str | None = None
    reason: str | None = None
    rules: list[str] = []

    @model_validator(mode="after")
    def _says_one_thing(self) -> FieldRow:
        if (self.to is None) == (self.sync is None):
            raise ValueError("either `to: <field>` or `sync: never`")
        if self.sync and not self.reason:
            raise ValueError("`reason:` beside `sync: never`")
        return self


class Flow(Strict):
    """One entity in one direction."""

    entity: Literal["products", "stock", "orders", "customers"]
    direction: Literal["from_to", "to_from"]


class Mapping(Strict):
    """A connection's YAML."""

    from_platform: str = Field(alias="from")
    to_platform: str = Field(alias="to")
    title: str
    match: list[Literal["sku", "upc", "name"]] = ["sku", "upc", "name"]
    flows: list[Flow]
    settings: dict[str, Any] = {}
    locations: dict[str, str] = {}
    products: dict[str, FieldRow]
    variants: dict[str, FieldRow]
    images: dict[str, FieldRow]
    stock: dict[str, FieldRow]
    to_only: Annotated[dict[str, FieldRow], Field(description="fields only the store has")] = {}

    def fields(self, entity: str) -> dict[str, FieldRow]:
        """The field rows of an entity."""
        rows: dict[str, FieldRow] = getattr(self, entity)
        return rows


def connections() -> dict[str, Path]:
    """Every connection there is: the files ``<from>__<to>.yaml`` of the mappings folder."""
    return {p.stem: p for p in sorted(mappings_folder().glob("*__*.yaml")) if _FILE.fullmatch(p.stem)}


def load_mapping(name: str) -> tuple[Mapping, Document]:
    """A connection's mapping and where everything stands in it. Raises MistakeInFiles with every mistake."""
    known = connections()
    if name not in known:
        raise MistakeInFiles(
            Problem(
                "unknown_connection", f"there is no connection {name}", found=name,
                expected=", ".join(known) or f"a <from>__<to>.yaml in {mappings_folder()}", do=nearest(name, list(known)),
            )
        )
    kept: list[Document] = []

    def check(mapping: Mapping, document: Document) -> None:
        kept.append(document)
        _check(mapping, document, name)

    mapping = load(known[name], Mapping, check)
    return mapping, kept[0]


def _check(mapping: Mapping, document: Document, name: str) -> None:
    for side, platform in (("from", mapping.from_platform), ("to", mapping.to_platform)):
        if platform not in discover():
            document.problem(
                (side,), "unknown_platform", f"there is no platform `{platform}`", found=platform,
                expected=", ".join(discover()), do=nearest(platform, list(discover())),
            )
    if name != f"{mapping.from_platform}__{mapping.to_platform}":
        document.problem(("from",), "other_name", "the file's name is not <from>__<to>.yaml", found=name,
                         expected=f"{mapping.from_platform}__{mapping.to_platform}")
    check_settings(mapping.settings, document, ("settings",))
    for entity in ENTITIES:
        _check_fields(mapping, document, entity)


def check_settings(settings: dict[str, Any], document: Document, place: tuple[str | int, ...]) -> None:
    """Add a problem for every unknown or wrong setting, at its place."""
    from pydantic import ValidationError

    known = {info.alias or name for name, info in Settings.model_fields.items()}
    try:
        Settings.model_validate(settings)
    except ValidationError as error:
        for detail in error.errors():
            where = (*place, *(part for part in detail["loc"] if (*place, part) in document.nodes or isinstance(part, int)))
            first = str(detail["loc"][0]) if detail["loc"] else ""
            if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
                document.problem((*place, first), "unknown_setting", f"unknown setting `{first}`", key=True, found=first,
                                 expected="one of " + ", ".join(sorted(known)), do=nearest(first, sorted(known)))
            else:
                expected = str((detail.get("ctx") or {}).get("expected") or detail["msg"].removeprefix("Value error, "))
                words = re.findall(r"'([^']+)'", expected)
                document.problem(where, "wrong_setting", f"the setting `{first}` cannot be {detail['input']!r}",
                                 found=repr(detail["input"]), expected=expected, do=nearest(str(detail["input"]), words))


def _check_fields(mapping: Mapping, document: Document, entity: str) -> None:
    words, rows = vocabulary().entities[entity], mapping.fields(entity)
    for missing in (name for name in words.mappable if name not in rows):
        document.problem((entity,), "unmapped_field", f"`{entity}.{missing}` is not mapped", expected=f"a row `{missing}:`",
                         do="say where it goes with `to:`, or `sync: never` with a `reason:`")
    targets: dict[str, str] = {}
    for name, row in rows.items():
        place = (entity, name)
        if name not in words.mappable:
            document.problem(place, "unknown_field", f"there is no field `{entity}.{name}`", key=True, found=name,
                             expected="one of " + ", ".join(words.mappable), do=nearest(name, words.mappable))
        if row.to is not None and row.to not in words.mappable:
            document.problem((*place, "to"), "unknown_target", f"there is no field `{entity}.{row.to}`", found=row.to,
                             expected="one of " + ", ".join(words.mappable), do=nearest(row.to, words.mappable))
        if row.to is not None and row.to in targets:
            document.problem((*place, "to"), "two_owners", f"`{row.to}` is written by two rows", found=name,
                             expected=f"only `{targets[row.to]}` writes it", do="map one of them elsewhere or `sync: never`")
        if row.to is not None:
            targets[row.to] = name
        if row.when is not None and row.when not in Settings.model_fields:
            document.problem((*place, "when"), "unknown_setting", f"unknown setting `{row.when}`", found=row.when,
                             do=nearest(row.when, list(Settings.model_fields)))
        for key in ("transform", "once_at_creation"):
            text = getattr(row, key)
            if text is not None:
                check_transform(text, list(words.fields), document, (*place, key))
