"""Add SKUs to products that stand: the option values they need first, then the variations (fact sheet §2.4, S003-39).

Options of a product that has variations are never changed but by values that are added: one whose options differ from
the till's is refused. A product without variations gets its first options, and another SKU, because its own becomes one
of theirs; its price, text, images and whatever the store keeps on it stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.ecwid.refusals import TAKEN, said_in
from pipelines.platforms.ecwid.write.bodies import choice, option
from pipelines.platforms.ecwid.write.products import shared_sku, variation
from pipelines.platforms.ecwid.write.sending import product_path, record_of
from pipelines.platforms.ecwid.write.variant_images import FIELD, with_images

FIELDS = {"responseFields": "id,sku,unlimited,options,combinations(id,sku,unlimited,options(name,value))"}
_HOW = "give the product the same options on both sides"
Standing = Mapping[str, Any]


def create_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """One call a variation after one for its product's options. One that is there already ``exists``."""
    for _, some in groupby(sorted(rows, key=_product), key=_product):
        together = list(some)
        yield from with_images(session, together, _of_product(session, together, facts))


def _product(row: PlanRow) -> str:
    return str(row.parent_target_id)


def _of_product(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    path = product_path(rows[0].parent_target_id)
    try:
        standing = record_of(session.call("GET", path, params=FIELDS))
        misfits = {row.seq: why for row in rows if (why := _misfit(row, standing))}
        ready = [row for row in rows if row.seq not in misfits]
        change = _way(standing, ready)
        if change:
            session.call("PUT", path, body=change)
    except CallFailed as error:
        yield from (refused(row, error) for row in rows)
        return
    yield from (unfit(row, misfits[row.seq], _HOW) for row in rows if row.seq in misfits)
    made = 0
    for row in ready:
        receipt = _add(session, row, standing, facts)
        made += receipt.outcome in {"ok", "exists", "unknown"}
        yield receipt
    if "sku" in change and not made:
        _restore(session, path, str(standing.get("sku") or ""))


def _misfit(row: PlanRow, standing: Standing) -> str | None:
    after = row.after()
    names, values = list(after.get("option_names") or []), list(after.get("option_values") or [])
    if not names or len(names) != len(values) or not all(values):
        return "the till's variant lacks an option or its value"
    there = {str(part.get("name")) for one in standing.get("combinations") or [] for part in one.get("options") or []}
    if there and _fold(there) != _fold(names):
        return f"the store's product has the options {', '.join(sorted(there))}, the till's {', '.join(names)}"
    return None


def _fold(names: Any) -> set[str]:
    return {str(name).casefold() for name in names}


def _way(standing: Standing, rows: Sequence[PlanRow]) -> dict[str, Any]:
    """What the product needs before these variations can be made: options, their values, a SKU of its own."""
    options = [dict(one) for one in standing.get("options") or []]
    changed = [_with_values(options, row) for row in rows]
    body: dict[str, Any] = {"options": options} if any(changed) else {}
    skus = _fold(row.after().get("sku") for row in rows)
    if rows and str(standing.get("sku") or "").casefold() in skus:
        body["sku"] = shared_sku(str(standing["sku"]), str(rows[0].parent_item_id or rows[0].item_id))
    return body


def _with_values(options: list[dict[str, Any]], row: PlanRow) -> bool:
    """Add what one row needs to the options; whether anything was lacking."""
    changed = False
    after = row.after()
    for name, text in zip(after["option_names"], after["option_values"], strict=True):
        known = next((one for one in options if str(one.get("name")).casefold() == name.casefold()), None)
        if known is None:
            options.append(option(name, [text]))
            changed = True
        elif text.casefold() not in _fold(one.get("text") for one in known.get("choices") or []):
            known["choices"] = [*(known.get("choices") or []), choice(text)]
            changed = True
    return changed


def _add(session: Session, row: PlanRow, standing: Standing, facts: StoreFacts) -> Receipt:
    after = {name: value for name, value in row.after().items() if value is not None and name != FIELD}
    names = _as_named(after.pop("option_names"), standing)
    counted = not _endless(standing)
    body = variation(after, names, counted, facts)
    try:
        answer = session.call("POST", f"{product_path(row.parent_target_id)}/combinations", body=body)
    except CallFailed as error:
        doubtful = error.outcome == "unknown" or said_in(error.body).code in TAKEN
        return (_found(session, row) if doubtful else None) or refused(row, error)
    made = record_of(answer).get("id")
    if made:
        return Receipt(row.seq, "ok", f"{row.parent_target_id}:{made}", {}, answer.status)
    about = "the store took it but did not name its id"
    return _found(session, row) or Receipt(row.seq, "unknown", None, {}, answer.status, about)


def _as_named(names: Sequence[str], standing: Standing) -> list[str]:
    """The options as the store spells them."""
    there = {str(one.get("name")).casefold(): str(one.get("name")) for one in standing.get("options") or []}
    return [there.get(name.casefold(), name) for name in names]


def _endless(standing: Standing) -> bool:
    """Whether the product's stock is not counted, so that a new variation's is not either."""
    parts = [one for one in standing.get("combinations") or [] if one.get("sku")]
    return all(one.get("unlimited") is True for one in parts) if parts else standing.get("unlimited") is True


def _found(session: Session, row: PlanRow) -> Receipt | None:
    """The receipt of a variation that is there under its SKU, after a call that may have made it; by id, never late."""
    sku = str(row.after().get("sku") or "").casefold()
    try:
        answer = session.call("GET", product_path(row.parent_target_id), params=FIELDS)
    except TillsyncError:
        return None
    for one in record_of(answer).get("combinations") or []:
        if sku and str(one.get("sku") or "").casefold() == sku:
            return Receipt(row.seq, "exists", f"{row.parent_target_id}:{one['id']}", {}, answer.status)
    return None


def _restore(session: Session, path: str, sku: str) -> None:
    """Give the product its SKU back where none of its variations could be made; failing that, the next run goes on."""
    try:
        session.call("PUT", path, body={"sku": sku})
    except TillsyncError:
        return
