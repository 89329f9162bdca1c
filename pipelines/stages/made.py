"""Made: the store's ids of what a run created, by the till's; and what becomes of a link when its record is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.run import Connection, Run

_FORMER = Path(__file__).parent / "sql" / "keep_former.sql"
_ENDED = """
UPDATE sync.links SET state = 'tombstoned', reason = 'deleted at the till', since = $now, run_id = $run_id
WHERE connection = $connection AND (from_id = $item_id OR $whole AND from_id IN (
    SELECT variant_id FROM source_variants WHERE product_id = $item_id))
"""


class Made:
    """Which record each created product or variant became. A record is one item's: the last it was given to (I-10).

    A store that takes a creation and loses it may give its id to the next; what follows is not sent to that one.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}
        self._items: dict[tuple[str, str], str] = {}
        self._bases: set[str] = set()

    def note(self, level: str, item: str, to_id: str, *, base: bool = False) -> None:
        """An item of a level (``product``, ``variant``) became a record; ``base``: a variant that is its product."""
        self._ids[level, item], self._items[level, to_id] = to_id, item
        if base:
            self._bases.add(item)

    def id_of(self, level: str, item: str) -> str | None:
        """The store's id of an item that was created; None where it was not, or the store lost it."""
        to_id = self._ids.get((level, item))
        return to_id if to_id is not None and self._items[level, to_id] == item else None

    def is_base(self, item: str) -> bool:
        """Whether a variant was created as its product."""
        return item in self._bases


def keep_former(run: Run, connection: Connection, items: Sequence[str]) -> None:
    """Before till products are linked to records that were made again: remember as what they were sold until now.

    Their levels are to be set whatever else becomes of the run.
    """
    run.warehouse.run(_FORMER, connection=connection.name, items=list(items), run_id=run.run_id)


def end_links(run: Run, connection: Connection, row: Mapping[str, Any]) -> None:
    """The links of a plan row whose product (with its variants) or variant the store said it deleted are tombstones.

    An answer is no reading: a later run looks whether the record is gone (``sql/still_there.sql``). What an undo takes
    away the till still has, so nobody would look.
    """
    house, bound = run.warehouse, {"connection": connection.name, "now": run.context.now(), "run_id": run.run_id}
    house.con.execute(_ENDED, {**bound, "item_id": row["item_id"], "whole": row["level"] == "product"})
    if run.wanted.undo is None:
        values = [connection.name, "products", row["parent_item_id"] or row["item_id"], bound["now"], run.run_id]
        house.con.execute("INSERT INTO sync.unproven VALUES (?, ?, ?, ?, ?)", values)
