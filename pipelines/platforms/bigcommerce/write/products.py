"""Create and delete products (fact sheet §4). Changing those that stand is ``updates.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.bigcommerce.refusals import PARTLY_SAVED
from pipelines.platforms.bigcommerce.write.bodies import product_body, variant_body
from pipelines.platforms.bigcommerce.write.images import image_body
from pipelines.platforms.bigcommerce.write.sending import data_of, in_part, list_of, send_batch
from pipelines.platforms.bigcommerce.write.updates import PATH, tracking
from pipelines.platforms.bigcommerce.write.variant_images import inline, sent

NESTED = "variants,images"


def create_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """One product a call, with its variants, images and custom fields inside.

    A call whose outcome is not known is looked for by name and SKUs, and never sent again: found, it ``exists``.
    """
    for row in rows:
        try:
            answer = session.call("POST", PATH, body=creation(row, facts))
        except CallFailed as error:
            yield _found(session, row, refused(row, error))
            continue
        product = data_of(answer)
        if not product.get("id"):
            about = "the store took it but did not name its id"
            yield _found(session, row, Receipt(row.seq, "unknown", None, {}, answer.status, about))
            continue
        made = Receipt(row.seq, "ok", str(product["id"]), _created(session, row, product), answer.status)
        yield replace(made, message=in_part(row, answer).message) if answer.status == PARTLY_SAVED else made


def creation(row: PlanRow, facts: StoreFacts) -> dict[str, Any]:
    """The body that creates a product. The API demands ``type``, ``weight`` and ``price``, whatever is synced."""
    after = _known(row.after())
    variants, options = [_known(variant) for variant in after["variants"]], after.get("option_names") or []
    made = {"type": "physical", "weight": Decimal(0), "price": Decimal(0), **product_body(after, facts)}
    made["inventory_tracking"] = tracking(bool(after.get("stock_tracking", True)), options=bool(options))
    if after.get("categories"):
        made["categories"] = [int(one) for one in after["categories"]]
    if after.get("custom_fields"):
        made["custom_fields"] = [{"name": one["name"], "value": one["value"]} for one in after["custom_fields"]]
    if after.get("images"):
        made["images"] = [image_body(image, first=index == 0) for index, image in enumerate(after["images"])]
    if not options:
        return {**made, **product_body({name: variants[0][name] for name in variants[0] if name != "is_active"}, facts)}
    made["variants"] = [
        {**variant_body(variant, facts), **inline(variant), "option_values": _values(variant, options)}
        for variant in variants
    ]
    made["price"] = min(
        (one["price"] for one in made["variants"] if one.get("price") is not None), default=made["price"]
    )
    return made


def _known(after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if value is not None}


def _values(variant: Mapping[str, Any], options: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"option_display_name": name, "label": value}
        for name, value in zip(options, variant["option_values"], strict=True)
    ]


def _found(session: Session, row: PlanRow, receipt: Receipt) -> Receipt:
    """Look for a product whose creation has no known outcome; ``exists`` with its ids when all its SKUs are there."""
    after = row.after()
    if receipt.outcome != "unknown" or not after.get("name"):
        return receipt
    try:
        answer = session.call("GET", PATH, params={"name": after["name"], "include": NESTED})
    except TillsyncError:
        return receipt
    wanted = {str(variant["sku"]).casefold() for variant in after["variants"]}
    for product in list_of(answer):
        skus = {str(variant.get("sku") or "").casefold() for variant in product.get("variants") or []}
        if product.get("name") == after["name"] and wanted <= skus | {str(product.get("sku") or "").casefold()}:
            return Receipt(row.seq, "exists", str(product["id"]), _created(session, row, product), receipt.status)
    return receipt


def _created(session: Session, row: PlanRow, product: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Till ids to store ids. Variants are told apart by SKU, images by order; read again when the answer lacks them."""
    after = row.after()
    if not product.get("variants") or (after.get("images") and "images" not in product):
        product = _whole(session, product)
    stand = product.get("variants") or []
    simple = not after.get("option_names")
    base = product.get("base_variant_id") or (stand[0]["id"] if stand else None)
    by_sku = {str(variant.get("sku") or "").casefold(): str(variant["id"]) for variant in stand}
    variants = {
        variant["item_id"]: str(base) if simple and base else by_sku[str(variant["sku"]).casefold()]
        for variant in after["variants"]
        if (simple and base) or str(variant["sku"]).casefold() in by_sku
    }
    created = {
        "product": {row.item_id: str(product["id"])},
        "made": {"at": str(product.get("date_created") or "")},
        "variant": variants,
        "images": _images(after.get("images") or [], product.get("images") or []),
    }
    if simple:
        return {**created, "base": {row.item_id: str(base)}} if base else created
    return {**created, **sent(after["variants"])}


def _whole(session: Session, product: Mapping[str, Any]) -> Mapping[str, Any]:
    """The product with its variants and images; as it is where it cannot be read, so that its id is not lost."""
    try:
        return data_of(session.call("GET", f"{PATH}/{product['id']}", params={"include": NESTED})) or product
    except TillsyncError:
        return product


def _images(wanted: Sequence[Mapping[str, Any]], stand: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    if len(wanted) != len(stand):
        return {}
    ordered = sorted(stand, key=lambda image: (image.get("sort_order") or 0, image["id"]))
    return {image["image_id"]: str(found["id"]) for image, found in zip(wanted, ordered, strict=True)}


def delete_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """By id, up to 250 a call. The filter names every product: without one the call would mean all of them."""
    sound = [row for row in rows if (row.target_id or "").isdecimal()]
    yield from (unfit(row, "it has no id in the store") for row in rows if row not in sound)

    def delete(some: Sequence[PlanRow]) -> Answer:
        return session.call("DELETE", PATH, params={"id:in": ",".join(str(row.target_id) for row in some)})

    yield from send_batch(sound, delete)
