"""Create, update and delete products (fact sheet §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.bigcommerce.write.bodies import body, major
from pipelines.platforms.bigcommerce.write.custom_fields import change_custom_fields
from pipelines.platforms.bigcommerce.write.sending import data_of, refused, send_batch

PATH = "/v3/catalog/products"


def create_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """One product a call, with its variants, images and custom fields inside."""
    for row in rows:
        try:
            answer = session.call("POST", PATH, params={"include": "variants,images"}, body=creation(row, facts))
        except CallFailed as error:
            yield refused(row, error)
            continue
        data = data_of(answer)
        if not data.get("id"):
            message = "the store answered without the new product's id"
            yield Receipt(row.seq, "unknown", None, {}, answer.status, message)
            continue
        yield Receipt(row.seq, "ok", str(data["id"]), _created(session, row, data), answer.status)


def creation(row: PlanRow, facts: StoreFacts) -> dict[str, Any]:
    """The body that creates a product; ``weight`` and ``type`` are demanded by the API and set this once."""
    after = row.after()
    variants, options = after["variants"], after.get("option_names") or []
    made = {"type": "physical", "weight": 0, "price": 0, **body(after, facts)}
    tracked = after.get("stock_tracking", True)
    made["inventory_tracking"] = "none" if not tracked else "variant" if options else "product"
    if after.get("custom_fields"):
        made["custom_fields"] = after["custom_fields"]
    if after.get("images"):
        made["images"] = [_image(image, first=index == 0) for index, image in enumerate(after["images"])]
    if options:
        made["price"] = min(major(variant["price"], facts) or 0 for variant in variants)
        made["variants"] = [_variant(variant, options, facts) for variant in variants]
    else:
        made.update(body({key: value for key, value in variants[0].items() if key != "item_id"}, facts))
    return made


def _variant(variant: Mapping[str, Any], options: Sequence[str], facts: StoreFacts) -> dict[str, Any]:
    chosen = [
        {"option_display_name": name, "label": value}
        for name, value in zip(options, variant["option_values"], strict=True)
    ]
    return {**body(variant, facts), "option_values": chosen}


def _image(image: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
    return {"image_url": image["url"], "sort_order": int(image["position"]) - 1, "is_thumbnail": first}


def _created(session: Session, row: PlanRow, data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Till ids to store ids. Variants are told apart by SKU, images by their order; read when the answer lacks them."""
    after = row.after()
    if "variants" not in data or ("images" not in data and after.get("images")):
        data = data_of(session.call("GET", f"{PATH}/{data['id']}", params={"include": "variants,images"}))
    by_sku = {str(variant["sku"]).casefold(): str(variant["id"]) for variant in data.get("variants", [])}
    simple = not after.get("option_names")
    base = data.get("base_variant_id") or next((v["id"] for v in data.get("variants", [])), None)
    variants = {
        variant["item_id"]: str(base) if simple else by_sku[variant["sku"].casefold()]
        for variant in after["variants"]
        if (simple and base) or variant["sku"].casefold() in by_sku
    }
    ordered = sorted(data.get("images", []), key=lambda image: (image["sort_order"], image["id"]))
    images = {image["image_id"]: str(found["id"]) for image, found in zip(after.get("images") or [], ordered, strict=False)}
    created = {"product": {row.item_id: str(data["id"])}, "variant": variants, "images": images}
    return {**created, "base": {row.item_id: str(base)}} if simple and base else created


def update_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterable[Receipt]:
    """Only what changed, ten products a call; custom fields have calls of their own."""
    by_field = [row for row in rows if body(row.after(), facts) or "stock_tracking" in row.changes]
    receipts = {receipt.seq: receipt for receipt in send_batch(by_field, _put(session, facts))} if by_field else {}
    for row in rows:
        before = receipts.get(row.seq)
        if "custom_fields" in row.changes and (before is None or before.outcome == "ok"):
            receipts[row.seq] = change_custom_fields(session, row)
    return [receipts[row.seq] for row in rows if row.seq in receipts]


def _put(session: Session, facts: StoreFacts) -> Any:
    def put(rows: Sequence[PlanRow]) -> Answer:
        return session.call("PUT", PATH, body=[_item(row, facts) for row in rows])

    return put


def _item(row: PlanRow, facts: StoreFacts) -> dict[str, Any]:
    after = row.after()
    item = {"id": int(row.target_id or 0), **body(after, facts)}
    if "stock_tracking" in after:
        item["inventory_tracking"] = "variant" if after["stock_tracking"] else "none"
    return item


def delete_products(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterable[Receipt]:  # noqa: ARG001
    """By id, 250 a call; the filter is always there."""

    def delete(some: Sequence[PlanRow]) -> Answer:
        return session.call("DELETE", PATH, params={"id:in": ",".join(str(row.target_id) for row in some)})

    return send_batch(rows, delete)
