"""Change products that stand: fields, visibility, whether stock is counted (fact sheet §2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.ecwid.batch import Wanted
from pipelines.platforms.ecwid.extract import by_id
from pipelines.platforms.ecwid.write.bodies import grouped_body, homeless, needs_standing, plain_body
from pipelines.platforms.ecwid.write.categories import Shelves
from pipelines.platforms.ecwid.write.sending import product_path, record_of, send_rows

FIELDS = "id,attributes,dimensions,categoryIds,combinations(id)"


def update_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Only what changed, one call a product. Receipts of type ok, exists (nothing changed), rejected, unknown."""
    yield from (receipt for row in rows if (receipt := _misplaced(row)))
    fitting = [row for row in rows if not _misplaced(row)]
    try:
        standing = read_standing(session, [str(row.target_id) for row in fitting if _needs(row)])
    except CallFailed as error:
        yield from (refused(row, error) for row in fitting)
        return
    shelves = Shelves(session)
    ready: list[tuple[PlanRow, list[Wanted]]] = []
    for row in fitting:
        try:
            ready.append((row, _calls(row, standing.get(str(row.target_id), {}), shelves, facts)))
        except CallFailed as error:
            yield refused(row, error)
    yield from send_rows(session, ready)


def read_standing(session: Session, products: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The products as they stand, by id; one that is not there is left out. Raises CallFailed."""
    found = by_id(session, list(dict.fromkeys(products)), FIELDS)
    return {key: record_of(answer) for key, answer in found.items() if answer is not None}


def _misplaced(row: PlanRow) -> Receipt | None:
    fields = homeless(row.changes, variant=False)
    if not fields:
        return None
    return unfit(
        row, f"the store has no place for {', '.join(fields)} of a product that stands", "take it out of the mapping"
    )


def _needs(row: PlanRow) -> bool:
    return needs_standing(row.changes) or "stock_tracking" in row.changes


def _calls(row: PlanRow, product: Mapping[str, Any], shelves: Shelves, facts: StoreFacts) -> list[Wanted]:
    """The call for the product, and one for each of its variations where its stock is to be counted or not."""
    after = row.after()
    body = {**plain_body(after, facts), **grouped_body(after, product)}
    if "category_paths" in after:
        change = row.changes["category_paths"]
        stand = [int(one) for one in product.get("categoryIds") or []]
        body["categoryIds"] = shelves.merged(stand, change["before"] or [], change["after"] or [])
    path = product_path(row.target_id)
    variations = [one["id"] for one in product.get("combinations") or []] if "stock_tracking" in after else []
    counted = {"unlimited": not after.get("stock_tracking")}
    return [Wanted("PUT", path, body), *(Wanted("PUT", f"{path}/combinations/{one}", counted) for one in variations)]
