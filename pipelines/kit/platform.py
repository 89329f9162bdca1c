"""What a platform states about itself. The folders below ``pipelines/platforms`` fill this in.

A platform's modules are named as ``"module:attribute"`` and imported on first use, so that listing
platforms costs nothing and the sandbox never loads its own client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa
    from pydantic import BaseModel

    from pipelines.kit.errors import Outcome
    from pipelines.kit.http import Session

Level = Literal["product", "variant", "images", "stock", "sale", "customer", "item"]
Action = Literal["create", "update", "delete", "hide", "publish", "set", "pay", "void", "find", "adopt"]


@dataclass(frozen=True)
class Reading:
    """What one read of a resource is asked for.

    ``after`` is where the feed is read from (None: from the start); ``keys`` asks for these ids only;
    ``skus`` asks for the records that carry these SKUs. At most one of the three narrows the read.
    ``until``: what is known up to this version is read once more, and a short page that ends exactly there ends the
    read. ``since``: records of before are of no interest. ``doubts``: why the read, though it ended, may not have
    seen everything. The reader says so; nothing is then concluded from what did not come.
    """

    after: int | None = None
    keys: Sequence[str] | None = None
    skus: Sequence[str] | None = None
    until: int | None = None
    since: datetime | None = None
    doubts: list[str] = field(default_factory=list, compare=False)

    @property
    def complete(self) -> bool:
        """Whether the read, when it ends, has seen every record there is."""
        return self.after is None and self.keys is None and self.skus is None and self.since is None


class Read(Protocol):
    """Yields Arrow tables of ``kit.paging.RAW_SCHEMA``: id, version, deleted_at, record (exact JSON text)."""

    def __call__(self, session: Session, reading: Reading) -> Iterator[pa.Table]: ...


@dataclass(frozen=True)
class Resource:
    """One list the platform can be asked for; ``incremental``: it has a version cursor.

    ``overlap``: how many of the newest known records an incremental read may read once more; below a page, so that it
    costs no call. ``prove``: reads records by their ids, another way than the list; one that is not there gives no row.
    """

    name: str
    read: Read
    incremental: bool = False
    overlap: int = 0
    prove: Read | None = None
    by_key: bool = False
    by_sku: bool = False
    follows: str | None = None
    """Read whole whenever this other resource is: its records name those of the other."""
    flow: str | None = None
    """Read only where this entity flows; None: always. Nothing is concluded from what such a list lacks."""
    details_of: str | None = None
    """Read by the ids of that other resource's records, once for each state the other list shows them in."""
    named_by: tuple[str, str] | None = None
    """Another list and the field of its records that names one of these, which may be too old to be in this list."""
    deletions_of: str | None = None
    """Its records name deleted ones of that other resource; each is asked for by itself before that counts."""
    also_named: str | None = None
    """A field of the record under which a list of deletions may name it instead of by its id."""
    account: bool = False
    """Its only record is the account itself."""
    relisted: bool = False
    """Its list never says what was deleted: it is read whole each time, and what it lacks may be gone."""
    of_documents: bool = False
    """Read from the oldest document on that was recorded there, by its version; not at all before there is one."""
    people: tuple[str, ...] = ()
    """The fields that name people: of a record, or (``products.note``) of each record of a list within it (I-36)."""


@dataclass(frozen=True)
class PlanRow:
    """One row of the plan as the write stage hands it to a platform. ``changes``: field → {before, after}.

    ``is_base``: the row is of a product's only variant, without options. ``parent_item_id``: the till's id of the
    product it belongs to, where the stage names it.
    """

    seq: int
    level: Level
    action: Action
    item_id: str
    sku: str | None
    name: str | None
    target_id: str | None
    parent_target_id: str | None
    location_id: str | None
    changes: Mapping[str, Mapping[str, Any]]
    is_base: bool = False
    parent_item_id: str | None = None

    def after(self) -> dict[str, Any]:
        """The new value of every changed field."""
        return {name: change["after"] for name, change in self.changes.items()}


@dataclass(frozen=True)
class Receipt:
    """What came of one plan row. ``target_id`` is the store's id; ``created`` maps till ids to new store ids
    by level: ``{"product": {…}, "variant": {…}, "images": {…}}``, and under ``variant_images`` till ids of variants to
    the source address of the picture that was sent for them. ``{"made": {"at": …}}``: when the store says it created a
    product, by its own clock (RFC 3339)."""

    seq: int
    outcome: Outcome
    target_id: str | None = None
    created: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    status: int | None = None
    message: str | None = None
    expected: str | None = None
    do: str | None = None


@dataclass(frozen=True)
class StoreFacts:
    """What a writer must know of the store besides the row: minor-unit exponent and shared ids."""

    decimal_places: int
    weight_unit: str | None = None
    option_ids: Mapping[str, Any] = field(default_factory=dict)


WriteRows = Callable[["Session", Sequence[PlanRow], StoreFacts], Iterable[Receipt]]


@dataclass(frozen=True)
class Writer:
    """How rows of one (level, action) are sent: ``batch`` is the documented maximum per call."""

    write: WriteRows
    batch: int = 1


@dataclass(frozen=True)
class Platform:
    """A platform as discovered. Import strings are ``"module:attribute"``."""

    name: str
    title: str
    folder: Path
    account: type[BaseModel]
    """Strict model of the keys under ``accounts.<platform>`` of the merchants file, without ``token``."""
    connect: str
    """``(account, token, context: kit.http.Context) -> kit.http.Session``."""
    resources: str
    """``Mapping[str, Resource]``."""
    sandbox: str
    """``() -> kit.sandbox.Machine`` (see there)."""
    writers: str | None = None
    """``Mapping[tuple[Level, Action], Writer]``; None: nothing is ever written to this platform."""
    read_levels: str | None = None
    """``(session, [(variant_id, location_id, …)]) -> dict[(variant_id, location_id), Decimal]``: levels read back."""
    capabilities: frozenset[str] = frozenset()
    limits: Mapping[str, Decimal | int] = field(default_factory=dict)
    """Documented maxima used by row expectations, e.g. ``{"product_name_length": 250}``."""
    unique: Mapping[Level, str] = field(default_factory=dict)
    """By level the field that no two records of the store may share; only of fields that are changed in place."""
    beside: tuple[str, ...] = ()
    """Resources that no canonical table is made of: evidence about others."""
    settle_seconds: float = 0.0
    """How long after a stock write a reading may still show the old level, at most."""
    request_seconds: float = 120.0
    """How long after a call was given up it may still take its effect, at most (`reliability.md` §2.6.4)."""

    def load(self, what: Literal["connect", "resources", "sandbox", "writers", "read_levels"]) -> Any:
        """Import the named part. Raises AttributeError when this platform does not have it."""
        target = getattr(self, what)
        if target is None:
            raise AttributeError(f"{self.name} has no {what}")
        module, _, attribute = target.partition(":")
        return getattr(import_module(module), attribute)
