"""What a connection's YAML may say. Which words exist is ``canonical.py``; whether they fit is ``references.py``.

A field row either maps (``to``) or states that it never syncs (``sync: never``) and why (`design.md` §6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.language.canonical import Strict
from pipelines.language.document import Document, nearest
from pipelines.language.load import load
from pipelines.language.orders import OrderRules
from pipelines.language.paths import mappings_folder

ENTITIES = ("products", "variants", "images", "stock")
"""What the till's records become in the store, field by field."""
PEOPLE = "customers"
"""What an order says of its buyer, field by field: from the store to the till, where orders flow."""
MAPPED = (*ENTITIES, PEOPLE)
_FILE = re.compile(r"([a-z_][a-z0-9_]*?)__([a-z_][a-z0-9_]*)")

RuleId = Annotated[str, Field(pattern=r"^(S\d{3}-\d{2}|[CX]-\d{2})$")]
Direction = Literal["from_to", "to_from"]
MatchKey = Literal["sku", "upc", "name"]


class FieldRow(Strict):
    """One canonical field of the from-platform: where it goes, or why it does not go."""

    to: str | None = Field(None, description="the canonical field of the other side that this one fills")
    sync: Literal["never"] | None = Field(None, description="this field never syncs; then `reason` says why")
    owner: Literal["from", "to", "none"] = Field("from", description="whose value holds; none: no counterpart")
    direction: Direction = Field("from_to", description="which way the value travels")
    transform: str | None = Field(None, description="an SQL expression over the row's canonical columns")
    on_blank: Literal["skip", "overwrite", "setting"] = Field(
        "setting", description="what a blank does to the other side; setting: as the setting on_blank says"
    )
    on_create: Literal["send", "leave"] = Field("send", description="whether a new record gets it")
    on_update: Literal["send", "leave"] = Field("send", description="whether a later change is sent")
    once_at_creation: str | None = Field(
        None, description="an SQL expression sent only with a new record, because the API demands the field"
    )
    when: str | None = Field(None, description="a setting that switches this row off by `off`, `never` or `false`")
    reason: str | None = Field(None, description="why it does not sync, in words for a shopkeeper")
    rules: list[RuleId] = Field(default_factory=list, description="the product rules this row follows")

    @model_validator(mode="after")
    def _says_one_thing(self) -> FieldRow:
        if (self.to is None) == (self.sync is None):
            raise ValueError("either `to: <field>` or `sync: never`")
        if self.sync and not self.reason:
            raise ValueError("`reason:` beside `sync: never`")
        if self.sync and (self.transform or self.when):
            raise ValueError("no `transform` and no `when` beside `sync: never`")
        if self.to and (self.once_at_creation or self.owner == "none"):
            raise ValueError("`once_at_creation` and `owner: none` only beside `sync: never`")
        if self.to and (self.owner == "from") != (self.direction == "from_to"):
            raise ValueError("`owner: from` with `direction: from_to`, or `owner: to` with `direction: to_from`")
        return self


class Flow(Strict):
    """One entity in one direction, and what the receiving platform must be able to do for it."""

    entity: Literal["products", "stock", "orders", "customers"]
    direction: Direction
    needs: list[str] = Field(default_factory=list, description="capabilities of the platform that is written to")


class Mapping(Strict):
    """A connection's YAML."""

    from_platform: str = Field(alias="from", description="the till")
    to_platform: str = Field(alias="to", description="the online store")
    title: str
    match: Annotated[list[MatchKey], Field(min_length=1)] = Field(
        description="the keys that may link two records, in order"
    )
    flows: Annotated[list[Flow], Field(min_length=1)]
    settings: dict[str, Any] = Field(default_factory=dict, description="the connection's own defaults")
    no_effect: dict[str, str] = Field(
        default_factory=dict, description="settings that change nothing on this connection, and why"
    )
    locations: dict[str, str] = Field(default_factory=dict, description="till outlet → store location, names or ids")
    products: dict[str, FieldRow]
    variants: dict[str, FieldRow]
    images: dict[str, FieldRow]
    stock: dict[str, FieldRow]
    customers: dict[str, FieldRow] = Field(default_factory=dict)
    orders: OrderRules | None = Field(None, description="what orders of the store become at the till")
    _lines: Map[tuple[str, str], int] = PrivateAttr(default_factory=dict)

    def fields(self, entity: str) -> dict[str, FieldRow]:
        """The field rows of an entity."""
        rows: dict[str, FieldRow] = getattr(self, entity)
        return rows

    def carries(self, entity: str) -> bool:
        """Whether an entity flows along this connection."""
        return any(flow.entity == entity for flow in self.flows)

    def line(self, entity: str, field: str) -> int | None:
        """The line of a field row in the file."""
        return self._lines.get((entity, field))


def connections() -> dict[str, Path]:
    """Every connection there is: the files ``<from>__<to>.yaml`` of the mappings folder."""
    return {path.stem: path for path in sorted(mappings_folder().glob("*__*.yaml")) if _FILE.fullmatch(path.stem)}


def load_mapping(name: str) -> tuple[Mapping, Document]:
    """A connection's mapping and where everything stands in it. Raises MistakeInFiles with every mistake."""
    known = connections()
    if name not in known:
        raise MistakeInFiles(_unknown(name, list(known)))
    return _loaded(name, known[name], known[name].stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _loaded(name: str, path: Path, changed: int) -> tuple[Mapping, Document]:  # noqa: ARG001
    from pipelines.language.references import check_mapping

    kept: list[Document] = []

    def check(mapping: Mapping, document: Document) -> None:
        kept.append(document)
        check_mapping(mapping, document, name)

    mapping = load(path, Mapping, check)
    mapping._lines = {place: kept[0].line(place) for place in kept[0].keys if len(place) == 2}  # type: ignore[misc]
    return mapping, kept[0]


def _unknown(name: str, known: list[str]) -> Problem:
    return Problem(
        "unknown_connection",
        f"there is no connection {name}",
        found=name,
        expected=", ".join(known) or "a file <from>__<to>.yaml in the mappings folder",
        do=nearest(name, known),
    )
