"""Products an order needs at the till: of lines that have none there, shipping, handling, wrapping (S001-17, 27).

A creation cannot say that a product holds no stock; an update can (fact sheet §6.2). Each step is skipped where it is
done already, so that a row that was cut off is finished by the next one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import is_refusal
from pipelines.platforms.lightspeed_x.client import said
from pipelines.platforms.lightspeed_x.write.sending import (
    Record,
    Unfit,
    data_of,
    list_of,
    refused,
    search,
    standing_now,
    told,
)

PATH = "/products"


def create_item(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:
    """``name``, ``sku``, ``price`` (minor units, without tax), ``tracked``, ``tax_id``. ok or exists with the id.

    One of the same SKU is taken as it is, but for its stock tracking; several of it, or one spelt otherwise, are
    rejected. A name that another product has is told apart by the SKU.
    """
    after = row.after()
    sku = _spelt(after.get("sku"))
    if not sku:
        raise Unfit("no_sku", "it has no SKU, so that it could not be found again", "give the order line a product")
    known = _only(sku, search(session, "products", sku=sku.lower()))
    if known is not None:
        return _exists(session, row, known)
    body = {"name": after["name"], "sku": sku, **_price(after, facts), **_taxes(session, row, after.get("tax_id"))}
    try:
        answer, message = _made(session, body)
    except CallFailed as error:
        taken = _only(sku, _listed(session, sku)) if is_refusal(error) else None
        if taken is None:
            raise
        return _exists(session, row, taken)
    ids = [one for one in list_of(answer) if isinstance(one, str)]
    if not ids:
        return Receipt(row.seq, "unknown", None, {}, answer.status, "the till took the product but did not name its id")
    made = Receipt(row.seq, "ok", ids[0], {}, answer.status, message)
    return _kept(session, row, made) if after.get("tracked", True) else _untracked(session, row, made)


def _exists(session: Session, row: PlanRow, known: Record) -> Receipt:
    there = Receipt(row.seq, "exists", str(known["id"]))
    if row.after().get("tracked", True) or not known.get("has_inventory"):
        return there
    return _untracked(session, row, there)


def _untracked(session: Session, row: PlanRow, receipt: Receipt) -> Receipt:
    """Let the till count no stock of it. A failure keeps the product's id: it is there, and found by the next row."""
    try:
        session.call("PUT", f"{PATH}/{receipt.target_id}", body={"common": {"track_inventory": False}})
    except CallFailed as error:
        return refused(row, error, receipt.target_id)
    return _kept(session, row, receipt)


def _kept(session: Session, row: PlanRow, receipt: Receipt) -> Receipt:
    """The receipt of what the till says it did, unless its product is not so: an answer alone makes none (F23).

    Of unknown outcome the row is looked for again by the next run, and made then.
    """
    product = standing_now(session, f"{PATH}/{receipt.target_id}")
    if product is None:
        about = Problem("not_kept", "the till answered that it took the product, and does not have it")
        return replace(told(row, "unknown", about, receipt.status), target_id=None)
    if not row.after().get("tracked", True) and product.get("has_inventory"):
        about = Problem("not_kept", "the till answered that it counts no stock of it, and still does")
        return told(row, "unknown", about, receipt.status, receipt.target_id)
    return receipt


def _made(session: Session, body: dict[str, Any]) -> tuple[Answer, str | None]:
    try:
        return session.call("POST", PATH, body=body), None
    except CallFailed as error:
        if not is_refusal(error) or not re.search(r"\bname\b", said(error.body), re.IGNORECASE):
            raise
    name = f"{body['name']} ({body['sku']})"
    return session.call("POST", PATH, body={**body, "name": name}), f"made as {name}: another product has its name"


def _only(sku: str, found: Sequence[Record]) -> Record | None:
    """The product of exactly this SKU. Raises Unfit where it is not the only one, or only looks the same."""
    same = [one for one in found if _spelt(one.get("sku")) == sku]
    alike = [one for one in found if _spelt(one.get("sku")).casefold() == sku.casefold()]
    if len(same) > 1 or (alike and not same):
        raise Unfit(
            "sku_conflict",
            f"{len(alike)} products of the till have the SKU {sku}" + ("" if same else " in another spelling"),
            "leave the SKU to one product at the till, spelt as in the store",
            found=", ".join(sorted(str(one.get("name")) for one in alike)),
        )
    return same[0] if same else None


def _listed(session: Session, sku: str) -> list[Record]:
    """By the list instead of the index, which may lag."""
    found = list_of(session.call("GET", PATH, params={"sku": sku}))
    return [one for one in found if isinstance(one, dict) and not one.get("deleted_at")]


def _price(after: dict[str, Any], facts: StoreFacts) -> dict[str, Decimal]:
    price = after.get("price")
    return {} if price is None else {"price_excluding_tax": Decimal(price).scaleb(-facts.decimal_places)}


def _taxes(session: Session, row: PlanRow, tax_id: str | None) -> dict[str, Any]:
    """The product's own tax: for all outlets at once where prices include it, else for each (fact sheet §6.2)."""
    if not tax_id:
        return {}
    if not data_of(session.call("GET", "/retailer")).get("tax_exclusive"):
        return {"all_outlets_tax": {"tax_id": tax_id, "is_default": False}}
    outlets = [row.location_id] if row.location_id else _outlets(session)
    return {"outlet_taxes": [{"outlet_id": outlet, "tax_id": tax_id} for outlet in outlets]}


def _outlets(session: Session) -> list[str]:
    return [str(one["id"]) for one in list_of(session.call("GET", "/outlets", params={"page_size": 200}))]


def _spelt(sku: object) -> str:
    return unicodedata.normalize("NFC", sku.strip()) if isinstance(sku, str) else ""
