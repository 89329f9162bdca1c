"""Create and delete products (fact sheet §2.2). Changing those that stand is ``updates.py``.

A product carries the till's id as ``externalReferenceId``, which is unique in the store: a creation whose answer is
lost is found by it, and is refused should it come twice. Search shows a new product late, so it is looked for more than
once. Variations carry none: the till's id of a family is also that of one of its members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.ecwid.batch import Wanted
from pipelines.platforms.ecwid.refusals import TAKEN, said_in
from pipelines.platforms.ecwid.write.bodies import choices, chosen, grouped_body, plain_body
from pipelines.platforms.ecwid.write.categories import Shelves
from pipelines.platforms.ecwid.write.images import first_images
from pipelines.platforms.ecwid.write.sending import PRODUCTS, product_path, record_of, send_rows
from pipelines.platforms.ecwid.write.variant_images import FIELD, show

VARIATIONS_AT_ONCE = 200
LOOKS = (0.0, 1.5, 3.0, 6.0, 12.0, 24.0)
"""Seconds before each look for what may have been made: search was seen to show it after a minute at most (§1)."""
Body = dict[str, Any]


def create_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """One product a call, with its first 200 variations inside; its images follow one by one.

    One whose creation has no known outcome is looked for, and never sent again: found, it ``exists``.
    """
    shelves = Shelves(session)
    for row in rows:
        try:
            made = _make(session, row, creation(row, shelves, facts))
        except CallFailed as error:
            yield refused(row, error)
            continue
        if made is None:
            about = "the store took it but did not name its id"
            yield Receipt(row.seq, "unknown", None, {}, None, about)
            continue
        product_id, outcome = made
        yield _finished(session, row, product_id, outcome, facts)


def creation(row: PlanRow, shelves: Shelves, facts: StoreFacts) -> Body:
    """The body that creates a product. The API demands ``sku``, ``name`` and ``price``, whatever is synced."""
    after = _known(row.after())
    variants, names = [_known(variant) for variant in after["variants"]], after.get("option_names") or []
    counted = bool(after.get("stock_tracking", True))
    made = {**plain_body(after, facts), **grouped_body(after, {}), **_stock(counted)}
    made |= {"externalReferenceId": row.item_id}
    if after.get("category_paths"):
        made["categoryIds"] = shelves.of(after["category_paths"])
    if not names:
        whole = {name: value for name, value in {**after, **variants[0]}.items() if name != FIELD}
        return {**made, **plain_body(_but_shown(whole), facts), **grouped_body(whole, {}), **_stock(counted)}
    made["sku"] = shared_sku(str(variants[0].get("sku") or ""), row.item_id)
    made["options"] = choices(names, variants)
    made["combinations"] = [variation(one, names, counted, facts) for one in variants[:VARIATIONS_AT_ONCE]]
    made["price"] = min((one["price"] for one in made["combinations"] if "price" in one), default=0)
    return made


def variation(after: Mapping[str, Any], names: Sequence[str], counted: bool, facts: StoreFacts) -> Body:
    """The body of one variation; without its own SKU it would be sold from the product's stock."""
    values = chosen(names, after.get("option_values") or [])
    return {"options": values, **plain_body(_but_shown(after), facts), **grouped_body(after, {}), **_stock(counted)}


def shared_sku(first: str, item_id: str) -> str:
    """The SKU of a product with variations: the store demands one, and it must be none of theirs (§2.4)."""
    return f"{first}-{item_id[:8]}"


def _but_shown(after: Mapping[str, Any]) -> dict[str, Any]:
    """Whether it is shown, and counted, is said once for the whole product."""
    return {name: value for name, value in after.items() if name not in {"is_active", "stock_tracking"}}


def _stock(counted: bool) -> Body:
    return {"quantity": 0} if counted else {"unlimited": True}


def _known(after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if value is not None}


def _make(session: Session, row: PlanRow, body: Body) -> tuple[str, str] | None:
    """The id of the new product, and whether this call made it. Raises CallFailed where it was refused."""
    try:
        answer = session.call("POST", PRODUCTS, params={"saveCombinations": "true"}, body=body)
    except CallFailed as error:
        if error.outcome != "unknown" and said_in(error.body).code not in TAKEN:
            raise
        found = _found(session, row, LOOKS if error.outcome == "unknown" else LOOKS[:3])
        if found is None:
            raise
        return found, "exists"
    made = record_of(answer).get("id")
    if made:
        return str(made), "ok"
    found = _found(session, row, LOOKS)
    return None if found is None else (found, "exists")


def _found(session: Session, row: PlanRow, looks: Sequence[float]) -> str | None:
    """A product that carries the till's id of this one."""
    for pause in looks:
        if pause:
            session.context.wait(pause)
        try:
            params = {"externalReferenceId": row.item_id}
            items = record_of(session.call("GET", PRODUCTS, params=params)).get("items") or []
        except TillsyncError:
            return None
        ours = [one for one in items if one.get("externalReferenceId") == row.item_id]
        if ours:
            return str(ours[0]["id"])
    return None


def _finished(session: Session, row: PlanRow, product_id: str, outcome: str, facts: StoreFacts) -> Receipt:
    """The receipt of a product that is there: its variations by their SKUs, its images, what else is still lacking."""
    after, made = row.after(), {"product": {row.item_id: product_id}}
    simple = not after.get("option_names")
    failed: CallFailed | None = None
    try:
        variants = {one["item_id"]: product_id for one in after["variants"]} if simple else {}
        if not simple:
            variants = _variations(session, row, product_id, facts)
        pictures = {} if simple else _pictures(session, after["variants"], variants)
        images, failed = first_images(session, product_id, after.get("images") or [])
    except CallFailed as error:
        return Receipt(row.seq, "ok", product_id, made, None, refused(row, error).message)
    created = {**made, "variant": variants, **images}
    if simple:
        created["base"] = {row.item_id: product_id}
    if pictures:
        created["variant_images"] = pictures
    message = refused(row, failed).message if failed else None
    return Receipt(row.seq, outcome, product_id, created, None, message)  # type: ignore[arg-type]


def _variations(session: Session, row: PlanRow, product_id: str, facts: StoreFacts) -> dict[str, str]:
    """Till id to store id of each variation; those that did not come with the product are made now."""
    after = row.after()
    ids = _by_sku(session, product_id)
    counted = bool(after.get("stock_tracking", True))
    lacking = [one for one in after["variants"] if str(one["sku"]).casefold() not in ids]
    for one in lacking:
        body = variation(_known(one), after["option_names"], counted, facts)
        answer = session.call("POST", f"{product_path(product_id)}/combinations", body=body)
        if made := record_of(answer).get("id"):
            ids[str(one["sku"]).casefold()] = str(made)
    return {
        one["item_id"]: f"{product_id}:{ids[str(one['sku']).casefold()]}"
        for one in after["variants"]
        if str(one["sku"]).casefold() in ids
    }


def _by_sku(session: Session, product_id: str) -> dict[str, str]:
    params = {"responseFields": "id,combinations(id,sku)"}
    product = record_of(session.call("GET", product_path(product_id), params=params))
    return {str(one.get("sku") or "").casefold(): str(one["id"]) for one in product.get("combinations") or []}


def _pictures(session: Session, variants: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for one in variants:
        if one.get(FIELD) and one["item_id"] in ids:
            show(session, ids[one["item_id"]], str(one[FIELD]))
            shown[str(one["item_id"])] = str(one[FIELD])
    return shown


def delete_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """Each by its own id: without one the call would mean every product there is."""
    sound = [row for row in rows if (row.target_id or "").isdecimal()]
    yield from (unfit(row, "it has no id in the store") for row in rows if row not in sound)
    yield from send_rows(session, [(row, [Wanted("DELETE", product_path(row.target_id))]) for row in sound])
