"""Records as the API shows them, each part rendered once and kept until the record changes.

Parts that hold stock are not kept while a change of stock is still on its way to the readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

import orjson

from pipelines.kit.sandbox import to_json
from pipelines.platforms.bigcommerce.sandbox.records import SHARED_WITH_BASE, Product, Variant

Level = Callable[[Product, Variant | None], int]
"""What the catalogue shows as stock of a product (None) or a variant, now."""


def moment(seconds: int) -> str:
    """Unix seconds as the catalogue writes them: ISO 8601, whole seconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _price(record: dict[str, Any], product: Product) -> Decimal | int:
    own = {name: value for name, value in record.items() if value is not None}
    reduced: Decimal | int = own.get("sale_price", product.fields["sale_price"])
    plain: Decimal | int = own.get("price", product.fields["price"])
    return reduced if reduced > 0 else plain


def product_record(product: Product, level: Level) -> dict[str, Any]:
    """All plain fields of a product; nested lists are included only when they are asked for."""
    base = product.base
    record = {
        "id": product.id,
        **product.fields,
        "calculated_price": _price({}, product),
        "inventory_level": level(product, None),
        "date_created": moment(product.created),
        "date_modified": moment(product.modified),
        "custom_url": product.url,
        "base_variant_id": base.id if base else None,
    }
    if product.last_imported is not None:
        record["date_last_imported"] = product.last_imported
    if product.option_set_id is not None:
        record |= {"option_set_id": product.option_set_id, "option_set_display": "right"}
    return record


def variant_record(product: Product, variant: Variant, level: Level) -> dict[str, Any]:
    """A variant; null in a price or a size means that the product's counts."""
    fields = variant.fields
    shared = {name: product.fields[name] for name in SHARED_WITH_BASE} if variant.is_base else {}
    weight = fields["weight"] if fields["weight"] is not None else product.fields["weight"]
    return {
        "id": variant.id,
        "product_id": product.id,
        "sku": product.fields["sku"] if variant.is_base else variant.sku,
        "sku_id": variant.sku_id,
        **fields,
        **shared,
        "image_url": _own_address(variant),
        "calculated_price": _price(fields, product),
        "calculated_weight": weight,
        "inventory_level": level(product, variant),
        "option_values": _values(product, variant),
    }


def _own_address(variant: Variant) -> str:
    """Where the store shows a variant's picture: its own address, another one for another picture."""
    source = variant.fields["image_url"]
    if not source:
        return ""
    name = f"{variant.id}_source_{crc32(source.encode())}.jpg"
    return f"https://cdn11.bigcommerce.example/product_images/attribute_rule_images/{name}"


def _values(product: Product, variant: Variant) -> list[dict[str, Any]]:
    shown = []
    for option in product.options:
        chosen = variant.values.get(option["id"])
        for value in option["option_values"]:
            if value["id"] == chosen:
                names = {"option_id": option["id"], "option_display_name": option["display_name"]}
                shown.append({"id": chosen, "label": value["label"], **names})
    return shown


def image_record(product: Product, image: dict[str, Any], store: str) -> dict[str, Any]:
    """An image with the addresses the store gives it; nothing was fetched."""
    place = f"https://cdn11.bigcommerce.example/s-{store}/products/{product.id}/images/{image['id']}/"
    shapes = {"zoom": "1280.1280", "standard": "386.513", "thumbnail": "220.290", "tiny": "44.58"}
    urls = {f"url_{name}": f"{place}{product.id}.{image['id']}.{size}.jpg?c=1" for name, size in shapes.items()}
    return {
        "id": image["id"],
        "product_id": product.id,
        "is_thumbnail": image["is_thumbnail"],
        "sort_order": image["sort_order"],
        "description": image["description"],
        "image_file": f"{product.id}/{image['id']}.jpg",
        **urls,
        "date_modified": image["date_modified"],
    }


class Renderer:
    """Renders records of one store with its cache."""

    def __init__(self, store_hash: str, level: Level, now: Callable[[], float]) -> None:
        self.store_hash = store_hash
        self._level = level
        self._now = now

    def variant(self, product: Product, variant: Variant) -> orjson.Fragment:
        """A variant as JSON text."""
        if variant.piece is not None:
            return variant.piece
        piece = orjson.Fragment(to_json(variant_record(product, variant, self._level)))
        if self._now() >= product.settled_at:
            variant.piece = piece
        return piece

    def product(
        self, product: Product, include: Sequence[str] = (), only: frozenset[str] | None = None
    ) -> orjson.Fragment:
        """A product as JSON text with the parts of ``include``; ``only`` keeps these plain fields and the id."""
        parts = (*sorted(include), only)
        kept = product.pieces.get(parts)
        if kept is not None:
            return kept
        record = product_record(product, self._level)
        if only is not None:
            record = {name: value for name, value in record.items() if name in only or name == "id"}
        record |= {name: self.part(product, name) for name in include}
        piece = orjson.Fragment(to_json(record))
        if self._now() >= product.settled_at:
            product.pieces[parts] = piece
        return piece

    def part(self, product: Product, name: str) -> Any:
        """One of the nested lists of a product."""
        if name == "variants":
            return [self.variant(product, variant) for variant in product.variants]
        if name == "images":
            return self.images(product)
        if name == "primary_image":
            shown = [image for image in product.images if image["is_thumbnail"]]
            return image_record(product, shown[0], self.store_hash) if shown else {}
        if name == "channels":
            return [1]
        return getattr(product, name, [])

    def images(self, product: Product) -> list[dict[str, Any]]:
        """The images of a product in their order."""
        ordered = sorted(product.images, key=lambda image: (image["sort_order"], image["id"]))
        return [image_record(product, image, self.store_hash) for image in ordered]
